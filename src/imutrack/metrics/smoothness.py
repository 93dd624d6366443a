"""How smooth a movement is, from its speed profile.

Spectral arc length (SPARC; Balasubramanian, Melendez-Calderon, Burdet, IEEE TBME 59, 2012, and Balasubramanian et al.,
J NeuroEng Rehabil 12:112, 2015): the length of the normalised spectrum of speed. Closer to 0 is smoother; one
minimum-jerk movement has about -1.4. It depends on neither amplitude nor duration. A repetition out and back has two
lobes of speed and is therefore always less smooth than one movement: compare repetitions only with each other.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from imutrack.samples import Floats

__all__ = ["SmoothnessParams", "rep_sparc", "sparc"]


@dataclass(frozen=True, slots=True, kw_only=True)
class SmoothnessParams:
    """Settings of the published definition."""

    max_hz: float = 10.0  # 2015: voluntary movement lies below
    least_share: float = 0.05  # 2015: of the spectrum's value at zero; below it is noise
    padding: int = 4  # 2015: powers of two of zero padding, so that the arc is finely sampled


def sparc(speed: Floats, sampling_rate_hz: float, params: SmoothnessParams = SmoothnessParams()) -> float:
    """Return the spectral arc length of (n,) non-negative speeds; NaN where nothing moves or n < 3."""
    if len(speed) < 3 or not np.all(np.isfinite(speed)) or not speed.sum() > 0:
        return float("nan")
    points = 2 ** (int(np.ceil(np.log2(len(speed)))) + params.padding)
    spectrum = np.abs(np.fft.rfft(speed, points)) / speed.sum()
    frequency_hz = np.arange(len(spectrum)) * sampling_rate_hz / points
    kept = np.flatnonzero((frequency_hz <= params.max_hz) & (spectrum >= params.least_share))
    last = int(kept[-1])
    if last == 0:
        return float("nan")
    return -float(np.hypot(1.0 / last, np.diff(spectrum[: last + 1])).sum())


def rep_sparc(rate_radps: Floats, spans: Sequence[tuple[int, int, int]], sampling_rate_hz: float) -> Floats:
    """Return the spectral arc length of |angular rate| of every repetition.

    Args:
        rate_radps: (n, 3) angular rate, rad/s, any frame.
        spans: (start, turn, end) in samples ``[start, end)`` of each repetition.
        sampling_rate_hz: of the rate.
    """
    speed = np.linalg.norm(rate_radps, axis=1)
    return np.array([sparc(speed[start:end], sampling_rate_hz) for start, _, end in spans])
