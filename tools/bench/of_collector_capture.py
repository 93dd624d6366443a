"""What an hour of a nine-axis sensor takes on the disk, and what writing it costs, beside bytes that nothing packs."""

import secrets
import tempfile
import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from statistics import median
from typing import Any

from of_collector_rows import Row, part

from imutrack.capture import Arrival
from imutrack.collector.captures.recorder import BLOCK_S, Recorder
from imutrack.simulation import ClockPlan, Player, made_up, tracks_of
from imutrack.simulation.clocks import StrapClock
from imutrack.simulation.gatt import examples
from imutrack.simulation.sampling import Sampling
from imutrack.wearables import WEARABLES

MINUTES, STRAPS, ROUNDS = 2, 12, 5
MB_PER_HOUR, MS_PER_S = 18.0, 0.15  # asked, at 100 Hz
RATE_HZ = 100.0
NINE_AXES: tuple[tuple[str, dict[str, Any]], ...] = (
    ("movella-dot", {}),
    ("capture2go", {"rate_hz": 100}),
    ("movesense", {"rate_hz": 104, "mag": True}),
    ("open-earable", {}),
)

Blocks = Sequence[Mapping[str, list[Arrival]]]
"""What half a second of a strap brings, by characteristic."""


def block() -> str:
    """Return the part of the page."""
    rows: list[Row] = []
    for wearable, settings in NINE_AXES:
        blocks = _blocks(wearable, settings)
        title = WEARABLES[wearable].title
        rows += _rows(title, blocks)
    rows += _rows("40 bytes of chance a reading", _chance())
    return part(
        f"""Nine axes at {RATE_HZ:.0f} Hz, a synthetic set with a sensor's noise in each wearable's own bytes;
        {STRAPS} straps for {MINUTES} minutes, in blocks of half a second, through the collector's recorder to
        the file. CPU is that of writing; median of {ROUNDS} runs. The disk's own time is not in it.""",
        rows,
    )


def _rows(title: str, blocks: Blocks) -> list[Row]:
    found = [_written(blocks) for _ in range(ROUNDS)]
    mb, ms = found[0][0], median(cost for _, cost in found)
    return [
        Row(f"{title}: an hour", f"≤ {MB_PER_HOUR:.0f} MB", f"{mb:.1f} MB", mb <= MB_PER_HOUR),
        Row(f"{title}: a second", f"≤ {MS_PER_S} ms", f"{ms:.3f} ms CPU", ms <= MS_PER_S),
    ]


def _written(blocks: Blocks) -> tuple[float, float]:
    """Return MB an hour and ms CPU a second, of one strap."""
    with tempfile.TemporaryDirectory() as folder:
        recorder = Recorder(Path(folder), "bench", "UTC", lambda _strap: None, _Nobody())
        began_s = time.process_time()
        for each in blocks:
            for strap in range(STRAPS):
                recorder.put(str(strap), each)
            recorder.flush()
        spent_s = time.process_time() - began_s
        recorder.close(0)
        size = sum(path.stat().st_size for path in Path(folder).iterdir())
    sensor_s = STRAPS * len(blocks) * BLOCK_S
    return size / sensor_s * 3600 / 1e6, 1000 * spent_s / sensor_s


class _Nobody:
    """Is told what captures are told."""

    def said(self, *_: object) -> None:
        """Take nothing."""

    def came(self, *_: object) -> None:
        """Take nothing."""


def _blocks(wearable: str, settings: Mapping[str, Any]) -> Blocks:
    """Return what a wearable sends in a synthetic set, its streams of readings at 100 Hz."""
    kind = WEARABLES[wearable]
    profile = kind.profile(kind.set_up(settings), examples(kind.look)[1])
    streams = [replace(each, rate_hz=RATE_HZ) for each in profile.streams if each.quantities]
    [track, *_] = tracks_of(made_up("heel_slide")).values()
    track = track.able({quantity for stream in streams for quantity in stream.quantities}, kind.title)
    clock, player = StrapClock(ClockPlan(), 0.0), Player(1.0, 0.0, loop=True)
    blocks: list[dict[str, list[Arrival]]] = [defaultdict(list) for _ in range(round(60 * MINUTES / BLOCK_S))]
    for number, stream in enumerate(streams):
        for made in Sampling(1, number, stream, profile, clock, 0.0).until(60.0 * MINUTES - 0.001, player, track):
            for characteristic, payload in made.notifications:
                blocks[int(made.sampled_s / BLOCK_S)][characteristic].append((_late_ns(made.sampled_s), payload))
    return [{where: sorted(came) for where, came in each.items()} for each in blocks]


def _chance() -> Blocks:
    name = WEARABLES["movella-dot"].battery
    times_s = [n / RATE_HZ for n in range(int(BLOCK_S * RATE_HZ))]
    return [
        {name: sorted((_late_ns(n * BLOCK_S + at_s), secrets.token_bytes(40)) for at_s in times_s)}
        for n in range(round(60 * MINUTES / BLOCK_S))
    ]


def _late_ns(at_s: float) -> int:
    """Return when it came: up to 15 ms later, to the nanosecond, which packs badly."""
    return round(at_s * 1e9) + secrets.randbelow(15_000_000)
