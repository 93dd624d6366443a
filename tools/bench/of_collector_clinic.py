"""Twelve straps with a bad radio: the collector's account of them beside that of the simulator, and their clocks.

Each strap's clock runs at its own rate and wraps at 2**32 microseconds in mid-run. Connection events lie 30 ms apart.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from of_collector_load import MEASUREMENT
from of_collector_process import Collector, collecting
from of_collector_rows import Row, part

from imutrack.alignment import Arrivals, align
from imutrack.samples import Floats
from imutrack.simulation import AirPlan, ClockPlan, Fate, Fault, Kind, Plan, StrapPlan, StreamLedger
from imutrack.wearables import DeviceClock

STRAPS, RATE_HZ, RUN_S = 12, 59.94, 60.0
WRAP_S = 2**32 * 1e-6
WRAPS_AFTER_S = 35.0  # from the start of the simulation, a good ten seconds of which go to connecting
SHARE = 0.05  # of the packets, of each kind of fault
STILL_S = 0.7  # for what came to be counted; after a second without a notification links are made anew
TOGETHER_MS = 3.0  # asked
CLOCK = DeviceClock(1e-6, 32)


@dataclass(frozen=True, slots=True)
class Account:
    """Of one strap, in readings."""

    readings: int
    lost: int
    duplicates: int
    reordered: int


def block() -> str:
    """Return the part of the page."""
    rows = asyncio.run(_run())
    return part(
        f"""{STRAPS} simulated Movella DOT at {RATE_HZ} Hz for {RUN_S:.0f} s, of whose packets {100 * SHARE:.0f} %
        are lost, {100 * SHARE:.0f} % come twice and {100 * SHARE:.0f} % after the next one; connection events
        30 ms apart, of which 2 % fail; clocks off by 55 ppm at most, that wrap in mid-run. What the collector
        says of each strap while it runs is held against the simulator's ledger; then its captures are aligned,
        and every reading's time against when it was taken.""",
        rows,
    )


async def _run() -> list[Row]:
    plan = Plan(
        straps=tuple(_strap(number) for number in range(1, STRAPS + 1)),
        faults=tuple(Fault(kind=kind, for_s=None, amount=SHARE) for kind in (Kind.LOSS, Kind.DUPLICATE, Kind.REORDER)),
    )
    async with collecting(plan) as collector:
        await collector.streaming()
        await asyncio.sleep(RUN_S)
        await collector.rig.do(Fault(kind=Kind.STALL, for_s=None))
        await asyncio.sleep(STILL_S)
        said = (await collector.status())["straps"]
    told = {label: Account(*(strap[name] for name in Account.__slots__)) for label, strap in said.items()}
    true = {label: _account(ledger) for label, (ledger,) in collector.ledgers.items()}
    return [*_accounts(told, true), *_clocks(collector)]


def _strap(number: int) -> StrapPlan:
    clock = ClockPlan(
        offset_s=WRAP_S - WRAPS_AFTER_S, drift_ppm=-45.0 + 90.0 * (number - 1) / (STRAPS - 1), wander_ppm=10.0
    )
    air = AirPlan(interval_ms=30.0, retransmit=0.02)
    return StrapPlan(label=str(number), wearable="movella-dot", rate_hz=RATE_HZ, clock=clock, air=air)


def _account(ledger: StreamLedger) -> Account:
    """Return what can be known of a strap from outside: from its first packet that came to the last."""
    came = [n for n, fate in enumerate(ledger.fate) if fate == Fate.SENT]
    order = [ledger.index[n] for n in came]
    newest = np.maximum.accumulate(order)
    return Account(
        readings=len(order),
        lost=max(order) - min(order) + 1 - len(order),
        duplicates=sum(ledger.copies[n] - 1 for n in came),
        reordered=int(np.count_nonzero(np.array(order) < newest)),
    )


def _accounts(told: dict[str, Account], true: dict[str, Account]) -> list[Row]:
    rows = []
    for name, title in (
        ("readings", "readings that came, each once"),
        ("lost", "readings lost"),
        ("duplicates", "readings that came again"),
        ("reordered", "readings that came after later ones"),
    ):
        mine = [getattr(told[label], name) for label in true]
        theirs = [getattr(account, name) for account in true.values()]
        same = sum(one == other for one, other in zip(mine, theirs, strict=True))
        figures = f"{sum(mine):,} of {sum(theirs):,}; the same for {same} of {len(true)} straps"
        rows.append(Row(title, "the ledger's number, strap by strap", figures, same == len(true)))
    return rows


def _clocks(collector: Collector) -> list[Row]:
    courses, wrapped = [], 0
    for label, (ledger,) in collector.ledgers.items():
        arrivals = collector.arrivals[label, MEASUREMENT]
        taken_s, off_ms = _errors(arrivals, ledger, collector.ahead_ns)
        courses.append((taken_s, off_ms))
        ticks = [tick for tick, fate in zip(ledger.tick, ledger.fate, strict=True) if fate == Fate.SENT]
        wrapped += min(ticks) < 1e8 < 4e9 < max(ticks)
    grid_s = np.arange(max(t[0] for t, _ in courses), min(t[-1] for t, _ in courses), 0.1)
    on_grid = [np.interp(grid_s, *course) for course in courses]
    apart = np.abs([one - other for one, other in combinations(on_grid, 2)])
    p99 = float(np.quantile(apart, 0.99))
    return [
        Row(
            "two clocks against each other, 99th percentile",
            f"≤ {TOGETHER_MS:.0f} ms",
            f"{p99:.1f} ms (longest {apart.max():.1f} ms; {len(apart)} pairs)",
            p99 <= TOGETHER_MS,
        ),
        Row("clocks that wrapped in mid-run", "unseen", f"{wrapped} of {len(courses)}", wrapped == len(courses)),
    ]


def _errors(arrivals: Sequence[tuple[int, bytes]], ledger: StreamLedger, ahead_ns: int) -> tuple[Floats, Floats]:
    """Return when readings were taken, s, and how far from it they were laid, ms; in the order they were taken."""
    ticks = [int.from_bytes(payload[:4], "little") for _, payload in arrivals]
    true_ns = {tick: at_ns + ahead_ns for tick, at_ns in zip(ledger.tick, ledger.sampled_ns, strict=True)}
    host_ns = np.array([at_ns for at_ns, _ in arrivals], np.int64)
    aligned = align(Arrivals(host_ns, np.ones(len(ticks), np.int64), np.array(ticks, np.int64)), CLOCK, RATE_HZ)
    taken_ns = np.array([true_ns[ticks[index]] for index in aligned.order], np.int64)
    return np.asarray((taken_ns - ahead_ns) * 1e-9, float), np.asarray((aligned.t_ns - taken_ns) * 1e-6, float)
