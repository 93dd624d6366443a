"""What a recording holds before any analysis: `Samples` of a `Sensor` in a `Recording`.

Nothing here is filtered, filled or resampled. Times are seconds from the recording's start, so that the same content
gives the same results to the last bit whenever it was recorded; `Recording.start` puts them on the wall clock.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Final

import numpy as np
import numpy.typing as npt

from imutrack.errors import RecordingError, SettingsError
from imutrack.flags import Flag
from imutrack.task import Task

__all__ = ["QUANTITIES", "AxisMap", "Floats", "Quantity", "Recording", "Samples", "Sensor", "StartSource"]

Floats = npt.NDArray[np.float64]


class Quantity(StrEnum):
    """What a reading is of, in SI units and the sensor's own axes."""

    ACC = "acc"  # specific force, m/s2, +9.81 along "up" at rest
    GYR = "gyr"  # angular rate, rad/s
    MAG = "mag"  # magnetic field, uT
    MAG_AU = "mag_au"  # magnetic field on the device's own scale
    FREE_ACC = "free_acc"  # acceleration with gravity removed by the device, m/s2
    QUAT = "quat"  # orientation by the device, scalar first, sensor -> earth (z up)
    COP = "cop"  # centre of pressure on a force plate: forward, left; m


QUANTITIES: Final[dict[Quantity, int]] = {
    Quantity.ACC: 3,
    Quantity.GYR: 3,
    Quantity.MAG: 3,
    Quantity.MAG_AU: 3,
    Quantity.FREE_ACC: 3,
    Quantity.QUAT: 4,
    Quantity.COP: 2,
}
"""Columns of each quantity."""


class StartSource(StrEnum):
    """Where a recording's wall-clock start came from."""

    FILE = "file"
    TYPED = "typed"
    FILE_TIME = "file_time"  # the file's modification time, the first time it was seen
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, eq=False)
class Samples:
    """One quantity of one sensor as it was recorded.

    Attributes:
        t_s: (n,) seconds from the recording's start, never decreasing; irregular steps and gaps are as recorded.
        values: (n, k) in the unit of `Quantity`; a bad value is NaN.
        rate_hz: the sensor's own rate: what the file states, or the fit over all of its time stamps.
        origin: where unit and rate came from, in words ("unit from the column name; rate from the time stamps").
    """

    t_s: Floats
    values: Floats
    rate_hz: float
    origin: str = ""

    def __post_init__(self) -> None:
        """Check what every later step relies on.

        Raises:
            RecordingError: shapes do not match, times run backwards or are not finite, or the rate is not positive.
        """
        if self.t_s.ndim != 1 or self.values.ndim != 2 or len(self.t_s) != len(self.values):
            raise RecordingError(f"times {self.t_s.shape} and values {self.values.shape} do not belong together")
        if not len(self.t_s):
            raise RecordingError("no samples")
        if not np.isfinite(self.t_s).all():
            raise RecordingError("a time stamp is not a number")
        if np.any(np.diff(self.t_s) < 0):
            raise RecordingError("time runs backwards")
        if not (np.isfinite(self.rate_hz) and self.rate_hz > 0):
            raise RecordingError(f"a rate of {self.rate_hz} Hz cannot be used")

    def __len__(self) -> int:
        return len(self.t_s)

    def between(self, start_s: float | None, stop_s: float | None) -> "Samples | None":
        """Return the samples of a stretch; None where it holds fewer than two, which say nothing of a movement.

        Args:
            start_s, stop_s: seconds from the recording's start, both included; None means its beginning or end.
        """
        begin = 0 if start_s is None else int(np.searchsorted(self.t_s, start_s, side="left"))
        stop = len(self) if stop_s is None else int(np.searchsorted(self.t_s, stop_s, side="right"))
        if stop - begin < 2:
            return None
        return replace(self, t_s=self.t_s[begin:stop], values=self.values[begin:stop])

    @property
    def duration_s(self) -> float:
        """Time from the first to the last sample."""
        return float(self.t_s[-1] - self.t_s[0])


_AXES: Final = {
    f"{sign}{axis}": (index, factor) for sign, factor in (("+", 1.0), ("-", -1.0)) for index, axis in enumerate("xyz")
}


