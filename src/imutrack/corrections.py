"""Corrections: what a person says of a result against its analysis or its label.

They are kept apart from the results, only ever added to, and applied after the analysis, so that they hold whatever
version of it computed the result. What counts is what was said last about each thing; an undo takes back all that was
said before it. The order is that of the moments at which they were said, not of their arrival.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cache
from typing import Final

from imutrack.exercises import all_exercises, beyond_reference, spoken
from imutrack.flags import Flag, FlagCode, Quality, quality_of
from imutrack.results import ExerciseSet, Result
from imutrack.task import UNSPECIFIED, LabelSource, Side, TaskKind
from imutrack.words import corrected_text

__all__ = ["Corrected", "Correction", "can_be_called", "corrected", "relabelled"]

_AFTER_RANGE: Final = frozenset(
    {
        FlagCode.MOUNT_TURNED,
        FlagCode.MOUNT_MOVED,
        FlagCode.MOUNT_UNCLEAR,
        FlagCode.ZONE_ASSUMED,
        FlagCode.FILE_TIME,
    }
)
"""What the analysis says after its word on the range, so that a corrected label reads like an analysed one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Correction:
    """One correction. None means that nothing is said of it.

    Attributes:
        set_id: the result.
        at_ns: when it was said, Unix epoch, nanoseconds.
        by: who said it, initials.
        why: the reason, one line.
        reps: the repetitions there were.
        name: id of the exercise, or of the trial.
        side: the side it was.
        patient: pseudonym of whose it is.
        void: True: it is not to be used; False: it is to be used after all.
        undo: everything that was said before is taken back.
    """

    set_id: str
    at_ns: int
    by: str
    why: str
    reps: int | None = None
    name: str | None = None
    side: Side | None = None
    patient: str | None = None
    void: bool | None = None
    undo: bool = False


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Corrected:
    """A result as it counts now.

    Attributes:
        result: with the corrections applied.
        counted: repetitions as the analysis has them; None when not sure, and for what has none.
        by: who corrected it; None where nobody did.
        text: what was corrected and why, in words; empty where nothing was.
        void: it is not to be used.
    """

    result: Result
    counted: int | None
    by: str | None = None
    text: str = ""
    void: bool = False


@dataclass(frozen=True, slots=True)
class _Said:
    """What holds after a number of corrections."""

    reps: Correction | None = None
    name: Correction | None = None
    side: Correction | None = None
    patient: Correction | None = None
    void: Correction | None = None


def corrected(result: Result, corrections: Iterable[Correction] = ()) -> Corrected:
    """Apply corrections to a result.

    Args:
        result: as analysed and labelled.
        corrections: of this result, in any order. What its kind of result cannot have, such as a count of a balance
            trial or the name of another kind of task, is left aside.
    """
    counted = result.reps if isinstance(result, ExerciseSet) else None
    said = _fitting(_last_said(corrections), result)
    holding = [each for each in (said.reps, said.name, said.side, said.patient, said.void) if each is not None]
    if not holding:
        return Corrected(result=result, counted=counted)
    changed = relabelled(
        result,
        LabelSource.CORRECTED,
        name=said.name.name if said.name else None,
        side=said.side.side if said.side else None,
        patient=said.patient.patient if said.patient else None,
    )
    if isinstance(changed, ExerciseSet):
        changed = _recounted(changed, said.reps)
    return Corrected(
        result=changed,
        counted=counted,
        by=", ".join(dict.fromkeys(each.by for each in sorted(holding, key=_when))),
        text=_text(result, said),
        void=said.void is not None,
    )


def _last_said(corrections: Iterable[Correction]) -> _Said:
    said = _Said()
    for each in sorted(corrections, key=_when):
        if each.undo:
            said = _Said()
        told = {name: each for name in _Said.__dataclass_fields__ if getattr(each, name) is not None}
        said = replace(said, **told)
    return said


def _when(said: Correction) -> tuple[int, str]:
    """Return what corrections are ordered by; of two at one moment, some order that is always the same."""
    return said.at_ns, repr(said)


