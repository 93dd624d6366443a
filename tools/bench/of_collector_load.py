"""Many straps on one core: what arrives of what they hand over, what it costs, and how late a notification is taken."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from of_collector_process import Collector, Spent, collecting
from of_collector_rows import Row, part, spread

from imutrack.samples import Floats
from imutrack.simulation import Fate, Plan, StrapPlan
from imutrack.wearables.movella_dot import MODES

STRAPS, RATES_HZ = 64, (120, 100, 80, 60, 40, 20)
SETTLE_S, WINDOW_S, WINDOWS, PATIENCE = 5.0, 6.0, 7, 20
QUIET = 0.02  # of the time, at most, other programs had its core in a window that counts
LOST, SHARE, LAG_MS = 0, 0.60, 20.0  # asked
MEASUREMENT = MODES["rate-mag"].characteristic


@dataclass(frozen=True, slots=True)
class Window:
    """A few seconds of it: shares of one core, and lags ms."""

    share: float
    rig_share: float
    waited: float
    lag_p50_ms: float
    lag_p99_ms: float
    lag_max_ms: float


@dataclass(frozen=True, slots=True)
class Load:
    """What became of a load.

    Attributes:
        rate_hz: of each strap.
        sent, lost: notifications that the simulated service handed over, and those of them that no capture holds.
        overrun: that it could not hand over because nobody took them in time.
        windows: one after the other.
    """

    rate_hz: int
    sent: int
    lost: int
    overrun: int
    windows: tuple[Window, ...]

    @property
    def lag_p99_ms(self) -> float:
        """The median of the windows that count."""
        return float(np.median([each.lag_p99_ms for each in self.counted]))

    @property
    def counted(self) -> tuple[Window, ...]:
        """The windows in which the collector had its core; all where there are none."""
        return tuple(each for each in self.windows if each.waited <= QUIET) or self.windows


def block() -> str:
    """Return the part of the page."""
    loads = [asyncio.run(_load(RATES_HZ[0]))]
    while loads[-1].lag_p99_ms > LAG_MS and len(loads) < len(RATES_HZ):
        loads.append(asyncio.run(_load(RATES_HZ[len(loads)])))
    rows = [*_rows(loads[0]), *(_lag(each) for each in loads[1:]), *_besides(loads[0])]
    return part(
        f"""The whole `imutrack collect` with {STRAPS} simulated straps of 40 bytes a notification, over sockets
        (AcquireNotify), decoded, its losses counted, captured as straps that nobody wears. It has one core, the
        simulation the other. Other programs run on both: only windows of {WINDOW_S:.0f} s count in which they had the
        collector's core for {100 * QUIET:.0f} % of the time at most, all where there are none. A lag is from the moment
        the service has handed a notification over to the time the capture holds. Median of the windows, and from the
        smallest to the largest of them. Where a rate does not hold, the next lower one is tried.""",
        rows,
    )


def _rows(load: Load) -> Iterator[Row]:
    head, missing = f"{STRAPS} × {load.rate_hz} Hz", load.lost + load.overrun
    yield Row(f"{head}: lost", f"{LOST}", f"{missing} of {load.sent:,}", missing == LOST)
    shares = [each.share for each in load.counted]
    measured = f"{spread([100 * share for share in shares], '.0f')} %"
    yield Row(f"{head}: of its core", f"< {100 * SHARE:.0f} %", measured, float(np.median(shares)) < SHARE)
    yield _lag(load)


def _lag(load: Load) -> Row:
    lags = spread([each.lag_p99_ms for each in load.counted], ".1f")
    what = f"{STRAPS} × {load.rate_hz} Hz: lag, 99th percentile"
    return Row(what, f"< {LAG_MS:.0f} ms", f"{lags} ms", load.lag_p99_ms < LAG_MS)


def _besides(load: Load) -> Iterator[Row]:
    """Yield what nothing was asked of."""
    head, windows = f"{STRAPS} × {load.rate_hz} Hz", load.counted
    yield Row(f"{head}: lag, median", "", f"{spread([each.lag_p50_ms for each in windows])} ms")
    yield Row(f"{head}: lag, longest", "", f"{spread([each.lag_max_ms for each in windows], '.0f')} ms")
    rig = spread([100 * each.rig_share for each in windows], ".0f")
    yield Row(f"{head}: the simulation itself", "", f"{rig} % of the other core")
    waited = spread([100 * each.waited for each in windows], ".1f")
    yield Row(
        f"{head}: others had its core", "", f"{waited} % of the time; {len(windows)} of {len(load.windows)} windows"
    )


async def _load(rate_hz: int) -> Load:
    labels = [str(number) for number in range(1, STRAPS + 1)]
    plan = Plan(straps=tuple(StrapPlan(label=each, wearable="movella-dot", rate_hz=rate_hz) for each in labels))
    marks: list[tuple[Spent, float]] = []
    async with collecting(plan) as collector:
        await collector.streaming()
        await asyncio.sleep(SETTLE_S)
        marks.append((collector.spent(), await collector.rig.cpu_s()))
        while _quiet(marks) < WINDOWS and len(marks) <= PATIENCE:
            await asyncio.sleep(WINDOW_S)
            marks.append((collector.spent(), await collector.rig.cpu_s()))
    fates = [fate for ledgers in collector.ledgers.values() for fate in ledgers[0].fate]
    sent_s, lag_ms, lost = _lags(collector)
    windows = tuple(_window(*between, sent_s, lag_ms) for between in pairwise(marks))
    return Load(rate_hz, fates.count(Fate.SENT), lost, fates.count(Fate.OVERRUN), windows)


def _quiet(marks: list[tuple[Spent, float]]) -> int:
    return sum(after.waited_since(before) <= QUIET for (before, _), (after, _) in pairwise(marks))


def _window(begin: tuple[Spent, float], end: tuple[Spent, float], sent_s: Floats, lag_ms: Floats) -> Window:
    (before, rig_before_s), (after, rig_after_s) = begin, end
    within = lag_ms[(sent_s >= before.at_s) & (sent_s < after.at_s)]
    p50_ms, p99_ms = np.quantile(within, (0.5, 0.99)).tolist()
    return Window(
        share=after.share_since(before),
        rig_share=(rig_after_s - rig_before_s) / (after.at_s - before.at_s),
        waited=after.waited_since(before),
        lag_p50_ms=p50_ms,
        lag_p99_ms=p99_ms,
        lag_max_ms=float(within.max()),
    )


def _lags(collector: Collector) -> tuple[Floats, Floats, int]:
    """Return when each notification was sent, s, how late it was taken, ms, and how many never were."""
    sent_s, lag_ms, lost = list[float](), list[float](), 0
    for label, (ledger,) in collector.ledgers.items():
        arrived = collector.arrivals.get((label, MEASUREMENT), [])
        came = {int.from_bytes(payload[:4], "little"): at_ns - collector.ahead_ns for at_ns, payload in arrived}
        for tick, at_ns, fate in zip(ledger.tick, ledger.sent_ns, ledger.fate, strict=True):
            if fate == Fate.SENT and tick in came:
                sent_s.append(at_ns * 1e-9)
                lag_ms.append((came[tick] - at_ns) * 1e-6)
            elif fate == Fate.SENT:
                lost += 1
    return np.array(sent_s), np.array(lag_ms), lost
