"""The first thing a reader sees: two or three plain sentences, then one row per exercise and side."""

from collections import Counter
from dataclasses import dataclass
from statistics import median
from typing import Final

from imutrack import words
from imutrack.clinic.plans import PlanItem
from imutrack.flags import Quality
from imutrack.report import wording
from imutrack.report.case import Case
from imutrack.report.changed import of_history, verdict
from imutrack.report.findings import Findings, SetFound, TestFound
from imutrack.report.history import History, SessionAngle, histories
from imutrack.report.notes import names_withheld
from imutrack.report.trials import comparable, outcome
from imutrack.task import TaskKind

__all__ = ["ExerciseRow", "exercise_rows", "reps_total", "sentences", "tempo"]

_EXERCISES_SAID: Final = 2  # with the overview that makes three sentences, as much as is read in passing
_QUALITY_WORDS: Final = {Quality.GOOD: "good", Quality.USABLE: "with care", Quality.WITHHELD: "withheld"}


@dataclass(frozen=True, slots=True, kw_only=True)
class ExerciseRow:
    """One row of the table, as it is shown."""

    name: str
    sets: str
    reps: str
    range_first: str
    range_last: str
    target: str
    change: str
    tempo: str
    quality: str


def sentences(findings: Findings) -> list[str]:
    """Return one to three sentences for a reader with no time.

    Where the clinic follows changes, the exercises speak through their verdicts in the table.
    """
    said = [_overview(findings)]
    if findings.case.courses:
        return said
    groups = histories(findings.sets)
    said += [_of_exercise(history, spelled=not index) for index, history in enumerate(groups[:_EXERCISES_SAID])]
    if len(groups) < _EXERCISES_SAID:
        said += _of_tests(findings.tests)[: _EXERCISES_SAID - len(groups)]
    return said


def exercise_rows(findings: Findings) -> list[ExerciseRow]:
    """Return one row per exercise and side: those of the plan in its order, then the one with most sets first.

    What the plan asks for and nobody did has a row too.
    """
    case, groups = findings.case, histories(findings.sets)
    items = [item for item in (case.plan.exercise if case.plan else ()) if item.kind is TaskKind.EXERCISE]
    rows = []
    for item in items:
        done = [group for group in groups if case.item(group.exercise, group.side) == item]
        rows += [_row(group, case) for group in done] or [_not_done(item)]
    return rows + [_row(group, case) for group in groups if case.item(group.exercise, group.side) not in items]


def reps_total(history: History) -> str:
    """Return all repetitions of a history; where a count is not sure, the fewest and the most they may have been.

    >>> reps_total(History(exercise="squat", side=None, sets=()))
    '0'
    """
    if not history.unsure:
        return str(history.reps)
    low = history.reps + sum(found.reps_low for found in history.unsure)
    high = history.reps + sum(found.reps_high for found in history.unsure)
    return f"{low} to {high}"


def tempo(sets: tuple[SetFound, ...]) -> str:
    """Return the middle outward, hold and return time of some sets, in seconds."""
    phases = [
        [value for value in values if value is not None]
        for values in (
            [found.outward_s for found in sets],
            [found.hold_s for found in sets],
            [found.return_s for found in sets],
        )
    ]
    if not any(phases):
        return wording.ABSENT
    return " / ".join(f"{median(values):.1f}" if values else wording.ABSENT for values in phases)


def _overview(findings: Findings) -> str:
    everything = findings.everything
    days = (findings.last - findings.first).days + 1
    sessions = len({found.session for found in everything})
    parts = [
        words.counted(len(found), noun)
        for found, noun in (
            (findings.sets, "set"),
            (findings.stances, "balance trial"),
            (findings.tests, "timed test"),
        )
        if found
    ]
    if not parts:
        return f"No exercise was recorded in {words.counted(days, 'day')}."
    text = f"{words.counted(sessions, 'session')} in {words.counted(days, 'day')}: {', '.join(parts)}."
    withheld = sum(bool(names_withheld(found)) or found.quality is Quality.WITHHELD for found in everything)
    if not withheld:
        return text
    return f"{text} Something is withheld in {withheld} of these results, see below."


