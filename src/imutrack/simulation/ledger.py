"""What became of every packet of a strap, so that a collector's accounting can be held against it.

Columns, not rows: a strap of 120 Hz makes 10 million packets a day.
"""

from array import array
from enum import IntEnum

from msgspec import Struct

__all__ = ["Fate", "Ledger", "StreamLedger"]


class Fate(IntEnum):
    """What became of a packet."""

    SENT = 0  # handed over to the host
    LOST = 1  # on air
    OVERRUN = 2  # the host did not take it: its queue was full
    UNHEARD = 3  # nobody had subscribed
    UNSENT = 4  # sampled, but the link ended or sending was stopped before its turn
    SILENT = 5  # the strap had stalled


class StreamLedger(Struct, frozen=True, kw_only=True):
    """The packets of one stream, in the order they were decided on; one list element for each packet.

    Attributes:
        stream: name.
        run: how often the strap had begun to send, from 1.
        index: of the packet's first sample within its run, from 0.
        count: samples in the packet.
        tick: the first time stamp in it as sent, wrapped; -1 where the device sends none.
        sampled_ns: when its last sample was taken, on the machine's monotonic clock.
        sent_ns: when it was handed over; 0 where it was not.
        copies: how often it was handed over.
        fate: see `Fate`.
    """

    stream: str
    run: list[int]
    index: list[int]
    count: list[int]
    tick: list[int]
    sampled_ns: list[int]
    sent_ns: list[int]
    copies: list[int]
    fate: list[int]

    def samples(self, *fates: Fate) -> int:
        """Return how many samples had one of these fates; all of them where none is named."""
        return sum(count for count, fate in zip(self.count, self.fate, strict=True) if not fates or fate in fates)

    def ticks(self, *fates: Fate) -> list[int]:
        """Return the time stamps of the packets that had one of these fates, duplicates once."""
        return [tick for tick, fate in zip(self.tick, self.fate, strict=True) if fate in fates]


class Ledger:
    """The ledger of one stream, as it grows.

    Args:
        stream: name.
        keeps: every packet; else they are only counted.
    """

    def __init__(self, stream: str, *, keeps: bool) -> None:
        self._stream, self._keeps, self._totals = stream, keeps, [0] * len(Fate)
        self._run, self._index, self._count = array("I"), array("Q"), array("H")
        self._tick = array("q")
        self._sampled, self._sent = array("q"), array("q")
        self._copies, self._fate = array("B"), array("B")

    def add(
        self, run: int, index: int, count: int, tick: int, sampled_ns: int, sent_ns: int, copies: int, fate: Fate
    ) -> None:
        """Enter one packet; see `StreamLedger`."""
        self._totals[fate] += 1
        if not self._keeps:
            return
        self._run.append(run)
        self._index.append(index)
        self._count.append(count)
        self._tick.append(tick)
        self._sampled.append(sampled_ns)
        self._sent.append(sent_ns)
        self._copies.append(copies)
        self._fate.append(fate)

    def totals(self) -> dict[str, int]:
        """Return packets by fate, by its name in lower case; those that never occurred are left out."""
        return {Fate(fate).name.lower(): count for fate, count in enumerate(self._totals) if count}

    def copy(self) -> StreamLedger:
        """Return all of it as plain values."""
        return StreamLedger(
            stream=self._stream,
            run=self._run.tolist(),
            index=self._index.tolist(),
            count=self._count.tolist(),
            tick=self._tick.tolist(),
            sampled_ns=self._sampled.tolist(),
            sent_ns=self._sent.tolist(),
            copies=self._copies.tolist(),
            fate=self._fate.tolist(),
        )
