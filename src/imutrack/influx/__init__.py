"""InfluxDB: sends what the local store holds, sets a server up, erases there, and finds what is wrong with it."""

from imutrack.influx.alone import sending_alone
from imutrack.influx.client import Answer, Client, Outcome, RefusedError, UnreachableError
from imutrack.influx.doctor import examine
from imutrack.influx.erase import Erased, erase, erase_waiting
from imutrack.influx.findings import Finding
from imutrack.influx.sender import Sender, SenderParams, Sent
from imutrack.influx.settings import Access, InfluxSettings, Token, access_of, influx_of
from imutrack.influx.setup import setup

__all__ = [
    "Access",
    "Answer",
    "Client",
    "Erased",
    "Finding",
    "InfluxSettings",
    "Outcome",
    "RefusedError",
    "Sender",
    "SenderParams",
    "Sent",
    "Token",
    "UnreachableError",
    "access_of",
    "erase",
    "erase_waiting",
    "examine",
    "influx_of",
    "sending_alone",
    "setup",
]
