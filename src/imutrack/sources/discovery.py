"""Discovery: on while somebody looks for a device, off while one is connected; one scanner, started again and again.

Scanning takes air from the links, and a controller that scans while it connects fails more often. Starting anew makes
BlueZ report devices that it reported before, and so does a device that lost its link.
"""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from bleak import BleakScanner

from imutrack.sources.bleak_errors import EXPECTED, link_error
from imutrack.sources.bounded import bounded

__all__ = ["Discovery"]

log = logging.getLogger(__name__)

_STEP_S: Final = 3.0  # to start or stop; BlueZ takes 0.1 s
_GONE_STEP_S: Final = 0.5  # to stop where the service is gone: only Bleak's own books are closed
_AGAIN_S: Final = 0.5  # after it could not be started


class Discovery:
    """Keeps a scanner in the state that is wanted.

    Args:
        scanner: not started.
        pause: whether it rests while a device is being connected.
    """

    def __init__(self, scanner: BleakScanner, *, pause: bool = True) -> None:
        self._scanner, self._pauses_at_all = scanner, pause
        self._wanted = self._paused = self._running = self._anew = False
        self._there = False
        self._lock = asyncio.Lock()
        self._work: set[asyncio.Task[None]] = set()
        self._timer: asyncio.TimerHandle | None = None
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
        if self._timer is not None:
            self._timer.cancel()
        await self._settle()
        if self._work:
            await asyncio.wait(self._work)

    def _settle_soon(self) -> None:
        task = asyncio.get_running_loop().create_task(self._settle())
        self._work.add(task)
        task.add_done_callback(self._work.discard)

    async def _settle(self) -> None:
        async with self._lock:
            if self._running and (self._anew or not self._should):
                await self._end()
            self._anew = False
            if self._should and not self._running:
                await self._begin()

    @property
    def _should(self) -> bool:
        return self._wanted and self._there and not self._paused

    async def _begin(self) -> None:
        try:
            await bounded(self._scanner.start(), _STEP_S)
        except EXPECTED as error:
            level = logging.DEBUG if self._told else logging.WARNING
            log.log(level, "cannot look for devices yet: %s", link_error(error))
            self._told = True
            await self._close_books()
            self._timer = asyncio.get_running_loop().call_later(_AGAIN_S, self._settle_soon)
        else:
            self._running, self._told = True, False

    async def _end(self) -> None:
        self._running = False
        await self._close_books()

    async def _close_books(self) -> None:
        """Stop the scanner; whatever BlueZ says to it, Bleak no longer calls us for it."""
        try:
            await bounded(self._scanner.stop(), _STEP_S if self._there else _GONE_STEP_S)
        except EXPECTED as error:
            log.debug("discovery was not stopped: %s", link_error(error))
