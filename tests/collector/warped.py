"""An event loop whose time is nobody's: where it would wait, its clock jumps to the next timer."""

import asyncio
import selectors
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")

_LOOK_EVERY = 256  # waits between two looks at file descriptors; a warped test has none but the loop's own


class _Jumping(selectors.SelectSelector):
    """Never waits: tells the loop to let its clock jump instead."""

    def __init__(self) -> None:
        super().__init__()
        self.jump_s = 0.0
        self._waits = 0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout is None:
            raise RuntimeError("nothing is due and nothing ever will be: everybody waits for somebody")
        if timeout > 0:
            self.jump_s += timeout
        self._waits += 1
        return super().select(0) if self._waits % _LOOK_EVERY == 0 else []


class WarpedLoop(asyncio.SelectorEventLoop):
    """Runs a month as fast as its callbacks do; threads and sockets have no place in it."""

    def __init__(self) -> None:
        self._jumping = _Jumping()
        super().__init__(self._jumping)

    def time(self) -> float:
        return 1000.0 + self._jumping.jump_s

    def stall(self, seconds: float) -> None:
        """Let time pass in which the machine did nothing."""
        self._jumping.jump_s += seconds


def warped(main: Coroutine[Any, Any, T]) -> T:
    """Run to the end in a loop of its own."""
    with asyncio.Runner(loop_factory=WarpedLoop) as runner:
        return runner.run(main)
