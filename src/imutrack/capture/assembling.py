"""From the notifications of a set to its `Recording`: the one way, live and replayed, so that both give the same bits.

Only what arrived between the markers of the set is looked at. It is decoded by how each strap was set up then, a new
decoder for each connection; every stream is laid on host time; what a stream says of itself becomes notes and flags.
"""

import hashlib
import struct
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from operator import itemgetter
from typing import Final

import numpy as np

from imutrack.alignment import Aligned
from imutrack.capture.blocks import Arrival
from imutrack.capture.gathering import Gathered, StrapReadings, decoded
from imutrack.capture.sets import CapturedSet
from imutrack.errors import RecordingError
from imutrack.flags import Flag, FlagCode
from imutrack.samples import AxisMap, Quantity, Recording, Samples, Sensor, StartSource

__all__ = ["FORMAT", "ArrivalsOf", "assemble", "content_hash", "hash_of", "recording_of"]

ArrivalsOf = Mapping[tuple[str, str], Sequence[Arrival]]
"""(strap, characteristic) -> notifications in the order they came."""

FORMAT: Final = "imutrack capture"
_LINK_LOST_S: Final = 1.0  # a strap that sends nothing for so long was lost, whatever it sends in a packet


def assemble(found: CapturedSet, arrivals: ArrivalsOf, *, timezone: str | None = None, source: str = "") -> Recording:
    """Return the recording of one set, with its task.

    Args:
        found: the set.
        arrivals: of the capture; what lies outside the set is not looked at.
        timezone: of the clinic.
        source: where it was captured, for messages.

    Raises:
        RecordingError: no strap of the set sent a reading.
    """
    own = _within(found, arrivals)
    readings = {strap.label: decoded(strap.connections, _of_strap(strap.label, own)) for strap in found.straps}
    return recording_of(found, readings, content_hash(found, own), timezone=timezone, source=source)


def recording_of(
    found: CapturedSet,
    readings: Mapping[str, StrapReadings],
    content: str,
    *,
    timezone: str | None = None,
    source: str = "",
) -> Recording:
    """Return the recording of a set whose notifications are decoded already.

    Args:
        found: the set.
        readings: of each of its straps, from nothing but its notifications.
        content: their `content_hash`.
        timezone, source: as of `assemble`.

    Raises:
        RecordingError: no strap of the set sent a reading.
    """
    sensors, notes, flags = list[Sensor](), list[str](), list[Flag]()
    for strap in found.straps:
        sent = readings[strap.label]
        notes += _refusals(sent, strap.label)
        samples, unsure = _samples(sent.streams, found, notes, strap.label)
        if samples:
            axes = AxisMap.parse(strap.axes) if strap.axes else None
            sensors.append(Sensor(strap.label, samples, strap.placement, axes))
            flags += _flags(sent.streams, found, unsure=unsure)
    if not sensors:
        raise RecordingError(f"{source}: set {found.number}: no strap sent readings: look at its link and try again")
    task = replace(found.task, flags=(*found.task.flags, *dict.fromkeys(flags)))
    return Recording(
        sensors=tuple(sensors),
        content_hash=content,
        start=found.start_ns / 1e9,
        start_source=StartSource.FILE,
        zone=timezone,
        format=FORMAT,
        sources=(source,),
        notes=tuple(notes),
        tasks=(task,),
    )


def hash_of(found: CapturedSet, arrivals: ArrivalsOf) -> str:
    """Return the `content_hash` of a set without decoding it; arrivals are of the capture."""
    return content_hash(found, _within(found, arrivals))