@dataclass(frozen=True, slots=True)
class AxisMap:
    """Which signed sensor axis points up, to the left and forward when the wearer stands upright.

    Each is one of ``+x -x +y -y +z -z``. Body axes are ``ap`` forward, ``ml`` left, ``v`` up. Left-handed maps are
    allowed: files of unknown mounting are described as they are, and every primary outcome is invariant to it.
    """

    up: str
    ml: str
    ap: str

    def __post_init__(self) -> None:
        """Check the axes.

        Raises:
            SettingsError: an axis is unknown or named twice.
        """
        for name in (self.up, self.ml, self.ap):
            if name not in _AXES:
                raise SettingsError(f"axis {name!r} is not one of {' '.join(_AXES)}")
        if len({_AXES[name][0] for name in (self.up, self.ml, self.ap)}) < 3:
            raise SettingsError(f"axes up={self.up}, ml={self.ml}, ap={self.ap}: each sensor axis may be used once")

    @classmethod
    def parse(cls, text: str) -> "AxisMap":
        """Read ``up=+x,ml=+y,ap=+z``.

        Raises:
            SettingsError: the text is not of that form.

        >>> AxisMap.parse("up=+x,ml=+y,ap=+z").up
        '+x'
        """
        parts = dict(part.split("=", 1) for part in text.replace(" ", "").split(",") if "=" in part)
        if set(parts) != {"up", "ml", "ap"}:
            raise SettingsError(f"axes {text!r}: write them as up=+x,ml=+y,ap=+z")
        return cls(**parts)

    def body(self, values: Floats) -> Floats:
        """Return (n, 3) columns ap, ml, v from (n, 3) sensor columns x, y, z."""
        picks = [_AXES[name] for name in (self.ap, self.ml, self.up)]
        return np.stack([values[:, index] * sign for index, sign in picks], axis=1)


@dataclass(frozen=True, slots=True, eq=False)
class Sensor:
    """One wearable: what it recorded and where it was worn.

    Attributes:
        label: the strap or device name in the file; never a person.
        samples: quantity -> its samples; quantities may run at different rates.
        placement: body site such as ``wrist`` or ``lumbar``; None where nobody said.
        axes: how the sensor's axes lie on the upright wearer; None where nobody said.
        flags: what its results must say that its samples do not show: lost links, clocks that cannot be trusted.
    """

    label: str
    samples: Mapping[Quantity, Samples]
    placement: str | None = None
    axes: AxisMap | None = None
    flags: tuple[Flag, ...] = ()

    def __post_init__(self) -> None:
        """Check that every quantity has its columns.

        Raises:
            RecordingError: one has too few or too many.
        """
        for quantity, samples in self.samples.items():
            if samples.values.shape[1] != QUANTITIES[quantity]:
                raise RecordingError(
                    f"{self.label}: {quantity} has {samples.values.shape[1]} columns, it needs {QUANTITIES[quantity]}"
                )

    @property
    def end_s(self) -> float:
        """Time of the last sample of any quantity, seconds from the recording's start."""
        return max(float(samples.t_s[-1]) for samples in self.samples.values())

    def worn(self, placement: str | None = None, axes: AxisMap | None = None) -> "Sensor":
        """Return the sensor with its placement or axes replaced where they are given."""
        return replace(self, placement=placement or self.placement, axes=axes or self.axes)


@dataclass(frozen=True, slots=True, eq=False)
class Recording:
    """One or more sensors on one clock.

    Attributes:
        sensors: at least one; where there are several they share a clock.
        start: Unix epoch of time zero, s; None where neither the file nor the user says.
        start_source: where `start` came from.
        zone: the time zone the file states (an IANA name or ``+02:00``); None where it states none.
        zone_assumed: the file held local time only, and `zone` was supplied by settings.
        content_hash: SHA-256 over the sorted hashes of the source files, hex.
        format: name of the reader, for people.
        sources: paths it was read from; for messages only, never stored.
        notes: what the reader had to decide, in words, for `imutrack info`.
        tasks: what its stretches are, where the recording itself says so.
    """

    sensors: tuple[Sensor, ...]
    content_hash: str
    start: float | None = None
    start_source: StartSource = StartSource.UNKNOWN
    zone: str | None = None
    zone_assumed: bool = False
    format: str = ""
    sources: tuple[str, ...] = ()
    notes: tuple[str, ...] = field(default=())
    tasks: tuple[Task, ...] = ()

    def __post_init__(self) -> None:
        """Check that there is something to analyse.

        Raises:
            RecordingError: no sensor, or a sensor without samples.
        """
        if not self.sensors or not all(sensor.samples for sensor in self.sensors):
            raise RecordingError("the recording holds no sensor readings")

    @property
    def duration_s(self) -> float:
        """Time from zero to the last sample of any sensor."""
        return max(sensor.end_s for sensor in self.sensors)
