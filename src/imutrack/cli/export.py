"""``imutrack export``: everything of one patient, to take elsewhere."""

from pathlib import Path
from typing import Annotated

import typer

from imutrack.cli.desk import PatientName, at_desk
from imutrack.cli.options import Config, DataDir

__all__ = ["export"]


def export(
    patient: PatientName,
    to: Annotated[str, typer.Option("--to", help="fhir (one file for other systems) or csv (tables in a folder).")],
    out: Annotated[
        Path | None, typer.Option("--out", help="File (fhir) or folder (csv) to write; else in the data directory.")
    ] = None,
    data_dir: DataDir = None,
    config: Config = None,
) -> None:
    """Write everything that is stored of a patient, for another system or a spreadsheet.

    An older export in the same place is replaced. What is written can be read by its owner alone.
    """
    from imutrack.clinic.export import FORMATS, NOTE, gather, write
    from imutrack.errors import SettingsError
    from imutrack.words import SYNTHETIC

    if to not in FORMATS:
        raise SettingsError(f"--to {to}: use {' or '.join(FORMATS)}")
    with at_desk(data_dir, config) as desk:
        name = desk.patients.require(patient)
        desk.refresh()
        done = write(gather(desk.store, name), to, out, directory=desk.settings.data_dir, zone=desk.zone)
    print(done.place)
    for what, number in done.counts.items():
        print(f"  {number:>6}  {what}")
    print(SYNTHETIC if done.synthetic else NOTE)
