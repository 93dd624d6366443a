"""Samples that never came, from the steps of the device's clock.

Approach: the step of one sample is fitted over the whole stretch (a "60 Hz" sensor runs at 59.9x), then each span
between two stamps holds round(span / step) samples; those that did not come are lost. A fit that is 10 ppm off
miscounts no gap shorter than 50,000 samples. A device without a clock cannot say, nor one whose ticks are hardly
shorter than a sample: None, never 0.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from imutrack.clock import Ints
from imutrack.samples import Floats

__all__ = ["COARSE", "Gap", "fit_step", "missing"]

_LIKELY: Final = (0.5, 1.5)  # of the nominal span: nothing was lost in it, whatever the real rate
_ENOUGH: Final = 12  # spans that say another rate than was set
_FEW: Final = 0.05  # of the spans: so many look like the nominal one by chance
_TICKS_TO_JUDGE: Final = 8.0  # of which rounding takes or adds less than one
COARSE: Final = 2.0  # ticks per sample: with fewer, rounding looks like a loss


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
    """Fit the ticks from one sample to the next: a mean over spans in which nothing was lost, which are the shortest.

    Where a tick is not much shorter than a sample, a span says 2 or 3 of what is 2.5: neighbouring spans are put
    together until they hold enough ticks to be judged.

    Args:
        spans: (m,) ticks between neighbouring stamps.
        counts: (m,) samples that came in each span.
        nominal: ticks per sample as set; it stands where nothing like it came, unless enough spans agree on another.
    """
    if not len(spans):
        return nominal
    together = int(_TICKS_TO_JUDGE // max(_ranked(spans, 2), 1.0)) + 1
    if together > 1 and len(spans) >= together:
        whole = len(spans) // together * together
        spans = spans[:whole].reshape(-1, together).sum(axis=1)
        counts = counts[:whole].reshape(-1, together).sum(axis=1)
    ratios = spans / counts
    likely = (ratios > _LIKELY[0] * nominal) & (ratios < _LIKELY[1] * nominal)
    start = _ranked(ratios, 5)  # among the shortest, but no freak: up to four of five may hold a loss
    agree = together * len(ratios) >= _ENOUGH and (
        start < _LIKELY[0] * nominal or np.count_nonzero(likely) < _FEW * len(ratios)
    )
    if not agree:
        if not likely.any():
            return nominal
        start = _ranked(ratios[likely], 5)
    if start <= 0.0:
        return 0.0  # samples share stamps
    step = start
    for _ in range(1 if together == 1 else 3):  # the shortest of rounded spans are short by a tick
        clean = np.abs(spans / step - counts) < max(0.5, 1.2 / step)
        if clean.any():
            step = float(spans[clean].sum() / counts[clean].sum())
    return step


def _ranked(values: Ints | Floats, part: int) -> float:
    """Return the value that one of so many parts of all do not reach."""
    rank = len(values) // part
    return float(np.partition(values, rank)[rank])


def missing(spans: Ints | Floats, counts: Ints, step: float) -> Ints:
    """Return how many samples are lost in each of (m,) spans, ticks, in which ``counts`` came."""
    lost: Ints = np.maximum(np.rint(spans / step).astype(np.int64) - counts, 0)
    return lost
