"""What the repetition counter says of a signal."""

from dataclasses import dataclass

__all__ = ["Rejected", "RepSet", "RepSpan"]


@dataclass(frozen=True, slots=True)
class RepSpan:
    """One counted repetition: samples ``[start, end)`` of the signal, from rest to rest, turning at ``turn``."""

    start: int
    turn: int
    end: int


@dataclass(frozen=True, slots=True)
class Rejected:
    """A candidate that was not counted, and why: a key of `imutrack.words.REJECTIONS`."""

    start: int
    turn: int
    end: int
    reason: str


@dataclass(frozen=True, slots=True)
class RepSet:
    """The repetitions of a signal.

    Attributes:
        spans: the counted repetitions in order; never overlapping.
        rejected: what looked like a repetition and was not counted, in order.
        best: the likeliest single number, `len(spans)`.
        low, high: what the number may honestly be.
        sure: the number may be stated; otherwise it is "low to high, not sure".
        confidence: 0 to 1, how well the views of the movement agree on `best`.
        rests: pauses between the first and the last repetition, half-open sample ranges.
    """

    spans: tuple[RepSpan, ...] = ()
    rejected: tuple[Rejected, ...] = ()
    best: int = 0
    low: int = 0
    high: int = 0
    sure: bool = True
    confidence: float = 1.0
    rests: tuple[tuple[int, int], ...] = ()
