"""What is kept of links, and what is thrown away when: old captures, those in which nothing was done, old links.

A capture of a patient is kept for as long as the settings say; it can be analysed again with a newer imutrack. Nothing
is thrown away by a clock that cannot be right: a box without a battery for its clock may wake up in any year.
"""

import asyncio
import logging
import time
from collections.abc import Callable, Collection, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from imutrack.capture import TaskStarted, events_of
from imutrack.capture.owners import captures_in
from imutrack.collector.link_points import EVERY_S
from imutrack.collector.settings import CollectorSettings
from imutrack.config import Settings
from imutrack.errors import ImutrackError
from imutrack.stores import outbox
from imutrack.stores.local import LocalStore
from imutrack.stores.points import add_points, prune_links
from imutrack.stores.rows import Row

__all__ = ["keep_house", "note_links", "tidy"]

log = logging.getLogger(__name__)

_DAY_S: Final = 86_400.0
_EVERY_S: Final = 3600.0
_EARLIEST_S: Final = datetime(2024, 1, 1, tzinfo=UTC).timestamp()  # no capture is older
_IDLE_DAYS: Final = 1.0  # what straps sent that nobody wore: long enough to look into a fault of yesterday


async def note_links(
    settings: Settings,
    rows: Callable[[], Sequence[Row]],
    noted: Callable[[int | None], object],
    every_s: float = EVERY_S,
) -> None:
    """Store now and again how the links are, until cancelled.

    Args:
        settings: of the clinic.
        rows: the state of the links now.
        noted: is told how many points wait for InfluxDB then; None where there is none.
        every_s: how often.
    """
    while True:
        await asyncio.sleep(every_s)
        with suppress(ImutrackError):  # a gap in the state of links; what sets say is stored by another way
            noted(await asyncio.to_thread(_store_links, settings, rows()))


async def keep_house(
    settings: Settings,
    collector: CollectorSettings,
    open_now: Callable[[], Collection[Path]],
    wall_s: Callable[[], float] = time.time,
    steady_s: Callable[[], float] = time.monotonic,
    every_s: float = _EVERY_S,
) -> None:
    """Throw away each hour what is too old, until cancelled.

    Args:
        settings: of the clinic.
        collector: how long captures are kept.
        open_now: captures that are being written.
        wall_s: Unix epoch s.
        steady_s: a clock that nobody sets, s.
        every_s: how often.
    """
    done_in = set[str]()
    apart_s: float | None = None  # of the two clocks, when the wall clock could first be right
    while True:
        try:
            now_s, on_s, days = wall_s(), steady_s(), collector.keep_captures_days
            if apart_s is None and now_s >= _EARLIEST_S:
                apart_s = now_s - on_s
            expected_s = None if apart_s is None else apart_s + on_s
            gone = await asyncio.to_thread(tidy, settings, days, now_s, open_now(), done_in, expected_s)
            if gone:
                log.info("captures: %d thrown away, as the settings say", gone)
        except (ImutrackError, OSError) as error:
            log.warning("old captures were not thrown away: %s", error)
        await asyncio.sleep(every_s)


def tidy(
    settings: Settings,
    keep_days: float,
    now_s: float,
    open_now: Collection[Path] = (),
    done_in: set[str] | None = None,
    expected_s: float | None = None,
) -> int:
    """Throw away what is too old; return how many captures went.

    Args:
        settings: of the clinic.
        keep_days: for how long captures are kept.
        now_s: Unix epoch s.
        open_now: captures that are being written.
        done_in: names of captures in which something was done, added to: of a year's captures each is looked into once,
            not each hour.
        expected_s: what it should be by what the clock said first in this run; None where nobody knows.

    Raises:
        ImutrackError: the clock cannot be right; nothing was thrown away.
        StoreError: the store cannot be written.
        OSError: a capture cannot be removed.
    """
    _check_clock(now_s, expected_s, keep_days)
    gone, done_in = 0, set[str]() if done_in is None else done_in
    for path in captures_in(settings.data_dir):
        age_days = (now_s - path.stat().st_mtime) / _DAY_S
        if path not in open_now and (
            age_days > keep_days or (age_days > _IDLE_DAYS and not _holds_sets(path, done_in))
        ):
            path.unlink()
            gone += 1
    with LocalStore.open(settings.data_dir) as store:
        prune_links(store, now_s - settings.trace_days * _DAY_S)
    return gone


def _check_clock(now_s: float, expected_s: float | None, keep_days: float) -> None:
    if now_s < _EARLIEST_S:
        raise ImutrackError(f"the machine's clock says {datetime.fromtimestamp(now_s, UTC):%Y-%m-%d}: set it")
    leapt_days = 0.0 if expected_s is None else (now_s - expected_s) / _DAY_S
    if abs(leapt_days) > keep_days:
        raise ImutrackError(
            f"the machine's clock leapt by {leapt_days:+.0f} days: see that it is right, then start the collector anew"
        )


def _store_links(settings: Settings, rows: Sequence[Row]) -> int | None:
    with LocalStore.open(settings.data_dir) as store:
        add_points(store, rows)
        return outbox.waiting(store).points if settings.influx else None


def _holds_sets(path: Path, done_in: set[str]) -> bool:
    """Whether something was done in a capture; one that cannot be read is kept for whoever can."""
    try:
        if path.name in done_in or any(isinstance(event, TaskStarted) for event in events_of(path)):
            done_in.add(path.name)
    except ImutrackError:
        return True
    return path.name in done_in
