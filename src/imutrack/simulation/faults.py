"""Faults of straps, radio, service and bus: which there are, and scripts of them; `imutrack.simulation.rig` does them.

A fault begins at its time and lasts for its time; what is instantaneous (a link that drops, a service that crashes)
lasts until the strap or the service may come back.
"""

import math
import random
from collections.abc import Sequence
from enum import StrEnum
from typing import Final

from msgspec import Struct

__all__ = ["OF_ALL", "Fault", "Incident", "Kind", "random_faults"]


class Kind(StrEnum):
    """What goes wrong."""

    DROP = "drop"  # the link ends as by supervision timeout; the strap cannot be reached until the fault ends
    STALL = "stall"  # connected, reads are answered, nothing is notified, or nothing of one `stream`
    ZOMBIE = "zombie"  # connected, but nothing is answered either
    VANISH = "vanish"  # link and advertisements end, and BlueZ forgets the device
    IN_PROGRESS = "in-progress"  # Connect answers org.bluez.Error.InProgress
    ABORT = "abort"  # Connect answers le-connection-abort-by-local, after a link of a moment
    SLOW_CONNECT = "slow-connect"  # Connect takes `amount` seconds longer
    REFUSE_NOTIFY = "refuse-notify"  # StartNotify and AcquireNotify fail with an ATT error
    UNPAIRED = "unpaired"  # reads, writes and subscriptions are refused: the strap wants to be paired
    NO_SLOTS = "no-slots"  # the adapter takes no further link
    SCAN_BUSY = "scan-busy"  # StartDiscovery answers org.bluez.Error.InProgress
    SCAN_LATE = "scan-late"  # StartDiscovery begins at once and is answered `amount` seconds late
    DEAF = "deaf"  # no advertisement is heard until the adapter is switched off and on, or the fault ends
    POWER_OFF = "power-off"  # the adapter is switched off
    UNPLUGGED = "unplugged"  # the adapter is pulled out, and returns as hci`amount` when the fault ends
    HOST_STALL = "host-stall"  # the host delivers nothing, then everything at once
    DUPLICATE = "duplicate"  # a share `amount` of packets comes twice
    REORDER = "reorder"  # a share `amount` of packets comes after the one that follows it
    LOSS = "loss"  # a share `amount` of packets is lost on air
    RSSI = "rssi"  # advertisements say `amount` dBm whatever the distance
    SERVICE_CRASH = "service-crash"  # org.bluez leaves the bus, and returns when the fault ends
    BUS_DEATH = "bus-death"  # the bus itself dies, and returns when the fault ends


OF_ALL: Final = frozenset(
    {
        Kind.NO_SLOTS,
        Kind.SCAN_BUSY,
        Kind.SCAN_LATE,
        Kind.DEAF,
        Kind.POWER_OFF,
        Kind.UNPLUGGED,
        Kind.SERVICE_CRASH,
        Kind.BUS_DEATH,
    }
)
"""Faults of the adapter or the bus: they concern every strap."""

_AMOUNTS: Final = {
    Kind.SLOW_CONNECT: 5.0,
    Kind.SCAN_LATE: 4.0,  # longer than who starts a scan likes to wait
    Kind.UNPLUGGED: 1.0,
    Kind.DUPLICATE: 0.1,
    Kind.REORDER: 0.1,
    Kind.LOSS: 0.1,
    Kind.RSSI: 20.0,
}


class Fault(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One fault.

    Attributes:
        kind: what goes wrong.
        strap: label of the strap; "" means every strap, or what belongs to none.
        at_s: seconds after the start of the rig; those done by hand are done at once.
        for_s: how long it lasts; None for good.
        amount: share, seconds, dBm or number, as the kind says; None takes a usual one.
        stream: name of the stream that a stall concerns; "" means all.
    """

    kind: Kind
    strap: str = ""
    at_s: float = 0.0
    for_s: float | None = 0.0
    amount: float | None = None
    stream: str = ""

    @property
    def size(self) -> float:
        """The amount, or the usual one."""
        return _AMOUNTS.get(self.kind, 0.0) if self.amount is None else self.amount


class Incident(Struct, frozen=True, kw_only=True):
    """One line of the log of what was done when.

    Attributes:
        at_ns: on the machine's monotonic clock, which all processes share.
        fault: which.
        ends: False where it begins.
    """

    at_ns: int
    fault: Fault
    ends: bool = False


def random_faults(
    straps: Sequence[str],
    kinds: Sequence[Kind],
    *,
    every_s: float,
    duration_s: float,
    seed: int,
    lasting_s: tuple[float, float] = (0.0, 5.0),
) -> tuple[Fault, ...]:
    """Draw faults that come at random, in order of time.

    Args:
        straps: labels of those that may be hit.
        kinds: each as likely as the other.
        every_s: mean time between two faults, which come independently.
        duration_s: of the whole script.
        seed: the same seed gives the same script.
        lasting_s: how long one lasts at least and at most.

    >>> faults = random_faults(["1"], [Kind.DROP], every_s=1.0, duration_s=100.0, seed=1)
    >>> 60 < len(faults) < 140, faults[0].kind
    (True, <Kind.DROP: 'drop'>)
    """
    rng = random.Random(seed)  # noqa: S311 - a script, no secret
    found, at_s = [], rng.expovariate(1.0 / every_s)
    while at_s < duration_s:
        kind = rng.choice(kinds)
        strap = "" if kind in OF_ALL else rng.choice(straps)
        found.append(Fault(kind=kind, strap=strap, at_s=at_s, for_s=rng.uniform(*lasting_s)))
        at_s = math.nextafter(at_s + rng.expovariate(1.0 / every_s), math.inf)
    return tuple(found)
