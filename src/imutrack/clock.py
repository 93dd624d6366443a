"""Clocks: the rate behind time stamps, and counters that wrap.

Approach: a rate is fitted over the whole file, never taken from single steps. Hosts stamp in bursts and round to
milliseconds, so the median step of a 99 Hz log may say 100 or 1000 Hz; spans over many samples do not. Spans that hold
a gap are left out, so that lost data does not look like a slow sensor.

Nothing here reads the machine's clock.
"""

from typing import Final

import numpy as np
import numpy.typing as npt

from imutrack.samples import Floats

__all__ = [
    "Ints",
    "first_backward",
    "fit_rate_hz",
    "hold_late_stamps",
    "unwrap",
]

Ints = npt.NDArray[np.int64]

_WINDOW_SAMPLES: Final = 32  # longer than a Bluetooth burst (8 samples), shorter than the time between two gaps
_WINDOWS: Final = 64  # a long file is cut into about as many spans; a few of them may hold gaps
_GAP_STRETCH: Final = 1.25  # a span this much longer than the median one holds a gap


def fit_rate_hz(t_s: Floats) -> float | None:
    """Fit the sampling rate behind (n,) time stamps, s; None where they cannot tell (one sample, or no span)."""
    steps = len(t_s) - 1
    if steps < 1 or t_s[-1] <= t_s[0]:
        return None
    window = min(max(steps // _WINDOWS, _WINDOW_SAMPLES), steps)
    spans = t_s[window:] - t_s[:-window]
    median = float(np.median(spans))
    if median <= 0:
        return steps / float(t_s[-1] - t_s[0])
    return window / float(np.mean(spans[spans <= _GAP_STRETCH * median]))


def unwrap(ticks: Ints, modulus: int) -> Ints:
    """Undo the wraps of an (n,) counter that runs modulo ``modulus``; a step back by more than half of it is a wrap.

    >>> unwrap(np.array([65534, 65535, 0, 1]), 1 << 16).tolist()
    [65534, 65535, 65536, 65537]
    """
    wraps = np.cumsum(np.diff(ticks) < -(modulus // 2))
    unwrapped = ticks.astype(np.int64, copy=True)
    unwrapped[1:] += modulus * wraps
    return unwrapped


def first_backward(t_s: Floats) -> int | None:
    """Index of the first stamp that is earlier than the one before it; None where time never runs backwards."""
    backward = np.flatnonzero(np.diff(t_s) < 0)
    return int(backward[0]) + 1 if len(backward) else None


def hold_late_stamps(t_s: Floats, late_s: float) -> tuple[Floats, int] | None:
    """Give a late packet's stamps the time of the one before them, so that time never runs backwards.

    Returns:
        The (n,) stamps and how many were held; None where a stamp lies more than ``late_s`` behind, which no radio
        explains: sorting or splitting such a file would be guessing.
    """
    held: Floats = np.maximum.accumulate(t_s)
    behind = held - t_s
    return None if float(behind.max(initial=0.0)) > late_s else (held, int(np.count_nonzero(behind)))
