"""From the local store to `Findings`: the only part of the report that knows how results are kept."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import date
from typing import Final, TypedDict

from imutrack.errors import SettingsError
from imutrack.flags import Flag, Quality
from imutrack.report.curves import angle_curve, sway_curve
from imutrack.report.findings import Findings, SetFound, StanceFound, TestFound
from imutrack.results import ExerciseSet, Result
from imutrack.stores.local import LocalStore
from imutrack.stores.rows import Row, withheld_names
from imutrack.stores.schema import MEASUREMENTS
from imutrack.task import UNSPECIFIED, LabelSource, TaskKind

__all__ = ["gather"]

_PHASES: Final = {
    "sit_to_stand_s": "standing up",
    "walk_out_s": "walking out",
    "turn1_s": "first turn",
    "walk_back_s": "walking back",
    "turn2_s": "second turn",
    "stand_to_sit_s": "sitting down",
}
_SWAY: Final = tuple(
    field
    for field in MEASUREMENTS["stance"].fields
    if field.type == "float" and field.name not in {"duration_s", "missing_pct"}
)


class _Common(TypedDict):
    """The fields of `imutrack.report.findings.Found`, by name."""

    set_id: str
    start: float
    day: date
    session: str
    duration_s: float
    placement: str | None
    algorithm: str
    quality: Quality
    flags: tuple[Flag, ...]
    withheld: tuple[str, ...]
    synthetic: bool


def gather(store: LocalStore, patient: str, since: date | None, until: date | None, today: date) -> Findings:
    """Read the results of a patient in a period.

    Args:
        store: open; it is only read.
        patient: a registered pseudonym.
        since, until: local dates, both included; None means from the first, or to the last result. With ``since``
            alone the period reaches to today, so that days without results are seen.
        today: local date.

    Raises:
        SettingsError: the period ends before it begins, or there are no results in it.
        StoreError: the store cannot be read.
    """
    if since is not None and until is not None and until < since:
        raise SettingsError(f"--until {until} lies before --since {since}: exchange them")
    span = since or date.min, until or date.max
    sets = tuple(
        _set(row, now) for row, now in _with_results(store, store.sets(patient, *span)) if isinstance(now, ExerciseSet)
    )
    stances = tuple(_stance(row, now) for row, now in _with_results(store, store.stances(patient, *span)))
    chair_tests = [_chair_test(row, now) for row, now in _with_results(store, store.chair_tests(patient, *span))]
    up_and_gos = [_up_and_go(row, now) for row, now in _with_results(store, store.up_and_gos(patient, *span))]
    tests = tuple(sorted((*chair_tests, *up_and_gos), key=lambda found: found.start))
    days = [found.day for found in (*sets, *stances, *tests)]
    if not days:
        raise SettingsError(_nothing(patient, since, until))
    return Findings(
        patient=patient,
        first=since or min(days),
        last=until or (max(max(days), today) if since else max(days)),
        sets=_with_last_curve(store, sets),
        stances=_with_last_sway(store, stances),
        tests=tests,
    )


def _nothing(patient: str, since: date | None, until: date | None) -> str:
    if since is None and until is None:
        return f"no results of {patient} yet: import recordings with `imutrack replay FILE --patient {patient}`"
    span = " ".join(f"{word} {day}" for word, day in (("from", since), ("to", until)) if day is not None)
    return f"no results of {patient} {span}: give another --since or --until, or none for everything"


def _with_results(store: LocalStore, rows: Iterable[Row]) -> Iterator[tuple[Row, Result]]:
    """Yield each row with its result as it counts now; without those that another process replaced just now."""
    for row in rows:
        now = store.result(row.text("set_id") or "")
        if now is not None:
            yield row, now.result


def _common(row: Row, result: Result) -> _Common:
    return {
        "set_id": row.text("set_id") or "",
        "start": row.start,
        "day": row.day,
        "session": row.text("session") or "",
        "duration_s": row.number("duration_s") or 0.0,
        "placement": row.text("placement"),
        "algorithm": row.text("algorithm") or "",
        "quality": Quality(row.text("quality") or Quality.WITHHELD),
        "flags": result.flags,
        "withheld": withheld_names(result),
        "synthetic": row.text("label_source") == LabelSource.SYNTHETIC,
    }


def _set(row: Row, result: ExerciseSet) -> SetFound:
    return SetFound(
        **_common(row, result),
        exercise=row.text("exercise") or UNSPECIFIED,
        side=row.text("side"),
        reps=row.count("reps"),
        reps_low=row.count("reps_low") or 0,
        reps_high=row.count("reps_high") or 0,
        reps_counted=row.count("reps_counted"),
        corrected_by=row.text("corrected_by"),
        rom_median_deg=row.number("rom_median_deg"),
        rom_best3_deg=row.number("rom_best3_deg"),
        rom_min_deg=row.number("rom_min_deg"),
        rom_max_deg=row.number("rom_max_deg"),
        rom_error_deg=row.number("rom_error_deg"),
        outward_s=row.number("outward_s"),
        hold_s=row.number("hold_s"),
        return_s=row.number("return_s"),
        angle_kind=row.text("angle_kind"),
        reps_detail=result.reps_detail,
        rejected=result.rejected,
        rests=result.rests,
    )


def _stance(row: Row, result: Result) -> StanceFound:
    values = {field.name: row.number(field.name) for field in _SWAY}
    sway = {name: value for name, value in values.items() if value is not None}
    return StanceFound(**_common(row, result), trial=row.text("trial") or UNSPECIFIED, sway=sway)


def _chair_test(row: Row, result: Result) -> TestFound:
    return TestFound(
        **_common(row, result),
        kind=TaskKind.SIT_TO_STAND,
        trial=row.text("trial") or UNSPECIFIED,
        total_s=row.number("total_s"),
        rises=row.count("rises"),
        rises_in_30_s=row.count("rises_in_30_s"),
    )


def _up_and_go(row: Row, result: Result) -> TestFound:
    values = {words: row.number(name) for name, words in _PHASES.items()}
    return TestFound(
        **_common(row, result),
        kind=TaskKind.TIMED_UP_AND_GO,
        trial=row.text("trial") or UNSPECIFIED,
        total_s=row.number("total_s"),
        phases={words: value for words, value in values.items() if value is not None},
    )


def _with_last_curve(store: LocalStore, sets: tuple[SetFound, ...]) -> tuple[SetFound, ...]:
    """Add the curve to the last set that has one: no other is drawn."""
    for index in reversed(range(len(sets))):
        found = replace(sets[index], trace=store.trace(sets[index].set_id))
        if angle_curve(found) is not None:
            return (*sets[:index], found, *sets[index + 1 :])
    return sets


def _with_last_sway(store: LocalStore, stances: tuple[StanceFound, ...]) -> tuple[StanceFound, ...]:
    """Add the curve to the last trial that has one."""
    for index in reversed(range(len(stances))):
        found = replace(stances[index], trace=store.trace(stances[index].set_id))
        if sway_curve(found) is not None:
            return (*stances[:index], found, *stances[index + 1 :])
    return stances