def _of_exercise(history: History, *, spelled: bool) -> str:
    """Say one exercise in one sentence; ``spelled``: say what stands after ± in words."""
    name = wording.of_side(wording.exercise_name(history.exercise), history.side)
    text = f"{name}: {_reps_said(history)}"
    compared = history.compared()
    last, first = compared.last, compared.first
    if last is None:
        return f"{text}; no angle could be given." if compared.last_withheld else f"{text}."
    text += f"; best-three range {_spelled(last) if spelled else _range(last)}"
    if compared.last_withheld:
        text += f" on {wording.day_short(last.day)}, withheld in the last session"
    elif first is not None or compared.others:
        text += " in the last session"
    if first is not None:
        text += f", {_range(first)} " + (f"on {wording.day_short(first.day)}" if compared.others else "in the first")
    if compared.others:
        text += f"; {wording.UNLIKE}"
    return text + "."


def _reps_said(history: History) -> str:
    if not history.unsure:
        return words.counted(history.reps, "repetition")
    return f"{reps_total(history)} repetitions"


def _of_tests(tests: tuple[TestFound, ...]) -> list[str]:
    """Say each timed test in one sentence."""
    by_trial: dict[tuple[TaskKind, str], list[TestFound]] = {}
    for found in tests:
        if outcome(found) != wording.ABSENT:
            by_trial.setdefault((found.kind, found.trial), []).append(found)
    said = []
    for (kind, trial), known in by_trial.items():
        first, last = comparable(known)
        text = f"{wording.trial_name(trial, kind)}: {outcome(last)}"
        if first is not last:
            text += f" in the last test, {outcome(first)} in the first"
        said.append(text + ".")
    return said


def _not_done(item: PlanItem) -> ExerciseRow:
    return ExerciseRow(
        name=wording.of_side(wording.exercise_name(item.task_name), item.side),
        sets="0",
        reps="0",
        range_first=wording.ABSENT,
        range_last=wording.ABSENT,
        target=_target(item),
        change=wording.ABSENT,
        tempo=wording.ABSENT,
        quality=wording.ABSENT,
    )


def _target(item: PlanItem | None) -> str:
    """Return the range that the plan asks for, with an approved limit."""
    if item is None or (item.rom_target_deg is None and item.armed_limit_deg is None):
        return wording.ABSENT
    parts = [] if item.rom_target_deg is None else [f"{item.rom_target_deg:.0f}°"]
    if item.armed_limit_deg is not None:
        parts.append(f"limit {item.armed_limit_deg:.0f}°")
    return ", ".join(parts)


def _row(history: History, case: Case) -> ExerciseRow:
    compared = history.compared()
    only = compared.first is None
    return ExerciseRow(
        name=wording.of_side(wording.exercise_name(history.exercise), history.side),
        sets=str(len(history.sets)),
        reps=reps_total(history),
        range_first=wording.ABSENT if only else _range(compared.first),
        range_last="withheld" if compared.last is None and compared.last_withheld else _range(compared.last),
        target=_target(case.item(history.exercise, history.side)),
        change=verdict(case, of_history(case, history)),
        tempo=tempo(history.last_session),
        quality=_quality(history.sets),
    )


def _quality(sets: tuple[SetFound, ...]) -> str:
    counts = Counter(found.quality for found in sets)
    if len(counts) == 1:
        words = _QUALITY_WORDS[sets[0].quality]
        return words if len(sets) == 1 else f"all {words}"
    return f"{counts[Quality.GOOD]} of {len(sets)} good"


def _range(angle: SessionAngle | None) -> str:
    if angle is None or angle.best is None:
        return wording.ABSENT
    return wording.angle(angle.best.rom_best3_deg, angle.best.rom_error_deg)


def _spelled(angle: SessionAngle) -> str:
    best = angle.best
    if best is None or best.rom_error_deg is None:
        return f"{_range(angle)} (measurement error not known)"
    return f"{wording.angle(best.rom_best3_deg)} (± {words.error_whole(best.rom_error_deg)}° measurement error)"
