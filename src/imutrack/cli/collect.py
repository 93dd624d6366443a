"""``imutrack collect`` and ``imutrack scan``: the wearables around, kept connected and captured."""

import logging
import os
from typing import TYPE_CHECKING, Annotated

import typer

from imutrack.cli.options import Config, DataDir
from imutrack.errors import LinkError, SettingsError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from imutrack.collector.settings import StrapSettings
    from imutrack.config import Settings
    from imutrack.sources.radio import Seen

__all__ = ["collect", "scan"]

log = logging.getLogger(__name__)


def collect(
    check: Annotated[bool, typer.Option("--check", help="Say what would be done, without a radio, and end.")] = False,
    data_dir: DataDir = None,
    config: Config = None,
) -> None:
    """Keep the straps of the settings connected, capture what they send, and answer the commands of sessions.

    Runs until it is told to end (Ctrl-C, or systemd): then sets, straps and captures are ended in order.
    """
    from imutrack import config as settings_file
    from imutrack.clinic.rules import rules_of
    from imutrack.collector.control.client import socket_path
    from imutrack.collector.control.listening import check_path
    from imutrack.collector.settings import collector_of, describe, straps_of
    from imutrack.influx import influx_of

    settings = settings_file.load(config, data_dir)
    collector, straps = collector_of(settings.collector, settings.source), straps_of(settings.straps, settings.source)
    rules_of(settings)  # now, and not when the first set of the day is stored
    influx_of(settings.influx, settings.source)
    if not straps:
        raise SettingsError(
            f"{settings.source or 'imutrack.toml'} names no strap: write [[strap]] with a label, a wearable and an "
            "address; imutrack scan shows what is near, and collectors/ has an example for each wearable"
        )
    check_path(socket_path(collector.socket, settings.data_dir), settings.data_dir)
    open_to_others = settings_file.open_to_others(settings.source)
    if check:
        for line in (*describe(collector, straps), *filter(None, [open_to_others])):
            print(line)
        return
    import asyncio

    from imutrack.collector.daemon import Daemon
    from imutrack.collector.guarding import tell_plainly
    from imutrack.collector.health import logs
    from imutrack.sources.ble import BleRadio

    logs.set_up(collector.log, [strap.label for strap in straps], journal="JOURNAL_STREAM" in os.environ)
    if open_to_others:
        log.warning("%s", open_to_others)

    async def run() -> None:
        tell_plainly(asyncio.get_running_loop())
        again, own = True, dict[str, str]()
        while again:
            radio = BleRadio(collector.adapter, acquire_notify=collector.acquire_notify)
            daemon = Daemon(settings, collector, straps, radio, own=own)
            await daemon.run()
            again, own = daemon.again, daemon.own

    asyncio.run(run())


def scan(
    seconds: Annotated[float, typer.Option("--for", min=1.0, help="How long to look, s.")] = 10.0,
    everything: Annotated[bool, typer.Option("--all", help="Also what is no wearable that imutrack knows.")] = False,
    data_dir: DataDir = None,
    config: Config = None,
) -> None:
    """Look for wearables and print what stands in [[strap]] for each that the settings do not have yet."""
    import asyncio
    from itertools import count

    from imutrack import config as settings_file
    from imutrack.collector.settings import collector_of

    settings = settings_file.load(config, data_dir)
    collector = collector_of(settings.collector, settings.source)
    found = asyncio.run(_look(collector.adapter, seconds))
    known = [(seen, kinds) for seen in found if (kinds := _kinds(seen)) or everything]
    if not known:
        print(f"no wearable seen in {seconds:.0f} s: is it switched on, near, and not connected to a phone?")
        raise typer.Exit(1)
    straps = _straps_in(settings)
    taken = {strap.label for strap in straps}
    labels = (label for label in map(str, count(1)) if label not in taken)
    for seen, kinds in sorted(known, key=lambda each: -each[0].rssi_dbm):
        about = f"# {seen.name or 'without a name'}, {seen.rssi_dbm} dBm"
        if own := [strap.label for strap in straps if _is_of(seen, strap)]:
            print(f"{about}: strap {own[0]} of {settings.source}\n")
            continue
        print(about)
        print("[[strap]]")
        print(f'label = "{next(labels)}"  # what is written on it')
        print(f'wearable = "{kinds[0] if kinds else "..."}"' + (f"  # or {', '.join(kinds[1:])}" if kinds[1:] else ""))
        print(f'address = "{seen.address}"\n')


async def _look(adapter: str, seconds: float) -> "list[Seen]":
    import asyncio

    from imutrack.collector.sessions.told import SERVICE_AWAY
    from imutrack.sources.ble import BleRadio

    radio = BleRadio(adapter)
    found: dict[str, Seen] = {}
    radio.watch(lambda seen: found.__setitem__(seen.address, seen))
    await radio.start()
    try:
        radio.discover(wanted=True)
        await asyncio.sleep(seconds)
        if not found and not radio.alive:
            raise LinkError(SERVICE_AWAY)
    finally:
        await radio.stop()
    return list(found.values())


def _straps_in(settings: "Settings") -> "Sequence[StrapSettings]":
    """Return the straps of the settings; that they cannot be read is printed: who looks may be correcting them."""
    from imutrack.collector.settings import straps_of

    try:
        return straps_of(settings.straps, settings.source)
    except SettingsError as error:
        print(f"# not known which of these the settings have: {error}\n")
        return ()


def _is_of(seen: "Seen", strap: "StrapSettings") -> bool:
    """Whether the settings have a device: by its address, or by its name where they have no address."""
    if strap.address:
        return seen.address == strap.address.upper()
    return bool(strap.name) and seen.name.lower() == (strap.name or "").lower()


def _kinds(seen: "Seen") -> list[str]:
    """Return the ids of the wearables that an advertisement may be of."""
    from imutrack.wearables import WEARABLES

    return [
        wearable.id
        for wearable in WEARABLES.values()
        if any(seen.name.lower().startswith(name) for name in wearable.advertised.names)
        or set(wearable.advertised.companies) & seen.companies
        or set(wearable.advertised.services) & seen.services
    ]
