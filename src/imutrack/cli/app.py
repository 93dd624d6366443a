"""The commands, by name."""

import typer

from imutrack.cli import catalogue, demo, info, patient, replay, report, validate

__all__ = ["app"]

app = typer.Typer(
    name="imutrack",
    help="Wearable-sensor progress monitor for physiotherapy. Not a medical device.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
app.command()(demo.demo)
app.command()(info.info)
app.command()(replay.replay)
app.command()(report.report)
app.add_typer(patient.app, name="patient")
app.command()(catalogue.exercises)
app.command()(catalogue.formats)
app.command()(validate.validate)
