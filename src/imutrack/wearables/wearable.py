"""`Wearable`: everything imutrack knows of one kind of device, as plain values and functions; no I/O.

To add one: a file beside this one that ends in a `Wearable`, a row in `imutrack.wearables.registry`, a folder under
``collectors/``. The conformance tests then find it by themselves.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Generic, TypeVar

import msgspec

from imutrack.settings_errors import converted
from imutrack.wearables.actions import Recipe
from imutrack.wearables.packet import Decoder, Notification, Packet, Stream

__all__ = ["NO_FACTS", "Advertised", "Facts", "NoSettings", "Profile", "Wearable"]

Facts = Mapping[str, bytes]
"""What a device said of itself when it was connected, by name."""

NO_FACTS: Final[Facts] = {}

S = TypeVar("S", bound=msgspec.Struct)


class NoSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Of a device that leaves nothing to choose."""


@dataclass(frozen=True, slots=True)
class Advertised:
    """How a device makes itself known.

    Attributes:
        names: what its name begins with, lower case.
        services: UUIDs it may advertise.
        companies: company identifiers of its manufacturer data.
    """

    names: tuple[str, ...] = ()
    services: tuple[str, ...] = ()
    companies: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """What passes over the link of a device that is set up in one way.

    Recipes may be carried out again at any time: a device that is already in the state asked for is no error.

    Attributes:
        streams: what it sends.
        start: sets it up and lets it send; subscriptions come before what makes it send.
        stop: lets it rest.
        decoder: makes a new decoder, one for each connection.
        encode: the reverse, for simulated devices: the notifications that say what a packet says.
    """

    streams: tuple[Stream, ...]
    start: Recipe
    stop: Recipe
    decoder: Callable[[], Decoder]
    encode: Callable[[Packet], list[Notification]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wearable(Generic[S]):
    """One kind of device.

    Attributes:
        id: as settings and captures call it, such as ``movella-dot``.
        title: as people call it.
        advertised: how it makes itself known.
        settings: what may be chosen, with defaults; a value that cannot be raises ValueError in ``__post_init__``.
        look: reads what must be known of this very device, before it is set up.
        profile: what then passes over its link; raises WearableError where this very device does not offer what was
            chosen.
        battery: characteristic that is read to see whether the link lives; nothing where there is none.
        source: where all this is written down.
    """

    id: str
    title: str
    advertised: Advertised
    settings: type[S]
    profile: Callable[[S, Facts], Profile]
    look: Recipe = ()
    battery: str = ""
    source: str

    def set_up(self, said: Mapping[str, Any]) -> S:
        """Return settings from what a file says.

        Raises:
            SettingsError: a key is unknown or a value cannot be.
        """
        return converted(said, self.settings, self.id)
