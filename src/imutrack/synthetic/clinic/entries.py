"""What people type: what patients say, treatments, pauses, discharges and corrections."""

import math
from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np

from imutrack.results import ExerciseSet
from imutrack.synthetic.clinic.case import Case
from imutrack.synthetic.clinic.model import Correction, PainWhen, Report, Session, StatusChange, Treatment
from imutrack.synthetic.clinic.people import Story
from imutrack.synthetic.clinic.plans import THERAPISTS
from imutrack.synthetic.clinic.timeline import Timeline
from imutrack.synthetic.clinic.visits import Visit
from imutrack.task import UNSPECIFIED, Side

__all__ = ["corrections", "reports", "statuses", "treatments"]

_STOPS: Final = 0.0015  # share of the sessions that are broken off, beside the stories
_EASES_DAYS: Final = 60.0
_TEXTS: Final = ("a little stiff in the morning", "slept well", "busy day", "felt easier today")
_STOP_TEXTS: Final = ("sharp pull, put it down at once", "felt dizzy and sat down", "something gave way for a moment")
_WORST_AT_FIRST: Final = (2.0, 4.4)  # pain of 10; most exercise with some, few with too much
_MOST_PAIN: Final = 5.0  # what is still acceptable (pain-monitoring model); more is a story of its own
_FRESH_PAIN: Final = {Story.RED_PAIN: 7, Story.AMBER_PAIN: 4}
_ANSWERED: Final[dict[PainWhen, float]] = {"before": 0.4, "after": 0.3, "next-morning": 0.75}
_TEXTED: Final = 0.05  # share of the reports with a word beside the number
_HANDS_ON: Final = ("manual", "massage", "mobilisation", "modality", "taping", "supervised", "education")
_HANDS_ON_SHARES: Final = (0.32, 0.2, 0.12, 0.08, 0.05, 0.15, 0.08)
_CORRECTED: Final = 0.004  # share of the sets
_VOIDED: Final = 0.001


def reports(done: Sequence[tuple[Visit, Session]], case: Case, rng: np.random.Generator) -> Iterator[Report]:
    """Yield what a patient said, not yet in order of time."""
    habit, line = case.habit, case.line
    worst_at_first = float(rng.uniform(*_WORST_AT_FIRST))
    draws = rng.random((len(done), 6))
    noise = rng.normal(0.0, 0.6, (len(done), 3))
    for (visit, session), lots, off in zip(done, draws.tolist(), noise.tolist(), strict=True):
        fresh = line.forced is not None and visit.day >= line.forced
        if not fresh and lots[0] > habit.answers:
            continue
        eased = worst_at_first * math.exp(-(visit.day - line.joined) / _EASES_DAYS)
        usual = round(min(max(eased + off[0] + (2.0 if visit.bad else 0.0), 0.0), _MOST_PAIN))
        worst = _FRESH_PAIN[line.story] + (lots[1] > 0.5) if fresh and line.story in _FRESH_PAIN else usual
        before, after, end = max(usual - 2, 0), max(usual - 1, 0), session.end + 240.0
        stop = (visit.day == line.forced and line.story is Story.STOP) or lots[5] < _STOPS
        exertion = round(min(max(4.0 + (2.0 if habit.extra_sets > 1.0 else 0.0) + off[2], 1.0), 9.0))
        if lots[1] < _ANSWERED["before"]:
            yield Report(at=session.start - 180.0, pain=before, when="before")
        yield Report(at=end, pain=worst, when="worst", exertion=exertion, stop=stop, text=_text(lots[2], stop=stop))
        if lots[3] < _ANSWERED["after"]:
            yield Report(at=end + 60.0, pain=after, when="after")
        if lots[4] < _ANSWERED["next-morning"] * habit.answers and visit.day + 1 < line.days:
            morning = before + (1 if off[1] > 1.0 else 0)
            yield Report(at=case.at(visit.day + 1, 7.0), pain=morning, when="next-morning")


