"""``imutrack patient``: who the results belong to, by pseudonym; the names stay in one local file."""

from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from imutrack.cli.desk import Desk, PatientName, ask, at_desk, typed_day
from imutrack.cli.options import Config, DataDir, Json
from imutrack.errors import SettingsError

if TYPE_CHECKING:
    from imutrack.clinic.names import Names
    from imutrack.clinic.patients import Patient

__all__ = ["app"]

app = typer.Typer(help="Who the results belong to, by pseudonym.", no_args_is_help=True)

_EVERY: Final = "all"
_TYPED: Final = "-"  # asked for instead, so that it does not stay in the shell's history

Name = Annotated[
    str | None, typer.Option("--name", help="Kept in the local names file only; - asks for it, out of shell history.")
]
BirthYear = Annotated[str | None, typer.Option("--birth-year", help="Likewise.")]
Contact = Annotated[str | None, typer.Option("--contact", help="Likewise.")]
Since = Annotated[str | None, typer.Option("--from", metavar="DATE", help="First day, as 2026-03-09; else today.")]


@app.command()
def add(
    pseudonym: Annotated[str | None, typer.Argument(help="A pseudonym to use; without it one is made.")] = None,
    name: Name = None,
    birth_year: BirthYear = None,
    contact: Contact = None,
    data_dir: DataDir = None,
    config: Config = None,
) -> None:
    """Register a patient and print the pseudonym to use from now on."""
    with at_desk(data_dir, config, create=True) as desk:
        person = _asked(name, birth_year, contact)
        _names(desk).check(**person, now=desk.now)  # nobody is registered where the name is refused
        whose = desk.patients.add(pseudonym, now=desk.now)
        if any(person.values()):
            _names(desk).set(whose, **person, now=desk.now)
        print(whose)


@app.command("list")
def list_patients(
    status: Annotated[str, typer.Option("--status", help="active, paused, discharged or all.")] = _EVERY,
    for_desk: Annotated[
        bool, typer.Option("--print", help="With the names, for a sheet of paper at the desk.")
    ] = False,
    as_json: Json = False,
    data_dir: DataDir = None,
    config: Config = None,
) -> None:
    """List the patients; names only with --print."""
    from imutrack.clinic.patients import STATUSES
    from imutrack.words import counted

    if status not in (*STATUSES, _EVERY):
        raise SettingsError(f"--status {status!r}: use one of {', '.join((*STATUSES, _EVERY))}")
    if for_desk and as_json:
        raise SettingsError("--print is for paper and holds names: leave out --json")
    with at_desk(data_dir, config, create=True) as desk:
        everybody = desk.patients.list()
        found = [each for each in everybody if status in (_EVERY, _standing(desk, each)[0])]
        if for_desk:
            _print_for_desk(desk, found, everyone=status == _EVERY)
        elif as_json:
            _print_json(desk, found)
        elif found:
            _print_table(desk, found)
        else:
            print(
                f"nobody is {status} ({counted(len(everybody), 'patient')})"
                if everybody
                else "no patients yet: imutrack patient add"
            )


@app.command()
def pause(patient: PatientName, since: Since = None, data_dir: DataDir = None, config: Config = None) -> None:
    """Expect nothing from a patient for a while."""
    _set_status(patient, "paused", since, data_dir, config)


@app.command()
def resume(patient: PatientName, since: Since = None, data_dir: DataDir = None, config: Config = None) -> None:
    """Go on with a patient who was paused or discharged."""
    _set_status(patient, "active", since, data_dir, config)


@app.command()
def discharge(patient: PatientName, since: Since = None, data_dir: DataDir = None, config: Config = None) -> None:
    """End the treatment; what was recorded stays."""
    _set_status(patient, "discharged", since, data_dir, config)


@app.command()
def rename(
    patient: PatientName,
    new: Annotated[str | None, typer.Argument(metavar="NEW", help="A pseudonym; without it one is made.")] = None,
    data_dir: DataDir = None,
    config: Config = None,
) -> None:
    """Give a patient another pseudonym, everywhere.

    In the store, the names file, the captures, the plan, the reports and exports.
    """
    from imutrack.cli.output import StatusLine
    from imutrack.cli.running import require_no_session
    from imutrack.clinic.captured import contents
    from imutrack.clinic.erasure import rename as rename_everywhere
    from imutrack.words import counted

    with at_desk(data_dir, config) as desk:
        old = desk.patients.require(patient)
        require_no_session(desk.settings, old)
        with StatusLine() as status:
            contents(desk.settings.data_dir, status.show)  # from here on it is known whom each names
        chosen, files = rename_everywhere(
            desk.store, desk.settings.data_dir, old, new, clinic=desk.settings.clinic, zone=desk.zone
        )
        desk.refresh()
        print(f"{old} is {chosen} from now on" + (f"; {counted(files, 'file')} renamed or rewritten" if files else ""))
        print("Marks files, printed pages and what was sent elsewhere still say the old one.")


