"""A strap's own clock: when, on the host's clock, it reads how much.

The host time of a device time is a closed form, so that a ledger can be exact; the reverse is found by iteration.
"""

import math
from typing import Final

import numpy as np

from imutrack.samples import Floats
from imutrack.simulation.plan import ClockPlan

__all__ = ["StrapClock"]

_PPM: Final = 1e-6
_ROUNDS: Final = 4  # each shrinks the error by the drift, 1e-4 at worst: after four nothing is left


class StrapClock:
    """The clock of one strap. It never stops: neither for a link that is lost nor for sending that is stopped.

    Args:
        plan: how it runs.
        origin_s: host time at which the device has counted zero seconds; it then says ``offset_s``.
    """

    def __init__(self, plan: ClockPlan, origin_s: float) -> None:
        self._plan, self._origin_s = plan, origin_s
        self._swing_s = plan.wander_ppm * _PPM * plan.wander_s / (2 * math.pi)

    def host_s(self, counted_s: Floats) -> Floats:
        """Return (n,) host times at which the device has counted (n,) seconds."""
        return np.asarray(self._origin_s + counted_s - self._ahead_s(counted_s))

    def counted_s(self, host_s: float) -> float:
        """Return the seconds that the device has counted at a host time."""
        counted = since = host_s - self._origin_s
        for _ in range(_ROUNDS):
            counted = since + float(self._ahead_s(np.array([counted]))[0])
        return counted

    def ticks(self, counted_s: Floats, tick_s: float, bits: int | None) -> list[int]:
        """Return what the device's counter says, wrapped.

        Args:
            counted_s: (n,) seconds counted since the start of the rig.
            tick_s: one tick.
            bits: it wraps at 2**bits; None where it never does.
        """
        base = round(self._plan.offset_s / tick_s)  # apart, so that an offset of years costs no precision
        ticks = [base + count for count in np.rint(counted_s / tick_s).astype(np.int64).tolist()]
        return ticks if bits is None else [tick & ((1 << bits) - 1) for tick in ticks]

    def _ahead_s(self, counted_s: Floats) -> Floats:
        """How far the device's clock has run ahead of the host's."""
        swing = self._swing_s * (1 - np.cos(2 * math.pi * counted_s / self._plan.wander_s))
        return np.asarray(self._plan.drift_ppm * _PPM * counted_s + swing)
