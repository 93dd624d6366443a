"""Tempo of repetitions: synthetic sets, whose phases are known, and real repetitions whose ends somebody marked."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import product
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np

from imutrack.exercises import match
from imutrack.pipeline import analyse
from imutrack.placements import match_placement
from imutrack.recordings import read_recording
from imutrack.results import ExerciseSet, RepDetail
from imutrack.synthetic import SETS, RepTruth, SensorParams, exercise_set
from imutrack.task import UNSPECIFIED, Task
from imutrack.validation.running import read_list, work_through
from imutrack.validation.sections import Headline, Section, table

__all__ = ["section"]

_SEEDS: Final = range(2)
_RATES_HZ: Final = (25.0, 50.0, 100.0)
_HOLDS_S: Final = (0.0, 0.5, 2.0)
_PACES: Final = {"fast": 0.5, "usual": 1.0, "slow": 2.0}  # times the usual duration of the two movements
_REPS: Final = 8
_LEAST_OVERLAP: Final = 0.5  # of the shorter of two stretches that are the same repetition
_MARKED: Final = ("correct", "fast", "of low amplitude")  # repetitions of a template session, in this order

Bounds = tuple[float, float]


class _Case(NamedTuple):
    exercise: str
    hold_s: float
    pace: str
    rate_hz: float
    seed: int


@dataclass(frozen=True, slots=True)
class _Compared:
    """One set: (error name -> errors) of its repetitions, the holds, and how many could not be compared."""

    case: _Case
    errors: Mapping[str, Sequence[float]]
    holds_s: Sequence[float]
    missing: int


def section(folder: Path, jobs: int) -> Section:
    """Return the section; ``folder`` is that of the repetition data."""
    cases = [_Case(*case) for case in product(SETS, _HOLDS_S, _PACES, _RATES_HZ, _SEEDS)]
    compared = work_through(_compare, cases, jobs)
    phases = [
        abs(e)
        for found in compared
        if found.errors
        for name in ("outward", "hold", "return")
        for e in found.errors[name]
    ]
    headline = Headline(
        "tempo of repetitions (synthetic only)",
        f"mean error {np.mean(phases):.2f} s of a phase, 95 % within {np.percentile(phases, 95):.2f} s",
        f"{len(phases) // 3} synthetic repetitions",
    )
    return Section("\n".join((_synthetic(compared), _real(folder, jobs))), (headline,))


def _compare(case: _Case) -> _Compared:
    usual = SETS[case.exercise]
    pace = _PACES[case.pace]
    params = replace(
        usual, reps=_REPS, hold_s=case.hold_s, outward_s=pace * usual.outward_s, return_s=pace * usual.return_s
    )
    made = exercise_set(params, case.seed, sensor=SensorParams(rate_hz=case.rate_hz))
    [result] = analyse(made.recording, [made.task])
    reps = result.reps_detail if isinstance(result, ExerciseSet) else ()
    errors: dict[str, list[float]] = defaultdict(list)
    holds_s, compared = [], 0
    for true, rep in _pairs(made.truth.reps, reps):
        if rep.outward_s is None or rep.hold_s is None or rep.return_s is None or rep.rom_deg is None:
            continue
        compared += 1
        holds_s.append(rep.hold_s)
        errors["outward"].append(rep.outward_s - true.outward_s)
        errors["hold"].append(rep.hold_s - true.hold_s)
        errors["return"].append(rep.return_s - true.return_s)
        errors["start"].append(rep.start_s - true.start_s)
        errors["end"].append(rep.end_s - true.end_s)
        errors["range"].append(rep.rom_deg - true.rom_deg)
    return _Compared(case, dict(errors), holds_s, len(made.truth.reps) - compared)


def _pairs(truth: Sequence[RepTruth], reps: Sequence[RepDetail]) -> Iterable[tuple[RepTruth, RepDetail]]:
    bounds = [(rep.start_s, rep.end_s) for rep in reps]
    for true in truth:
        index = _same((true.start_s, true.end_s), bounds)
        if index is not None:
            yield true, reps[index]


def _same(true: Bounds, counted: Sequence[Bounds]) -> int | None:
    """Return which counted repetition is the true one: what overlaps it most, by half of the shorter at least."""
    overlaps = [min(true[1], end) - max(true[0], start) for start, end in counted]
    if not overlaps:
        return None
    best = int(np.argmax(overlaps))
    shorter = min(true[1] - true[0], counted[best][1] - counted[best][0])
    return best if overlaps[best] >= _LEAST_OVERLAP * shorter else None


def _synthetic(compared: Sequence[_Compared]) -> str:
    measured = {found.case.exercise for found in compared if found.errors}
    sets = [found for found in compared if found.case.exercise in measured]
    shown = [found for found in sets if found.errors]
    groups = {
        "**all**": shown,
        **{f"hold {hold_s:g} s": [f for f in shown if f.case.hold_s == hold_s] for hold_s in _HOLDS_S},
        **{name: [f for f in shown if f.case.pace == name] for name in _PACES},
        **{f"{rate_hz:g} Hz": [f for f in shown if f.case.rate_hz == rate_hz] for rate_hz in _RATES_HZ},
    }
    names = ("outward", "hold", "return", "start", "end")
    rows = [
        (name, *(_error([e for f in found for e in f.errors[key]]) for key in names)) for name, found in groups.items()
    ]
    none_s = [hold_s for found in shown if found.case.hold_s == 0.0 for hold_s in found.holds_s]
    off_deg = np.array([e for found in shown for e in found.errors["range"]])
    without = sorted({found.case.exercise for found in compared} - measured)
    missing = sum(found.missing for found in sets)
    return (
        f"**Synthetic only**: {len(sets)} sets of {_REPS} minimum-jerk repetitions with tremor, drift and sensor "
        "noise; the two movements take half to twice their usual time. Mean absolute error and, in brackets, 95th "
        "percentile and worst, s:\n\n"
        + table(("sets", *names), rows)
        + f"\nWithout a hold, at most {max(none_s):.2f} s were called one. Range of motion of the same repetitions: "
        f"mean error {np.mean(np.abs(off_deg)):.2f} deg, worst {np.max(np.abs(off_deg)):.1f} deg. "
        f"{missing} of {missing + len(off_deg)} repetitions were not found or not measured. "
        f"No tempo is given about the vertical ({', '.join(without)}).\n"
    )


def _error(errors: Sequence[float]) -> str:
    size = np.abs(errors)
    return f"{np.mean(size):.2f} ({np.percentile(size, 95):.2f}; {np.max(size):.1f})"


def _real(folder: Path, jobs: int) -> str:
    labels = [row for row in read_list(folder / "labels.csv") if row["tier"] == "T"]
    known = dict(work_through(partial(_bounds, folder), labels, jobs))
    errors: dict[str, list[Bounds]] = defaultdict(list)
    for row in labels:
        for name, text in zip(_MARKED, row["rep_bounds_s"].split(";"), strict=True):
            start_s, end_s = (float(value) for value in text.split(":"))
            counted = known.get(row["file"], ())
            index = _same((start_s, end_s), counted)
            if index is not None:
                errors[name].append((counted[index][0] - start_s, counted[index][1] - end_s))
    rows = [
        (name, f"{len(found)} of {len(labels)}", *(_signed(side) for side in zip(*found, strict=True)))
        for name, found in errors.items()
    ]
    return (
        "**Real**: PTEX template sessions, in each of which the data's authors marked the start and the end of three "
        "repetitions. Mean error (late is positive), then as above, s:\n\n"
        + table(("repetition", "found", "start", "end"), rows)
    )


def _bounds(folder: Path, label: Mapping[str, str]) -> tuple[str, tuple[Bounds, ...]]:
    task = Task(name=match(label["exercise"]) or UNSPECIFIED, placement=match_placement(label["placement"]))
    [result] = analyse(read_recording(folder / label["file"]), [task])
    reps = result.reps_detail if isinstance(result, ExerciseSet) else ()
    return label["file"], tuple((rep.start_s, rep.end_s) for rep in reps)


def _signed(errors_s: Sequence[float]) -> str:
    return f"{np.mean(errors_s):+.2f}, {_error(errors_s)}"
