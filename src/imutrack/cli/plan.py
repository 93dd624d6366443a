"""``imutrack plan``: what a therapist asks of a patient, in one file per patient and a version for every change."""

from typing import TYPE_CHECKING, Annotated

import typer

from imutrack.cli.desk import Desk, PatientName, at_desk, typed_day
from imutrack.cli.options import Config, DataDir

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date
    from pathlib import Path

    from imutrack.clinic.plans import Plan, PlanVersion

__all__ = ["app"]

app = typer.Typer(
    help="What a therapist asks of a patient: one file each, a version for every change.", no_args_is_help=True
)


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
    with at_desk(data_dir, config) as desk:
        whose = desk.patients.require(patient)
        path = _path(desk, whose)
        text = draft(desk.today, AffectedSide(side), None if copied is None else template(copied), therapist.strip())
        write_draft(path, text)
        print(f"{path}: edit it, then `imutrack plan check {whose}`")


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
    from imutrack.clinic.plans import history, in_force, read_plan, remarks, require_sound

    with at_desk(data_dir, config) as desk:
        whose = desk.patients.require(patient)
        path = _path(desk, whose)
        plan = read_plan(path)
        require_sound(plan, str(path))
        print("ok")
        _print_points(remarks(plan, desk.today))
        current = in_force(history(desk.store, whose), desk.today)
        if current is None:
            print(f"No version is in force yet: `imutrack plan activate {whose} --by NAME`.")
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
    from imutrack.clinic.plans import history, in_force

    with at_desk(data_dir, config) as desk:
        whose = desk.patients.require(patient)
        day = desk.today if on is None else typed_day(on, "--date")
        versions = history(desk.store, whose)
        version = in_force(versions, day)
        if version is None:
            print(f"{whose} has no plan in force on {day}.")
        else:
            print_version(whose, version, day)
        _print_coming(versions, day)


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
    from imutrack.clinic.plans import activate as put_in_force
    from imutrack.clinic.plans import history, in_force, parse, read_text

    with at_desk(data_dir, config) as desk:
        whose = desk.patients.require(patient)
        path = _path(desk, whose)
        text = read_text(path)
        start = parse(text, str(path)).start_date
        first_day = max(desk.today, start) if since is None else typed_day(since, "--from")
        version = put_in_force(
            desk.store, whose, text, by, first_day, desk.now, clinic=desk.settings.clinic, zone=desk.zone
        )
        desk.refresh()
        print(f"version {version.number} of {whose} is in force from {first_day}")
        versions = history(desk.store, whose)
        now = in_force(versions, desk.today)
        if now and now.number != version.number and first_day <= desk.today:
            print(f"Today version {now.number} holds: it begins later, on {now.from_date}.")
        _print_coming(versions, desk.today)


@app.command("history")
def show_history(patient: PatientName, data_dir: DataDir = None, config: Config = None) -> None:
    """List the versions and what changed with each."""
    from imutrack.cli.output import one_line
    from imutrack.clinic.plans import history

    with at_desk(data_dir, config) as desk:
        whose = desk.patients.require(patient)
        before = None
        for version in history(desk.store, whose):
            said = f"activated {desk.local(version.activated)} by {one_line(version.by)}"
            print(f"version {version.number}  from {version.from_date}, {said}")
            _print_changes(before, now=version.plan)
            before = version
        if before is None:
            print(f"{whose} has no plan yet: `imutrack plan new {whose}` writes a draft")


def _path(desk: Desk, patient: str) -> "Path":
    from imutrack.clinic.plans import plan_path

    return plan_path(desk.settings.data_dir, patient)


def _print_coming(versions: "Iterable[PlanVersion]", day: "date") -> None:
    """Name the versions that take over later: one of a mistyped day must not come as a surprise."""
    from imutrack.clinic.plans import in_force

    versions = tuple(versions)
    for first_day in sorted({version.from_date for version in versions if version.from_date > day}):
        coming = in_force(versions, first_day)
        if coming is not None:
            print(f"From {first_day} version {coming.number} holds; to replace it, activate another from that day.")


def _print_changes(before: "PlanVersion | None", *, now: "Plan") -> None:
    from imutrack.clinic.plans import changes

    _print_points(changes(before.plan if before else None, now))


def _print_points(texts: "Iterable[str]") -> None:
    from imutrack.cli.output import one_line

    for text in texts:
        print(f"- {one_line(text)}")
