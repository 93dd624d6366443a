"""What the synthetic clinic has no signals for: curves of sets and balance trials, and the links of its sensors."""

from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt

from imutrack.stores.curves import Curve
from imutrack.stores.rows import Row

__all__ = ["link_rows", "set_curve", "trial_curve"]

CURVE_HZ = 20.0  # as the product keeps them
TREMBLE_DEG = 0.6  # between the lowest and the highest angle within a point of the curve
SWAY_HZ = 0.6  # most of the power of quiet stance lies below
TRIAL_S = 30.0
REPORT_S = 300
DAY_S = 86_400

# label: charge at the end %, signal dBm, missing %, clock ppm, connections made anew a day, seconds since last seen
SENSORS = {
    "blue-1": (84.0, -58.0, 0.3, 12.0, 0, 40),
    "blue-2": (76.0, -63.0, 0.5, -8.0, 1, 40),
    "green-1": (14.0, -71.0, 1.1, 21.0, 2, 40),
    "green-2": (58.0, -66.0, 0.6, 4.0, 0, 40),
    "white-1": (41.0, -88.0, 6.5, 47.0, 14, 40),
    "white-2": (92.0, -61.0, 0.2, -15.0, 0, 6 * 3600),
}


def set_curve(own: Row, reps: Sequence[Row]) -> Curve:
    """Return the angle of a set from what is known of its repetitions: out, hold and back along cosines."""
    begin_s = own.time_ns / 1e9
    corners: list[tuple[float, float]] = [(0.0, _number(reps[0], "min_deg"))]
    for rep in reps:
        low, high, at = _number(rep, "min_deg"), _number(rep, "peak_deg"), rep.time_ns / 1e9 - begin_s
        for value, lasts in ((low, 0.0), (high, "outward_s"), (high, "hold_s"), (low, "return_s")):
            at += lasts if isinstance(lasts, float) else max(_number(rep, lasts), 0.05)
            corners.append((at, value))
    corners.append((corners[-1][0] + 1.0, corners[-1][1]))
    t_s = np.arange(0.0, corners[-1][0], 1 / CURVE_HZ)
    angle = _eased(t_s, corners)
    columns = {"angle_low_deg": angle - TREMBLE_DEG / 2, "angle_high_deg": angle + TREMBLE_DEG / 2}
    return _curve(own, t_s, columns)


def trial_curve(own: Row) -> Curve:
    """Return a path whose spread is that of the trial."""
    t_s = np.arange(0.0, TRIAL_S, 1 / CURVE_HZ)
    rng = np.random.default_rng(own.time_ns % 2**32)
    half = _number(own, "rms_mps2") / np.sqrt(2)
    spreads = {"ap_mps2": _number(own, "rms_ap_mps2", half), "ml_mps2": _number(own, "rms_ml_mps2", half)}
    return _curve(own, t_s, {name: _wandering(len(t_s), rng) * spread for name, spread in spreads.items()})


def link_rows(now_s: float, clinic: str) -> Iterator[Row]:
    """Yield a day of reports of each sensor."""
    for label, (battery, rssi, missing, clock, reconnects, silent_s) in SENSORS.items():
        rng = np.random.default_rng(sum(map(ord, label)))
        for since_s in range(silent_s, DAY_S, REPORT_S):
            done = 1 - since_s / DAY_S
            fields = {
                "battery_pct": round(min(100.0, battery + since_s / 7200), 1),
                "rssi_dbm": round(float(rssi + rng.normal(0, 2.5)), 1),
                "missing_pct": round(float(missing * rng.gamma(4.0, 0.25)), 2),
                "clock_ppm": round(float(clock + 3 * np.sin(6 * done) + rng.normal(0, 0.5)), 1),
                "reconnects": int(reconnects * done),
                "backlog": 0,
                "withdrawn": False,
            }
            yield Row("link", {"clinic": clinic, "sensor": label}, round((now_s - since_s) * 1e9), fields)


def _curve(own: Row, t_s: npt.NDArray[np.float64], columns: dict[str, npt.NDArray[np.float64]]) -> Curve:
    tags = {"exercise" if name == "trial" else name: text for name, text in own.tags.items()}
    packed = {name: values.astype(np.float32) for name, values in columns.items()}
    return Curve(tags, str(own.fields["set_id"]), own.time_ns, 0.0, t_s, packed)


def _eased(t_s: npt.NDArray[np.float64], corners: Sequence[tuple[float, float]]) -> npt.NDArray[np.float64]:
    at, values = (np.array(each) for each in zip(*corners, strict=True))
    index = np.clip(np.searchsorted(at, t_s, side="right") - 1, 0, len(at) - 2)
    share = (t_s - at[index]) / np.maximum(at[index + 1] - at[index], 1e-9)
    eased: npt.NDArray[np.float64] = (
        values[index] + (values[index + 1] - values[index]) * (1 - np.cos(np.pi * np.clip(share, 0, 1))) / 2
    )
    return eased


def _wandering(count: int, rng: np.random.Generator) -> npt.NDArray[np.float64]:
    """Return low-passed noise of spread 1."""
    keep = np.exp(-2 * np.pi * SWAY_HZ / CURVE_HZ)
    path = np.zeros(count)
    for index in range(1, count):
        path[index] = keep * path[index - 1] + rng.normal()
    smooth = np.convolve(path, np.ones(5) / 5, "same")
    scaled: npt.NDArray[np.float64] = (smooth - smooth.mean()) / smooth.std()
    return scaled


def _number(row: Row, name: str, otherwise: float = 0.0) -> float:
    value = row.fields.get(name, otherwise)
    return float(value) if isinstance(value, int | float) else otherwise
