"""What one strap sent, decoded notification by notification and laid up by stream, as it comes or all at once.

A decoder lives as long as its connection. What a strap sends between two connections is decoded by the first of them;
what comes before any, by the one that follows.
"""

from array import array
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from imutrack.alignment import Aligned, Arrivals, align
from imutrack.capture.sets import Connection
from imutrack.errors import DecodeError
from imutrack.samples import QUANTITIES, Floats, Quantity
from imutrack.wearables import WEARABLES, Decoder, Packet, Profile, Stream

__all__ = ["Gathered", "StrapReadings", "decoded"]


@dataclass(slots=True)
class Gathered:
    """The readings of one stream of one strap, packet by packet, with when each came.

    Attributes:
        stream: what was promised.
        host_ns: host time of each packet.
        counts: readings in each.
        ticks: the stamps of all.
        stamped: every packet had as many as its clock promises.
        values: quantity -> readings one after the other; NaN where a packet lacks it.
    """

    stream: Stream
    host_ns: list[int] = field(default_factory=list)
    counts: list[int] = field(default_factory=list)
    ticks: list[int] = field(default_factory=list)
    stamped: bool = True
    values: dict[Quantity, "array[float]"] = field(default_factory=dict)

    def add(self, at_ns: int, packet: Packet, count: int) -> None:
        """Take a packet of ``count`` readings, at least one, that came at a host time."""
        self.host_ns.append(at_ns)
        self.counts.append(count)
        clock = self.stream.clock
        if clock is not None:
            self.ticks.extend(packet.ticks)
            self.stamped &= len(packet.ticks) == (count if clock.stamps == "each" else 1)
        for quantity in self.stream.quantities:
            kept = self.values.get(quantity)
            if kept is None:
                kept = self.values[quantity] = array("d")
            rows = packet.values.get(quantity) or ((np.nan,) * QUANTITIES[quantity],) * count
            for row in rows:
                kept.extend(row)

    def aligned(self) -> Aligned:
        """Return the host time of every reading."""
        clock = self.stream.clock
        ticks = None if clock is None or not self.stamped else np.array(self.ticks, np.int64)
        arrivals = Arrivals(np.array(self.host_ns, np.int64), np.array(self.counts, np.int64), ticks)
        return align(arrivals, clock, self.stream.rate_hz)

    def rows(self, quantity: Quantity) -> Floats:
        """Return (n, k) readings of one quantity, in the order they came."""
        return np.array(self.values[quantity], np.float64).reshape(-1, QUANTITIES[quantity])

    @property
    def packet_s(self) -> float:
        """The time that the longest packet covers, s."""
        return max(self.counts, default=0) / self.stream.rate_hz


class StrapReadings:
    """The streams of one strap.

    Attributes:
        streams: by name.
        refused: how many notifications could not be decoded.
        unknown: wearables of connections that this version does not know.
    """

    def __init__(self) -> None:
        self.streams: dict[str, Gathered] = {}
        self.refused = 0
        self.unknown: list[str] = []
        self._decoder: Decoder | None = None

    def connect(self, connection: Connection) -> None:
        """Decode what comes from now on by another connection.

        Raises:
            SettingsError, WearableError: the device cannot be set up as the connection says.
        """
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
