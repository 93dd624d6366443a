"""The curves of the report: the angle of one set with what was counted and what was not, and the sway of one trial."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np

from imutrack import words
from imutrack.report import wording
from imutrack.report.findings import SetFound, StanceFound
from imutrack.report.svg import ACCENT, BAND, INK, LINE, MUTED, PAPER, WARM, axes_with_room, canvas, to_svg
from imutrack.report.trials import ellipse_area
from imutrack.results import RejectedRep, Trace
from imutrack.samples import Floats

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["LeftOut", "angle_curve", "left_out", "set_figure", "sway_curve", "sway_figure"]

_LETTERS: Final = "abcdefghijklmnopqrstuvwxyz"
_MOST_POINTS: Final = 700  # one per pixel of the widest figure
_NUMBER_PX: Final = 15.0  # two digits and a gap
_CHI2_95: Final = 5.991  # of two degrees of freedom: 95 % of the points lie inside
_ABOVE: Final[dict[str, Any]] = {
    "textcoords": "offset points",
    "ha": "center",
    "bbox": {"facecolor": PAPER, "edgecolor": "none", "pad": 0.5},
}
_MOST_TICKS: Final = 6  # that a phone has room for
_LEFT_PX: Final = 32.0  # "100°" and its tick
_BELOW_PX: Final = 19.0
_RIGHT_PX: Final = 14.0  # half of the last "100 s"
_LEFT_SWAY_PX: Final = 46.0  # a label beside the numbers


class _Plane(NamedTuple):
    """The columns of a sway curve, and the unit it is drawn in."""

    ap: str
    ml: str
    unit: str
    per_unit: float


_PLANES: Final = (_Plane("ap_mps2", "ml_mps2", "m/s²", 1.0), _Plane("cop_ap_m", "cop_ml_m", "mm", 1e3))


class LeftOut(NamedTuple):
    """A reason for not counting, with the letter that marks it in the figure."""

    letter: str
    reason: str
    times: int


def left_out(rejected: Sequence[RejectedRep]) -> list[LeftOut]:
    """Return one letter per reason, in the order in which they occur.

    >>> left_out([RejectedRep(start_s=0, turn_s=1, end_s=2, reason="edge")])
    [LeftOut(letter='a', reason='getting into or out of position', times=1)]
    """
    codes = [candidate.reason for candidate in sorted(rejected, key=lambda candidate: candidate.start_s)]
    return [
        LeftOut(letter, words.REJECTIONS.get(code, code), codes.count(code))
        for letter, code in zip(_LETTERS, dict.fromkeys(codes), strict=False)
    ]


def angle_curve(found: SetFound) -> Trace | None:
    """Return the curve of a set if it can be drawn."""
    return _drawable(found.trace, "angle_low_deg", "angle_high_deg")


def sway_curve(found: StanceFound) -> Trace | None:
    """Return the sway of a trial if it can be drawn."""
    return next(filter(None, (_drawable(found.trace, plane.ap, plane.ml) for plane in _PLANES)), None)


def set_figure(found: SetFound, trace: Trace, name: str, width_px: float = 700.0, height_px: float = 100.0) -> str:
    """Draw the angle of a set: counted repetitions numbered, others hatched and lettered, rests named."""
    start_s = float(trace.t_s[0])
    t_s, low_deg, high_deg = _thinned(
        trace.t_s - start_s, trace.values["angle_low_deg"], trace.values["angle_high_deg"]
    )
    middle_deg = (low_deg + high_deg) / 2
    with canvas(width_px, height_px) as figure:
        axes = axes_with_room(figure, left_px=_LEFT_PX, bottom_px=_BELOW_PX, right_px=_RIGHT_PX)
        axes.fill_between(t_s, low_deg, high_deg, color=BAND, linewidth=0)
        axes.plot(t_s, middle_deg, color=ACCENT, linewidth=1.1)
        _angle_scale(axes, t_s, low_deg, high_deg)
        _number_reps(axes, found, start_s, t_s, middle_deg, width_px)
        _letter_others(axes, found, start_s)
        for begin_s, end_s in found.rests:
            axes.text(
                (begin_s + end_s) / 2 - start_s,
                0.02,
                "rest",
                transform=axes.get_xaxis_transform(),
                ha="center",
                color=MUTED,
            )
        return to_svg(figure, name, "Angle during one set", _spoken_set(found))


def sway_figure(found: StanceFound, trace: Trace, name: str, size_px: float = 190.0) -> str:
    """Draw the sway of a trial seen from above, forward up, with the ellipse that holds 95 % of it."""
    plane = next(plane for plane in _PLANES if plane.ap in trace.values)
    ap, ml = _finite(trace.values[plane.ap] * plane.per_unit, trace.values[plane.ml] * plane.per_unit)
    told_apart = not found.sway.keys().isdisjoint(("rms_ap_mps2", "cop_rms_ap_m"))
    with canvas(size_px, size_px) as figure:
        axes = axes_with_room(figure, left_px=_LEFT_SWAY_PX, bottom_px=_LEFT_SWAY_PX - 12.0, top_px=6.0, right_px=10.0)
        centre = (float(np.mean(ap)), float(np.mean(ml))) if len(ap) else (0.0, 0.0)
        axes.plot(-(ml - centre[1]), ap - centre[0], color=ACCENT, linewidth=0.7)
        if len(ap) > 2:
            right, forward = _ellipse(ap, ml)
            axes.plot(right, forward, color=INK, linewidth=1.2, linestyle=(0, (4, 2)))
            top = int(np.argmax(forward))
            axes.annotate("95 %", (right[top], forward[top]), xytext=(0, 4), **_ABOVE)
        _sway_scale(axes, reach=1.15 * max(1e-3, *(float(np.max(np.abs(line.get_xydata()))) for line in axes.lines)))
        axes.set_xlabel(f"left · {plane.unit} · right" if told_apart else f"one direction, {plane.unit}")
        axes.set_ylabel(f"back · {plane.unit} · forward" if told_apart else f"across it, {plane.unit}")
        return to_svg(figure, name, "Sway seen from above", _spoken_sway(found))


def _drawable(trace: Trace | None, *columns: str) -> Trace | None:
    if trace is None or len(trace.t_s) < 2 or not all(name in trace.values for name in columns):
        return None
    seen = all(np.isfinite(trace.values[name]).sum() > 2 for name in columns)
    return trace if seen else None


def _sway_scale(axes: "Axes", reach: float) -> None:
    """Give both directions one scale about the centre, with one round value on each side of it."""
    power = 10.0 ** np.floor(np.log10(reach))
    step = max(round_ for round_ in (power, 2 * power, 5 * power) if round_ <= reach)
    axes.set(xlim=(-reach, reach), ylim=(-reach, reach), xticks=(-step, 0, step), yticks=(-step, 0, step))
    axes.set_aspect("equal")
    axes.grid(color=LINE, linewidth=0.5)
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_formatter(lambda value, _: f"{abs(value):g}")


def _thinned(t_s: Floats, low: Floats, high: Floats) -> tuple[Floats, Floats, Floats]:
    """Keep the envelope but not more points than can be seen."""
    size = -(-len(t_s) // _MOST_POINTS)
    if size <= 1:
        return t_s, low, high
    starts = np.arange(0, len(t_s), size)
    return t_s[starts], np.minimum.reduceat(low, starts), np.maximum.reduceat(high, starts)


def _angle_scale(axes: "Axes", t_s: Floats, low_deg: Floats, high_deg: Floats) -> None:
    from matplotlib.ticker import MaxNLocator

    bottom, top = (float(np.nanmin(low_deg)), float(np.nanmax(high_deg))) if np.isfinite(low_deg).any() else (0.0, 1.0)
    span = max(top - bottom, 10.0)
    axes.set_ylim(bottom - 0.12 * span, top + 0.3 * span)  # numbers and letters stand above the curve
    axes.set_xlim(float(t_s[0]), float(t_s[-1]))
    axes.yaxis.set_major_locator(MaxNLocator(4, integer=True))
    axes.yaxis.set_major_formatter("{x:.0f}°")
    _time_scale(axes, float(t_s[-1] - t_s[0]))
    axes.grid(axis="y", color=LINE, linewidth=0.5)


def _time_scale(axes: "Axes", duration_s: float) -> None:
    """Label seconds, or minutes where the set lasts several."""
    unit_s, unit = (60.0, "min") if duration_s > 3 * 60.0 else (1.0, "s")
    steps = (1, 2, 5, 10, 20, 30, 60, 120)
    step_s = unit_s * next((step for step in steps if duration_s / (unit_s * step) <= _MOST_TICKS), steps[-1])
    axes.set_xticks(np.arange(0.0, duration_s + 1e-6, step_s))
    axes.xaxis.set_major_formatter(lambda value, _: f"{value / unit_s:g} {unit}")


def _number_reps(
    axes: "Axes", found: SetFound, start_s: float, t_s: Floats, angle_deg: Floats, width_px: float
) -> None:
    if not found.reps_detail:
        return
    turns_s = np.array([rep.turn_s - start_s for rep in found.reps_detail])
    heights = np.interp(turns_s, t_s, angle_deg)
    above = heights >= np.nanmedian(angle_deg)
    axes.plot(turns_s, heights, linestyle="none", marker="o", markersize=3.5, color=INK)
    room = (width_px - _LEFT_PX - _RIGHT_PX) / max(float(t_s[-1] - t_s[0]), 1.0)
    closest_px = float(np.min(np.diff(turns_s))) * room if len(turns_s) > 1 else width_px
    step = 1 if closest_px >= _NUMBER_PX else 5
    for rep, turn_s, height, up in zip(found.reps_detail, turns_s, heights, above, strict=True):
        if step == 1 or rep.number == 1 or rep.number % step == 0:
            axes.annotate(
                str(rep.number),
                (turn_s, height),
                xytext=(0, 4 if up else -4),
                textcoords="offset points",
                ha="center",
                va="bottom" if up else "top",
            )


def _letter_others(axes: "Axes", found: SetFound, start_s: float) -> None:
    letters = {entry.reason: entry.letter for entry in left_out(found.rejected)}
    for candidate in found.rejected:
        begin_s, end_s = candidate.start_s - start_s, candidate.end_s - start_s
        axes.axvspan(begin_s, end_s, facecolor="none", edgecolor=MUTED, hatch="////", linewidth=0.0, zorder=0)
        axes.text(
            (begin_s + end_s) / 2,
            0.97,
            letters[words.REJECTIONS.get(candidate.reason, candidate.reason)],
            transform=axes.get_xaxis_transform(),
            ha="center",
            va="top",
            color=WARM,
            fontweight="bold",
            clip_on=True,
            bbox={"facecolor": PAPER, "edgecolor": "none", "pad": 1.0},
        )


def _finite(ap: Floats, ml: Floats) -> tuple[Floats, Floats]:
    good = np.isfinite(ap) & np.isfinite(ml)
    return ap[good], ml[good]


def _ellipse(ap: Floats, ml: Floats) -> tuple[Floats, Floats]:
    """Return the 95 % ellipse as (right, forward) about its centre, with the chi-square factor for many samples."""
    variances, directions = np.linalg.eigh(np.cov(ap, ml))
    turn = np.linspace(0.0, 2 * np.pi, 73)
    circle = np.stack([np.cos(turn), np.sin(turn)])
    half_axes = np.sqrt(np.maximum(variances, 0.0) * _CHI2_95)
    forward, left = directions @ (half_axes[:, None] * circle)
    return -left, forward


def _spoken_set(found: SetFound) -> str:
    text = f"{words.reps_text(found.reps, found.reps_low, found.reps_high)} repetitions"
    if found.rom_best3_deg is not None:
        text += f", best-three range {wording.angle(found.rom_best3_deg, found.rom_error_deg)}"
    others = "; ".join(f"{entry.times} not counted: {entry.reason}" for entry in left_out(found.rejected))
    return f"{text}. {others}".strip()


def _spoken_sway(found: StanceFound) -> str:
    name = wording.of_side(wording.trial_name(found.trial, found.kind), found.side)
    return f"{name}, {found.duration_s:.0f} seconds, 95 % ellipse {ellipse_area(found)}"
