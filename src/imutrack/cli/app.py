"""The commands, by name."""

from typing import Annotated

import typer

from imutrack.cli.catalogue import exercises, formats
from imutrack.cli.demo import demo
from imutrack.cli.info import info
from imutrack.cli.patient import app as patient
from imutrack.cli.plan import app as plan
from imutrack.cli.replay import replay
from imutrack.cli.report import report
from imutrack.cli.validate import validate

__all__ = ["app"]

app = typer.Typer(
    name="imutrack",
    help="Wearable-sensor progress monitor for physiotherapy. Not a medical device.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    epilog="--debug anywhere on the line shows the traceback of an error.",
)


def _print_version(asked: bool) -> None:
    if asked:
        from importlib.metadata import version

        print(f"imutrack {version('imutrack')}")
        raise typer.Exit


@app.callback()
def every_command(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version and exit.")
    ] = False,
) -> None:
    """Hold what goes before every command."""


for command in (demo, info, replay, report, exercises, formats, validate):
    app.command()(command)
app.add_typer(patient, name="patient")
app.add_typer(plan, name="plan")
