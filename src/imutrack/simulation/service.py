"""org.bluez itself: one connection to the bus that owns the name, serves the adapter and can crash and return."""

import asyncio
import contextlib

from dbus_fast import Message, MessageType, RequestNameReply
from dbus_fast.aio import MessageBus

from imutrack.errors import SettingsError
from imutrack.simulation.adapter import Adapter
from imutrack.simulation.tree import Tree

__all__ = ["Service"]

_NAME = "org.bluez"
_BUS = "org.freedesktop.DBus"
_LEAVING = f"type='signal',sender='{_BUS}',interface='{_BUS}',member='NameOwnerChanged',arg2=''"
_LEFT_S = 1.0  # for the library to take note that its connection is closed


class Service:
    """The service.

    Args:
        address: of the bus.
        adapter: what it serves.
    """

    def __init__(self, address: str, adapter: Adapter) -> None:
        self._address, self._adapter = address, adapter
        self._bus: MessageBus | None = None

    async def start(self) -> None:
        """Come up on the bus, as bluetoothd does when it starts; nothing happens where it runs.

        Raises:
            SettingsError: somebody else is org.bluez on this bus.
        """
        if self._bus is not None:
            return
        bus = MessageBus(self._address, negotiate_unix_fd=True)
        await bus.connect()
        self._bus = bus
        tree = Tree(bus)
        bus.add_message_handler(self._clients_leave)
        await bus.call(
            Message(
                destination=_BUS,
                path="/org/freedesktop/DBus",
                interface=_BUS,
                member="AddMatch",
                signature="s",
                body=[_LEAVING],
            )
        )
        if await bus.request_name(_NAME) is not RequestNameReply.PRIMARY_OWNER:
            raise SettingsError(f"{_NAME} is taken on {self._address}: simulate on a bus of its own")
        self._adapter.attach(tree)

    async def stop(self) -> None:
        """Leave the bus at once, as a crash does; safe twice, and where the bus has died before."""
        bus, self._bus = self._bus, None
        self._adapter.detach()
        if bus is None:
            return
        bus.disconnect()
        with contextlib.suppress(Exception):  # how it ended is what was wanted or what killed the bus
            await asyncio.wait_for(bus.wait_for_disconnect(), _LEFT_S)  # type: ignore[no-untyped-call]

    def _clients_leave(self, message: Message) -> bool:
        if message.message_type is MessageType.SIGNAL and message.member == "NameOwnerChanged":
            name, _, owner = message.body
            if not owner and name.startswith(":"):
                self._adapter.drop_client(name)
        return False
