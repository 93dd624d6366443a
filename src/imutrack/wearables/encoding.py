"""What encoders share, the reverse of `imutrack.wearables.decoding`: simulated devices speak with them."""

from imutrack.wearables.heart_rate import BATTERY_LEVEL
from imutrack.wearables.packet import Notification, Packet

__all__ = ["encode_battery"]


def encode_battery(packet: Packet) -> list[Notification]:
    """Return the battery level as the standard service notifies it; nothing where the packet says none."""
    percent = packet.said.get("battery_pct")
    return [] if percent is None else [(BATTERY_LEVEL, bytes([int(str(percent))]))]
