"""From the notifications of a set to its `Recording`: the one way, live and replayed, so that both give the same bits.

Only what arrived between the markers of the set is looked at. It is decoded by how each strap was set up then, a new
decoder for each connection; every stream is laid on host time; what a stream says of itself becomes notes and flags.
"""

import hashlib
import struct
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import Final

import numpy as np

from imutrack.alignment import Aligned
from imutrack.capture.blocks import Arrival
from imutrack.capture.gathering import Gathered, StrapReadings, decoded
from imutrack.capture.sets import CapturedSet, StrapOfSet
from imutrack.clock import Ints
from imutrack.errors import RecordingError
from imutrack.flags import Flag, FlagCode
from imutrack.samples import AxisMap, Floats, Quantity, Recording, Samples, Sensor, StartSource
from imutrack.wearables import Flag as Remark

__all__ = ["FORMAT", "ArrivalsOf", "assemble", "content_hash", "hash_of", "recording_of"]

ArrivalsOf = Mapping[tuple[str, str], Sequence[Arrival]]
"""(strap, characteristic) -> notifications in the order they came."""

FORMAT: Final = "imutrack capture"
_LINK_LOST_S: Final = 1.0  # a strap that sends nothing for so long was lost, whatever it sends in a packet
_RATE_OFF: Final = 0.2  # crystals and cheap oscillators stay far below; the next rate that can be set is further away
_CLIPPED: Final = {Quantity.GYR: FlagCode.GYRO_CLIPPED, Quantity.ACC: FlagCode.ACC_CLIPPED}
_REMARKS: Final = {
    Remark.CLIPPED: "are at the end of the sensor's range",
    Remark.TIME_GAP: "follow readings that the sensor lost itself",
    Remark.TRUNCATED: "came cut short",
    Remark.MAG_DISTURBED: "were disturbed by magnets or iron nearby",
}
"""What a device remarks on its packets -> words."""


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
    sensors, notes = list[Sensor](), list[str]()
    for strap in found.straps:
        sent = readings[strap.label]
        laid = _laid(sent.streams, found)
        notes += (*_refusals(sent, strap.label), *(note for each in laid for note in _notes(each, strap.label)))
        samples = _samples(laid)
        if samples:
            axes = AxisMap.parse(strap.axes) if strap.axes else None
            flags = (*_clock_flags(laid), *_clipped_flags(laid), *_link_flags(strap, sent.streams, found))
            sensors.append(Sensor(strap.label, samples, strap.placement, axes, flags))
        elif sent.came and not sent.refused and not sent.unknown:
            notes.append(f"strap {strap.label}: nothing that it sent can be used: is it set up to send acceleration?")
    if not sensors:
        why = "; ".join(notes) or "look at its link and try again"
        raise RecordingError(f"{source}: set {found.number}: no strap sent readings: {why}")
    return Recording(
        sensors=tuple(sensors),
        content_hash=content,
        start=found.start_ns / 1e9,
        start_source=StartSource.FILE,
        zone=timezone,
        format=FORMAT,
        sources=(source,),
        notes=tuple(notes),
        tasks=(found.task,),
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


@dataclass(frozen=True, slots=True, eq=False)
class _Laid:
    """A stream on host time: of its readings within the set, times from the set's start and place among `rows`."""

    gathered: Gathered
    aligned: Aligned
    t_s: Floats
    order: Ints


def _refusals(sent: StrapReadings, label: str) -> Iterator[str]:
    for wearable in sent.unknown:
        yield f"strap {label}: {wearable} is not known to this version: left out"
    if sent.refused:
        yield f"strap {label}: {sent.refused} notifications could not be decoded"


def _laid(gathered: Mapping[str, Gathered], found: CapturedSet) -> list[_Laid]:
    """Lay the streams of a strap on host time, those that have two readings within the set."""
    laid = list[_Laid]()
    for stream in gathered.values():
        if len(stream.counts) < 2:
            continue
        aligned = stream.aligned()
        t_s = (aligned.t_ns - found.start_ns) / 1e9
        inside = t_s >= 0.0  # the first packet may tell of the time before the set
        if np.count_nonzero(inside) >= 2:
            laid.append(_Laid(stream, aligned, t_s[inside], aligned.order[inside]))
    return laid


def _samples(laid: Sequence[_Laid]) -> dict[Quantity, Samples]:
    """Return what a strap measured."""
    samples: dict[Quantity, Samples] = {}
    for each in laid:
        for quantity in each.gathered.stream.quantities:
            values = each.gathered.rows(quantity)[each.order]
            if quantity not in samples and np.isfinite(values).all(axis=1).any():
                samples[quantity] = Samples(
                    each.t_s, values, each.aligned.rate_hz, "unit by the device; time by its clock and arrival"
                )
    return samples


def _notes(laid: _Laid, label: str) -> Iterator[str]:
    gathered, aligned = laid.gathered, laid.aligned
    said = f"strap {label}, {gathered.stream.name}"
    if aligned.lost:
        yield f"{said}: {aligned.lost} readings lost on the way"
    if aligned.duplicates:
        yield f"{said}: {aligned.duplicates} readings came twice"
    if aligned.restarts:
        yield f"{said}: the sensor's clock began anew {aligned.restarts} times"
    if gathered.left_out:
        yield f"{said}: {gathered.left_out} readings came without the sensor's time and are left out"
    elif gathered.unstamped:
        yield f"{said}: {len(gathered.unstamped)} packets came without the sensor's time: placed by arrival alone"
    for remark, text in _REMARKS.items():
        if gathered.remarks[remark]:
            yield f"{said}: {gathered.remarks[remark]} packets {text}"


def _clock_flags(laid: Sequence[_Laid]) -> Iterator[Flag]:
    if any(each.aligned.lost is None for each in laid):
        yield Flag(FlagCode.LOSS_UNKNOWN)
    if any(each.aligned.unsure for each in laid):
        yield Flag(FlagCode.CLOCK_UNSURE)
    for each in laid:
        set_hz, rate_hz = each.gathered.stream.rate_hz, each.aligned.rate_hz
        if each.aligned.measured and abs(rate_hz / set_hz - 1) > _RATE_OFF:
            yield Flag.of(FlagCode.RATE_UNEXPECTED, rate_hz=rate_hz, set_hz=set_hz)
            return


def _clipped_flags(laid: Sequence[_Laid]) -> Iterator[Flag]:
    """Say which readings the device means by its remark: those at the end of all that it read."""
    for each in laid:
        if not each.gathered.clipped:
            continue
        at = each.gathered.clipped_readings()
        for quantity in _CLIPPED.keys() & set(each.gathered.stream.quantities):
            size = np.abs(each.gathered.rows(quantity)).max(axis=1)
            clipped = np.count_nonzero(size[at] >= np.nanmax(size)) if np.isfinite(size).any() else 0
            if clipped:
                yield Flag.of(_CLIPPED[quantity], share_pct=100.0 * clipped / len(size))


def _link_flags(strap: StrapOfSet, gathered: Mapping[str, Gathered], found: CapturedSet) -> Iterator[Flag]:
    lost_s = _silent_s(strap, gathered, found)
    if lost_s > 0:
        yield Flag.of(FlagCode.LINK_LOST, lost_s=round(lost_s, 1))


def _silent_s(strap: StrapOfSet, gathered: Mapping[str, Gathered], found: CapturedSet) -> float:
    """Return for how long a strap sent nothing, s: before a new connection, and where its packets do not explain it."""
    came = np.sort(np.concatenate([np.array(each.host_ns, np.int64) for each in gathered.values()]))
    packet_s = max(each.packet_s for each in gathered.values() if each.counts)
    silences = np.diff(came, prepend=found.start_ns, append=found.stop_ns) / 1e9
    lost = silences > max(_LINK_LOST_S, 3 * packet_s)
    anew = [each.since_ns for each in strap.connections[1:] if found.start_ns < each.since_ns < found.stop_ns]
    lost[np.searchsorted(came, np.array(anew, np.int64))] = True
    return float(silences[lost].sum())
