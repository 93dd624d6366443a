"""Corrections: what a person says of a result against its analysis or its label.

They are kept apart from the results, only ever added to, and applied after the analysis, so that they hold whatever
version of it computed the result. What counts is what was said last about each thing; an undo takes back all that was
said before it. The order is that of the moments at which they were said, not of their arrival.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from imutrack.exercises import beyond_reference
from imutrack.flags import FlagCode, quality_of
from imutrack.results import ExerciseSet, Result
from imutrack.task import LabelSource, Side
from imutrack.words import corrected_text

__all__ = ["Corrected", "Correction", "corrected", "relabelled"]


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
        corrections: of this result, in any order. A count for a result that has none is left aside.
    """
    counted = result.reps if isinstance(result, ExerciseSet) else None
    said = _last_said(corrections)
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
        by=", ".join(dict.fromkeys(each.by for each in sorted(set(holding), key=lambda each: each.at_ns))),
        text=_text(result, said),
        void=said.void is not None and bool(said.void.void),
    )


def _last_said(corrections: Iterable[Correction]) -> _Said:
    said = _Said()
    for each in sorted(corrections, key=lambda each: (each.at_ns, repr(each))):
        if each.undo:
            said = _Said()
        told = {name: each for name in _Said.__dataclass_fields__ if getattr(each, name) is not None}
        said = replace(said, **told)
    return said


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
    flags = tuple(flag for flag in result.flags if flag.code is not FlagCode.BEYOND_REFERENCE)
    flags += beyond_reference(result.task.name, result.rom_best3_deg, result.rom_error_deg)
    if set(flags) == set(result.flags):
        return result
    nothing_to_show = result.reps is None and result.reps_best == 0
    return replace(result, flags=flags, quality=quality_of(flags, withheld=nothing_to_show))


def _recounted(result: ExerciseSet, said: Correction | None) -> ExerciseSet:
    """Put in the count of somebody who saw it."""
    if said is None or said.reps is None:
        return result
    flags = tuple(flag for flag in result.flags if flag.code is not FlagCode.REPS_UNSURE)
    return replace(
        result,
        reps=said.reps,
        reps_low=said.reps,
        reps_high=said.reps,
        flags=flags,
        withheld=tuple(name for name in result.withheld if name != "reps"),
        quality=quality_of(flags, withheld=False),
    )


def _text(result: Result, said: _Said) -> str:
    """Say what was corrected and why."""
    parts = []
    if said.reps is not None and isinstance(result, ExerciseSet):
        before = (result.reps, result.reps_low, result.reps_high)
        parts.append((corrected_text("reps", str(said.reps.reps), reps=before), said.reps.why))
    for name, before_value in (("name", result.task.name), ("side", result.task.side)):
        each = getattr(said, name)
        if each is not None:
            parts.append((corrected_text(name, str(getattr(each, name)), str(before_value or "")), each.why))
    if said.patient is not None:
        parts.append((corrected_text("patient"), said.patient.why))
    if said.void is not None and said.void.void:
        parts.append((corrected_text("void"), said.void.why))
    reasons = dict.fromkeys(why for _, why in parts)
    return "; ".join(text for text, _ in parts) + (f" ({'; '.join(reasons)})" if parts else "")
