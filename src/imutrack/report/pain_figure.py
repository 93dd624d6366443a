"""The pain figure: worst pain of each day, the next morning's, and stops. A day without an answer stays empty."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import TYPE_CHECKING, Final

from imutrack.clinic.pain_rules import PainParams
from imutrack.report import wording
from imutrack.report.pain import DAYS_SHOWN, PainDay
from imutrack.report.svg import ACCENT, ALARM, INK, LINE, PAPER, axes_with_room, canvas, to_svg

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["PAIN_KEY", "pain_figure"]

PAIN_KEY: Final = "Bar: worst pain of the day, 0 to 10. Ring: next morning. No mark: unknown."
_LEFT_PX: Final = 22.0
_BELOW_PX: Final = 19.0
_RIGHT_PX: Final = 16.0
_TOP_PX: Final = 12.0  # for the mark of a stop
_MOST: Final = 10
_WEEK: Final = 7


def pain_figure(
    days: Sequence[PainDay], last: date, params: PainParams, name: str, width_px: float = 340.0, height_px: float = 92.0
) -> str:
    """Draw the answers of four weeks; the lines are the limits of the pain rules.

    Args:
        days: with an answer, in order.
        last: the day at the right edge.
        params: limits.
        name: unique on the page.
        width_px, height_px: size.
    """
    first = last - timedelta(days=DAYS_SHOWN - 1)
    with canvas(width_px, height_px) as figure:
        axes = axes_with_room(figure, left_px=_LEFT_PX, bottom_px=_BELOW_PX, top_px=_TOP_PX, right_px=_RIGHT_PX)
        axes.set(xlim=(-0.7, DAYS_SHOWN - 0.3), ylim=(0, _MOST))
        axes.set_yticks(sorted({0, params.safe, params.acceptable, _MOST}))
        axes.grid(axis="y", color=LINE, linewidth=0.5)
        ticks = range(DAYS_SHOWN - 1, -1, -_WEEK)
        axes.set_xticks(list(ticks), [wording.day_short(first + timedelta(days=tick)) for tick in ticks])
        for each in days:
            _mark(axes, (each.day - first).days, each)
        return to_svg(figure, name, "Pain in four weeks", _spoken(days))


def _mark(axes: "Axes", at: int, day: PainDay) -> None:
    if day.worst is not None:
        axes.plot((at, at), (0, max(day.worst, 0.25)), color=ACCENT, linewidth=5.0, solid_capstyle="butt", zorder=3)
    if day.morning is not None:
        axes.plot(
            at,
            day.morning,
            marker="o",
            markersize=5.0,
            markerfacecolor=PAPER,
            markeredgecolor=INK,
            markeredgewidth=1.1,
            clip_on=False,
            zorder=5,
        )
    if day.stop:
        axes.annotate(
            "!",
            (at, _MOST),
            xytext=(0, 1),
            textcoords="offset points",
            ha="center",
            va="bottom",
            color=ALARM,
            fontweight="bold",
        )


def _spoken(days: Sequence[PainDay]) -> str:
    said = []
    for each in days:
        parts = [] if each.worst is None else [f"worst {each.worst}"]
        parts += [] if each.morning is None else [f"next morning {each.morning}"]
        parts += ["stop reported"] if each.stop else []
        said.append(f"{wording.day_short(each.day)} {', '.join(parts)}")
    return f"Pain, 0 to 10. {'; '.join(said)}."
