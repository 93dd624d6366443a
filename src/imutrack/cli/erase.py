"""``imutrack erase``: everything of a patient, with the count of what is left."""

import sys
from collections.abc import Mapping
from typing import Annotated, Final

import typer

from imutrack.cli.desk import Desk, PatientName, ask, at_desk, print_wrapped
from imutrack.cli.options import Config, DataDir
from imutrack.errors import SettingsError

__all__ = ["erase"]

_WORDS: Final = {
    "exercise_set": "exercise sets",
    "rep": "repetitions",
    "stance": "balance trials",
    "sit_to_stand": "chair tests",
    "timed_up_and_go": "timed up-and-gos",
    "trace": "curves",
    "patient_day": "days of the roll-up",
    "change": "verdicts",
    "self_report": "notes",
    "treatment": "treatments",
    "plan": "exercises of plans",
    "result": "results as analysed",
    "correction": "corrections",
    "plan_version": "plan versions",
    "patient_status": "changes of status",
    "stale": "marks for the roll-up",
    "outbox": "batches that wait to be sent",
    "patient": "entry in the register",
    "name": "name, birth year, contact",
    "captures": "captures",
    "plan_file": "plan file",
    "reports": "reports",
    "exports": "exports",
    "mentions": "mentions anywhere else",
}
"""What is kept of a patient, in words."""

_MENTIONED: Final = (
    "What is left are mentions: in what another imutrack is still reading (end it and run this again), in a text about "
    "somebody else, such as a note or a plan, or in a capture so damaged that nobody can tell whose it is (imutrack "
    "review names it)."
)


def erase(
    patient: PatientName,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    data_dir: DataDir = None,
    config: Config = None,
) -> None:
    """Erase everything of a patient for good, and count what is left.

    Asks for the pseudonym once more.
    """
    from imutrack.cli.output import StatusLine
    from imutrack.cli.running import require_no_session
    from imutrack.cli.server import erase_there
    from imutrack.clinic.captured import contents
    from imutrack.clinic.erasure import erase as erase_all
    from imutrack.clinic.erasure import left, wiped

    with at_desk(data_dir, config) as desk:
        folder = desk.settings.data_dir
        with StatusLine() as status:
            contents(folder, status.show)  # from here on it is known whom each names
        whose = _whose(desk, patient)
        require_no_session(desk.settings, whose)
        there = left(desk.store, folder, whose)
        if not yes:
            _confirm(whose, there)
        gone = erase_all(desk.store, folder, whose)
        there_too = erase_there(desk.store, desk.settings)
        if there_too:
            gone = wiped(desk.store, folder, whose)  # nothing need remember any more who is to be erased elsewhere
    _print(whose, there, gone)
    if any(gone.values()) or not there_too:
        raise typer.Exit(1)


def _whose(desk: Desk, typed: str) -> str:
    """Return the pseudonym; one that is no longer registered will do where an erasure was cut off."""
    from imutrack.clinic.erasure import left, mentions
    from imutrack.clinic.pseudonyms import is_valid, normalise

    wanted = normalise(typed)
    folder = desk.settings.data_dir
    if is_valid(wanted) and (any(left(desk.store, folder, wanted).values()) or mentions(desk.store, folder, wanted)):
        return wanted
    return desk.patients.require(typed)


def _confirm(patient: str, there: Mapping[str, int]) -> None:
    from imutrack.clinic.pseudonyms import normalise

    if not sys.stdin.isatty():
        raise SettingsError(
            "erase asks for the pseudonym on a terminal: there is none here, so add --yes if you are sure"
        )
    some = "; ".join(f"{_WORDS[name]} {number}" for name, number in there.items() if number and name != "stale")
    print_wrapped(f"{patient}: {some}", then="  ")
    if normalise(ask("This cannot be undone. To erase all of it, type the pseudonym")) != patient:
        raise SettingsError("that is not the pseudonym: nothing was erased")


def _print(patient: str, there: Mapping[str, int], gone: Mapping[str, int]) -> None:
    rows = [(_WORDS[name], there.get(name, 0), left) for name, left in gone.items() if left or there.get(name)]
    rows.append(("all together", sum(there.values()), sum(gone.values())))
    from imutrack.clinic.erasure import BEYOND

    print(f"{patient:<32}{'erased':>8}{'left':>8}")
    for words, before, left in rows:
        print(f"  {words:<30}{max(before - left, 0):>8}{left:>8}")
    print()
    if gone["mentions"]:
        print_wrapped(_MENTIONED)
    print_wrapped(BEYOND)