def content_hash(found: CapturedSet, arrivals: ArrivalsOf) -> str:
    """SHA-256 over wearable, characteristic, host ns and bytes of every notification of a set, hex.

    It depends on what came and when, never on the file it lies in, nor on how that file is cut into blocks.
    """
    digest = hashlib.sha256()
    wearables = {strap.label: strap.connections[0].wearable for strap in found.straps if strap.connections}
    for (strap, characteristic), came in sorted(arrivals.items()):
        digest.update(f"{strap}\n{wearables.get(strap, '')}\n{characteristic}\n".encode())
        for at_ns, payload in came:
            digest.update(struct.pack("<QI", at_ns, len(payload)))
            digest.update(payload)
    return digest.hexdigest()


def _within(found: CapturedSet, arrivals: ArrivalsOf) -> dict[tuple[str, str], list[Arrival]]:
    labels = {strap.label for strap in found.straps}
    cut = {
        key: [arrival for arrival in came if found.start_ns <= arrival[0] < found.stop_ns]
        for key, came in arrivals.items()
        if key[0] in labels
    }
    return {key: came for key, came in cut.items() if came}


def _of_strap(label: str, arrivals: ArrivalsOf) -> list[tuple[int, str, bytes]]:
    """Return the notifications of one strap in the order of time; at one moment, each characteristic's as they came."""
    own = (
        (at_ns, characteristic, payload)
        for (strap, characteristic), each in arrivals.items()
        if strap == label
        for at_ns, payload in each
    )
    return sorted(own, key=itemgetter(0, 1))


def _refusals(sent: StrapReadings, label: str) -> Iterator[str]:
    for wearable in sent.unknown:
        yield f"strap {label}: {wearable} is not known to this version: left out"
    if sent.refused:
        yield f"strap {label}: {sent.refused} notifications could not be decoded"


def _samples(
    gathered: Mapping[str, Gathered], found: CapturedSet, notes: list[str], label: str
) -> tuple[dict[Quantity, Samples], bool]:
    """Return what a strap measured, and whether nobody knows what of it was lost."""
    samples: dict[Quantity, Samples] = {}
    unsure = False
    for name, stream in gathered.items():
        if len(stream.counts) < 2:
            continue
        aligned = stream.aligned()
        t_s = (aligned.t_ns - found.start_ns) / 1e9
        inside = t_s >= 0.0  # the first packet may tell of the time before the set
        if np.count_nonzero(inside) < 2:
            continue
        notes += _notes(aligned, label, name)
        unsure |= aligned.lost is None
        for quantity in stream.stream.quantities:
            values = stream.rows(quantity)[aligned.order]
            if quantity not in samples and np.isfinite(values).all(axis=1).any():
                samples[quantity] = Samples(
                    t_s[inside], values[inside], aligned.rate_hz, "unit by the device; time by its clock and arrival"
                )
    return samples, unsure


def _notes(aligned: Aligned, label: str, stream: str) -> Iterator[str]:
    said = f"strap {label}, {stream}"
    if aligned.lost:
        yield f"{said}: {aligned.lost} readings lost on the way"
    if aligned.duplicates:
        yield f"{said}: {aligned.duplicates} readings came twice"
    if aligned.restarts:
        yield f"{said}: the sensor's clock began anew {aligned.restarts} times"


def _flags(gathered: Mapping[str, Gathered], found: CapturedSet, *, unsure: bool) -> Iterator[Flag]:
    if unsure:
        yield Flag(FlagCode.LOSS_UNKNOWN)
    lost_s = _silent_s(gathered, found)
    if lost_s > 0:
        yield Flag.of(FlagCode.LINK_LOST, lost_s=round(lost_s, 1))


def _silent_s(gathered: Mapping[str, Gathered], found: CapturedSet) -> float:
    """Return for how long a strap sent nothing, s, in silences that no packet of its own size explains."""
    came = np.sort(np.concatenate([np.array(each.host_ns, np.int64) for each in gathered.values()]))
    packet_s = max(each.packet_s for each in gathered.values() if each.counts)
    silences = np.diff(came, prepend=found.start_ns, append=found.stop_ns) / 1e9
    return float(sum(silences[silences > max(_LINK_LOST_S, 3 * packet_s)].tolist()))
