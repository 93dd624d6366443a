"""``imutrack influx setup``, ``imutrack sync`` and ``imutrack doctor``: results on a server."""

import os
from contextlib import ExitStack
from typing import TYPE_CHECKING, Annotated

import typer

from imutrack.cli.desk import at_desk, print_wrapped
from imutrack.cli.options import Config, DataDir
from imutrack.cli.server import access_there, keep_within_quota, print_erased, said_by_the_command, warn_of_rest
from imutrack.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from imutrack.config import Settings
    from imutrack.influx import Client, Finding, Sent

__all__ = ["app", "doctor", "sync"]


app = typer.Typer(name="influx", help="Set InfluxDB up for results.", no_args_is_help=True)


@app.callback()
def influx() -> None:
    """Set InfluxDB up for results."""


@app.command("setup")
def set_up(config: Config = None) -> None:
    """Make the buckets on the server; what is there already stays.

    Needs the token of an administrator, this once: IMUTRACK_INFLUX_TOKEN=... imutrack influx setup
    """
    from imutrack import config as configuration
    from imutrack.influx import Client, setup

    settings = configuration.load(config)
    with Client(access_there(settings)) as client:
        _print(setup(client, settings.trace_days))


@app.command("off")
def off(data_dir: DataDir = None, config: Config = None) -> None:
    """Keep no more changes for a server, and forget those that wait; what the server has stays there.

    imutrack sync begins anew, with everything.
    """
    from imutrack.stores import outbox

    with at_desk(data_dir, config, sends=False) as desk:
        if patients := outbox.to_erase(desk.store):
            raise SettingsError(
                f"{', '.join(patients)} must still be erased on the server: run imutrack sync first, or there is no "
                "telling what is left there"
            )
        waiting = outbox.waiting(desk.store).points
        outbox.switch(desk.store, on=False)
    print(
        f"no changes are kept for InfluxDB any more; {waiting} that waited are forgotten. The local store has them all."
    )


def sync(
    everything: Annotated[bool, typer.Option("--all", help="Send all that the local store holds again.")] = False,
    wait: Annotated[float, typer.Option(min=0, help="Seconds to try for, where the server takes nothing.")] = 60.0,
    data_dir: DataDir = None,
    config: Config = None,
) -> None:
    """Send what waits to InfluxDB.

    Sending something again changes nothing there.
    """
    import time

    from imutrack.influx import Client, Sender, erase_waiting, sending_alone
    from imutrack.stores import outbox

    with (
        at_desk(data_dir, config, sends=False) as desk,
        Client(access_there(desk.settings)) as client,
        sending_alone(desk.store),
    ):
        outbox.switch(desk.store, on=True)
        if everything or outbox.to_fill(desk.store):
            outbox.refill(desk.store)
        erased = erase_waiting(desk.store, client)
        with said_by_the_command():
            sent = Sender(desk.store, client, time.monotonic, time.sleep).drain(time.monotonic() + wait)
        keep_within_quota(desk.store, desk.settings)
        left = outbox.waiting(desk.store)
    print_erased(erased)
    _print_sent(sent, left.points)
    if sent.set_aside or left.points or not all(each.complete for each in erased.values()):
        raise typer.Exit(1)


def doctor(data_dir: DataDir = None, config: Config = None) -> None:
    """Walk from the settings to the server's points and name the fix for what is wrong."""
    from imutrack import config as configuration

    _print(_walk(configuration.load(config, data_dir)))


def _walk(settings: "Settings") -> "Iterator[Finding]":
    """Yield what is found; a store that is missing does not end it, as the server is often set up first."""
    import time

    from imutrack.errors import StoreError
    from imutrack.influx import Client, Finding, examine
    from imutrack.influx.doctor import examine_settings
    from imutrack.stores.local import LocalStore

    found, access = examine_settings(settings.influx, os.environ, settings.source)
    yield found
    with ExitStack() as stack:
        store = None
        try:
            store = stack.enter_context(LocalStore.open(settings.data_dir, create=False))
        except StoreError as error:
            what, _, fix = str(error).rpartition(": ")
            yield Finding(False, what, fix)
        if access is None:
            return
        client = stack.enter_context(Client(access))
        clinic, days = settings.clinic, settings.trace_days
        yield from examine(client, store, clinic=clinic, trace_days=days, now=time.time())
        if settings.grafana:
            yield from _of_grafana(settings, client)


def _of_grafana(settings: "Settings", client: "Client") -> "list[Finding]":
    """Look whether Grafana shows what is stored."""
    from imutrack.errors import ImutrackError
    from imutrack.grafana.parts import parts_of
    from imutrack.grafana.server import Grafana
    from imutrack.grafana.settings import access_of, grafana_of
    from imutrack.grafana.standing import checked
    from imutrack.influx import Finding

    try:
        server = grafana_of(settings.grafana, settings.source)
        parts = parts_of(settings.timezone, client.settings, client.major, server.influx_url)
        with Grafana(access_of(server, os.environ, settings.source)) as grafana:
            return [*checked(grafana, None, parts)]
    except ImutrackError as error:
        return [Finding(False, "Grafana", str(error))]


def _print(findings: "Iterable[Finding]") -> None:
    """Print findings; those that need something end the command with status 1."""
    wrong = 0
    for finding in findings:
        wrong += not finding.ok
        print_wrapped(finding.what, "ok    " if finding.ok else "WRONG ")
        if finding.fix:
            print_wrapped(finding.fix, "      -> ")
    if wrong:
        raise typer.Exit(1)


def _print_sent(sent: "Sent", left: int) -> None:
    from imutrack.words import counted

    print(f"{counted(sent.points, 'point')} sent" if sent.requests or left else "nothing waited to be sent")
    if sent.expired:
        print(f"{counted(sent.expired, 'point')} of curves older than the server keeps them: left out")
    warn_of_rest(sent, left)
