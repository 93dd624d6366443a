"""From what a person typed to a `Task`: every name is checked, and a near miss is answered with the likely one."""

from collections.abc import Iterable
from dataclasses import replace
from difflib import get_close_matches
from enum import StrEnum
from typing import TypeVar

from imutrack.errors import SettingsError
from imutrack.exercises import all_exercises, match, match_trial
from imutrack.placements import PLACEMENTS, match_placement
from imutrack.task import UNSPECIFIED, LabelSource, Setting, Side, Task, TaskKind

__all__ = ["checked_placement", "labelled_task", "ordered_by_plan"]

_Choice = TypeVar("_Choice", bound=StrEnum)


def labelled_task(
    *,
    kind: str | None = None,
    exercise: str | None = None,
    trial: str | None = None,
    side: str | None = None,
    placement: str | None = None,
    setting: str | None = None,
    patient: str | None = None,
    start_s: float | None = None,
    stop_s: float | None = None,
    source: LabelSource = LabelSource.TYPED,
) -> Task:
    """Check typed labels and return the task they describe.

    The exercise or trial decides how the stretch is analysed; ``kind`` is needed only where neither is given.

    Args:
        kind: one of `TaskKind`.
        exercise: a catalogue id, name or alias.
        trial: a trial id, name or alias of a balance trial or test.
        side, placement, setting: as typed.
        patient: pseudonym; whether it exists is the store's to say.
        start_s, stop_s: seconds from the recording's start.
        source: who said so.

    Raises:
        SettingsError: a name that is not known, or two that contradict each other.

    >>> labelled_task(exercise="shoulder abduction", side="left").name
    'shoulder_abduction'
    >>> labelled_task(trial="eyes_closed").kind
    <TaskKind.STANCE: 'stance'>
    """
    named = _named(exercise, trial)
    said = None if kind is None else _one_of(TaskKind, kind, "--task")
    found, name = named or (said or TaskKind.EXERCISE, UNSPECIFIED)
    if said is not None and said is not found:
        raise SettingsError(f"{exercise or trial!r} is analysed as {found}, not as {said}: leave out one of the two")
    nothing = named is None and not any((kind, side, placement, setting))
    return Task(
        kind=found,
        name=name,
        side=None if side is None else _one_of(Side, side, "--side"),
        start_s=start_s,
        stop_s=stop_s,
        placement=None if placement is None else checked_placement(placement),
        patient=patient,
        setting=None if setting is None else _one_of(Setting, setting, "--setting"),
        label_source=LabelSource.NONE if nothing else source,
    )


def ordered_by_plan(task: Task) -> Task:
    """Return the task of sets that are to be named by the order of their patient's plan.

    Raises:
        SettingsError: it is nobody's, or named already.
    """
    if task.patient is None:
        raise SettingsError("--by-plan needs --patient: the plan is a patient's")
    if task.name != UNSPECIFIED or task.kind is not TaskKind.EXERCISE:
        raise SettingsError("--by-plan names exercise sets: leave out --exercise, --trial and --task")
    return replace(task, label_source=LabelSource.PLAN)


def _named(exercise: str | None, trial: str | None) -> tuple[TaskKind, str] | None:
    if exercise is not None and exercise != UNSPECIFIED:
        exercise_id = match(exercise)
        if exercise_id is None:
            raise SettingsError(_unknown("exercise", exercise, all_exercises(), "imutrack exercises"))
        entry = all_exercises()[exercise_id]
        if trial is None:
            return entry.kind, exercise_id
        if trial not in {known.id for known in entry.trials}:
            names = (known.id for known in entry.trials)
            raise SettingsError(_unknown(f"trial of {exercise_id}", trial, names, "imutrack exercises"))
        return entry.kind, trial
    if trial is None:
        return None
    label = match_trial(trial)
    if label is None:
        names = (known.id for entry in all_exercises().values() for known in entry.trials)
        raise SettingsError(_unknown("trial", trial, names, "imutrack exercises"))
    return all_exercises()[label.exercise].kind, label.trial


def checked_placement(text: str) -> str:
    """Return the id of a placement as somebody typed it.

    Raises:
        SettingsError: it is not known.

    >>> checked_placement("lower back")
    'lumbar'
    """
    found = match_placement(text)
    if found is None:
        raise SettingsError(_unknown("placement", text, PLACEMENTS, None))
    return found


def _one_of(kind: type[_Choice], text: str, option: str) -> _Choice:
    try:
        return kind(text.strip().lower())
    except ValueError as error:
        raise SettingsError(f"{option} {text!r}: use one of {', '.join(kind)}") from error


def _unknown(what: str, text: str, known: Iterable[str], command: str | None) -> str:
    names = sorted(known)
    near = get_close_matches(text.lower().replace(" ", "_"), names, n=2, cutoff=0.5)
    if near:
        return f"no {what} {text!r}: did you mean {' or '.join(near)}?"
    where = f"`{command}` lists them" if command else f"use one of {', '.join(names)}"
    return f"no {what} {text!r}: {where}"
