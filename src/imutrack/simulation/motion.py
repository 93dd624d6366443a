"""What simulated straps measure: a recording played to them, or a strap that lies still.

A `Track` is the motion of one sensor on one time axis; a `Player` says which moment of it a host time shows, the same
for all straps, so that straps of one recording stay in step whenever each was started. Between the samples of a track
values are interpolated linearly; quaternions as well, then normalised, which from one sample to the next differs from
slerp by less than a sensor's noise. Gaps are bridged: a wearable knows none.

What a device sends and the recording does not hold is derived where it follows from the rest: orientation from
acceleration and turning (VQF), acceleration without gravity and the magnetic field from orientation.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from imutrack.errors import SettingsError, SignalError
from imutrack.samples import Floats, Quantity, Recording, Samples, Sensor
from imutrack.units import STANDARD_GRAVITY_MPS2

__all__ = ["STILL", "Player", "Track", "load_tracks", "save_tracks", "tracks_of"]

_FIELD_UT: Final = np.array([0.0, 20.0, -44.0])  # east, north, up: what middle Europe has
_STRETCH: Final = 1e-9  # s; a track of one moment still has an end


@dataclass(frozen=True, slots=True, eq=False)
class Track:
    """The motion of one sensor.

    Attributes:
        label: as in the recording.
        times_s: quantity -> (n,) increasing times from 0.
        values: quantity -> (n, k), finite; quaternions without jumps of sign.
        duration_s: from its beginning to its end, the same for all sensors of a recording.
    """

    label: str
    times_s: Mapping[Quantity, Floats]
    values: Mapping[Quantity, Floats]
    duration_s: float

    def at(self, quantity: Quantity, position_s: Floats) -> Floats:
        """Return (m, k) values at (m,) moments; before the first sample and after the last they stay as there."""
        times, values = self.times_s[quantity], self.values[quantity]
        found = np.stack([np.interp(position_s, times, column) for column in values.T], axis=1)
        if quantity is Quantity.QUAT:
            found /= np.linalg.norm(found, axis=1, keepdims=True)
        return found

    def able(self, needed: Iterable[Quantity], who: str) -> "Track":
        """Return the track with what else a device sends.

        Args:
            needed: quantities that must be there in the end.
            who: the device, for the message.

        Raises:
            SettingsError: one of them does not follow from what is there.
        """
        times, values = dict(self.times_s), dict(self.values)
        for quantity in sorted(set(needed) - set(values), key=_ORDER.index):
            made = _derived(quantity, times, values)
            if made is None:
                has = ", ".join(values)
                raise SettingsError(
                    f"{self.label} holds {has}, but {who} sends {quantity}: play another recording, or simulate "
                    "another wearable (--as)"
                )
            times[quantity], values[quantity] = made
        return Track(self.label, times, values, self.duration_s)


_ONCE: Final = np.zeros(1)
STILL: Final = Track(
    "still",
    dict.fromkeys((Quantity.ACC, Quantity.GYR, Quantity.QUAT), _ONCE),
    {
        Quantity.ACC: np.array([[0.0, 0.0, STANDARD_GRAVITY_MPS2]]),
        Quantity.GYR: np.zeros((1, 3)),
        Quantity.QUAT: np.array([[1.0, 0.0, 0.0, 0.0]]),
    },
    _STRETCH,
)
"""A sensor that lies flat on a table."""

_ORDER: Final = list(Quantity)


class Player:
    """Which moment of the tracks a host time shows.

    Args:
        speed: of the motion.
        loop: begin anew at the end; else the last moment stays, without turning.
        began_s: host time of the beginning; before it the first moment stays. None waits for `play`.
    """

    def __init__(self, speed: float, began_s: float | None, *, loop: bool) -> None:
        self.speed, self.loop, self.began_s = speed, loop, began_s

    def play(self, began_s: float, *, speed: float | None = None, loop: bool | None = None) -> None:
        """Begin anew at a host time."""
        self.began_s = began_s
        self.speed = self.speed if speed is None else speed
        self.loop = self.loop if loop is None else loop

    def values(self, track: Track, quantities: Iterable[Quantity], host_s: Floats) -> dict[Quantity, Floats]:
        """Return (n, k) values of each quantity at (n,) host times."""
        position, still = self.position_s(track, host_s)
        found = {quantity: track.at(quantity, position) for quantity in quantities}
        for quantity in (Quantity.GYR, Quantity.FREE_ACC):
            if quantity in found and still.any():
                found[quantity][still] = 0.0
        return found

    def position_s(self, track: Track, host_s: Floats) -> tuple[Floats, npt.NDArray[np.bool_]]:
        """Return (n,) moments of the track and whether it stands still there, before its beginning or after its end."""
        if self.began_s is None:
            return np.zeros(len(host_s)), np.ones(len(host_s), dtype=bool)
        position = (host_s - self.began_s) * self.speed
        if self.loop:
            return np.where(position < 0, 0.0, position % track.duration_s), position < 0
        return np.clip(position, 0.0, track.duration_s), (position < 0) | (position > track.duration_s)


def tracks_of(recording: Recording) -> dict[str, Track]:
    """Return the tracks of a recording by the labels of its sensors, all from the recording's first reading on.

    Raises:
        SettingsError: a sensor holds nothing but missing readings.
    """
    begin = min(float(samples.t_s[0]) for sensor in recording.sensors for samples in sensor.samples.values())
    duration_s = max(recording.duration_s - begin, _STRETCH)
    return {sensor.label: _track(sensor, begin, duration_s) for sensor in recording.sensors}


def save_tracks(tracks: Mapping[str, Track], path: Path) -> None:
    """Write tracks to a file (npz), for a rig in another process."""
    arrays: dict[str, npt.NDArray[np.generic]] = {}
    for number, (name, track) in enumerate(tracks.items()):
        arrays[f"{number}/about"] = np.array([name, track.label, str(track.duration_s)])
        for quantity, values in track.values.items():
            arrays[f"{number}/{quantity}/t"], arrays[f"{number}/{quantity}/v"] = track.times_s[quantity], values
    np.savez(path, **arrays)  # type: ignore[arg-type]


def load_tracks(path: Path) -> dict[str, Track]:
    """Read what `save_tracks` wrote."""
    found = {}
    with np.load(path) as arrays:
        for about in (name for name in arrays.files if name.endswith("/about")):
            number, (name, label, duration_s) = about.partition("/")[0], arrays[about].tolist()
            held = [q for q in Quantity if f"{number}/{q}/t" in arrays.files]
            times = {quantity: arrays[f"{number}/{quantity}/t"] for quantity in held}
            values = {quantity: arrays[f"{number}/{quantity}/v"] for quantity in held}
            found[name] = Track(label, times, values, float(duration_s))
    return found


def _track(sensor: Sensor, begin: float, duration_s: float) -> Track:
    times, values = {}, {}
    for quantity, samples in sensor.samples.items():
        good = np.isfinite(samples.values).all(axis=1)
        if not good.any():
            raise SettingsError(f"{sensor.label}: every reading of {quantity} is missing, so it cannot be played")
        times[quantity] = samples.t_s[good] - begin
        values[quantity] = _steady(samples.values[good]) if quantity is Quantity.QUAT else samples.values[good]
    return Track(sensor.label, times, values, duration_s)


def _steady(quat: Floats) -> Floats:
    """Undo jumps of sign: q and -q are one orientation, but nothing lies between them."""
    flips = np.sum(quat[1:] * quat[:-1], axis=1) < 0
    signs = np.concatenate([[1.0], np.cumprod(np.where(flips, -1.0, 1.0))])
    return np.asarray(quat * signs[:, None])


def _derived(
    quantity: Quantity, times: dict[Quantity, Floats], values: dict[Quantity, Floats]
) -> tuple[Floats, Floats] | None:
    """Return times and values of a quantity that follows from others; None where it does not."""
    from imutrack.signals.orientation import conjugate, rotate  # scipy comes with it

    if quantity is Quantity.MAG_AU and Quantity.MAG in values:
        return times[Quantity.MAG], values[Quantity.MAG] / float(np.linalg.norm(_FIELD_UT))
    if Quantity.QUAT not in values:
        made = _orientation(times, values)
        if made is None:
            return None
        times[Quantity.QUAT], values[Quantity.QUAT] = made
    t_s, quat = times[Quantity.QUAT], values[Quantity.QUAT]
    if quantity is Quantity.QUAT:
        return t_s, quat
    if quantity in (Quantity.MAG, Quantity.MAG_AU):
        scale = 1.0 if quantity is Quantity.MAG else float(np.linalg.norm(_FIELD_UT))
        return t_s, rotate(conjugate(quat), _FIELD_UT / scale)
    if quantity is Quantity.FREE_ACC and Quantity.ACC in values:
        acc_times = times[Quantity.ACC]
        turned = Track("", {Quantity.QUAT: t_s}, {Quantity.QUAT: quat}, 0.0).at(Quantity.QUAT, acc_times)
        return acc_times, rotate(turned, values[Quantity.ACC]) - [0.0, 0.0, STANDARD_GRAVITY_MPS2]
    return None


def _orientation(times: dict[Quantity, Floats], values: dict[Quantity, Floats]) -> tuple[Floats, Floats] | None:
    from imutrack.clock import fit_rate_hz
    from imutrack.signals.orientation import orientation
    from imutrack.signals.resample import to_signal

    if not {Quantity.ACC, Quantity.GYR} <= set(values):
        return None
    samples = {
        quantity: Samples(times[quantity], values[quantity], fit_rate_hz(times[quantity]) or 1.0)
        for quantity in (Quantity.ACC, Quantity.GYR)
    }
    try:
        signal = to_signal(Sensor("", samples))
        found = orientation(signal).quat_sensor_to_earth
    except SignalError:
        return None
    good = np.isfinite(found).all(axis=1)
    return signal.t_s[good], _steady(found[good])
