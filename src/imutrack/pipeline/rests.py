"""Cut an exercise stretch at long rests (``--split-rest``)."""

from dataclasses import replace
from itertools import pairwise
from statistics import median
from typing import Final

from imutrack.pipeline.stretch import Stretch
from imutrack.results import ExerciseSet
from imutrack.signals.rest import rests

__all__ = ["sets_among", "split_at_rests"]

_SET_REPS: Final = 3  # from here on a piece is a set by itself; fewer are compared with the sets
_SMALL_SHARE: Final = 0.5  # of the sets' usual range: single movements below it are fidgeting


def split_at_rests(stretch: Stretch, rest_s: float) -> list[Stretch]:
    """Return the pieces between rests of at least ``rest_s`` seconds, each with half of the rests beside it."""
    signal = stretch.signal()
    cuts_s = [float(signal.t_s[(begin + end) // 2]) for begin, end in rests(signal, rest_s)]
    edges = [stretch.task.start_s, *cuts_s, stretch.task.stop_s]
    pieces = (replace(stretch.task, start_s=begin, stop_s=end) for begin, end in pairwise(edges))
    return [replace(stretch, task=task) for task in pieces]


def sets_among(pieces: list[ExerciseSet]) -> list[ExerciseSet]:
    """Leave out what lies between sets: pieces without a repetition, and single movements much smaller than the sets'.

    Where no piece has three repetitions, each with one is kept: after surgery a set may hold one or two.
    """
    moved = [piece for piece in pieces if piece.reps_best > 0]
    ranges = [piece.rom_max_deg for piece in moved if piece.reps_best >= _SET_REPS and piece.rom_max_deg is not None]
    if not ranges:
        return moved
    least_deg = _SMALL_SHARE * median(ranges)
    return [piece for piece in moved if piece.rom_max_deg is None or piece.rom_max_deg >= least_deg]
