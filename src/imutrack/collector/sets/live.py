"""Counts and angles while sets are being done: provisional, for a screen.

The set so far goes through the analysis that its end gets (`workbench`, in a process of its own),
again and again: at most every 0.4 s, and with pauses four times as long as the last look took, so that looking costs a
fifth of a core at most, however many sets are being done and however long they last.

A set whose look ends the analyst is not looked at again; its end is another matter.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import msgspec

from imutrack.collector.sets.analyst import Analyst, AnalystError
from imutrack.collector.sets.looks import Aim, Look, Shown

__all__ = ["LiveCounts", "LiveParams"]

log = logging.getLogger(__name__)

_NO_AIM: Final = Aim()


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveParams:
    """How often sets are looked at."""

    every_s: float = 0.4  # a quick repetition takes one second, and half of it is what a count may be late
    rest_share: float = 4.0  # of what a look took: a fifth of a core
    last_s: float = 2.0  # for the look at a set's end: what is typed then waits for it


@dataclass(slots=True)
class _Followed:
    """A set that is being looked at."""

    aim: Aim
    shown: Shown = field(default_factory=Shown)
    latest: Look | None = None
    failed: bool = False


class LiveCounts:
    """Looks at the sets that are being done, in turn.

    Args:
        analyst: who looks; it must be told what the captures are told.
        now_ns: host time.
        on_look: is given the capture and each look; must neither wait nor raise.
        params: how often.
        sleep: waits for so many seconds.
    """

    def __init__(
        self,
        analyst: Analyst,
        now_ns: Callable[[], int],
        on_look: Callable[[Path, Look], None],
        params: LiveParams = LiveParams(),
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._analyst, self._now_ns, self._on_look = analyst, now_ns, on_look
        self._params, self._sleep = params, sleep
        self._sets: dict[tuple[Path, int], _Followed] = {}
        self._begun = asyncio.Event()
        self._last: set[asyncio.Task[float]] = set()

    def begin(self, capture: Path, number: int, aim: Aim = _NO_AIM) -> None:
        """Look at a set from now on, until `end`."""
        self._sets[capture, number] = _Followed(aim)
        self._begun.set()

    def latest(self, capture: Path, number: int) -> Look | None:
        """Return the last look at a set that is being done; None where there was none."""
        followed = self._sets.get((capture, number))
        return None if followed is None else followed.latest

    async def end(self, capture: Path, number: int, stop_ns: int) -> Look | None:
        """Look once more at a set that ends, with all that came, and no longer at it then.

        Returns:
            The look, whose ``reps`` are what is kept as counted live; the one before where this one takes too long;
            None where there was none at all.
        """
        followed = self._sets.pop((capture, number), None)
        if followed is None:
            return None
        if not self._sets:
            self._begun.clear()
        if not followed.failed:
            last = asyncio.create_task(self._look(capture, number, followed, stop_ns, over=True))
            self._last.add(last)
            last.add_done_callback(self._last.discard)
            await asyncio.wait({last}, timeout=self._params.last_s)  # one that takes longer may end by itself
        return followed.latest

    async def run(self) -> None:
        """Look at the sets in turn, for ever."""
        while True:
            await self._begun.wait()
            cost_s = 0.0
            for (capture, number), followed in list(self._sets.items()):
                if (capture, number) in self._sets and not followed.failed:
                    cost_s += await self._look(capture, number, followed, self._now_ns(), over=False)
            await self._sleep(max(self._params.every_s, self._params.rest_share * cost_s))

    async def _look(self, capture: Path, number: int, followed: _Followed, now_ns: int, *, over: bool) -> float:
        """Look at a set; return what it cost, s."""
        try:
            looked = await self._analyst.look(capture, number, now_ns, over=over)
        except AnalystError as error:
            log.warning("a set is not counted live: %s", error)
            followed.failed = True
            return 0.0
        if looked.look is None:
            return looked.cost_s
        look = msgspec.structs.replace(looked.look, aim=followed.aim)
        followed.latest = look if over else followed.shown.steady(look)
        self._on_look(capture, followed.latest)
        return looked.cost_s
