"""The signal at the working rate, divided at long rests into bouts of movement.

Each bout is looked at by itself: sets of one recording differ in tempo, size and exercise, and a bout needs no memory
of the others. A bout keeps a little of the rest on both sides, which says what the rest posture is.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np

from imutrack.metrics.reps.params import RepParams
from imutrack.samples import Floats
from imutrack.signals.filters import lowpass
from imutrack.signals.rest import Ints, mask_runs, movement
from imutrack.signals.signal import Bools, Signal

__all__ = ["Bout", "find_bouts", "joined", "smooth", "to_working_rate"]

BLOCK_SAMPLES: Final = 1 << 17  # filtered at once: bounds the memory of a ten-hour signal
MARGIN_S: Final = 3.0  # overlap of blocks; the low-pass has forgotten everything after a tenth of it
ACC_SPIKE_MPS2, GYR_SPIKE_RADPS = 5.0, 3.0  # single readings off by more, from one fault or a knock
SPIKE_RATIO: Final = 3.0  # and by this many times what the neighbours differ
PAD_S: Final = 2.0  # of rest kept on both sides of a bout
MIN_MOVING_S: Final = 0.5  # in a bout; shorter is a twitch
LEAST_ACC_MPS2, LEAST_GYR_RADPS = 0.2, 0.05  # what is less is noise, and not to be blown up to a form
CHANGE_HZ: Final = 2.0  # of acceleration: its derivative is noise above
POSTURE_HZ: Final = 1.5  # acceleration below is mostly gravity


def to_working_rate(signal: Signal, params: RepParams) -> Signal:
    """Return the signal at the working rate, impacts limited to `RepParams.acc_limit_mps2` without turning them."""
    rate_hz = params.working_rate_hz
    n = max(int(np.floor(signal.duration_s * rate_hz + 1e-6)) + 1, 1)
    channels = 3 if signal.gyr is None else 6
    values = np.empty((n, channels))
    at = np.arange(n) * (signal.sampling_rate_hz / rate_hz)
    margin = round(MARGIN_S * signal.sampling_rate_hz)
    for begin in range(0, len(signal), BLOCK_SAMPLES):
        stop = min(begin + BLOCK_SAMPLES, len(signal))
        first = max(begin - margin, 0)
        block = _limited(signal[first : min(stop + margin, len(signal))], params)
        inside = slice(*np.searchsorted(at, (begin, stop)))
        index = np.arange(first, first + len(block))
        for column in range(channels):
            values[inside, column] = np.interp(at[inside], index, block[:, column])
    nearest = np.minimum(np.rint(at).astype(np.intp), len(signal) - 1)
    return Signal(
        sampling_rate_hz=rate_hz,
        start_s=signal.start_s,
        acc=values[:, :3],
        gyr=None if signal.gyr is None else values[:, 3:],
        missing=signal.missing[nearest],
    )


def _limited(block: Signal, params: RepParams) -> Floats:
    acc = _without_spikes(block.acc, ACC_SPIKE_MPS2)
    size = np.linalg.norm(acc, axis=1, keepdims=True)
    acc = acc * np.minimum(1.0, params.acc_limit_mps2 / np.maximum(size, 1e-9))
    values = acc if block.gyr is None else np.hstack((acc, _without_spikes(block.gyr, GYR_SPIKE_RADPS)))
    if block.sampling_rate_hz <= params.working_rate_hz or len(values) < 2:
        return values
    return lowpass(values, params.working_lowpass_hz, block.sampling_rate_hz)


def _without_spikes(values: Floats, least: float) -> Floats:
    """Replace single samples that are far from both neighbours, which are near each other, by the neighbours' mean."""
    before, at, after = values[:-2], values[1:-1], values[2:]
    jump = np.minimum(np.linalg.norm(at - before, axis=1), np.linalg.norm(at - after, axis=1))
    spikes = np.flatnonzero(jump > least + SPIKE_RATIO * np.linalg.norm(after - before, axis=1)) + 1
    if not len(spikes):
        return values
    mended = values.copy()
    mended[spikes] = (values[spikes - 1] + values[spikes + 1]) / 2
    return mended