@app.command("name")
def set_name(
    patient: PatientName,
    name: Name = None,
    birth_year: BirthYear = None,
    contact: Contact = None,
    data_dir: DataDir = None,
    config: Config = None,
) -> None:
    """Note or change who a patient is.

    It stays in the names file of this machine; "" takes it out.
    """
    if name is birth_year is contact is None:
        raise SettingsError("say what to note: --name, --birth-year or --contact (- asks for it)")
    with at_desk(data_dir, config) as desk:
        whose = desk.patients.require(patient)
        _names(desk).set(whose, **_asked(name, birth_year, contact), now=desk.now)
        print(f"noted for {whose}, in the names file of this machine only")


def _names(desk: Desk) -> "Names":
    from imutrack.clinic.names import Names

    return Names.open(desk.settings.data_dir)


def _asked(name: str | None, birth_year: str | None, contact: str | None) -> dict[str, str | None]:
    """Return what is to be noted; ``-`` is asked for."""
    said = {"name": name, "birth_year": birth_year, "contact": contact}
    questions = {"name": "name", "birth_year": "birth year", "contact": "contact"}
    return {key: ask(questions[key]) if value == _TYPED else value for key, value in said.items()}


def _set_status(patient: str, status: str, since: str | None, data_dir: Path | None, config: Path | None) -> None:
    with at_desk(data_dir, config) as desk:
        whose = desk.patients.require(patient)
        day = desk.today if since is None else typed_day(since, "--from")
        desk.patients.set_status(whose, status, day, now=desk.now)
        desk.refresh()
        print(f"{whose}: {status} from {day}")
        now, begun = _standing(desk, desk.patients.get(whose))
        if now != status:
            print(f"Today {whose} is {now}, since {begun}.")
        if status == "discharged":
            print(f"What was recorded stays; `imutrack erase {whose}` would delete it.")


def _standing(desk: Desk, patient: "Patient") -> tuple[str, date]:
    """Return the status of a patient today, and since when."""
    from imutrack.clinic.patients import ACTIVE, Status

    registered = Status(patient.created.astimezone(desk.zone).date(), ACTIVE)
    begun = [registered, *(each for each in patient.statuses if each.from_date <= desk.today)]
    now = begun[-1].status
    first = begun[-1]
    for each in reversed(begun):  # said twice, it holds since the first time
        if each.status != now:
            break
        first = each
    return now, first.from_date


def _last_seen(desk: Desk) -> dict[str, str]:
    """Return the local date of the last recording of each patient that has any; one dated in the future is not it."""
    query = "SELECT patient, MAX(local_date) FROM result WHERE local_date <= ? GROUP BY patient"
    with desk.store.database.reading() as connection:
        return dict(connection.execute(query, (desk.today.isoformat(),)).fetchall())


def _print_table(desk: Desk, found: "Iterable[Patient]") -> None:
    seen = _last_seen(desk)
    rows = [("pseudonym", "status", "since", "last seen")]
    for each in found:
        status, since = _standing(desk, each)
        rows.append((each.pseudonym, status, since.isoformat(), seen.get(each.pseudonym, "never")))
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())


def _print_json(desk: Desk, found: "Iterable[Patient]") -> None:
    import orjson

    seen = _last_seen(desk)
    for each in found:
        status, since = _standing(desk, each)
        line = {"patient": each.pseudonym, "status": status, "since": since, "last_seen": seen.get(each.pseudonym)}
        print(orjson.dumps(line).decode())


def _print_for_desk(desk: Desk, found: "Iterable[Patient]", *, everyone: bool) -> None:
    """Print the list with names; names that belong to nobody are shown as such, with everyone."""
    from imutrack.cli.output import one_line
    from imutrack.clinic.desk_list import Entry, desk_list

    people = _names(desk).all()
    entries = [Entry(each.pseudonym, _standing(desk, each)[0], people.get(each.pseudonym)) for each in found]
    if everyone:
        known = {entry.pseudonym for entry in entries}
        entries += [Entry(each, "not registered", person) for each, person in people.items() if each not in known]
    for line in desk_list(entries, desk.settings.clinic, desk.today).splitlines():
        print(one_line(line))
