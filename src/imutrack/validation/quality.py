"""How often the quality flags find a fault, and how often they see one that is not there.

Approach: real recordings of labelled data. Faults are put into clean ones; faults that the data really hold and their
descriptions name count as well. Every flag is also looked for in the untouched recordings that are free of its fault.
Left out on both sides: sensors whose own gravity or bias is wrong by their readings but not by any description; and
movement out of one plane, of which no description tells.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Final

import numpy as np

from imutrack.errors import RecordingError
from imutrack.flags import Flag, FlagCode
from imutrack.metrics.at_rest import check_still, held_still
from imutrack.metrics.mount import check_mount
from imutrack.metrics.quality import check_sensor
from imutrack.metrics.rom import range_of_motion
from imutrack.metrics.segment_angle import Span, segment_angle
from imutrack.recordings import read
from imutrack.samples import Quantity, Sensor
from imutrack.signals.orientation import orientation
from imutrack.signals.resample import to_signal
from imutrack.signals.signal import Signal
from imutrack.validation import faults
from imutrack.validation.rom import read_trial
from imutrack.validation.running import read_list

__all__ = ["rates"]

Fault = Callable[[Sensor, np.random.Generator], Sensor | None]
Check = Callable[[Sensor, list[Span]], tuple[Flag, ...]]

_SEED: Final = 20261120  # the same faults in every run


@dataclass(frozen=True, slots=True, eq=False)
class _Case:
    """One sensor of one recording, the faults it really has, and those about which nobody says."""

    source: str
    sensor: Sensor
    spans: list[Span]
    has: frozenset[FlagCode]
    unknown: frozenset[FlagCode]


@dataclass(slots=True)
class _Tally:
    seen: int = 0
    of: int = 0
    sources: set[str] = field(default_factory=set)

    def add(self, source: str, *, seen: bool) -> None:
        self.seen += seen
        self.of += 1
        self.sources.add(source)


def rates(folder: Path) -> list[dict[str, str | int]]:
    """Measure every flag on the labelled data.

    Args:
        folder: holds ``rom/``, ``reps/`` and ``sway/`` as `imutrack validate` reads them.

    Returns:
        One row per flag and fault: ``flag``, ``fault`` (words), ``seen`` of ``faults``, ``false_alarms`` of ``clean``
        recordings (0 of 0 where they stand in another row), ``data`` (names of the data sets).

    Raises:
        RecordingError: a data set cannot be read.
    """
    cases = [*_trials(folder / "rom"), *_sets(folder / "reps"), *_stances(folder / "sway")]
    rows = []
    for code, (check, injected) in _CHECKS.items():
        alarms, real = _untouched(cases, code, check)
        if real.of:
            rows.append(_row(code, "in the recording as it is", real, alarms))
        rows += [_row(code, words, _injected(cases, code, check, fault), alarms) for words, fault in injected.items()]
    return rows


def _row(code: FlagCode, words: str, hits: _Tally, alarms: _Tally) -> dict[str, str | int]:
    return {
        "flag": code.value,
        "fault": words,
        "seen": hits.seen,
        "faults": hits.of,
        "false_alarms": alarms.seen,
        "clean": alarms.of,
        "data": ", ".join(sorted(hits.sources | alarms.sources)),
    }


def _untouched(cases: list[_Case], code: FlagCode, check: Check) -> tuple[_Tally, _Tally]:
    """Count the flag in the recordings free of its fault, and in those that really have it."""
    alarms, real = _Tally(), _Tally()
    for case in cases:
        if code in case.unknown:
            continue
        tally = real if code in case.has else alarms
        tally.add(case.source, seen=_raises(check, case.sensor, case.spans, code))
    return alarms, real


def _injected(cases: list[_Case], code: FlagCode, check: Check, fault: Fault) -> _Tally:
    rng = np.random.default_rng(_SEED)
    hits = _Tally()
    for case in cases:
        if code in case.unknown | case.has:
            continue
        faulty = fault(case.sensor, rng)
        if faulty is not None:
            hits.add(case.source, seen=_raises(check, faulty, case.spans, code))
    return hits


def _raises(check: Check, sensor: Sensor, spans: list[Span], code: FlagCode) -> bool:
    return any(flag.code is code for flag in check(sensor, spans))


def _raw(sensor: Sensor, _spans: list[Span]) -> tuple[Flag, ...]:
    return check_sensor(sensor)


def _at_rest(sensor: Sensor, _spans: list[Span]) -> tuple[Flag, ...]:
    return check_still(to_signal(sensor))


def _mount(sensor: Sensor, spans: list[Span]) -> tuple[Flag, ...]:
    return check_mount(to_signal(sensor), spans)[1]


def _axis(sensor: Sensor, spans: list[Span]) -> tuple[Flag, ...]:
    return range_of_motion(to_signal(sensor), spans).flags


_CHECKS: Final[Mapping[FlagCode, tuple[Check, Mapping[str, Fault]]]] = {
    FlagCode.GYRO_CLIPPED: (_raw, {"limited to 60 % of its peak": lambda s, _: faults.clip(s, Quantity.GYR)}),
    FlagCode.ACC_CLIPPED: (_raw, {"limited to 60 % of its peak": lambda s, _: faults.clip(s, Quantity.ACC)}),
    FlagCode.GAPS: (_raw, {"0.5 to 3 s missing": faults.leave_gap, "5 % lost in packets of 8": faults.lose_packets}),
    FlagCode.FROZEN: (_raw, {"one reading repeated for 0.5 to 5 s": faults.freeze}),
    FlagCode.RATE_LOW: (_raw, {}),
    FlagCode.ACC_SCALE: (_at_rest, {"scaled by 3 to 6 %": faults.scale_acc}),
    FlagCode.GYRO_BIAS: (_at_rest, {"3 to 5 deg/s added": faults.offset_gyr}),
    FlagCode.MOUNT_MOVED: (
        _mount,
        {f"slipped by {degrees} deg half way": partial(faults.slip, degrees=degrees) for degrees in (15, 25, 40)},
    ),
    FlagCode.VERTICAL_AXIS: (_axis, {}),
    FlagCode.OFF_AXIS: (_axis, {}),
}


def _trials(folder: Path) -> Iterator[_Case]:
    for label in read_list(folder / "labels.csv"):
        for sensor in read_trial(folder, label)[0]:
            has, unknown = set(), {FlagCode.MOUNT_MOVED, *_OF_THE_MOVEMENT}
            if label["condition"] == "gyro_clipped":
                has.add(FlagCode.GYRO_CLIPPED)
            if label["condition"] == "robot_arm":
                has.add(FlagCode.ACC_SCALE)  # its note: about 0.965 g
            if label["trial"] == "robot_circle-100":
                has.add(FlagCode.FROZEN)  # all twelve channels of both sensors, for the last 1.5 s
            if label["condition"].startswith("jitter"):
                unknown |= {FlagCode.GAPS, FlagCode.FROZEN}
            yield _case(label["source"], sensor, has, unknown)


def _sets(folder: Path) -> Iterator[_Case]:
    for label in read_list(folder / "labels.csv"):
        if label["tier"] == "T" or label["dataset"].endswith("-CUT"):
            continue  # parts of other recordings
        has, unknown = set(), set(_OF_THE_MOVEMENT)
        if label["dataset"] == "EXERMOTE":
            has.add(FlagCode.RATE_LOW)
        if "dropout" in label["label_note"]:
            has.add(FlagCode.GAPS)
        if label["tier"] == "N":
            unknown.add(FlagCode.MOUNT_MOVED)
        if "_u3" in label["file"]:  # reads 7 to 12 m/s2 and 3 deg/s at rest; its description says nothing
            unknown |= {FlagCode.ACC_SCALE, FlagCode.GYRO_BIAS}
        if label["dataset"] == "SPAR":
            true, false = _SPAR_MOVEMENTS.get(label["exercise"].split()[0], (set(), set()))
            has, unknown = has | true, unknown - true - false
        files = [folder / name for name in label["vendor_files"].split("|") if name] or [folder / label["file"]]
        yield _case(label["dataset"], _read(files), has, unknown)


_OF_THE_MOVEMENT: Final = frozenset({FlagCode.VERTICAL_AXIS, FlagCode.OFF_AXIS})
# what the names of the exercises say of the movement: (true of it, not true of it)
_SPAR_MOVEMENTS: Final[Mapping[str, tuple[set[FlagCode], set[FlagCode]]]] = {
    "ABD": (set(), {FlagCode.VERTICAL_AXIS, FlagCode.OFF_AXIS}),  # lifting the arm in one plane
    "FEL": (set(), {FlagCode.VERTICAL_AXIS, FlagCode.OFF_AXIS}),
    "ER": ({FlagCode.VERTICAL_AXIS}, set()),  # turning the forearm in and out, the elbow at the side
    "IR": ({FlagCode.VERTICAL_AXIS}, set()),
    "PEN": ({FlagCode.OFF_AXIS}, set()),  # circling the hanging arm
}


def _stances(folder: Path) -> Iterator[_Case]:
    for path in sorted((folder / "lumbar").glob("*.csv")):
        if path.name.startswith("syn_"):
            continue
        has, unknown = set(), {FlagCode.MOUNT_MOVED, *_OF_THE_MOVEMENT}
        source = path.name.split("_")[0]
        if path.name.startswith("shimmer_belt_q") and path.stem != "shimmer_belt_q1":
            has.add(FlagCode.ACC_SCALE)
        if source == "hapt":
            unknown.add(FlagCode.ACC_SCALE)  # reads 10.1 m/s2 upright, less in other postures
        if source in ("felius", "shimmer"):
            unknown.add(FlagCode.GYRO_BIAS)  # 2 to 5 deg/s while standing
        yield _case(source, _read([path]), has, unknown)


def _case(source: str, sensor: Sensor, has: set[FlagCode], unknown: set[FlagCode]) -> _Case:
    signal = to_signal(sensor)
    if not held_still(signal):
        unknown |= {FlagCode.ACC_SCALE, FlagCode.GYRO_BIAS} - has
    if signal.gyr is None:
        unknown |= {FlagCode.GYRO_CLIPPED, FlagCode.GYRO_BIAS, FlagCode.MOUNT_MOVED, *_OF_THE_MOVEMENT}
    spans = [] if FlagCode.MOUNT_MOVED in unknown else _cycles(signal)
    return _Case(source, sensor, spans, frozenset(has), frozenset(unknown))


def _read(paths: list[Path]) -> Sensor:
    [recording] = read(paths)
    if isinstance(recording, RecordingError):
        raise recording
    return recording.sensors[0]


def _cycles(signal: Signal) -> list[Span]:
    """Cut a set at the valleys of its angle: enough for these checks, and independent of the counter."""
    from scipy.signal import find_peaks

    angle = segment_angle(signal, orientation(signal))
    if angle is None:
        return []
    seen = np.flatnonzero(np.isfinite(angle.angle_deg))
    curve = np.interp(np.arange(len(signal)), seen, angle.angle_deg[seen])
    height = np.ptp(np.percentile(curve, [5, 95]))
    peaks, _ = find_peaks(curve, prominence=0.35 * height, distance=max(round(0.5 * signal.sampling_rate_hz), 1))
    edges = [0, *(int(peak) for peak in peaks), len(curve)]
    found = []
    for before, peak, after in zip(edges, edges[1:], edges[2:], strict=False):
        start, end = before + int(np.argmin(curve[before : peak + 1])), peak + int(np.argmin(curve[peak:after])) + 1
        if start < peak < end - 1:
            found.append((start, peak, end))
    return found
