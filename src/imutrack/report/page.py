"""The page itself, from findings that are already in words.

The therapist's page is one printed sheet whatever it holds: lists are cut and say so, and where words take the room
the figures of single recordings stand in the full report.
"""

from datetime import datetime
from typing import Final

from imutrack.report import drawn, for_patient, wording
from imutrack.report.every_entry import chapters
from imutrack.report.every_set import every_set, every_trial
from imutrack.report.findings import Findings
from imutrack.report.fitting import Pictures, fitting
from imutrack.report.rendering import rendered
from imutrack.report.sheet import Layout, Sheet, sheet

__all__ = ["patient_page", "therapist_page"]

_MOST_BEST: Final = 2  # lines on the patient's page, which is half a page


def therapist_page(findings: Findings, *, full: bool, now: datetime, version: str) -> str:
    """Return the report for the therapist: one printed page, and with ``full`` everything else after it."""
    case, zone = findings.case, now.tzinfo
    trends, trend_key = drawn.trend_figures(findings)
    pain, curve, sway = drawn.pain(case), drawn.last_set(findings.sets), drawn.last_sway(findings.stances)

    def cut_to(layout: Layout) -> Sheet:
        return sheet(findings, layout, full=full, today=now.date())

    there = Pictures(findings.synthetic, bool(trends), pain is not None, curve is not None, sway is not None)
    layout, words = fitting(cut_to, there)
    return rendered(
        "report.html.j2",
        findings,
        **words.values(),
        dense=layout.dense,
        targets=any(row.target != wording.ABSENT for row in words.exercises),
        changes=any(row.change != wording.ABSENT for row in words.exercises),
        made=f"made {wording.day_long(now.date())} with imutrack {version}",
        trends=trends,
        trend_key=trend_key,
        pain=pain,
        curve=curve if layout.curve else None,
        sway=sway if layout.sway else None,
        waiting=_waiting(layout, there, full=full),
        full_curve=curve if full and not layout.curve else None,
        full_sway=sway if full and not layout.sway else None,
        full_how=cut_to(Layout()).how if full and not layout.how else [],
        chapters=chapters(case, zone) if full and zone else [],
        all_sets=every_set(findings, zone) if full and zone else [],
        all_trials=every_trial(findings, zone) if full and zone else [],
    )


def patient_page(findings: Findings) -> str:
    """Return the page for the patient."""
    case = findings.case
    coming = for_patient.next_day(case)
    return rendered(
        "patient.html.j2",
        findings,
        dense=False,
        done=for_patient.done_sentence(findings),
        week=for_patient.week_line(case),
        lines=for_patient.done_lines(findings),
        best=[*for_patient.new_lines(case), *for_patient.best_lines(findings)][:_MOST_BEST],
        pain=for_patient.pain_text(case),
        next_day=coming[0] if coming else "",
        next_lines=coming[1] if coming else [],
        next_step=for_patient.next_step(case),
        on_stop=for_patient.on_stop_lines(case),
        how_to_reach=for_patient.HOW_TO_REACH,
    )


def _waiting(layout: Layout, there: Pictures, *, full: bool) -> str:
    """Say what had to wait for the full report; empty where nothing had to."""
    waits = (
        ("the curve of the last set", there.curve and not layout.curve),
        ("the figure of the sway", there.sway and not layout.sway),
        ("how it was measured", not layout.how),
    )
    names = [name for name, does in waits if does]
    if not names:
        return ""
    listed = " and ".join(filter(None, (", ".join(names[:-1]), names[-1])))
    return f"{wording.first_upper(listed)}: see the {'pages after this one' if full else 'full report'}."
