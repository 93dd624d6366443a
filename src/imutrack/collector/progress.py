"""Whether the loops that must never stand still do go on: for ``/healthz`` and for systemd's watchdog."""

import asyncio
from collections.abc import Callable, Mapping
from typing import Final

__all__ = ["LAG_EVERY_S", "Progress", "watch_lag"]

LAG_EVERY_S: Final = 0.1


class Progress:
    """When each loop last made a step.

    Args:
        limits_s: by name of a loop, how long a step may take.
        now: the loop's time, s; all have until their limit from here on to make their first.
    """

    def __init__(self, limits_s: Mapping[str, float], now: Callable[[], float]) -> None:
        self._limits_s, self._now = dict(limits_s), now
        self._at_s = dict.fromkeys(limits_s, now())

    def step(self, name: str) -> None:
        """Note that a loop goes on."""
        self._at_s[name] = self._now()

    def age_s(self, name: str) -> float:
        """Return how long ago the last step was."""
        return self._now() - self._at_s[name]

    def late(self) -> list[str]:
        """Return the names of the loops that stand still."""
        return [name for name, limit_s in self._limits_s.items() if self.age_s(name) > limit_s]


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
