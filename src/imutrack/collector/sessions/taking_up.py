"""What an earlier run left is gone on with: sessions that were cut off, and each hour what is not stored yet."""

import asyncio
import logging
from collections import Counter
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Final

from imutrack.capture.files import FOLDER
from imutrack.collector.captures.recorder import Recorder
from imutrack.collector.own_thread import in_own_thread
from imutrack.collector.sessions.carrying_out import CarryingOut
from imutrack.collector.sessions.resuming import Note, cut_off, resume
from imutrack.collector.sessions.sessions import Sessions
from imutrack.collector.sessions.told import Outcome
from imutrack.collector.sets.analyst import Analyst
from imutrack.collector.sets.finishing import Finisher, Waiting
from imutrack.collector.sets.unfinished import catch_up
from imutrack.errors import ImutrackError

__all__ = ["catch_up_hourly", "go_on"]

log = logging.getLogger(__name__)

_HOUR_S: Final = 3600.0
_QUIET_S: Final = 60.0  # until the next look whether no set is being done


async def go_on(
    data_dir: Path,
    now_s: float,
    recorder: Recorder,
    sessions: Sessions,
    decide: Callable[[Callable[[int], Outcome]], Outcome],
) -> list[Note]:
    """Go on with the sessions that were cut off a moment ago; return what is told of them to people who come later.

    Args:
        data_dir: of the clinic.
        now_s: Unix epoch s.
        recorder: knows which captures are this run's.
        sessions: of this run.
        decide: lets them decide of all that came until now, and has it carried out.
    """
    try:
        found = await in_own_thread("going on", partial(cut_off, data_dir / FOLDER, now_s, recorder.open_now))
        return resume(found, sessions, decide)
    except (ImutrackError, OSError, RuntimeError) as error:  # the last: there is no room for another thread
        log.warning("sessions of an earlier run were not looked for: %s", error)
        return []


async def catch_up_hourly(
    analyst: Analyst, finisher: Finisher, data_dir: Path, recorder: Recorder, carrying_out: CarryingOut
) -> None:
    """Finish what is captured and not stored, now and each hour, while nobody waits for a count; for ever.

    Args:
        analyst: who reads the captures.
        finisher: who finishes the sets.
        data_dir: of the clinic.
        recorder: knows which captures are being written.
        carrying_out: knows which sets are being done, and which are about to be finished.
    """
    tried = Counter[Waiting]()
    while True:
        busy = {*recorder.open_now, *(waiting.capture for waiting in carrying_out.awaited)}
        try:
            left = await catch_up(analyst, finisher, data_dir, busy, tried)
            for problem in left.problems:
                log.warning("%s", problem)
        except (ImutrackError, OSError) as error:
            log.warning("sets that are not stored were not looked for: %s", error)
        await asyncio.sleep(_HOUR_S)
        while carrying_out.sets:
            await asyncio.sleep(_QUIET_S)
