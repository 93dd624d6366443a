"""Recorded formats: how many files are read right, refused with a reason, or silently wrong."""

import math
import tempfile
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from imutrack.validation.formats import predict
from imutrack.validation.running import read_list
from imutrack.validation.sections import Section, table

__all__ = ["section"]

_TOLERANCES: Final = {
    "n_samples": 0.0,
    "duration_s": 0.005,
    "still_mean_abs_acc_ms2": 0.005,
    "mean_abs_acc_ms2": 0.01,
    "mean_abs_gyr_rads": 0.01,
}
_RATE_TOLERANCE: Final = 0.01
_SILENT: Final = 0.05  # accepted with a unit, a rate or a duration this far off


def section(folder: Path, jobs: int) -> Section:
    """Return the section; ``folder`` is that of the recorded files."""
    with tempfile.TemporaryDirectory() as place:
        out = Path(place) / "formats.csv"
        predict(folder, out, jobs)
        predicted = {row["file"]: row for row in read_list(out)}
    tally: dict[str, list[str]] = defaultdict(list)
    for want in read_list(folder / "expected.csv"):
        tally[want["file"].split("/")[0]].append(_judge(want, predicted[want["file"]]))
    rows = [
        (name, len(found), *(found.count(verdict) for verdict in ("right", "refused", "wrong", "silently wrong")))
        for name, found in sorted(tally.items())
    ]
    text = (
        "Each file is read alone, with what its user would have to say. *Right*: samples exact, duration within 0.5 %, "
        "rate within 1 %, |acc| at rest within 0.5 %, mean |acc| and |gyr| within 1 %, or refused with a reason where "
        "nothing can be known. *Refused*: no reader for it yet. *Silently wrong*: accepted with something off by more "
        "than 5 %.\n\n" + table(("format", "files", "right", "refused", "wrong", "silently wrong"), rows)
    )
    return Section(text)


def _judge(want: Mapping[str, str], have: Mapping[str, str]) -> str:
    if have["error"]:
        return "right" if want["may_refuse"] == "1" else "refused"
    off = {name: _off(have[name], want[name]) for name in _TOLERANCES}
    rates = [want[name] for name in ("rate_measured_hz", "rate_nominal_hz", "rate_true_hz") if want[name]]
    off["rate_hz"] = min((_off(have["rate_hz"], rate) for rate in rates), default=0.0)
    invented = (not rates and have["rate_hz"] != "") or (not want["duration_s"] and _number(have["duration_s"]) > 0)
    if invented or any(_SILENT < value < math.inf for name, value in off.items() if name != "n_samples"):
        return "silently wrong"
    limits = {**_TOLERANCES, "rate_hz": _RATE_TOLERANCE}
    return "right" if all(value <= limits[name] for name, value in off.items()) else "wrong"


def _number(text: str) -> float:
    return float(text) if text else math.nan


def _off(have: str, want: str) -> float:
    """Relative difference; 0 where nothing is expected, infinite where nothing was said."""
    if not want:
        return 0.0
    if not have:
        return math.inf
    return abs(_number(have) - _number(want)) / abs(_number(want)) if _number(want) else abs(_number(have))
