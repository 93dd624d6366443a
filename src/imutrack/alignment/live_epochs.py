"""Where the clock of a live stream began anew, judged as `epochs` does, by what can be known at once.

Approach: a counter that leaps far tells by itself, and so does a packet that comes before it can have been sent. A late
packet and one that comes again are followed by newer ones soon; a clock that went back stays behind, and runs on at the
speed of the host's, where what is sent once more comes faster (`Behind`). A clock that stood still is one by which
seconds are all late by the same (`rise_of`); what a queue holds is ever less late.
"""

from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np

from imutrack.alignment.arrivals import AlignParams
from imutrack.alignment.envelope import lowest_at

__all__ = ["Behind", "Late", "Step", "began_anew", "rise_of"]

_ENOUGH: Final = 8  # packets that stay behind; none comes so late


class Step(NamedTuple):
    """From one packet to the next, s: by the host's clock, by the device's, and by its samples if none is lost.

    `excess_s`: how much later the second came than the offset says that was learnt of those before it.
    """

    host_s: float
    device_s: float
    own_s: float
    excess_s: float


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


def began_anew(step: Step, params: AlignParams, *, told: bool, settled: bool) -> bool:
    """Judge whether a packet's clock is another than that of the packet before it.

    Args:
        step: from the one to the other.
        params: what is expected of radio and host.
        told: it is the first of a new connection.
        settled: the offset is known.
    """
    ahead_s = step.device_s - step.host_s
    if abs(ahead_s) > params.gap_s and (ahead_s > 0 or step.device_s < 0):
        return True
    leapt = settled and step.device_s - step.own_s > params.fits_s
    if not (told or leapt):
        return False
    went_back = told and step.device_s < -params.late_s  # radio sends nothing from before over a new connection
    return went_back or step.excess_s < -params.fits_s


def rise_of(bins: Sequence[tuple[float, float]], max_drift: float, params: AlignParams) -> float | None:
    """Return by how much the last bins are all late, s: the clock stood still, or samples were lost; None if not.

    Args:
        bins: device time and lateness of the least late packet of each, s, in the order of time.
        max_drift: more than this a level never drifts.
        params: what is expected of radio and host.
    """
    if len(bins) <= params.holds:
        return None
    recent = bins[-params.holds :]
    least_s = [late_s for _, late_s in recent]
    points = np.array(bins[: -params.holds])
    surely_s = min(least_s) - lowest_at(recent[0][0], points[:, 0], points[:, 1], max_drift)
    before_s = bins[-params.holds - 1][1]
    at_once = least_s[0] - before_s > params.at_once * surely_s
    if surely_s <= params.fits_s or max(least_s) - min(least_s) > params.fits_s or not at_once:
        return None
    return min(least_s) - before_s
