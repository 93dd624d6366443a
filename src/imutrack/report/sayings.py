"""What people said, one thing at a time, in words: corrections, the patient's answers, treatments."""

from typing import Final

from imutrack import words
from imutrack.clinic.entries import report_of, treatment_of
from imutrack.clinic.self_reports import SelfReport, When
from imutrack.clinic.treatments import KINDS, Treatment
from imutrack.corrections import Correction
from imutrack.exercises import spoken
from imutrack.stores.rows import Row

__all__ = ["correction_text", "entry_text", "report_text", "treatment_text"]

_PAINS: Final[dict[When | None, str]] = {
    When.BEFORE: "pain before",
    When.WORST: "worst pain during",
    When.AFTER: "pain after",
    When.NEXT_MORNING: "pain the next morning",
    None: "pain",
}


def correction_text(said: Correction) -> str:
    """Return what one correction says, and why.

    >>> correction_text(Correction(set_id="aaaa-0001", at_ns=0, by="MB", why="saw it", reps=9))
    'repetitions: 9 (saw it)'
    """
    parts = ["all that was said before taken back"] if said.undo else []
    if said.reps is not None:
        parts.append(words.corrected_text("reps", str(said.reps)))
    if said.name is not None:
        parts.append(words.corrected_text("name", spoken(said.name)))
    if said.side is not None:
        parts.append(words.corrected_text("side", said.side))
    if said.patient is not None:
        parts.append(words.corrected_text("patient"))
    if said.void is not None:
        parts.append(words.corrected_text("void") if said.void else "used after all")
    return f"{'; '.join(parts)} ({said.why})"


def report_text(report: SelfReport) -> str:
    """Return what a patient said once.

    >>> from datetime import date
    >>> report_text(SelfReport(at=0.0, day=date(2026, 3, 2), pain=4, when=When.WORST, exertion=6))
    'worst pain during 4 of 10, effort 6 of 10'
    """
    parts = ["stopped"] if report.stop else []
    if report.pain is not None:
        parts.append(f"{_PAINS[report.when]} {report.pain} of 10")
    if report.exertion is not None:
        parts.append(f"effort {report.exertion} of 10")
    if report.text:
        parts.append(f"“{report.text}”")
    return ", ".join(parts)


def treatment_text(treatment: Treatment, *, licence: bool = False) -> str:
    """Return a treatment: what, how long, where, by whom."""
    parts = [KINDS.get(treatment.kind, treatment.kind), f"{treatment.minutes} min"]
    if treatment.site:
        parts.append(treatment.site)
    parts.append(f"by {treatment.by}" + (f" ({treatment.licence})" if licence and treatment.licence else ""))
    return ", ".join(parts)


def entry_text(row: Row) -> tuple[str, str]:
    """Return what an entry that was set aside is, and what it said."""
    if row.measurement == "treatment":
        return "treatment", f"{treatment_text(treatment_of(row))}: set aside, not used"
    return "patient's word", f"{report_text(report_of(row))}: set aside, not used"
