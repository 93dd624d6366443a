"""Histories of patients for the roll-up: short ones to count by hand, and any that hypothesis can think of."""

from dataclasses import replace
from datetime import date, timedelta
from itertools import chain, count

from hypothesis import strategies as st

from imutrack.clinic.days import PatientDay, Verdict, patient_days
from imutrack.clinic.history import History, SetDone, Status, TrialDone
from imutrack.clinic.plans.model import AffectedSide, Goal, Plan, PlanItem, Tempo, Weekday
from imutrack.clinic.plans.versions import PlanVersion
from imutrack.clinic.self_reports import SelfReport, When
from imutrack.clinic.treatments import Treatment

MONDAY = date(2026, 3, 2)
HELD = (None, "shank", "reps 1")
_ids = count()


def on(days: int, hour: float = 9.0) -> tuple[date, float]:
    """Return a local date, days after `MONDAY`, and an instant on it."""
    day = MONDAY + timedelta(days)
    return day, (day.toordinal() * 24 + hour) * 3600.0


def a_set(days: int, exercise: str = "heel_slide", side: str | None = "left", **values: object) -> SetDone:
    """Return a set of ten repetitions in a minute; ``reps=None`` with ``reps_low`` makes one that is not sure."""
    day, start = on(days)
    reps = values.get("reps", 10)
    plain = SetDone(
        set_id=f"s{next(_ids)}",
        start=start,
        day=day,
        session="a",
        exercise=exercise,
        side=side,
        way=HELD,
        duration_s=60.0,
        reps=10,
        reps_low=reps if isinstance(reps, int) else 0,
        reps_in_range=None,
        reps_beyond_limit=None,
        rom_best3_deg=None,
        rom_error_deg=None,
        rom_limit_deg=None,
        rep_s=None,
        withheld="" if reps is not None else "repetitions",
        quality="good" if reps is not None else "withheld",
        reps_ranged=reps if isinstance(reps, int) else 0,
    )
    return plain._replace(**values)


def a_trial(days: int, trial: str = "eyes_open", **values: object) -> TrialDone:
    """Return a balance trial of half a minute."""
    day, start = on(days)
    plain = TrialDone(
        f"t{next(_ids)}", start, day, "a", "stance", trial, ("lumbar", "sway 1"), 30.0, 0.1, None, None, "good"
    )
    return plain._replace(**values)


def a_report(days: int, pain: int | None = None, when: When | None = None, *, stop: bool = False) -> SelfReport:
    day, at = on(days, 10.0)
    return SelfReport(at=at, day=day, pain=pain, when=when, stop=stop)


def a_treatment(days: int, minutes: int = 20, kind: str = "massage") -> Treatment:
    day, at = on(days, 11.0)
    return Treatment(at=at, day=day, kind=kind, minutes=minutes, site="", by="MB", licence="", text="")


def an_item(exercise: str = "heel_slide", side: str | None = "left", **values: object) -> PlanItem:
    """Return three sets of ten every day, unless said otherwise."""
    return PlanItem(exercise=exercise, side=side, **{"sets": 3, "reps": 10, "days_a_week": 7, **values})


def a_test(trial: str = "eyes_open", **values: object) -> PlanItem:
    return PlanItem(trial=trial, **{"sets": 3, "days_a_week": 1, **values})


def a_plan(days: int, *items: PlanItem, number: int = 1, review: date | None = None) -> PlanVersion:
    """Return a version in force from a day on."""
    day, at = on(days)
    plan = Plan(
        therapist="MB",
        affected_side=AffectedSide.LEFT,
        start_date=day,
        goal=Goal.IMPROVE,
        review_date=review,
        exercise=items,
    )
    return PlanVersion(number, day, at + number, "MB", "", plan)


def of(*entries: object, registered: int = 0, statuses: tuple[tuple[int, str], ...] = ()) -> History:
    """Return the history of what is given, in any order."""

    def those(kind: type) -> tuple:
        return tuple(entry for entry in entries if isinstance(entry, kind))

    return History(
        patient="otter-maple-47",
        registered=on(registered)[0],
        statuses=tuple(Status(on(days)[0], status) for days, status in statuses),
        plans=those(PlanVersion),
        sets=those(SetDone),
        trials=those(TrialDone),
        reports=those(SelfReport),
        treatments=those(Treatment),
    )


def a_verdict(days: int, verdict: str, measure: str = "rom", label: str = "heel slide, left", **values) -> Verdict:
    plain = Verdict(on(days)[0], measure, label, verdict, is_goal_maintain=False, sentence=verdict)
    return plain._replace(**values)


def rows(
    history: History, last: int, first: int = 0, verdicts: tuple[Verdict, ...] = (), **options
) -> list[PatientDay]:
    return patient_days(history, verdicts, on(first)[0], on(last)[0], **options)


