"""``imutrack review``: what needs a person, and what to type."""

from collections.abc import Collection, Iterable
from datetime import date, timedelta
from itertools import groupby
from typing import TYPE_CHECKING, Annotated

import typer

from imutrack.cli.desk import Desk, at_desk, print_wrapped
from imutrack.cli.options import Config, DataDir, Json

if TYPE_CHECKING:
    from imutrack.clinic.review import Finding, Material

__all__ = ["review"]

_DAYS_MOST = 36_525  # a hundred years: a clock that was never set begins in 1970
_MOST = 10  # of one kind for one patient on the screen; --json has all


def review(
    patient: Annotated[str | None, typer.Argument(metavar="PATIENT", help="Pseudonym; else all patients.")] = None,
    days: Annotated[int, typer.Option("--days", min=1, max=_DAYS_MOST, help="How far to look back.")] = 28,
    as_json: Json = False,
    data_dir: DataDir = None,
    config: Config = None,
) -> None:
    """List what needs a person, and what to type.

    Sets that nobody named or that are nobody's, counts that are not sure, sets that do not fit the plan, and the like.
    """
    from imutrack.clinic.review import findings
    from imutrack.words import counted

    with at_desk(data_dir, config) as desk:
        registered = [each.pseudonym for each in desk.patients.list()]
        names = registered if patient is None else [desk.patients.require(patient)]
        captured = _captured(desk, registered, days)
        found = {name: [*captured.pop(name, ()), *findings(_material(desk, name, days))] for name in names}
        if patient is None:
            found |= captured  # what is nobody's, or of somebody who is not registered
        if as_json:
            _print_json(each for listed in found.values() for each in listed)
            return
        for name, listed in found.items():
            if listed:
                _print_patient(name, listed)
        whom = counted(len(names), "patient") if patient is None else names[0]
        total = sum(map(len, found.values()))
        if not total:
            span = "the last day" if days == 1 else f"the last {days} days"
            print(f"Nothing needs a person: {whom}, {span}." if names else "No patients yet.")
        if earlier := _unnamed_earlier(desk, names, days):
            print_wrapped(earlier)


def _captured(desk: Desk, registered: Collection[str], days: int) -> dict[str, "list[Finding]"]:
    """Return what needs a person among the captures: pseudonym, empty for nobody's -> findings."""
    from imutrack.cli.output import StatusLine
    from imutrack.clinic.captured import unstored
    from imutrack.clinic.review_captures import captured_findings

    with StatusLine() as status:
        found = unstored(desk.store, desk.settings.data_dir, desk.now - 86_400 * days, status.show)
    captured = dict[str, list["Finding"]]()
    for each in captured_findings(found, registered, desk.zone):
        captured.setdefault(each.patient or "", []).append(each)
    return captured


def _material(desk: Desk, patient: str, days: int) -> "Material":
    """Read what is looked at of one patient."""
    from imutrack.clinic.plans import history, in_force
    from imutrack.clinic.review import Material
    from imutrack.stores.correcting import corrections
    from imutrack.stores.planned import planned_items

    store, since = desk.store, desk.today - timedelta(days=days - 1)
    with store.database.reading() as connection:
        items = planned_items(connection, patient)
        query = "SELECT set_id, by_plan FROM result WHERE patient = ?"
        there = dict(connection.execute(query, (patient,)).fetchall())
    since_ns = (desk.now - 86_400 * days) * 1e9
    return Material(
        patient=patient,
        today=desk.today,
        zone=desk.zone,
        sets=store.sets(patient, since),
        trials=[
            row for name in ("stance", "sit_to_stand", "timed_up_and_go") for row in store.points(name, patient, since)
        ],
        by_order={set_id for set_id, by_plan in there.items() if by_plan},
        items=items,
        version=in_force(history(store, patient), desk.today),
        lost=[each for each in corrections(store, patient) if each.set_id not in there and each.at_ns >= since_ns],
    )


def _unnamed_earlier(desk: Desk, names: Collection[str], days: int) -> str:
    """Say how many sets without a name lie before the days that were looked at; empty where there are none."""
    from imutrack.task import UNSPECIFIED
    from imutrack.words import counted

    query = (
        "SELECT patient, local_date FROM exercise_set "
        "WHERE exercise = ? AND local_date < ? AND quality <> 'withheld' AND NOT withdrawn"
    )
    since = desk.today - timedelta(days=days - 1)
    with desk.store.database.reading() as connection:
        found = connection.execute(query, (UNSPECIFIED, since.isoformat())).fetchall()
    dates = [day for patient, day in found if patient in names]
    if not dates:
        return ""
    back = (desk.today - date.fromisoformat(min(dates))).days + 1
    return f"{counted(len(dates), 'more set')} without a name from before {since}: add --days {back}"


def _print_patient(patient: str, found: Iterable["Finding"]) -> None:
    from imutrack.clinic.review import HEADINGS

    print(patient or "nobody's")
    for need, group in groupby(found, key=lambda each: each.need):
        listed = list(group)
        print_wrapped(f"{len(listed)} × {HEADINGS[need]}", "  ")
        for each in listed[:_MOST]:
            print_wrapped(each.text, "    ", "      ")
        if len(listed) > _MOST:
            print(f"    and {len(listed) - _MOST} more")
        print_wrapped(listed[0].todo, "    -> ")
        if listed[0].hint:
            print_wrapped(listed[0].hint, "       ")
    print()


def _print_json(found: Iterable["Finding"]) -> None:
    from dataclasses import asdict

    import orjson

    for each in found:
        print(orjson.dumps(asdict(each)).decode())