def treatments(case: Case, rng: np.random.Generator) -> Iterator[Treatment]:
    """Yield what was done with a patient by hand or in talk, not yet in order of time."""
    line = case.line
    by = str(rng.choice(list(THERAPISTS)))
    every, talks = float(rng.uniform(6.0, 15.0)), float(rng.uniform(20.0, 35.0))
    treated = rng.random() < 0.45 or line.story in {Story.TREATMENT_ONLY, Story.NO_PLAN}
    if line.story is Story.NEW:
        return
    for day in _days_apart(every, line, rng) if treated else ():
        kind = str(rng.choice(_HANDS_ON, p=_HANDS_ON_SHARES))
        yield Treatment(
            at=case.at(day, float(rng.uniform(11.0, 12.5))),
            kind=kind,
            minutes=int(rng.choice([15, 20, 30])),
            site=case.condition.site if kind in _HANDS_ON[:5] else "",
            by=by,
            licence=THERAPISTS[by],
        )
    for day in _days_apart(talks, line, rng):
        yield Treatment(
            at=case.at(day, float(rng.uniform(15.0, 17.0))),
            kind=str(rng.choice(["review", "call"])),
            minutes=int(rng.integers(5, 16)),
            by=by,
        )


def statuses(case: Case) -> Iterator[StatusChange]:
    """Yield from when on a patient is paused, back or discharged."""
    line = case.line
    if line.break_days is not None:
        begin, end = line.break_days
        yield StatusChange(from_date=line.dates[begin], status="paused", at=case.at(begin, 8.0))
        yield StatusChange(from_date=line.dates[end], status="active", at=case.at(end, 6.0))
    if line.left is not None:
        yield StatusChange(
            from_date=line.dates[line.left],
            status="paused" if line.story is Story.PAUSED else "discharged",
            at=case.at(line.left, 8.0),
        )


def corrections(
    done: Sequence[tuple[Visit, Session]], named: dict[str, tuple[str, Side | None]], rng: np.random.Generator
) -> Iterator[Correction]:
    """Yield what a therapist corrected on the evening of the day, or the day after.

    Args:
        done: sessions of the patient.
        named: set id -> exercise and side of what nobody named.
        rng: the patient's own.
    """
    by = str(rng.choice(list(THERAPISTS)))
    sets = [(session, found) for _, session in done for found in session.results if isinstance(found, ExerciseSet)]
    lots = rng.random((len(sets), 3))
    for (session, found), (lot, later, down) in zip(sets, lots.tolist(), strict=True):
        at = session.end + 3600.0 * (1.0 + 20.0 * later)
        set_id = found.set_id
        if found.task.name == UNSPECIFIED:
            if lot < 0.3:
                exercise, side = named[set_id]
                yield Correction(set_id=set_id, at=at, by=by, why="asked the patient", exercise=exercise, side=side)
        elif found.reps is None:
            if lot < 0.1:
                yield Correction(set_id=set_id, at=at, by=by, why="counted beside the patient", reps=found.reps_best)
        elif lot < _VOIDED:
            yield Correction(set_id=set_id, at=at, by=by, why="a relative tried it out", void=True)
        elif lot < _VOIDED + _CORRECTED:
            reps = max(found.reps + (-1 if down < 0.6 else 1), 0)
            yield Correction(set_id=set_id, at=at, by=by, why="counted beside the patient", reps=reps)


def _text(lot: float, *, stop: bool) -> str:
    if stop:
        return _STOP_TEXTS[int(lot * len(_STOP_TEXTS))]
    return _TEXTS[int(lot / _TEXTED * len(_TEXTS))] if lot < _TEXTED else ""


def _days_apart(every: float, line: Timeline, rng: np.random.Generator) -> Iterator[int]:
    day = line.joined + float(rng.uniform(0.5, every))
    while round(day) <= line.last:
        if not line.away(round(day)):
            yield round(day)
        day += every * float(rng.uniform(0.6, 1.4))
