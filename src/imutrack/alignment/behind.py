"""Packets of a live stream that stay behind the newest: late ones, ones that come again, or a counter that went back.

Approach: a late packet and one that comes again are followed by newer ones soon. A clock that went back stays behind,
and runs on at the speed of the host's; what is sent once more comes faster.
"""

from typing import Final, NamedTuple

from imutrack.alignment.arrivals import AlignParams

__all__ = ["Behind", "Late"]

_ENOUGH: Final = 8  # packets that stay behind; none comes so late


class Late(NamedTuple):
    """A packet: when it came, its stamp, unwrapped, and its samples."""

    host_ns: int
    ticks: int
    samples: int


class Behind:
    """Watches one stream.

    Args:
        tick_s: one tick, s.
        params: what is expected of radio and host.

    Attributes:
        since: packets that are behind, in the order they came.
    """

    def __init__(self, tick_s: float, params: AlignParams) -> None:
        self._tick_s = tick_s
        self._fits_s = params.fits_s
        self.since: list[Late] = []

    def take(self, packet: Late, newest: int) -> bool:
        """Take a packet, with the newest stamp before it; say whether the clock went back with the first `since`."""
        since = self.since
        if packet.ticks > newest:
            since.clear()
            return False
        if since and packet.ticks <= since[-1].ticks:
            since.clear()
        since.append(packet)
        first = since[0]
        came_s = (packet.host_ns - first.host_ns) * 1e-9
        back_s, went_s = (newest - first.ticks) * self._tick_s, (packet.ticks - first.ticks) * self._tick_s
        return len(since) >= _ENOUGH and min(back_s, came_s) >= self._fits_s and went_s <= came_s + self._fits_s
