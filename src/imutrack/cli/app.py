"""The commands, by name."""

from typing import Annotated

import typer

from imutrack.cli.catalogue import exercises, formats, wearables
from imutrack.cli.collect import collect, scan
from imutrack.cli.correct import correct
from imutrack.cli.dashboards import app as dashboards
from imutrack.cli.demo import demo
from imutrack.cli.erase import erase
from imutrack.cli.export import export
from imutrack.cli.influx import app as influx
from imutrack.cli.influx import doctor, sync
from imutrack.cli.info import info
from imutrack.cli.note import note
from imutrack.cli.patient import app as patient
from imutrack.cli.plan import app as plan
from imutrack.cli.replay import replay
from imutrack.cli.report import report
from imutrack.cli.review import review
from imutrack.cli.rollup import rollup
from imutrack.cli.session import session, task
from imutrack.cli.simulate import simulate
from imutrack.cli.today import today
from imutrack.cli.treatment import treatment
from imutrack.cli.validate import validate
from imutrack.cli.watch import watch

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


_COMMANDS = (
    demo, info, replay, today, report, review, correct, note, treatment, rollup, export, erase, sync, doctor,
    exercises, formats, wearables, scan, collect, watch, simulate, validate,
)  # fmt: skip
for command in _COMMANDS:
    app.command()(command)
app.add_typer(session, name="session")
app.add_typer(task, name="task")
app.add_typer(patient, name="patient")
app.add_typer(plan, name="plan")
app.add_typer(influx, name="influx")
app.add_typer(dashboards, name="dashboards")
