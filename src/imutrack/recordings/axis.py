"""`TimeAxis`: the time stamps of a table as seconds that never run backwards, and the rate behind them."""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import numpy as np
import numpy.typing as npt

from imutrack.clock import Ints, first_backward, fit_rate_hz, hold_late_stamps
from imutrack.errors import MissingFactError, RecordingError
from imutrack.recordings.files import Source
from imutrack.recordings.tables import Table
from imutrack.samples import Floats
from imutrack.zones import local_to_epoch, zone_name

__all__ = [
    "EPOCH_RANGE_S",
    "RATE_FROM_OPTION",
    "RATE_FROM_STAMPS",
    "TimeAxis",
    "axis_from_rate",
    "axis_from_seconds",
    "epoch_seconds",
    "iso_seconds",
    "start_of",
]

RATE_FROM_STAMPS: Final = "rate from all time stamps"
RATE_FROM_OPTION: Final = "rate from --rate"
LATE_S: Final = 0.1  # a packet that arrives later than this is not late but in the wrong place
MAX_LATE_SHARE: Final = 0.01
MAX_UNTIMED_SHARE: Final = 0.01  # rows without a time stamp, such as event rows
RATE_RANGE_HZ: Final = (0.5, 10_000.0)  # of wearables; stamps outside it are in another unit
_ZONE = re.compile(r"(?<=\d)(?:Z|[+-]\d{2}:?\d{2})$")
EPOCH_RANGE_S: Final = (1_104_537_600.0, 4_102_444_800.0)  # 2005 to 2100: stamps in it are wall-clock time


@dataclass(frozen=True, slots=True, eq=False)
class TimeAxis:
    """When the rows of a table were recorded.

    Attributes:
        t_s: (n,) seconds, never decreasing, on the table's own clock.
        rate_hz: the sensor's own rate.
        origin: where stamps and rate came from, in words.
        epoch: Unix epoch of the clock's zero, s, where the stamps themselves are wall-clock time.
        zone_assumed: the stamps are local time without a zone, put on the epoch with ``--tz``.
        notes: what had to be decided.
    """

    t_s: Floats
    rate_hz: float
    origin: str
    epoch: float | None = None
    zone_assumed: bool = False
    notes: tuple[str, ...] = ()


def axis_from_seconds(
    t_s: Floats,
    table: Table,
    source: Source,
    unit: str,
    *,
    epoch: float | None = None,
    zone_assumed: bool = False,
) -> TimeAxis:
    """Check (n,) time stamps, s; rows of the table without one are dropped from it.

    Raises:
        RecordingError: fewer than two rows, or time runs backwards.
        MissingFactError: the rate that follows is none of a wearable: the stamps are in another unit.
    """
    notes: list[str] = []
    timed = np.isfinite(t_s)
    untimed = int(np.count_nonzero(~timed))
    if untimed:
        if untimed > max(1, MAX_UNTIMED_SHARE * len(t_s)):
            row = table.line(int(np.flatnonzero(~timed)[0]))
            raise RecordingError(f"{source}: {untimed} rows have no time stamp, the first is in line {row}")
        t_s = t_s[timed]
        table.rows(timed)
        notes.append(f"{untimed} rows without a time stamp left out")
    if len(t_s) < 2:
        raise RecordingError(f"{source}: holds {len(t_s)} row of readings, at least 2 are needed")
    backward = first_backward(t_s)
    if backward is not None:
        held = hold_late_stamps(t_s, LATE_S)
        if held is None or held[1] > max(1, MAX_LATE_SHARE * len(t_s)):
            raise RecordingError(
                f"{source}: time runs backwards in line {table.line(backward)}, "
                f"by {t_s[backward - 1] - t_s[backward]:.3f} s: split the file there or export it again"
            )
        t_s, late = held
        notes.append(f"{late} late time stamps held at the one before")
    rate_hz = fit_rate_hz(t_s)
    if rate_hz is None:
        raise RecordingError(f"{source}: all {len(t_s)} time stamps are the same")
    if not RATE_RANGE_HZ[0] <= rate_hz <= RATE_RANGE_HZ[1]:
        raise MissingFactError(
            f"{source}: the time stamps give {rate_hz:.4g} Hz if their unit is {unit}: say the right one with "
            "--units t=s, t=ms, t=us or t=ns"
        )
    return TimeAxis(t_s, rate_hz, RATE_FROM_STAMPS, epoch, zone_assumed, tuple(notes))


def axis_from_rate(n: int, rate_hz: float, source: Source, origin: str = RATE_FROM_OPTION) -> TimeAxis:
    """Make time stamps of ``n`` rows from a stated rate.

    Raises:
        RecordingError: fewer than two rows.
    """
    if n < 2:
        raise RecordingError(f"{source}: holds {n} row of readings, at least 2 are needed")
    return TimeAxis(np.arange(n) / rate_hz, rate_hz, f"time counted from the first row; {origin}")


def epoch_seconds(ticks: Ints, ticks_per_second: int) -> tuple[Floats, float]:
    """Split (n,) whole time stamps into seconds from the first one and its own seconds, both exact to the tick."""
    first = int(ticks[0])
    return (ticks - first) / float(ticks_per_second), first / ticks_per_second


def iso_seconds(texts: npt.NDArray[np.str_], table: Table, source: Source) -> tuple[Floats, datetime]:
    """Read (n,) ISO 8601 time stamps as seconds from the first one, and the first one itself.

    Raises:
        RecordingError: a text is no such time stamp, or its zone changes on the way.
    """
    try:
        first = datetime.fromisoformat(texts[0].replace(",", "."))
        found = _ZONE.search(texts[0])
        zone = found[0] if found and first.tzinfo is not None else ""
        if not np.char.endswith(texts, zone).all():
            raise RecordingError(f"{source}: the zone of the time stamps changes on the way")
        bare = np.char.replace(texts, zone, "") if zone else texts
        stamps = np.char.replace(bare, ",", ".").astype("datetime64[us]")
    except ValueError as error:
        raise RecordingError(
            f"{source}: {str(texts[0])!r} and what follows from line {table.first_line} on are no time stamps in "
            f"seconds or ISO 8601 ({error})"
        ) from error
    seconds: Floats = (stamps - stamps[0]) / np.timedelta64(1, "s")
    return seconds, first


def start_of(local: datetime, zone: str | None, tz: str | None) -> tuple[float | None, str | None, bool, str]:
    """Put a start that a file states on the epoch.

    Args:
        local: the start.
        zone: the zone the file states, or None.
        tz: the zone that settings supply, or None.

    Returns:
        The epoch (None where no zone is known), the zone, whether it was assumed, and a note for the last two cases.
    """
    if local.tzinfo is not None or zone is not None:
        return local_to_epoch(local, zone or "UTC"), zone or zone_name(local.strftime("%z")[:5]), False, ""
    if tz is not None:
        return local_to_epoch(local, tz), tz, True, f"the file states local time without a zone: {tz} was assumed"
    return None, None, False, f"the file states local time {local} without a zone: supply it with --tz"
