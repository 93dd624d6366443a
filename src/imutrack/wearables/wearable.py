"""`Wearable`: everything imutrack knows of one kind of device, as plain values and functions; no I/O.

To add one: a file beside this one that ends in a `Wearable`, a row in `imutrack.wearables.registry`, a folder under
``collectors/``. The conformance tests then find it by themselves.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Generic, Literal, TypeVar, get_args, get_origin

import msgspec

from imutrack.errors import SettingsError
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
        profile: what then passes over its link; raises WearableError or SettingsError where this very device does not
            offer what was chosen.
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
        try:
            return msgspec.convert(said, self.settings)
        except (msgspec.ValidationError, ValueError) as error:
            raise SettingsError(f"{self.id}: {error}{self._choices(str(error))}") from error

    def _choices(self, problem: str) -> str:
        """Return what may be chosen for the setting that a problem is with; nothing where that is not a list."""
        found = re.search(r"`\$\.(\w+)", problem)
        field = next((each for each in msgspec.structs.fields(self.settings) if found and each.name == found[1]), None)
        if field is None or get_origin(field.type) is not Literal:
            return ""
        return f"; choose of {', '.join(map(str, get_args(field.type)))}"
