"""What ``watch`` says of what it hears, in words: a line for each event, and some for a set that is being done."""

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from imutrack.exercises import all_exercises, leg_of, spoken
from imutrack.placements import placement_text
from imutrack.task import TaskKind
from imutrack.words import counted

__all__ = ["bar", "count_text", "line_of", "look_lines", "session_line", "straps_line", "tempo_text"]

Told = Mapping[str, Any]

_STATES: Final = {"streaming": "sends", "degraded": "silent, being probed", "backoff": "lost, is tried again"}
_BAR: Final = 30  # cells of the angle's bar, and fewer where there is no room
_BESIDE_BAR: Final = 26  # columns: its indent, and the angle and target behind it


def line_of(said: Told, *, several: bool = False) -> str:
    """Return an event as a line; empty where it is none for people.

    Args:
        said: the event.
        several: a result is of one strap of several.
    """
    if "said" in said:
        return _of_patient(said, str(said["said"]))
    if "result" in said:
        return _of_patient(said, _result_text(said["result"], stored=bool(said["stored"]), several=several))
    if "missed" in said:
        return f"({said['missed']} events missed)"
    if "status" in said:
        status = said["status"]
        straps = {label: str(strap["state"]) for label, strap in status["straps"].items()}
        return "\n".join([straps_line(straps), *map(session_line, status["sessions"]), *status["notes"]])
    return ""


def straps_line(straps: Mapping[str, str]) -> str:
    """Return the states of the straps."""
    return "straps  " + "  ".join(f"{label}: {_STATES.get(state, state)}" for label, state in sorted(straps.items()))


def session_line(session: Told) -> str:
    """Return who has a session and what is done, or worn until something is."""
    worn = ", ".join(f"strap {strap} {where}" for strap, where in session["worn"].items())
    doing = ", ".join(f"{each['what']} ({each['phase']})" for each in session["doing"])
    return "  ".join(each for each in (str(session["patient"] or "nobody"), doing or worn) if each)


def look_lines(look: Told, doing: Told, width: int) -> list[str]:
    """Return what is known of a set that is being done.

    Args:
        look: of the set.
        doing: what it is.
        width: columns there are.
    """
    kind = _kind(str(doing.get("name") or ""))
    time = _time_text(look, doing.get("left_s"))
    if kind in {TaskKind.STANCE, TaskKind.TIMED_UP_AND_GO}:
        return [time] if time else []
    if look.get("why_not"):
        return ["  ".join(each for each in (time, str(look["why_not"])) if each)]
    aim = (look.get("aim") or {}).get("reps")
    count = count_text(look)
    what = "rises" if kind is TaskKind.SIT_TO_STAND else "repetitions"
    said = f"{count} of {aim} {what}" if aim else f"1 {what[:-1]}" if count == "1" else f"{count} {what}"
    timed = time if kind is TaskKind.SIT_TO_STAND or doing.get("left_s") is not None else ""
    found = ("  ".join(each for each in (said, timed, tempo_text(look)) if each), bar(look, width))
    return [line for line in found if line]


def count_text(look: Told) -> str:
    """Return the count of a look, such as ``7`` or ``1 to 3``; a dash where nobody can tell."""
    if look.get("reps") is not None:
        return str(look["reps"])
    low, high = look.get("reps_low"), look.get("reps_high")
    return "–" if low is None or high is None else f"{low} to {high}"


def bar(look: Told, width: int = 80) -> str:
    """Return the angle now as a bar, with the target of the plan where it has one."""
    angle, aim = look.get("angle_deg"), look.get("aim") or {}
    if angle is None:
        return ""
    cells_there = max(8, min(_BAR, width - _BESIDE_BAR))
    target = aim.get("target_deg")
    full = max(target or 0.0, look.get("largest_deg") or 0.0, 30.0)
    cells = ["█" if index < round(cells_there * max(angle, 0.0) / full) else "·" for index in range(cells_there)]
    if target:
        cells[min(round(cells_there * target / full), cells_there) - 1] = "|"
    return f"{''.join(cells)} {angle:3.0f} deg" + (f", target {target:.0f} deg" if target else "")


def tempo_text(look: Told) -> str:
    """Return the tempo of the last repetition; empty where it is not known."""
    phases = [look.get(name) for name in ("outward_s", "hold_s", "return_s")]
    if any(phase is None for phase in phases):
        return ""
    return "out/hold/back " + "/".join(f"{phase:.1f}" for phase in phases) + " s"


def _time_text(look: Told, left_s: float | None) -> str:
    if left_s is not None:
        return f"{math.ceil(left_s)} s left"
    seconds = look.get("seconds")
    return "" if seconds is None else f"{seconds:.0f} s so far"


def _of_patient(said: Told, text: str) -> str:
    """Say whose it is, where that does not stand there already."""
    patient = said.get("patient")
    return text if not patient or patient in text else f"{patient}  {text}"


def _result_text(result: Told, *, stored: bool, several: bool) -> str:
    name = str(result["name"])
    side = result.get("side") if _kind(name) is TaskKind.EXERCISE else leg_of(name, result.get("side"))
    values, quality = ", ".join(_values(result)), str(result.get("quality") or "")
    untold = "" if quality == "withheld" else "could not be told"
    placement = result.get("placement")
    parts = [
        f"{spoken(name, side)}: {values or untold or quality}",
        f"seen at the {placement_text(placement)}" if several and placement else "",
        quality if values or untold else "",
        str(result["set_id"]) if stored else "not stored",
    ]
    return ", ".join(part for part in parts if part)


def _values(result: Told) -> Iterator[str]:
    """Yield what is looked at first in a result, each with its unit."""
    main: Sequence[Told] = result["main"]
    values = {str(each["name"]): each["value"] for each in main}
    units = {str(each["name"]): str(each["unit"]) for each in main}
    if "reps" not in values and {"reps_low", "reps_high"} <= values.keys():
        yield f"{values['reps_low']} to {values['reps_high']} repetitions, not sure"
    for name, value in values.items():
        if name not in {"reps_low", "reps_high"}:
            yield _value(name, value, units[name])


def _value(name: str, value: float, unit: str) -> str:
    if unit in {"repetitions", "rises"}:
        return counted(round(value), unit[:-1]) + (" in 30 s" if name == "rises_in_30_s" else "")
    if unit == "deg":
        return f"{value:.0f} deg"
    if unit == "s":
        return f"{value:.1f} s"
    return f"sway {value:.3f} {unit}" if unit == "m/s²" else f"{value:.3g} {unit}".rstrip()


def _kind(name: str) -> TaskKind:
    """Return how something is analysed, by its id; what is in no catalogue is an exercise."""
    for entry in all_exercises().values():
        if name == entry.id or any(name == trial.id for trial in entry.trials):
            return entry.kind
    return TaskKind.EXERCISE
