"""Where notifications come from: `Radio` and `Link` say what a radio is, Bleak drives a real one, `simulated` none."""

from imutrack.sources.radio import Fault, Link, OnNotification, Radio, Seen

__all__ = ["Fault", "Link", "OnNotification", "Radio", "Seen"]
