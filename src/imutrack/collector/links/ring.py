"""The ring between the radio and everything behind it: bounded, and what it loses is counted.

The radio's callback does three things: stamp, append, and wake whoever drains once. When nobody drains in time the
oldest notifications go: a set that is being done now is worth more than one from before the trouble.
"""

import asyncio
from collections import Counter, deque
from collections.abc import Callable, Mapping
from typing import Final

__all__ = ["CAPACITY", "Entry", "Ring", "Tap"]

Entry = tuple[str, str, int, bytes]
"""Strap, characteristic, host time in ns, payload."""

CAPACITY: Final = 80_000  # ten seconds of 64 straps at 120 Hz, about 20 MB


class Ring:
    """Notifications that were not yet taken; one thread.

    Args:
        capacity: how many it holds.
    """

    def __init__(self, capacity: int = CAPACITY) -> None:
        self._capacity = capacity
        self._entries: deque[Entry] = deque()
        self._lost: Counter[str] = Counter()
        self._filled = asyncio.Event()

    def __len__(self) -> int:
        return len(self._entries)

    def put(self, entry: Entry) -> None:
        """Append, at the cost of the oldest when it is full."""
        entries = self._entries
        if len(entries) >= self._capacity:
            self._lost[entries.popleft()[0]] += 1
        entries.append(entry)
        if len(entries) == 1:  # whoever drains takes all, so only the first has to wake it
            self._filled.set()

    async def wait(self) -> None:
        """Wait until there is something to take."""
        await self._filled.wait()

    def take(self) -> tuple[list[Entry], Mapping[str, int]]:
        """Return all there is, oldest first, and how many of each strap were lost since the last time."""
        entries, lost = list(self._entries), dict(self._lost)
        self._entries.clear()
        self._lost.clear()
        self._filled.clear()
        return entries, lost


class Tap:
    """One link's way into the ring: what a radio calls for each notification.

    Args:
        ring: where it goes.
        strap: whose it is.
        now_ns: host time.
    """

    __slots__ = ("_now_ns", "_put", "_strap", "at_ns", "count", "heard_ns", "overhear")

    def __init__(self, ring: Ring, strap: str, now_ns: Callable[[], int]) -> None:
        self._put, self._strap, self._now_ns = ring.put, strap, now_ns
        self.at_ns = 0  # of the last notification; 0 before the first
        self.heard_ns: dict[str, int] = {}  # the same of each characteristic that has notified
        self.count = 0
        self.overhear: Callable[[str, bytes], None] | None = None  # who waits for an answer, or for the first

    def __call__(self, characteristic: str, payload: bytes) -> None:
        """Take a notification."""
        self.at_ns = self.heard_ns[characteristic] = at_ns = self._now_ns()
        self.count += 1
        self._put((self._strap, characteristic, at_ns, payload))
        if self.overhear is not None:
            self.overhear(characteristic, payload)
