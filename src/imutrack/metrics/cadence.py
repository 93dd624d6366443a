"""Cadence of short walks from the vertical acceleration of the trunk.

The trunk bobs once per step, so the first strong peak of the autocorrelation lies at one step (Moe-Nilssen & Helbostad
2004). Walks of a few steps are too short for a spectrum; the autocorrelations of several are added.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from imutrack.samples import Floats

__all__ = ["CadenceParams", "cadence_spm"]


@dataclass(frozen=True, slots=True, kw_only=True)
class CadenceParams:
    """What counts as stepping."""

    fastest_s: float = 0.3  # 200 steps per minute; above it is running
    slowest_s: float = 1.2  # 50 steps per minute; below it the steps stand alone
    regular: float = 0.3  # autocorrelation at one step; less is shuffling, where no step can be told
    early_share: float = (
        0.8  # of the highest peak: an earlier peak nearly as high is the step, the later one the stride
    )
    least_mps2: float = 0.2  # rms; less is standing


def cadence_spm(
    walks: Sequence[Floats], sampling_rate_hz: float, params: CadenceParams = CadenceParams()
) -> float | None:
    """Return the steps per minute of one or more walks.

    Args:
        walks: each (n,) vertical acceleration, mean-free, m/s2.
        sampling_rate_hz: of all of them.
        params: see there.

    Returns:
        None where no walk lasts two steps, or the steps cannot be told.
    """
    first, last = round(params.fastest_s * sampling_rate_hz), round(params.slowest_s * sampling_rate_hz)
    walks = [walk for walk in walks if len(walk) > 2 * first]
    energy = sum(float(np.sum(walk**2)) for walk in walks)
    count = sum(len(walk) for walk in walks)
    if not walks or energy < count * params.least_mps2**2:
        return None
    overlap = np.zeros(last + 2)
    sums = np.zeros(last + 2)
    for walk in walks:
        lags = np.arange(min(len(walk) // 2, last + 1) + 1)
        sums[lags] += [float(walk[: len(walk) - lag] @ walk[lag:]) for lag in lags]
        overlap[lags] += len(walk) - lags
    alike = np.divide(sums, overlap, out=np.full_like(sums, -1.0), where=overlap > 0) * count / energy
    inner = alike[1:-1]
    peaks = 1 + np.flatnonzero((inner >= alike[:-2]) & (inner > alike[2:]))
    peaks = peaks[(peaks >= first) & (alike[peaks] >= params.regular)]
    if not len(peaks):
        return None
    step = int(peaks[alike[peaks] >= params.early_share * np.max(alike[peaks])][0])
    below, at, above = alike[step - 1 : step + 2]
    shift = 0.5 * (below - above) / (below - 2 * at + above)  # vertex of the parabola through three lags
    return 60.0 * sampling_rate_hz / (step + float(np.clip(shift, -0.5, 0.5)))
