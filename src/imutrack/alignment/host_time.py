"""Host time for every sample of a recorded stream.

Goal: from arrivals and device stamps, times that are right to a few milliseconds between sensors, and losses that are
right to the sample. A pure function of its arguments: live and replayed streams give the same bits.

Approach: count wraps by host time; ask where the device's clock may have begun anew and let the lateness of what came
answer (`epochs`); within each stretch of one clock sort by device time, leave duplicates out, spread stamps over the
samples of a packet, and lay device time on host time by the earliest arrivals. Within a stretch loss is counted by
ticks, between two by host time. What is set on the device is a first guess: the rate is that of what came.

A device without a clock is placed by its sample index (`by_index`). What the fit leaves is a check: where a stream
cannot be laid on host time, `unsure` says so.
"""

from dataclasses import replace
from itertools import pairwise
from typing import Final

import numpy as np

from imutrack.alignment.arrivals import AlignParams, Arrivals, TickClock
from imutrack.alignment.by_index import align_by_index
from imutrack.alignment.epochs import Epochs, Lateness, epochs_of
from imutrack.alignment.losses import COARSE, fit_step
from imutrack.alignment.placing import Aligned, drift_of, gaps_of, joint_of, place, result_of
from imutrack.alignment.stretches import Stretch, Units, stretches_of
from imutrack.alignment.unwrapping import breaks_of_counter, modulus_of, steps_by_host
from imutrack.clock import Ints

__all__ = ["Aligned", "align"]

_LONGEST: Final = 2.0  # times what lies between two samples that came: a backlog at the start makes that shorter
_WRAP_SHARE: Final = 1 / 64  # of a counter that wraps soon: nearer levels cannot be told from its wraps


def align(
    arrivals: Arrivals, clock: TickClock | None, nominal_rate_hz: float, params: AlignParams | None = None
) -> Aligned:
    """Give every sample of a stream its host time and account for those that are missing.

    Args:
        arrivals: the packets, in the order they came.
        clock: of the device; None, or no ticks among the arrivals, where it has none.
        nominal_rate_hz: as set on the device; a first guess.
        params: what is expected of radio, host and crystals.

    Raises:
        SignalError: there are stamps for each sample where the clock says otherwise, or the reverse.
    """
    params = params or AlignParams()
    if not len(arrivals.host_ns):
        nothing = np.zeros(0, np.int64)
        return Aligned(nothing, nothing, nominal_rate_hz, None, 0.0, None, 0, 0, 0, ())
    if clock is None or arrivals.ticks is None:
        return align_by_index(arrivals, nominal_rate_hz, params)
    units = Units.stamped(arrivals, clock.stamps)
    steps = steps_by_host(units.ticks, units.host_s, clock.tick_s, clock.bits)
    step = _first_step(units, steps, 1.0 / (nominal_rate_hz * clock.tick_s), clock.tick_s)
    if step < 1.0:  # samples share stamps: which of them came twice cannot be told
        return align_by_index(arrivals, nominal_rate_hz, params)
    return _by_clock(arrivals, units, steps, step, clock, params)


def _by_clock(
    arrivals: Arrivals, units: Units, steps: Ints, step: float, clock: TickClock, params: AlignParams
) -> Aligned:
    """Place a stream by its stamps; ``step``: about so many ticks lie between two samples."""
    base_ns = int(arrivals.host_ns[0])
    epochs = _epochs(arrivals, units, steps, step, clock, params)
    stretches = stretches_of(units, steps, epochs.cuts)
    step = _step_of(stretches, step)
    counts_losses = step >= COARSE
    placed = [
        place(stretch, step, clock.tick_s, params.max_drift, params, counts_losses=counts_losses)
        for stretch in stretches
    ]
    joints = [joint_of(before, after, step * clock.tick_s, base_ns) for before, after in pairwise(placed)]
    gaps = [gap for part in placed for gap in gaps_of(part, base_ns)] + joints
    result = result_of(placed, base_ns, step * clock.tick_s, gaps, params)
    return replace(
        result,
        drift_ppm=drift_of(placed),
        lost=sum(gap.lost or 0 for gap in gaps) if counts_losses else None,
        restarts=len(joints),
        unsure=result.unsure or epochs.unsure,
    )


def _epochs(
    arrivals: Arrivals, units: Units, steps: Ints, step: float, clock: TickClock, params: AlignParams
) -> Epochs:
    """Ask where the clock may have begun anew."""
    moved_s = np.asarray(steps * clock.tick_s, np.float64)
    ready_s = np.concatenate(([0.0], np.cumsum(steps) * clock.tick_s))  # a packet cannot leave before its last sample
    if units.first_stamped:
        ready_s += (units.counts - 1) * (step * clock.tick_s)
    own_s = np.asarray(units.span_counts * (step * clock.tick_s), np.float64)
    packet_s = int(arrivals.counts.sum()) / len(arrivals.counts) * step * clock.tick_s
    asked = np.flatnonzero(breaks_of_counter(moved_s, np.diff(units.host_s), own_s, params)) + 1
    modulus = modulus_of(clock.bits)
    lateness = Lateness(
        units.host_s,
        units.host_s - ready_s,
        moved_s - own_s,
        params.max_drift,
        params.fits_s if modulus is None else min(params.fits_s, modulus * clock.tick_s * _WRAP_SHARE),
        params.level_bin_s(packet_s),
        len(units.counts) / len(arrivals.counts),
    )
    return epochs_of(lateness, asked, units.breaks, params)


def _first_step(units: Units, steps: Ints, nominal: float, tick_s: float) -> float:
    """Ticks from one sample to the next, of neighbours as they came."""
    ahead = steps > 0 if nominal >= COARSE else steps >= 0
    step = fit_step(steps[ahead], units.span_counts[ahead], nominal)
    longest = _LONGEST * float(units.host_s[-1]) / (float(units.counts.sum()) * tick_s)
    return step if step <= max(longest, _LONGEST * nominal) else nominal  # with losses it looks longer, never shorter


def _step_of(stretches: list[Stretch], about: float) -> float:
    """Ticks from one sample to the next, of neighbours by the device's time."""
    spans = np.concatenate([np.diff(stretch.ticks) for stretch in stretches])
    counts = np.concatenate([stretch.span_counts for stretch in stretches])
    step = fit_step(spans, counts, about)
    return step if about < _LONGEST * step < _LONGEST * _LONGEST * about else about
