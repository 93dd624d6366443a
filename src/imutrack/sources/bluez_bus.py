"""One connection to BlueZ: whether it and its adapter are there, under which name, and calls to it. Linux only.

Over a connection of its own to the system's bus, since Bleak's may be the one that is dead. `NameOwnerChanged` says at
once when the service ends; Bleak itself says nothing of that as long as the bus lives. An adapter that was pulled out
may come back under another name, so one that is known by its address is looked up again with each change.
"""

import asyncio
import contextlib
import logging
from collections.abc import Callable
from typing import Any, Final

from bleak.backends.bluezdbus.utils import get_dbus_authenticator
from dbus_fast import AuthError, BusType, DBusError, InvalidAddressError, Message, MessageType
from dbus_fast.aio import MessageBus

from imutrack.errors import LinkError, SettingsError
from imutrack.sources.bounded import bounded
from imutrack.sources.radio import Fault

__all__ = ["ADAPTER", "PROPERTIES", "BluezBus"]

log = logging.getLogger(__name__)

ADAPTER: Final = "org.bluez.Adapter1"
PROPERTIES: Final = "org.freedesktop.DBus.Properties"
_SERVICE: Final = "org.bluez"
_ROOT: Final = "/org/bluez"
_BUS: Final = "org.freedesktop.DBus"
_BUS_PATH: Final = "/org/freedesktop/DBus"
_MANAGER: Final = "org.freedesktop.DBus.ObjectManager"
_MATCHES: Final = (
    f"type='signal',sender='{_BUS}',interface='{_BUS}',member='NameOwnerChanged',arg0='{_SERVICE}'",
    f"type='signal',sender='{_SERVICE}',interface='{_MANAGER}',path='/'",
)
_CALL_S: Final = 5.0
_AGAIN_S: Final = 0.25  # between attempts to reach a bus that is away
_MISSING_S: Final = 2.0  # a service that has just come up shows its adapters a moment later

_BROKEN: Final = (OSError, EOFError, DBusError, AuthError, TimeoutError)
_NO_ADDRESS: Final = (InvalidAddressError, UnicodeError)  # the other is of the name of a host


