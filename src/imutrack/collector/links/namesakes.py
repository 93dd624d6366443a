"""Which of the devices with one name is a strap's own; pure.

A name is no address: sensors of one make are often called alike, and what a patient does must not come from the sensor
of another. A strap that is known by its name only is the device that the first link of this run went to. Before that
the collector listens for a while from the first advertisement on, and of two that are on air it takes neither. Later it
takes another one only when that was heard for minutes in which its own was not: then its own is off, or goes by a new
address now, as some devices do. What an adapter that is away does not hear says nothing of either.

It cannot tell which of two is meant, nor who was first in an earlier run: only an address in the settings can.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from imutrack.sources.radio import Seen

__all__ = ["DEFAULTS", "Namesakes", "NamesakesParams", "Unclear"]


@dataclass(frozen=True, slots=True)
class NamesakesParams:
    """How long is listened.

    Attributes:
        listen_s: before the first link; most wearables advertise once a second at least while they wait for one.
        on_air_s: after its last advertisement; more than two of Bluetooth's longest intervals, 10.24 s.
        gone_s: after which another is taken; longer than a walk out of reach and back, or a change of the battery.
        taken_s: how long people are told of that.
    """

    listen_s: float = 2.0
    on_air_s: float = 25.0
    gone_s: float = 300.0
    taken_s: float = 3600.0


DEFAULTS: Final = NamesakesParams()


class Unclear(StrEnum):
    """What people are told, of a strap."""

    WHICH = (
        "two devices with its name are near, so neither is connected: switch off the one that is not this strap, or "
        "write the strap's address into imutrack.toml instead of its name (imutrack scan shows both)"
    )
    ANOTHER = (
        "it is not heard, but another device with its name is: switch this strap on, or the other one off; after "
        "five minutes the other one is connected in its place"
    )
    TAKEN = (
        "it was not heard for five minutes, and another device with its name is connected in its place: see that it is "
        "the one that is worn"
    )


class Namesakes:
    """The devices with the name of one strap.

    Args:
        own: address of the strap's device; None where there was no link yet.
        params: how long is listened.

    Attributes:
        own: as above.
    """

    def __init__(self, own: str | None = None, params: NamesakesParams = DEFAULTS) -> None:
        self.own = own
        self._params = params
        self._heard_s = 0.0  # the last advertisement of any
        self._unheard_s = 0.0  # others were heard since its own was
        self._on_air: dict[str, tuple[float, float]] = {}  # address -> first and last advertisement of late
        self._unclear: tuple[Unclear, float] | None = None  # what, and until when

    def is_own(self, seen: Seen, missing_s: float | None) -> bool:
        """Take an advertisement of that name; return whether it is the strap's.

        Args:
            seen: the advertisement.
            missing_s: since when the strap has no link; None where it has one.
        """
        now_s, params = seen.at_s, self._params
        if missing_s is None or seen.address == self.own:
            self._unheard_s = 0.0
        else:
            self._unheard_s += min(max(now_s - max(self._heard_s, missing_s), 0.0), params.on_air_s)
        self._heard_s = now_s
        kept = {each: span for each, span in self._on_air.items() if now_s - span[1] <= params.on_air_s}
        first_s, _ = kept.get(seen.address, (now_s, now_s))
        self._on_air = {**kept, seen.address: (first_s, now_s)}
        if seen.address == self.own:
            self._clear()
            return True
        if self.own is not None and self._unheard_s < params.gone_s:
            if self._unheard_s > params.on_air_s:
                self._unclear = Unclear.ANOTHER, now_s + params.on_air_s
            return False
        if len(self._on_air) > 1:
            if self._at_once(seen.address):
                self._unclear = Unclear.WHICH, now_s + params.on_air_s
            return False
        self._clear()
        return self.lone(now_s) == seen.address

    def lone(self, now_s: float) -> str | None:
        """Return the one device that was heard while it was listened, however seldom; None where there is no such."""
        params = self._params
        if self.own is not None and self._unheard_s < params.gone_s:
            return None
        on_air = [each for each, (_, last_s) in self._on_air.items() if now_s - last_s <= params.on_air_s]
        return on_air[0] if len(on_air) == 1 and now_s - self._on_air[on_air[0]][0] >= params.listen_s else None

    def linked(self, address: str, now_s: float) -> bool:
        """Note that the strap has a link to a device, its own from now on; return whether it had another before."""
        taken = self.own not in {None, address}
        if taken:
            self._unclear = Unclear.TAKEN, now_s + self._params.taken_s
        self.own, self._unheard_s = address, 0.0
        return taken

    def unclear(self, now_s: float) -> Unclear | None:
        """Return what people must know; None where all is clear."""
        return self._unclear[0] if self._unclear is not None and now_s <= self._unclear[1] else None

    def _clear(self) -> None:
        if self._unclear is not None and self._unclear[0] is not Unclear.TAKEN:
            self._unclear = None

    def _at_once(self, address: str) -> bool:
        """Whether this one and another are heard in turns; a device that took a new address has left the old one."""
        first_s, last_s = self._on_air[address]
        return any(first_s < other[1] and other[0] < last_s for each, other in self._on_air.items() if each != address)
