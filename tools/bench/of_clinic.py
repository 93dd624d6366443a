"""The clinic's own layer: a whole clinic from nothing, one patient after one new set, and today's list."""

import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

from measuring import RUNS, of_call, of_process

from imutrack import config
from imutrack.clinic.rollup import refresh
from imutrack.results import Result
from imutrack.stores.local import LocalStore

IMUTRACK = str(Path(sys.executable).with_name("imutrack"))
PATIENTS, DAYS = 500, 180


def section() -> str:
    """Return the section of the page."""
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder)
        words = ("demo", "--clinic", str(PATIENTS), "--days", str(DAYS), "--out", folder)
        subprocess.run([IMUTRACK, *words], capture_output=True, check=True)
        settings = config.load(data=data)
        with LocalStore.open(data) as store:
            rows = [
                ("roll-up of the whole clinic from nothing", _whole(store, settings), "days and verdicts"),
                (
                    "one new set of one patient",
                    _one_set(store, settings),
                    "stored, days and verdicts brought up to date",
                ),
                ("days of all patients on the next day", _next_day(store, settings), "when nothing else came; one run"),
            ]
            counts = {name: _count(store, name) for name in ("exercise_set", "rep", "patient_day", "change")}
        today = of_process([IMUTRACK, "today", "--data-dir", folder])
        size = (data / "imutrack.sqlite3").stat().st_size
    rows.append(("`imutrack today`", today, "the whole command"))
    table = "\n".join(
        f"| {name} | {seconds:.3f} | {seconds / rows[0][1]:.4f} | {note} |" for name, seconds, note in rows
    )
    return f"""## A clinic of {PATIENTS} patients over {DAYS} days

Synthetic (`imutrack demo --clinic`): {counts["exercise_set"]:,} sets, {counts["rep"]:,} repetitions,
{counts["patient_day"]:,} days and {counts["change"]:,} verdicts, in a file of {size / 1e6:.0f} MB. The ratio is to the
whole roll-up.

| what | CPU s | ratio | note |
|---|---:|---:|---|
{table}
"""


def _whole(store: LocalStore, settings: config.Settings) -> float:
    def work() -> None:
        with store.database.transaction() as connection:
            connection.execute("DELETE FROM patient_day")
            connection.execute("DELETE FROM change")
        refresh(store, settings, time.time(), everything=True)

    return of_call(work, runs=1)


def _one_set(store: LocalStore, settings: config.Settings) -> float:
    """Store one more set of those who have most, and bring everything up to date; the median over some of them."""
    with store.database.reading() as connection:
        found = connection.execute(
            "SELECT patient, max(set_id) FROM exercise_set GROUP BY patient ORDER BY count(*) DESC LIMIT ?", (RUNS,)
        ).fetchall()
    costs = []
    for _, set_id in found:
        old = store.analysed(set_id)
        if old is None:
            continue
        new = replace(old, set_id="new0-" + set_id[5:], recording="new " + old.recording[4:], start=time.time() - 600.0)

        def work(result: Result = new) -> None:
            store.replace(result.recording, [result], clinic=settings.clinic, zone=settings.zone)
            refresh(store, settings, time.time())

        costs.append(of_call(work, runs=1))
    return sorted(costs)[len(costs) // 2]


def _next_day(store: LocalStore, settings: config.Settings) -> float:
    return of_call(lambda: refresh(store, settings, time.time() + 86_400.0), runs=1)


def _count(store: LocalStore, table: str) -> int:
    with store.database.reading() as connection:
        ((count,),) = connection.execute(f"SELECT count(*) FROM {table}")  # noqa: S608 - own names
    return int(count)
