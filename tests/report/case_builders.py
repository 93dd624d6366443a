"""What a clinic knows of a patient, made by hand for the report's tests: plans, days, pain, treatments, verdicts."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta

from imutrack.clinic.change import MEASURES, Occasion, changes
from imutrack.clinic.days import DataDay, Evidence, PatientDay
from imutrack.clinic.pain_rules import judge
from imutrack.clinic.plans.model import AffectedSide, Corridor, Goal, Limit, Plan, PlanItem, Tempo, Weekday
from imutrack.clinic.plans.versions import PlanVersion
from imutrack.clinic.self_reports import SelfReport, When
from imutrack.clinic.treatment_effects import Angle, before_and_after
from imutrack.clinic.treatments import Treatment
from imutrack.clinic.verdicts import Course
from imutrack.report.case import Case, Said
from imutrack.report.findings import Findings
from report.report_cases import FIRST, LONGEST_NAMES, a_set, a_stance, a_test, fortnight, with_curve

LAST = FIRST + timedelta(days=13)
KNEE = "long_arc_knee_extension"


def on(days: int, hour: int = 10) -> tuple[date, float]:
    day = FIRST + timedelta(days=days)
    return day, datetime(day.year, day.month, day.day, hour, tzinfo=UTC).timestamp()


def an_item(exercise: str = KNEE, side: str = "left", **said: object) -> PlanItem:
    values = {"sets": 3, "reps": 10, "rom_target_deg": 80.0, "days_a_week": 7, "tempo": Tempo(hold_s=2.0)}
    return PlanItem(exercise=exercise, side=side, **{**values, **said})


def a_plan(*items: PlanItem, number: int = 1, days: int = 0, **said: object) -> PlanVersion:
    day, at = on(days)
    values = {
        "therapist": "MB",
        "affected_side": AffectedSide.LEFT,
        "start_date": FIRST,
        "goal": Goal.IMPROVE,
        "review_date": LAST + timedelta(days=20),
        "exercise": items or (an_item(),),
    }
    return PlanVersion(number, day, at + number, "MB", "", Plan(**{**values, **said}))


def a_day(days: int = 13, **said: object) -> PatientDay:
    values = {
        "patient": "otter-maple-47",
        "local_date": on(days)[0],
        "status": "active",
        "therapist": "MB",
        "plan_version": 1,
        "level": 1,
        "urgency": 16,
        "why": "10 of 12 sets in 7 days",
        "sets": 0,
        "sets_due": 3,
        "days_since_last": 0,
        "streak_days": 5,
        "sessions_7d": 3,
        "sessions_due_7d": 4,
        "sets_7d": 10,
        "sets_due_7d": 12,
        "reps_pct_7d": 84.4,
        "reps_over_pct_7d": 0.0,
        "in_range_pct_7d": 71.0,
        "tempo_pct_7d": None,
        "untrusted_sets_7d": 0,
        "unlabelled_sets_7d": 0,
        "worst_pain_7d": 3,
        "pain_colour": "green",
        "rom_worst_verdict": None,
        "sway_worst_verdict": None,
        "data_days_30d": 9,
        "exercise_minutes_month": 31.0,
        "contact_minutes_month": 40,
        "days_to_review": 20,
    }
    return PatientDay(**{**values, **said})


def a_report(days: int, pain: int | None = None, when: When | None = None, **said: object) -> SelfReport:
    day, at = on(days, 12)
    return SelfReport(at=at, day=day, pain=pain, when=when, **said)


def a_treatment(days: int, kind: str = "massage", minutes: int = 30, **said: object) -> Treatment:
    day, at = on(days, 11)
    values = {"site": "left knee", "by": "KL", "licence": "LMT 4711", "text": ""}
    return Treatment(at=at, day=day, kind=kind, minutes=minutes, **{**values, **said})


def a_course(values: Iterable[float], exercise: str = KNEE, side: str | None = "left", **said: object) -> Course:
    """Return a course with one occasion a day, with the verdicts that the program itself gives."""
    measure = MEASURES[said.pop("measure", "rom")]
    occasions = tuple(
        Occasion(on(number)[0], value, said.pop("error", 2.4), said.get("count", 3))
        for number, value in enumerate(values)
    )
    said.pop("count", None)
    way = said.pop("way", ("segment", "shank", "reps 1, tilt 1"))
    mode = said.pop("mode", "active" if measure.id == "rom" else None)
    return Course(measure, exercise, side, mode, way, occasions, changes(occasions, measure))


MORE = (60.0, 61.0, 60.5, 61.5, 79.0, 80.0, 79.5, 80.5, 80.0, 79.5, 80.0, 80.5)


def a_case(**said: object) -> Case:
    """Return a patient with a plan, on the last day of the fortnight."""
    values = {"day": LAST, "first": FIRST, "versions": (a_plan(),), "standing": a_day()}
    reports = said.get("reports", ())
    if reports:
        values["pain"] = judge(reports, {FIRST, LAST}, LAST)
    return Case(**{**values, **said})


def judged(**said: object) -> Findings:
    """Return the fortnight of a patient with a plan."""
    return fortnight(case=a_case(**said))


def treated(days: int, before_deg: float, after_deg: float, exercise: str = KNEE, **said: object) -> tuple:
    """Return a treatment and what was measured around it."""
    treatment = a_treatment(days, **said)
    angles = [
        Angle(at=treatment.at + hours * 3600, exercise=exercise, side="left", way=("a",), value_deg=deg, error_deg=2.0)
        for hours, deg in ((-24, before_deg), (2, after_deg))
    ]
    return treatment, before_and_after([treatment], angles, [])


def everything() -> Findings:
    """Return a page's worth of all there is, in its longest form: it still has to print on one sheet."""
    names = (*LONGEST_NAMES, KNEE)
    limit = Limit(rom_deg=95.0, approved_by="Dr A. Longname", date=FIRST)
    items = tuple(an_item(name, "both", limit=limit) for name in names)
    operated = {
        "operation_date": FIRST - timedelta(days=40),
        "diagnosis": "anterior cruciate ligament, reconstructed",
        "review_date": LAST - timedelta(days=4),
        "note": "No load on the left leg beyond what the surgeon allows; a brace is worn outside the house. " * 3,
        "corridor": (Corridor(weeks=(1, 12), low_deg=60.0, high_deg=90.0, exercise=KNEE, source="Wilk & Arrigo 2018"),),
    }
    versions = tuple(a_plan(*items, number=number, days=3 * number, **operated) for number in (1, 2, 3))
    sets = [
        a_set(days, index, exercise=name, side="both", reps=None if days == 6 else 10, reps_low=8, reps_high=11)
        for index, name in enumerate(names)
        for days in range(0, 14, 2)
    ]
    sets.append(with_curve(13, exercise=KNEE, side="both", synthetic=True))
    sets += [
        a_set(
            days,
            30,
            exercise=KNEE,
            side="both",
            reps=9,
            corrected_by="Dr A. Longname",
            why="counted beside the patient",
        )
        for days in (9, 11, 12)
    ]
    trials = ("eyes_open", "eyes_closed")
    pains = [a_report(days, 4 + days % 3, When.WORST, exertion=7) for days in range(0, 13, 2)]
    pains += [a_report(days, 2, When.NEXT_MORNING) for days in range(1, 13, 2)] + [a_report(12, 7, stop=True)]
    pairs = [treated(days, 60.0, 71.0, exercise="shoulder_external_rotation") for days in (3, 6, 9, 12)]
    calls = tuple(a_treatment(days, "call", 12) for days in (2, 5))
    why = (
        "stop reported by the patient on 14 March: one is enough, contact the patient (shown for 7 days)",
        "seated knee extension, both sides: 10 of 10 repetitions beyond the approved limit of 95 deg on 15 March",
        "pain 7 of 10, no time said and taken as during the exercises on 14 March: above 5, contact the patient",
        "plan review overdue by 4 days",
    )
    aside = tuple(
        Said(on(days)[0], "seated knee extension, both sides", "set aside, not used (the strap came off)", "MB")
        for days in (3, 4)
    )
    case = a_case(
        versions=versions,
        standing=a_day(level=3, why="; ".join(why), reps_over_pct_7d=48.0, tempo_pct_7d=52.0),
        courses=tuple(a_course(MORE, name, "both") for name in names),
        reports=tuple(pains),
        treatments=(*(treatment for treatment, _ in pairs), *calls),
        effects=tuple(effect for _, effects in pairs for effect in effects),
        aside=aside,
        said=aside,
        data_days=Evidence((DataDay(FIRST, ("a000-0000",), ()),), ()),
        month=Evidence((), calls),
    )
    return fortnight(
        sets=tuple(sorted(sets, key=lambda found: found.start)),
        stances=tuple(a_stance(days, trial) for days in (1, 12) for trial in trials),
        tests=tuple(a_test(days) for days in (1, 12)),
        case=case,
    )


def rest_days(*days: str) -> tuple[Weekday, ...]:
    return tuple(Weekday(day) for day in days)
