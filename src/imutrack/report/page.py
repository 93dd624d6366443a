"""The page itself: one HTML file that needs nothing else, from findings that are already in words.

Everything that comes from outside is escaped by the templates; only figures, which are made here, go in as markup. The
file is written beside its place and moved there, readable by its owner alone, so that there is never half a report.
"""

import os
import re
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from importlib.resources import files
from pathlib import Path
from typing import Any, Final

from imutrack import words
from imutrack.errors import StoreError
from imutrack.report import for_patient, wording
from imutrack.report.curves import angle_curve, left_out, set_figure, sway_curve, sway_figure
from imutrack.report.every_set import every_set, every_trial
from imutrack.report.findings import Findings, SetFound, StanceFound
from imutrack.report.notes import corrections, flagged, how_measured, title
from imutrack.report.summary import exercise_rows, sentences
from imutrack.report.trend_figure import trend_figure
from imutrack.report.trends import trends
from imutrack.report.trials import ellipse_area, trial_rows

__all__ = ["patient_page", "save", "therapist_page"]

# What fits on one A4 page together with everything else; the rest is named and stands in the full report
_MOST_EXERCISES: Final = 5
_MOST_ROWS: Final = 8  # of both tables together
_MOST_NOTES: Final = 3
_BREAKS: Final = re.compile(r"(?<=[\d°]) (?=±)|(?<=±) |(?<=\d) (?=m²?/|s\b|%)")
_ROOMY_LINES: Final = 9  # with more of them the print is set a little smaller


@dataclass(frozen=True, slots=True, kw_only=True)
class _Drawn:
    """A figure with its words; `narrow` replaces it on a phone where it differs."""

    heading: str
    svg: Any
    caption: str
    narrow: Any = None
    left_out: tuple[Any, ...] = ()


def therapist_page(findings: Findings, *, full: bool, now: datetime, version: str) -> str:
    """Return the report for the therapist: one printed page, and with ``full`` every set and trial after it."""
    exercises = exercise_rows(findings)
    trials = trial_rows(findings)
    notes = [*corrections(findings.sets), *flagged(findings.everything)]
    zone = now.tzinfo
    trials_shown = _MOST_ROWS - len(exercises[:_MOST_EXERCISES])
    lines = len(exercises[:_MOST_EXERCISES]) + len(trials[:trials_shown]) + len(notes[:_MOST_NOTES])
    return _rendered(
        "report.html.j2",
        findings,
        dense=lines + findings.synthetic > _ROOMY_LINES,
        sentences=sentences(findings),
        made=f"made {wording.day_long(now.date())} with imutrack {version}",
        exercises=exercises[:_MOST_EXERCISES],
        exercises_more=_more(exercises[_MOST_EXERCISES:], "exercise", full=full),
        trends=_trend_figures(findings),
        trend_key=wording.TREND_KEY,
        curve=_last_set(findings.sets),
        sway=_last_sway(findings.stances),
        trials=trials[:trials_shown],
        trials_more=_more(trials[trials_shown:], "test", full=full),
        notes=notes[:_MOST_NOTES],
        notes_more=_more(notes[_MOST_NOTES:], "note", full=full),
        how=how_measured(findings),
        all_sets=every_set(findings, zone) if full and zone else [],
        all_trials=every_trial(findings, zone) if full and zone else [],
    )


def patient_page(findings: Findings) -> str:
    """Return the page for the patient."""
    return _rendered(
        "patient.html.j2",
        findings,
        dense=False,
        done=for_patient.done_sentence(findings),
        lines=for_patient.done_lines(findings),
        best=for_patient.best_lines(findings),
        next_step=for_patient.NEXT_STEP,
    )


def save(page: str, out: Path) -> None:
    """Write a page for its owner alone, whole or not at all.

    Raises:
        StoreError: the folder is missing or cannot be written, or the disk is full.
    """
    try:
        handle, unfinished = tempfile.mkstemp(dir=out.parent, prefix=f".{out.name}.", suffix=".part")  # mode 0600
    except OSError as error:
        raise StoreError(
            f"{out}: the report cannot be written there ({error.strerror}): choose another --out"
        ) from error
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(page)
            file.flush()
            os.fsync(file.fileno())
        Path(unfinished).replace(out)
    except OSError as error:
        raise StoreError(f"{out}: the report could not be written ({error.strerror}): choose another --out") from error
    finally:
        Path(unfinished).unlink(missing_ok=True)


def _rendered(template: str, findings: Findings, **values: Any) -> str:
    from jinja2 import Environment, PackageLoader, StrictUndefined
    from markupsafe import Markup

    environment = Environment(
        loader=PackageLoader("imutrack.report"),
        autoescape=True,
        finalize=_kept_together,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    css = (files("imutrack.report") / "templates" / "report.css").read_text(encoding="utf-8")
    return environment.get_template(template).render(
        css=Markup(css),  # noqa: S704 - our own style sheet
        patient=findings.patient,
        period=wording.period(findings.first, findings.last),
        synthetic=words.SYNTHETIC if findings.synthetic else "",
        disclaimer=words.DISCLAIMER,
        **values,
    )


def _kept_together(value: object) -> object:
    """Keep a number with its unit and its error on one line."""
    return _BREAKS.sub("\u00a0", value) if type(value) is str else value


def _drawing(svg: str) -> Any:
    from markupsafe import Markup

    return Markup(svg)  # noqa: S704 - drawn here, its title and description are escaped


def _trend_figures(findings: Findings) -> list[_Drawn]:
    return [
        _Drawn(
            heading=found.title,
            svg=_drawing(trend_figure(found, f"trend{number}")),
            caption=f"Range over the sessions: {found.measured}" + (wording.OTHER_WAY if found.ways > 1 else ""),
        )
        for number, found in enumerate(trends(findings.sets), start=1)
    ]


def _last_set(sets: Sequence[SetFound]) -> _Drawn | None:
    drawable = [(found, trace) for found in sets if (trace := angle_curve(found)) is not None]
    if not drawable:
        return None
    found, trace = drawable[-1]
    which = "Last set" if found is sets[-1] else "Last set with a curve"
    count = words.reps_text(found.reps, found.reps_low, found.reps_high)
    measured = wording.first_upper(wording.movement(found.exercise, found.placement))
    return _Drawn(
        heading=f"{which}: {title(found)}, {wording.day_short(found.day)}",
        svg=_drawing(set_figure(found, trace, "set", 700.0)),
        narrow=_drawing(set_figure(found, trace, "setnarrow", 340.0, 130.0)),
        caption=f"{measured}. Repetitions: {count}; numbered where they turn.",
        left_out=tuple(left_out(found.rejected)),
    )


def _last_sway(stances: Sequence[StanceFound]) -> _Drawn | None:
    drawable = [(found, trace) for found in stances if (trace := sway_curve(found)) is not None]
    if not drawable:
        return None
    found, trace = drawable[-1]
    return _Drawn(
        heading=f"Sway, {wording.day_short(found.day)}",
        svg=_drawing(sway_figure(found, trace, "sway")),
        caption=f"{title(found)}, from above. 95 % ellipse: {ellipse_area(found)}.",
    )


def _more(rest: Sequence[object], noun: str, *, full: bool) -> str:
    if not rest:
        return ""
    count = words.counted(len(rest), f"more {noun}")
    return f"{count}: see the sets and tests after this page." if full else f"{count}: see the full report."
