"""One patient of a synthetic clinic, from who it is to every entry."""

import math
from collections.abc import Sequence
from typing import Final

import numpy as np

from imutrack.synthetic.clinic import plans
from imutrack.synthetic.clinic.case import Case
from imutrack.synthetic.clinic.conditions import CONDITIONS
from imutrack.synthetic.clinic.entries import corrections, reports, statuses, treatments
from imutrack.synthetic.clinic.levels import truth_of
from imutrack.synthetic.clinic.model import ClinicParams, Session, SyntheticPatient
from imutrack.synthetic.clinic.people import HABITS, Person, Story, person
from imutrack.synthetic.clinic.plan_text import activated
from imutrack.synthetic.clinic.recordings import Tape, made_up_hash
from imutrack.synthetic.clinic.sets import draw_sets
from imutrack.synthetic.clinic.timeline import timeline
from imutrack.synthetic.clinic.trials import trial_result
from imutrack.synthetic.clinic.visits import Visit, visits
from imutrack.task import Side

__all__ = ["make_patient"]

_IDLE: Final = (Story.TREATMENT_ONLY, Story.NEW)  # nothing is recorded
Named = dict[str, tuple[str, Side | None]]


def make_patient(number: int, params: ClinicParams, seed: int) -> SyntheticPatient:
    """Make one patient; the same number, period and seed give the same patient.

    Args:
        number: from 0.
        params: of the clinic; how many patients it has makes no difference.
        seed: of the clinic.
    """
    rng = np.random.default_rng([seed, number])
    who = person(number, seed, rng)
    case = _case(who, params, rng)
    line = case.line
    versions = plans.versions(case, rng)
    visited = [] if who.story in _IDLE else [*visits(versions, case, rng)]
    done, named = _recorded(visited, number, seed, case, rng)
    said = sorted(reports(done, case, rng), key=lambda report: report.at)
    return SyntheticPatient(
        number=number,
        condition=who.condition,
        habit=who.habit,
        story=who.story.value,
        registered=case.at(line.joined, 6.0),
        plans=activated(versions, case),
        sessions=tuple(session for _, session in done),
        reports=tuple(said),
        treatments=tuple(sorted(treatments(case, rng), key=lambda found: found.at)),
        statuses=tuple(statuses(case)),
        corrections=tuple(sorted(corrections(done, named, rng), key=lambda found: found.at)),
        truth=case.truth,
    )


def _case(who: Person, params: ClinicParams, rng: np.random.Generator) -> Case:
    condition, habit, line = CONDITIONS[who.condition], HABITS[who.habit], timeline(who, params, rng)
    side = Side.LEFT if rng.random() < 0.5 else Side.RIGHT
    moves = condition.moves[: int(rng.integers(2, len(condition.moves) + 1))]
    truth = truth_of(condition, moves, side, habit.reach, line, rng)
    return Case(params=params, condition=condition, habit=habit, line=line, side=side, moves=moves, truth=truth)


def _recorded(
    visited: Sequence[Visit],
    number: int,
    seed: int,
    case: Case,
    rng: np.random.Generator,
) -> tuple[list[tuple[Visit, Session]], Named]:
    """Return the sessions with their results, in order of time, and what the sets were that nobody named."""
    drawn = draw_sets([done for visit in visited for done in visit.sets], rng)
    found: list[tuple[Visit, Session]] = []
    named: Named = {}
    at = 0
    for count, visit in enumerate(visited):
        begin = math.floor(case.at(visit.day, visit.hour))
        tape = Tape(made_up_hash(seed, number, count), float(begin), visit.in_clinic)
        sets = [drawn.result(index, tape) for index in range(at, at + len(visit.sets))]
        named |= {
            result.set_id: (done.measure.name, done.measure.side)
            for result, done in zip(sets, visit.sets, strict=True)
            if result.task.name != done.measure.name
        }
        trials = [trial_result(done, tape, rng) for done in visit.trials]
        at += len(visit.sets)
        session = Session(recording=tape.recording, start=tape.start, results=(*sets, *trials))
        if session.results:
            found.append((visit, session))
    return sorted(found, key=lambda one: one[1].start), named
