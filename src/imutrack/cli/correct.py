"""``imutrack correct``: what a person says of a set against its count or its label."""

import time
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated

import typer

from imutrack.cli.desk import By, Desk, at_desk, checked_initials, checked_reason, print_wrapped
from imutrack.cli.options import Config, DataDir
from imutrack.errors import SettingsError

if TYPE_CHECKING:
    from imutrack.corrections import Corrected, Correction
    from imutrack.results import Result
    from imutrack.task import Side

__all__ = ["correct"]

REPS_MOST = 500  # more is a slip of the keyboard
_DONE = '--by INITIALS --why "..."'


def correct(
    set_id: Annotated[str, typer.Argument(metavar="SET", help="Id of the set, such as abcd-efgh.")],
    reps: Annotated[str | None, typer.Option("--reps", metavar="N", help="How many repetitions there were.")] = None,
    exercise: Annotated[str | None, typer.Option("--exercise", help="Which exercise it was.")] = None,
    trial: Annotated[str | None, typer.Option("--trial", help="Which form of a balance trial or test it was.")] = None,
    side: Annotated[str | None, typer.Option("--side", help="left, right or both.")] = None,
    patient: Annotated[str | None, typer.Option("--patient", help="Whose it was.")] = None,
    void: Annotated[
        bool | None, typer.Option("--void/--no-void", help="Not to be used; or to be used after all.")
    ] = None,
    undo: Annotated[bool, typer.Option("--undo", help="Take back all corrections of the set.")] = False,
    by: By = None,
    why: Annotated[str | None, typer.Option("--why", metavar="TEXT", help="The reason, one line.")] = None,
    data_dir: DataDir = None,
    config: Config = None,
) -> None:
    """Say what a set really was.

    The count from the sensor stays beside it; --undo takes a correction back.
    """
    from imutrack.stores.correcting import correct as apply

    if not undo and all(said is None for said in (reps, exercise, trial, side, patient, void)):
        raise SettingsError(
            "say what was different: --reps, --exercise or --trial, --side, --patient, --void; or --undo"
        )
    with at_desk(data_dir, config) as desk:
        now = _require(desk, set_id)
        correction = replace(
            _said(now, reps=reps, exercise=exercise, trial=trial, side=side, void=void, undo=undo),
            at_ns=_moment(desk, now),
            by=checked_initials(by),
            why=checked_reason(why),
            patient=None if patient is None else desk.patients.require(patient),
        )
        after = apply(desk.store, correction, clinic=desk.settings.clinic, zone=desk.zone)
        desk.refresh()
        _print(desk, after)


def _require(desk: Desk, typed: str) -> "Corrected":
    """Return the result with an id as somebody typed it."""
    wanted = typed.strip().lower()
    if len(wanted) == 8 and "-" not in wanted:
        wanted = f"{wanted[:4]}-{wanted[4:]}"
    found = desk.store.result(wanted)
    if found is None:
        raise SettingsError(_unknown(desk, wanted))
    return found


def _moment(desk: Desk, now: "Corrected") -> int:
    """Return when it is said: after all that was said before of the set, even if this clock was set back since."""
    from imutrack.stores.correcting import corrections

    result = now.result
    before = [each.at_ns for each in corrections(desk.store, str(result.task.patient)) if each.set_id == result.set_id]
    return max([time.time_ns(), *(at_ns + 1 for at_ns in before)])


def _unknown(desk: Desk, wanted: str) -> str:
    from difflib import get_close_matches

    # a slip leaves one of the two halves as it is
    query = "SELECT set_id FROM result WHERE substr(set_id, 1, 4) = ? OR substr(set_id, -4) = ?"
    with desk.store.database.reading() as connection:
        alike = [found for (found,) in connection.execute(query, (wanted[:4], wanted[-4:]))]
    near = get_close_matches(wanted, alike, n=2, cutoff=0.7)
    advice = f"did you mean {' or '.join(near)}?" if near else "`imutrack review` and the report show the ids"
    return f"no set {wanted or repr(wanted)}: {advice}"


