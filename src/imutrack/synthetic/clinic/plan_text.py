"""The text of a plan, as a therapist would have written it into a file."""

from datetime import timedelta
from typing import Final

from imutrack.synthetic.clinic.case import Case
from imutrack.synthetic.clinic.model import PlanVersion
from imutrack.synthetic.clinic.people import Story
from imutrack.synthetic.clinic.plans import Item, Version

__all__ = ["activated"]

_WITHOUT: Final = (Story.NO_PLAN, Story.TREATMENT_ONLY, Story.NEW)
_WEEKDAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def activated(found: tuple[Version, ...], case: Case) -> tuple[PlanVersion, ...]:
    """Return the versions as they are activated, on the morning of their first day; none where the story has none."""
    if case.line.story in _WITHOUT:
        return ()
    return tuple(
        PlanVersion(
            from_date=case.line.dates[version.from_day],
            activated=case.at(version.from_day, 6.5),
            by=version.therapist,
            toml=_text(version, case, number),
        )
        for number, version in enumerate(found, 1)
    )


def _text(version: Version, case: Case, number: int) -> str:
    sided = any(item.move and item.move.one_sided for item in version.items)
    first = case.line.dates[case.line.joined]
    lines = [
        f"# version {number} of a synthetic plan: nobody was ever asked to do this",
        f'therapist = "{version.therapist}"',
        f'affected_side = "{case.side if sided else "none"}"',
        f"start_date = {first}",
    ]
    if version.operated_days_before is not None:
        lines.append(f"operation_date = {first - timedelta(days=version.operated_days_before)}")
    lines += [
        f'goal = "{case.line.goal}"',
        f'diagnosis = "{case.condition.label}"',
        f"review_date = {case.line.dates[0] + timedelta(days=version.review_day)}",
    ]
    for item in version.items:
        lines += ["", "[[exercise]]", *_what(item), *_how_often(item), 'setting = "home"']
        if item.limit_deg is not None:
            approved = f'approved_by = "{version.approved_by}", date = {case.line.dates[version.from_day]}'
            lines.append(f"limit = {{ rom_deg = {item.limit_deg:g}, {approved} }}")
    return "\n".join(lines) + "\n"


def _what(item: Item) -> list[str]:
    if item.move is None:
        return [f'trial = "{item.measure.name}"', f'placement = "{item.measure.placement}"']
    outward_s, hold_s, return_s = item.move.tempo_s
    lines = [
        f'exercise = "{item.move.exercise}"',
        f'side = "{item.measure.side}"',
        f'placement = "{item.move.placement}"',
        f"reps = {item.move.reps}",
        f"rom_target_deg = {item.target_deg:g}",
        f"tempo = {{ outward_s = {outward_s:g}, hold_s = {hold_s:g}, return_s = {return_s:g} }}",
    ]
    return [*lines, f"load_kg = {item.load_kg:g}"] if item.load_kg else lines


def _how_often(item: Item) -> list[str]:
    week = item.week
    lines = [f"sets = {week.sets}", f"days_a_week = {week.days_a_week}", f"times_a_day = {week.times_a_day}"]
    if week.rest_days:
        lines.append("rest_days = [" + ", ".join(f'"{_WEEKDAYS[day]}"' for day in week.rest_days) + "]")
    return lines
