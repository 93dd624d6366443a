"""The words of the therapist's first page, cut to a layout; what does not fit is named, and in the full report."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from imutrack import words
from imutrack.report import wording
from imutrack.report.changed import milestone_text
from imutrack.report.findings import Findings
from imutrack.report.notes import Note, corrections, flagged, how_measured, set_aside
from imutrack.report.pain import effort_line, pain_line, stop_line
from imutrack.report.standing import Fact, Figure, FirstLine, figures, first_line, plan_facts, precautions
from imutrack.report.summary import ExerciseRow, exercise_rows, sentences
from imutrack.report.treated import TreatmentLine, hands_on, others_line, treatment_lines
from imutrack.report.trials import TrialRow, trial_rows

__all__ = ["Layout", "Sheet", "sheet"]

_MOST_EXERCISES: Final = 5
_MOST_ROWS: Final = 8  # of both tables together


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """How much of everything a page shows.

    Attributes:
        dense: print a little smaller.
        sway, curve: the figures of the last balance trial and of the last set.
        how: how it was measured.
        reasons, milestones, treatments, said, notes: at most so many lines of each.
        effects: at most so many comparisons of one treatment.
    """

    dense: bool = False
    sway: bool = True
    curve: bool = True
    how: bool = True
    reasons: int = 3
    milestones: int = 2
    treatments: int = 3
    effects: int = 2
    said: int = 3
    notes: int = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """What the page says, in order; each ``..._more`` says how much is left out, empty where nothing is."""

    facts: Sequence[Fact]
    precautions: str
    standing: FirstLine | None
    standing_more: str
    standing_day: str
    sentences: Sequence[str]
    milestones: Sequence[str]
    milestones_more: str
    figures: Sequence[Figure]
    figures_day: str
    pain_line: str
    effort_line: str
    stop_line: str
    exercises: Sequence[ExerciseRow]
    exercises_more: str
    trials: Sequence[TrialRow]
    trials_more: str
    treatments: Sequence[TreatmentLine]
    treatments_more: str
    other_treatments: str
    said: Sequence[Note]
    said_more: str
    notes: Sequence[Note]
    notes_more: str
    how: Sequence[str]

    def values(self) -> dict[str, Any]:
        """Return everything by name, for a template."""
        return {name: getattr(self, name) for name in self.__slots__}


def sheet(findings: Findings, layout: Layout, *, full: bool, today: date) -> Sheet:
    """Return the words of the page.

    Args:
        findings: of the patient.
        layout: how much of everything.
        full: the rest follows on more pages.
        today: local date.
    """
    case = findings.case
    standing = first_line(case, layout.reasons)
    exercises, trials = exercise_rows(findings), trial_rows(findings)
    trials_shown = _MOST_ROWS - len(exercises[:_MOST_EXERCISES])
    reached = [milestone_text(each) for each in case.reached()]
    treatments = hands_on(case)
    said = [*corrections(findings.everything), *set_aside(case)]
    notes = flagged(findings.everything)

    def more(number: int, noun: str) -> str:
        if number <= 0:
            return ""
        return f"{words.counted(number, f'more {noun}')}: see the {'pages after this one' if full else 'full report'}."

    return Sheet(
        facts=plan_facts(case),
        precautions=precautions(case),
        standing=standing,
        standing_more=more(standing.more if standing else 0, "reason"),
        standing_day="" if case.day == today else f"on {wording.day_long(case.day)}",
        sentences=sentences(findings),
        milestones=reached[: layout.milestones],
        milestones_more=more(len(reached) - layout.milestones, "milestone"),
        figures=figures(case.standing),
        figures_day=wording.day_short(case.day),
        pain_line=pain_line(case.pain, standing.reasons if standing else ()),
        effort_line=effort_line(case),
        stop_line=stop_line(case),
        exercises=exercises[:_MOST_EXERCISES],
        exercises_more=more(len(exercises) - _MOST_EXERCISES, "exercise"),
        trials=trials[:trials_shown],
        trials_more=more(len(trials) - trials_shown, "test"),
        treatments=treatment_lines(case, treatments[: layout.treatments], layout.effects),
        treatments_more=more(len(treatments) - layout.treatments, "treatment"),
        other_treatments=others_line(case),
        said=said[: layout.said],
        said_more=more(len(said) - layout.said, "correction"),
        notes=notes[: layout.notes],
        notes_more=more(len(notes) - layout.notes, "note"),
        how=how_measured(findings) if layout.how else [],
    )
