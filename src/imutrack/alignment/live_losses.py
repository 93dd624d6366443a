"""Losses of a live stream, packet by packet: received, lost, come again, come late; every packet once.

Approach: a packet beyond the newest stamp may leave samples out; they are lost until one comes late. The step of one
sample is a running mean over spans in which nothing was lost. Stamps of the last seconds are remembered, so that a late
packet and one that comes again are told apart.
"""

from typing import Final

__all__ = ["LiveLosses"]

_LEARNING: Final = 8  # spans until the fitted step is believed rather than the nominal one
_LIKELY: Final = (0.5, 1.5)  # of the expected span while the rate is learnt: nothing was lost in it


class LiveLosses:
    """Accounts for the samples of one stream; ticks are unwrapped."""

    __slots__ = (
        "_counts",
        "_first_stamped",
        "_fitted_samples",
        "_fitted_ticks",
        "_newest",
        "_oldest",
        "_seen",
        "_seen_before",
        "_spans",
        "duplicates",
        "lost",
        "received",
        "reordered",
        "step",
    )

    def __init__(self, nominal_step: float, *, first_stamped: bool) -> None:
        """Begin.

        Args:
            nominal_step: ticks from one sample to the next, as set on the device.
            first_stamped: stamps are of a packet's first sample, not its last.
        """
        self.step = nominal_step
        self.received = self.lost = self.duplicates = self.reordered = 0
        self._first_stamped = first_stamped
        self._spans = self._fitted_ticks = self._fitted_samples = 0
        self._seen: set[int] = set()
        self._seen_before: set[int] = set()
        self._newest = self._oldest = 0
        self._counts = (0, 0)  # samples of the newest and the oldest packet

    def begin(self, ticks: int, count: int) -> None:
        """Take the first packet of a clock."""
        self._seen, self._seen_before = {ticks}, set()
        self._newest = self._oldest = ticks
        self._counts = (count, count)
        self.received += count

    def restart(self, ticks: int, count: int, host_ticks: float) -> None:
        """Take the first packet after the clock began anew; what went by on the host's clock is lost."""
        self.lost += max(round(host_ticks / self.step) - count, 0)
        self.begin(ticks, count)

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
        expected = count * self.step
        excess = span - expected
        if self._spans < _LEARNING:
            if not _LIKELY[0] * expected < span < _LIKELY[1] * expected:
                self.lost += max(round(span / self.step) - count, 0)
                return
        elif excess > 0.5 * self.step:
            self.lost += round(span / self.step) - count
            return
        elif excess < -0.5 * self.step:
            return
        self._spans += 1
        self._fitted_ticks += span
        self._fitted_samples += count
        self.step = self._fitted_ticks / self._fitted_samples

    def _fill(self, ticks: int, count: int) -> None:
        """Take a late packet: it was counted as lost, unless it is older than the first."""
        behind = self._oldest - ticks
        if behind <= 0:
            self.lost -= min(count, self.lost)
            return
        in_span = count if self._first_stamped else self._counts[1]
        self.lost += max(round(behind / self.step) - in_span, 0)
        self._oldest = ticks
        self._counts = (self._counts[0], count)
