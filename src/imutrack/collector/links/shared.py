"""What the supervisors of one adapter share, and who is told of their links."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from random import Random
from typing import Any, Protocol

from imutrack.collector.links.ring import Ring
from imutrack.collector.links.scanning import Finder
from imutrack.collector.links.states import StateLog
from imutrack.collector.links.turns import Turns
from imutrack.collector.moments import HostClock
from imutrack.collector.settings import LinkParams
from imutrack.sources.radio import Radio
from imutrack.wearables import Facts

__all__ = ["Listener", "Shared"]


class Listener(Protocol):
    """Is told of links as they come and go; it must neither wait nor raise."""

    def connected(self, strap: str, wearable: str, settings: Mapping[str, Any], facts: Facts) -> None:
        """A strap is connected and known; whatever it notifies from now on is decoded by this."""
        ...

    def disconnected(self, strap: str, reason: str) -> None:
        """Its link ended."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Shared:
    """What the straps of one adapter share.

    Attributes:
        radio: the adapter.
        finder: says when a strap is seen.
        turns: whose turn it is to connect.
        ring: where notifications go.
        clock: stamps them.
        states: where changes are noted.
        listener: is told of links.
        params: how links are made.
        chance: for the waits.
    """

    radio: Radio
    finder: Finder
    turns: Turns
    ring: Ring
    clock: HostClock
    states: StateLog
    listener: Listener
    params: LinkParams = field(default_factory=LinkParams)
    chance: Random = field(default_factory=Random)
