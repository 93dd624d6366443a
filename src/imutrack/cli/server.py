"""What commands do with the server, where the settings name one: send what waits, and erase there too."""

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from imutrack.config import Settings
    from imutrack.influx import Access, Client
    from imutrack.stores.local import LocalStore

__all__ = ["access_there", "erase_there", "keep_within_quota", "send_briefly"]

_MB: Final = 1_000_000
_BRIEFLY_S: Final = 5.0  # a command is not kept waiting for a server; `imutrack sync` and the collector are


def send_briefly(store: "LocalStore", settings: "Settings") -> None:
    """Send what waits, for a moment; what cannot be sent now is kept, and one line says so."""
    from imutrack.cli.output import warn
    from imutrack.errors import ImutrackError
    from imutrack.stores import outbox
    from imutrack.words import counted

    if not settings.influx or not outbox.is_on(store) or not outbox.waiting(store).batches:
        return
    try:
        _send(store, settings)
    except ImutrackError as error:  # somebody else is sending, or the token is missing: nothing is lost
        warn(str(error))
        return
    finally:
        keep_within_quota(store, settings)
    if left := outbox.waiting(store).points:
        warn(f"{counted(left, 'point')} wait for InfluxDB, none is lost: see imutrack sync and imutrack doctor")


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
    from imutrack.influx import erase_waiting, sending_alone
    from imutrack.stores import outbox

    if not outbox.to_erase(store):
        return True
    try:
        with _client(settings) as client, sending_alone(store):
            erased = erase_waiting(store, client)
    except ImutrackError as error:
        warn(f"not erased on the server yet: {error}; imutrack sync tries again")
        return False
    for each in erased.values():
        if each.complete:
            print("on the server: 0 points left")
        else:
            warn(f"on the server: {each.problem}")
    return all(each.complete for each in erased.values())


def _send(store: "LocalStore", settings: "Settings") -> None:
    import time

    from imutrack.influx import Sender, erase_waiting, sending_alone

    with _client(settings) as client, sending_alone(store):
        erase_waiting(store, client)
        Sender(store, client, time.monotonic, time.sleep).drain(time.monotonic() + _BRIEFLY_S)


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


def _client(settings: "Settings") -> "Client":
    from imutrack.influx import Client

    return Client(access_there(settings))
