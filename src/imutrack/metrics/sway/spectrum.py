"""Frequency content and regularity of one sway series.

Sources: Welch 1967 for the spectrum; Prieto et al. 1996 for the centroidal frequency and frequency dispersion;
Richman & Moorman 2000 for sample entropy.
"""

from dataclasses import dataclass

import numpy as np

from imutrack.samples import Floats

__all__ = ["Spectrum", "sample_entropy", "sway_spectrum"]

EMBEDDING = 2  # m of sample entropy
TOLERANCE_SD = 0.2  # r of sample entropy, of the series' standard deviation


@dataclass(frozen=True, slots=True, kw_only=True)
class Spectrum:
    """Power of a series within a band.

    Attributes:
        power: in the square of the series' unit.
        f50_hz, f95_hz: below which half and 95 % of the power lie.
        cf_hz: centroidal frequency, the root mean square frequency.
        fd: frequency dispersion, 0 for a single tone, 1 for evenly spread power.
    """

    power: float
    f50_hz: float
    f95_hz: float
    cf_hz: float
    fd: float


def sway_spectrum(
    values: Floats, sampling_rate_hz: float, band_hz: tuple[float, float], segment_s: float = 10.0
) -> Spectrum | None:
    """Describe the Welch spectrum of (n,) values: Hann, 50 % overlap, linear detrend per segment, n frequencies.

    Returns:
        None where the series holds no power in the band, or the band no frequency.
    """
    from scipy.signal import detrend, welch

    n = len(values)
    length = min(round(segment_s * sampling_rate_hz), n)
    frequency_hz, density = welch(
        values, sampling_rate_hz, "hann", nperseg=length, noverlap=length // 2, nfft=n, detrend=detrend
    )
    inside = (frequency_hz >= band_hz[0]) & (frequency_hz <= band_hz[1])
    frequency_hz, density = frequency_hz[inside], density[inside]
    cumulative = np.cumsum(density)
    rounding = (np.finfo(float).eps * float(np.max(np.abs(values)))) ** 2
    if not len(density) or cumulative[-1] * sampling_rate_hz / n <= rounding:
        return None
    moments = [float(np.sum(frequency_hz**k * density)) for k in range(3)]
    return Spectrum(
        power=moments[0] * sampling_rate_hz / n,
        f50_hz=float(frequency_hz[np.searchsorted(cumulative, 0.50 * cumulative[-1])]),
        f95_hz=float(frequency_hz[np.searchsorted(cumulative, 0.95 * cumulative[-1])]),
        cf_hz=float(np.sqrt(moments[2] / moments[0])),
        fd=float(np.sqrt(max(1.0 - moments[1] ** 2 / (moments[0] * moments[2]), 0.0))),
    )


def sample_entropy(values: Floats, sampling_rate_hz: float, entropy_rate_hz: float = 20.0) -> float | None:
    """Return the sample entropy (m = 2, r = 0.2 SD) of (n,) values thinned to about ``entropy_rate_hz``.

    Distances are Chebyshev, self-matches are left out. A k-d tree counts the matches, so that ten minutes cost no more
    memory than one.

    Returns:
        None for a constant series, or one so short or so irregular that nothing repeats.
    """
    from scipy.spatial import KDTree

    thinned = values[:: max(round(sampling_rate_hz / entropy_rate_hz), 1)]
    radius = TOLERANCE_SD * float(np.std(thinned))
    if len(thinned) < EMBEDDING + 2 or radius <= np.finfo(float).eps * float(np.max(np.abs(thinned))):
        return None
    below = float(np.nextafter(radius, 0.0))  # the tree counts "up to", the definition says "below"
    matches = []
    for length in (EMBEDDING, EMBEDDING + 1):
        templates = np.lib.stride_tricks.sliding_window_view(thinned, length)[: len(thinned) - EMBEDDING]
        tree = KDTree(templates)
        matches.append(int(tree.count_neighbors(tree, below, p=np.inf)) - len(templates))
    return float(np.log(matches[0] / matches[1])) if all(matches) else None
