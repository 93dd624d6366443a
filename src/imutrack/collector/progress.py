"""Whether the loops that must never stand still do go on: for ``/healthz`` and for systemd's watchdog."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

__all__ = ["LAG_EVERY_S", "UNWATCHED", "Pace", "Progress", "watch_lag"]

LAG_EVERY_S: Final = 0.1


@dataclass(frozen=True, slots=True)
class Pace:
    """What one loop tells of itself: ``step``, that it goes on; ``rest``, that there is nothing to do."""

    step: Callable[[], object]
    rest: Callable[[], object]


UNWATCHED: Final = Pace(lambda: None, lambda: None)
"""Of a loop that nobody watches."""


class Progress:
    """When each loop last made a step.

    Args:
        limits_s: by name of a loop, how long a step may take.
        now: the loop's time, s; all have until their limit from here on to make their first.
    """

    def __init__(self, limits_s: Mapping[str, float], now: Callable[[], float]) -> None:
        self._limits_s, self._now = dict(limits_s), now
        self._at_s = dict.fromkeys(limits_s, now())
        self._resting = set[str]()

    def step(self, name: str) -> None:
        """Note that a loop goes on."""
        self._at_s[name] = self._now()
        self._resting.discard(name)

    def rest(self, name: str) -> None:
        """Note that a loop has nothing to do: it may stand still until its next step."""
        self._resting.add(name)

    def pace(self, name: str) -> Pace:
        """Return what a loop tells by how it goes."""
        return Pace(lambda: self.step(name), lambda: self.rest(name))

    def age_s(self, name: str) -> float:
        """Return how long ago the last step was."""
        return self._now() - self._at_s[name]

    def late(self) -> list[str]:
        """Return the names of the loops that stand still."""
        return [
            name for name, limit_s in self._limits_s.items() if name not in self._resting and self.age_s(name) > limit_s
        ]


async def watch_lag(took_s: Callable[[list[float]], None], per_batch: int = 50) -> None:
    """Tell until cancelled how late timers come, in batches: as late is the loop with whatever a radio hands it.

    Args:
        took_s: takes some of them, seconds.
        per_batch: how many.
    """
    loop = asyncio.get_running_loop()
    lags_s: list[float] = []
    while True:
        due_s = loop.time() + LAG_EVERY_S
        await asyncio.sleep(LAG_EVERY_S)
        lags_s.append(max(loop.time() - due_s, 0.0))
        if len(lags_s) == per_batch:
            took_s(lags_s)
            lags_s = []
