"""What the collector is told: ``[collector]`` and ``[[strap]]`` of ``imutrack.toml``, and how links are supervised.

A strap is a wearable with a label on it; who wears it is never written here. Addresses stand in the settings file and
nowhere else: not in a log, not in a store.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from ipaddress import ip_address
from pathlib import Path
from re import compile as pattern
from typing import Any, Final, Literal
from urllib.parse import urlsplit

import msgspec

from imutrack.collector.links.backoff import BackoffParams
from imutrack.errors import SettingsError
from imutrack.samples import AxisMap
from imutrack.settings_errors import converted
from imutrack.wearables import WEARABLES, Wearable
from imutrack.wearables.actions import sig

__all__ = ["CollectorSettings", "LinkParams", "StrapSettings", "collector_of", "describe", "straps_of", "wearable_of"]

_LABEL: Final = pattern(r"[A-Za-z0-9][A-Za-z0-9_-]{0,19}")
_ADDRESS: Final = pattern(r"[0-9A-F]{2}(:[0-9A-F]{2}){5}|[0-9A-F]{8}(-[0-9A-F]{4}){3}-[0-9A-F]{12}")  # or macOS's UUID
_UUID: Final = pattern(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_SHORT_UUID: Final = pattern(r"(0x)?[0-9a-f]{4}")
_ADAPTER: Final = pattern(r"hci\d{1,3}|[0-9A-Fa-f]{2}(:[0-9A-Fa-f]{2}){5}")


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkParams:
    """How links are made and watched.

    Attributes:
        attempt_s: for one connection; a device that is there answers within 1.3 s, longer ones only hold up the others.
        fresh_s: an advertisement older than this says nothing about whether the device is still there.
        action_s: for one step of a recipe and for its answer.
        stop_s: for the recipe that lets a device rest when the collector ends.
        silent_s, silent_packets: a link is silent after so many seconds or expected packets, whichever is longer; hosts
            stall for 0.3 s now and then.
        unknown_packet_s: between two packets of a stream that does not say how many readings one holds; a Polar frame
            at 25 Hz takes 1.4 s to fill at most.
        first_s: from set up to the first notification; a device may have to start its sensors.
        probe_s: for the battery to be read from a silent link.
        late_s: a timer that comes later than this was held up together with all else: that is no silence.
        settled_s: a link that lasted so long was a good one: the failures before it are forgotten.
        patient_after: failures in a row after which a strap gives way to those that fail less.
        backoff: waits between attempts.
    """

    attempt_s: float = 8.0
    fresh_s: float = 2.0
    action_s: float = 2.0
    stop_s: float = 2.0
    silent_s: float = 1.0
    silent_packets: float = 3.0
    unknown_packet_s: float = 1.0
    first_s: float = 5.0
    probe_s: float = 0.5
    late_s: float = 0.2
    settled_s: float = 1.5
    patient_after: int = 3
    backoff: BackoffParams = field(default_factory=BackoffParams)


class CollectorSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The ``[collector]`` table.

    Attributes:
        adapter: Linux's name of the Bluetooth adapter, or its address as `bluetoothctl list` shows it: under that it is
            found also when it is plugged in anew and called otherwise.
        auto: keep sets as unlabelled while no session runs.
        socket: of the commands, relative to the data directory; beside the captures where nothing is said.
        health: address and port of /healthz, /readyz and /metrics, on this machine only; empty for none.
        log: lines for people or for machines.
        keep_captures_days: how long captures are kept; a year allows another look with a newer imutrack.
        acquire_notify: let notifications come over a socket instead of the D-Bus where the device bears it: a third
            less work; a few devices break the link on it.
    """

    adapter: str = "hci0"
    auto: bool = False
    socket: str | None = None
    health: str = "127.0.0.1:9464"
    log: Literal["plain", "json"] = "plain"
    keep_captures_days: int = 365
    acquire_notify: bool = True

    def __post_init__(self) -> None:
        """Refuse what cannot be."""
        if not _ADAPTER.fullmatch(self.adapter):
            raise ValueError(f"adapter is {self.adapter!r}: write it like hci0, or its address like 00:11:22:33:44:55")
        if self.keep_captures_days < 1:
            raise ValueError(f"keep_captures_days is {self.keep_captures_days}: at least 1 day")
        if self.health:
            _check_loopback(self.health)


class StrapSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One ``[[strap]]`` table.

    Attributes:
        label: what is written on it.
        wearable: what it is, an id such as movella-dot.
        address: its Bluetooth address; on macOS the UUID that this machine gives it.
        name: as it advertises, where the address is not known; then no other may be called so within reach.
        service: that it must advertise besides, UUID or its four digits.
        settings: of the wearable.
        required: whether the collector is ready only while it sends.
        axes: how its axes lie on the upright wearer where it is usually worn on the trunk, such as up=+x,ml=+y,ap=+z:
            up, to the left and forward; without it sway cannot tell forward from sideways.
    """

    label: str
    wearable: str
    address: str | None = None
    name: str | None = None
    service: str | None = None
    settings: dict[str, Any] = {}
    required: bool = True
    axes: str = ""

    def __post_init__(self) -> None:
        """Refuse what cannot be."""
        if not _LABEL.fullmatch(self.label):
            raise ValueError(f"label is {self.label!r}: up to 20 of letters, digits, - and _")
        if (self.address is None) == (self.name is None):
            raise ValueError("give its address or its name")
        if self.address is not None and not _ADDRESS.fullmatch(self.address.upper()):
            raise ValueError("its address is not one: write it like AA:BB:CC:DD:EE:FF")
        if self.service is not None and self.name is None:
            raise ValueError("service goes with name, not with address")
        if self.service is not None and self.service_uuid is None:
            raise ValueError(f"service is {self.service!r}: a UUID, or four digits such as 180d")
        if self.axes:
            try:
                AxisMap.parse(self.axes)
            except SettingsError as error:
                raise ValueError(str(error)) from error

    @property
    def service_uuid(self) -> str | None:
        """The service in full, lower case."""
        said = (self.service or "").lower()
        if _SHORT_UUID.fullmatch(said):
            return sig(int(said, 16))
        return said if _UUID.fullmatch(said) else None


def collector_of(said: Mapping[str, Any], source: Path | None = None) -> CollectorSettings:
    """Return what the ``[collector]`` table says, defaults where it says nothing.

    Raises:
        SettingsError: a setting is unknown or cannot be.
    """
    return converted(said, CollectorSettings, f"{source}: [collector]")


def straps_of(said: Sequence[Mapping[str, Any]], source: Path | None = None) -> tuple[StrapSettings, ...]:
    """Return the straps, their wearables' settings checked.

    Raises:
        SettingsError: a setting is unknown or cannot be, there is no such wearable, or two straps cannot be told apart.
    """
    straps = tuple(
        converted(each, StrapSettings, f"{source}: {_name_of(each, number)}") for number, each in enumerate(said, 1)
    )
    for what, keys in (
        ("label", [strap.label for strap in straps]),
        ("address", [strap.address.upper() for strap in straps if strap.address]),
        ("name", [strap.name.lower() for strap in straps if strap.name]),
    ):
        if len(set(keys)) < len(keys):
            raise SettingsError(f"{source}: two [[strap]] have the same {what}: each needs one of its own")
    for strap in straps:
        try:
            wearable_of(strap)
        except SettingsError as error:
            raise SettingsError(f"{source}: strap {strap.label}: {error}") from error
    return straps


def wearable_of(strap: StrapSettings) -> tuple[Wearable[Any], Any]:
    """Return what a strap is, and how it is set.

    Raises:
        SettingsError: there is no such wearable, or it cannot be set like that.
    """
    wearable = WEARABLES.get(strap.wearable)
    if wearable is None:
        raise SettingsError(f"no wearable {strap.wearable!r}: known are {', '.join(sorted(WEARABLES))}")
    return wearable, wearable.set_up(strap.settings)


def describe(settings: CollectorSettings, straps: Sequence[StrapSettings]) -> list[str]:
    """Return in lines what a collector with these settings would do, without addresses."""
    adapter = "known by its address" if ":" in settings.adapter else settings.adapter
    lines = [f"adapter {adapter}, {len(straps)} straps"]
    for strap in straps:
        wearable, chosen = wearable_of(strap)
        known = "its address" if strap.address else f"the name {strap.name}"
        service = f" and service {strap.service}" if strap.service else ""
        said = "".join(f", {name} {value}" for name, value in msgspec.to_builtins(chosen).items())
        said += f", axes {strap.axes}" if strap.axes else ""
        needed = "" if strap.required else "; may be missing"
        lines.append(f"strap {strap.label}: {wearable.title}{said}; known by {known}{service}{needed}")
    lines.append(f"captures are kept {settings.keep_captures_days} days")
    lines.append(f"health on http://{settings.health}" if settings.health else "no health page")
    return lines


def _name_of(said: Mapping[str, Any], number: int) -> str:
    """Return what people know a strap by; its label may be what is wrong."""
    label = said.get("label")
    return f"strap {label}" if isinstance(label, str) and _LABEL.fullmatch(label) else f"[[strap]] number {number}"


def _check_loopback(where: str) -> None:
    try:
        parts = urlsplit(f"//{where}")
        host, port = parts.hostname or "", parts.port
    except ValueError:
        host, port = "", None
    if not port:
        raise ValueError(f"health is {where!r}: write it like 127.0.0.1:9464")
    try:
        loopback = ip_address(host).is_loopback
    except ValueError:
        loopback = host == "localhost"
    if not loopback:
        raise ValueError(f"health is {where!r}: it answers on this machine only: write it like 127.0.0.1:9464")
