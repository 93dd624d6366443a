"""Whether a strap moves now, since when, and since when it rests: block by block, while the readings come.

It is the notion of `imutrack.signals.rest`, looked at from one side: there the whole recording is known, here only what
came so far. Readings are averaged in cells of a fifth of a second, which leaves voluntary movement and takes tremor
and noise; a moment moves when the cells of the last second vary by more than a little, or turn steadily. A knock is no
movement and does not end a rest. Where readings are missing nothing is known: a rest begins anew after them.
"""

from collections import deque
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Final

import numpy as np

from imutrack.samples import Floats
from imutrack.signals.rest import RestParams

__all__ = ["Block", "Motion", "Movement", "MovementParams"]

_NS: Final = 1_000_000_000


@dataclass(frozen=True, slots=True)
class MovementParams:
    """What counts as movement while it is going on."""

    rest: RestParams = field(default_factory=RestParams)  # its window, its deviations: live and replayed see alike
    cell_s: float = 0.2  # their mean halves the noise of 20 Hz, and leaves the quickest repetitions, two a second
    knock_s: float = 0.3  # a knock is over in two cells; a movement of half a second spans three
    gap_s: float = 0.5  # a longer stretch without readings may hide a movement
    least_s: float = 0.5  # of readings, before anything is said of them


@dataclass(frozen=True, slots=True, eq=False)
class Block:
    """The readings of one strap over a quarter or half a second, evenly spaced.

    Attributes:
        begin_ns, end_ns: host time of the first reading, and one step after the last.
        acc: (n, 3) m/s2.
        gyr: (n, 3) rad/s; None where it has no gyroscope.
    """

    begin_ns: int
    end_ns: int
    acc: Floats
    gyr: Floats | None = None


@dataclass(frozen=True, slots=True)
class Motion:
    """How a strap moves at a moment.

    Attributes:
        at_ns: host time up to which this holds.
        amount: how much it varied in the last second, at most; 1.0 is movement for certain.
        moving: whether it moves, knocks left out.
        began_ns: when the movement that is on, or was last, began; None where it never moved.
        rest_since_ns: since when it rests; None while it moves.
        rested_ns: up to when that rest is certain: what has just begun may turn out a knock or a movement.
    """

    at_ns: int
    amount: float = 0.0
    moving: bool = False
    began_ns: int | None = None
    rest_since_ns: int | None = None
    rested_ns: int | None = None


@dataclass(frozen=True, slots=True, eq=False)
class _Cell:
    begin_ns: int
    end_ns: int
    acc: Floats
    gyr: Floats | None


class Movement:
    """Follows one strap.

    Args:
        params: what counts as movement.
    """

    def __init__(self, params: MovementParams | None = None) -> None:
        self._params = params or MovementParams()
        self._cells: deque[_Cell] = deque()
        self._seconds: deque[tuple[int, float]] = deque()  # the strongest movement of each second, for "around it"
        self._end_ns: int | None = None
        self._run_ns: int | None = None  # since when it varies, confirmed or not
        self._moving = False
        self._began_ns: int | None = None
        self._rest_ns: int | None = None

    def take(self, block: Block) -> Motion:
        """Follow the strap through the next block; one that lies before what is known says nothing new."""
        amount = 0.0
        cells = _cells(block, self._params.cell_s)
        if cells and (self._end_ns is None or block.begin_ns - self._end_ns > self._params.gap_s * _NS):
            self._begin_anew(block.begin_ns)
        limit = self._limit()
        for cell in cells:
            if self._end_ns is not None and cell.end_ns <= self._end_ns:
                continue
            self._add(cell)
            varied = self._varied()
            self._step(cell, varied >= limit)
            amount = max(amount, varied)
        if self._end_ns is None:
            return Motion(block.end_ns)
        self._remember(amount)
        return self._motion(amount)

    def _motion(self, amount: float) -> Motion:
        at_ns = self._end_ns or 0
        rested_ns = None if self._rest_ns is None else max(self._run_ns or at_ns, self._rest_ns)
        return Motion(at_ns, amount, self._moving, self._began_ns, self._rest_ns, rested_ns)

    def _begin_anew(self, at_ns: int) -> None:
        self._cells.clear()
        self._run_ns, self._moving, self._rest_ns = None, False, at_ns

    def _add(self, cell: _Cell) -> None:
        self._cells.append(cell)
        self._end_ns = cell.end_ns
        window_ns = round(self._params.rest.window_s * _NS)
        while self._cells[0].end_ns <= cell.end_ns - window_ns:
            self._cells.popleft()

    def _varied(self) -> float:
        """How much the cells of the last second vary, 1.0 being the deviation stated in the parameters."""
        rest, cells = self._params.rest, self._cells
        if cells[-1].end_ns - cells[0].begin_ns < self._params.least_s * _NS:
            return 0.0
        moved = _deviation(np.array([cell.acc for cell in cells])) / rest.acc_mps2
        turning = [cell.gyr for cell in cells if cell.gyr is not None]
        if len(turning) < len(cells):
            return moved
        gyr = np.array(turning)
        steady = float(np.linalg.norm(gyr.mean(axis=0))) - rest.gyr_bias_radps
        return max(moved, max(_deviation(gyr), steady) / rest.gyr_radps)

    def _step(self, cell: _Cell, varies: bool) -> None:
        window_ns = round(self._params.rest.window_s * _NS)
        if not varies:
            if self._moving:
                self._moving, self._rest_ns = False, cell.end_ns - window_ns  # nothing varied within the window
            self._run_ns = None
            return
        if self._run_ns is None:
            self._run_ns = cell.begin_ns
        # the window lets a movement be seen for as long as it lasts and a window more
        if not self._moving and cell.end_ns - self._run_ns >= window_ns + round(self._params.knock_s * _NS):
            self._moving, self._began_ns, self._rest_ns = True, self._run_ns, None

    def _remember(self, amount: float) -> None:
        second = (self._end_ns or 0) // _NS
        if self._seconds and self._seconds[-1][0] == second:
            amount = max(amount, self._seconds.pop()[1])
        self._seconds.append((second, amount))
        while self._seconds[0][0] < second - self._params.rest.around_s:
            self._seconds.popleft()

    def _limit(self) -> float:
        """From which deviation on it moves: a share of the movement around it, as for a recording."""
        rest = self._params.rest
        level = float(np.percentile([amount for _, amount in self._seconds], 90)) if self._seconds else 0.0
        return float(np.clip(rest.share * level, rest.least, 1.0))


def _cells(block: Block, cell_s: float) -> list[_Cell]:
    sound = np.isfinite(block.acc).all(axis=1)
    acc = block.acc[sound]
    gyr = None if block.gyr is None else block.gyr[sound]
    if gyr is not None and not np.isfinite(gyr).all():
        gyr = None
    count = min(max(round((block.end_ns - block.begin_ns) / _NS / cell_s), 1), len(acc))
    if count == 0:
        return []
    edges = np.linspace(block.begin_ns, block.end_ns, count + 1).round().astype(np.int64).tolist()
    accs = np.array_split(acc, count)
    gyrs = [None] * count if gyr is None else np.array_split(gyr, count)
    return [
        _Cell(begin, end, a.mean(axis=0), None if g is None else g.mean(axis=0))
        for (begin, end), a, g in zip(pairwise(edges), accs, gyrs, strict=True)
    ]


def _deviation(values: Floats) -> float:
    """Root of the trace of the covariance of (n, 3) values: the same for every orientation of the axes."""
    return float(np.sqrt(values.var(axis=0).sum()))
