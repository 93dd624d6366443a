"""Decoders on payloads with known answers, and on a million random ones each.

Answers of our own list are in our own units and names; lists of others' payloads say them as their sources do.
"""

import json
import os
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from math import pi
from pathlib import Path
from typing import Any

from of_collector_rows import Row, part

from imutrack.units import STANDARD_GRAVITY_MPS2
from imutrack.validation import SUITES
from imutrack.wearables import WEARABLES

sys.path.append(str(Path(__file__).parents[2] / "tests"))

from wearables.fuzz import fuzz

PACKAGED = Path(__file__).parents[2] / "tests" / "data" / "ble"
PAYLOADS = 1_000_000  # of each wearable
Answer = Mapping[str, Any]

_DEGREES = pi / 180
_MILLI_G = STANDARD_GRAVITY_MPS2 / 1000
# name in a list of answers -> our name, factor to our unit, and one count of the coarsest sensor, in our unit
_QUANTITIES: Mapping[str, tuple[str, float, float]] = {
    "acc": ("acc", 1.0, 0.02),
    "acc_ms2": ("acc", 1.0, 0.02),
    "acc_g": ("acc", STANDARD_GRAVITY_MPS2, 0.02),
    "acc_g_8g_range": ("acc", STANDARD_GRAVITY_MPS2, 0.02),
    "acc_mg": ("acc", _MILLI_G, 0.02),
    "samples_mg_first": ("acc", _MILLI_G, 0.02),
    "samples_mg_last": ("acc[-1]", _MILLI_G, 0.02),
    "acc[-1]": ("acc[-1]", 1.0, 0.02),
    "gyr": ("gyr", 1.0, 0.002),
    "gyr[-1]": ("gyr[-1]", 1.0, 0.002),
    "gyro_rad_s": ("gyr", 1.0, 0.002),
    "gyro": ("gyr", _DEGREES, 0.002),
    "gyro_dps": ("gyr", _DEGREES, 0.002),
    "gyro_dps_500_65536": ("gyr", _DEGREES, 0.002),
    "samples_dps_first": ("gyr", _DEGREES, 0.002),
    "mag": ("mag", 1.0, 0.2),
    "mag_ut": ("mag", 1.0, 0.2),
    "mag_mgauss": ("mag", 0.1, 0.2),
    "mag_au": ("mag_au", 1.0, 0.01),
    "quat": ("quat", 1.0, 0.002),
    "quat_wxyz": ("quat", 1.0, 0.002),
    "free_acc": ("free_acc", 1.0, 0.02),
    "free_acc_ms2": ("free_acc", 1.0, 0.02),
    "euler_deg": ("euler_deg", 1.0, 0.05),
    "dq": ("dq", 1.0, 0.002),
    "dv": ("dv", 1.0, 0.002),
    "dv_ms": ("dv", 1.0, 0.002),
    "hr": ("heart_rate_bpm", 1.0, 0.5),
    "heart_rate_bpm": ("heart_rate_bpm", 1.0, 0.5),
    "battery_pct": ("battery_pct", 1.0, 0.5),
    "rr_s": ("rr_s", 1.0, 0.001),
    "rr_ms": ("rr_s", 0.001, 0.001),
}
_OF_A_FRAME = {"hr", "battery_pct"}
_TIMES_S = {"device_time_s": 1.0, "timestamp_ns": 1e-9, "timestamp_us": 1e-6, "timestamp_ms": 1e-3}
_TIME_SLACK_S = 2e-6


def known() -> str:
    """Return the part of the page that takes a moment."""
    rows = [_row("packaged payloads", PACKAGED)]
    said = os.environ.get("IMUTRACK_DATA", "")
    if said and (Path(said) / "ble" / "vectors.json").exists():
        rows.append(_row("those of the labelled data", Path(said) / "ble"))
    return part(
        """Payloads whose answers are known, from data sheets, published captures and others' decoders, through
        `imutrack validate ble`, which reads characteristic, bytes and set-up only. A payload that must be
        refused has to be.""",
        rows,
    )


def random() -> str:
    """Return the part of the page that takes minutes."""
    began_s = time.monotonic()
    gave = fuzz(PAYLOADS)  # raises whatever is neither a packet nor a DecodeError
    took_s = time.monotonic() - began_s
    rows = [
        Row(
            f"random payloads for each of {len(WEARABLES)} wearables",
            f"{PAYLOADS:,} without a crash",
            f"{PAYLOADS:,}, no crash ({took_s:.0f} s)",
            True,
        ),
        Row(
            "of which gave packets",
            "",
            f"{100 * sum(gave.values()) / PAYLOADS / len(WEARABLES):.0f} %, the rest refused",
        ),
    ]
    return part(
        """Half are nonsense, half what a device sends with bits turned, bytes cut, joined or repeated; a decoder
        keeps its memory over a thousand. Each gives packets or `DecodeError`.""",
        rows,
    )


def _row(what: str, folder: Path) -> Row:
    vectors = json.loads((folder / "vectors.json").read_text(encoding="utf-8"))["vectors"]
    with tempfile.TemporaryDirectory() as at:
        out = Path(at) / "said.json"
        SUITES["ble"](folder, out, 1)
        said = {each["id"]: each for each in json.loads(out.read_text(encoding="utf-8"))}
    judged = [_right(vector["expected"], said[vector["id"]]) for vector in vectors if vector.get("score") is not False]
    compared = [each for each in judged if each is not None]
    wrong = compared.count(False)
    without = len(vectors) - len(compared)
    measured = f"{len(compared) - wrong} of {len(compared)}" + (
        f" ({without} say nothing that is read)" if without else ""
    )
    return Row(what, "all right", measured, wrong == 0)


def _right(expected: Answer, said: Answer) -> bool | None:
    """Return whether all that can be compared is right; None where nothing can."""
    if "error" in expected:
        return "error" in said
    judged = [_judged(name, want, said) for name, want in expected.items()]
    judged += [_sample(sample, said, at) for at, sample in enumerate(expected.get("samples", ()))]
    found = [each for each in judged if each is not None]
    return all(found) if found else None


def _judged(name: str, want: Any, said: Answer) -> bool | None:
    if name in _TIMES_S:
        known_s = _flat(said.get("device_time_s", []))
        return any(
            abs(each_s - want_s * _TIMES_S[name]) <= _TIME_SLACK_S for each_s in known_s for want_s in _flat(want)
        )
    return _close(name, _rows(want), said) if name in _QUANTITIES else None


def _sample(sample: Answer, said: Answer, at: int) -> bool | None:
    known = [name for name in sample if name in _QUANTITIES and name not in _OF_A_FRAME]
    return all(_close(name, _rows(sample[name]), said, at) for name in known) if known else None


def _close(name: str, want: Sequence[Sequence[float]], said: Answer, at: int = 0) -> bool:
    ours, factor, slack = _QUANTITIES[name]
    got = _rows(said.get(ours.removesuffix("[-1]"), []))
    got = got[-1:] if ours.endswith("[-1]") else got[at:]
    if len(got) < len(want):
        return False
    return all(
        len(mine) == len(row)
        and all(
            abs(one - two * factor) <= max(slack, 0.01 * abs(two * factor)) for one, two in zip(mine, row, strict=True)
        )
        for mine, row in zip(got, want, strict=False)
    )


def _rows(value: Any) -> list[Sequence[float]]:
    """Return a number, a row or rows as rows."""
    if not isinstance(value, list):
        return [[float(value)]]
    return value if not value or isinstance(value[0], list) else [value]


def _flat(value: Any) -> list[float]:
    return [each for row in _rows(value) for each in row]