def _said(
    now: "Corrected",
    *,
    reps: str | None,
    exercise: str | None,
    trial: str | None,
    side: str | None,
    void: bool | None,
    undo: bool,
) -> "Correction":
    """Check what was typed against the result it is about."""
    from imutrack.clinic.self_reports import whole_number
    from imutrack.corrections import Correction
    from imutrack.exercises import is_one_legged
    from imutrack.results import ExerciseSet

    result = now.result
    if undo and now.by is None:
        raise SettingsError(f"{result.set_id} was not corrected: there is nothing to undo")
    if reps is not None and not isinstance(result, ExerciseSet):
        raise SettingsError(f"{result.set_id} is {_kind(result)}, which has no count to correct: leave out --reps")
    name = _name(result, exercise, trial)
    if side is not None and not (isinstance(result, ExerciseSet) or is_one_legged(name or result.task.name)):
        raise SettingsError(f"{result.set_id} is {_kind(result)}, which is kept without a side: leave out --side")
    return Correction(
        set_id=result.set_id,
        at_ns=0,
        by="",
        why="",
        reps=None if reps is None else whole_number(reps, "--reps", 0, REPS_MOST),
        name=name,
        side=_side(side),
        void=void,
        undo=undo,
    )


def _name(result: "Result", exercise: str | None, trial: str | None) -> str | None:
    """Return the id of what it was; only what is analysed alike can take another's name."""
    from imutrack.corrections import can_be_called
    from imutrack.labels import labelled_task

    if exercise is None and trial is None:
        return None
    task = labelled_task(exercise=exercise, trial=trial)
    if not can_be_called(result, task.name):
        option = f"--trial {task.name}" if exercise is None else f"--exercise {task.name}"
        raise SettingsError(
            f"{result.set_id} was analysed as {_kind(result)}: {task.name.replace('_', ' ')} is analysed in another "
            f"way, replay its file with {option}"
        )
    return task.name


def _side(side: str | None) -> "Side | None":
    from imutrack.labels import labelled_task

    return None if side is None else labelled_task(side=side).side


def _kind(result: "Result") -> str:
    from imutrack.task import TaskKind

    return {
        TaskKind.EXERCISE: "a set of an exercise",
        TaskKind.STANCE: "a balance trial",
        TaskKind.SIT_TO_STAND: "a chair test",
        TaskKind.TIMED_UP_AND_GO: "a timed up-and-go",
    }[result.task.kind]


def _print(desk: Desk, now: "Corrected") -> None:
    result = now.result
    when = f", {desk.local(result.start)}" if result.start is not None else ""
    print(f"{result.set_id}  {result.task.patient}{when}")
    print_wrapped(_what(now), "  ", "    ")
    counts = desk.store.stands_for(result.set_id)
    if counts != result.set_id and not now.void:
        print_wrapped(f"several sensors saw this set; it counts by {counts}, with the same corrections", "  ", "    ")
    if now.by is None:
        print("  as it was analysed, no correction counts")
        return
    print_wrapped(f"corrected by {now.by}: {now.text or 'to be used after all'}", "  ", "    ")
    print(f"  to take it back: imutrack correct {result.set_id} --undo {_DONE}")


def _what(now: "Corrected") -> str:
    """Say what a result counts as."""
    from imutrack import words
    from imutrack.exercises import leg_of
    from imutrack.report.wording import exercise_name, of_side, trial_name
    from imutrack.results import ExerciseSet

    result = now.result
    if now.void:
        return "set aside: in no count and no trend"
    if not isinstance(result, ExerciseSet):
        leg = leg_of(result.task.name, result.task.side)
        return of_side(trial_name(result.task.name, result.task.kind), leg)
    name = of_side(exercise_name(result.task.name), result.task.side)
    return (
        f"{name}, repetitions: {words.count_text(result.reps, result.reps_low, result.reps_high, now.counted, now.by)}"
    )
