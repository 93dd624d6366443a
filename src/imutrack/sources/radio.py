"""What a radio is to the collector: it sees wearables, connects them one at a time, and hands on what they notify.

Times are seconds of the running event loop's clock, so that a loop whose time is not the machine's drives everything.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

__all__ = ["Fault", "Link", "OnNotification", "OnSeen", "Radio", "Seen"]


class Fault(StrEnum):
    """What failed, as far as it decides what to do next; the ``kind`` of a LinkError."""

    TIMEOUT = "timeout"  # no answer in time
    IN_PROGRESS = "in_progress"  # the Bluetooth service believes that it is connecting already
    ABORTED = "aborted"  # interference as a rule: trying again at once often helps
    NO_SLOT = "no_slot"  # the adapter bears no more links
    GONE = "gone"  # the service has forgotten the device: it must be seen again
    PAIRING = "pairing"  # the device talks to paired machines only: somebody has to pair it
    ADAPTER = "adapter"  # the adapter or the service is away; no fault of the device
    LOST = "lost"  # the link broke
    ABSENT = "absent"  # the device has no such characteristic
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Seen:
    """One advertisement, or a device that the service holds a link to and that therefore does not advertise.

    Attributes:
        address: upper case; on macOS a UUID of the machine's own.
        name: as advertised; empty where it says none.
        rssi_dbm: how strong; -127 where the radio does not say.
        services: UUIDs, lower case, 128 bits.
        companies: identifiers of the manufacturer data.
        at_s: when, in the loop's time.
        heard: whether it came over the air just now; else the service only says that there is such a device.
    """

    address: str
    name: str
    rssi_dbm: int
    services: frozenset[str]
    companies: frozenset[int]
    at_s: float
    heard: bool = True


OnNotification = Callable[[str, bytes], None]
"""Takes a characteristic and a payload, in the event loop's thread; it must not wait."""

OnSeen = Callable[[Seen], None]


class Link(Protocol):
    """One connection; when it is lost it is of no more use. Everything but `disconnect` raises LinkError."""

    @property
    def lost(self) -> asyncio.Event:
        """Set when the link is gone, whoever ended it."""
        ...

    @property
    def fault(self) -> Fault:
        """Why it is lost: ADAPTER where the service went away with all links, else LOST."""
        ...

    async def subscribe(self, characteristic: str, callback: OnNotification) -> None:
        """Let a characteristic notify or indicate."""
        ...

    async def read(self, characteristic: str) -> bytes:
        """Read a value."""
        ...

    async def write(self, characteristic: str, data: bytes, *, response: bool) -> None:
        """Write a value; with ``response`` wait until the device has it."""
        ...

    async def disconnect(self) -> None:
        """End the link; always awaited, also after it was lost. Safe twice, never raises, takes seconds at most."""
        ...


class Radio(Protocol):
    """One adapter."""

    async def start(self) -> None:
        """Begin; an adapter that is not there yet is waited for.

        Raises:
            LinkError: this machine has no Bluetooth that could be waited for.
        """
        ...

    async def stop(self) -> None:
        """End all there is; safe twice, never raises."""
        ...

    def watch(self, on_seen: OnSeen) -> None:
        """Call ``on_seen`` for each advertisement from now on."""
        ...

    def discover(self, *, wanted: bool) -> None:
        """Look for advertisements from now on, or rest; looking again reports devices anew that were seen before."""
        ...

    async def connect(self, seen: Seen, timeout_s: float) -> Link:
        """Connect a device that advertised just now.

        Raises:
            LinkError: it failed; nothing of the attempt is left.
        """
        ...

    async def forget(self, address: str) -> None:
        """Let the service forget what it believes to be doing with a device; never raises. A bond is kept."""
        ...

    async def power_cycle(self) -> None:
        """Switch the adapter off and on; also where it is cancelled meanwhile, it ends switched on.

        Raises:
            LinkError: it could not be switched.
        """
        ...

    @property
    def alive(self) -> bool:
        """Whether the Bluetooth service and the adapter are there."""
        ...
