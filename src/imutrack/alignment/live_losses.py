"""Losses of a live stream, packet by packet: received, lost, come again, come late; every packet once.

Approach: a packet beyond the newest stamp may leave samples out; they are lost until one comes late. The step of one
sample is fitted to the first spans as `align` does it for all; from then on it is a running mean over spans in which
nothing was lost. Stamps of the last seconds are remembered, so that a late packet and one that comes again are told
apart.
"""

from typing import Final

import numpy as np

from imutrack.alignment.losses import COARSE, fit_step, missing

__all__ = ["LiveLosses"]

_LEARNING: Final = 32  # spans that are kept until the step is believed: what was lost in them is counted anew by each


class LiveLosses:
    """Accounts for the samples of one stream; ticks are unwrapped."""

    __slots__ = (
        "_before",
        "_counts",
        "_first_stamped",
        "_fitted_samples",
        "_fitted_ticks",
        "_learning",
        "_marked",
        "_newest",
        "_of_learning",
        "_oldest",
        "_seen",
        "_seen_before",
        "duplicates",
        "received",
        "reordered",
        "step",
    )

    def __init__(self, nominal_step: float, *, first_stamped: bool) -> None:
        """Begin.

        Args:
            nominal_step: ticks from one sample to the next, as set on the device; a first guess.
            first_stamped: stamps are of a packet's first sample, not its last.
        """
        self.step = nominal_step
        self.received = self.duplicates = self.reordered = 0
        self._before = self._of_learning = 0  # lost; less what came late
        self._first_stamped = first_stamped
        self._learning: list[tuple[int, int]] | None = []
        self._fitted_ticks = self._fitted_samples = 0
        self._seen: set[int] = set()
        self._seen_before: set[int] = set()
        self._newest = self._oldest = 0
        self._counts = (0, 0)  # samples of the newest and the oldest packet
        self._marked = (0, 0, 0, 0)

    @property
    def lost(self) -> int:
        """Samples that have not come."""
        return max(self._before + self._of_learning, 0)

    @property
    def coarse(self) -> bool:
        """Whether a tick is too long to tell a loss from rounding."""
        return self.step < COARSE

    @property
    def newest(self) -> int:
        """The newest stamp."""
        return self._newest

    def begin(self, ticks: int, count: int) -> None:
        """Take the first packet of a clock."""
        self._seen, self._seen_before = {ticks}, set()
        self._newest = self._oldest = ticks
        self._counts = (count, count)
        self.received += count

    def restart(self, ticks: int, count: int, host_ticks: float) -> None:
        """Take the first packet after the clock began anew; what went by on the host's clock is lost."""
        self.miss(host_ticks, count)
        self.begin(ticks, count)

    def miss(self, host_ticks: float, came: int = 0) -> None:
        """Count as lost what went by on the host's clock, less what came."""
        self._before += max(round(host_ticks / self.step) - came, 0)

    def learn_anew(self) -> None:
        """Doubt the step: the device may have been set up in another way."""
        self._before, self._of_learning = self.lost, 0
        self._learning = []

    def mark(self) -> None:
        """Remember what was counted so far."""
        self._marked = (self.received, self._before, self.duplicates, self.reordered)

    def go_back(self) -> None:
        """Count as if nothing had come since `mark`."""
        self.received, self._before, self.duplicates, self.reordered = self._marked

    def forget(self) -> None:
        """Forget the stamps before the last call; call it each second or so."""
        self._seen, self._seen_before = set(), self._seen

    def take(self, ticks: int, count: int) -> bool:
        """Take a packet; False where it came before."""
        ahead = ticks - self._newest
        if ahead > 0:
            in_span = self._counts[0] if self._first_stamped else count
            self._count_span(ahead, in_span)
            self._newest = ticks
            self._counts = (count, self._counts[1])
        elif ticks in self._seen or ticks in self._seen_before:
            self.duplicates += count
            return False
        else:
            self.reordered += count
            self._fill(ticks, count)
        self._seen.add(ticks)
        self.received += count
        return True

    def _count_span(self, span: int, count: int) -> None:
        if self._learning is not None:
            self._learning.append((span, count))
            self._learn(self._learning)
            return
        excess = span - count * self.step
        usual = max(0.5 * self.step, 1.0) if self.coarse else 0.5 * self.step
        if excess > usual:
            self._before += round(span / self.step) - count
        elif excess >= -usual:
            self._fitted_ticks += span
            self._fitted_samples += count
            self.step = self._fitted_ticks / self._fitted_samples

    def _learn(self, learning: list[tuple[int, int]]) -> None:
        """Fit the step to the spans so far, and count what was lost in them by it."""
        spans, counts = np.array(learning, np.int64).T
        self.step = fit_step(spans, counts, self.step)
        self._of_learning = int(missing(spans, counts, self.step).sum())
        if len(learning) < _LEARNING:
            return
        clean = np.abs(spans / self.step - counts) < 0.5
        self._fitted_ticks, self._fitted_samples = int(spans[clean].sum()), int(counts[clean].sum())
        self._before, self._of_learning, self._learning = self._before + self._of_learning, 0, None

    def _fill(self, ticks: int, count: int) -> None:
        """Take a late packet: it was counted as lost, unless it is older than the first."""
        behind = self._oldest - ticks
        if behind <= 0:
            self._before -= min(count, self.lost)
            return
        in_span = count if self._first_stamped else self._counts[1]
        self._before += max(round(behind / self.step) - in_span, 0)
        self._oldest = ticks
        self._counts = (self._counts[0], count)
