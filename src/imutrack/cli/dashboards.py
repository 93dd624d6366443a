"""``imutrack dashboards``: what Grafana shows, checked and written anew."""

from pathlib import Path
from typing import Annotated

import typer

__all__ = ["app"]

app = typer.Typer(name="dashboards", help="Check or write the dashboards of Grafana.", no_args_is_help=True)


@app.command()
def check(
    folder: Annotated[Path, typer.Argument(metavar="[FOLDER]", help="Where the files are.")] = Path("dashboards"),
) -> None:
    """Hold the dashboards, alert rules and provisioning against what is stored."""
    from imutrack.errors import SettingsError
    from imutrack.grafana.checking import problems
    from imutrack.words import counted

    if not folder.is_dir():
        raise SettingsError(f"{folder}: no such folder: name the one that holds the dashboards")
    found = problems(folder)
    for problem in found:
        print(problem)
    if found:
        print(f"{counted(len(found), 'problem')} in {folder}")
        raise typer.Exit(1)
    print(f"{folder}: all is right")


@app.command()
def build(
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="Folder to write to.")],
    zone: Annotated[
        str | None, typer.Option("--tz", metavar="ZONE", help="The clinic's time zone, IANA; else UTC.")
    ] = None,
) -> None:
    """Write the files anew, for Grafana to read."""
    from imutrack.grafana.files import DEFAULT_ZONE, write
    from imutrack.words import counted

    changed = write(out, zone or DEFAULT_ZONE)
    for path in changed:
        print(path)
    print(f"{counted(len(changed), 'file')} written, the others were as they should be")
