"""The trend figure: range of motion over the sessions.

Direct labels instead of legends, units on every axis, and no meaning in a colour alone: all figures can be read in
black and white. Each drawing function returns one inline SVG element.
"""

from datetime import timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from imutrack.report import wording
from imutrack.report.svg import ACCENT, BAND, INK, LINE, MUTED, PAPER, axes_with_room, canvas, to_svg
from imutrack.report.trends import Point, Trend

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["trend_figure"]

_MARKERS: Final = ("o", "s", "^", "D")  # one per way of measuring
_LEAST_SPAN_DEG: Final = 20.0  # so that a measurement error never fills the figure
_PAD_SHARE: Final = 0.12
_DATE_TICKS: Final = 4
_LEFT_PX: Final = 32.0  # "100°" and its tick
_BELOW_PX: Final = 19.0
_RIGHT_PX: Final = 56.0  # the last label, "101° ± 3°", in the widest font
_LABEL_PX: Final = 6.0


def trend_figure(trend: Trend, name: str, width_px: float = 340.0, height_px: float = 106.0) -> str:
    """Draw the range of motion over the sessions.

    A filled mark is a session: mean of the best three with its error, on a pale bar from the smallest to the largest
    repetition. An open mark on the axis is a session whose angle was withheld.
    """
    with canvas(width_px, height_px) as figure:
        axes = axes_with_room(figure, left_px=_LEFT_PX, bottom_px=_BELOW_PX, right_px=_RIGHT_PX)
        low_deg = _scale(axes, trend)
        for run in trend.runs:
            axes.plot(
                [point.x_days for point in run], [point.range_deg or 0.0 for point in run], color=ACCENT, linewidth=1.1
            )
        for point in trend.points:
            _mark(axes, point, low_deg)
        _labels(axes, trend, low_deg)
        return to_svg(figure, name, f"Range of motion over time: {trend.title}", _spoken(trend))


def _scale(axes: "Axes", trend: Trend) -> float:
    """Set the scales and return the lower end of the angles."""
    from matplotlib.ticker import MaxNLocator

    values = [value for point in trend.points if point.range_deg is not None for value in _reach(point)]
    middle, span = (max(values) + min(values)) / 2, max(max(values) - min(values), _LEAST_SPAN_DEG)
    low_deg = max(0.0, middle - span * (0.5 + _PAD_SHARE))
    axes.set_ylim(low_deg, middle + span * (0.5 + 2 * _PAD_SHARE))
    axes.yaxis.set_major_locator(MaxNLocator(4, integer=True))
    axes.yaxis.set_major_formatter("{x:.0f}°")
    axes.grid(axis="y", color=LINE, linewidth=0.5)
    last_days = max(point.x_days for point in trend.points)
    axes.set_xlim(-0.05 * max(last_days, 1.0), last_days + 0.02 * max(last_days, 1.0))
    step = max(1, round(last_days / _DATE_TICKS))
    ticks = list(range(0, int(last_days) + 1, step))
    axes.set_xticks(ticks, [wording.day_short(trend.points[0].day + timedelta(days=tick)) for tick in ticks])
    return low_deg


def _reach(point: Point) -> list[float]:
    error = point.error_deg or 0.0
    centre = point.range_deg or 0.0
    return [value for value in (centre - error, centre + error, point.low_deg, point.high_deg) if value is not None]


def _mark(axes: "Axes", point: Point, low_deg: float) -> None:
    if point.range_deg is None:
        axes.plot(
            point.x_days,
            low_deg,
            marker="o",
            markersize=6.0,
            markerfacecolor=PAPER,
            markeredgecolor=INK,
            markeredgewidth=1.0,
            clip_on=False,
            zorder=5,
        )
        return
    if point.low_deg is not None and point.high_deg is not None:
        axes.vlines(point.x_days, point.low_deg, point.high_deg, color=BAND, linewidth=5.0, zorder=1)
    axes.errorbar(
        point.x_days,
        point.range_deg,
        yerr=point.error_deg,
        fmt=_MARKERS[point.way % len(_MARKERS)],
        color=ACCENT,
        markersize=4.0,
        elinewidth=0.9,
        capsize=2.5,
        zorder=3,
    )


def _labels(axes: "Axes", trend: Trend, low_deg: float) -> None:
    known = [point for point in trend.points if point.range_deg is not None]
    last = known[-1]
    axes.annotate(
        wording.angle(last.range_deg, last.error_deg),
        (last.x_days, last.range_deg or 0.0),
        xytext=(_LABEL_PX, 0),
        va="center",
        textcoords="offset points",
        color=INK,
    )
    if len(known) > 1:
        first = known[0]
        top = max(_reach(first))
        axes.annotate(
            wording.angle(first.range_deg),
            (first.x_days, top),
            xytext=(0, 3),
            ha="center",
            va="bottom",
            textcoords="offset points",
            color=INK,
        )
    withheld = [point for point in trend.points if point.range_deg is None]
    if withheld:
        axes.annotate(
            "withheld",
            (withheld[0].x_days, low_deg),
            xytext=(_LABEL_PX, 2),
            textcoords="offset points",
            va="bottom",
            color=MUTED,
        )
    for before, after in pairwise(known):
        if before.way != after.way:
            axes.axvline((before.x_days + after.x_days) / 2, color=MUTED, linewidth=0.8, linestyle=(0, (2, 2)))


def _spoken(trend: Trend) -> str:
    points = "; ".join(
        f"{wording.day_short(point.day)} "
        + ("withheld" if point.range_deg is None else wording.angle(point.range_deg, point.error_deg))
        for point in trend.points
    )
    return f"{trend.measured}, best three repetitions, degrees. {points}."
