"""Discovery: on while somebody looks for a device, off while one is connected; started again and again.

Scanning takes air from the links, and a controller that scans while it connects fails more often. Starting anew makes
BlueZ report devices that it reported before, and so does a device that lost its link.

Three things may go on, each once at most: the scanner runs, a start of it is under way, or a retry waits. A start is
never broken off because it takes long: BlueZ would do it all the same, and refuse every later one, while Bleak would
know of nothing to stop. It is waited for in the background, and what it leads to is then kept or stopped.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Final, Protocol

from imutrack.sources.bleak_errors import EXPECTED, link_error
from imutrack.sources.bounded import bounded
from imutrack.sources.radio import Fault

__all__ = ["Discovery", "Scanner"]

log = logging.getLogger(__name__)

_STEP_S: Final = 3.0  # to start or stop, for those who wait for it; BlueZ takes 0.1 s
_LOST_S: Final = 25.0  # what is not started by then will not be: as long as D-Bus itself waits for an answer
_GONE_STEP_S: Final = 0.5  # to stop where the service is gone: only Bleak's own books are closed
_AGAIN_S: Final = 0.5  # after it could not be started


class Scanner(Protocol):
    """What of Bleak's scanner is used."""

    async def start(self) -> None:
        """Look for devices."""
        ...

    async def stop(self) -> None:
        """Rest."""
        ...


async def _nothing() -> None:
    """Do nothing."""


class Discovery:
    """Keeps a scanner in the state that is wanted.

    Args:
        scanner: returns the one to start, not started; asked before each start.
        pause: whether it rests while a device is being connected.
        end_stray: ends a discovery that the service may do for us although no scanner knows of it.
    """

    def __init__(
        self,
        scanner: Callable[[], Scanner],
        *,
        pause: bool = True,
        end_stray: Callable[[], Awaitable[None]] = _nothing,
    ) -> None:
        self._make, self._pauses_at_all, self._end_stray = scanner, pause, end_stray
        self._scanner: Scanner | None = None  # that was started last
        self._wanted = self._paused = self._running = self._anew = False
        self._there = False
        self._lock = asyncio.Lock()
        self._work: set[asyncio.Task[None]] = set()
        self._starting: asyncio.Task[None] | None = None
        self._began_s = 0.0
        self._retry: asyncio.TimerHandle | None = None
        self._told = False

    @property
    def running(self) -> bool:
        """Whether it looks now."""
        return self._running

    @property
    def wanted(self) -> bool:
        """Whether somebody looks for a device."""
        return self._wanted

    def want(self, *, wanted: bool) -> None:
        """Look from now on, anew where it did so already; or rest."""
        self._wanted, self._anew = wanted, wanted
        self._settle_soon()

    def service(self, *, there: bool) -> None:
        """Take note that the service came or went; with it went the discovery it did for us."""
        self._there, self._anew = there, True
        self._no_retry()
        if self._starting is not None:
            self._starting.cancel()  # whoever was asked is no more
        self._settle_soon()

    @asynccontextmanager
    async def paused(self) -> AsyncIterator[None]:
        """Rest while a device is being connected."""
        if not self._pauses_at_all:
            yield
            return
        self._paused = True
        try:
            await self._settle()
            yield
        finally:
            self._paused = False
            self._settle_soon()

    async def stop(self) -> None:
        """Rest for good."""
        self._wanted = False
        if self._starting is not None:
            _, late = await asyncio.wait((self._starting,), timeout=_GONE_STEP_S)
            for start in late:
                start.cancel()  # it ends with our connection to the bus
        await self._settle()
        if self._work:
            await asyncio.wait(self._work)

    def _settle_soon(self) -> None:
        task = asyncio.get_running_loop().create_task(self._settle())
        self._work.add(task)
        task.add_done_callback(self._work.discard)

    async def _settle(self) -> None:
        async with self._lock:
            await self._wait_for_start()
            if self._starting is not None:
                return  # it settles when it is through
            if self._running and (self._anew or not self._should):
                await self._end()
            self._anew = False
            if not self._should:
                self._no_retry()
            elif not self._running and self._retry is None:
                self._begin()
                await self._wait_for_start()

    @property
    def _should(self) -> bool:
        return self._wanted and self._there and not self._paused

    def _begin(self) -> None:
        loop = asyncio.get_running_loop()
        self._began_s = loop.time()
        self._starting = loop.create_task(self._start())

    async def _wait_for_start(self) -> None:
        """Wait for a start that is under way, unless it takes longer than it should."""
        if self._starting is not None:
            left_s = self._began_s + _STEP_S - asyncio.get_running_loop().time()
            await asyncio.wait((self._starting,), timeout=max(0.0, left_s))

    async def _start(self) -> None:
        self._scanner = self._make()
        try:
            await bounded(self._scanner.start(), _LOST_S)
        except EXPECTED as error:
            why = link_error(error)
            log.log(logging.DEBUG if self._told else logging.WARNING, "cannot look for devices yet: %s", why)
            self._told = True
            await self._close_books()
            if why.kind in (Fault.IN_PROGRESS, Fault.TIMEOUT):  # it may look for us, and nobody is told what it sees
                await self._end_stray()
            self._retry = asyncio.get_running_loop().call_later(_AGAIN_S, self._try_again)
        else:
            self._running, self._told, self._anew = True, False, False
        finally:
            self._starting = None
        self._settle_soon()  # what is wanted may be another thing by now

    def _try_again(self) -> None:
        self._retry = None
        self._settle_soon()

    def _no_retry(self) -> None:
        if self._retry is not None:
            self._retry.cancel()
            self._retry = None

    async def _end(self) -> None:
        self._running = False
        await self._close_books()

    async def _close_books(self) -> None:
        """Stop the scanner; whatever BlueZ says to it, Bleak no longer calls us for it."""
        if self._scanner is None:
            return
        try:
            await bounded(self._scanner.stop(), _STEP_S if self._there else _GONE_STEP_S)
        except EXPECTED as error:
            log.debug("discovery was not stopped: %s", link_error(error))
