"""``imutrack plan``: what a therapist asks of a patient, in one file per patient and a version for every change."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from imutrack.cli.options import Config, DataDir

if TYPE_CHECKING:
    from datetime import date
    from pathlib import Path

    from imutrack.clinic.plans import Plan, PlanVersion
    from imutrack.config import Settings
    from imutrack.stores.local import LocalStore

__all__ = ["app"]

app = typer.Typer(
    help="What a therapist asks of a patient: one file each, a version for every change.", no_args_is_help=True
)

PatientName = Annotated[str, typer.Argument(metavar="PATIENT", help="Pseudonym.")]


class _Desk:
    """A registered patient with the open store: what every command works on."""

    def __init__(self, store: "LocalStore", patient: str, settings: "Settings") -> None:
        from imutrack.clinic.plans import plan_path

        self.store = store
        self.patient = patient
        self.path = plan_path(settings.data_dir, patient)
        self.clinic = settings.clinic
        self.zone = settings.zone

    @property
    def today(self) -> "date":
        from datetime import datetime

        return datetime.now(self.zone).date()

    @property
    def versions(self) -> "tuple[PlanVersion, ...]":
        from imutrack.clinic.plans import history

        return history(self.store, self.patient)


@contextmanager
def _desk(patient: str, data_dir: "Path | None", config: "Path | None") -> Iterator[_Desk]:
    from imutrack import config as settings
    from imutrack.clinic.patients import Patients
    from imutrack.stores.local import LocalStore

    found = settings.load(config, data_dir)
    with LocalStore.open(found.data_dir) as store:
        yield _Desk(store, Patients(store).require(patient), found)


@app.command()
def new(
    patient: PatientName,
    copied: Annotated[str | None, typer.Option("--from", metavar="TEMPLATE", help="Template to copy.")] = None,
    side: Annotated[str, typer.Option(help="Affected side: left, right, both or none.")] = "none",
    therapist: Annotated[str, typer.Option(metavar="NAME", help="Name or initials of who is responsible.")] = "",
    data_dir: DataDir = None,
    config: Config = None,
) -> None:
    """Write a draft to edit; it is off until it is activated."""
    from imutrack.clinic.plans import AffectedSide, draft, template, write_draft
    from imutrack.errors import SettingsError

    if side not in set(AffectedSide):
        raise SettingsError(f"--side {side!r}: use one of {', '.join(AffectedSide)}")
    with _desk(patient, data_dir, config) as desk:
        text = draft(desk.today, AffectedSide(side), None if copied is None else template(copied), therapist.strip())
        write_draft(desk.path, text)
        print(f"{desk.path}: edit it, then `imutrack plan check {desk.patient}`")


@app.command()
def templates() -> None:
    """List what --from accepts, each with its source."""
    from rich.table import Table

    from imutrack.cli.output import console
    from imutrack.clinic.plans import all_templates

    table = Table("template", "what it is for", "source", header_style="", box=None)
    for found in all_templates().values():
        table.add_row(found.name, found.title, found.source)
    console().print(table)
    print("A template is off until a therapist is named in the copy; the surgeon's protocol comes first.")


@app.command()
def check(patient: PatientName, data_dir: DataDir = None, config: Config = None) -> None:
    """Say what is wrong with the plan file, and what should be known."""
    from imutrack.clinic.plans import in_force, read_plan, remarks, require_sound

    with _desk(patient, data_dir, config) as desk:
        plan = read_plan(desk.path)
        require_sound(plan, str(desk.path))
        print("ok")
        for remark in remarks(plan, desk.today):
            print(f"- {_line(remark)}")
        current = in_force(desk.versions, desk.today)
        if current is None:
            print(f"No version is in force yet: `imutrack plan activate {desk.patient} --by NAME`.")
        elif current.plan == plan:
            print(f"Says the same as version {current.number}, which is in force.")
        else:
            print(f"Differs from version {current.number}, which is in force:")
            _print_changes(current, now=plan)


@app.command()
def show(
    patient: PatientName,
    on: Annotated[str | None, typer.Option("--date", metavar="DATE", help="Day; else today.")] = None,
    data_dir: DataDir = None,
    config: Config = None,
) -> None:
    """Show the version that is in force on a day."""
    from imutrack.cli.plan_page import print_version
    from imutrack.clinic.plans import in_force

    with _desk(patient, data_dir, config) as desk:
        day = desk.today if on is None else _day(on, "--date")
        version = in_force(desk.versions, day)
        if version is None:
            print(f"{desk.patient} has no plan in force on {day}.")
        else:
            print_version(desk.patient, version, day)


@app.command()
def activate(
    patient: PatientName,
    by: Annotated[str, typer.Option("--by", metavar="NAME", help="Who activates it: name or initials.")],
    since: Annotated[
        str | None, typer.Option("--from", metavar="DATE", help="First day; else today, or the plan's start.")
    ] = None,
    data_dir: DataDir = None,
    config: Config = None,
) -> None:
    """Put the plan file in force as a new version."""
    import time

    from imutrack.clinic.plans import activate as put_in_force
    from imutrack.clinic.plans import in_force, parse, read_text

    with _desk(patient, data_dir, config) as desk:
        text = read_text(desk.path)
        start = parse(text, str(desk.path)).start_date
        first_day = max(desk.today, start) if since is None else _day(since, "--from")
        version = put_in_force(
            desk.store, desk.patient, text, by, first_day, time.time(), clinic=desk.clinic, zone=desk.zone
        )
        print(f"version {version.number} of {desk.patient} is in force from {first_day}")
        now = in_force(desk.versions, desk.today)
        if now and now.number != version.number and first_day <= desk.today:
            print(f"Today version {now.number} holds: it begins later, on {now.from_date}.")


@app.command("history")
def show_history(patient: PatientName, data_dir: DataDir = None, config: Config = None) -> None:
    """List the versions and what changed with each."""
    from datetime import datetime

    with _desk(patient, data_dir, config) as desk:
        before = None
        for version in desk.versions:
            when = datetime.fromtimestamp(version.activated, desk.zone)
            said = f"activated {when:%Y-%m-%d %H:%M} by {_line(version.by)}"
            print(f"version {version.number}  from {version.from_date}, {said}")
            _print_changes(before, now=version.plan)
            before = version
        if before is None:
            print(f"{desk.patient} has no plan yet: `imutrack plan new {desk.patient}` writes a draft")


def _print_changes(before: "PlanVersion | None", *, now: "Plan") -> None:
    from imutrack.clinic.plans import changes

    for change in changes(before.plan if before else None, now):
        print(f"- {_line(change)}")


def _line(text: str) -> str:
    from imutrack.cli.output import one_line

    return one_line(text)


def _day(text: str, option: str) -> "date":
    from datetime import date

    from imutrack.errors import SettingsError

    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise SettingsError(f"{option} {text!r}: write a day as 2026-03-09") from error
