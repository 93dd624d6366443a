"""The commands, by name."""

import typer

from imutrack.cli.catalogue import exercises, formats
from imutrack.cli.demo import demo
from imutrack.cli.info import info
from imutrack.cli.patient import app as patient
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
)
for command in (demo, info, replay, report, exercises, formats, validate):
    app.command()(command)
app.add_typer(patient, name="patient")
