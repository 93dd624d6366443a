"""How old captures are, by what the collector counted itself: the clock of a small box is no witness of that.

Such a box has no battery for its clock. It starts at the time of its last shutdown, or years ago, or in 2099, and leaps
when the network answers; so neither the date of a file nor that of today says how old it is.

The rule: a capture is as old as what was counted since it was first seen. Counted is the time that the collector ran,
by a clock that nobody sets; and of what the machine's clock went on beyond its mark, the furthest it ever was plus what
ran since, three days at most, and nothing where it is more than 35 days. So nights, weekends, restarts and a clock that
is behind until the network answers are counted as they were, and a leap by months or years is not: such a clock only
keeps a capture for longer. (One that is ahead by less than 35 days adds three days at most.) Where the clock was more
than a day behind its mark for three days of running, the mark was wrong, and begins anew where the clock is.

A file beside the captures holds the count, and in which of them something was done, since to see that takes reading
them. Where it is lost the captures count as new.
"""

from collections.abc import Iterable
from pathlib import Path
from typing import Final

import msgspec

from imutrack.stores.private_files import write_private

__all__ = ["LIST", "Ages"]

LIST: Final = "ages.json"

_DAY_S: Final = 86_400.0
_COUNTED_S: Final = 3 * _DAY_S  # of one way on: a long weekend
_FARTHEST_S: Final = 35 * _DAY_S  # that a right clock goes on while nobody looks: the longest holidays
_BEHIND_S: Final = _DAY_S  # boxes that keep the time in a file go back by an hour or so when power fails
_SURE_S: Final = 3 * _DAY_S  # of running; more than a clinic needs to see a wrong date on its screens


class _Counted(msgspec.Struct, kw_only=True):
    """What is kept.

    Attributes:
        counted_s: so far.
        mark_s: the furthest that the clock was, moved on by what ran since, Unix epoch s; None before the first look.
        behind_s: the collector ran while the clock was behind that, since it was last there.
        even_s: the collector ran since the mark leapt.
        seen: name of a capture -> what was counted when it was first seen.
        done_in: names of captures in which something was done.
    """

    counted_s: float = 0.0
    mark_s: float | None = None
    behind_s: float = 0.0
    even_s: float = 0.0
    seen: dict[str, float] = {}
    done_in: set[str] = set()


class Ages:
    """The ages of the captures in a folder.

    Args:
        folder: which has the captures and the list.
        on_s: of a clock that nobody sets, s: from when on time is counted that ran.
    """

    def __init__(self, folder: Path, on_s: float) -> None:
        self._path = folder / LIST
        self._on_s = on_s
        self._behind = False
        try:
            self._count = msgspec.json.decode(self._path.read_bytes(), type=_Counted)
        except (OSError, msgspec.DecodeError):
            self._count = _Counted()

    @property
    def even(self) -> bool:
        """Whether the machine's clock may be gone by: it is where it should be, and has not leapt for three days."""
        return self._count.even_s >= _SURE_S and not self._behind

    @property
    def done_in(self) -> set[str]:
        """Names of captures in which something was done, to be added to; those that are gone are forgotten."""
        return self._count.done_in

    def look(self, now_s: float, on_s: float, names: Iterable[str]) -> float:
        """Count on, and note which captures are there.

        Args:
            now_s: Unix epoch s.
            on_s: of the clock that nobody sets, s.
            names: of all captures.

        Returns:
            Days by which the clock leapt on since the last look, or is behind where it should be, negative, which is
            said once; else 0.
        """
        count = self._count
        ran_s = max(on_s - self._on_s, 0.0)
        self._on_s = on_s
        mark_s = now_s if count.mark_s is None else count.mark_s + ran_s
        ahead_s = now_s - mark_s
        was_behind, self._behind = self._behind, ahead_s < -_BEHIND_S
        count.even_s += ran_s
        count.behind_s = count.behind_s + ran_s if self._behind else 0.0
        leapt = ahead_s > _FARTHEST_S
        count.counted_s += ran_s + (0.0 if leapt else min(max(ahead_s, 0.0), _COUNTED_S))
        count.mark_s = max(now_s, mark_s)
        if leapt or count.behind_s >= _SURE_S:
            count.mark_s, count.behind_s, count.even_s, self._behind = now_s, 0.0, 0.0, False
        count.seen = {name: count.seen.get(name, count.counted_s) for name in names}
        count.done_in.intersection_update(count.seen)
        return ahead_s / _DAY_S if leapt or (self._behind and not was_behind) else 0.0

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
