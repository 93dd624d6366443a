"""``imutrack demo``: the whole path on bundled recordings, from nothing to a report."""

from pathlib import Path
from typing import Annotated

import typer

__all__ = ["demo"]


def demo(
    out: Annotated[Path, typer.Option("--out", help="Folder for the demo's own store and report.")] = Path(
        "imutrack-demo"
    ),
) -> None:
    """Turn bundled recordings into results and a report; touches nothing but its own folder."""
    import time
    from contextlib import suppress

    from imutrack import config, words
    from imutrack.cli.output import StatusLine
    from imutrack.cli.replayed import Printer
    from imutrack.clinic.patients import Patients
    from imutrack.demo import SYNTHETIC_PATIENT, bundled_folder, labels, real_recordings, synthetic_recordings
    from imutrack.errors import SettingsError
    from imutrack.replay import store_results
    from imutrack.report import write
    from imutrack.stores.local import LocalStore

    settings = config.load(data=out)
    printer, report = Printer(settings), out / "report.html"
    with bundled_folder() as folder, LocalStore.open(out) as store, StatusLine() as status:
        register = Patients(store)
        for name in sorted({*labels(folder).patients, SYNTHETIC_PATIENT} - {p.pseudonym for p in register.list()}):
            with suppress(SettingsError):  # another demo into this folder was quicker
                register.add(name)
        print("Real recordings, free to share (see NOTICE)\n")
        for replayed in real_recordings(folder, store):
            printer.show(replayed, store_results(replayed, store, clinic="demo", zone=settings.zone))
        print(f"Patient {SYNTHETIC_PATIENT} over six weeks. {words.SYNTHETIC}")
        for replayed in synthetic_recordings():
            printer.count(replayed, store_results(replayed, store, clinic="demo", zone=settings.zone))
            status.show(replayed.name)
        write(store, SYNTHETIC_PATIENT, report, now=time.time(), zone=settings.zone)
    printer.close()
    print(f"""report: {report.resolve()}

{words.DISCLAIMER}

Next:
  imutrack report {SYNTHETIC_PATIENT} --data-dir {out} --full    every set of the synthetic patient
  imutrack info YOUR_FILE                                what a recorded file of yours holds
  imutrack replay YOUR_FILE                              its repetitions, angles, sway or times
  imutrack patient add                                   a pseudonym to keep results under""")
