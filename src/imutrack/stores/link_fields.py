"""What is said about the link to a sensor while it is connected, field by field; one point for each 10 s."""

from typing import Final

from imutrack.stores import fields
from imutrack.stores.fields import Field

__all__ = ["LINK"]

LINK: Final = (
    Field("battery_pct", "float", "%", "Charge of the sensor's battery"),
    Field("rssi_dbm", "float", "dBm", "Strength of the radio signal; nearer to 0 is stronger"),
    Field("missing_pct", "float", "%", "Share of the readings of the last 10 s that never came"),
    Field(
        "clock_ppm", "float", "ppm", "How much faster the sensor's clock runs than the computer's; negative is slower"
    ),
    Field("reconnects", "int", "", "Connections that were made anew since the collector started"),
    Field("backlog", "int", "", "Points that wait to be sent to InfluxDB"),
    fields.WITHDRAWN,
)
