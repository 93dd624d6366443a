"""``imutrack session`` and ``imutrack task``: who wears which straps and what is done, asked of the collector."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Annotated, Any

import typer

from imutrack.cli.options import Config, DataDir

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["ask_collector", "session", "task"]

session = typer.Typer(name="session", help="Who wears which straps now.", no_args_is_help=True)
task = typer.Typer(name="task", help="What is done now: sets, trials and tests.", no_args_is_help=True)

_Patient = Annotated[str, typer.Argument(metavar="PATIENT", help="Pseudonym.")]
_Whose = Annotated[
    str | None, typer.Argument(metavar="[PATIENT]", help="Pseudonym; not needed while one session is open.")
]
_Wear = Annotated[
    list[str], typer.Option("--wear", metavar="STRAP=PLACE", help="Such as 3=left_shank; again for each strap.")
]


@session.command("start")
def session_start(
    patient: _Patient,
    wear: _Wear,
    force: Annotated[bool, typer.Option("--force", help="Although the machine's clock was set meanwhile.")] = False,
    data_dir: DataDir = None,
    config: Config = None,
) -> None:
    """Start a session: what the straps send is captured for this patient from now on."""
    _tell({"do": "session start", "patient": patient, "wear": wear, "force": force}, data_dir, config)


@session.command("wear")
def session_wear(wear: _Wear, patient: _Whose = None, data_dir: DataDir = None, config: Config = None) -> None:
    """Put on another strap during a session, or put one on elsewhere."""
    _tell({"do": "session wear", "patient": patient, "wear": wear}, data_dir, config)


@session.command("stop")
def session_stop(patient: _Whose = None, data_dir: DataDir = None, config: Config = None) -> None:
    """End a session; a set that is being done is ended first and kept."""
    _tell({"do": "session stop", "patient": patient}, data_dir, config)


@task.command("start")
def task_start(
    patient: _Whose = None,
    exercise: Annotated[str | None, typer.Option("--exercise", help="Id or name; else the next of the plan.")] = None,
    trial: Annotated[str | None, typer.Option("--trial", help="Balance trial or test.")] = None,
    side: Annotated[str | None, typer.Option("--side", help="left, right or both.")] = None,
    force: Annotated[
        bool, typer.Option("--force", help="Without the set-up check, or with a silent strap; the result says so.")
    ] = False,
    data_dir: DataDir = None,
    config: Config = None,
) -> None:
    """Begin a set, trial or test: the next one of the patient's plan, or what is said."""
    request = {"do": "task start", "patient": patient, "exercise": exercise, "trial": trial, "side": side}
    _tell({**request, "force": force}, data_dir, config)


@task.command("stop")
def task_stop(patient: _Whose = None, data_dir: DataDir = None, config: Config = None) -> None:
    """End the set that is being done; `imutrack watch` and `imutrack report` show what came of it."""
    _tell({"do": "task stop", "patient": patient}, data_dir, config)


def ask_collector(
    request: Mapping[str, Any], data_dir: "Path | None", config: "Path | None", *, silent_s: float | None = 60.0
) -> Iterator[dict[str, Any]]:
    """Ask the collector that runs for these settings.

    Raises:
        SettingsError: none runs here, or it cannot do what is asked.
    """
    from imutrack import config as settings_file
    from imutrack.collector.control.client import ask, socket_path

    settings = settings_file.load(config, data_dir)
    socket = settings.collector.get("socket")
    return ask(socket_path(socket if isinstance(socket, str) else None, settings.data_dir), request, silent_s=silent_s)


def _tell(request: Mapping[str, Any], data_dir: "Path | None", config: "Path | None") -> None:
    refused = False
    for answer in ask_collector(request, data_dir, config):
        if answer.get("refused"):
            from imutrack.cli.output import warn  # which loads much

            refused = True
            warn(str(answer["said"]))
        elif "said" in answer:
            print(answer["said"], flush=True)
    if refused:
        raise typer.Exit(1)
