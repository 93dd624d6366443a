"""What the collector tells everybody who watches, as it happens.

Whoever does not keep up loses the oldest of what waits for it, and is told how many; it holds up nobody.
"""

import asyncio
from collections import deque
from collections.abc import Mapping
from types import TracebackType
from typing import Any, Final, Self

__all__ = ["LIMIT", "Feed", "Follower"]

Said = Mapping[str, Any]

LIMIT: Final = 256  # waiting for one follower; a watch of ten straps gets about ten a second


class Feed:
    """Hands what is said to all followers; one thread.

    Args:
        limit: what may wait for one of them.
    """

    def __init__(self, limit: int = LIMIT) -> None:
        self._limit = limit
        self._followers: set[Follower] = set()

    def __len__(self) -> int:
        """How many follow: with nobody there, nothing need be made to be said."""
        return len(self._followers)

    def say(self, said: Said) -> None:
        """Tell all who follow now; never waits."""
        for follower in self._followers:
            follower.hear(said)

    def follow(self) -> "Follower":
        """Return a follower that hears everything from now on, until it is closed."""
        follower = Follower(self._followers, self._limit)
        self._followers.add(follower)
        return follower


class Follower:
    """Hears a feed: ``with feed.follow() as heard: async for said in heard: ...``."""

    def __init__(self, among: "set[Follower]", limit: int) -> None:
        self._among, self._limit = among, limit
        self._waiting: deque[Said] = deque()
        self._missed = 0
        self._more = asyncio.Event()

    @property
    def waiting(self) -> int:
        """How much was said that is not yet taken."""
        return len(self._waiting)

    def hear(self, said: Said) -> None:
        """Take what is said, at the cost of the oldest."""
        if len(self._waiting) >= self._limit:
            self._waiting.popleft()
            self._missed += 1
        self._waiting.append(said)
        self._more.set()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._among.discard(self)

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Said:
        """Wait for the next; where some were missed before it, that is said first as ``{"missed": how many}``."""
        await self._more.wait()
        if self._missed:
            missed, self._missed = self._missed, 0
            return {"missed": missed}
        said = self._waiting.popleft()
        if not self._waiting:
            self._more.clear()
        return said
