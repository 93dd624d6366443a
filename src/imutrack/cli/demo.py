"""``imutrack demo``: the whole path on bundled recordings, from nothing to a report."""

from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from imutrack.clinic.patients import Patients

__all__ = ["demo", "register_all"]


def demo(
    out: Annotated[Path, typer.Option("--out", help="Folder for the demo's own store and report.")] = Path(
        "imutrack-demo"
    ),
) -> None:
    """Turn bundled recordings into results and a report.

    Touches nothing but its own folder.
    """
    import time
    from shlex import quote

    from imutrack import config, words
    from imutrack.cli.output import StatusLine, console, print_results
    from imutrack.cli.replayed import Printer, as_counting
    from imutrack.clinic.patients import Patients
    from imutrack.corrections import Corrected
    from imutrack.demo import SYNTHETIC_PATIENT, bundled_folder, labels, real_recordings, synthetic_recordings
    from imutrack.replay import store_results
    from imutrack.report import write
    from imutrack.stores.local import LocalStore

    settings = config.load(data=out)
    printer, report = Printer(settings), out / "report.html"
    with bundled_folder() as folder, LocalStore.open(out) as store, StatusLine() as status:
        register_all(Patients(store), sorted({*labels(folder).patients, SYNTHETIC_PATIENT}))
        print("Real recordings, free to share (see NOTICE)\n")
        for replayed in real_recordings(folder, store):
            printer.show(replayed, store_results(replayed, store, clinic="demo", zone=settings.zone))
        print(f"Patient {SYNTHETIC_PATIENT} over six weeks. {words.SYNTHETIC}\n")
        made: list[Corrected] = []
        for replayed in synthetic_recordings():
            stored = store_results(replayed, store, clinic="demo", zone=settings.zone)
            printer.count(replayed, stored)
            made += as_counting(replayed, stored)
            status.show(replayed.name)
        status.clear()
        print_results(made, settings.zone, "synthetic")
        write(store, SYNTHETIC_PATIENT, report, now=time.time(), zone=settings.zone)
    printer.close()
    print(f"report: {report.resolve()}\n")
    console().print(words.DISCLAIMER, markup=False)
    print(f"""
Next:
  every set of the synthetic patient     imutrack report {SYNTHETIC_PATIENT} --full --data-dir {quote(str(out))}
  what a file of yours holds             imutrack info YOUR_FILE
  its repetitions, angles, sway, times   imutrack replay YOUR_FILE
  a pseudonym to keep results under      imutrack patient add""")


def register_all(register: "Patients", names: Iterable[str]) -> None:
    """Register patients; one who is, be it by another demo into this folder a moment ago, stays registered."""
    from imutrack.errors import SettingsError

    for name in names:
        with suppress(SettingsError):
            register.add(name)
