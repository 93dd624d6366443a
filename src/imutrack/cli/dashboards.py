"""``imutrack dashboards``: what Grafana shows, checked, written anew, and put into a Grafana."""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from imutrack.cli.options import Config

if TYPE_CHECKING:
    from imutrack.config import Settings
    from imutrack.influx import Access, Token

__all__ = ["app"]

app = typer.Typer(name="dashboards", help="Check, write or deploy the dashboards of Grafana.", no_args_is_help=True)


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


@app.command("deploy")
def put_in_place(
    org: Annotated[str | None, typer.Option("--org", metavar="NAME", help="Organisation of the clinic.")] = None,
    url: Annotated[str | None, typer.Option("--url", help="Grafana's address; else that of the settings.")] = None,
    renew_token: Annotated[
        bool, typer.Option("--renew-token", help="Send the token for reading again, where it was changed.")
    ] = False,
    config: Config = None,
) -> None:
    """Put datasources, dashboards and alert rules into a Grafana; what is there already stays as it is.

    IMUTRACK_GRAFANA_TOKEN is for Grafana, IMUTRACK_INFLUX_READ_TOKEN is what Grafana reads results with.
    """
    from imutrack import config as configuration
    from imutrack.cli.output import warn
    from imutrack.grafana import settings as of_grafana
    from imutrack.grafana.deploy import deploy
    from imutrack.grafana.files import require_name
    from imutrack.grafana.parts import parts_of
    from imutrack.grafana.server import Grafana
    from imutrack.influx import Client

    settings = configuration.load(config)
    require_name(settings.timezone)
    server = of_grafana.grafana_of(settings.grafana, settings.source, url)
    read_token = of_grafana.read_token_of(server, os.environ, settings.source)
    with (
        Client(_reading(settings, read_token)) as client,
        Grafana(of_grafana.access_of(server, os.environ, settings.source)) as grafana,
    ):
        parts = parts_of(settings.timezone, client.settings, client.major, server.influx_url)
        done = deploy(grafana, org, parts, read_token, renew=renew_token)
    print(f"{done.org}: {done.made} made, {done.changed} changed, {done.unchanged} as they should be")
    for trouble in done.troubles:
        warn(trouble)
    if done.troubles:
        raise typer.Exit(1)


def _reading(settings: "Settings", token: "Token") -> "Access":
    """Return the way into InfluxDB with the token that Grafana gets."""
    from imutrack.cli.server import access_there
    from imutrack.influx.settings import TOKEN_VARIABLE

    return access_there(settings, {**os.environ, TOKEN_VARIABLE: token.reveal()})