def row(history: History, day: int, verdicts: tuple[Verdict, ...] = (), **options) -> PatientDay:
    """Return the row of one day."""
    return rows(history, day, day, verdicts, **options)[0]


def up_to(history: History, days: int) -> History:
    """Return what was known at the end of a day; plans and statuses with a later date were not there yet."""
    day = on(days)[0]
    return replace(
        history,
        statuses=tuple(status for status in history.statuses if status.from_date <= day),
        plans=tuple(version for version in history.plans if version.from_date <= day),
        **{kind: tuple(entry for entry in getattr(history, kind) if entry.day <= day) for kind in _DATED},
    )


def back_to(history: History, days: int) -> History:
    """Return the history without what was recorded before a day."""
    day = on(days)[0]
    return replace(
        history, **{kind: tuple(entry for entry in getattr(history, kind) if entry.day >= day) for kind in _DATED}
    )


_DATED = ("sets", "trials", "reports", "treatments")
LENGTH = 100  # days of a random history: more than twice the windows

_days = st.integers(0, LENGTH)
_sides = st.sampled_from(["left", "right", "both", None])
_exercises = st.sampled_from(["heel_slide", "squat", "unspecified"])
_runs = st.builds(
    lambda days, length, step, times, exercise, side, reps, rep_s, in_range, beyond, withheld, duration_s: [
        a_set(
            day,
            exercise,
            side,
            reps=None if withheld else reps,
            reps_low=reps,
            rep_s=rep_s,
            reps_in_range=None if in_range is None else min(in_range, reps),
            reps_beyond_limit=None if beyond is None else min(beyond, reps),
            withheld="repetitions" if withheld else "",
            duration_s=duration_s,
        )
        for day in range(days, min(days + length * step, LENGTH + 1), step)
        for _ in range(times)
    ],
    _days,
    st.integers(1, 12),
    st.integers(1, 4),
    st.integers(1, 3),
    _exercises,
    _sides,
    st.integers(0, 25),
    st.none() | st.floats(0.5, 12.0),
    st.none() | st.integers(0, 10),
    st.none() | st.integers(0, 3),
    st.sampled_from([False, False, False, True]),
    st.floats(1.0, 300.0),
)
"""The same work on every day, every other day, ... for a while."""
_trials = st.builds(
    a_trial, _days, st.sampled_from(["eyes_open", "eyes_closed"]), quality=st.sampled_from(["good", "withheld"])
)
_reports = st.builds(
    lambda days, pain, when, stop: a_report(days, pain, when if pain is not None else None, stop=stop),
    _days,
    st.none() | st.integers(0, 10),
    st.none() | st.sampled_from(When),
    st.sampled_from([False, False, False, True]),
)
_treatments = st.builds(a_treatment, _days, st.integers(1, 60))
_items = st.builds(
    an_item,
    st.sampled_from(["heel_slide", "squat"]),
    st.sampled_from(["left", "right", "both"]),
    sets=st.integers(1, 4),
    reps=st.none() | st.integers(5, 15),
    days_a_week=st.integers(1, 5),
    rest_days=st.sampled_from([(), (Weekday.SAT, Weekday.SUN)]),
    tempo=st.sampled_from([Tempo(), Tempo(outward_s=3.0, hold_s=2.0, return_s=3.0)]),
)
_plans = st.lists(
    st.tuples(_days, st.lists(_items | st.just(a_test()), min_size=1, max_size=3), st.none() | _days), max_size=3
).map(
    lambda found: tuple(
        a_plan(days, *items, number=number, review=None if review is None else on(review)[0])
        for number, (days, items, review) in enumerate(found, 1)
    )
)
_statuses = st.lists(
    st.tuples(_days, st.sampled_from(["paused", "active", "discharged"])),
    max_size=4,
    unique_by=lambda status: status[0],
).map(lambda found: tuple(sorted(found)))

verdict_lists = st.lists(
    st.builds(
        a_verdict,
        _days,
        st.sampled_from(["more", "less", "no real change", "too early"]),
        st.sampled_from(["rom", "sway"]),
        st.sampled_from(["heel slide, left", "eyes open"]),
    ),
    max_size=6,
    unique_by=lambda verdict: verdict[:3],
).map(tuple)


@st.composite
def histories(draw: st.DrawFn) -> History:
    """Return any history of up to `LENGTH` days; busy weeks and long silences both turn up."""
    busy = draw(st.sampled_from([0, 3, 6]))
    entries = [
        *draw(_plans),
        *chain.from_iterable(draw(st.lists(_runs, min_size=busy, max_size=busy + 3))),
        *draw(st.lists(_trials, max_size=6)),
        *draw(st.lists(_reports, min_size=busy, max_size=12)),
        *draw(st.lists(_treatments, max_size=6)),
    ]
    return of(*entries, registered=draw(_days), statuses=draw(_statuses))
