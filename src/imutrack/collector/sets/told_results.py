"""What people who watch are told of a result at once; the store has all of it.

Of each kind of task the few values that a therapist looks at first, each with its unit, as reports choose them. What is
withheld or not known is not among them.
"""

from collections.abc import Iterable
from typing import Any

from imutrack.results import ChairTest, ExerciseSet, Result, StanceTrial, UpAndGo

__all__ = ["main_values", "told_result"]

_Value = tuple[str, float | None, str]


def told_result(result: Result) -> dict[str, Any]:
    """Return what people are told of a result, of one strap or of two together; whose it is the event says."""
    return {
        "set_id": result.set_id,
        "kind": str(result.task.kind),
        "name": result.task.name,
        "side": result.task.side,
        "placement": result.placement,
        "quality": str(result.quality),
        "main": main_values(result),
    }


def main_values(result: Result) -> list[dict[str, Any]]:
    """Return the values of a result that are looked at first, each as name, value and unit."""
    return [{"name": name, "value": value, "unit": unit} for name, value, unit in _values(result) if value is not None]


def _values(result: Result) -> Iterable[_Value]:
    match result:
        case ExerciseSet():
            sure = result.reps is not None
            yield "reps", result.reps, "repetitions"
            yield "reps_low", None if sure else result.reps_low, "repetitions"
            yield "reps_high", None if sure else result.reps_high, "repetitions"
            yield "rom_best3_deg", result.rom_best3_deg, "deg"
        case ChairTest() if result.task.name == "thirty_seconds":  # which is about the rises, every other about time
            within = result.rises_in_30_s is not None
            yield "rises_in_30_s", result.rises_in_30_s, "rises"
            yield "rises", None if within else result.rises, "rises"
        case ChairTest():
            yield "total_s", result.total_s, "s"
            yield "rises", result.rises, "rises"
        case StanceTrial():
            yield "rms_mps2", result.sway.get("rms_mps2"), "m/s²"
        case UpAndGo():
            yield "total_s", result.total_s, "s"
