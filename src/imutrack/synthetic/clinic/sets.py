"""Sets as the analysis would have reported them, repetition by repetition, all of one patient at once.

The repetitions of a set are drawn about its best three, so that `rom_best3_deg` is what was drawn for the day; a
minimum-jerk movement gives the speed, and the device's error follows from the speed as in `imutrack.metrics.rom`.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from imutrack.flags import Flag, FlagCode, Quality
from imutrack.pipeline.exercise import ALGORITHM
from imutrack.results import AngleKind, ExerciseSet, Mount, RepDetail
from imutrack.synthetic.clinic.model import Floats
from imutrack.synthetic.clinic.recordings import Tape
from imutrack.synthetic.clinic.visits import Fate, SetDone
from imutrack.task import UNSPECIFIED

__all__ = ["DrawnSets", "draw_sets"]

_REP_SD_SHARE: Final = 0.03  # between the repetitions of a set
_PEAK_OVER_MEAN: Final = 1.875  # speed of a minimum-jerk movement
_SIGNED_DEG: Final = 2.0  # rom error, as `RomParams.signed_error_deg` and `signed_error_readings` have it
_READINGS: Final = 0.7
_RATE_HZ: Final = 50.0
_LEAD_S: Final = 2.0
_TRAIL_S: Final = 1.5
_PAUSE_S: Final = 0.4  # between repetitions
_LEAST_FOR_MOUNT: Final = 5  # repetitions, as in `imutrack.metrics.mount`
_MEDIANS: Final = ("rom_deg", "outward_s", "hold_s", "return_s", "peak_velocity_dps", "smoothness")
_MOVED_DEG: Final = 14.0
_MISSING_PCT: Final = 2.5


@dataclass(frozen=True, slots=True, eq=False)
class DrawnSets:
    """The repetitions of many sets, as nested lists: set by set, repetition by repetition. NaN is never read.

    Attributes:
        done: what was done.
        reps: name of `RepDetail` -> value of each repetition.
        times_cs: start, turn and end of each repetition since the set's first, in hundredths of a second, so that the
            sum with the set's own start has two digits.
        median: name -> of each set.
        best3_deg, error_deg, low_deg, high_deg: of each set.
        lot: of each set, uniform from 0 to 1.
    """

    done: Sequence[SetDone]
    reps: dict[str, list[list[float]]]
    times_cs: tuple[list[list[int]], list[list[int]], list[list[int]]]
    median: dict[str, list[float]]
    best3_deg: list[float]
    error_deg: list[float]
    low_deg: list[float]
    high_deg: list[float]
    lot: list[float]

    def result(self, index: int, tape: Tape) -> ExerciseSet:
        """Return one of the sets as a result, and move its recording on."""
        done = self.done[index]
        fate, measured = done.fate, done.fate is not Fate.NO_RANGE
        duration_s = _LEAD_S + _TRAIL_S + self.times_cs[2][index][done.reps - 1] / 100
        name = UNSPECIFIED if fate is Fate.UNNAMED else done.measure.name
        task = tape.task(done.measure, duration_s, name=name, load_kg=done.load_kg, assessment=tape.in_clinic)
        low, high = (max(done.reps - 2, 1), done.reps + 1) if fate is Fate.UNSURE else (done.reps, done.reps)
        missing_pct = _MISSING_PCT if fate is Fate.GAPS else 0.0
        header = tape.header(task, duration_s, ALGORITHM, _flags(fate, low, high), missing_pct=missing_pct)
        tape.rest(45.0 + 30.0 * self.lot[index])
        return ExerciseSet(
            **header,
            reps=None if fate is Fate.UNSURE else done.reps,
            reps_low=low,
            reps_high=high,
            reps_best=done.reps,
            reps_confidence=round((0.45 if fate is Fate.UNSURE else 0.93) + 0.06 * self.lot[index], 2),
            reps_detail=self._reps(index, header["start_s"] + _LEAD_S, header["quality"], measured=measured),
            rejected=(),
            angle_kind=AngleKind.SEGMENT if measured else None,
            mount=_MOUNTS.get(fate, Mount.OK if done.reps >= _LEAST_FOR_MOUNT else Mount.UNCLEAR),
            withheld=_WITHHELD.get(fate, ()),
            **(self._measured(index) if measured else {}),
        )

    def _reps(self, index: int, at_s: float, quality: Quality, *, measured: bool) -> tuple[RepDetail, ...]:
        count, at_cs = self.done[index].reps, round(100 * at_s)
        times = zip(*(values[index][:count] for values in self.times_cs), strict=True)
        whens = [((at_cs + begin) / 100, (at_cs + turn) / 100, (at_cs + end) / 100) for begin, turn, end in times]
        if not measured:
            return tuple(
                RepDetail(number=number, start_s=begin, turn_s=turn, end_s=end, quality=Quality.WITHHELD)
                for number, (begin, turn, end) in enumerate(whens, 1)
            )
        said = zip(*(values[index][:count] for values in self.reps.values()), strict=True)
        return tuple(
            RepDetail(
                number=number,
                start_s=begin,
                turn_s=turn,
                end_s=end,
                rom_deg=rom,
                peak_deg=peak,
                min_deg=least,
                outward_s=outward,
                hold_s=hold,
                return_s=back,
                peak_velocity_dps=speed,
                smoothness=smooth,
                quality=quality,
            )
            for number, ((begin, turn, end), (rom, peak, least, outward, hold, back, speed, smooth)) in enumerate(
                zip(whens, said, strict=True), 1
            )
        )

    def _measured(self, index: int) -> dict[str, Any]:
        return {
            "rom_median_deg": self.median["rom_deg"][index],
            "rom_best3_deg": self.best3_deg[index],
            "rom_min_deg": self.low_deg[index],
            "rom_max_deg": self.high_deg[index],
            "rom_error_deg": self.error_deg[index],
            "outward_s": self.median["outward_s"][index],
            "hold_s": self.median["hold_s"][index],
            "return_s": self.median["return_s"][index],
            "peak_velocity_dps": self.median["peak_velocity_dps"][index],
            "smoothness": self.median["smoothness"][index],
        }


_MOUNTS: Final = {Fate.MOVED: Mount.MOVED}
_WITHHELD: Final = {Fate.UNSURE: ("reps",), Fate.NO_RANGE: ("rom",)}


def draw_sets(done: Sequence[SetDone], rng: np.random.Generator) -> DrawnSets:
    """Draw the repetitions of all sets of a patient."""
    if not done:
        return DrawnSets((), {}, ([], [], []), {}, [], [], [], [], [])
    reps = np.array([one.reps for one in done], dtype=np.intp)
    most = int(reps.max(initial=3))
    counted = np.arange(max(most, 3)) < reps[:, None]
    best3_deg = np.array([one.best3_deg for one in done], dtype=np.float64)[:, None]
    tempo_s = np.array([one.tempo_s for one in done], dtype=np.float64).reshape(-1, 3)
    pace = np.array([one.pace for one in done], dtype=np.float64)[:, None]

    off = np.where(counted, rng.normal(0.0, 1.0, counted.shape), -np.inf)
    top = np.sort(off, axis=1)[:, -3:]
    above = np.where(np.isfinite(top), top, 0.0).sum(axis=1) / np.minimum(np.maximum(reps, 1), 3)
    rom_deg = _blank(np.maximum(best3_deg * (1.0 + _REP_SD_SHARE * (off - above[:, None])), 1.0), counted)

    def phase(number: int, spread: float) -> Floats:
        seconds = pace * tempo_s[:, number : number + 1] * np.exp(rng.normal(0.0, spread, counted.shape))
        return _blank(np.round(seconds, 2), counted)

    outward_s, hold_s, return_s = phase(0, 0.08), phase(1, 0.2), phase(2, 0.08)
    speed_dps = _PEAK_OVER_MEAN * rom_deg / np.minimum(outward_s, return_s)
    smoothness = _blank(rng.normal(-2.0, 0.12, counted.shape) - 0.3 * (outward_s > 2.5), counted)
    least_deg = np.round(rng.normal(-0.5, 1.0, counted.shape), 2)
    drawn = {
        "rom_deg": np.round(rom_deg, 2),
        "peak_deg": np.round(rom_deg + least_deg, 2),
        "min_deg": least_deg,
        "outward_s": outward_s,
        "hold_s": hold_s,
        "return_s": return_s,
        "peak_velocity_dps": np.round(speed_dps, 1),
        "smoothness": np.round(smoothness, 3),
    }
    fastest = np.nanmax(speed_dps, axis=1, initial=0.0)
    return DrawnSets(
        done=done,
        reps={name: values.tolist() for name, values in drawn.items()},
        times_cs=_times_cs(outward_s, hold_s, return_s),
        median={name: _of_sets(np.nanmedian, drawn[name], 3) for name in _MEDIANS},
        best3_deg=_of_sets(_best3, drawn["rom_deg"], 3),
        error_deg=np.round(np.hypot(_SIGNED_DEG, _READINGS * fastest / _RATE_HZ), 2).tolist(),
        low_deg=_of_sets(np.nanmin, drawn["rom_deg"], 2),
        high_deg=_of_sets(np.nanmax, drawn["rom_deg"], 2),
        lot=rng.random(len(done)).tolist(),
    )


def _times_cs(
    outward_s: Floats, hold_s: Floats, return_s: Floats
) -> tuple[list[list[int]], list[list[int]], list[list[int]]]:
    outward, hold, back = (
        np.rint(100.0 * np.nan_to_num(seconds)).astype(np.intp) for seconds in (outward_s, hold_s, return_s)
    )
    whole = outward + hold + back
    begin = np.cumsum(whole + round(100 * _PAUSE_S), axis=1) - whole - round(100 * _PAUSE_S)
    return begin.tolist(), (begin + outward + hold // 2).tolist(), (begin + whole).tolist()


def _flags(fate: Fate, low: int, high: int) -> tuple[Flag, ...]:
    if fate is Fate.UNSURE:
        return (Flag.of(FlagCode.REPS_UNSURE, low=low, high=high),)
    if fate is Fate.NO_RANGE:
        return (Flag.of(FlagCode.GYRO_CLIPPED, share_pct=1.8),)
    if fate is Fate.GAPS:
        return (Flag.of(FlagCode.GAPS, missing_pct=_MISSING_PCT, longest_s=0.6),)
    return (Flag.of(FlagCode.MOUNT_MOVED, moved_deg=_MOVED_DEG),) if fate is Fate.MOVED else ()


def _blank(values: Floats, counted: npt.NDArray[np.bool_]) -> Floats:
    return np.where(counted, values, np.nan)


def _of_sets(of: Callable[..., Floats], values: Floats, digits: int) -> list[float]:
    found: list[float] = np.round(of(values, axis=1), digits).tolist()
    return found


def _best3(values: Floats, axis: int) -> Floats:
    ordered = np.sort(np.where(np.isfinite(values), values, -np.inf), axis=axis)[:, -3:]
    return np.asarray(np.nanmean(np.where(np.isfinite(ordered), ordered, np.nan), axis=axis))
