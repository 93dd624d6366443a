"""Ten thousand patients on a real server: series, the dashboards' queries, and erasing one. Needs InfluxDB 1.

The lines of one patient's week are made as the product makes them; the other patients get them under their own names,
since what a server takes for a query depends on how many points and series there are, not on what they say. Few
repetitions and few points of curves stand for many: they add points to series that are there anyway.
"""

import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from imutrack.grafana.boards import clinic, patient
from imutrack.grafana.expanding import expanded
from imutrack.grafana.model import Board
from imutrack.influx import Access, Client, InfluxSettings, Token
from imutrack.influx.client import Outcome
from imutrack.influx.erase import erase
from imutrack.influx.setup import setup
from imutrack.stores.line_protocol import columns, lines
from imutrack.stores.rows import Row, Value, make_row

sys.path.append(str(Path(__file__).parents[2] / "tests"))

from influx.instance import Influx
from influx.server import missing, running

PATIENTS, PER_CLINIC, AT_A_TIME, WRITERS = 10_000, 500, 60, 2
WEEKS = (4, 8)  # counted after each
EXERCISES = ("squat", "heel_raise", "knee_extension", "hip_abduction", "shoulder_flexion")
TRIALS = ("feet_together", "tandem", "one_leg")
SIDES = ("left", "right")
REPS, CURVE_POINTS, ROUNDS = 1, 1, 3
SETTLE_S = 10.0  # after a load the server puts files together
ASKED_SERIES, ASKED_PATIENT_MS, ASKED_CLINIC_MS = 45, 150.0, 1500.0

ZONE = "Europe/Berlin"
NOW_S = datetime(2026, 6, 26, 20, 0, tzinfo=UTC).timestamp()
DAY_S = 86_400.0
NAME, CLINIC = "otter-maple-00000", "clinic-00"  # what other patients' and clinics' names take the place of
PERIODS_S = {"2d": 2 * DAY_S, "now/d": 22 * 3600.0, "now-28d": 28 * DAY_S, "now-12w": 84 * DAY_S}

Choice = Mapping[str, str | Sequence[str]]


def section() -> str:
    """Return the section of the page."""
    if missing():
        return f"## Ten thousand patients\n\nNot measured: {missing()}\n"
    with running() as influx:
        return _measured(influx)


@dataclass(frozen=True, slots=True)
class _Took:
    """How a dashboard was answered: the best round, ms; the slowest query of it, ms; answered and asked queries."""

    all_ms: float
    slowest_ms: float
    slowest: str
    answered: int
    asked: int

    @property
    def text(self) -> str:
        """The figure beside what it is made of."""
        return f"{self.all_ms:,.0f} ms (of {self.asked} queries {self.answered} with rows)"


