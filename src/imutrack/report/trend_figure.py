"""The trend figure: range of motion over the sessions.

Direct labels instead of legends, units on every axis, and no meaning in a colour alone: all figures can be read in
black and white. Behind the sessions lies what is no real change from the first of them, the target of the plan as a
dashed line, an approved limit as a full one with "!", and a short mark above where the plan changed.
"""

from datetime import timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from imutrack.report import wording
from imutrack.report.svg import ACCENT, ALARM, BAND, INK, LINE, MUTED, PAPER, ZONE, axes_with_room, canvas, to_svg
from imutrack.report.trends import Point, Trend

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["trend_figure"]

_MARKERS: Final = ("o", "s", "^", "D")  # one per way of measuring
_LEAST_SPAN_DEG: Final = 20.0  # so that a measurement error never fills the figure
_PAD_SHARE: Final = 0.12
_DATE_TICKS: Final = 4
_MOST_CAPS: Final = 20  # sessions; with more of them the marks get smaller and lose the caps of their errors
_LEFT_PX: Final = 32.0  # "100°" and its tick
_BELOW_PX: Final = 19.0
_RIGHT_PX: Final = 58.0  # the last label, "101° ± 3°", in the widest font
_RIGHT_OF_LINES_PX: Final = 74.0  # "target 100°"
_LABEL_PX: Final = 6.0
_BESIDE: Final = 0.06  # of the width: what a label above the first session reaches over
_LINE_PX: Final = 12.0  # between two labels, one above the other
_MARK_PX: Final = 40.0  # "plan 12" and a gap


def trend_figure(trend: Trend, name: str, width_px: float = 340.0, height_px: float = 106.0) -> str:
    """Draw the range of motion over the sessions.

    A filled mark is a session: mean of the best three with its error, on a pale bar from the smallest to the largest
    repetition. An open mark on the axis is a session whose angle was withheld.
    """
    with canvas(width_px, height_px) as figure:
        lines = trend.target_deg is not None or trend.limit_deg is not None
        right_px = _RIGHT_OF_LINES_PX if lines else _RIGHT_PX
        top_px = _LINE_PX if trend.plan_marks else 3.0
        axes = axes_with_room(figure, left_px=_LEFT_PX, bottom_px=_BELOW_PX, right_px=right_px, top_px=top_px)
        low_deg = _scale(axes, trend)
        _background(axes, trend)
        _plan_marks(axes, trend, width_px - _LEFT_PX - right_px)
        for run in trend.runs:
            axes.plot(
                [point.x_days for point in run], [point.range_deg or 0.0 for point in run], color=ACCENT, linewidth=1.1
            )
        for point in trend.points:
            _mark(axes, point, low_deg, caps=len(trend.points) <= _MOST_CAPS)
        _labels(axes, trend, low_deg)
        _right_labels(axes, trend, height_px - _BELOW_PX - top_px)
        return to_svg(figure, name, f"Range of motion over time: {trend.title}", _spoken(trend))


def _scale(axes: "Axes", trend: Trend) -> float:
    """Set the scales and return the lower end of the angles."""
    from matplotlib.ticker import MaxNLocator

    values = [value for point in trend.points if point.range_deg is not None for value in _reach(point)]
    values += [value for value in (trend.target_deg, trend.limit_deg) if value is not None]
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


def _mark(axes: "Axes", point: Point, low_deg: float, *, caps: bool) -> None:
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
        markersize=4.0 if caps else 3.0,
        elinewidth=0.9,
        capsize=2.5 if caps else 0.0,
        zorder=3,
    )


def _labels(axes: "Axes", trend: Trend, low_deg: float) -> None:
    known = [point for point in trend.points if point.range_deg is not None]
    if len(known) > 1:
        first = known[0]
        near_days = _BESIDE * (known[-1].x_days - first.x_days)
        top = max(value for point in known if point.x_days - first.x_days <= near_days for value in _reach(point))
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


