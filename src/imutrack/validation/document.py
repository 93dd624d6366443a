"""docs/validation.md: accuracy on labelled data, every figure measured in the run that writes the page."""

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Final

from imutrack.validation.sections import flags, formats, functional, reps, rom, sway

__all__ = ["document"]

Section = Callable[[Path, int], str]

_SECTIONS: Final[tuple[tuple[str, str, Section], ...]] = (
    ("Repetitions", "reps", reps.section),
    ("Orientation and range of motion, one sensor", "rom", rom.section),
    ("Balance sway", "sway", sway.section),
    ("Chair tests and timed up-and-go", "sway", functional.section),
    ("Recorded formats", "formats", formats.section),
)

_HEAD: Final = """\
# Validation

Made by `make validate` on {day} from the labelled recordings that [data.md](data.md) describes; `imutrack` {version}.
One parameter set for every person, exercise, placement and device; nothing was trained. The data are development data:
methods were chosen while looking at them, so expect somewhat less on recordings nobody has looked at. No figure here is
a clinical validation.
"""


def document(folder: Path, jobs: int, day: date, say: Callable[[str], None]) -> str:
    """Return the page.

    Args:
        folder: holds ``reps/``, ``rom/``, ``sway/`` and ``formats/``; a missing one leaves its section empty.
        jobs: processes.
        day: that goes on the page.
        say: told of each section before it runs.
    """
    from importlib.metadata import version

    parts = [_HEAD.format(day=day, version=version("imutrack"))]
    for title, name, section in _SECTIONS:
        say(f"{title} ...")
        parts.append(f"## {title}\n\n{_text(folder / name, section, jobs)}")
    say("Flags ...")
    parts.append(f"## Flags: hits and false alarms\n\n{_text(folder, flags.section, jobs)}")
    return "\n".join(parts)


def _text(folder: Path, section: Section, jobs: int) -> str:
    return section(folder, jobs) if folder.is_dir() else f"Not measured: there is no `{folder.name}` folder.\n"
