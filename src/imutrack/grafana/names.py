"""What people call the ids that results carry: cells and lines show the name, links and variables keep the id.

A link of Grafana's carries what a cell shows, so a table that names an exercise asks for it twice: once to be shown,
once, hidden, to be given on.
"""

from collections.abc import Iterable, Iterator
from typing import Any, Final

from imutrack.exercises import all_exercises, is_one_legged
from imutrack.exercises.spoken import spoken
from imutrack.grafana.model import Column
from imutrack.task import UNSPECIFIED

__all__ = ["NAMED", "NAMES", "named_lines", "short_name"]

NAMED: Final = '"exercise" AS "named"'
"""The column to be shown beside ``"exercise"``, which is hidden and given on."""


def short_name(name: str) -> str:
    """Return an exercise or trial as a cell has room for: what stands in parentheses, and "quiet", is left out.

    >>> short_name("long_arc_knee_extension"), short_name("shoulder_flexion"), short_name("eyes_closed")
    ('seated knee extension', 'shoulder flexion', 'stance, eyes closed')
    """
    return spoken(name).partition(" (")[0].removeprefix("quiet ")


def _trials(exercise: str) -> tuple[str, ...]:
    return tuple(trial.id for trial in all_exercises()[exercise].trials)


_STANCES: Final = ("quiet_stance", "tandem_stance", "single_leg_stance")
_IDS: Final = (
    UNSPECIFIED,
    *all_exercises(),
    *(trial for name in (*_STANCES, "sit_to_stand", "timed_up_and_go") for trial in _trials(name)),
)

NAMES: Final[list[dict[str, Any]]] = [
    {"type": "value", "options": {name: {"text": short_name(name), "index": at} for at, name in enumerate(_IDS)}}
]
"""Grafana's value mappings from an id to its name; a label of nobody's catalogue is shown as it was written."""


def named_lines(*exercises: str, endings: Iterable[str] = ("",)) -> Iterator[Column]:
    """Yield the name of each line that is called by a trial's id, and by the side of one on one leg behind it.

    They stand after columns that go by ids.

    Args:
        exercises: whose trials; those of balance where none is given.
        endings: what may stand behind the id.
    """
    for trial in (trial for name in exercises or _STANCES for trial in _trials(name)):
        name = short_name(trial).removeprefix("stance, ")
        for side in ("", "left", "right", "both") if is_one_legged(trial) else ("",):
            for ending in endings:
                yield Column(f"{trial}{side}{ending}", f"{name}{', ' if side else ''}{side}{ending}")
