"""What a capture of one strap says: what must come out of it, and nothing of how it was made."""

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np

from imutrack.alignment import Aligned, Arrivals, align
from imutrack.capture import arrivals_of, outline_of, recording_of_set, sets_in
from imutrack.capture.assembling import ArrivalsOf
from imutrack.capture.events import Connected
from imutrack.errors import DecodeError
from imutrack.pipeline import analyse
from imutrack.results import ExerciseSet
from imutrack.samples import Recording
from imutrack.wearables import WEARABLES, Packet, Profile, Stream

__all__ = ["Json", "expected_of"]

Json = dict[str, Any]
DIGITS: Final = 6  # significant; a capture is float32 at most

Came = list[tuple[int, Packet]]
"""Host ns and packet."""


def expected_of(path: Path) -> Json:
    """Decode a capture that holds one strap and one set, or none.

    Returns:
        ``streams``: how many readings each stream holds within the set, the rate they came at by the host's clock, what
        got lost (None: not known), and the first and the last of them. ``packets``: all that was decoded, by name.
        ``set``: what replay gives.
    """
    capture = outline_of(path)
    sets = sets_in(capture)
    (connected,) = (event for event in capture.events if isinstance(event, Connected))
    wearable = WEARABLES[connected.wearable]
    profile = wearable.profile(wearable.set_up(connected.settings), connected.facts)
    start_ns, stop_ns = (sets[0].start_ns, sets[0].stop_ns) if sets else (0, 1 << 63)
    came, refused = _decoded(arrivals_of(path, capture, start_ns, stop_ns), profile)
    others = [each for each in came if not len(each[1])]
    return {
        "packets": dict(sorted(Counter(packet.stream for _, packet in came).items())),
        "refused": refused,
        "streams": {stream.name: _stream(stream, came) for stream in profile.streams if stream.quantities},
        "said": {name: _said([packet for _, packet in others if packet.stream == name]) for name in _names(others)},
        "set": _set(recording_of_set(path, capture, sets[0].number)) if sets else None,
    }


def _decoded(arrivals: ArrivalsOf, profile: Profile) -> tuple[Came, int]:
    """Return the packets of the set, and how many notifications could not be decoded."""
    decoder, came, refused = profile.decoder(), list[tuple[int, Packet]](), 0
    notifications = sorted(
        (at_ns, characteristic, payload) for (_, characteristic), each in arrivals.items() for at_ns, payload in each
    )
    for at_ns, characteristic, payload in notifications:
        try:
            came += [(at_ns, packet) for packet in decoder.feed(characteristic, payload)]
        except DecodeError:
            refused += 1
    return came, refused


def _stream(stream: Stream, came: Came) -> Json:
    mine = [(at_ns, packet) for at_ns, packet in came if packet.stream == stream.name and len(packet)]
    packets = [packet for _, packet in mine]
    aligned = _aligned(stream, mine)
    return {
        "readings": len(aligned.t_ns),
        "rate_hz": round(aligned.rate_hz, 2),
        "lost": aligned.lost,
        "duplicates": aligned.duplicates,
        "first": {str(quantity): _rounded(packets[0].values[quantity][0]) for quantity in stream.quantities},
        "last": {str(quantity): _rounded(packets[-1].values[quantity][-1]) for quantity in stream.quantities},
        "first_tick": packets[0].ticks[0] if packets[0].ticks else None,
        "last_tick": packets[-1].ticks[-1] if packets[-1].ticks else None,
    }


def _aligned(stream: Stream, mine: Came) -> Aligned:
    host_ns = np.array([at_ns for at_ns, _ in mine], np.int64)
    counts = np.array([len(packet) for _, packet in mine], np.int64)
    ticks = np.array([tick for _, packet in mine for tick in packet.ticks], np.int64)
    return align(Arrivals(host_ns, counts, ticks if stream.clock else None), stream.clock, stream.rate_hz)


def _said(packets: Sequence[Packet]) -> Json:
    """Return the first and the last of what is no quantity, such as a heart rate."""
    return {"first": _plain(packets[0].said), "last": _plain(packets[-1].said)}


def _set(recording: Recording) -> Json:
    """Return what replay makes of it."""
    (result,) = analyse(recording, recording.tasks)
    if not isinstance(result, ExerciseSet):
        return {"reason": result.reason if hasattr(result, "reason") else type(result).__name__}
    return {
        "content_hash": recording.content_hash,
        "quantities": sorted(str(quantity) for quantity in recording.sensors[0].samples),
        "notes": list(recording.notes),
        "flags": sorted(str(flag.code) for flag in result.flags),
        "reps": result.reps,
        "rom_median_deg": None if result.rom_median_deg is None else round(result.rom_median_deg, 1),
    }


def _names(came: Came) -> list[str]:
    return sorted({packet.stream for _, packet in came})


def _plain(said: Mapping[str, object]) -> Json:
    return {name: _rounded(value) if isinstance(value, tuple) else value for name, value in said.items()}


def _rounded(values: Sequence[float]) -> list[float]:
    return [float(f"{value:.{DIGITS}g}") for value in values]
