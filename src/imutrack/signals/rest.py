"""When a sensor is still: the pauses before, after and between movements.

A moment is still when neither the low-passed acceleration nor the low-passed angular rate varies by more than a little
within a second (root mean square deviation from the second's mean, all axes together), and nothing turns steadily. What
"a little" is follows the movement around it: the tremor that accompanies a leg raise is rest beside the raise, while
the slow first exercises after surgery are movement although they are hardly more than that. Neither gravity, a
gyroscope's bias nor the sensor's orientation matters.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from imutrack.samples import Floats
from imutrack.signals.filters import lowpass
from imutrack.signals.signal import Bools, Signal

__all__ = ["RestParams", "mask_runs", "movement", "rests", "still"]

Ints = npt.NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class RestParams:
    """Settings of rest detection."""

    lowpass_hz: float = 3.0  # voluntary limb movement is below; tremor and sensor noise are above
    window_s: float = 1.0  # a pause shorter than this is a turning point, not a rest
    acc_mps2: float = 0.15  # 3 deg of tilt within a second
    gyr_radps: float = 0.075  # what breathing and a relaxed grip reach on a limb
    gyr_bias_radps: float = 0.05  # a steady reading below this may be a bias: 3 deg/s is a poor gyroscope's
    share: float = 0.15  # of the movement around it, below which a moment counts as rest
    around_s: float = 60.0  # what "around" means; a set lasts about this long
    least: float = 0.5  # of the two above: nothing smaller is movement; noise of 0.05 m/s2 at 10 Hz stays below
    bridge_s: float = 0.7  # a twitch shorter than this does not end a rest


def movement(signal: Signal, params: RestParams | None = None) -> Floats:
    """Return (n,) how much the readings vary within a window, 1.0 being the deviation stated in the parameters.

    Where readings are missing there is no movement to be seen: 0.
    """
    params = params or RestParams()
    channels = signal.acc if signal.gyr is None else np.hstack((signal.acc, signal.gyr))
    mean = channels.mean(axis=0)
    low = lowpass(channels - mean, params.lowpass_hz, signal.sampling_rate_hz, order=2)
    varied = _deviations(low, max(round(params.window_s * signal.sampling_rate_hz), 2))
    moved = varied[:, 0] / params.acc_mps2
    if signal.gyr is not None:
        steady = np.linalg.norm(low[:, 3:] + mean[3:], axis=1)
        turned = np.maximum(varied[:, 1], steady - params.gyr_bias_radps)
        moved = np.maximum(moved, turned / params.gyr_radps)
    return np.where(signal.missing, 0.0, moved)


def still(signal: Signal, params: RestParams | None = None) -> Bools:
    """Return (n,) True where the sensor is at rest, twitches bridged."""
    params = params or RestParams()
    if len(signal) < 2:
        return np.ones(len(signal), dtype=bool)
    moved = movement(signal, params)
    limit = np.clip(params.share * _level(moved, signal.sampling_rate_hz, params), params.least, 1.0)
    return _bridged(moved < limit, round(params.bridge_s * signal.sampling_rate_hz))


def rests(signal: Signal, min_s: float, params: RestParams | None = None) -> Ints:
    """Return (k, 2) half-open sample ranges of the rests that last at least ``min_s``."""
    runs = mask_runs(still(signal, params))
    return runs[runs[:, 1] - runs[:, 0] >= min_s * signal.sampling_rate_hz]


def mask_runs(mask: Bools) -> Ints:
    """Return (k, 2) half-open ranges in which a mask is True.

    >>> mask_runs(np.array([True, True, False, True])).tolist()
    [[0, 2], [3, 4]]
    """
    edges = np.diff(np.concatenate(([0], mask.astype(np.int8), [0])))
    return np.stack((np.flatnonzero(edges == 1), np.flatnonzero(edges == -1)), axis=1)


def _deviations(values: Floats, width: int) -> Floats:
    """(n, k) root of the trace of the moving covariance of each three of (n, 3 k) values.

    It is the same for every orientation of the axes.
    """
    from scipy.ndimage import uniform_filter1d

    def summed(squares: Floats) -> Floats:
        return np.asarray(squares.reshape(len(squares), -1, 3).sum(axis=2))

    mean = uniform_filter1d(values, width, axis=0, mode="nearest")
    mean_square = uniform_filter1d(summed(values**2), width, axis=0, mode="nearest")
    return np.asarray(np.sqrt(np.maximum(mean_square - summed(mean**2), 0.0)))


def _level(moved: Floats, rate_hz: float, params: RestParams) -> Floats:
    """(n,) how strong the movement around each moment is: the 90th percentile of the seconds about it."""
    from scipy.ndimage import percentile_filter

    step = max(round(rate_hz), 1)
    seconds = np.maximum.reduceat(moved, np.arange(0, len(moved), step))
    size = max(round(2 * params.around_s), 1)
    level = percentile_filter(seconds, 90, size=min(size, 2 * len(seconds) + 1), mode="nearest")
    return np.asarray(np.interp(np.arange(len(moved)) / step, np.arange(len(seconds)) + 0.5, level))


def _bridged(mask: Bools, longest: int) -> Bools:
    """Fill interruptions of a mask of at most ``longest`` samples; those at the ends stay."""
    filled = mask.copy()
    for start, stop in mask_runs(~mask):
        if start > 0 and stop < len(mask) and stop - start <= longest:
            filled[start:stop] = True
    return filled
