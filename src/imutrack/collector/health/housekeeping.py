"""What is kept of links, and what is thrown away when: old captures, those in which nothing was done, old links.

A capture of a patient is kept for as long as the settings say; it can be analysed again with a newer imutrack. How old
it is the collector counts itself, since the machine's clock may say anything (`ages`); and few go at a time, so that a
mistake in the settings is noticed before all are gone.
"""

import asyncio
import logging
import time
from collections.abc import Callable, Collection, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Final

from imutrack.capture import Outline, TaskStarted, outline_of
from imutrack.capture.owners import FOLDER, captures_in
from imutrack.collector.health.ages import Ages
from imutrack.collector.health.link_points import EVERY_S
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
_AT_ONCE: Final = 10  # captures an hour: more than a clinic makes, and few enough to be missed in time
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
    ages = await asyncio.to_thread(Ages, settings.data_dir / FOLDER)
    while True:
        try:
            look = partial(_look, settings, collector.keep_captures_days, ages, open_now(), done_in)
            await asyncio.to_thread(look, wall_s(), steady_s())
        except (ImutrackError, OSError) as error:
            log.warning("old captures were not thrown away: %s", error)
        await asyncio.sleep(every_s)


def tidy(
    settings: Settings,
    keep_days: float,
    ages: Ages,
    open_now: Collection[Path] = (),
    done_in: set[str] | None = None,
) -> int:
    """Throw away what is too old, ten captures at most; return how many went. No set goes by a clock that leaps.

    Args:
        settings: of the clinic.
        keep_days: for how long captures are kept.
        ages: of the captures that are there.
        open_now: captures that are being written.
        done_in: names of captures in which something was done, added to: of a year's captures each is looked into once,
            not each hour.

    Raises:
        OSError: a capture cannot be removed.
    """
    done_in = set[str]() if done_in is None else done_in
    old = (
        path
        for path in captures_in(settings.data_dir)
        if path not in open_now
        and (
            (ages.even and ages.days(path.name) > keep_days)
            or (ages.days(path.name) > _IDLE_DAYS and not _holds_sets(path, done_in))
        )
    )
    going = list(islice(old, _AT_ONCE))
    for path in going:
        path.unlink(missing_ok=True)
    return len(going)


def _look(
    settings: Settings,
    keep_days: float,
    ages: Ages,
    open_now: Collection[Path],
    done_in: set[str],
    now_s: float,
    on_s: float,
) -> None:
    leapt_days = ages.look(now_s, on_s, [path.name for path in captures_in(settings.data_dir)])
    if leapt_days:
        log.warning(
            "the machine's clock leapt by %+.0f days to %s: see that it is right; old captures are thrown away only "
            "after it has gone evenly for three days",
            leapt_days,
            f"{datetime.fromtimestamp(now_s, UTC):%Y-%m-%d}",
        )
    try:
        if gone := tidy(settings, keep_days, ages, open_now, done_in):
            log.info("captures: %d thrown away, as the settings say", gone)
        if ages.even:
            with LocalStore.open(settings.data_dir) as store:
                prune_links(store, now_s - settings.trace_days * _DAY_S)
    finally:
        ages.keep()  # last, since a disk that is full takes nothing until something was thrown away


def _store_links(settings: Settings, rows: Sequence[Row]) -> int | None:
    with LocalStore.open(settings.data_dir) as store:
        add_points(store, rows)
        return outbox.waiting(store).points if settings.influx else None


def _holds_sets(path: Path, done_in: set[str]) -> bool:
    """Whether something was done in a capture; one that cannot be read is kept for whoever can."""
    try:
        if path.name not in done_in and _may_hold_sets(outline_of(path)):
            done_in.add(path.name)
    except ImutrackError:
        return True
    return path.name in done_in


def _may_hold_sets(outline: Outline) -> bool:
    """Whether a set was begun in it, or it is damaged, so that nobody can tell."""
    return not outline.complete or any(isinstance(event, TaskStarted) for event in outline.events)
