"""Cut an exercise stretch at long rests (``--split-rest``)."""

from dataclasses import replace
from itertools import pairwise

from imutrack.pipeline.stretch import Stretch
from imutrack.signals.rest import rests

__all__ = ["split_at_rests"]


def split_at_rests(stretch: Stretch, rest_s: float) -> list[Stretch]:
    """Return the pieces between rests of at least ``rest_s`` seconds, each with half of the rests beside it."""
    signal = stretch.signal()
    cuts_s = [float(signal.t_s[(begin + end) // 2]) for begin, end in rests(signal, rest_s)]
    edges = [stretch.task.start_s, *cuts_s, stretch.task.stop_s]
    pieces = (replace(stretch.task, start_s=begin, stop_s=end) for begin, end in pairwise(edges))
    return [replace(stretch, task=task) for task in pieces]
