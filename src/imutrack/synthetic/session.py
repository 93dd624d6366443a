"""A synthetic session in one recording: sets of one exercise spread over an hour, and what people do between them.

In the rests the limb is never quite still: it shifts now and then, mostly there and back, and is moved into position
before each set.
"""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import numpy as np

from imutrack.errors import SettingsError
from imutrack.synthetic.exercise import SETS, RepTruth, SetParams, SetPlan, plan_set, set_readings, set_truth
from imutrack.synthetic.files import UNIT_HEADER, write_csv
from imutrack.synthetic.motion import Move
from imutrack.synthetic.sensor import SensorParams, Synthetic, clock, record
from imutrack.task import LabelSource, Task

__all__ = ["SessionParams", "SessionTruth", "session", "session_csv"]

_LONGEST_SHIFT_S: Final = 7.0  # there and back: none may reach into the set that follows


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionParams:
    """A session. The defaults are the hour that speed is measured on."""

    exercise: SetParams = SETS["long_arc_knee_extension"]
    hours: float = 1.0
    sets: int = 12
    reps: int = 12  # of each set
    shifts_per_min: float = 4.0  # idle movements in a rest
    shift_deg: float = 8.0  # size of one, about each axis
    there_and_back: float = 0.7  # share of them


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionTruth:
    """The repetitions of each set."""

    sets: tuple[tuple[RepTruth, ...], ...]


def session(params: SessionParams, seed: int, *, sensor: SensorParams | None = None) -> Synthetic[SessionTruth]:
    """Make one session as a single recording.

    Raises:
        SettingsError: the sets do not fit into the time.

    >>> made = session(SessionParams(hours=0.05, sets=2, reps=3), seed=1)
    >>> [len(reps) for reps in made.truth.sets]
    [3, 3]
    """
    rng = np.random.default_rng(seed)
    sensor = sensor or SensorParams()
    one_set = replace(params.exercise, reps=params.reps)
    duration_s = params.hours * 3600.0
    slot_s = duration_s / params.sets
    plan = SetPlan()
    end_s = 0.0
    for number in range(params.sets):
        start_s = max(end_s, number * slot_s + rng.uniform(0.2, 0.5) * slot_s)
        _shifts(plan, params, end_s, start_s, rng)
        end_s = plan_set(plan, one_set, start_s, rng)
    if end_s > duration_s:
        raise SettingsError(f"{params.sets} sets take {end_s:.0f} s, more than the {duration_s:.0f} s wanted")
    _shifts(plan, params, end_s, duration_s, rng)
    t_s = clock(duration_s, sensor, rng)
    main, acc, gyr = set_readings(plan, one_set, t_s, rng)
    reps = set_truth(plan, t_s, main).reps
    grouped = tuple(reps[begin : begin + params.reps] for begin in range(0, len(reps), params.reps))
    recording = record(t_s, acc, gyr, sensor, rng, placement=one_set.placement)
    task = Task(name=one_set.exercise, placement=one_set.placement, label_source=LabelSource.SYNTHETIC)
    return Synthetic(recording, task, SessionTruth(sets=grouped))


def session_csv(
    path: Path, hours: float = 1.0, sets: int = 12, reps: int = 12, rate_hz: float = 100.0, seed: int = 1
) -> SessionTruth:
    """Write a session as a CSV file whose header names its units, and return what was done in it."""
    made = session(SessionParams(hours=hours, sets=sets, reps=reps), seed, sensor=SensorParams(rate_hz=rate_hz))
    write_csv(made.recording, path, UNIT_HEADER)
    return made.truth


def _shifts(plan: SetPlan, params: SessionParams, start_s: float, stop_s: float, rng: np.random.Generator) -> None:
    """Add idle movements about all three axes to a rest."""
    room_s = stop_s - _LONGEST_SHIFT_S - start_s
    if room_s <= 0.0:
        return
    for at_s in np.sort(rng.uniform(start_s, start_s + room_s, rng.poisson(params.shifts_per_min * room_s / 60.0))):
        out_s, stay_s, back_s = rng.uniform((0.4, 0.3, 0.4), (1.5, 4.0, 1.5))
        comes_back = rng.random() < params.there_and_back
        for axis in (plan.main, *plan.others):
            change = rng.normal(0.0, params.shift_deg)
            axis.append(Move(at_s, out_s, change))
            if comes_back:
                axis.append(Move(at_s + out_s + stay_s, back_s, -change))
