"""What the local store keeps of a result beside its rows: all that a page about this one result shows."""

from dataclasses import dataclass, replace

import msgspec

from imutrack.errors import StoreError
from imutrack.flags import Flag
from imutrack.results import ChairRise, ChairTest, ExerciseSet, RejectedRep, RepDetail, Result
from imutrack.stores.rows import withheld_names

__all__ = ["Detail", "decode", "detail_of", "encode"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Detail:
    """Times are seconds from the recording's start.

    Attributes:
        start_s, duration_s: the stretch that was analysed.
        flags: codes and numbers of the flags.
        withheld: names of what is not shown.
        reps_best: the likeliest number of repetitions, even when not sure.
        reps, rejected, rests: of an exercise set.
        rises: of a chair test.
    """

    start_s: float
    duration_s: float
    flags: tuple[Flag, ...] = ()
    withheld: tuple[str, ...] = ()
    reps_best: int | None = None
    reps: tuple[RepDetail, ...] = ()
    rejected: tuple[RejectedRep, ...] = ()
    rests: tuple[tuple[float, float], ...] = ()
    rises: tuple[ChairRise, ...] = ()


def detail_of(result: Result) -> Detail:
    """Return the detail of a result."""
    detail = Detail(
        start_s=result.start_s,
        duration_s=result.duration_s,
        flags=result.flags,
        withheld=withheld_names(result),
    )
    if isinstance(result, ExerciseSet):
        return replace(
            detail,
            reps_best=result.reps_best,
            reps=result.reps_detail,
            rejected=result.rejected,
            rests=result.rests,
        )
    if isinstance(result, ChairTest):
        return replace(detail, rises=result.rises_detail)
    return detail


def encode(detail: Detail) -> bytes:
    """Return the detail as JSON."""
    return msgspec.json.encode(detail, enc_hook=float)  # the hook sees numpy's numbers only


def decode(text: bytes) -> Detail:
    """Return the detail that `encode` made.

    Raises:
        StoreError: it was written by a version that said other things.
    """
    try:
        return msgspec.json.decode(text, type=Detail)
    except msgspec.DecodeError as error:
        raise StoreError(f"the detail of a result cannot be read ({error}): replay its recording") from error
