"""``make bench-collector``: what the collector does beside what was asked of it; the figures of docs/collector.md.

Some parts take minutes and run only where they are asked for. What a run does not measure stays on the page as it was
measured last, each part with its own day.
"""

import os
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import of_collector_capture
import of_collector_clinic
import of_collector_clocks
import of_collector_days
import of_collector_decoders
import of_collector_killed
import of_collector_links
import of_collector_load
import of_live
from of_collector_rows import measured_on

__all__ = ["PARTS", "measure"]

BEGIN: Final = "<!-- figures: made by make bench-collector -->\n"
END: Final = "<!-- end of figures -->"
_HEADING: Final = "\n### "


@dataclass(frozen=True, slots=True)
class Part:
    """One part of the page.

    Attributes:
        title: its heading.
        block: measures it and returns what stands below the heading; "" where that cannot be done here.
        long: it takes minutes.
    """

    title: str
    block: Callable[[], str]
    long: bool = False


def _live() -> str:
    if not os.environ.get("IMUTRACK_DATA"):
        return ""
    return f"{of_live.section().partition(chr(10))[2].strip()}\n\n{measured_on()}"  # without its own heading


PARTS: Final[Mapping[str, Part]] = {
    "known": Part("Payloads with known answers", of_collector_decoders.known),
    "random": Part("Random payloads", of_collector_decoders.random, long=True),
    "load": Part("64 straps on one core", of_collector_load.block),
    "clinic": Part("Twelve straps, counted to the reading", of_collector_clinic.block),
    "clocks": Part("Clocks", of_collector_clocks.block),
    "capture": Part("Captures", of_collector_capture.block),
    "links": Part("Links that fail", of_collector_links.block),
    "days": Part("False alarms, and a strap that always fails", of_collector_days.day),
    "month": Part("A month", of_collector_days.month, long=True),
    "killed": Part("Killed at random moments", of_collector_killed.block, long=True),
    "live": Part("Counting live", _live, long=True),
}
"""By the name that ``--only`` takes."""


def measure(page: Path, chosen: Collection[str], *, long: bool) -> None:
    """Measure the collector and write the figures between the page's markers.

    Args:
        page: with both markers.
        chosen: names of the parts to measure; all where there are none.
        long: those that take minutes, too, where nothing is chosen.

    Raises:
        ValueError: the page has not both markers.
    """
    wanted = set(chosen) or {name for name, part in PARTS.items() if long or not part.long}
    for name in PARTS:
        if name in wanted:
            print(f"{PARTS[name].title} ...", flush=True)
            _write(page, PARTS[name].title, PARTS[name].block())
    _write(page, "", "")


def _write(page: Path, title: str, block: str) -> None:
    """Put one block into the page, at once: a later part that fails costs none that is measured."""
    before, begin, rest = page.read_text(encoding="utf-8").partition(BEGIN)
    figures, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"{page} needs the lines {BEGIN.strip()} and {END}")
    blocks = dict(_split(figures))
    if block:
        blocks[title] = block
    parts = [f"### {part.title}\n\n{blocks.get(part.title, _never(part)).strip()}\n" for part in PARTS.values()]
    page.write_text("".join([before, begin, "\n", "\n".join(parts), "\n", end, after]), encoding="utf-8")


def _split(figures: str) -> list[tuple[str, str]]:
    return [(title, block) for title, _, block in (each.partition("\n") for each in figures.split(_HEADING)[1:])]


def _never(part: Part) -> str:
    how = "make bench-collector LONG=1" if part.long else "make bench-collector"
    return f"Not measured yet: `{how}`."
