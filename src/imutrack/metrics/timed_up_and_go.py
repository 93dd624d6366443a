"""The timed up-and-go: one rise, a walk, a turn, the walk back, a turn and sitting down, from one sensor on the trunk.

Approach: the test runs from the first tilting of the trunk before the rise to its last tilting on the seat. The phases
between are cut at the ends of the rise and of the two turns, so that they follow each other without gaps and add up to
the total; a second turn that goes on while the wearer sits down keeps its own time, and sitting down is what is left.

A phase whose ends were not both seen is None, and the flag ``NOT_COMPLETE`` says so.
"""

from dataclasses import dataclass, field

import numpy as np

from imutrack.flags import Flag, FlagCode
from imutrack.metrics.cadence import CadenceParams, cadence_spm
from imutrack.metrics.sit_to_stand import ChairParams, seat_off, seat_on, sitting_after
from imutrack.metrics.transitions import Transition, find_descents, find_rises, movement_begins, movement_ends, upright
from imutrack.metrics.turns import Turn, TurnParams, find_turns
from imutrack.metrics.vertical import VerticalMotion, vertical_motion
from imutrack.signals.signal import Signal

__all__ = ["TimedUpAndGo", "UpAndGoParams", "timed_up_and_go"]


@dataclass(frozen=True, slots=True, kw_only=True)
class UpAndGoParams:
    """Settings of the timed up-and-go."""

    chair: ChairParams = field(default_factory=ChairParams)
    turns: TurnParams = field(default_factory=TurnParams)
    cadence: CadenceParams = field(default_factory=CadenceParams)