def _measured(influx: Influx) -> str:
    bucket = influx.spare_name()
    settings = InfluxSettings(
        url=influx.url, org=influx.org, bucket=bucket, trace_bucket=f"{bucket}/trace", timeout_s=600.0
    )
    access = Access(settings, Token(influx.token))
    with Client(access) as client:
        setup(client, trace_days=0)  # curves of a week that is long ago would not be taken
    series, begun, loading_s, points = [], 0, 0.0, 0
    for weeks in WEEKS:
        started = time.perf_counter()
        points += sum(_load(access, week, max(WEEKS)) for week in range(begun, weeks))
        loading_s += time.perf_counter() - started
        with Client(access) as client:
            series.append(_series(client))
        begun = weeks
    _log(f"loaded {points} points in {loading_s:.0f} s; series {series}")
    time.sleep(SETTLE_S)
    with Client(access) as client:
        one = _best(client, patient.BOARD)
        _log(one)
        ours = _best(client, clinic.BOARD)
        _log(ours)
        started = time.perf_counter()
        erased = erase(client, _chosen()["patient"][0])
        erase_s = time.perf_counter() - started
        _log(erase_s)
        started = time.perf_counter()
        still = sum(_series_of(client, bucket) for bucket in settings.buckets)
    left = "unknown" if erased.left is None else f"{sum(erased.left.values())}"
    return f"""## Ten thousand patients

{PATIENTS:,} patients of {PATIENTS // PER_CLINIC} clinics in one InfluxDB {influx.version} on the same machine (tsi1).
Each has a set a week of {len(EXERCISES)} exercises on {len(SIDES)} sides, {len(TRIALS)} balance trials, both chair
tests, a roll-up a week and every day in two of them, verdicts, a plan, reports and treatments; {REPS} repetition and
{CURVE_POINTS} point of a curve, in every other week, stand for those of a set. {points:,} points over {max(WEEKS)}
weeks were loaded in {loading_s:.0f} s, into buckets as `imutrack influx setup` makes them. Queries one after the other,
by the clock, best of {ROUNDS} rounds, of the last clinic and one of its patients: where an index is walked through,
they come last.

| measured | figure | asked |
|---|---:|---:|
| series of a patient after {WEEKS[0]} weeks, counted | {series[0][0]} | at most {ASKED_SERIES} |
| series of a patient after {WEEKS[1]} weeks, counted | {series[1][0]} | {series[0][0]} |
| all series by the number of patients, as the server estimates | {series[0][1]:.1f}, {series[1][1]:.1f} | |
| Patient dashboard, variables, panels and marks | {one.text} | at most {ASKED_PATIENT_MS:.0f} ms |
| its slowest query ({one.slowest}) | {one.slowest_ms:,.0f} ms | |
| Clinic dashboard, of {PER_CLINIC} patients | {ours.text} | at most {ASKED_CLINIC_MS:,.0f} ms |
| its slowest query ({ours.slowest}) | {ours.slowest_ms:,.0f} ms | |
| points left of an erased patient, over all measurements | {left} | 0 |
| series left of the patient | {still} | 0 |
| erasing and counting | {erase_s:.1f} s | |
"""


def _load(access: Access, week: int, weeks: int) -> int:
    """Write a week of all patients; return how many points that are."""
    begin_s = NOW_S - (weeks - week) * 7 * DAY_S
    results, curves = lines(list(_week(begin_s, week, last=week + 1 in WEEKS))), b"" if week % 2 else _curves(begin_s)
    parts = [range(first, min(first + AT_A_TIME, PATIENTS)) for first in range(0, PATIENTS, AT_A_TIME)]

    def write(number: int) -> None:
        with Client(access) as client:
            for names in parts[number::WRITERS]:
                for bucket, template in zip(access.settings.buckets, (results, curves), strict=True):
                    if not template:
                        continue
                    answer = client.write(bucket, b"".join(_named(template, name) for name in names))
                    if answer.outcome is not Outcome.DONE:
                        raise RuntimeError(f"the server did not take a week: {answer}")

    with ThreadPoolExecutor(WRITERS) as pool:
        list(pool.map(write, range(WRITERS)))
    return PATIENTS * (results.count(b"\n") + curves.count(b"\n"))


