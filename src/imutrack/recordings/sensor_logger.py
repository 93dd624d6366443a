"""Sensor Logger (Tsz Hei Choi) for phone and watch: a zip or folder with one CSV per sensor, or one of its files.

Every file begins ``time,seconds_elapsed,``; the axes come as ``z,y,x`` or ``x,y,z``. ``Accelerometer`` has gravity
removed, ``TotalAcceleration`` (Android) includes it; on iOS acceleration with gravity is ``Accelerometer`` plus
``Gravity``. Unless "Standardise Units & Frames" was on, iOS and watchOS report the opposite of specific force, and the
raw and the watch's acceleration in g. Whether a file is in g or m/s2 is plain from the size of gravity in it, and the
sign goes with it. Sources: UNITS.md and COORDINATES.md of the app's public documentation.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from imutrack.errors import MissingFactError, RecordingError
from imutrack.recordings.axis import axis_from_seconds, epoch_seconds
from imutrack.recordings.building import Part, Reading, build_recording
from imutrack.recordings.checks import GRAVITY_RANGE_MPS2, median_norm
from imutrack.recordings.options import ReadOptions
from imutrack.recordings.reader import Head, Reader
from imutrack.recordings.sensor_logger_files import (
    HEADPHONES,
    PHONE,
    WATCH,
    Facts,
    FileKind,
    bare_name,
    facts_beside,
    kind_of,
    stem,
)
from imutrack.recordings.tables import read_table
from imutrack.samples import Floats, Quantity, Recording
from imutrack.units import STANDARD_GRAVITY_MPS2

__all__ = ["SENSOR_LOGGER"]

_MOTION = ("rotationrate", "gravity", "acceleration")


@dataclass(frozen=True, slots=True, eq=False)
class _File:
    """One parsed file: seconds on the recording's clock and the columns by group."""

    head: Head
    kind: FileKind
    t_s: Floats
    groups: dict[str, Floats]
    part: Part


def _sniff(head: Head) -> float:
    first = head.lines[0].lower() if head.lines else ""
    return 0.95 if first.startswith(("time,seconds_elapsed,", "version,device name,recording")) else 0.0


def _companion(head: Head) -> bool:
    return kind_of(head) is None and not _is_renamed(head) and not bare_name(head.source).endswith("gravity")


def _is_renamed(head: Head) -> bool:
    """Whether it has three axes but a name that does not say of what."""
    columns = set(head.lines[0].lower().split(","))
    return {"x", "y", "z"} <= columns and not bare_name(head.source).endswith("gravity")


def _read(heads: Sequence[Head], options: ReadOptions) -> Recording:
    facts = facts_beside(heads[0].source)
    chosen = _choose(heads)
    files = [_parse(head, kind) for head, kind in chosen]
    parts = [_with_readings(file, facts) for file in files]
    parts = _with_gravity(parts, files, heads, facts)
    notes = [f"platform {facts.platform}"] if facts.platform else []
    return build_recording(parts, SENSOR_LOGGER.title, options, zone=facts.zone, notes=notes)


def _choose(heads: Sequence[Head]) -> list[tuple[Head, FileKind]]:
    """Of several files of one quantity, take the calibrated one."""
    best: dict[tuple[str, str], tuple[Head, FileKind]] = {}
    for head in heads:
        kind = kind_of(head)
        if kind is None:
            continue
        key = (kind.device, kind.quantity or "motion")
        if head.layout is not None and (key not in best or kind.rank < best[key][1].rank):
            best[key] = (head, kind)
    if (WATCH, "motion") in best:  # holds the same acceleration, on the gyroscope's clock
        best.pop((WATCH, Quantity.ACC), None)
    if best:
        return list(best.values())
    head = heads[0]
    if _is_renamed(head):
        raise MissingFactError(
            f"{head.source}: its name does not say which sensor it is: give it back its name (TotalAcceleration.csv), "
            "or use --columns and --units"
        )
    if head.layout is None:
        raise RecordingError(f"{head.source}: holds no row of readings after its header")
    raise RecordingError(f"{head.source}: holds no acceleration, angular rate or magnetic field")


def _parse(head: Head, kind: FileKind) -> _File:
    lines, layout = head.table()
    names = {name.strip().lower(): column for column, name in enumerate(layout.names)}
    prefixes = _MOTION if kind.quantity is None else ("",)
    groups = {prefix: [names[prefix + axis] for axis in "xyz"] for prefix in prefixes if prefix + "x" in names}
    prefix = "quaternion" if kind.quantity is None else "q"
    quat = {"quaternion": [names[prefix + axis] for axis in "wxyz"]} if prefix + "w" in names else {}
    if not groups and not quat:
        raise RecordingError(f"{head.source}: holds no x, y and z columns: {', '.join(layout.names) or 'no header'}")
    table = read_table(lines, layout, {**groups, **quat}, whole={"time": names["time"]})
    t_s, epoch = epoch_seconds(table.whole.pop("time"), 1_000_000_000)
    axis = axis_from_seconds(t_s, table, head.source, "ns", epoch=epoch)
    part = Part(head.source, table.sha256, axis, {}, kind.device, tuple(table.notes))
    return _File(head, kind, axis.t_s, table.numbers, part)


