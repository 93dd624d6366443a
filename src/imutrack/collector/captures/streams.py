"""What a strap sends, decoded as it comes: for health, for movement and for the button; results never come from here.

One decoder for each connection, one follower for each stream for as long as the collector runs, so that what was lost
over a broken link is counted too. A notification that cannot be decoded is counted and forgotten: the capture has it.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np

from imutrack.alignment import Follower, Following
from imutrack.errors import DecodeError, SignalError
from imutrack.samples import Floats, Quantity
from imutrack.wearables import WEARABLES, Decoder, Facts, Packet, Stream

__all__ = ["Heard", "StrapStreams"]

_NO_READINGS: Final = np.zeros((0, 3))


@dataclass(slots=True)
class Heard:
    """What the notifications of one strap said since the last time.

    Attributes:
        begin_ns, end_ns: host time of the first reading of acceleration, and one step after the last.
        acc: (n, 3) m/s2; empty where there is none.
        gyr: (m, 3) rad/s.
        buttons: what was pressed.
    """

    begin_ns: int = 0
    end_ns: int = 0
    acc: Floats = field(default_factory=lambda: _NO_READINGS)
    gyr: Floats = field(default_factory=lambda: _NO_READINGS)
    buttons: list[str] = field(default_factory=list)


class StrapStreams:
    """Everything one strap sends.

    Attributes:
        notifications, refused: how many came, and could not be decoded.
        said: the last of what is no reading, such as ``battery_pct`` and ``charging``.
    """

    def __init__(self) -> None:
        self.notifications = 0
        self.refused = 0
        self.said: dict[str, object] = {}
        self._decoder: Decoder | None = None
        self._streams: dict[str, Stream] = {}
        self._followers: dict[str, Follower] = {}
        self._unstamped = Counter[str]()

    def connected(self, wearable: str, settings: Mapping[str, Any], facts: Facts) -> None:
        """Decode what comes from now on by this."""
        kind = WEARABLES[wearable]
        profile = kind.profile(kind.set_up(settings), facts)
        self._decoder = profile.decoder()
        self._streams = {stream.name: stream for stream in profile.streams}
        self.said = {}
        for follower in self._followers.values():
            follower.reconnected()
        for name, stream in self._streams.items():
            if stream.quantities and name not in self._followers:
                self._followers[name] = Follower(stream.clock, stream.rate_hz)

    def hear(self, notifications: Iterable[tuple[str, int, bytes]]) -> Heard:
        """Decode notifications: characteristic, host time in ns, payload."""
        heard, acc, gyr = Heard(), list[tuple[float, ...]](), list[tuple[float, ...]]()
        for characteristic, at_ns, payload in notifications:
            self.notifications += 1
            if self._decoder is None:
                continue
            try:
                packets = self._decoder.feed(characteristic, payload)
            except DecodeError:
                self.refused += 1
                continue
            for packet in packets:
                if packet.values and packet.stream not in self._streams:
                    self.refused += 1
                    continue
                last_ns = self._follow(packet, at_ns)
                rows = packet.values.get(Quantity.ACC, ())
                if rows:
                    step_ns = round(1e9 / self._streams[packet.stream].rate_hz)
                    heard.begin_ns = heard.begin_ns or last_ns - (len(rows) - 1) * step_ns
                    heard.end_ns = last_ns + step_ns
                    acc += rows
                gyr += packet.values.get(Quantity.GYR, ())
                if packet.said:
                    self._note(packet.said, heard)
        if acc:
            heard.acc = np.array(acc)
        if gyr:
            heard.gyr = np.array(gyr)
        return heard

    @property
    def following(self) -> dict[str, Following]:
        """How each stream of readings goes, by name."""
        return {name: follower.state for name, follower in self._followers.items()}

    @property
    def received(self) -> int:
        """Readings of all streams."""
        return sum(state.received for state in self.following.values())

    @property
    def lost(self) -> int | None:
        """Readings that never came; None where a stream without a clock cannot say."""
        counts = [state.lost for state in self.following.values()]
        known = [count for count in counts if count is not None]
        return sum(known) if known and len(known) == len(counts) else None

    @property
    def drift_ppm(self) -> float | None:
        """How much faster the device's clock runs than this machine's; None as long as too little was seen."""
        return next((state.drift_ppm for state in self.following.values() if state.drift_ppm is not None), None)

    def _follow(self, packet: Packet, at_ns: int) -> int:
        """Return the host time of a packet's last reading."""
        follower = self._followers.get(packet.stream)
        if follower is None or not len(packet):
            return at_ns
        clock = self._streams[packet.stream].clock
        first = clock is not None and clock.stamps == "first"
        try:
            return follower.feed(at_ns, packet.ticks[0 if first else -1] if packet.ticks else None, len(packet))
        except SignalError:
            self._unstamped[packet.stream] += 1
            return at_ns

    def _note(self, said: Mapping[str, object], heard: Heard) -> None:
        button = said.get("button")
        if button is not None:
            heard.buttons.append(str(button))
        self.said.update(said)
