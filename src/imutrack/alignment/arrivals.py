"""What is known before alignment: when packets came, what the device stamped on them, and what to expect of both."""

from dataclasses import dataclass
from typing import Literal, Protocol

from imutrack.clock import Ints
from imutrack.errors import SignalError

__all__ = ["AlignParams", "Arrivals", "Stamped", "TickClock"]

Stamped = Literal["each", "first", "last"]
"""Which samples of a packet carry a stamp."""


class TickClock(Protocol):
    """A device's time stamps; `imutrack.wearables.packet.DeviceClock` is one."""

    @property
    def tick_s(self) -> float:
        """One tick, s."""

    @property
    def bits(self) -> int | None:
        """The counter wraps at 2**bits; None where it never does."""

    @property
    def stamps(self) -> Stamped:
        """Which samples of a packet carry a stamp."""


@dataclass(frozen=True, slots=True)
class AlignParams:
    """What is expected of radio, host and crystals.

    Defaults marked "simulated" are the best of those tried on simulated links: connection intervals of 15-50 ms, 2-10 %
    retransmissions, stalls of 300 ms, drifts up to 130 ppm.
    """

    bin_s: float = 1.0  # holds some 30 connection events, of which one brings a packet at once
    bin_packets: int = (
        16  # simulated, 36 samples a packet: with fewer in a bin the least late is late, with more few bins
    )
    window_s: float = 120.0  # simulated: two beats of a 60 Hz sensor against 30 ms events; 30 ppm of wander stay < 1 ms
    knot_s: float = 10.0  # temperature changes a crystal over minutes
    follow_window_s: float = 60.0  # live only the past is known, and an old drift misleads
    slope_from_s: float = 15.0  # simulated: below, a fitted drift is worse than none (100 ppm are 1.5 ms in 15 s)
    max_drift: float = 6000e-6  # crystals hold 100 ppm, cheap oscillators 0.5 %; simulated: 0.05 % is no more exact
    settle_s: float = 5.0  # live: the first packets may be late ones; until then the time may leap forward
    slew: float = 500e-6  # live: a correction of 1 ms takes 2 s, which no movement shows
    gap_s: float = 5.0  # a device may have restarted within it
    late_s: float = 0.4  # hosts stall for 0.3 s; where a counter steps by more, it is asked whether it began anew
    fits_s: float = 0.1  # a sound fit leaves 1-5 ms, the level of a few packets is right to some 30
    holds: int = 3  # bins: a level that was held for less may be a stall
    at_once: float = 0.5  # of a level that moved: a clock moves it in one step, a queue in many
    late_share: float = 0.75  # of bins: with more late ones those in time may be late too; simulated: 0.5 doubts more
    level_packets: int = 4  # in a bin, of which one came at once
    level_bins: int = 4  # of a short piece, so that it shows whether it falls
    tells_packets: int = 8  # retransmitted one by one, or a beat of connection events: one of them came at once
    tells_few: int = 3  # slow devices: so many do, where they last `tells_s`, which no retransmission does
    tells_s: float = 1.0
    stall_s: float = 0.3  # hosts stall so long: a piece that lasts no longer may be late as a whole
    stalled_fits_s: float = 0.4  # and by so much: the stall, and what one level may differ from another
    measure_from_s: float = (
        2.0  # arrivals come in beats of up to 50 ms: a rate measured in less is off by more than 5 %
    )
    believe_from_s: float = 5.0  # without a clock: one that is measured in less may be that of a queue that empties
    believe_share: float = 0.5  # of the recording, likewise
    silence_s: float = 1.0  # a device without a clock that was silent so long has lost samples, nobody knows how many
    seldom_packets: float = 5.0  # devices that send seldom may be silent for so many packets, where it is longer

    def silent_within_s(self, packet_s: float) -> float:
        """How long a device may be silent without having lost samples, s."""
        return max(self.silence_s, self.seldom_packets * packet_s)

    def level_bin_s(self, packet_s: float) -> float:
        """Return how long a bin must be so that its least late packet tells a level, s."""
        return max(self.bin_s, self.level_packets * packet_s)


@dataclass(frozen=True, slots=True, eq=False)
class Arrivals:
    """The packets of one stream in the order they came.

    Attributes:
        host_ns: (m,) host time of each packet, never decreasing.
        counts: (m,) samples in each packet, at least one.
        ticks: the device's counter as sent: (m,) where the first or last sample of a packet is stamped, (sum of
            counts,) where each is; None where the device sends no time.
        breaks: index of the first packet of every connection but the first: the device may have restarted before it,
            and may have lost what it could not send.
    """

    host_ns: Ints
    counts: Ints
    ticks: Ints | None = None
    breaks: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        """Check what alignment relies on.

        Raises:
            SignalError: lengths do not match, a packet is empty, host time runs backwards, or a break lies outside.
        """
        if self.host_ns.shape != self.counts.shape or self.host_ns.ndim != 1:
            raise SignalError(f"{self.host_ns.shape} arrivals and {self.counts.shape} counts do not belong together")
        if len(self.counts) and int(self.counts.min()) < 1:
            raise SignalError("a packet without samples has no time: leave it out")
        if (self.host_ns[1:] < self.host_ns[:-1]).any():
            raise SignalError("host time runs backwards: give packets in the order they came")
        if self.ticks is not None and len(self.ticks) not in (len(self.counts), int(self.counts.sum())):
            raise SignalError(f"{len(self.ticks)} stamps for {len(self.counts)} packets: one each, or one per sample")
        if self.breaks and not 0 <= min(self.breaks) <= max(self.breaks) <= len(self.counts):
            raise SignalError(f"breaks at {self.breaks} do not lie within {len(self.counts)} packets")
