"""Two sensors' clocks on simulated links: how far apart their times lie for one moment, and the wrap of a counter."""

import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from of_collector_rows import Row, part

from imutrack.alignment import align
from imutrack.samples import Floats
from imutrack.wearables import DeviceClock

sys.path.append(str(Path(__file__).parents[2] / "tests"))

from alignment.link import BASE_NS, Clock, Link, send

MINUTES, PAIRS, TOGETHER_MS = 10, 10, 3.0
DOT, DOT_CLOCK = Clock(1e-6, 32), DeviceClock(1e-6, 32)
IN_STEP = Link(rate_hz=60.0, duration_s=60.0 * MINUTES)
HARSH = replace(IN_STEP, drift_ppm=100.0, wander_ppm=30.0)
SET = Link(rate_hz=59.94, duration_s=20.0)
WRAPS = Link(rate_hz=10.01, duration_s=4500.0, drift_ppm=20.0, wander_ppm=5.0)  # 75 minutes


def block() -> str:
    """Return the part of the page."""
    rows = [
        _row("60 Hz on events of 30 ms, in step with them", IN_STEP),
        _row("the same, crystals off by 100 ppm, wandering by 30 ppm", HARSH),
        _row("59.94 Hz on events of 30 ms", replace(IN_STEP, rate_hz=59.94)),
        _row("the same, a set of 20 s", SET),
        _wrap(),
    ]
    return part(
        f"""Simulated links, each with its own crystal (40 ppm off, wandering by 10 ppm), 2 % of connection events
        failing, and host stalls of 0.3 s three times a minute; {PAIRS} pairs of {MINUTES} minutes where not
        said otherwise. 99th percentile of how far apart the same moment lies on two sensors.""",
        rows,
    )


def _row(what: str, link: Link) -> Row:
    apart = np.concatenate([_errors_ms(link, seed) - _errors_ms(link, seed + 1000) for seed in range(PAIRS)])
    p99_ms = float(np.quantile(np.abs(apart), 0.99))
    return Row(what, f"≤ {TOGETHER_MS:.0f} ms", f"{p99_ms:.1f} ms", p99_ms <= TOGETHER_MS)


def _wrap() -> Row:
    off_ms: Sequence[float] = np.abs((errors := _errors_ms(WRAPS, 3)) - np.median(errors)).tolist()
    what = f"a counter that wraps after 71.6 of {WRAPS.duration_s / 60:.0f} minutes, longest error of any reading"
    return Row(what, f"≤ {TOGETHER_MS:.0f} ms", f"{max(off_ms):.1f} ms", max(off_ms) <= TOGETHER_MS)


def _errors_ms(link: Link, seed: int) -> Floats:
    sent = send(link, DOT, seed)
    aligned = align(sent.arrivals, DOT_CLOCK, link.rate_hz)
    found: Floats = 1e3 * ((aligned.t_ns - BASE_NS) * 1e-9 - sent.true_s[aligned.order])
    return found
