"""``imutrack report``: one page about one patient."""

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from imutrack.cli.desk import at_desk
from imutrack.cli.options import Config, DataDir

__all__ = ["report"]

_DAY = ["%Y-%m-%d"]


def report(
    patient: Annotated[str, typer.Argument(help="Pseudonym of the patient.")],
    since: Annotated[datetime | None, typer.Option("--since", formats=_DAY, help="First day, as 2026-03-01.")] = None,
    until: Annotated[datetime | None, typer.Option("--until", formats=_DAY, help="Last day, as 2026-03-14.")] = None,
    full: Annotated[bool, typer.Option("--full", help="Add every set and entry, on more pages.")] = False,
    audience: Annotated[str, typer.Option("--for", help="therapist or patient.")] = "therapist",
    out: Annotated[Path | None, typer.Option("--out", help="File to write; else in the data directory.")] = None,
    data_dir: DataDir = None,
    config: Config = None,
) -> None:
    """Write a one-page report about a patient.

    It opens in any browser, works offline and prints on one A4 page.
    """
    from imutrack.clinic.rules import rules_of
    from imutrack.errors import SettingsError
    from imutrack.report import Audience, write

    if audience not in list(Audience):
        raise SettingsError(f"--for {audience}: use {' or '.join(Audience)}")
    with at_desk(data_dir, config) as desk:
        pseudonym = desk.patients.require(patient)
        desk.refresh_to_show()
        if out is None:
            whose = pseudonym if audience == Audience.THERAPIST else f"{pseudonym}-for-patient"
            out = desk.settings.data_dir / "reports" / f"{whose}.html"
            out.parent.mkdir(mode=0o700, exist_ok=True)
        write(
            desk.store,
            pseudonym,
            out,
            since.date() if since else None,
            until.date() if until else None,
            full,
            Audience(audience),
            now=desk.now,
            zone=desk.zone,
            rules=rules_of(desk.settings),
        )
    print(out)
