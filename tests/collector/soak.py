"""Weeks of everything that goes wrong, in minutes: `soak`, for a test (hours) and for the benchmark (a month)."""

import asyncio
import gc
import os
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from random import Random

from collector.rigged import Rig, rigged
from collector.warped import warped
from imutrack.sources.simulated import Mishap, script


@dataclass(frozen=True)
class Soaked:
    """What a soak left: counts at the first and the last of its marks, and who says what of every tick."""

    rig: Rig
    tasks: tuple[int, int]
    files: tuple[int, int]
    memory_mb: tuple[float, float]
    wall_s: float

    @property
    def mishaps(self) -> Counter[Mishap]:
        return sum((device.ledger.mishaps for device in self.rig.devices), start=Counter())

    @property
    def unexplained(self) -> list[str]:
        """What ledgers and receiver do not agree on, in words; nothing where every gap has its cause."""
        found = []
        for strap, device in zip(self.rig.straps, self.rig.devices, strict=True):
            ledger, counted, label = device.ledger, self.rig.counted, strap.label
            claims = {
                "ticks without a cause": ledger.unexplained,
                "ticks neither sent nor left out": ledger.ticks - ledger.sent - sum(ledger.left_out.values()),
                "notifications that did not arrive": ledger.sent - ledger.garbled - counted.received[label],
                "garbled ones": ledger.garbled - counted.garbled[label],
                "repeated ones": ledger.repeated - counted.repeated[label],
                "lost by the ring": counted.lost[label],
            }
            found += [f"{label}: {count} {what}" for what, count in claims.items() if count]
        return found


def soak(hours: float, mishaps: int, straps: int = 8, seed: int = 3) -> Soaked:
    """Run straps at 4 Hz for so many hours of their time."""
    seconds = hours * 3600.0
    began = time.perf_counter()

    async def main() -> Soaked:
        happens = script(seconds - 60, mishaps, straps, Random(seed))  # noqa: S311 - the same in every run
        async with rigged(straps, happens, keeps=False) as rig:
            await asyncio.sleep(60)
            first = _mark()
            await asyncio.sleep(seconds - 120)
            last = _mark()
            await asyncio.sleep(60)  # nothing happens any more
        tasks, files, memory = zip(first, last, strict=True)
        return Soaked(rig, tasks, files, memory, time.perf_counter() - began)

    return warped(main())


def _mark() -> tuple[int, int, float]:
    gc.collect()
    files = len(list(Path("/proc/self/fd").iterdir()))
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return len(asyncio.all_tasks()), files, pages * os.sysconf("SC_PAGE_SIZE") / 1e6
