"""What Bleak leaves out about BlueZ: what it still holds, what it goes on doing, its adapter's power. Linux only."""

import asyncio
import logging
from collections.abc import Callable
from typing import Final

from bleak.backends.bluezdbus import manager as bleak_manager
from bleak.backends.device import BLEDevice
from dbus_fast import Variant, unpack_variants
from dbus_fast.aio import MessageBus

from imutrack.errors import LinkError
from imutrack.sources.bluez_bus import ADAPTER, PROPERTIES, BluezBus
from imutrack.sources.radio import Fault

__all__ = ["BlueZ", "bleaks_bus"]

log = logging.getLogger(__name__)

_DEVICE: Final = "org.bluez.Device1"
_OFF_S: Final = 1.0  # an adapter needs a moment without power
_CYCLE_S: Final = 3.0  # that a power cycle has left when we end


class BlueZ(BluezBus):
    """The service behind one adapter, and what is asked of it.

    Args:
        adapter: its name, such as hci0, or its address.
        on_change: called with whether service and adapter are there, each time that changes.
    """

    def __init__(self, adapter: str, on_change: Callable[[bool], None]) -> None:
        super().__init__(adapter, on_change)
        self._cycling: asyncio.Task[None] | None = None

    async def stop(self) -> None:
        """Watch no more; an adapter that is being switched off and on is on then."""
        if self._cycling is not None:
            await asyncio.wait((self._cycling,), timeout=_CYCLE_S)
        await super().stop()

    async def forget(self, address: str) -> None:
        """Let BlueZ remove a device, and with it what it believes to be doing with it.

        One that somebody has paired would lose its bond, which only a person can make anew: its link is ended instead,
        and with it an attempt that somebody has left behind.
        """
        try:
            device = f"{self.path}/dev_{address.replace(':', '_')}"
            (said,) = await self.call(device, PROPERTIES, "GetAll", "s", [_DEVICE])
            if any(name in said and said[name].value for name in ("Paired", "Bonded")):
                await self.call(device, _DEVICE, "Disconnect")
            else:
                await self.call(self.path, ADAPTER, "RemoveDevice", "o", [device])
        except LinkError as error:
            log.debug("a device could not be removed: %s", error)

    async def power_cycle(self) -> None:
        """Switch the adapter off and on; what has begun is ended also where this is cancelled.

        Raises:
            LinkError: it could not be switched, or stays off.
        """
        if self._cycling is None:
            self._cycling = asyncio.get_running_loop().create_task(self._cycle())
            self._cycling.add_done_callback(self._cycled)
        await asyncio.shield(self._cycling)

    async def _cycle(self) -> None:
        path = self.path
        try:
            await self._power(path, on=False)
            await asyncio.sleep(_OFF_S)
        finally:
            await self._power(path, on=True)
        (on,) = await self.call(path, PROPERTIES, "Get", "ss", [ADAPTER, "Powered"])
        if not on.value:
            raise LinkError("it stays off", Fault.ADAPTER)

    def _cycled(self, task: asyncio.Task[None]) -> None:
        self._cycling = None
        if not task.cancelled():
            task.exception()  # looked at, or asyncio complains where nobody waits any more

    async def _power(self, path: str, *, on: bool) -> None:
        await self.call(path, PROPERTIES, "Set", "ssv", [ADAPTER, "Powered", Variant("b", on)])

    async def held(self) -> list[BLEDevice]:
        """Return the devices that it holds a link to, whoever asked for it; none where it does not answer."""
        try:
            below, objects = f"{self.path}/", await self.objects()
        except LinkError:
            return []
        held = {
            path: unpack_variants(interfaces[_DEVICE])
            for path, interfaces in objects.items()
            if path.startswith(below) and _DEVICE in interfaces and interfaces[_DEVICE]["Connected"].value
        }
        return [
            BLEDevice(said["Address"].upper(), said.get("Name"), {"path": path, "props": said})
            for path, said in held.items()
        ]

    def let_bleak_forget(self) -> None:
        """Close the bus connection of Bleak's manager, so that it forgets what was true of a service that is gone.

        The manager holds what BlueZ said for as long as its bus lives, and believes that of the next BlueZ, too: then
        every device is connected for ever and Bleak skips connecting it. When its bus ends it clears all that, tells
        its clients that they are disconnected and builds itself anew on the next use; nothing public ends its bus.
        """
        bus = bleaks_bus()
        if bus is not None and bus.connected:
            bus.disconnect()

    async def end_stray(self) -> None:
        """End the discovery that BlueZ does for Bleak's connection; never raises.

        BlueZ keeps one for each connection. Where Bleak gave up on starting it, Bleak knows of none, and BlueZ refuses
        to begin another.
        """
        bus = bleaks_bus()
        if bus is None or not bus.connected:
            return
        try:
            await self.call(self.path, ADAPTER, "StopDiscovery", bus=bus)
        except LinkError as error:
            log.debug("no discovery to end: %s", error)


def bleaks_bus() -> MessageBus | None:
    """Return the connection of Bleak's manager in this event loop; None where it has none, or hides it elsewhere."""
    try:
        manager = bleak_manager._global_instances.get(asyncio.get_running_loop())
        bus: MessageBus | None = None if manager is None else manager._bus
    except AttributeError as error:
        log.warning("this version of Bleak is not known: links may stay dead after bluetoothd has failed: %s", error)
        return None
    return bus
