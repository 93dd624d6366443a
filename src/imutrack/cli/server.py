"""What commands do with the server, where the settings name one: send what waits, and erase there too."""

import os
from collections.abc import Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Generator

    from imutrack.config import Settings
    from imutrack.influx import Access, Erased, Sent
    from imutrack.stores.local import LocalStore

__all__ = [
    "access_there",
    "erase_there",
    "keep_within_quota",
    "print_erased",
    "said_by_the_command",
    "send_briefly",
    "warn_of_rest",
]

_MB: Final = 1_000_000
_BRIEFLY_S: Final = 5.0  # a command is not kept waiting for a server; `imutrack sync` and the collector are


def send_briefly(store: "LocalStore", settings: "Settings") -> None:
    """Send what waits, for a moment; what cannot be sent now is kept, and one line says so.

    A server that is away is not waited for: it is asked once.
    """
    from imutrack.cli.output import warn
    from imutrack.errors import ImutrackError
    from imutrack.stores import outbox
    from imutrack.words import counted

    if not outbox.is_on(store) or not outbox.waiting(store).batches:
        return
    if not settings.influx:
        warn("changes are kept for InfluxDB, but the settings name none: put [influx] back, or run imutrack influx off")
        return
    try:
        try:
            with said_by_the_command():
                sent = _send(store, settings)
        finally:
            keep_within_quota(store, settings)
    except ImutrackError as error:  # somebody else is sending, or [influx] or the token is wrong: nothing is lost
        warn(str(error))
        return
    warn_of_rest(sent, outbox.waiting(store).points)
    if still := len(outbox.to_erase(store)):
        gone = f"{counted(still, 'pseudonym')} erased or renamed here, not known to be gone from the server"
        warn(f"{gone}: see imutrack doctor")


@contextmanager
def said_by_the_command() -> "Generator[None]":
    """Keep out of the log what the command says itself; with ``--debug`` it is there as well."""
    import logging

    log = logging.getLogger("imutrack.influx")
    before = log.level
    if log.getEffectiveLevel() > logging.DEBUG:
        log.setLevel(logging.ERROR)
    try:
        yield
    finally:
        log.setLevel(before)


def warn_of_rest(sent: "Sent", left: int) -> None:
    """Say what the server refused, and how much it has not got yet and why."""
    from imutrack.cli.output import warn
    from imutrack.influx.sender import said_by
    from imutrack.words import counted

    if sent.set_aside:
        warn(f"{counted(sent.set_aside, 'point')} set aside, as the server refused them: run imutrack doctor")
    if left:
        why = said_by(sent.kept) if sent.kept else "the time was up"
        kept = f"{counted(left, 'point')} kept, as not all could be sent ({why})"
        warn(f"{kept}; none is lost: run imutrack doctor, then imutrack sync")


def keep_within_quota(store: "LocalStore", settings: "Settings") -> None:
    """Let the oldest curves go where more waits than the settings allow, and say how many."""
    from imutrack.cli.output import warn
    from imutrack.influx import influx_of
    from imutrack.stores import outbox
    from imutrack.words import counted

    server = influx_of(settings.influx, settings.source)
    if server is not None and (trimmed := outbox.trim(store, server.quota_mb * _MB)):
        warn(f"{counted(trimmed, 'point')} of curves dropped, as more waits than quota_mb allows; results are all kept")


def erase_there(store: "LocalStore", settings: "Settings") -> bool:
    """Erase on the server who was erased here, and say what is left there; return whether all is gone."""
    from imutrack.cli.output import warn
    from imutrack.errors import ImutrackError
    from imutrack.influx import Client, erase_waiting, sending_alone
    from imutrack.stores import outbox

    if not outbox.to_erase(store):
        return True
    try:
        with Client(access_there(settings)) as client, sending_alone(store):
            erased = erase_waiting(store, client)
    except ImutrackError as error:
        warn(f"not erased on the server yet: {error}; imutrack sync tries again")
        return False
    print_erased(erased)
    return all(each.complete for each in erased.values())


def print_erased(erased: "Mapping[str, Erased]") -> None:
    """Say of each patient who was to be erased on the server what is left there."""
    from imutrack.cli.output import warn
    from imutrack.words import counted

    for patient, each in erased.items():
        if each.complete:
            print(f"{patient}: erased on the server, 0 points left")
        else:
            left = "" if each.left is None else f"{counted(sum(each.left.values()), 'point')} left on the server: "
            warn(f"{patient}: {left}{each.problem}")


def _send(store: "LocalStore", settings: "Settings") -> "Sent":
    import time

    from imutrack.influx import Client, Sender, SenderParams, erase_waiting, sending_alone

    briefly = SenderParams(first_wait_s=2 * _BRIEFLY_S)  # half of it is chance: the first no ends it
    with Client(access_there(settings).within(_BRIEFLY_S)) as client, sending_alone(store):
        erase_waiting(store, client)
        sender = Sender(store, client, time.monotonic, time.sleep, params=briefly)
        return sender.drain(time.monotonic() + _BRIEFLY_S)


def access_there(settings: "Settings", environment: Mapping[str, str] = os.environ) -> "Access":
    """Return the InfluxDB of the settings with its token.

    Args:
        settings: of the clinic.
        environment: variables, of which one may hold the token.

    Raises:
        SettingsError: the settings name none, or there is no token that can be used.
    """
    from imutrack.errors import SettingsError
    from imutrack.influx import access_of, influx_of

    server = influx_of(settings.influx, settings.source)
    if server is None:
        raise SettingsError(f'{settings.source or "imutrack.toml"} names no InfluxDB: write [influx] and url = "..."')
    return access_of(server, environment, settings.source)
