"""What one strap sent, decoded notification by notification and laid up by stream, as it comes or all at once.

A decoder lives as long as its connection. What a strap sends between two connections is decoded by the first of them;
what comes before any, by the one that follows. Where a connection begins, and where the device says that it lost
readings, alignment is told of a break.
"""

from array import array
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Final

import numpy as np

from imutrack.alignment import Aligned, Arrivals, align
from imutrack.capture.sets import Connection
from imutrack.clock import Ints
from imutrack.errors import DecodeError
from imutrack.samples import QUANTITIES, Floats, Quantity
from imutrack.wearables import WEARABLES, Decoder, Packet, Profile, Stream
from imutrack.wearables import Flag as Remark

__all__ = ["Gathered", "StrapReadings", "decoded"]


_MAX_UNSTAMPED: Final = 0.05  # of the packets: with more, it is the stamps that are left out


@dataclass(slots=True)
class Gathered:
    """The readings of one stream of one strap, packet by packet, with when each came.

    Attributes:
        stream: what was promised.
        host_ns: host time of each packet.
        counts: readings in each.
        ticks: the stamps of all that have as many as their clock promises.
        unstamped: index of each packet that has not.
        breaks: index of each packet before which readings may have been lost or the clock may have begun anew.
        remarks: what the device remarks on its readings -> of how many packets.
        clipped: index of each packet of which the device says that readings are at the end of its range.
        values: quantity -> readings one after the other; NaN where a packet lacks it.
    """

    stream: Stream
    host_ns: "array[int]" = field(default_factory=lambda: array("q"))
    counts: "array[int]" = field(default_factory=lambda: array("q"))
    ticks: "array[int]" = field(default_factory=lambda: array("q"))
    unstamped: list[int] = field(default_factory=list)
    breaks: list[int] = field(default_factory=list)
    remarks: Counter[Remark] = field(default_factory=Counter)
    clipped: list[int] = field(default_factory=list)
    values: dict[Quantity, "array[float]"] = field(default_factory=dict)

    def add(self, at_ns: int, packet: Packet, count: int) -> None:
        """Take a packet of ``count`` readings, at least one, that came at a host time."""
        clock = self.stream.clock
        if clock is not None:
            if len(packet.ticks) == (count if clock.stamps == "each" else 1):
                self.ticks.extend(packet.ticks)
            else:
                self.unstamped.append(len(self.counts))
        if packet.flags:
            self._note(packet.flags)
        self.host_ns.append(at_ns)
        self.counts.append(count)
        for quantity in self.stream.quantities:
            kept = self.values.get(quantity)
            if kept is None:
                kept = self.values[quantity] = array("d")
            rows = packet.values.get(quantity) or ((np.nan,) * QUANTITIES[quantity],) * count
            for row in rows:
                kept.extend(row)

    def interrupt(self) -> None:
        """Say that what comes from now on comes over another connection, or after a loss."""
        if self.counts and self.breaks[-1:] != [len(self.counts)]:
            self.breaks.append(len(self.counts))

    def aligned(self) -> Aligned:
        """Return the host time of every reading; packets without a stamp are left out where they are few.

        `Aligned.order` is of the readings in `rows`.
        """
        clock = self.stream.clock
        host_ns, counts = np.array(self.host_ns, np.int64), np.array(self.counts, np.int64)
        if clock is None or len(self.unstamped) > _MAX_UNSTAMPED * len(counts):
            return align(Arrivals(host_ns, counts, None, tuple(self.breaks)), None, self.stream.rate_hz)
        ticks = np.array(self.ticks, np.int64)
        if not self.unstamped:
            return align(Arrivals(host_ns, counts, ticks, tuple(self.breaks)), clock, self.stream.rate_hz)
        kept = np.ones(len(counts), np.bool_)
        kept[self.unstamped] = False
        breaks = tuple(int(np.count_nonzero(kept[:at])) for at in self.breaks)
        found = align(Arrivals(host_ns[kept], counts[kept], ticks, breaks), clock, self.stream.rate_hz)
        return replace(found, order=np.flatnonzero(np.repeat(kept, counts))[found.order])

    @property
    def left_out(self) -> int:
        """Readings that are left out because their packet has no stamp."""
        if self.stream.clock is None or len(self.unstamped) > _MAX_UNSTAMPED * len(self.counts):
            return 0
        return sum(self.counts[at] for at in self.unstamped)

    def clipped_readings(self) -> Ints:
        """Return the index, in `rows`, of each reading of the packets that the device says are clipped."""
        if not self.clipped:
            return np.zeros(0, np.int64)
        stops = np.cumsum(np.array(self.counts, np.int64))
        return np.concatenate([np.arange(stops[at] - self.counts[at], stops[at]) for at in self.clipped])

    def rows(self, quantity: Quantity) -> Floats:
        """Return (n, k) readings of one quantity, in the order they came."""
        return np.array(self.values[quantity], np.float64).reshape(-1, QUANTITIES[quantity])

    def _note(self, remarks: frozenset[Remark]) -> None:
        self.remarks.update(remarks)
        if Remark.CLIPPED in remarks:
            self.clipped.append(len(self.counts))
        if Remark.TIME_GAP in remarks:
            self.interrupt()

    @property
    def packet_s(self) -> float:
        """The time that the longest packet covers, s."""
        return max(self.counts, default=0) / self.stream.rate_hz


class StrapReadings:
    """The streams of one strap.

    Attributes:
        streams: by name.
        refused: how many notifications could not be decoded.
        came: how many came.
        unknown: wearables of connections that this version does not know.
    """

    def __init__(self) -> None:
        self.streams: dict[str, Gathered] = {}
        self.refused = 0
        self.came = 0
        self.unknown: list[str] = []
        self._decoder: Decoder | None = None
        self._connection: Connection | None = None

    def connect(self, connection: Connection) -> None:
        """Decode what comes from now on by another connection; one that is told once more is no other.

        Raises:
            SettingsError, WearableError: the device cannot be set up as the connection says.
        """
        if connection == self._connection:
            return
        self._connection = connection
        for gathered in self.streams.values():
            gathered.interrupt()
        profile = _profile(connection)
        if profile is None:
            self.unknown.append(connection.wearable)
            self._decoder = None
            return
        for stream in profile.streams:
            self.streams.setdefault(stream.name, Gathered(stream))
        self._decoder = profile.decoder()

    def feed(self, at_ns: int, characteristic: str, payload: bytes) -> None:
        """Decode a notification; what cannot be is counted, and what came over no known connection left out."""
        self.came += 1
        if self._decoder is None:
            return
        try:
            packets = self._decoder.feed(characteristic, payload)
        except DecodeError:
            self.refused += 1
            return
        for packet in packets:
            count = len(packet)
            if count and packet.stream in self.streams:
                self.streams[packet.stream].add(at_ns, packet, count)


def decoded(connections: Sequence[Connection], came: Sequence[tuple[int, str, bytes]]) -> StrapReadings:
    """Decode all that a strap sent.

    Args:
        connections: in the order they were made.
        came: host ns, characteristic and payload, in the order of time.
    """
    readings, left = StrapReadings(), list(connections)
    if left:
        readings.connect(left.pop(0))
    for at_ns, characteristic, payload in came:
        while left and at_ns >= left[0].since_ns:
            readings.connect(left.pop(0))
        readings.feed(at_ns, characteristic, payload)
    for connection in left:
        readings.connect(connection)
    return readings


def _profile(connection: Connection) -> Profile | None:
    wearable = WEARABLES.get(connection.wearable)
    if wearable is None:
        return None
    return wearable.profile(wearable.set_up(connection.settings), connection.facts)
