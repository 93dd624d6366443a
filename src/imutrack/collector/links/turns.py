"""Whose turn it is to connect: one at a time, first come first served, and who always fails gives way.

An adapter makes one connection at a time. A device that never answers would hold it for eight seconds again and again,
and every strap that lost its link meanwhile would wait for it. So a strap that failed some times in a row waits behind
those that did not, and its attempt is broken off as soon as one of them needs the radio: to connect, or only to be
heard, since nobody is heard while a connection is made.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

__all__ = ["GaveWayError", "Turns"]

T = TypeVar("T")


class GaveWayError(Exception):
    """The attempt was broken off for a strap that fails less; it says nothing about the device."""


class Turns:
    """The queue before one adapter.

    Args:
        quiet_s: how long the patient keep away from the radio when another strap begins to look for its device; one
            that is there is heard within it.
    """

    def __init__(self, quiet_s: float = 1.0) -> None:
        self._quiet_s, self._quiet_until_s = quiet_s, 0.0
        self._busy = False
        self._attempt: asyncio.Task[Any] | None = None  # only one that may be broken off
        self._lines: tuple[deque[asyncio.Future[None]], ...] = (deque(), deque())  # who fails less; the patient

    async def take(self, attempt: Callable[[], Coroutine[Any, Any, T]], *, patient: bool) -> T:
        """Carry out an attempt when it is its turn, and return or raise what it does.

        Args:
            attempt: called then.
            patient: it may be broken off; to end in time when it is cancelled is up to it.

        Raises:
            GaveWayError: it was broken off.
        """
        if not patient:
            self.press()
        await self._my_turn(patient=patient)
        while patient and self._quiet_for_s > 0:
            self._pass_on()
            await asyncio.sleep(self._quiet_for_s)
            await self._my_turn(patient=patient)
        task = asyncio.get_running_loop().create_task(attempt())
        self._attempt = task if patient else None
        try:
            return await task
        except asyncio.CancelledError:
            current = asyncio.current_task()
            if current is not None and current.cancelling():
                raise
            raise GaveWayError from None
        finally:
            self._attempt = None
            self._pass_on()

    def press(self) -> None:
        """Let the patient give way, also in mid-attempt: a strap that fails less looks for its device."""
        self._quiet_until_s = asyncio.get_running_loop().time() + self._quiet_s
        if self._attempt is not None:
            self._attempt.cancel()

    @property
    def _quiet_for_s(self) -> float:
        return self._quiet_until_s - asyncio.get_running_loop().time()

    async def _my_turn(self, *, patient: bool) -> None:
        if not self._busy:
            self._busy = True
            return
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._lines[patient].append(future)
        try:
            await future
        except asyncio.CancelledError:
            if future.done() and not future.cancelled():  # the turn had come in the same instant
                self._pass_on()
            raise

    def _pass_on(self) -> None:
        for line in self._lines:
            while line:
                future = line.popleft()
                if not future.done():
                    future.set_result(None)
                    return
        self._busy = False