@dataclass(frozen=True, slots=True, kw_only=True)
class TimedUpAndGo:
    """A timed up-and-go; times in seconds from the recording's start, turns signed with left positive.

    Attributes:
        start_s, end_s: first and last movement of the trunk.
        stand_end_s: the wearer stands.
        turn1_start_s, ...: ends of the turns.
        total_s and the durations of its phases; None where their ends were not both seen.
        turn1_deg, turn1_peak_dps, ...: angle and largest rate (smoothed) of the turns.
        peak_velocity_mps: largest vertical velocity of the rise.
        cadence_spm: steps per minute of the two walks.
    """

    start_s: float | None = None
    stand_end_s: float | None = None
    turn1_start_s: float | None = None
    turn1_end_s: float | None = None
    turn2_start_s: float | None = None
    turn2_end_s: float | None = None
    end_s: float | None = None
    total_s: float | None = None
    sit_to_stand_s: float | None = None
    walk_out_s: float | None = None
    turn1_s: float | None = None
    turn1_deg: float | None = None
    turn1_peak_dps: float | None = None
    walk_back_s: float | None = None
    turn2_s: float | None = None
    turn2_deg: float | None = None
    turn2_peak_dps: float | None = None
    stand_to_sit_s: float | None = None
    peak_velocity_mps: float | None = None
    cadence_spm: float | None = None
    flags: tuple[Flag, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Events:
    """Samples at which the phases begin and end; None where that was not seen."""

    start: int | None
    stand_end: int | None
    end: int | None
    turn1: Turn | None
    turn2: Turn | None
    peak_velocity_mps: float | None
    cut: bool


def timed_up_and_go(signal: Signal, params: UpAndGoParams = UpAndGoParams()) -> TimedUpAndGo:
    """Time a timed up-and-go and its phases.

    Args:
        signal: sensor on the trunk, worn any way round; without a gyroscope the turns are None, and so are the
            phases that they separate.
        params: see there.

    Raises:
        SignalError: the signal is too short, or nothing can be said about its orientation.
    """
    motion = vertical_motion(signal, params.chair.vertical)
    events = _events(motion, params)
    flags = _flags(signal, events)
    turn1, turn2 = events.turn1, events.turn2
    at = _times(motion, events)
    return TimedUpAndGo(
        **at,
        total_s=_between(at["start_s"], at["end_s"]),
        sit_to_stand_s=_between(at["start_s"], at["stand_end_s"]),
        walk_out_s=_between(at["stand_end_s"], at["turn1_start_s"]),
        turn1_s=_between(at["turn1_start_s"], at["turn1_end_s"]),
        turn1_deg=None if turn1 is None else turn1.angle_deg,
        turn1_peak_dps=None if turn1 is None else turn1.peak_dps,
        walk_back_s=_between(at["turn1_end_s"], at["turn2_start_s"]),
        turn2_s=_between(at["turn2_start_s"], at["turn2_end_s"]),
        turn2_deg=None if turn2 is None else turn2.angle_deg,
        turn2_peak_dps=None if turn2 is None else turn2.peak_dps,
        stand_to_sit_s=_between(at["turn2_end_s"], at["end_s"]),
        peak_velocity_mps=events.peak_velocity_mps,
        cadence_spm=_cadence(motion, events, params),
        flags=flags,
    )


def _events(motion: VerticalMotion, params: UpAndGoParams) -> _Events:
    transitions = params.chair.transitions
    rises = find_rises(motion, transitions)
    descents = find_descents(motion, transitions)
    rise = rises[0] if rises else None
    down = sitting_after(rises, descents, params.chair)[0] if rises else max(descents, key=_height_m, default=None)
    begin = None if rise is None else movement_begins(motion, seat_off(motion, rise, params.chair), transitions)
    finish = None if down is None else movement_ends(motion, seat_on(motion, down, params.chair), transitions)
    stand_end = None if rise is None else upright(motion, rise, transitions)
    turn1, turn2 = _two_turns(motion, stand_end or 0, finish or len(motion), params)
    return _Events(
        start=begin or None,  # movement from the very first sample on: the test began before the recording
        stand_end=stand_end,
        end=None if finish == len(motion) - 1 else finish,
        turn1=turn1,
        turn2=turn2,
        peak_velocity_mps=None if rise is None else rise.peak_velocity_mps,
        cut=begin == 0 or finish == len(motion) - 1,
    )


def _height_m(transition: Transition) -> float:
    return transition.height_m


def _two_turns(
    motion: VerticalMotion, stand_end: int, end: int, params: UpAndGoParams
) -> tuple[Turn | None, Turn | None]:
    """Return the two largest turns between standing and sitting, in order of time; one alone could be either: None."""
    if motion.turn_rate_dps is None:
        return None, None
    found = find_turns(motion.turn_rate_dps, motion.sampling_rate_hz, params.turns)
    inside = [turn for turn in found if turn.stop > stand_end and turn.start < end]
    largest = sorted(sorted(inside, key=lambda turn: -abs(turn.angle_deg))[:2], key=lambda turn: turn.start)
    return (largest[0], largest[1]) if len(largest) == 2 else (None, None)


def _times(motion: VerticalMotion, events: _Events) -> dict[str, float | None]:
    turn1, turn2 = events.turn1, events.turn2
    samples = {
        "start_s": events.start,
        "stand_end_s": events.stand_end,
        "turn1_start_s": None if turn1 is None else turn1.start,
        "turn1_end_s": None if turn1 is None else turn1.stop,
        "turn2_start_s": None if turn2 is None else turn2.start,
        "turn2_end_s": None if turn2 is None else turn2.stop,
        "end_s": events.end,
    }
    return {name: None if sample is None else motion.time_s(sample) for name, sample in samples.items()}


def _between(earlier_s: float | None, later_s: float | None) -> float | None:
    """Duration of a phase; one that would end before it begins was not there to be timed."""
    if earlier_s is None or later_s is None or later_s < earlier_s:
        return None
    return later_s - earlier_s


def _cadence(motion: VerticalMotion, events: _Events, params: UpAndGoParams) -> float | None:
    if events.turn1 is None or events.turn2 is None or events.stand_end is None:
        return None
    walks = [
        motion.acc_mps2[events.stand_end : events.turn1.start],
        motion.acc_mps2[events.turn1.stop : events.turn2.start],
    ]
    return cadence_spm([walk - np.mean(walk) for walk in walks if len(walk)], motion.sampling_rate_hz, params.cadence)


def _flags(signal: Signal, events: _Events) -> tuple[Flag, ...]:
    flags = []
    turned = events.turn2 is not None or signal.gyr is None
    if events.start is None or events.end is None or not turned:
        flags.append(Flag.of(FlagCode.NOT_COMPLETE))
    if events.cut:
        flags.append(Flag.of(FlagCode.CUT_AT_EDGE))
    if signal.gyr is None:
        flags.append(Flag.of(FlagCode.NO_GYRO))
    return tuple(flags)
