"""Takes what waits in the outbox to the server, in a thread: now, and again while something is left.

Nothing waits for it, the end of the collector least of all: a server may take minutes to answer, or a name to be found,
and a thread cannot be cancelled. So it has one of its own that ends with the process; what the server had not confirmed
by then is sent again, which changes nothing there. What cannot be sent stays in the outbox, and is said once until that
changes.
"""

import asyncio
import logging
import math
import os
import time
from collections.abc import Mapping
from functools import partial
from threading import Event
from typing import Final

from imutrack.collector.own_thread import in_own_thread
from imutrack.config import Settings
from imutrack.errors import ImutrackError
from imutrack.influx import Client, Sender, access_of, erase_waiting, influx_of, sending_alone
from imutrack.stores import outbox
from imutrack.stores.database import FILE_NAME
from imutrack.stores.local import LocalStore
from imutrack.words import counted

__all__ = ["Sending", "send_waiting"]

log = logging.getLogger(__name__)

_AT_ONCE_S: Final = 10.0  # then the store is closed for a moment
_AGAIN_S: Final = 60.0
_MB: Final = 1_000_000


class Sending:
    """Sends in the background.

    Args:
        settings: of the clinic; without an InfluxDB there nothing is sent.
        environment: variables, of which one may hold the token.
    """

    def __init__(self, settings: Settings, environment: Mapping[str, str] = os.environ) -> None:
        self._settings, self._environment = settings, environment
        self._wanted = asyncio.Event()
        self._said = ""

    def soon(self) -> None:
        """Say that something may be waiting."""
        self._wanted.set()

    async def run(self) -> None:
        """Send what waits, for ever; returns at once where there is no server."""
        ended = Event()
        try:
            await self._send_again_and_again(ended)
        finally:
            ended.set()

    async def _send_again_and_again(self, ended: Event) -> None:
        work = partial(send_waiting, self._settings, self._environment, ended=ended)
        while self._settings.influx:
            self._wanted.clear()
            problem = ""
            try:
                left = await in_own_thread("sending", work)
                problem = (
                    f"{counted(left, 'point')} wait for InfluxDB, none is lost: see imutrack doctor" if left else ""
                )
            except ImutrackError as error:
                problem = str(error)
            if problem and not self._said:
                log.warning("%s", problem)
            self._said = problem
            try:
                async with asyncio.timeout(_AGAIN_S if problem else None):
                    await self._wanted.wait()
            except TimeoutError:
                pass


def send_waiting(
    settings: Settings, environment: Mapping[str, str], within_s: float = _AT_ONCE_S, ended: Event | None = None
) -> int:
    """Send what waits, for so many seconds; return how many points are left.

    Args:
        settings: of the clinic.
        environment: variables, of which one may hold the token.
        within_s: after that nothing new is begun.
        ended: nor when this is set.

    Raises:
        ImutrackError: somebody else is sending, there is no token, or the store cannot be read; nothing is lost.
    """
    server = influx_of(settings.influx, settings.source)
    if server is None or not (settings.data_dir / FILE_NAME).exists():
        return 0
    with LocalStore.open(settings.data_dir, create=False) as store:
        if outbox.to_fill(store):  # a first sync that was cut off
            outbox.refill(store)
        if not outbox.is_on(store) or not (outbox.waiting(store).batches or outbox.to_erase(store)):
            return 0
        with Client(access_of(server, environment, settings.source)) as client, sending_alone(store):
            erase_waiting(store, client)
            ended = ended or Event()
            now, rest = partial(_now_s, ended), partial(_rest, ended)
            Sender(store, client, now, rest).drain(time.monotonic() + within_s)
        if trimmed := outbox.trim(store, server.quota_mb * _MB):
            log.warning("%s of curves dropped, as more waits than quota_mb allows", counted(trimmed, "point"))
        return outbox.waiting(store).points


def _now_s(ended: Event) -> float:
    """Return the time; it is too late for anything when this has ended."""
    return math.inf if ended.is_set() else time.monotonic()


def _rest(ended: Event, seconds: float) -> None:
    ended.wait(seconds)
