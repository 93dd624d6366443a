"""Wearables: one file for each kind of device, bytes to `Packet` and how to start and stop it; no I/O.

The decoder of a device is chosen by its settings and by what it said of itself; any bytes give packets or a
DecodeError, and nothing else.
"""

from imutrack.wearables.actions import Action, Answer, Ask, Read, Recipe, Subscribe, Write
from imutrack.wearables.packet import Decoder, DeviceClock, Flag, Notification, Packet, Rows, Stream
from imutrack.wearables.registry import WEARABLES
from imutrack.wearables.wearable import NO_FACTS, Advertised, Facts, NoSettings, Profile, Wearable

__all__ = [
    "NO_FACTS",
    "WEARABLES",
    "Action",
    "Advertised",
    "Answer",
    "Ask",
    "Decoder",
    "DeviceClock",
    "Facts",
    "Flag",
    "NoSettings",
    "Notification",
    "Packet",
    "Profile",
    "Read",
    "Recipe",
    "Rows",
    "Stream",
    "Subscribe",
    "Wearable",
    "Write",
]
