"""What is wrong with a plan, and what is legal but must be known.

Faults contradict each other or cannot be carried out: such a plan is not activated. Remarks do not stop it: the
therapist decides, knowing them.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from imutrack.clinic.plans.model import Corridor, Plan, PlanItem
from imutrack.errors import SettingsError
from imutrack.exercises import Exercise, Observability
from imutrack.task import TaskKind

__all__ = ["CheckParams", "faults", "remarks", "require_sound"]

_SHOWS_ANGLE = {Observability.GRAVITY, Observability.TWO_SENSORS}


@dataclass(frozen=True, slots=True)
class CheckParams:
    """When a number is worth a remark.

    Attributes:
        beyond_usual: part of the catalogue's largest checked range above which a target is remarked on. Own choice:
            supple people exceed the published means by a few degrees, a slip of the keyboard by more.
    """

    beyond_usual: float = 1.1


def require_sound(plan: Plan, where: str) -> None:
    """Refuse a plan that has faults.

    Raises:
        SettingsError: it has; all are named.
    """
    if found := faults(plan):
        raise SettingsError(f"{where}: {'; '.join(found)}")


def faults(plan: Plan) -> tuple[str, ...]:
    """Return what must be mended before the plan can be activated, a sentence each."""
    found = []
    if not plan.therapist:
        found.append(
            "therapist is empty: the plan is off until the responsible therapist puts a name or initials there"
        )
    found += _unprintable(plan)
    if not plan.exercise:
        found.append("there is no exercise in it: add an [[exercise]]; a patient who does none needs no plan")
    if plan.review_date and plan.review_date < plan.start_date:
        found.append(f"review_date {plan.review_date} lies before start_date {plan.start_date}")
    for number, item in enumerate(plan.exercise, 1):
        found += [f"exercise {number} ({item.words}): {fault}" for fault in _item_faults(item)]
    twice = Counter((item.task_name, item.side) for item in plan.exercise)
    named = {(item.task_name, item.side): item.words for item in plan.exercise}
    found += [
        f"{named[key]} stands in it {count} times: join them into one" for key, count in twice.items() if count > 1
    ]
    for number, corridor in enumerate(plan.corridor, 1):
        found += [f"corridor {number}: {fault}" for fault in _corridor_faults(corridor)]
    return tuple(found)


def remarks(plan: Plan, today: date, params: CheckParams = CheckParams()) -> tuple[str, ...]:
    """Return what is legal but must be known, a sentence each.

    Args:
        plan: one whose names are resolved.
        today: local date, for what has passed.
        params: when a number is worth a remark.
    """
    found = [*_date_remarks(plan, today), *_corridor_remarks(plan)]
    for number, item in enumerate(plan.exercise, 1):
        found += [f"exercise {number} ({item.words}): {remark}" for remark in _item_remarks(item, today, params)]
    return tuple(found)


def _unprintable(plan: Plan) -> Iterable[str]:
    """Name the texts with characters that no page or terminal can show."""
    texts = {"therapist": plan.therapist, "diagnosis": plan.diagnosis, "note": plan.note}
    for number, item in enumerate(plan.exercise, 1):
        texts[f"on_stop of exercise {number}"] = item.on_stop
        texts[f"approved_by of exercise {number}"] = item.limit.approved_by if item.limit else ""
    for what, text in texts.items():
        if not all(sign.isprintable() or sign == "\n" for sign in text or ""):
            yield f"{what} holds a character that cannot be printed: write it again"


def _item_faults(item: PlanItem) -> Iterable[str]:
    if item.trial is None and item.side is None:
        yield "side is missing: say left, right or both, or set affected_side at the top"
    free = 7 - len(set(item.rest_days))
    if item.days_a_week > free:
        yield f"rest_days leave {free} days of the week, fewer than days_a_week = {item.days_a_week}"
    if item.limit and item.rom_target_deg and item.rom_target_deg > item.limit.rom_deg:
        yield (
            f"rom_target_deg {item.rom_target_deg:g}° is more than its limit of {item.limit.rom_deg:g}°: "
            "lower the target or have the limit raised"
        )
    if item.kind is not TaskKind.EXERCISE and (unfit := _unfit(item)):
        yield f"{', '.join(unfit)} cannot be compared with a balance trial or timed test: leave out"


def _unfit(item: PlanItem) -> list[str]:
    """Name what is said of a trial or test that only a set of repetitions has."""
    said = {
        # chair rises are counted, so a number of them can be asked for; a timed form has its own
        "reps": item.reps and not (item.kind is TaskKind.SIT_TO_STAND and item.trial is None),
        "rom_target_deg": item.rom_target_deg,
        "tempo": any(phase is not None for phase in (item.tempo.outward_s, item.tempo.hold_s, item.tempo.return_s)),
        "limit": item.limit,
    }
    return [key for key, value in said.items() if value]


def _corridor_faults(corridor: Corridor) -> Iterable[str]:
    first, last = corridor.weeks
    if first > last:
        yield f"weeks = [{first}, {last}]: the first week comes first"
    if corridor.low_deg is None and corridor.high_deg is None:
        yield "give low_deg, high_deg or both"
    elif corridor.low_deg is not None and corridor.high_deg is not None and corridor.low_deg > corridor.high_deg:
        yield f"low_deg {corridor.low_deg:g}° is more than high_deg {corridor.high_deg:g}°"


def _date_remarks(plan: Plan, today: date) -> Iterable[str]:
    if plan.review_date is None:
        yield "there is no review_date: nobody is reminded to look at the plan again"
    elif plan.review_date < today:
        yield f"review_date {plan.review_date} has passed"
    if plan.operation_date and plan.operation_date > plan.start_date:
        yield f"operation_date {plan.operation_date} lies after start_date {plan.start_date}: the plan begins before it"


def _corridor_remarks(plan: Plan) -> Iterable[str]:
    if not plan.corridor:
        return
    if plan.operation_date is None:
        yield "the corridors count weeks from operation_date, which is missing: they are not used"
    if off := sum(not corridor.armed for corridor in plan.corridor):
        yield f"{off} of {len(plan.corridor)} corridors lack approved_by or date: they raise no alert"
    asked = {item.task_name for item in plan.exercise}
    for other in sorted({corridor.exercise for corridor in plan.corridor} - asked):
        yield f"there is a corridor for {other}, which the plan does not ask for"


def _item_remarks(item: PlanItem, today: date, params: CheckParams) -> Iterable[str]:
    if item.limit and not item.limit.armed:
        lacks = " and ".join(
            key
            for key, given in (("approved_by", item.limit.approved_by.strip()), ("date", item.limit.date))
            if not given
        )
        yield f"the limit of {item.limit.rom_deg:g}° is not armed, it lacks {lacks}: no line, no alert"
    if item.limit and item.limit.armed and item.limit.date and item.limit.date > today:
        yield f"the limit of {item.limit.rom_deg:g}° is approved on {item.limit.date}, which is still to come"
    usual = item.entry.usual_range_deg
    if item.rom_target_deg and usual and item.rom_target_deg > params.beyond_usual * usual:
        yield f"the target of {item.rom_target_deg:g}° is more than this movement usually reaches ({usual:g}°)"
    if item.rom_target_deg or item.limit:
        yield from _sight_remarks(item.entry, tuple((item.placement or "").split("+")))


def _sight_remarks(entry: Exercise, places: tuple[str, ...]) -> Iterable[str]:
    """Say what a target or limit in degrees is worth with the sensors where the plan puts them."""
    ways = [worn for worn in entry.worn if sorted(worn.placements) == sorted(places)]
    seen = [worn for worn in ways if worn.observability in _SHOWS_ANGLE]
    where = " and ".join(place.replace("_", " ") for place in places)
    if not seen:
        yield f"with the sensor on the {where} the angle cannot be seen, so the degrees cannot be checked"
    elif len(seen) < len(ways):
        postures = " or ".join(sorted({worn.posture for worn in seen if worn.posture}))
        yield f"with the sensor on the {where} the angle can be seen only {postures}"
    pairs = [worn for worn in entry.worn if worn.observability is Observability.TWO_SENSORS]
    if seen and len(places) == 1 and pairs:
        yield (
            f"the degrees are those of the {seen[0].label}; "
            f'for the {pairs[0].label} write placement = "{" + ".join(pairs[0].placements)}"'
        )
