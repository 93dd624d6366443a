"""Orientation and one-sensor range of motion against optical and encoder truth."""

import tempfile
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from imutrack.samples import Floats
from imutrack.signals.orientation import conjugate, multiply
from imutrack.validation.rom import predict
from imutrack.validation.running import read_list
from imutrack.validation.scores import Errors, rep_windows, rom_errors
from imutrack.validation.sections import Headline, Section, percent, table

__all__ = ["section"]

Label = Mapping[str, str]


def section(folder: Path, jobs: int) -> Section:
    """Return the section; ``folder`` is that of the orientation data."""
    labels = read_list(folder / "labels.csv")
    with tempfile.TemporaryDirectory() as place:
        out = Path(place) / "rom.npz"
        predict(folder, out, jobs)
        with np.load(out) as file:
            predicted = {name: file[name] for name in file.files}
    ranges, pooled = _ranges(folder, labels, predicted)
    text = "\n".join((ranges, _clipping(labels, predicted), _broad(folder, labels, predicted)))
    how_well = f"mean error {pooled.mean_absolute:.1f} deg, 95 % within {pooled.low95:+.1f} to {pooled.high95:+.1f} deg"
    on = f"{pooled.n} repetitions of mechanical rigs; on people expect 3 to 6 deg more"
    return Section(text, (Headline("range of motion, one sensor", how_well, on),))


def _ranges(folder: Path, labels: list[dict[str, str]], predicted: Mapping[str, Any]) -> tuple[str, Errors]:
    windows = rep_windows(folder / "reps_tilt.csv")
    errors: dict[str, list[float]] = defaultdict(list)
    missing: dict[str, int] = defaultdict(int)
    for label in labels:
        if label["condition"] == "gyro_clipped":
            continue
        name = label["trial"]
        t_s, truth = _load(folder / "inputs" / f"{name}.npz")["t"], _load(folder / "truth" / f"{name}.npz")
        for sensor in (1, 2):
            if (name, sensor) in windows:
                measured = predicted.get(f"{name}/tilt{sensor}_deg", np.full_like(t_s, np.nan))
                found, lost = rom_errors(t_s, measured, truth[f"tilt{sensor}_deg"], windows[name, sensor])
                group = label["source"] + (", on foam" if "soft" in label["condition"] else "")
                errors[group] += found
                missing[group] += lost
    rows = [_row(group, Errors.of(errors[group], missing[group])) for group in sorted(errors)]
    pooled = Errors.of([error for found in errors.values() for error in found], sum(missing.values()))
    text = (
        "Range of motion of one segment per repetition, from one sensor without a magnetometer, in trials whose "
        "gyroscope was not clipped. All trials are mechanical rigs: on people expect 3 to 6 degrees more, "
        "from skin and muscle that move under the sensor.\n\n"
        + table(
            ("source", "repetitions", "measured", "mean error, deg", "bias, deg", "95 % limits, deg", "worst, deg"),
            [*rows, _row("**all**", pooled)],
        )
    )
    return text, pooled


def _row(name: str, found: Errors) -> tuple[object, ...]:
    total = found.n + found.missing
    limits = f"{found.low95:+.1f} to {found.high95:+.1f}"
    share = percent(found.n / total)
    return name, total, share, f"{found.mean_absolute:.2f}", f"{found.bias:+.2f}", limits, f"{found.worst:.1f}"


def _clipping(labels: list[dict[str, str]], predicted: Mapping[str, Any]) -> str:
    stick = [label for label in labels if label["source"] == "RepoIMU-TStick"]
    seen = {label["trial"]: bool(predicted.get(f"{label['trial']}/flag_gyro_clipping")) for label in stick}
    clipped = [label["trial"] for label in stick if label["condition"] == "gyro_clipped"]
    clean = [name for name in seen if name not in clipped]
    return (
        f"A clipped gyroscope was noticed in {sum(seen[name] for name in clipped)} of {len(clipped)} trials that have "
        f"one, and in {sum(seen[name] for name in clean)} of {len(clean)} that have not (RepoIMU T-stick).\n"
    )


def _broad(folder: Path, labels: list[dict[str, str]], predicted: Mapping[str, Any]) -> str:
    found: dict[str, list[tuple[float, float, float]]] = defaultdict(list)
    for label in labels:
        if label["source"] != "BROAD":
            continue
        truth = _load(folder / "truth" / f"{label['trial']}.npz")
        for kind in ("quat9", "quat6"):
            name = f"{label['trial']}/{kind}"
            if name in predicted:
                found[kind].append(_errors_deg(predicted[name], truth["q1_ref"], truth["valid"].astype(bool)))
    words = {"quat9": "with magnetometer", "quat6": "without (what imutrack uses)"}
    rows = [
        (words[kind], len(trials), *(f"{value:.2f}" for value in np.mean(trials, axis=0)))
        for kind, trials in found.items()
    ]
    return "Orientation on BROAD, root mean square over the movement phases, mean over trials, degrees:\n\n" + table(
        ("offline filter", "trials", "total", "with the best heading", "inclination"), rows
    )


def _errors_deg(estimate: Floats, truth: Floats, valid: Floats) -> tuple[float, float, float]:
    """Return total, total with one constant heading removed, and inclination error, RMS degrees."""
    error = multiply(_unit(estimate[valid]), conjugate(_unit(truth[valid].astype(np.float64))))
    heading = 2.0 * np.arctan2(error[:, 3], error[:, 0])
    constant = float(np.angle(np.mean(np.exp(1j * heading))))
    back = np.array([np.cos(constant / 2), 0.0, 0.0, -np.sin(constant / 2)])
    inclination = 2.0 * np.arctan2(np.hypot(error[:, 1], error[:, 2]), np.hypot(error[:, 0], error[:, 3]))
    return (
        _rms_deg(_angle(error)),
        _rms_deg(_angle(multiply(np.broadcast_to(back, error.shape), error))),
        _rms_deg(inclination),
    )


def _unit(quat: Floats) -> Floats:
    return np.asarray(quat / np.linalg.norm(quat, axis=1, keepdims=True))


def _angle(quat: Floats) -> Floats:
    return np.asarray(2.0 * np.arctan2(np.linalg.norm(quat[:, 1:], axis=1), np.abs(quat[:, 0])))


def _rms_deg(angle_rad: Floats) -> float:
    return float(np.degrees(np.sqrt(np.mean(angle_rad**2))))


def _load(path: Path) -> dict[str, Any]:
    with np.load(path) as file:
        return {name: file[name] for name in file.files}
