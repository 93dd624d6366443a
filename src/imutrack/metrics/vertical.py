"""How a sensor on the trunk moves up and down, tilts and turns: the base of the chair test and the timed up-and-go.

With a gyroscope, offline 6D orientation gives the vertical. Without one, the length of the specific force stands in
for its vertical part: near gravity the two differ only in the second order of the horizontal acceleration, while a
low-passed "gravity" lags behind a trunk that leans forward within half a second. Which way round the sensor is worn
does not matter: gravity says what is up, and nothing here asks for a sensor axis.

Velocity is the integral without its drift; slow movement (below the high-pass) is lost with it, so heights are smaller
than they were, by about a quarter for a rise that takes a second and a half.
"""

from dataclasses import dataclass

import numpy as np

from imutrack.errors import SignalError
from imutrack.samples import Floats
from imutrack.signals.axes import gravity_in_sensor
from imutrack.signals.filters import highpass, lowpass
from imutrack.signals.orientation import orientation
from imutrack.signals.signal import Signal
from imutrack.units import STANDARD_GRAVITY_MPS2

__all__ = ["VerticalMotion", "VerticalParams", "vertical_motion"]


@dataclass(frozen=True, slots=True, kw_only=True)
class VerticalParams:
    """Filters of the vertical motion."""

    highpass_hz: float = 0.15  # integration drifts below it; a rise lasts 0.5 to 2 s and lies above
    velocity_lowpass_hz: float = 3.0  # impacts of the heel and of the seat are no rise
    acc_lowpass_hz: float = 5.0  # keeps the impact of sitting down in its place to 0.05 s
    gravity_lowpass_hz: float = 1.0  # a trunk leans forward in 0.5-1 s
    tilt_lowpass_hz: float = 3.0  # shaking of the belt is no movement of the trunk; order 2, which hardly rings
    least_s: float = 3.0  # shorter signals hold less than half a period of the high-pass


@dataclass(frozen=True, slots=True, eq=False)
class VerticalMotion:
    """Motion of the trunk relative to gravity, each (n,) or (n, 3) on the clock of its signal.

    Attributes:
        sampling_rate_hz, start_s: the clock, as in `Signal`.
        acc_mps2: (n,) vertical acceleration without gravity, upward positive, low-passed, mean-free.
        velocity_mps: (n,) vertical velocity without drift, low-passed.
        gained_mps: (n,) integral of the vertical acceleration, drift included: only differences over a second or two
            mean something, and those are free of the high-pass's overshoot before and after a movement.
        up: (n, 3) unit vector of the vertical in the sensor's axes, low-passed.
        tilt_rate_dps: (n,) how fast the trunk tilts, any direction, 0 or more.
        turn_rate_dps: (n,) turning about the vertical, left positive; None without a gyroscope.
    """

    sampling_rate_hz: float
    start_s: float
    acc_mps2: Floats
    velocity_mps: Floats
    gained_mps: Floats
    up: Floats
    tilt_rate_dps: Floats
    turn_rate_dps: Floats | None

    def __len__(self) -> int:
        return len(self.acc_mps2)

    def time_s(self, index: int) -> float:
        """Return the time of a sample, seconds from the recording's start."""
        return float(self.start_s + index / self.sampling_rate_hz)


def vertical_motion(signal: Signal, params: VerticalParams = VerticalParams()) -> VerticalMotion:
    """Find the vertical motion, tilt and turning of a sensor on the trunk, worn any way round.

    Args:
        signal: acceleration and, better, angular rate; gaps should be short, they are bridged by "no movement".
        params: the filters.

    Raises:
        SignalError: the signal is too short to integrate, or nothing can be said about its orientation.
    """
    if signal.duration_s < params.least_s:
        raise SignalError(f"the signal lasts {signal.duration_s:.1f} s, need {params.least_s:.0f} s")
    rate_hz = signal.sampling_rate_hz
    gravity = lowpass(signal.acc, params.gravity_lowpass_hz, rate_hz, order=2)
    if signal.gyr is None:
        up = _unit(gravity)
        vertical = np.linalg.norm(signal.acc, axis=1) - STANDARD_GRAVITY_MPS2
        pointing = _unit(signal.acc)
        turn_rate = None
    else:
        up, gyr = _upright(signal, signal.gyr, _unit(gravity))
        vertical = np.sum(signal.acc * up, axis=1) - STANDARD_GRAVITY_MPS2
        turn_rate = np.sum(gyr * up, axis=1)
        pointing = up  # steadier than the angular rate itself, which keeps what is left of the gyroscope's bias
    tilt_rate = np.gradient(lowpass(pointing, params.tilt_lowpass_hz, rate_hz, order=2), 1 / rate_hz, axis=0)
    vertical = vertical - vertical.mean()
    gained, velocity = _integrated(vertical, rate_hz, params)
    return VerticalMotion(
        sampling_rate_hz=rate_hz,
        start_s=signal.start_s,
        acc_mps2=lowpass(vertical, params.acc_lowpass_hz, rate_hz),
        velocity_mps=velocity,
        gained_mps=gained,
        up=up,
        tilt_rate_dps=np.degrees(np.linalg.norm(tilt_rate, axis=1)),
        turn_rate_dps=None if turn_rate is None else np.degrees(turn_rate),
    )


def _integrated(acc: Floats, rate_hz: float, params: VerticalParams) -> tuple[Floats, Floats]:
    from scipy.integrate import cumulative_trapezoid

    gained = cumulative_trapezoid(acc, dx=1 / rate_hz, initial=0)
    velocity = lowpass(highpass(gained, params.highpass_hz, rate_hz), params.velocity_lowpass_hz, rate_hz)
    return gained, velocity


def _upright(signal: Signal, gyr: Floats, fallback: Floats) -> tuple[Floats, Floats]:
    """Return (n, 3) the vertical in the sensor's axes and (n, 3) angular rate without bias, rad/s."""
    found = orientation(signal)
    up = gravity_in_sensor(found)
    lost = ~np.isfinite(up)
    return np.where(lost, fallback, up), np.where(lost, 0.0, gyr - found.gyr_bias_radps)


def _unit(vectors: Floats) -> Floats:
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(vectors / np.maximum(lengths, np.finfo(float).tiny))
