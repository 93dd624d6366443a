"""How far predictions are from the answers of labelled data; only `make validate` reads the answers."""

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from imutrack.samples import Floats
from imutrack.validation.running import read_list

__all__ = ["Counts", "Errors", "counts", "event_errors", "rep_windows", "rom_errors", "within_tolerance"]


_USUAL_TOLERANCE: Final = 1e-3  # of rows that state none


@dataclass(frozen=True, slots=True)
class Counts:
    """Agreement of counted with true repetitions over sets; shares are 0 to 1."""

    sets: int
    exact: float
    within_one: float
    mean_error: float
    off_by_more: int

    @classmethod
    def of(cls, pairs: Sequence[tuple[int, int]]) -> "Counts":
        """Compare (counted, true) pairs."""
        off = np.abs([counted - true for counted, true in pairs])
        return cls(
            sets=len(pairs),
            exact=float(np.mean(off == 0)),
            within_one=float(np.mean(off <= 1)),
            mean_error=float(np.mean(off)),
            off_by_more=int(np.sum(off > 1)),
        )


def counts(
    labels: Iterable[Mapping[str, str]], counted: Mapping[str, int]
) -> dict[tuple[str, str], list[tuple[int, int]]]:
    """Return (tier, dataset) -> (counted, true) pairs of the tiers A, B and N; a missing prediction counts as 0."""
    pairs: dict[tuple[str, str], list[tuple[int, int]]] = defaultdict(list)
    for row in labels:
        if row["tier"] in "ABN":
            pairs[row["tier"], row["dataset"]].append((counted.get(row["file"], 0), int(float(row["true_reps"]))))
    return dict(pairs)


@dataclass(frozen=True, slots=True)
class Errors:
    """Errors of a measured quantity, in its unit."""

    n: int
    missing: int
    mean_absolute: float
    bias: float
    low95: float
    high95: float
    worst: float

    @classmethod
    def of(cls, errors: Sequence[float], missing: int = 0) -> "Errors":
        """Summarise signed errors; the 95 % limits are bias +- 1.96 standard deviations."""
        if not len(errors):
            return cls(0, missing, math.nan, math.nan, math.nan, math.nan, math.nan)
        e = np.asarray(errors, dtype=np.float64)
        spread = 1.96 * float(np.std(e, ddof=1)) if len(e) > 1 else math.nan
        bias = float(np.mean(e))
        return cls(
            n=len(e),
            missing=missing,
            mean_absolute=float(np.mean(np.abs(e))),
            bias=bias,
            low95=bias - spread,
            high95=bias + spread,
            worst=float(np.max(np.abs(e))),
        )


def rep_windows(path: Path) -> dict[tuple[str, int], list[tuple[float, float]]]:
    """Read (trial, sensor) -> true (start, end) windows, s."""
    windows: dict[tuple[str, int], list[tuple[float, float]]] = defaultdict(list)
    for row in read_list(path):
        windows[row["trial"], int(row["sensor"])].append((float(row["t_start"]), float(row["t_end"])))
    return dict(windows)


def rom_errors(
    t_s: Floats, measured_deg: Floats, true_deg: Floats, windows: Iterable[tuple[float, float]]
) -> tuple[list[float], int]:
    """Return the error of max - min in each window, degrees, and how many windows could not be measured."""
    errors, missing = [], 0
    for begin, end in windows:
        inside = (t_s >= begin - 1e-6) & (t_s <= end + 1e-6)
        measured, true = measured_deg[inside], true_deg[inside]
        if inside.sum() < 3 or not np.isfinite(measured).all():
            missing += 1
        else:
            errors.append(float(np.ptp(measured) - np.ptp(true)))
    return errors, missing


def within_tolerance(
    reference: Iterable[Mapping[str, str]], predicted: Mapping[tuple[str, str], float], floor: float = 1e-9
) -> dict[str, tuple[int, int, float]]:
    """Return metric -> (rows, rows within their tolerance, largest relative error); values below ``floor`` are zero."""
    table: dict[str, tuple[int, int, float]] = {}
    for row in reference:
        want, tolerance = float(row["value"]), float(row["rtol"] or _USUAL_TOLERANCE)
        if not math.isfinite(want):
            continue
        have = predicted.get((row["file"], row["metric"]), math.nan)
        error = 0.0 if abs(want) < floor and abs(have - want) < floor else abs(have - want) / max(abs(want), floor)
        n, good, worst = table.get(row["metric"], (0, 0, 0.0))
        right = math.isfinite(error) and error <= tolerance
        table[row["metric"]] = (n + 1, good + right, max(worst, error) if math.isfinite(error) else math.inf)
    return table


def event_errors(labels: Iterable[Mapping[str, str]], predicted: Mapping[tuple[str, str], float]) -> dict[str, Errors]:
    """Return quantity -> errors of functional tests; numbered events (``seat_off_3``) are pooled under their name."""
    errors: dict[str, list[float]] = defaultdict(list)
    missing: dict[str, int] = defaultdict(int)
    for row in labels:
        name = row["metric"].rstrip("0123456789").rstrip("_") if row["metric"].startswith("seat_o") else row["metric"]
        have = predicted.get((row["file"], row["metric"]), math.nan)
        if math.isfinite(have):
            errors[name].append(have - float(row["value"]))
        else:
            missing[name] += 1
    return {name: Errors.of(errors[name], missing[name]) for name in sorted({*errors, *missing})}
