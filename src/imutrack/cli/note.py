"""``imutrack note``: what a patient says of pain and effort."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer

from imutrack.cli.desk import Desk, at_desk, print_wrapped, require_counting, set_aside, typed_time
from imutrack.cli.options import Config, DataDir
from imutrack.errors import SettingsError

if TYPE_CHECKING:
    from imutrack.clinic.pain_rules import Judgement
    from imutrack.clinic.self_reports import SelfReport

__all__ = ["note"]


def note(
    patient: Annotated[str | None, typer.Argument(metavar="PATIENT", help="Pseudonym.")] = None,
    pain: Annotated[str | None, typer.Option("--pain", metavar="0-10", help="0 none, 10 the worst imaginable.")] = None,
    when: Annotated[
        str | None, typer.Option("--when", help="Which pain: before, worst (during), after or next-morning.")
    ] = None,
    exertion: Annotated[
        str | None, typer.Option("--exertion", metavar="0-10", help="0 none, 10 the most possible.")
    ] = None,
    stop: Annotated[bool, typer.Option("--stop", help="The patient stopped because something felt wrong.")] = False,
    text: Annotated[str | None, typer.Option("--text", help="In the patient's words, one line; no names.")] = None,
    at: Annotated[
        str | None, typer.Option("--at", metavar="TIME", help="When, as 2026-03-09T08:30 or 08:30; else now.")
    ] = None,
    withdraw: Annotated[str | None, typer.Option("--withdraw", metavar="ID", help="Set an entry aside.")] = None,
    data_dir: DataDir = None,
    config: Config = None,
) -> None:
    """Keep what a patient says of pain and effort.

    Prints what it means by the clinic's rules: green, amber, red or unknown, with the reasons.
    """
    from imutrack.clinic.self_reports import checked_report

    with at_desk(data_dir, config) as desk:
        if withdraw is not None:
            if any(said is not None for said in (pain, when, exertion, text, at)) or stop:
                raise SettingsError("--withdraw stands alone: enter what is right with another imutrack note")
            set_aside(desk, withdraw, "self_report", patient)
            return
        if patient is None:
            raise SettingsError("say whose word it is: imutrack note PATIENT ...")
        whose, moment = desk.patients.require(patient), typed_time(at, "--at", desk)
        report = checked_report(
            at=moment,
            day=datetime.fromtimestamp(moment, desk.zone).date(),
            pain=pain,
            when=when,
            exertion=exertion,
            stop=stop,
            text=text,
        )
        entry_id = _keep(desk, whose, report)
        said = _mark_set(desk, whose) if stop and at is None else []  # soon: the set goes on
        desk.refresh()
        _print_kept(desk, whose, report, entry_id, said)


def _keep(desk: Desk, patient: str, report: "SelfReport") -> str:
    """Store a report; return the id of the entry."""
    from imutrack.clinic.entries import add_report

    with desk.store.together():
        entry_id = add_report(desk.store, patient, report, clinic=desk.settings.clinic)
        require_counting(desk, "self_report", patient, report.day, entry_id)
    return entry_id


def _mark_set(desk: Desk, patient: str) -> list[str]:
    """Let the collector, where one runs, mark the set that is being done; return what it says to it."""
    from imutrack.cli.output import warn
    from imutrack.cli.running import ask_if_running
    from imutrack.errors import ImutrackError

    try:
        answers = ask_if_running(desk.settings, {"do": "note stop", "patient": patient, "source": "typed"})
    except ImutrackError as error:
        warn(f"the note is kept, but no set could be marked: {error}")
        return []
    return [str(each["said"]) for each in answers if each.get("session") and "said" in each]


def _print_kept(desk: Desk, patient: str, report: "SelfReport", entry_id: str, said: list[str]) -> None:
    print_wrapped(f"kept for {patient}, {desk.local(report.at)}: {_said(report)}", then="  ")
    for line in said:
        print_wrapped(f"collector: {line}", then="  ")
    _print_colour(_judged(desk, patient, report), report, desk)
    if report.stop:
        _print_on_stop(desk, patient, report)
    _print_status(desk, patient)
    print(f"to set it aside: imutrack note --withdraw {entry_id}")


def _said(report: "SelfReport") -> str:
    """Return a report in words."""
    from imutrack.clinic.self_reports import When

    which = {
        When.BEFORE: " before the exercises",
        When.WORST: " at worst during the exercises",
        When.AFTER: " after the exercises",
        When.NEXT_MORNING: " the next morning",
        None: "",
    }[report.when]
    parts = [
        f"pain {report.pain} of 10{which}" if report.pain is not None else "",
        f"exertion {report.exertion} of 10" if report.exertion is not None else "",
        "stopped" if report.stop else "",
        f'"{report.text}"' if report.text else "",
    ]
    return ", ".join(part for part in parts if part)


def _judged(desk: Desk, patient: str, report: "SelfReport") -> "Judgement":
    """Judge the day of a report with all that was said up to then."""
    from imutrack.clinic.loading import load
    from imutrack.clinic.pain_rules import judge
    from imutrack.clinic.rules import rules_of

    history = load(desk.store, desk.patients.get(patient), desk.zone)
    exercised = {done.day for done in history.sets} | {trial.day for trial in history.trials}
    return judge(history.reports, exercised, report.day, rules_of(desk.settings).pain)


def _print_colour(judged: "Judgement", report: "SelfReport", desk: Desk) -> None:
    day = "today" if report.day == desk.today else f"on {report.day}"
    print(f"{judged.colour} {day}, for the therapist to decide:")
    for reason in judged.reasons:
        print_wrapped(reason, "- ")


def _print_on_stop(desk: Desk, patient: str, report: "SelfReport") -> None:
    """Print what the plan says is to be done on a stop."""
    from imutrack.clinic.plans import history, in_force

    version = in_force(history(desk.store, patient), report.day)
    for item in version.plan.exercise if version else ():
        if item.on_stop:
            print_wrapped(f"the plan says, on a stop of {item.words}: {item.on_stop}", then="  ")


def _print_status(desk: Desk, patient: str) -> None:
    """Say where an entry will not be seen: today shows active patients."""
    from imutrack.clinic.patients import ACTIVE, status_on

    status = status_on(desk.patients.get(patient).statuses, desk.today)
    if status != ACTIVE:
        print(f"{patient} is {status}: `imutrack today` shows active patients and stops only")
