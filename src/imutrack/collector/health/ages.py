"""How old captures are, by what the collector counted itself: the clock of a small box is no witness of that.

Such a box has no battery for its clock. It starts at the time of its last shutdown, or years ago, and leaps when the
network answers; so neither the date of a file nor that of today says how old it is.

The rule: a capture is as old as what was counted since it was first seen. Counted is the time that the collector ran,
by a clock that nobody sets; and the time it did not, such as a weekend, where the machine's clock went on by three days
at most. What a longer way, or one back by more than a day, says is a leap: nothing of it is counted, and no age is
believed until the clock has gone evenly for three days of running. So a wrong clock can only keep a capture for longer.

A file beside the captures holds the count. Where it is lost the captures count as new.
"""

from collections.abc import Iterable
from pathlib import Path
from typing import Final

import msgspec

from imutrack.stores.private_files import write_private

__all__ = ["LIST", "Ages"]

LIST: Final = "ages.json"

_DAY_S: Final = 86_400.0
_FARTHEST_S: Final = 3 * _DAY_S  # what a clock may go on while nobody looks: a long weekend
_BACK_S: Final = _DAY_S  # boxes that keep the time of the shutdown in a file go back by an hour or so when power fails
_EVEN_S: Final = 3 * _DAY_S  # of running; more than a clinic needs to see a wrong date on its screens


class _Counted(msgspec.Struct, kw_only=True):
    """What is kept.

    Attributes:
        counted_s: so far.
        even_s: the collector ran since the clock last leapt.
        clock_s: the latest that the clock said since then, Unix epoch s; None before the first look.
        seen: name of a capture -> what was counted when it was first seen.
    """

    counted_s: float = 0.0
    even_s: float = 0.0
    clock_s: float | None = None
    seen: dict[str, float] = {}


class Ages:
    """The ages of the captures in a folder.

    Args:
        folder: which has the captures and the list.
    """

    def __init__(self, folder: Path) -> None:
        self._path = folder / LIST
        self._on_s: float | None = None
        try:
            self._count = msgspec.json.decode(self._path.read_bytes(), type=_Counted)
        except (OSError, msgspec.DecodeError):
            self._count = _Counted()

    @property
    def even(self) -> bool:
        """Whether the clock has gone evenly for so long that ages are believed."""
        return self._count.even_s >= _EVEN_S

    def look(self, now_s: float, on_s: float, names: Iterable[str]) -> float:
        """Count on, and note which captures are there; return by how many days the clock leapt, 0 where it did not.

        Args:
            now_s: Unix epoch s.
            on_s: of a clock that nobody sets, s.
            names: of all captures.
        """
        count = self._count
        ran_s = 0.0 if self._on_s is None else max(on_s - self._on_s, 0.0)
        self._on_s = on_s
        went_s = 0.0 if count.clock_s is None else now_s - count.clock_s
        count.even_s += ran_s
        leapt_s = went_s if went_s < -_BACK_S or went_s - ran_s > _FARTHEST_S else 0.0
        if leapt_s:
            count.even_s, count.clock_s = 0.0, now_s
            count.counted_s += ran_s
        else:
            count.clock_s = max(now_s, now_s if count.clock_s is None else count.clock_s)
            count.counted_s += max(ran_s, went_s)
        count.seen = {name: count.seen.get(name, count.counted_s) for name in names}
        return leapt_s / _DAY_S

    def days(self, name: str) -> float:
        """Return how old a capture is; 0 where it was not there at the last look."""
        return (self._count.counted_s - self._count.seen.get(name, self._count.counted_s)) / _DAY_S

    def keep(self) -> None:
        """Write the list.

        Raises:
            OSError: it cannot be written; what was counted is known as long as this lives.
        """
        if self._path.parent.is_dir():  # else there is no capture yet
            write_private(self._path, msgspec.json.encode(self._count))