def _with_readings(file: _File, facts: Facts) -> Part:
    quantity = file.kind.quantity
    if quantity is None:
        readings = _motion(file, facts)
    elif quantity is Quantity.ACC:
        readings = {quantity: _acceleration(file.groups[""], file)}
    elif quantity is Quantity.QUAT:
        readings = {quantity: Reading(file.groups["quaternion"], None, "by vendor rule")}
    elif quantity is Quantity.FREE_ACC:
        opposite = _opposite(facts)
        origin = "unit m/s2 by vendor rule" + ("" if opposite is not None else "; sign unknown without Metadata.csv")
        readings = {quantity: Reading(file.groups[""], None, origin, -1 if opposite else 1)}
    else:
        unit = "rad/s" if quantity is Quantity.GYR else "uT"
        readings = {quantity: Reading(file.groups[""], None, f"unit {unit} by vendor rule")}
    return replace(file.part, readings=readings)


def _opposite(facts: Facts) -> bool | None:
    """Whether the phone reports the opposite of specific force; None where nobody says which phone it was."""
    return None if not facts.platform else facts.platform == "ios" and not facts.standardised


def _acceleration(values: Floats, file: _File) -> Reading:
    """In g with the opposite sign, or in m/s2: the size of gravity tells."""
    norm = median_norm(values)
    if GRAVITY_RANGE_MPS2[0] / STANDARD_GRAVITY_MPS2 <= norm < GRAVITY_RANGE_MPS2[0]:
        return Reading(values, "g", "unit g by the size of gravity; iOS convention, sign turned", -1)
    if GRAVITY_RANGE_MPS2[0] <= norm <= GRAVITY_RANGE_MPS2[1]:
        return Reading(values, None, "unit m/s2 by the size of gravity")
    raise RecordingError(
        f"{file.head.source}: |acceleration| is {norm:.3g} at the median: gravity in neither g nor m/s2"
    )


def _motion(file: _File, facts: Facts) -> dict[Quantity, Reading]:
    """Acceleration, gravity and angular rate of a watch or of headphones on one clock."""
    readings: dict[Quantity, Reading] = {}
    groups = file.groups
    if "rotationrate" in groups:
        readings[Quantity.GYR] = Reading(groups["rotationrate"], None, "unit rad/s by vendor rule")
    if "quaternion" in groups:
        readings[Quantity.QUAT] = Reading(groups["quaternion"], None, "by vendor rule")
    if "gravity" not in groups or "acceleration" not in groups:
        return readings
    gravity, own = groups["gravity"], groups["acceleration"]
    in_g = median_norm(gravity) < GRAVITY_RANGE_MPS2[0]
    if not in_g and file.kind.device == HEADPHONES and not facts.standardised:
        if facts.standardised is None:
            raise MissingFactError(
                f"{file.head.source}: without Metadata.csv beside it the unit of its acceleration cannot be told: keep "
                "the files of one export together"
            )
        own = own * STANDARD_GRAVITY_MPS2  # gravity is in m/s2 there, the acceleration in g, both with the iOS sign
        readings[Quantity.ACC] = Reading(gravity + own, None, "units by vendor rule; iOS convention, sign turned", -1)
        return readings
    readings[Quantity.ACC] = _acceleration(gravity + own, file)
    return readings


def _with_gravity(parts: list[Part], files: list[_File], heads: Sequence[Head], facts: Facts) -> list[Part]:
    """On iOS acceleration with gravity is the sum of two files with the same time stamps."""
    free = next((file for file in files if file.kind.quantity is Quantity.FREE_ACC), None)
    if free is None or any(Quantity.ACC in part.readings and part.label == PHONE for part in parts):
        return parts
    head = next(
        (head for head in heads if bare_name(head.source).endswith("gravity") and head.layout is not None), None
    )
    if head is None:
        return parts
    gravity = _parse(head, FileKind(PHONE, Quantity.FREE_ACC))
    if len(gravity.t_s) != len(free.t_s) or not np.array_equal(gravity.t_s, free.t_s):
        return parts
    sign = 1 if facts.platform == "android" or facts.standardised else -1
    origin = f"unit m/s2 by vendor rule; Accelerometer + Gravity{', iOS convention, sign turned' if sign < 0 else ''}"
    acc = Reading(free.groups[""] + gravity.groups[""], None, origin, sign)
    summed = replace(gravity.part, readings={Quantity.ACC: acc})
    return [*parts, summed]


SENSOR_LOGGER: Final = Reader(
    name="sensor_logger",
    title="Sensor Logger zip or CSV (phone, watch)",
    sniff=_sniff,
    read=_read,
    stem=stem,
    companion=_companion,
)
