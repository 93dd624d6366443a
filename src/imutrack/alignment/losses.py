"""Samples that never came, from the steps of the device's clock.

Approach: the step of one sample is fitted over the whole stretch (a "60 Hz" sensor runs at 59.9x), then each span
between two stamps holds round(span / step) samples; those that did not come are lost. A fit that is 10 ppm off
miscounts no gap shorter than 50,000 samples. A device without a clock cannot say: None, never 0.
"""

from dataclasses import dataclass

import numpy as np

from imutrack.clock import Ints
from imutrack.samples import Floats

__all__ = ["Gap", "fit_step", "missing"]

_LIKELY = (0.5, 1.5)  # of the nominal span: nothing was lost in it, whatever the real rate


@dataclass(frozen=True, slots=True)
class Gap:
    """A stretch without samples.

    Attributes:
        start_ns: host time of the last sample before it.
        duration_s: to the first sample after it, s.
        lost: samples that would have filled it; None where the device has no clock.
        restarted: the device's clock began anew in it: `lost` is then from host time, exact to the sample only while
            the gap is known to half a sample.
    """

    start_ns: int
    duration_s: float
    lost: int | None
    restarted: bool = False


def fit_step(spans: Ints | Floats, counts: Ints, nominal: float) -> float:
    """Fit the ticks from one sample to the next.

    Args:
        spans: (m,) ticks between neighbouring stamps.
        counts: (m,) samples that came in each span.
        nominal: ticks per sample as set; where no span is like it, it stands.
    """
    ratios = spans / (counts * nominal)
    likely = (ratios > _LIKELY[0]) & (ratios < _LIKELY[1])
    if not likely.any():
        return nominal
    step = nominal * float(np.median(ratios[likely]))
    whole = np.abs(spans / step - counts) < 0.5
    return float(spans[whole].sum() / counts[whole].sum()) if whole.any() else step


def missing(spans: Ints | Floats, counts: Ints, step: float) -> Ints:
    """Return how many samples are lost in each of (m,) spans, ticks, in which ``counts`` came."""
    lost: Ints = np.maximum(np.rint(spans / step).astype(np.int64) - counts, 0)
    return lost
