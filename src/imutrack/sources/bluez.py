"""What Bleak leaves out about BlueZ: whether it is there, what it still holds, and its adapter's power. Linux only.

Over a connection of its own to the system's bus, since Bleak's may be the one that is dead. `NameOwnerChanged` says at
once when the service ends; Bleak itself says nothing of that as long as the bus lives.
"""

import asyncio
import contextlib
import logging
from collections.abc import Callable
from typing import Any, Final

from bleak.backends.bluezdbus import manager as bleak_manager
from bleak.backends.bluezdbus.utils import get_dbus_authenticator
from bleak.backends.device import BLEDevice
from dbus_fast import AuthError, BusType, DBusError, Message, MessageType, Variant, unpack_variants
from dbus_fast.aio import MessageBus

from imutrack.errors import LinkError
from imutrack.sources.bounded import bounded
from imutrack.sources.radio import Fault

__all__ = ["BlueZ"]

log = logging.getLogger(__name__)

_SERVICE: Final = "org.bluez"
_ADAPTER: Final = "org.bluez.Adapter1"
_DEVICE: Final = "org.bluez.Device1"
_PROPERTIES: Final = "org.freedesktop.DBus.Properties"
_BUS: Final = "org.freedesktop.DBus"
_BUS_PATH: Final = "/org/freedesktop/DBus"
_MATCH: Final = f"type='signal',sender='{_BUS}',interface='{_BUS}',member='NameOwnerChanged',arg0='{_SERVICE}'"
_CALL_S: Final = 5.0
_AGAIN_S: Final = 0.25  # between attempts to reach a bus that is away
_OFF_S: Final = 1.0  # an adapter needs a moment without power

_BROKEN: Final = (OSError, EOFError, DBusError, AuthError, TimeoutError)


class BlueZ:
    """The service behind one adapter.

    Args:
        adapter: such as hci0.
        on_change: called with whether the service is there, each time that changes.
    """

    def __init__(self, adapter: str, on_change: Callable[[bool], None]) -> None:
        self._path = f"/org/bluez/{adapter}"
        self._on_change = on_change
        self._present = False
        self._bus: MessageBus | None = None
        self._keeper: asyncio.Task[None] | None = None
        self._asked = asyncio.Event()
        self._heard = False

    @property
    def present(self) -> bool:
        """Whether it is there."""
        return self._present

    async def start(self) -> None:
        """Begin to watch; return when it is known whether the service is there."""
        self._keeper = asyncio.get_running_loop().create_task(self._keep())
        await self._asked.wait()

    async def stop(self) -> None:
        """Watch no more."""
        if self._keeper is not None:
            self._keeper.cancel()
            await asyncio.wait((self._keeper,))
            self._keeper = None

    async def forget(self, address: str) -> None:
        """Let BlueZ remove a device, and with it what it believes to be doing with it."""
        try:
            await self._call(self._path, _ADAPTER, "RemoveDevice", "o", [self._device(address)])
        except LinkError as error:
            log.debug("a device could not be removed: %s", error)

    async def power_cycle(self) -> None:
        """Switch the adapter off and on.

        Raises:
            LinkError: it could not be switched.
        """
        await self._power(on=False)
        await asyncio.sleep(_OFF_S)
        await self._power(on=True)

    async def _power(self, *, on: bool) -> None:
        await self._call(self._path, _PROPERTIES, "Set", "ssv", [_ADAPTER, "Powered", Variant("b", on)])

    async def held(self) -> list[BLEDevice]:
        """Return the devices that it holds a link to, whoever asked for it; none where it does not answer."""
        try:
            (objects,) = await self._call("/", "org.freedesktop.DBus.ObjectManager", "GetManagedObjects")
        except LinkError:
            return []
        held = {
            path: unpack_variants(interfaces[_DEVICE])
            for path, interfaces in objects.items()
            if path.startswith(f"{self._path}/") and _DEVICE in interfaces and interfaces[_DEVICE]["Connected"].value
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
        manager = bleak_manager._global_instances.get(asyncio.get_running_loop())
        bus = None if manager is None else manager._bus
        if bus is not None and bus.connected:
            bus.disconnect()

    def _device(self, address: str) -> str:
        return f"{self._path}/dev_{address.replace(':', '_')}"

    async def _keep(self) -> None:
        """Stay on the bus and say what becomes of the service."""
        while True:
            bus = MessageBus(bus_type=BusType.SYSTEM, auth=get_dbus_authenticator())
            try:
                await bounded(bus.connect(), _CALL_S)
                bus.add_message_handler(self._hear)
                self._bus = bus
                await self._call(_BUS_PATH, _BUS, "AddMatch", "s", [_MATCH], destination=_BUS)
                self._heard = False
                (present,) = await self._call(_BUS_PATH, _BUS, "NameHasOwner", "s", [_SERVICE], destination=_BUS)
                if not self._heard:  # else the service came or went since, and the answer is older than that
                    self._say(present=present)
                self._asked.set()
                await bus.wait_for_disconnect()  # type: ignore[no-untyped-call] # as dbus-fast has it
            except (*_BROKEN, LinkError) as error:
                log.debug("no bus: %r", error)
            finally:
                self._bus = None
                with contextlib.suppress(*_BROKEN):
                    bus.disconnect()  # also one that never connected holds a socket
                self._say(present=False)
                self._asked.set()
            await asyncio.sleep(_AGAIN_S)

    def _hear(self, message: Message) -> None:
        if message.message_type is MessageType.SIGNAL and message.member == "NameOwnerChanged":
            name, _before, now = message.body
            if name == _SERVICE:
                self._heard = True
                self._say(present=False)  # also where one service takes over from another
                self._say(present=bool(now))

    def _say(self, *, present: bool) -> None:
        if present is not self._present:
            self._present = present
            self._on_change(present)

    async def _call(
        self, path: str, interface: str, member: str, signature: str = "", body: Any = (), destination: str = _SERVICE
    ) -> list[Any]:
        if self._bus is None:
            raise LinkError("the system's bus is away", Fault.ADAPTER)
        message = Message(
            destination=destination,
            path=path,
            interface=interface,
            member=member,
            signature=signature,
            body=list(body),
        )
        try:
            reply = await bounded(self._bus.call(message), _CALL_S)
        except _BROKEN as error:
            raise LinkError(f"{member}: {error!r}", Fault.ADAPTER) from error
        if reply is None or reply.message_type is MessageType.ERROR:
            raise LinkError(f"{member}: {reply.error_name if reply else 'no answer'}", Fault.ADAPTER)
        answer: list[Any] = reply.body
        return answer
