"""From points of the schema to the report's own values; nothing is read here."""

from collections.abc import Sequence
from datetime import date
from typing import Final, TypedDict

from imutrack.corrections import Corrected, Correction
from imutrack.flags import Flag, Quality
from imutrack.report.findings import SetFound, StanceFound, TestFound
from imutrack.results import ExerciseSet
from imutrack.stores.rows import Row, withheld_names
from imutrack.stores.schema import MEASUREMENTS
from imutrack.task import UNSPECIFIED, LabelSource, TaskKind

__all__ = ["set_found", "stance_found", "timed_found"]

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
    side: str | None
    algorithm: str
    quality: Quality
    flags: tuple[Flag, ...]
    withheld: tuple[str, ...]
    synthetic: bool
    corrected_by: str | None
    corrected: str
    why: str


def set_found(row: Row, now: Corrected, result: ExerciseSet, said: Sequence[Correction] = ()) -> SetFound:
    """Return an exercise set.

    Args:
        row: its point.
        now: the result as it counts now.
        result: the same, as the set it is.
        said: corrections of it, in order.
    """
    return SetFound(
        **_common(row, now, said),
        exercise=row.text("exercise") or UNSPECIFIED,
        reps=row.count("reps"),
        reps_low=row.count("reps_low") or 0,
        reps_high=row.count("reps_high") or 0,
        reps_counted=row.count("reps_counted"),
        rom_median_deg=row.number("rom_median_deg"),
        rom_best3_deg=row.number("rom_best3_deg"),
        rom_min_deg=row.number("rom_min_deg"),
        rom_max_deg=row.number("rom_max_deg"),
        rom_error_deg=row.number("rom_error_deg"),
        outward_s=row.number("outward_s"),
        hold_s=row.number("hold_s"),
        return_s=row.number("return_s"),
        angle_kind=row.text("angle_kind"),
        mode=row.text("mode"),
        reps_detail=result.reps_detail,
        rejected=result.rejected,
        rests=result.rests,
    )


def stance_found(row: Row, now: Corrected, said: Sequence[Correction] = ()) -> StanceFound:
    """Return a balance trial; arguments as of `set_found`."""
    values = {field.name: row.number(field.name) for field in _SWAY}
    sway = {name: value for name, value in values.items() if value is not None}
    return StanceFound(**_common(row, now, said), trial=row.text("trial") or UNSPECIFIED, sway=sway)


def timed_found(row: Row, now: Corrected, said: Sequence[Correction] = ()) -> TestFound:
    """Return a chair test or an up-and-go; arguments as of `set_found`."""
    common, trial, total_s = _common(row, now, said), row.text("trial") or UNSPECIFIED, row.number("total_s")
    if row.measurement == "sit_to_stand":
        return TestFound(
            **common,
            kind=TaskKind.SIT_TO_STAND,
            trial=trial,
            total_s=total_s,
            rises=row.count("rises"),
            rises_in_30_s=row.count("rises_in_30_s"),
        )
    values = {words: row.number(name) for name, words in _PHASES.items()}
    return TestFound(
        **common,
        kind=TaskKind.TIMED_UP_AND_GO,
        trial=trial,
        total_s=total_s,
        phases={words: value for words, value in values.items() if value is not None},
    )


def _common(row: Row, now: Corrected, said: Sequence[Correction]) -> _Common:
    recounted = isinstance(now.result, ExerciseSet) and now.result.reps != now.counted  # and it was not taken back
    return {
        "set_id": row.text("set_id") or "",
        "start": row.start,
        "day": row.day,
        "session": row.text("session") or "",
        "duration_s": row.number("duration_s") or 0.0,
        "placement": row.text("placement"),
        "side": row.tags.get("side"),
        "algorithm": row.text("algorithm") or "",
        "quality": Quality(row.text("quality") or Quality.WITHHELD),
        "flags": now.result.flags,
        "withheld": withheld_names(now.result),
        "synthetic": row.text("label_source") == LabelSource.SYNTHETIC,
        "corrected_by": now.by,
        "corrected": now.text,
        "why": next((each.why for each in reversed(said) if each.reps is not None), "") if recounted else "",
    }
