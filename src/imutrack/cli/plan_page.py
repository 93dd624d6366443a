"""The version of a plan on the screen: what holds for the patient, then a row per exercise."""

from datetime import date

from rich.table import Table
from rich.text import Text

from imutrack.cli.output import console, one_line
from imutrack.clinic.plans import Limit, Plan, PlanItem, PlanVersion, Tempo, operation_week
from imutrack.clinic.plans.differences import GOALS
from imutrack.report.wording import movement

__all__ = ["print_version"]

_NOT_SAID = "-"
_DATE = len("2026-03-09)")  # a date of approval is never cut


def print_version(patient: str, version: PlanVersion, day: date) -> None:
    """Print a version as it holds on a day."""
    plan, out = version.plan, console()
    head = f"Plan of {patient}, version {version.number}, in force from {version.from_date}"
    out.print(Text(f"{head} (activated by {one_line(version.by)})", style="bold"))
    for line in _head(plan, day):
        out.print(Text(one_line(line)))
    out.print(_table(plan.exercise))
    for item in plan.exercise:
        if item.on_stop:
            out.print(Text(one_line(f"{item.words}, on a stop: {item.on_stop}")))


def _head(plan: Plan, day: date) -> list[str]:
    lines = [
        f"Therapist: {plan.therapist}",
        f"Affected side: {plan.affected_side}",
        f"Goal: {GOALS[plan.goal]}",
        f"Review: {plan.review_date or 'no date given'}",
    ]
    if plan.operation_date:
        week = operation_week(plan, day)
        lines.append(f"Operation: {plan.operation_date}" + (f" (week {week} on {day})" if week else ""))
    if plan.diagnosis:
        lines.append(f"Label: {plan.diagnosis}")
    if plan.note:
        lines.append(f"Precautions: {plan.note}")
    return lines


def _table(items: tuple[PlanItem, ...]) -> Table:
    headings = ("", "exercise", "sets × reps", "target", "out / hold / back", "days", "where", "limit")
    table = Table(*headings, header_style="dim", box=None, padding=(0, 2, 0, 0))
    table.columns[-1].min_width = _DATE if any(item.limit for item in items) else None
    for number, item in enumerate(items, 1):
        cells = (str(number), item.words, _dose(item), _target(item), _tempo(item.tempo), _days(item))
        table.add_row(*(Text(one_line(cell)) for cell in (*cells, _where(item), _limit(item.limit))))
    return table


def _dose(item: PlanItem) -> str:
    sets = str(item.sets or 1)
    dose = f"{sets} × {item.reps}" if item.reps else sets
    return dose if item.load_kg is None else f"{dose}, {item.load_kg:g} kg"


def _target(item: PlanItem) -> str:
    if item.rom_target_deg is None:
        return _NOT_SAID
    return f"{item.rom_target_deg:g}° {movement(item.task_name, item.placement)}"


def _tempo(tempo: Tempo) -> str:
    phases = (tempo.outward_s, tempo.hold_s, tempo.return_s)
    said = "/".join(_NOT_SAID if phase_s is None else f"{phase_s:g}" for phase_s in phases)
    return _NOT_SAID if all(phase_s is None for phase_s in phases) else f"{said}\u00a0s"


def _days(item: PlanItem) -> str:
    days = "every day" if item.days_a_week == 7 else f"{item.days_a_week} a week"
    often = "" if item.times_a_day == 1 else f", {item.times_a_day} times a day"
    rest = f", not on {', '.join(item.rest_days)}" if item.rest_days else ""
    return f"{days}{often}{rest}"


def _where(item: PlanItem) -> str:
    return ", ".join(part for part in (item.setting, item.mode) if part) or _NOT_SAID


def _limit(limit: Limit | None) -> str:
    if limit is None:
        return _NOT_SAID
    return f"{limit.rom_deg:g}° " + (f"({limit.approved_by}, {limit.date})" if limit.armed else "(not armed)")
