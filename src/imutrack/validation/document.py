"""docs/validation.md: accuracy on labelled data, every figure measured in the run that writes the page.

The README's table of figures is made of the same run: what stands between its two markers is replaced.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final

from imutrack.validation.sections import Headline, Section, change, flags, formats, functional, reps, rom, sway, tempo

__all__ = ["Document", "document", "with_headlines"]

BEGIN: Final = "<!-- figures: made by make validate -->"
END: Final = "<!-- end of figures -->"

Measure = Callable[[Path, int], Section]

_SECTIONS: Final[tuple[tuple[str, str, Measure], ...]] = (  # title, folder it needs ("" for all), and how
    ("Repetitions", "reps", reps.section),
    ("Tempo of repetitions", "reps", tempo.section),
    ("Orientation and range of motion, one sensor", "rom", rom.section),
    ("Balance sway", "sway", sway.section),
    ("Chair tests and timed up-and-go", "sway", functional.section),
    ("Recorded formats", "formats", formats.section),
    ("Flags: hits and false alarms", "", flags.section),
    ("Real change: more or less", "", change.section),
)

_HEAD: Final = """\
# Validation

Made by `make validate` on {day} with imutrack {version}, from the labelled recordings described in [data.md](data.md).
One parameter set for every person, exercise, placement and device; nothing was trained. The methods were chosen while
looking at these recordings, so expect somewhat less on recordings nobody has looked at. None of this is a clinical
validation.
"""


@dataclass(frozen=True, slots=True)
class Document:
    """The page, and what the README takes from it."""

    text: str
    headlines: tuple[Headline, ...]


def document(folder: Path, jobs: int, day: date, say: Callable[[str], None]) -> Document:
    """Measure everything.

    Args:
        folder: holds ``reps/``, ``rom/``, ``sway/`` and ``formats/``.
        jobs: processes.
        day: that goes on the page.
        say: told of each section before it runs.

    Raises:
        RecordingError: a list or an answer cannot be read.
    """
    from importlib.metadata import version

    parts = [_HEAD.format(day=day, version=version("imutrack"))]
    headlines: list[Headline] = []
    for title, name, measure in _SECTIONS:
        say(f"{title} ...")
        section = measure(folder / name, jobs)
        parts.append(f"## {title}\n\n{section.text}")
        headlines += section.headlines
    return Document("\n".join(parts), tuple(headlines))


def with_headlines(readme: str, headlines: tuple[Headline, ...], day: date) -> str:
    """Return the README with its table of figures replaced.

    Raises:
        ValueError: the README has not both markers.
    """
    before, begin, rest = readme.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"the README needs the lines {BEGIN} and {END}")
    rows = "\n".join(f"| {line.what} | {line.how_well} | {line.on} |" for line in headlines)
    return (
        f"{before}{BEGIN}\n| what | how well | tested on |\n|---|---|---|\n{rows}\n\nMeasured on {day}.\n{END}{after}"
    )
