"""``imutrack demo``: the whole path on bundled recordings, from nothing to a report; or a whole synthetic clinic."""

from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from imutrack.clinic.patients import Patients

__all__ = ["demo", "register_all"]


def demo(
    patients: Annotated[
        int, typer.Argument(metavar="[PATIENTS]", help="With --clinic: how many.", min=1, show_default=True)
    ] = 500,
    clinic: Annotated[bool, typer.Option("--clinic", help="Make a synthetic clinic instead.")] = False,
    days: Annotated[int, typer.Option("--days", min=1, help="With --clinic: how many days, up to today.")] = 180,
    out: Annotated[
        Path | None,
        typer.Option("--out", help="Folder of its own; else imutrack-demo, or imutrack-clinic with --clinic."),
    ] = None,
) -> None:
    """Turn bundled recordings into results and a report, or make a synthetic clinic.

    Touches nothing but its own folder.
    """
    if clinic:
        _clinic(patients, days, out or Path("imutrack-clinic"))
    else:
        _recordings(out or Path("imutrack-demo"))


def _clinic(patients: int, days: int, out: Path) -> None:
    """Make a clinic of synthetic patients, with all they did and said up to now."""
    import time
    from datetime import datetime
    from shlex import quote

    from imutrack import config, words
    from imutrack.cli.output import StatusLine, console
    from imutrack.clinic.rollup import refresh
    from imutrack.demo.clinic import fill
    from imutrack.stores.local import LocalStore
    from imutrack.synthetic.clinic import ClinicParams
    from imutrack.synthetic.clinic import clinic as synthetic_clinic

    settings, now = config.load(data=out), time.time()
    today = datetime.fromtimestamp(now, settings.zone).date()
    params = ClinicParams(patients=patients, days=days, end=today, zone=settings.zone)
    with LocalStore.open(out) as store, StatusLine() as status:
        made = synthetic_clinic(params)
        filled = fill(store, made, settings.zone, settings.clinic, now, progress=status.show)
        status.show("days and verdicts")
        refresh(store, settings, now)
    print(
        f"{words.counted(len(filled.names), 'patient')} over {words.counted(days, 'day')}, {filled.results} sets and "
        f"tests, in {out.resolve()}\n"
    )
    console().print(words.SYNTHETIC, markup=False)
    print(f"""
Next:
  who needs a look, and why          imutrack today --data-dir {quote(str(out))}
  one patient on a page              imutrack report PATIENT --data-dir {quote(str(out))}
  what needs a name or a decision    imutrack review --data-dir {quote(str(out))}""")


def _recordings(out: Path) -> None:
    """Turn bundled recordings into results and a report."""
    import time
    from datetime import UTC, datetime
    from shlex import quote

    from imutrack import config, words
    from imutrack.cli.output import StatusLine, console, print_results
    from imutrack.cli.replayed import Printer, as_counting
    from imutrack.clinic.patients import Patients
    from imutrack.clinic.rollup import refresh
    from imutrack.corrections import Corrected
    from imutrack.demo import (
        SYNTHETIC_PATIENT,
        bundled_folder,
        labels,
        real_recordings,
        synthetic_days,
        synthetic_recordings,
    )
    from imutrack.demo.story import tell
    from imutrack.replay import store_results
    from imutrack.report import write
    from imutrack.stores.local import LocalStore

    settings = config.load(data=out)
    printer, report = Printer(settings), out / "report.html"
    with bundled_folder() as folder, LocalStore.open(out) as store, StatusLine() as status:
        register_all(Patients(store), sorted({*labels(folder).patients, SYNTHETIC_PATIENT}))
        print("Real recordings, free to share (see NOTICE)\n")
        for replayed in real_recordings(folder, store):
            printer.show(replayed, store_results(replayed, store, clinic=settings.clinic, zone=settings.zone))
        print(f"Patient {SYNTHETIC_PATIENT} over six weeks. {words.SYNTHETIC}\n")
        made: list[Corrected] = []
        days = synthetic_days(datetime.now(UTC).date())
        for replayed in synthetic_recordings(days):
            stored = store_results(replayed, store, clinic=settings.clinic, zone=settings.zone)
            printer.count(replayed, stored)
            made += as_counting(replayed, stored)
            status.show(replayed.name)
        status.clear()
        print_results(made, settings.zone, "synthetic")
        now = time.time()
        tell(store, settings, days, now)
        refresh(store, settings, now)
        write(store, SYNTHETIC_PATIENT, report, now=now, zone=settings.zone)
    printer.close()
    print(f"report: {report.resolve()}\n")
    console().print(words.DISCLAIMER, markup=False)
    print(f"""
Next:
  every set of the synthetic patient     imutrack report {SYNTHETIC_PATIENT} --full --data-dir {quote(str(out))}
  what a file of yours holds             imutrack info YOUR_FILE
  its repetitions, angles, sway, times   imutrack replay YOUR_FILE
  a pseudonym to keep results under      imutrack patient add
  a whole clinic, all synthetic          imutrack demo --clinic 40""")


def register_all(register: "Patients", names: Iterable[str]) -> None:
    """Register patients; one who is, be it by another demo into this folder a moment ago, stays registered."""
    from imutrack.errors import SettingsError

    for name in names:
        with suppress(SettingsError):
            register.add(name)
