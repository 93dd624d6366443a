"""A device without a clock: its sample index stands for one, at the rate its arrivals show.

Where a connection ended, where nothing came for long, and where the index falls behind for good, samples were lost,
nobody knows how many. The rate is measured: what is set on the device stands only where too little came.
"""

from dataclasses import replace
from itertools import pairwise
from typing import Final

import numpy as np

from imutrack.alignment.arrivals import AlignParams, Arrivals
from imutrack.alignment.envelope import earliest, fit_line
from imutrack.alignment.epochs import Lateness, epochs_of
from imutrack.alignment.losses import Gap
from imutrack.alignment.placing import Aligned, bin_of, place, result_of, to_ns
from imutrack.alignment.stretches import Units, stretches_of
from imutrack.alignment.unwrapping import breaks_of_silence
from imutrack.clock import Ints
from imutrack.samples import Floats

__all__ = ["align_by_index"]

_DRIFT: Final = 0.05  # an index at a rate fitted to few arrivals: as a cheap oscillator and a loss make it
_LEVEL_DRIFT: Final = 0.005  # within seconds, at the rate of most of the recording
_WINDOW_S, _KNOT_S = 20.0, 5.0  # single losses bend the course more than a crystal does
_BINS_OF_A_RATE: Final = 100  # a rate over a whole recording needs no more; the pairs grow with their square
_LAG: Final = 5  # bins: of the slopes between bins so near, few cross any one loss


def align_by_index(arrivals: Arrivals, nominal_rate_hz: float, params: AlignParams) -> Aligned:
    """Place a stream by its sample index."""
    units, base_ns = Units.counted(arrivals), int(arrivals.host_ns[0])
    host_steps_s = np.diff(units.host_s)
    packet_s = float(np.mean(host_steps_s)) if len(host_steps_s) else 0.0
    silences = np.flatnonzero(breaks_of_silence(host_steps_s, packet_s, params)) + 1
    told = np.array(sorted({*silences.tolist(), *units.breaks.tolist()}), np.int64)
    tick_s, measured = _tick_of_arrivals(units, told, 1.0 / nominal_rate_hz, params)
    lateness = Lateness(
        units.host_s,
        units.host_s - units.ticks * tick_s,
        np.zeros(len(host_steps_s)),
        _LEVEL_DRIFT,
        params.fits_s,
        params.level_bin_s(float(np.median(units.counts)) * tick_s),
    )
    cuts = epochs_of(lateness, told, told, params, kept=told).cuts if measured else told
    stretches = stretches_of(units, np.diff(units.ticks), cuts)
    longest = max(stretches, key=lambda stretch: int(stretch.ticks[-1]))
    if measured:
        tick_s *= 1.0 + _slope(longest.ticks, tick_s, longest.host_s, bin_of(longest, 1.0, tick_s, params), params)
    near = replace(params, window_s=_WINDOW_S, knot_s=_KNOT_S)
    placed = [place(stretch, 1.0, tick_s, _DRIFT, near) for stretch in stretches]
    gaps = [
        Gap(to_ns(base_ns, before.t_s[-1]), max(float(after.t_s[0] - before.t_s[-1]), 0.0), None)
        for before, after in pairwise(placed)
    ]
    believed_s = max(params.believe_from_s, params.believe_share * float(units.host_s[-1]))
    measured = measured and float(longest.host_s[-1] - longest.host_s[0]) >= believed_s
    return replace(result_of(placed, base_ns, tick_s, gaps, params), measured=measured)


def _tick_of_arrivals(units: Units, cuts: Ints, nominal_s: float, params: AlignParams) -> tuple[float, bool]:
    """Seconds per sample as the arrivals of the longest stretch show, and whether they do; else as nominal.

    The slopes between neighbouring bins, so that a loss within it, which none of the cuts shows, bends few of them.
    """
    bounds = [0, *cuts.tolist(), len(units.ticks)]
    begin, stop = max(pairwise(bounds), key=lambda span: float(units.host_s[span[1] - 1] - units.host_s[span[0]]))
    index, host_s = units.ticks[begin:stop], units.host_s[begin:stop]
    span_s = float(host_s[-1] - host_s[0])
    if span_s < params.measure_from_s or index[-1] == index[0]:
        return nominal_s, False
    tick_s = span_s / float(index[-1] - index[0])
    bin_s = params.level_bin_s(float(np.median(units.counts)) * tick_s)
    device_s = index.astype(np.float64) * tick_s
    chosen = earliest(device_s, host_s - device_s, max(bin_s, span_s / _BINS_OF_A_RATE))
    host_s, index = host_s[chosen], index[chosen]
    lags = range(1, min(_LAG, len(chosen) - 1) + 1)
    if not lags:
        return tick_s, True
    near = np.concatenate([(host_s[lag:] - host_s[:-lag]) / (index[lag:] - index[:-lag]) for lag in lags])
    found = float(np.median(near))
    return (found if found > 0.0 else tick_s), True


def _slope(index: Ints, tick_s: float, host_s: Floats, bin_s: float, params: AlignParams) -> float:
    """How much faster or slower the index runs than taken, over the whole of a stretch."""
    device_s = index.astype(np.float64) * tick_s
    late_s = host_s - device_s
    chosen = earliest(device_s, late_s, max(bin_s, float(device_s[-1]) / _BINS_OF_A_RATE))
    return fit_line(device_s[chosen], late_s[chosen], params.bin_s, _DRIFT).slope
