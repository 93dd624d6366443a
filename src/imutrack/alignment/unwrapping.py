"""Device counters that wrap, and where they start anew.

Approach: between two arrivals the counter moves about as far as host time does. Of all steps that agree with a counter
of so many bits the one nearest to the host's is taken, so that wraps are counted through gaps of any length, and a late
packet steps back instead of wrapping. Only host and device of *neighbouring* packets are compared: drift cannot add up.
It holds while a packet's lateness changes by less than half a wrap.
"""

from typing import Final

import numpy as np
import numpy.typing as npt

from imutrack.alignment.arrivals import AlignParams
from imutrack.clock import Ints
from imutrack.samples import Floats

__all__ = ["breaks_of_counter", "breaks_of_silence", "modulus_of", "nearest_step", "steps_by_host"]

Bools = npt.NDArray[np.bool_]


_ENDLESS_BITS: Final = 63  # such counters fill int64 and outlive their device


def modulus_of(bits: int | None) -> int | None:
    """Ticks after which a counter of so many bits wraps; None where it never does.

    >>> modulus_of(16)
    65536
    """
    return None if bits is None or bits >= _ENDLESS_BITS else 1 << bits


def nearest_step(step: int, expected: float, modulus: int) -> int:
    """Return what ``step`` is modulo ``modulus`` so that it lies nearest to ``expected``, all in ticks.

    >>> nearest_step(1 - 65535, expected=2.2, modulus=1 << 16)
    2
    >>> nearest_step(5, expected=131_000.0, modulus=1 << 16)  # two wraps went by in a gap
    131077
    """
    return step + modulus * round((expected - step) / modulus)


def steps_by_host(ticks: Ints, host_s: Floats, tick_s: float, bits: int | None) -> Ints:
    """Return the (m - 1,) true steps, ticks, between (m,) counter readings that came at ``host_s``, s."""
    steps: Ints = ticks[1:] - ticks[:-1]
    modulus = modulus_of(bits)
    if modulus is None:
        return steps
    expected = np.diff(host_s) / tick_s
    wraps = np.rint((expected - steps) / modulus).astype(np.int64)
    unwrapped: Ints = steps + modulus * wraps
    return unwrapped


def breaks_of_counter(device_s: Floats, host_s: Floats, own_s: Floats, params: AlignParams) -> Bools:
    """Say where the counter may have begun anew: it stepped oddly, and arrivals did not; or it had the time to.

    Args:
        device_s, host_s: (m - 1,) steps from one arrival to the next, s.
        own_s: (m - 1,) steps of a counter that goes on and loses nothing, s.
        params: what is expected of radio and host.
    """
    moved = (np.abs(device_s - host_s) > params.late_s) & (np.abs(device_s - own_s) > params.late_s)
    return moved | (np.maximum(device_s, host_s) > params.gap_s)


def breaks_of_silence(host_s: Floats, packet_s: float, params: AlignParams) -> Bools:
    """Say where a device without a clock was silent for so long that its samples cannot be counted through.

    Args:
        host_s: (m - 1,) steps from one arrival to the next, s.
        packet_s: time between two packets as a rule, s.
        params: what is expected of radio and host.
    """
    silent: Bools = host_s > params.silent_within_s(packet_s)
    return silent
