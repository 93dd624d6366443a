"""How long a stretch has to last before the analysis can say anything of it: what is shorter is a slip, not a set."""

from typing import Final

from imutrack.metrics.sway import SwayParams
from imutrack.metrics.vertical import VerticalParams
from imutrack.pipeline.exercise import MIN_SET_S
from imutrack.task import TaskKind

__all__ = ["is_slip", "least_s"]

_PACKET_S: Final = 0.25  # from a marker to the first reading, and from the last one to a marker: a packet holds as much
_NS: Final = 1_000_000_000


def least_s(kind: TaskKind) -> float:
    """Return how long a stretch of a kind lasts at least between its markers, s; of a shorter one nothing is known."""
    if kind is TaskKind.EXERCISE:
        return MIN_SET_S + _PACKET_S
    if kind is TaskKind.STANCE:
        sway = SwayParams()
        return sway.trim_start_s + sway.least_s + sway.trim_end_s + _PACKET_S
    return VerticalParams().least_s + _PACKET_S


def is_slip(kind: TaskKind, start_ns: int, stop_ns: int) -> bool:
    """Whether what was done between two markers, host ns, is too short for the analysis.

    >>> is_slip(TaskKind.EXERCISE, 0, 150_000_000), is_slip(TaskKind.EXERCISE, 0, 9_000_000_000)
    (True, False)
    """
    return stop_ns - start_ns < least_s(kind) * _NS