@dataclass(frozen=True, eq=False)  # no slots: what is computed once is kept
class Bout:
    """A stretch of movement at the working rate, with a little rest on both sides.

    Attributes:
        signal: (n,) samples at the working rate.
        offset: where it begins in the whole signal at the working rate.
        open_start, open_end: the recording begins or ends here, so that a repetition may be cut off.
        params: settings of the counter.
    """

    signal: Signal
    offset: int
    open_start: bool
    open_end: bool
    params: RepParams

    def __len__(self) -> int:
        return len(self.signal)

    @property
    def rate_hz(self) -> float:
        """The working rate."""
        return self.signal.sampling_rate_hz

    @cached_property
    def _forms(self) -> tuple[Floats, Floats]:
        gyr = self.signal.gyr
        channels = self.signal.acc if gyr is None else np.hstack((self.signal.acc, gyr))
        low = smooth(channels, self.params.shape_hz, self.rate_hz)
        acc = low[:, :3]
        change = np.gradient(smooth(self.signal.acc, CHANGE_HZ, self.rate_hz), axis=0) * self.rate_hz
        acc_scale = max(_rms(acc - acc.mean(axis=0)), LEAST_ACC_MPS2)
        activity = np.linalg.norm(change, axis=1) / _rms(change)
        if gyr is None:
            second = change / _rms(change)
        else:
            second = low[:, 3:] / max(_rms(low[:, 3:]), LEAST_GYR_RADPS)
            activity = activity + np.linalg.norm(second, axis=1)
        return np.hstack((acc / acc_scale, second)), np.concatenate(([0.0], np.cumsum(activity)))

    @property
    def form(self) -> Floats:
        """(n, 6) what repetitions are compared by: acceleration, then angular rate, each over its root mean square.

        Without a gyroscope the change of acceleration stands in: for tilting it says the same.
        """
        return self._forms[0]

    @property
    def activity(self) -> Floats:
        """(n + 1,) movement up to each sample, cumulative."""
        return self._forms[1]

    @cached_property
    def posture(self) -> Floats:
        """(n, 3) mostly the direction of gravity."""
        return smooth(self.signal.acc, POSTURE_HZ, self.rate_hz)

    @cached_property
    def gap(self) -> Bools:
        """(n,) True inside long gaps."""
        gap = np.zeros(len(self), dtype=bool)
        for start, stop in mask_runs(self.signal.missing):
            if stop - start > self.params.gap_s * self.rate_hz:
                gap[start:stop] = True
        return gap


def smooth(values: Floats, cutoff_hz: float, rate_hz: float) -> Floats:
    """Low-pass (n, k) values of a bout, mirrored at its ends: a movement cut off there turns back, not further out."""
    width = min(round((1.0 / cutoff_hz + 0.5) * rate_hz), len(values) - 1)
    mirrored = np.pad(values, ((width, width), (0, 0)), mode="reflect")
    return lowpass(mirrored, cutoff_hz, rate_hz, order=2, pad_s=0.0)[width : width + len(values)]


def _rms(values: Floats) -> float:
    return float(np.sqrt((values**2).sum(axis=1).mean())) + 1e-9


def find_bouts(working: Signal, resting: Bools, params: RepParams) -> list[Bout]:
    """Divide a signal at the working rate at its long rests, (n,) True where it is `still`."""
    if len(working) < 2:
        return []
    rate_hz = working.sampling_rate_hz
    active = np.ones(len(working), dtype=bool)
    for start, stop in mask_runs(resting):
        if stop - start >= params.split_rest_s * rate_hz:
            active[start:stop] = False
    return [
        _bout(working, start, stop, params)
        for start, stop in _no_longer_than(mask_runs(active), working, params)
        if np.count_nonzero(~resting[start:stop]) >= MIN_MOVING_S * rate_hz
    ]


def joined(working: Signal, left: Bout, right: Bout) -> Bout | None:
    """Return one bout from the beginning of one to the end of the next; None where that is too far or too long."""
    params = left.params
    first, last = left.offset, right.offset + len(right)
    rest = right.offset - (left.offset + len(left))
    if rest > params.join_rest_s * left.rate_hz or last - first > params.max_bout_s * left.rate_hz:
        return None
    return Bout(working[first:last], first, left.open_start, right.open_end, params)


def _bout(working: Signal, start: int, stop: int, params: RepParams) -> Bout:
    pad = round(PAD_S * working.sampling_rate_hz)
    first, last = max(start - pad, 0), min(stop + pad, len(working))
    return Bout(working[first:last], first, first == 0, last == len(working), params)


def _no_longer_than(runs: Ints, working: Signal, params: RepParams) -> list[tuple[int, int]]:
    """Cut runs that last too long where the movement is least, in the last third of what is allowed."""
    longest = round(params.max_bout_s * working.sampling_rate_hz)
    pieces: list[tuple[int, int]] = []
    moved = movement(working, params.rest) if len(runs) and np.max(runs[:, 1] - runs[:, 0]) > longest else None
    for run_start, stop in runs.tolist():
        start = run_start
        while moved is not None and stop - start > longest:
            search = start + longest * 2 // 3
            cut = search + int(np.argmin(moved[search : start + longest]))
            pieces.append((start, cut))
            start = cut
        pieces.append((start, stop))
    return pieces
