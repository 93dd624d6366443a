"""``imutrack today``: who needs a look and why, worst first."""

from collections.abc import Collection, Iterable, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from imutrack.cli.desk import Desk, at_desk, print_wrapped
from imutrack.cli.options import Config, DataDir, Json
from imutrack.errors import SettingsError

if TYPE_CHECKING:
    from imutrack.stores.rows import Row

__all__ = ["today"]

_LOOK: Final = 2  # the level from which on somebody has to look
_LEVELS: Final = {3: "! stop or limit", 2: "look", 1: "fine", 0: "nothing known"}
_SHOW_ALL: Final = "; --all shows everybody"
_HEADINGS: Final = ("patient", "", "last seen", "sets in 7 days", "worst pain")


def today(
    everybody: Annotated[bool, typer.Option("--all", help="Also those who need no look.")] = False,
    therapist: Annotated[str | None, typer.Option("--therapist", metavar="T", help="Only the patients of T.")] = None,
    as_json: Json = False,
    data_dir: DataDir = None,
    config: Config = None,
) -> None:
    """Show who needs a look today and why, worst first."""
    with at_desk(data_dir, config, create=True) as desk:
        desk.refresh_to_show()
        rows = _triage(desk)
        if therapist is not None:
            rows = _of_therapist(rows, therapist)
        listed = [row for row in rows if everybody or _level(row) >= _LOOK]
        if as_json:
            _print_json(listed)
            return
        _print(listed)
        if therapist is None:
            _print_other_stops(desk)
        print(_summary(desk, rows, therapist) + (_SHOW_ALL if len(listed) < len(rows) else ""))
        if listed:
            print(f"next: imutrack report {listed[0].tags['patient']} | imutrack review {listed[0].tags['patient']}")


def _triage(desk: Desk) -> "list[Row]":
    """Return the day of every active patient, worst first."""
    from imutrack.stores.tables import select_rows

    where = "patient IN (SELECT pseudonym FROM patient) AND local_date = ? AND NOT withdrawn"
    with desk.store.database.reading() as connection:
        rows = select_rows(connection, "patient_day", where, [desk.today.isoformat()])
    rows += _without_day(desk, {row.tags["patient"] for row in rows})
    return sorted(rows, key=_urgency)


def _without_day(desk: Desk, there: Collection[str]) -> "list[Row]":
    """Return a row for active patients that have none today, so that nobody drops out of sight."""
    from imutrack.clinic.patients import ACTIVE, status_on
    from imutrack.stores.rows import Row, Value

    active = [each.pseudonym for each in desk.patients.list() if status_on(each.statuses, desk.today) == ACTIVE]
    said: dict[str, Value] = {"level": 0, "why": "nothing known of this day"}
    return [Row("patient_day", {"patient": name}, 0, said) for name in active if name not in there]


def _urgency(row: "Row") -> tuple[int, int, int, str]:
    """Order as `imutrack.clinic.days.order` does."""
    return -_level(row), row.count("urgency") or 0, -(row.count("days_since_last") or 0), row.tags["patient"]


def _level(row: "Row") -> int:
    return row.count("level") or 0


def _of_therapist(rows: "Sequence[Row]", typed: str) -> "list[Row]":
    wanted = typed.strip().casefold()
    found = [row for row in rows if (row.text("therapist") or "").casefold() == wanted]
    if not found:
        names = sorted({name for row in rows if (name := row.text("therapist"))})
        known = f"the plans name {', '.join(names)}" if names else "no plan names one"
        raise SettingsError(f"no patient of therapist {typed!r}: {known}")
    return found


def _print(rows: "Sequence[Row]") -> None:
    from imutrack.clinic.days.wording import JOIN

    if not rows:
        return
    table = [_HEADINGS, *(_cells(row) for row in rows)]
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    for number, cells in enumerate(table):
        print("  ".join(cell.ljust(size) for cell, size in zip(cells, widths, strict=True)).rstrip())
        for reason in (rows[number - 1].text("why") or "").split(JOIN) if number else ():
            print_wrapped(reason, "    ", "      ")


def _print_other_stops(desk: Desk) -> None:
    """Print the stops of patients who are paused or discharged: they have no day, and a stop must not be lost."""
    from imutrack.clinic.patients import ACTIVE, status_on
    from imutrack.clinic.rules import rules_of
    from imutrack.words import day_text

    since = desk.today - timedelta(days=rules_of(desk.settings).triage.stop_days - 1)
    for each in desk.patients.list():
        status = status_on(each.statuses, desk.today)
        if status == ACTIVE:
            continue
        reports = desk.store.points("self_report", each.pseudonym, since, desk.today)
        stops = [row.day for row in reports if row.fields.get("stop")]
        if stops:
            said = f"! {status}, but a stop was reported on {day_text(max(stops), desk.today)}: contact the patient"
            print_wrapped(f"{each.pseudonym}  {said}", then="    ")


def _cells(row: "Row") -> tuple[str, ...]:
    done, due, pain = row.count("sets_7d"), row.count("sets_due_7d"), row.count("worst_pain_7d")
    return (
        row.tags["patient"],
        _LEVELS[_level(row)],
        _ago(row.count("days_since_last")),
        f"{done or 0} of {due}" if due is not None else "no plan",
        "not said" if pain is None else f"{pain} of 10",
    )


def _ago(days: int | None) -> str:
    if days is None:
        return "never"
    return {0: "today", 1: "yesterday"}.get(days, f"{days} days ago")


def _summary(desk: Desk, rows: "Sequence[Row]", therapist: str | None) -> str:
    """Say how many there are of each."""
    from imutrack.words import counted

    whose = "" if therapist is None else f" of {therapist.strip()}"
    if not rows:
        return _nobody(desk)
    look, unknown = _count(rows, {2, 3}), _count(rows, {0})
    everybody = f"{counted(len(rows), 'active patient')}{whose}"
    parts = [
        f"{look} of {everybody} {'needs' if look == 1 else 'need'} a look"
        if look
        else f"{everybody}, none needs a look"
    ]
    if unknown:
        parts.append(f"nothing is known of {unknown}")
    if therapist is None and (paused := _paused(desk)):
        parts.append(f"{paused} paused")
    return "; ".join(parts)


def _count(rows: "Iterable[Row]", levels: Collection[int]) -> int:
    return sum(_level(row) in levels for row in rows)


def _nobody(desk: Desk) -> str:
    from imutrack.words import counted

    known = len(desk.patients.list())
    if not known:
        return f"no patients yet in {desk.settings.data_dir}: imutrack patient add"
    return f"nobody is active today, of {counted(known, 'patient')} {_paused(desk)} paused: imutrack patient list"


def _paused(desk: Desk) -> int:
    from imutrack.clinic.patients import PAUSED, status_on

    return sum(status_on(each.statuses, desk.today) == PAUSED for each in desk.patients.list())


def _print_json(rows: "Iterable[Row]") -> None:
    import orjson

    from imutrack.stores.schema import MEASUREMENTS

    names = [field.name for field in MEASUREMENTS["patient_day"].fields if field.name != "withdrawn"]
    for row in rows:
        line: dict[str, Any] = {**row.tags, **{name: row.fields.get(name) for name in names}}
        print(orjson.dumps(line).decode())