def _named(template: bytes, number: int) -> bytes:
    """Return lines of the patient of a number."""
    whose = template.replace(NAME.encode(), b"otter-maple-%05d" % number)
    return whose.replace(CLINIC.encode(), b"clinic-%02d" % (number // PER_CLINIC))


def _week(begin_s: float, week: int, *, last: bool) -> Iterator[Row]:
    tags = {"patient": NAME, "clinic": CLINIC}
    for day in range(7) if last else (6,):
        at = begin_s + day * DAY_S
        yield make_row("patient_day", tags, at, {
            "status": "active", "therapist": "kim", "plan_version": 1, "level": 1 + week % 2, "urgency": 5,
            "why": "2 of 3 days done", "sets": 10 if day == 6 else 0, "sets_due": 10, "days_since_last": 4,
            "sets_7d": 10, "sets_due_7d": 10, "worst_pain_7d": 3, "in_range_pct_7d": 80.0,
            "rom_worst_verdict": "no real change", "sway_worst_verdict": "too early", "days_to_review": 9,
        })  # fmt: skip
    at = begin_s + 6.5 * DAY_S  # in the last week within today
    yield make_row("self_report", tags, at, {"pain": 3, "exertion": 5, "stop": week == 5})
    yield make_row("treatment", tags, at, {"treatment": "massage", "minutes": 20})
    for exercise in EXERCISES:
        for side in SIDES:
            yield from _set(tags | {"exercise": exercise, "side": side}, at, week)
    trusted = {"quality": "good", "algorithm": "trial 1", "placement": "lower_back", "setting": "clinic"}
    for trial in TRIALS:
        said = {"rms_mps2": 0.1 + 0.01 * week, "path_mps2": 9.5, "set_id": f"{NAME}-{trial}-{week}"}
        yield make_row("stance", tags | {"trial": trial}, at, said | trusted)
    chair: dict[str, object] = {"rises": 5, "total_s": 12.0 + week, "rise_median_s": 1.1}
    yield make_row("sit_to_stand", tags | {"trial": "five_rises"}, at, {**chair, **trusted})
    yield make_row("timed_up_and_go", tags | {"trial": "up_and_go"}, at, {"total_s": 11.0 + week, **trusted})
    if week == 0:
        yield from _plan(tags, at)
    if last:
        yield from _verdicts(tags, at)


def _set(tags: Mapping[str, str], at: float, week: int) -> Iterator[Row]:
    set_id = f"{NAME}-{tags['exercise']}-{tags['side']}-{week}"
    known: dict[str, object] = {"withheld": "range"} if week == 6 and tags["exercise"] == "squat" else {}
    known |= {"corrected": "8 repetitions"} if week == 3 and tags["exercise"] == "squat" else {}
    yield make_row("exercise_set", tags, at, {
        "reps": 10, "reps_low": 10, "reps_high": 10, "reps_target": 10, "rom_best3_deg": 80.0 + week,
        "rom_error_deg": 4.0, "rom_target_deg": 95.0, "angle_kind": "segment", "outward_s": 1.5, "hold_s": 1.0,
        "return_s": 2.0, "placement": "thigh", "setting": "home" if week % 2 else "clinic", "label_source": "plan",
        "quality": "good", "set_id": set_id, "algorithm": "set 1", "plan_version": 1, "therapist": "kim",
        "end_ms": round(at * 1000) + 40_000, **known,
    })  # fmt: skip
    for number in range(1, 1 if week % 2 else REPS + 1):
        said = {"number": number, "rom_deg": 80.0 + number, "set_id": set_id}
        yield make_row("rep", tags, at + 4 * number, said)


def _plan(tags: Mapping[str, str], at: float) -> Iterator[Row]:
    for item, exercise in enumerate(EXERCISES, 1):
        yield make_row("plan", tags, at, {
            "version": 1, "from_date": "2026-05-01", "therapist": "kim", "item": item, "exercise": exercise,
            "side": "both", "sets": 1, "reps": 10, "days_a_week": 1, "rom_target_deg": 95.0, "outward_s": 1.5,
            "hold_s": 1.0, "return_s": 2.0, "review_date": "2026-07-05",
        })  # fmt: skip


def _verdicts(tags: Mapping[str, str], at: float) -> Iterator[Row]:
    for exercise in EXERCISES:
        for side in SIDES:
            yield make_row("change", tags, at, {
                "measure": "rom", "exercise": exercise, "side": side, "mode": "active", "angle_kind": "segment",
                "therapist": "kim",
                "placement": "thigh", "algorithm": "set 1", "confirmed": exercise == "squat", "baseline": 80.0,
                "verdict": "more" if exercise == "squat" else "no real change", "baseline_low": 78.0,
                "baseline_high": 82.0, "latest": 87.0, "difference": 7.0, "needed": 6.0, "unit": "deg", "occasions": 8,
            })  # fmt: skip


def _curves(begin_s: float) -> bytes:
    """Return the lines of a week's curves of one patient."""
    times_ns = round((begin_s + 6.5 * DAY_S) * 1e9) + np.arange(CURVE_POINTS) * 100_000_000
    wave = np.sin(np.arange(CURVE_POINTS))
    whose, said = {"patient": NAME, "clinic": CLINIC}, dict[str, Value](withdrawn=False)
    sets = [
        columns("trace", whose | {"exercise": exercise, "side": side}, times_ns,
                {**said, "angle_low_deg": wave, "angle_high_deg": wave + 1, "set_id": f"{NAME}-{exercise}-{side}"})
        for exercise in EXERCISES for side in SIDES
    ]  # fmt: skip
    trials = [columns("trace", whose | {"exercise": trial}, times_ns, {**said, "ap_mps2": wave}) for trial in TRIALS]
    return b"".join([*sets, *trials])


def _series(client: Client) -> tuple[int, float]:
    """Return the series of one patient, counted, and of all by the number of patients, as the server estimates."""
    (row,) = client.query("SHOW SERIES CARDINALITY", client.settings.bucket)
    return sum(_series_of(client, bucket) for bucket in client.settings.buckets), int(row["values"][0][0]) / PATIENTS


def _series_of(client: Client, bucket: str) -> int:
    """Return how many series the patient has; the server's own exact count adds up those of every week's shard."""
    rows = client.query(f"SHOW SERIES WHERE \"patient\" = '{_chosen()['patient'][0]}'", bucket)
    return len({value[0] for row in rows for value in row["values"]})


def _chosen() -> Choice:
    """Return what somebody chose at the top of a dashboard."""
    number = PATIENTS - PER_CLINIC // 2
    whose, of = (_named(text.encode(), number).decode() for text in (NAME, CLINIC))
    return {"clinic": [of], "patient": [whose], "exercise": ["squat"], "side": ["left"], "zone": ZONE}


def _best(client: Client, board: Board) -> _Took:
    """Return the best round of a dashboard."""
    return min((_round(client, board) for _ in range(ROUNDS)), key=lambda took: took.all_ms)


def _round(client: Client, board: Board) -> _Took:
    """Ask everything that Grafana asks when a dashboard is opened."""
    took: list[tuple[float, str]] = []
    answered = 0

    def ask(name: str, text: str, since: str, values: Choice, *, curves: bool = False) -> list[dict[str, Any]]:
        nonlocal answered
        stop_ms = round(NOW_S * 1000)
        (query,) = expanded([text], values, stop_ms - round(PERIODS_S[since] * 1000), stop_ms)
        started = time.perf_counter()
        answer = client.query(query, client.settings.buckets[curves])
        took.append((1000 * (time.perf_counter() - started), name))
        answered += bool(answer)
        return answer

    values: dict[str, str | Sequence[str]] = dict(_chosen())
    for variable in board.variables:
        if variable.kind == "query":
            found = [row[1] for series in ask(variable.label, variable.query, board.since, values)
                     for row in series["values"]]  # fmt: skip
            first = [str(found[0])] if found else []
            values.setdefault(variable.name, variable.every if variable.several else first)
    for panel in board.panels:
        for asked in panel.queries:
            ask(panel.title, asked.text, panel.since or board.since, values, curves=asked.curves)
    for event in board.annotations:
        ask(event.name, event.query, board.since, values)
    _log(sorted(took)[-6:])
    slowest_ms, slowest = max(took)
    return _Took(sum(ms for ms, _ in took), slowest_ms, slowest, answered, len(took))


def _log(said: object) -> None:
    print(datetime.now(UTC).time(), said, file=sys.stderr, flush=True)
