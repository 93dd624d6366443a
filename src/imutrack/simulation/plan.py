"""What is simulated, as plain values: straps, their clocks and radio links, the adapter, and faults at their times.

A plan is the same in a test, on the command line and on its way to a process of its own (JSON).
"""

from typing import Any, Final

from msgspec import Struct, field
from msgspec.structs import replace

from imutrack.errors import SettingsError
from imutrack.simulation.faults import Fault
from imutrack.wearables import WEARABLES

__all__ = ["AdapterPlan", "AirPlan", "ClockPlan", "Plan", "StrapPlan", "named"]

_STRAPS_MAX: Final = 0xFFFF  # as many as the made-up addresses tell apart


class ClockPlan(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How a strap's own clock runs.

    Attributes:
        offset_s: what it says when the rig starts, s.
        drift_ppm: how much faster than the host's it runs; crystals differ by 20 to 40.
        wander_ppm: how far the drift itself swings, as temperature does to it.
        wander_s: how long one swing takes.
    """

    offset_s: float = 1000.0
    drift_ppm: float = 0.0
    wander_ppm: float = 0.0
    wander_s: float = 600.0


class AirPlan(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How a strap's radio link behaves when nothing is wrong.

    Attributes:
        interval_ms: connection interval: what was sampled waits for the next event; 0 sends each packet at once.
        retransmit: share of connection events that fail, so that everything waits for the next one.
        mtu: ATT MTU; a notification holds three bytes less, what is longer is cut as the radio would cut it.
        rssi_dbm: signal strength in advertisements.
        rssi_spread_db: how far it varies about that.
    """

    interval_ms: float = 0.0
    retransmit: float = 0.0
    mtu: int = 247  # what phones and dongles with long packets agree on
    rssi_dbm: int = -60
    rssi_spread_db: int = 3


class StrapPlan(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One simulated wearable.

    Attributes:
        label: what the rig, its ledger and its faults call the strap.
        wearable: an id of `imutrack.wearables.WEARABLES`.
        settings: of the wearable, as a settings file would say them; the defaults where empty.
        track: which `imutrack.simulation.motion.Track` it measures; "" lies still.
        name: advertised; "" makes one up from the wearable.
        address: Bluetooth address; "" makes one up.
        battery_pct: what it says of its battery.
        rate_hz: of its samples, where it is not what the settings say: real devices are off by some per mille, and a
            load beyond what any device sends shows where the limit is.
        bonded: paired by somebody before; removing it from the service ends that.
    """

    label: str
    wearable: str
    settings: dict[str, Any] = field(default_factory=dict)
    track: str = ""
    name: str = ""
    address: str = ""
    battery_pct: int = 87
    rate_hz: float | None = None
    bonded: bool = False
    clock: ClockPlan = ClockPlan()
    air: AirPlan = AirPlan()


class AdapterPlan(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The Bluetooth adapter and the service behind it. Times are short so that tests are quick.

    Attributes:
        address: its own; another name does not change it.
        slots: links it can hold; cheap dongles hold 5 to 7.
        advertise_s: between two advertisements of a strap.
        connect_s: from Connect to the link.
        resolve_s: from the link to the services.
        disconnect_s: from Disconnect to its answer; BlueZ takes about 2.
        connect_timeout_s: an attempt on a strap that cannot be reached ends after it; the kernel's own limit.
        forget_s: an unconnected strap that was not heard so long is removed; BlueZ's ``TemporaryTimeout``.
        forget_at_stop: remove unconnected straps as soon as nobody scans, as BlueZ does now and then.
    """

    address: str = "00:00:5E:00:53:00"  # of the block that is kept for documentation
    slots: int = 64
    advertise_s: float = 0.1
    connect_s: float = 0.02
    resolve_s: float = 0.02
    disconnect_s: float = 0.0
    connect_timeout_s: float = 20.0
    forget_s: float = 30.0
    forget_at_stop: bool = False


class Plan(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A whole simulation.

    Attributes:
        straps: at least one, each with a label of its own.
        faults: happen by themselves, at their times after the start.
        speed: of the motion; 2 shows it in half the time.
        loop: begin the motion anew at its end; else the straps lie still from then on.
        keeps_ledger: of every packet, about 50 bytes each; else they are only counted.
        seed: of whatever is random; the same seed gives the same clocks, losses and signal strengths.
    """

    straps: tuple[StrapPlan, ...]
    adapter: AdapterPlan = AdapterPlan()
    faults: tuple[Fault, ...] = ()
    speed: float = 1.0
    loop: bool = True
    keeps_ledger: bool = True
    seed: int = 1

    def __post_init__(self) -> None:
        """Check what cannot be.

        Raises:
            SettingsError: no strap, two with one label, or a fault of a strap that is not there.
        """
        labels = [strap.label for strap in self.straps]
        if not 0 < len(labels) <= _STRAPS_MAX:
            raise SettingsError(f"{len(labels)} straps: name between 1 and {_STRAPS_MAX} to simulate")
        if len(set(labels)) < len(labels):
            raise SettingsError("two simulated straps have one label: give each its own")
        for fault in self.faults:
            if fault.strap and fault.strap not in labels:
                raise SettingsError(f"a fault names the strap {fault.strap!r}: there are {', '.join(labels)}")
        if not self.speed > 0:
            raise SettingsError(f"a speed of {self.speed} cannot be: give one above 0")


def named(strap: StrapPlan, number: int) -> StrapPlan:
    """Return a strap with a name and an address, made up where it has none.

    Args:
        strap: of a wearable that is known.
        number: of the strap, from 1.

    >>> named(StrapPlan(label="a", wearable="movella-dot"), 7).address
    'C0:00:5E:00:00:07'
    """
    wearable = WEARABLES[strap.wearable]
    stem = wearable.advertised.names[0].title() if wearable.advertised.names else wearable.title.partition(" (")[0]
    return replace(
        strap,
        name=strap.name or f"{stem} {number:04d}",
        address=strap.address
        or f"C0:00:5E:00:{number >> 8:02X}:{number & 0xFF:02X}",  # random static: it begins with 11
    )
