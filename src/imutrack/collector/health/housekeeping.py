"""What is thrown away when: old captures, those in which nothing was done, the state of links of long ago.

A capture of a patient is kept for as long as the settings say; it can be analysed again with a newer imutrack. How old
it is the collector counts itself, since the machine's clock may say anything (`ages`); and few go at a time, so that a
mistake in the settings is noticed before all are gone. The state of links goes by the machine's clock, where that has
not leapt.

The first look is minutes after the start, when a clock that the network sets has been set; the next ones are so near
that a collector which is started for each session looks too.
"""

import asyncio
import logging
import time
from collections.abc import Callable, Collection
from datetime import UTC, datetime
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Final

from imutrack.capture import Outline, TaskStarted, outline_of
from imutrack.capture.files import FOLDER, captures_in
from imutrack.collector.health.ages import Ages
from imutrack.collector.own_thread import in_own_thread
from imutrack.collector.settings import CollectorSettings
from imutrack.config import Settings
from imutrack.errors import ImutrackError
from imutrack.stores.local import LocalStore
from imutrack.stores.points import prune_links

__all__ = ["keep_house", "tidy"]

log = logging.getLogger(__name__)

_DAY_S: Final = 86_400.0
_FIRST_S: Final = 120.0  # after the start; a box with a network has its time by then
_EVERY_S: Final = 600.0
_AT_ONCE: Final = 2  # captures each time: more than a clinic makes, and few enough to be missed in time
_IDLE_DAYS: Final = 1.0  # what straps sent that nobody wore: long enough to look into a fault of yesterday


async def keep_house(
    settings: Settings,
    collector: CollectorSettings,
    open_now: Callable[[], Collection[Path]],
    wall_s: Callable[[], float] = time.time,
    steady_s: Callable[[], float] = time.monotonic,
    first_s: float = _FIRST_S,
    every_s: float = _EVERY_S,
) -> None:
    """Throw away now and again what is too old, until cancelled.

    Args:
        settings: of the clinic.
        collector: how long captures are kept.
        open_now: captures that are being written.
        wall_s: Unix epoch s.
        steady_s: a clock that nobody sets, s.
        first_s: until the first look.
        every_s: how often.
    """
    ages = await in_own_thread("housekeeping", partial(Ages, settings.data_dir / FOLDER, steady_s()))
    await asyncio.sleep(first_s)
    while True:
        try:
            look = partial(_look, settings, collector.keep_captures_days, ages, open_now())
            await in_own_thread("housekeeping", partial(look, wall_s(), steady_s()))
        except (ImutrackError, OSError) as error:
            log.warning("old captures were not thrown away: %s", error)
        await asyncio.sleep(every_s)


def tidy(settings: Settings, keep_days: float, ages: Ages, open_now: Collection[Path] = ()) -> int:
    """Throw away what is too old, two captures at most; return how many went.

    Args:
        settings: of the clinic.
        keep_days: for how long captures are kept.
        ages: of the captures that are there; notes in which something was done, so that each is looked into once.
        open_now: captures that are being written.

    Raises:
        OSError: a capture cannot be removed.
    """
    old = (
        path
        for path in captures_in(settings.data_dir)
        if path not in open_now
        and (
            ages.days(path.name) > keep_days
            or (ages.days(path.name) > _IDLE_DAYS and not _holds_sets(path, ages.done_in))
        )
    )
    going = list(islice(old, _AT_ONCE))
    for path in going:
        path.unlink(missing_ok=True)
    return len(going)


def _look(
    settings: Settings, keep_days: float, ages: Ages, open_now: Collection[Path], now_s: float, on_s: float
) -> None:
    leapt_days = ages.look(now_s, on_s, [path.name for path in captures_in(settings.data_dir)])
    if leapt_days:
        log.warning(
            "the machine's clock says %s, %.0f days %s: see that it is right; nothing is thrown away for that",
            f"{datetime.fromtimestamp(now_s, UTC):%Y-%m-%d}",
            abs(leapt_days),
            "after the last look" if leapt_days > 0 else "before what it should",
        )
    try:
        if gone := tidy(settings, keep_days, ages, open_now):
            log.info("captures: %d thrown away, as the settings say", gone)
        if ages.even:
            with LocalStore.open(settings.data_dir) as store:
                prune_links(store, now_s - settings.trace_days * _DAY_S)
    finally:
        ages.keep()  # last, since a disk that is full takes nothing until something was thrown away


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
