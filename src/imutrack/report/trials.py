"""Balance trials and timed tests as rows of a small table: the first and the last that may be compared."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from imutrack import words
from imutrack.report import wording
from imutrack.report.case import Case
from imutrack.report.changed import of_trial, verdict
from imutrack.report.findings import Findings, Found, StanceFound, TestFound
from imutrack.report.notes import title
from imutrack.task import TaskKind

__all__ = ["TrialRow", "comparable", "ellipse_area", "outcome", "sway_size", "trial_rows"]

_Kind = TypeVar("_Kind", StanceFound, TestFound)


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialRow:
    """One trial or test, as it is shown."""

    name: str
    number: str
    first: str
    last: str
    change: str = wording.ABSENT


def trial_rows(findings: Findings) -> list[TrialRow]:
    """Return one row per test and per balance trial, tests first."""
    case = findings.case
    return [*_rows(findings.tests, outcome, case), *_rows(findings.stances, sway_size, case)]


def outcome(found: TestFound) -> str:
    """Return the main number of a test.

    A chair test of 30 s is about the rises, every other one about the time; one that is not complete still has rises.
    """
    if found.rises_in_30_s is not None and found.trial == "thirty_seconds":
        return words.counted(found.rises_in_30_s, "rise")
    if found.total_s is None and found.rises:
        return words.counted(found.rises, "rise")
    return wording.seconds(found.total_s)


def sway_size(found: StanceFound) -> str:
    """Return the size of the sway of a trial: acceleration of a worn sensor, distance on a force plate."""
    if "cop_rms_m" in found.sway:
        return f"{1e3 * found.sway['cop_rms_m']:.1f} mm"
    rms = found.sway.get("rms_mps2")
    return wording.ABSENT if rms is None else f"{rms:.3f} m/s²"


def ellipse_area(found: StanceFound) -> str:
    """Return the area of the ellipse that holds 95 % of the sway."""
    if "cop_area95_m2" in found.sway:
        return f"{1e4 * found.sway['cop_area95_m2']:.3g} cm²"
    area = found.sway.get("area95_m2ps4")
    return wording.ABSENT if area is None else f"{area:.3g} m²/s⁴"


def _rows(trials: Sequence[_Kind], text: Callable[[_Kind], str], case: Case) -> list[TrialRow]:
    groups: dict[tuple[TaskKind, str, str | None], list[_Kind]] = {}
    for found in trials:
        groups.setdefault((found.kind, found.trial, found.side), []).append(found)
    return [_row(group, text, case) for group in groups.values()]


def comparable(known: Sequence[_Kind]) -> tuple[_Kind, _Kind]:
    """Return the first and the last of some trials of one kind that may be compared; the same one where only it may."""
    alike = [found for found in known if _way(found) == _way(known[-1])]
    return alike[0], alike[-1]


def _row(group: Sequence[_Kind], text: Callable[[_Kind], str], case: Case) -> TrialRow:
    known = [found for found in group if text(found) != wording.ABSENT]
    first, last = comparable(known) if known else (None, None)
    return TrialRow(
        name=title(group[0]),
        number=str(len(group)),
        first=text(first) if first is not None and first is not last else wording.ABSENT,
        last=_last(group, known, text),
        change=verdict(case, of_trial(case, last)) if last is not None else wording.ABSENT,
    )


def _last(group: Sequence[_Kind], known: Iterable[_Kind], text: Callable[[_Kind], str]) -> str:
    newest = max(known, key=lambda found: found.start, default=None)
    if newest is None:
        return "withheld"
    return text(newest) if newest is group[-1] else f"{text(newest)} on {wording.day_short(newest.day)}"


def _way(found: Found) -> tuple[str | None, str, bool]:
    """Return what must agree before two trials may be compared; a test without its time is told by its rises."""
    return found.placement, found.algorithm, isinstance(found, TestFound) and found.total_s is None