class BluezBus:
    """The service behind one adapter, as it comes and goes.

    Args:
        adapter: its name, such as hci0, or its address.
        on_change: called with whether service and adapter are there, each time that changes.
    """

    def __init__(self, adapter: str, on_change: Callable[[bool], None]) -> None:
        self._wanted, self._on_change = adapter.lower(), on_change
        self._adapter = ""  # its name; empty as long as it is not there
        self._serves = False
        self._told: str | None = None
        self._bus: MessageBus | None = None
        self._keeper: asyncio.Task[None] | None = None
        self._asked, self._changed = asyncio.Event(), asyncio.Event()

    @property
    def present(self) -> bool:
        """Whether service and adapter are there."""
        return bool(self._adapter)

    @property
    def adapter(self) -> str:
        """What the adapter is called now; empty where it is not there."""
        return self._adapter

    @property
    def serves(self) -> bool:
        """Whether the service is there, with or without the adapter."""
        return self._serves

    async def start(self) -> None:
        """Begin to watch; return when it is known whether service and adapter are there.

        Raises:
            SettingsError: the address of the bus cannot be one.
        """
        self._keeper = asyncio.get_running_loop().create_task(self._keep())
        asked = asyncio.ensure_future(self._asked.wait())
        try:
            await asyncio.wait((self._keeper, asked), return_when=asyncio.FIRST_COMPLETED)
        finally:
            asked.cancel()
        if self._keeper.done():  # it ends by itself only where it can never begin
            self._keeper.result()

    async def stop(self) -> None:
        """Watch no more."""
        if self._keeper is not None:
            self._keeper.cancel()
            await asyncio.wait((self._keeper,))
            self._keeper = None

    @property
    def path(self) -> str:
        """Where the adapter is now.

        Raises:
            LinkError: it is not there.
        """
        if not self._adapter:
            raise LinkError("the Bluetooth adapter is away", Fault.ADAPTER)
        return f"{_ROOT}/{self._adapter}"

    async def objects(self) -> dict[str, Any]:
        """Return all that BlueZ shows: path -> interface -> property -> value.

        Raises:
            LinkError: it does not answer.
        """
        (objects,) = await self.call("/", _MANAGER, "GetManagedObjects")
        found: dict[str, Any] = objects
        return found

    async def call(
        self,
        path: str,
        interface: str,
        member: str,
        signature: str = "",
        body: Any = (),
        destination: str = _SERVICE,
        bus: MessageBus | None = None,
    ) -> list[Any]:
        """Call BlueZ and return what it answers.

        Args:
            path, interface, member, signature, body: of the call.
            destination: another service.
            bus: another connection than ours.

        Raises:
            LinkError: it refuses, or does not answer in time.
        """
        bus = bus or self._bus
        if bus is None:
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
            reply = await bounded(bus.call(message), _CALL_S)
        except _BROKEN as error:
            raise LinkError(f"{member}: {error!r}", Fault.ADAPTER) from error
        if reply is None or reply.message_type is MessageType.ERROR:
            raise LinkError(f"{member}: {reply.error_name if reply else 'no answer'}", Fault.ADAPTER)
        answer: list[Any] = reply.body
        return answer

    async def _keep(self) -> None:
        """Stay on the bus and say what becomes of the service.

        Raises:
            SettingsError: the address of the bus cannot be one.
        """
        while True:
            bus: MessageBus | None = None
            try:
                bus = MessageBus(bus_type=BusType.SYSTEM, auth=get_dbus_authenticator())
                await bounded(bus.connect(), _CALL_S)
                bus.add_message_handler(self._hear)
                self._bus = bus
                for match in _MATCHES:
                    await self.call(_BUS_PATH, _BUS, "AddMatch", "s", [match], destination=_BUS)
                await self._look(bus)
            except (*_BROKEN, LinkError) as error:
                log.debug("no bus: %r", error)
            except _NO_ADDRESS as error:
                raise SettingsError(
                    f"DBUS_SYSTEM_BUS_ADDRESS is no address of a bus ({error}): correct it, or leave it out of the "
                    "environment"
                ) from error
            finally:
                self._bus, self._serves = None, False
                if bus is not None:
                    with contextlib.suppress(*_BROKEN):
                        bus.disconnect()  # also one that never connected holds a socket
                self._say("")
                self._asked.set()
            await asyncio.sleep(_AGAIN_S)

    async def _look(self, bus: MessageBus) -> None:
        """Look up the adapter each time that something changed, until the bus ends."""
        ended = asyncio.ensure_future(bus.wait_for_disconnect())  # type: ignore[no-untyped-call] # as dbus-fast has it
        try:
            while not ended.done():
                self._changed.clear()
                names = await self._names()
                self._asked.set()
                changed = asyncio.ensure_future(self._changed.wait())
                waits, lacks = (ended, changed), self._serves and not self._adapter
                done, _ = await asyncio.wait(
                    waits, timeout=_MISSING_S if lacks else None, return_when=asyncio.FIRST_COMPLETED
                )
                if not done:
                    self._tell(names)
                    await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
                changed.cancel()
            await ended
        finally:
            ended.cancel()
            if ended.done() and not ended.cancelled():
                ended.exception()  # looked at, or asyncio complains where something else was raised before

    async def _names(self) -> str:
        try:
            return await self._look_up()
        except LinkError as error:
            if not self._adapter:
                raise
            log.debug("not looked up: %s", error)  # it is slow now; what it does not say is gone is still there
            return ""

    async def _look_up(self) -> str:
        """Say whether the adapter is there, and by which name; return all that are."""
        (serves,) = await self.call(_BUS_PATH, _BUS, "NameHasOwner", "s", [_SERVICE], destination=_BUS)
        objects = await self.objects() if serves else {}
        found = {
            path.rpartition("/")[2]: str(interfaces[ADAPTER]["Address"].value).lower()
            for path, interfaces in objects.items()
            if ADAPTER in interfaces
        }
        if not self._changed.is_set():  # else the answer is older than what was heard since
            self._serves = serves
            self._say(next((name for name, address in found.items() if self._wanted in (name, address)), ""))
        return ", ".join(sorted(found)) or "none"

    def _tell(self, names: str) -> None:
        if self._told != names:
            self._told = names
            log.warning("the Bluetooth adapter of the settings is not there: waiting for it; there are: %s", names)

    def _hear(self, message: Message) -> None:
        if message.message_type is not MessageType.SIGNAL:
            return
        match message.member, message.body:
            case "NameOwnerChanged", [name, _, _] if name == _SERVICE:
                self._say("")  # also where one service takes over from another
                self._changed.set()
            case "InterfacesAdded", [_, interfaces] if ADAPTER in interfaces:
                self._changed.set()
            case "InterfacesRemoved", [path, interfaces] if ADAPTER in interfaces:
                if path == f"{_ROOT}/{self._adapter}":
                    self._say("")
                self._changed.set()

    def _say(self, adapter: str) -> None:
        """Note what the adapter is called now; each change of name is one of the adapter."""
        if adapter == self._adapter:
            return
        gone, self._adapter = bool(self._adapter), ""
        if gone:
            self._on_change(False)
        self._adapter = adapter
        if adapter:
            self._told = None
            self._on_change(True)
