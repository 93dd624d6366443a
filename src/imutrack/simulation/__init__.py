"""Simulated wearables on a fake org.bluez on a private D-Bus: Bluetooth without a radio, without root.

Whoever uses Bluetooth through BlueZ (Bleak does) and has ``DBUS_SYSTEM_BUS_ADDRESS`` set to the rig's address sees an
adapter and straps that advertise, connect, answer, send what a recording holds, and fail as they are told to.

The inside of a strap (`peripheral`, `sampling`, `sending`, `clocks`, `motion`, `ledger`, `effects`) knows no bus and no
event loop: links without any Bluetooth can be built on it.
"""

from imutrack.simulation.bus import PrivateBus, missing
from imutrack.simulation.faults import Fault, Incident, Kind, random_faults
from imutrack.simulation.ledger import Fate, StreamLedger
from imutrack.simulation.motion import STILL, Player, Track, load_tracks, save_tracks, tracks_of
from imutrack.simulation.plan import AdapterPlan, AirPlan, ClockPlan, Plan, StrapPlan
from imutrack.simulation.playing import made_up, plan_of, simulate
from imutrack.simulation.remote import RemoteRig
from imutrack.simulation.rig import Rig, Shown

__all__ = [
    "STILL",
    "AdapterPlan",
    "AirPlan",
    "ClockPlan",
    "Fate",
    "Fault",
    "Incident",
    "Kind",
    "Plan",
    "Player",
    "PrivateBus",
    "RemoteRig",
    "Rig",
    "Shown",
    "StrapPlan",
    "StreamLedger",
    "Track",
    "load_tracks",
    "made_up",
    "missing",
    "plan_of",
    "random_faults",
    "save_tracks",
    "simulate",
    "tracks_of",
]
