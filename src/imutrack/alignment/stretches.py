"""Packets in the order of device time, by stretches of an unbroken clock; stamps spread over a packet's samples."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from imutrack.alignment.arrivals import Arrivals, Stamped
from imutrack.clock import Ints
from imutrack.errors import SignalError
from imutrack.samples import Floats

__all__ = ["Stretch", "Units", "sample_ticks", "stretches_of"]


@dataclass(frozen=True, slots=True, eq=False)
class Units:
    """What carries one stamp, a packet or a sample, in the order they came.

    Attributes:
        host_s: (m,) arrivals, s from the first.
        ticks: (m,) counter as sent.
        counts: (m,) samples in each.
        breaks: index of the first unit of each connection but the first.
        first_stamped: the stamp is of a unit's first sample, not its last.
    """

    host_s: Floats
    ticks: Ints
    counts: Ints
    breaks: Ints
    first_stamped: bool

    @classmethod
    def stamped(cls, arrivals: Arrivals, stamps: Stamped) -> "Units":
        """Take a device's stamps: a packet is a unit where it has one stamp, a sample where each has its own.

        Raises:
            SignalError: the number of stamps does not fit.
        """
        if arrivals.ticks is None:
            raise SignalError("a device's clock without any stamps: give them, or no clock")
        host_s = _seconds(arrivals.host_ns)
        due = int(arrivals.counts.sum()) if stamps == "each" else len(arrivals.counts)
        if len(arrivals.ticks) != due:
            raise SignalError(f"{len(arrivals.ticks)} stamps where the device stamps {stamps}: {due} were to come")
        if stamps == "each":
            ones, starts = np.ones(due, np.int64), np.cumsum(arrivals.counts) - arrivals.counts
            breaks = starts[_breaks(arrivals)]
            return cls(np.repeat(host_s, arrivals.counts), arrivals.ticks, ones, breaks, first_stamped=False)
        return cls(host_s, arrivals.ticks, arrivals.counts, _breaks(arrivals), first_stamped=stamps == "first")

    @classmethod
    def counted(cls, arrivals: Arrivals) -> "Units":
        """Take the index of each packet's last sample for its stamp."""
        ticks = np.cumsum(arrivals.counts) - 1
        return cls(_seconds(arrivals.host_ns), ticks, arrivals.counts, _breaks(arrivals), first_stamped=False)

    @property
    def span_counts(self) -> Ints:
        """(m - 1,) samples of the units between neighbouring stamps, in the order they came."""
        return self.counts[:-1] if self.first_stamped else self.counts[1:]


@dataclass(frozen=True, slots=True, eq=False)
class Stretch:
    """Units under one unbroken clock, in the order of device time, each once.

    Attributes:
        origin: unwrapped ticks of its first stamp, from the stream's first.
        ticks: (k,) stamps from `origin`.
        host_s: (k,) arrivals.
        counts: (k,) samples in each unit.
        order: index of each sample among all samples in the order they came.
        duplicates, reordered: samples that came again; that came after later ones.
        first_stamped: the stamp is of a unit's first sample, not its last.
    """

    origin: int
    ticks: Ints
    host_s: Floats
    counts: Ints
    order: Ints
    duplicates: int
    reordered: int
    first_stamped: bool

    @property
    def ends(self) -> Ints:
        """(k,) where each unit ends among the samples."""
        return np.cumsum(self.counts)

    @property
    def span_counts(self) -> Ints:
        """(k - 1,) samples that came in the span between neighbouring stamps."""
        return self.counts[:-1] if self.first_stamped else self.counts[1:]


def stretches_of(units: Units, steps: Ints, cuts: Ints) -> list[Stretch]:
    """Cut units into stretches.

    Args:
        units: m of them.
        steps: (m - 1,) true ticks from one arrival to the next.
        cuts: index of the first unit of every stretch but the first.
    """
    ticks = np.concatenate(([0], np.cumsum(steps)))
    starts = np.concatenate(([0], np.cumsum(units.counts)[:-1]))
    bounds = [0, *cuts.tolist(), len(ticks)]
    return [_stretch(units, ticks, starts, slice(begin, stop)) for begin, stop in pairwise(bounds)]


def _stretch(units: Units, ticks: Ints, starts: Ints, part: slice) -> Stretch:
    own, first_came = np.unique(ticks[part], return_index=True)  # of the same stamp, the first that came
    counts = units.counts[part]
    once = np.zeros(len(counts), np.bool_)
    once[first_came] = True
    late = once & (ticks[part] < np.maximum.accumulate(ticks[part]))
    kept = counts[first_came]
    return Stretch(
        origin=int(own[0]),
        ticks=own - own[0],
        host_s=units.host_s[part][first_came],
        counts=kept,
        order=np.repeat(starts[part][first_came], kept) + _within(kept),
        duplicates=int(counts[~once].sum()),
        reordered=int(counts[late].sum()),
        first_stamped=units.first_stamped,
    )


def sample_ticks(stretch: Stretch, step: float, lost: Ints) -> Floats:
    """Give each sample its ticks, from the stretch's origin.

    A packet's samples share the span to the stamp next to it evenly. Where that holds a gap, or there is none as for
    the first packet stamped at its last sample, they are a fitted step apart.

    Args:
        stretch: k units.
        step: ticks from one sample to the next.
        lost: (k - 1,) samples lost in each span.
    """
    steps = np.full(len(stretch.counts), step)
    whole = lost == 0
    spanned = slice(None, -1) if stretch.first_stamped else slice(1, None)
    steps[spanned] = np.where(whole, np.diff(stretch.ticks) / stretch.span_counts, step)
    after = _within(stretch.counts) - (0 if stretch.first_stamped else np.repeat(stretch.counts - 1, stretch.counts))
    return np.asarray(np.repeat(stretch.ticks, stretch.counts) + after * np.repeat(steps, stretch.counts), np.float64)


def _within(counts: Ints) -> Ints:
    """0, 1, ... within each unit."""
    return np.arange(int(counts.sum())) - np.repeat(np.cumsum(counts) - counts, counts)


def _seconds(host_ns: Ints) -> Floats:
    return np.asarray((host_ns - host_ns[0]) / 1e9, np.float64)


def _breaks(arrivals: Arrivals) -> Ints:
    return np.array(sorted({at for at in arrivals.breaks if 0 < at < len(arrivals.counts)}), np.int64)
