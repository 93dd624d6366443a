"""Days and weeks of links on an event loop whose time jumps: false alarms, a strap that always fails, and a month."""

import asyncio
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from random import Random

from of_collector_rows import Row, part, quantile

from imutrack.collector.links.states import State
from imutrack.sources.radio import Fault
from imutrack.sources.simulated import Mishap, Scripted

sys.path.append(str(Path(__file__).parents[2] / "tests"))

from collector.rigged import RATE_HZ, Rig, rigged
from collector.soak import soak
from collector.warped import warped

DAY_H, STALLS_PER_H, STRAPS = 24, 60, 4
DROPS, EVERY_S, SLOWED = 600, 10.0, 1.10
MONTH_H, MISHAPS, KINDS, MONTH_STRAPS, GROWN_MB, WITHIN_MIN = 720, 10_000, 12, 8, 5.0, 60.0  # asked


def day() -> str:
    """Return the part of the page that takes a minute."""
    rows = [_false_alarms(), *(_slowed(fault) for fault in (Fault.TIMEOUT, Fault.ABORTED))]
    return part(
        f"""The collector's supervisors with simulated links at {RATE_HZ} Hz, in an event loop whose clock jumps to
        the next timer: {DAY_H} hours of {STRAPS} straps while the machine does nothing for 0.3 s every minute;
        then three straps of which one loses its link every {EVERY_S:.0f} s, {DROPS} times, without and with a
        fourth that can never be connected.""",
        rows,
    )


def month() -> str:
    """Return the part of the page that takes five minutes."""
    soaked = soak(MONTH_H, MISHAPS, MONTH_STRAPS)
    grown_mb = soaked.memory_mb[1] - soaked.memory_mb[0]
    links = soaked.rig.radio.open_links
    minutes = soaked.wall_s / 60
    happened = f"{MISHAPS:,} of {len(soaked.mishaps)}, which hit {soaked.mishaps.total():,} links"
    sent = sum(device.ledger.sent for device in soaked.rig.devices)
    left = soaked.tasks[1] - soaked.tasks[0], soaked.files[1] - soaked.files[0]
    rows = [
        Row("mishaps, and their kinds", f"{MISHAPS:,} of {KINDS}", happened, len(soaked.mishaps) >= KINDS),
        Row("readings sent", "", f"{sent:,}"),
        Row("gaps without a cause", "0", f"{len(soaked.unexplained)}", not soaked.unexplained),
        Row("memory grew by", f"< {GROWN_MB:.0f} MB", f"{grown_mb:.1f} MB", grown_mb < GROWN_MB),
        Row("tasks and open files more than in the first minute", "0, 0", f"{left[0]}, {left[1]}", max(left) <= 0),
        Row("links left open at the end", "0", f"{links}", links == 0),
        Row("took", f"≤ {WITHIN_MIN:.0f} min", f"{minutes:.1f} min", minutes <= WITHIN_MIN),
    ]
    return part(
        f"""{MONTH_H // 24} simulated days of {MONTH_STRAPS} straps at {RATE_HZ} Hz, on the same loop: every tick of
        every strap is received, or the script says why it was not. The simulation keeps a list of all outages, which
        is within what the memory grew by.""",
        rows,
    )


def _false_alarms() -> Row:
    chance = Random(4)  # noqa: S311 - the same in every run
    stalls = [
        Scripted(3600 / STALLS_PER_H * (n + chance.random()), Mishap.HOST_STALL) for n in range(DAY_H * STALLS_PER_H)
    ]
    rig = _run(DAY_H * 3600.0, STRAPS, stalls)
    alarms = sum(rig.told.states_of(strap.label).count(State.DEGRADED.value) for strap in rig.straps)
    what = f"false alarms in {DAY_H} h with {len(stalls):,} stalls of the host"
    return Row(what, "0", f"{alarms}, {STRAPS} straps", alarms == 0)


def _slowed(fault: Fault) -> Row:
    chance = Random(7)  # noqa: S311 - the same in every run
    drops = [
        Scripted(120 + EVERY_S * n + chance.uniform(0, 0.9 * EVERY_S), Mishap.DROP, chance.randrange(3))
        for n in range(DROPS)
    ]

    def p95_s(never: Mapping[int, Fault]) -> float:
        rig = _run(120 + EVERY_S * (DROPS + 2), STRAPS, drops, never)
        return quantile([each for label in "012" for each in _back_after_s(rig, label)], 0.95)

    alone_s, beside_s = p95_s({}), p95_s({3: fault})
    what = f"the others' reconnect, 95th percentile, beside a strap that always fails ({fault.value})"
    measured = f"{100 * (beside_s / alone_s - 1):+.0f} % ({alone_s:.2f} s to {beside_s:.2f} s)"
    return Row(what, f"≤ {100 * (SLOWED - 1):+.0f} %", measured, beside_s <= SLOWED * alone_s)


def _run(seconds: float, straps: int, happens: Sequence[Scripted], never: Mapping[int, Fault] | None = None) -> Rig:
    async def main() -> Rig:
        async with rigged(straps, happens, never=never) as rig:
            await asyncio.sleep(seconds)
        return rig

    return warped(main())


def _back_after_s(rig: Rig, strap: str) -> list[float]:
    """Return how long each link was away, from the end of streaming to the next."""
    away: list[float] = []
    lost_s: float | None = None
    for label, before, state, _, at_s in rig.told.changes:
        if label == strap and before is State.STREAMING and state is not State.IDLE:
            lost_s = at_s
        elif label == strap and state is State.STREAMING and lost_s is not None:
            away.append(at_s - lost_s)
            lost_s = None
    return away
