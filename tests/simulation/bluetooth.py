"""What a test does with simulated straps: Bleak, unmodified, on the rig's bus.

Bleak keeps one manager for each event loop, for whatever bus the environment named when it was first asked; `bluetooth`
forgets it at the end, so that one process can use many buses.
"""

import asyncio
import contextlib
import os
from collections.abc import AsyncIterator, Callable

import pytest
from bleak import BleakClient, BleakScanner
from bleak.backends.bluezdbus import manager
from bleak.backends.device import BLEDevice

from imutrack.simulation import AdapterPlan, missing

QUICK = AdapterPlan(advertise_s=0.02, connect_s=0.005, resolve_s=0.005)  # as everything here is waited for


def need_dbus() -> None:
    """Skip a test where there is no dbus-daemon, or fail it where servers are required."""
    lacking = missing()
    if lacking and os.environ.get("IMUTRACK_REQUIRE_SERVERS") == "1":
        pytest.fail(lacking)
    if lacking:
        pytest.skip(lacking)


@contextlib.asynccontextmanager
async def bluetooth(address: str) -> AsyncIterator[None]:
    """Let Bleak use a bus, in this event loop, and forget it afterwards."""
    before = os.environ.get("DBUS_SYSTEM_BUS_ADDRESS")
    os.environ["DBUS_SYSTEM_BUS_ADDRESS"] = address
    try:
        yield
    finally:
        if before is None:
            del os.environ["DBUS_SYSTEM_BUS_ADDRESS"]
        else:
            os.environ["DBUS_SYSTEM_BUS_ADDRESS"] = before
        await forget_bus()


async def forget_bus() -> None:
    """Close the connection that Bleak shares between all scanners and clients of this event loop."""
    found = manager._global_instances.pop(asyncio.get_running_loop(), None)
    if found is not None and found._bus is not None:
        found._bus.disconnect()
        with contextlib.suppress(Exception):
            await found._bus.wait_for_disconnect()
        if found._bus_watcher_task is not None:
            await asyncio.wait({found._bus_watcher_task})


async def find(name: str, timeout_s: float = 5.0) -> BLEDevice:
    """Scan until a strap whose name begins so is seen."""
    device = await BleakScanner.find_device_by_filter(
        lambda device, _: (device.name or "").startswith(name), timeout=timeout_s
    )
    assert device is not None, f"{name} was not seen"
    return device


@contextlib.asynccontextmanager
async def connected(name: str, lost: Callable[[BleakClient], None] | None = None) -> AsyncIterator[BleakClient]:
    """Scan for a strap and hold a link to it; always disconnect, whoever ended the link."""
    client = BleakClient(await find(name), disconnected_callback=lost, timeout=5.0)
    try:
        await client.connect()
        yield client
    finally:
        await client.disconnect()


async def until(what: Callable[[], object], timeout_s: float = 5.0) -> None:
    """Wait until something is so."""
    async with asyncio.timeout(timeout_s):
        while not what():
            await asyncio.sleep(0.002)
