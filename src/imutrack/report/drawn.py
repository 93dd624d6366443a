"""The figures of the page with their words: trends, the last set, the last balance trial, and pain."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from imutrack.report import wording
from imutrack.report.case import Case
from imutrack.report.curves import angle_curve, left_out, set_figure, sway_curve, sway_figure
from imutrack.report.findings import Findings, SetFound, StanceFound
from imutrack.report.notes import count, title
from imutrack.report.pain import pain_days
from imutrack.report.pain_figure import PAIN_KEY, pain_figure
from imutrack.report.rendering import drawing
from imutrack.report.trend_figure import trend_figure
from imutrack.report.trends import trends
from imutrack.report.trials import ellipse_area

__all__ = ["Drawn", "last_set", "last_sway", "pain", "trend_figures"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """A figure with its words; `narrow` replaces it on a phone where it differs."""

    heading: str
    svg: Any
    caption: str
    narrow: Any = None
    left_out: tuple[Any, ...] = ()


def trend_figures(findings: Findings) -> tuple[list[Drawn], str]:
    """Return the trends of the page, and one line that says how to read them; empty where there are none."""
    found = trends(findings.sets, case=findings.case)
    if not found:
        return [], ""
    banded = any(trend.band is not None for trend in found)
    return [
        Drawn(
            heading=trend.title,
            svg=drawing(trend_figure(trend, f"trend{number}")),
            caption=f"Range over the sessions: {trend.measured}"
            + (wording.OTHER_WAY if trend.ways > 1 else "")
            + (f". {trend.expected}" if trend.expected else ""),
        )
        for number, trend in enumerate(found, start=1)
    ], f"{wording.TREND_KEY} {wording.BAND_KEY}" if banded else wording.TREND_KEY


def pain(case: Case) -> Drawn | None:
    """Return the pain of four weeks; None where nothing was said in them."""
    days = pain_days(case.reports, case.day)
    if not days:
        return None
    svg = drawing(pain_figure(days, case.day, case.pain_params, "pain"))
    return Drawn(heading="Pain in four weeks", svg=svg, caption=PAIN_KEY)


def last_set(sets: Sequence[SetFound]) -> Drawn | None:
    """Return the angle of the last set that has a curve."""
    drawable = [(found, trace) for found in sets if (trace := angle_curve(found)) is not None]
    if not drawable:
        return None
    found, trace = drawable[-1]
    which = "Last set" if found is sets[-1] else "Last set with a curve"
    measured = wording.first_upper(wording.movement(found.exercise, found.placement))
    return Drawn(
        heading=f"{which}: {title(found)}, {wording.day_short(found.day)}",
        svg=drawing(set_figure(found, trace, "set", 700.0)),
        narrow=drawing(set_figure(found, trace, "setnarrow", 340.0, 130.0)),
        caption=f"{measured}. Repetitions: {count(found)}; numbered where they turn.",
        left_out=tuple(left_out(found.rejected)),
    )


def last_sway(stances: Sequence[StanceFound]) -> Drawn | None:
    """Return the sway of the last balance trial that has a curve."""
    drawable = [(found, trace) for found in stances if (trace := sway_curve(found)) is not None]
    if not drawable:
        return None
    found, trace = drawable[-1]
    return Drawn(
        heading=f"Sway, {wording.day_short(found.day)}",
        svg=drawing(sway_figure(found, trace, "sway")),
        caption=f"{title(found)}, from above. 95 % ellipse: {ellipse_area(found)}.",
    )
