"""What the collector knows of its straps and of itself at one moment: for `/metrics`, the `link` points and `watch`.

Totals are since the collector started, over all links of a strap.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

__all__ = ["Figures", "StrapFigures"]


@dataclass(frozen=True, slots=True, kw_only=True)
class StrapFigures:
    """Of one strap.

    Attributes:
        notifications: that came.
        readings: that came in them, each once.
        lost: readings that have not come; falls when a late one comes after all; None where nobody can tell.
        duplicates, reordered: readings that came again, and that came after later ones.
        decode_errors: notifications that were no packet.
        ring_dropped: notifications that the collector itself lost because it could not keep up.
        battery_pct: as it said on this link; None where it did not.
        rssi_dbm: of an advertisement of the last minute; a connected device may send none, then None.
        clock_ppm: how much faster its clock runs than this machine's; None where it has none, or too little was seen.
        clock_residual_ms: 99th percentile of what the fit of its clock left.
    """

    notifications: int = 0
    readings: int = 0
    lost: int | None = None
    duplicates: int = 0
    reordered: int = 0
    decode_errors: int = 0
    ring_dropped: int = 0
    battery_pct: float | None = None
    rssi_dbm: float | None = None
    clock_ppm: float | None = None
    clock_residual_ms: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """Of the collector.

    Attributes:
        straps: by label.
        ring_depth: notifications that wait to be taken.
        capture_bytes: written to captures.
        flush_age_s: since the captures were last flushed; None before the first time.
        sets_done: that were analysed and stored.
        worker_restarts: of the process that computes live counts.
        power_cycles: of the adapter, because it heard nothing.
        points_waiting: for InfluxDB; None where there is none to send to.
        wall_ahead_s: how far the machine's clock is ahead of the collector's; None where nobody compares them.
    """

    straps: Mapping[str, StrapFigures] = field(default_factory=dict)
    ring_depth: int = 0
    capture_bytes: int = 0
    flush_age_s: float | None = None
    sets_done: int = 0
    worker_restarts: int = 0
    power_cycles: int = 0
    points_waiting: int | None = None
    wall_ahead_s: float | None = None