def _background(axes: "Axes", trend: Trend) -> None:
    if trend.band is not None:
        days = [point.x_days for point in trend.points if point.way == trend.band.way and point.range_deg is not None]
        begin = axes.get_xlim()[0] if days[0] == 0 else days[0]
        axes.fill_between(
            (begin, axes.get_xlim()[1]), trend.band.low_deg, trend.band.high_deg, color=ZONE, linewidth=0, zorder=0
        )
    if trend.target_deg is not None:
        axes.axhline(trend.target_deg, color=INK, linewidth=0.9, linestyle=(0, (5, 3)), zorder=1)
    if trend.limit_deg is not None:
        axes.axhline(trend.limit_deg, color=ALARM, linewidth=1.2, zorder=1)


def _plan_marks(axes: "Axes", trend: Trend, width_px: float) -> None:
    """Mark the versions of the plan above the figure; those that stand too close to the one before go unnamed."""
    span = axes.get_xlim()[1] - axes.get_xlim()[0]
    free = float("-inf")
    for mark in trend.plan_marks:
        above = axes.get_xaxis_transform()
        axes.plot((mark.x_days, mark.x_days), (0.0, 1.0), transform=above, color=LINE, linewidth=0.8, zorder=0)
        if mark.x_days >= free:
            axes.annotate(
                f"plan {mark.version}",
                (mark.x_days, 1.0),
                xycoords=above,
                xytext=(0, 1),
                textcoords="offset points",
                ha="center",
                va="bottom",
                color=MUTED,
            )
            free = mark.x_days + span * _MARK_PX / width_px


def _right_labels(axes: "Axes", trend: Trend, height_px: float) -> None:
    """Name the last angle, the target and the limit at the right edge, moved apart where they would touch."""
    last = next(point for point in reversed(trend.points) if point.range_deg is not None)
    labels = [(last.range_deg or 0.0, wording.angle(last.range_deg, last.error_deg), INK)]
    if trend.target_deg is not None:
        labels.append((trend.target_deg, f"target {trend.target_deg:.0f}°", MUTED))
    if trend.limit_deg is not None:
        labels.append((trend.limit_deg, f"! limit {trend.limit_deg:.0f}°", ALARM))
    low_deg, high_deg = axes.get_ylim()
    labels.sort(key=lambda label: label[0])
    wanted = [(label[0] - low_deg) / (high_deg - low_deg) * height_px for label in labels]
    for (_, text, colour), at_px in zip(labels, _apart(wanted, height_px), strict=True):
        axes.annotate(
            text,
            (1.0, at_px / height_px),
            xycoords=axes.transAxes,
            xytext=(_LABEL_PX, 0),
            textcoords="offset points",
            va="center",
            color=colour,
        )


def _apart(wanted_px: list[float], height_px: float) -> list[float]:
    """Move labels up until none touches the one below it, and down again from the upper edge.

    >>> _apart([10.0, 12.0, 80.0], 84.0)
    [10.0, 22.0, 80.0]
    """
    placed: list[float] = []
    for at in wanted_px:
        placed.append(max(at, placed[-1] + _LINE_PX) if placed else at)
    ceiling = height_px
    for index in reversed(range(len(placed))):
        placed[index] = min(placed[index], ceiling)
        ceiling = placed[index] - _LINE_PX
    return placed


def _spoken(trend: Trend) -> str:
    points = "; ".join(
        f"{wording.day_short(point.day)} "
        + ("withheld" if point.range_deg is None else wording.angle(point.range_deg, point.error_deg))
        for point in trend.points
    )
    lines = [] if trend.target_deg is None else [f"Target {trend.target_deg:.0f}°."]
    lines += [] if trend.limit_deg is None else [f"Approved limit {trend.limit_deg:.0f}°."]
    if trend.band is not None:
        lines.append(f"No real change: {trend.band.low_deg:.0f}° to {trend.band.high_deg:.0f}°.")
    return " ".join((f"{trend.measured}, best three repetitions, degrees. {points}.", *lines))