def _fitting(said: _Said, result: Result) -> _Said:
    """Leave out what says nothing of this kind of result, and a void that was taken back."""
    named, voided = said.name, said.void
    return replace(
        said,
        reps=said.reps if isinstance(result, ExerciseSet) else None,
        name=named if named and can_be_called(result, str(named.name)) else None,
        void=voided if voided and voided.void else None,
    )


def can_be_called(result: Result, name: str) -> bool:
    """Whether a result would have been analysed alike under another name.

    Only within its kind of task; and the time of a chair test is that of so many rises, so that no other number fits.
    """
    own = _analyses().get(result.task.name, (result.task.kind, None))
    return _analyses().get(name, own) == own


@cache
def _analyses() -> dict[str, tuple[TaskKind, int | None]]:
    """Return of each exercise and trial of the catalogue its kind of task, and the rises that are timed."""
    entries = all_exercises().values()
    trials = {trial.id: (entry.kind, trial.rises) for entry in entries for trial in entry.trials}
    return trials | {entry.id: (entry.kind, None) for entry in entries}


def relabelled(
    result: Result,
    source: LabelSource,
    *,
    name: str | None = None,
    side: Side | None = None,
    patient: str | None = None,
) -> Result:
    """Return a result under another label, with the flags that depend on it; None keeps what it has.

    Args:
        result: to relabel.
        source: who says so; a synthetic result stays synthetic.
        name, side, patient: the label.
    """
    if not (name or side or patient):
        return result
    task = result.task
    label = replace(
        task,
        name=name or task.name,
        side=side or task.side,
        patient=patient or task.patient,
        label_source=LabelSource.SYNTHETIC if task.label_source is LabelSource.SYNTHETIC else source,
    )
    changed = replace(result, task=label)
    return _rereferenced(changed) if name and isinstance(changed, ExerciseSet) else changed


def _rereferenced(result: ExerciseSet) -> ExerciseSet:
    """Flag the range by what its exercise usually reaches."""
    others = tuple(flag for flag in result.flags if flag.code is not FlagCode.BEYOND_REFERENCE)
    place = next((place for place, flag in enumerate(others) if flag.code in _AFTER_RANGE), len(others))
    found = beyond_reference(result.task.name, result.rom_best3_deg, result.rom_error_deg)
    flags = (*others[:place], *found, *others[place:])
    return result if flags == result.flags else _reflagged(result, flags)


def _recounted(result: ExerciseSet, said: Correction | None) -> ExerciseSet:
    """Put in the count of somebody who saw it."""
    if said is None or said.reps is None:
        return result
    counted = replace(
        result,
        reps=said.reps,
        reps_low=said.reps,
        reps_high=said.reps,
        withheld=tuple(name for name in result.withheld if name != "reps"),
    )
    return _reflagged(counted, tuple(flag for flag in result.flags if flag.code is not FlagCode.REPS_UNSURE))


def _reflagged(result: ExerciseSet, flags: tuple[Flag, ...]) -> ExerciseSet:
    """Put other flags to a set, with the quality that the analysis gives a set and its repetitions with them."""
    quality = quality_of(flags, withheld=result.reps is None and result.reps_best == 0)
    reps = tuple(
        replace(rep, quality=Quality.WITHHELD if rep.rom_deg is None else quality) for rep in result.reps_detail
    )
    return replace(result, flags=flags, quality=quality, reps_detail=reps)


def _text(result: Result, said: _Said) -> str:
    """Say what was corrected and why."""
    parts = []
    if said.reps is not None and isinstance(result, ExerciseSet):
        before = (result.reps, result.reps_low, result.reps_high)
        parts.append((corrected_text("reps", str(said.reps.reps), reps=before), said.reps.why))
    if said.name is not None:
        was = "" if result.task.name == UNSPECIFIED else spoken(result.task.name)
        parts.append((corrected_text("name", spoken(str(said.name.name)), was), said.name.why))
    if said.side is not None:
        parts.append((corrected_text("side", str(said.side.side), str(result.task.side or "")), said.side.why))
    if said.patient is not None:
        parts.append((corrected_text("patient"), said.patient.why))
    if said.void is not None:
        parts.append((corrected_text("void"), said.void.why))
    reasons = dict.fromkeys(why for _, why in parts)
    return "; ".join(text for text, _ in parts) + (f" ({'; '.join(reasons)})" if parts else "")
