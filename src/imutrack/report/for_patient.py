"""The page for the patient: half a page, plain and friendly. What was done, the furthest movement, the next step.

No codes, no verdicts, nothing that blames: what could not be measured is simply not there.
"""

from collections import Counter

from imutrack import words
from imutrack.report import wording
from imutrack.report.findings import Findings, SetFound
from imutrack.report.history import History, histories
from imutrack.report.notes import title

__all__ = ["NEXT_STEP", "best_lines", "done_lines", "done_sentence"]

NEXT_STEP = "Bring this page to your next visit. Your therapist writes the next step here:"
_MOST_LINES = 5


def done_sentence(findings: Findings) -> str:
    """Return what was done in one sentence.

    The days on which something was recorded are what a patient remembers; sessions are a word of the clinic.
    """
    days = len({found.day for found in findings.everything})
    return f"You moved on {words.counted(days, 'day')} in this time. Thank you for keeping at it."


def done_lines(findings: Findings) -> list[str]:
    """Return one line per exercise, balance trial and test."""
    lines = [_done(history) for history in histories(findings.sets)]
    names = [title(found) for found in (*findings.stances, *findings.tests)]
    lines += [f"{name}: {words.counted(number, 'time')}" for name, number in Counter(names).items()]
    if len(lines) <= _MOST_LINES + 1:  # "and 1 more" takes a line too
        return lines
    return [*lines[:_MOST_LINES], f"and {len(lines) - _MOST_LINES} more"]


def best_lines(findings: Findings, most: int = 3) -> list[str]:
    """Return the furthest movement of the exercises done most, with its error in words."""
    lines = []
    for history in histories(findings.sets):
        known = [found for found in history.sets if found.rom_best3_deg is not None]
        if known:
            lines.append(_best(history, max(known, key=lambda found: found.rom_best3_deg or 0.0)))
    return lines[:most]


def _done(history: History) -> str:
    name = wording.of_side(wording.patient_name(history.exercise), history.side)
    sets = words.counted(len(history.sets), "set")
    reps = history.reps + sum(found.reps_low for found in history.unsure)
    if not reps:
        return f"{name}: {sets}"
    about = "at least " if history.unsure else ""
    return f"{name}: {sets}, {about}{words.counted(reps, 'repetition')}"


def _best(history: History, best: SetFound) -> str:
    name = wording.of_side(wording.patient_name(history.exercise), history.side)
    text = f"{name}: {best.rom_best3_deg:.0f} degrees on {wording.day_short(best.day)}"
    if best.rom_error_deg is None:
        return text
    return f"{text}, give or take {words.counted(words.error_whole(best.rom_error_deg), 'degree')}"
