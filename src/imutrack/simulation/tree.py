"""D-Bus objects with properties and methods, as BlueZ shows them: ObjectManager at the root, Properties everywhere.

The objects are plain values behind one message handler. Serving sixty straps through a class for each object would cost
more than sending their readings.
"""

import asyncio
import contextlib
import select
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from dbus_fast import DBusError, Message, MessageType, Variant
from dbus_fast.aio import MessageBus

__all__ = ["Call", "Method", "Node", "Properties", "Tree"]

Properties = dict[str, Variant]
Call = Message
Method = Callable[[Call], Message | None]
"""Answers a call, now or, where it returns None, later."""

_MANAGER: Final = "org.freedesktop.DBus.ObjectManager"
_PROPERTIES: Final = "org.freedesktop.DBus.Properties"
_ERROR: Final = "org.freedesktop.DBus.Error"
_FULL_S: Final = 0.001  # until a full socket is looked at again


@dataclass(frozen=True, slots=True, eq=False)
class Node:
    """One object.

    Attributes:
        path: where it is.
        interfaces: interface -> its properties; they are changed through `Tree.change`.
        methods: ``interface.member`` -> what answers it.
        settable: ``interface.property`` -> what is done when a client sets it.
    """

    path: str
    interfaces: Mapping[str, Properties]
    methods: Mapping[str, Method]
    settable: Mapping[str, Callable[[Any], None]]


class Tree:
    """The objects of a service while it is on a bus.

    Args:
        bus: connected, with file descriptors.
    """

    def __init__(self, bus: MessageBus) -> None:
        self._bus, self._nodes = bus, dict[str, Node]()
        self._loop = asyncio.get_running_loop()
        self._waiting: deque[tuple[Message, Callable[[], None] | None]] = deque()
        self._room = select.poll()
        self._room.register(bus._fd, select.POLLOUT)  # type: ignore[arg-type]  # connected, so it is there
        bus.add_message_handler(self._handle)

    def __contains__(self, path: str) -> bool:
        return path in self._nodes

    def add(self, node: Node) -> None:
        """Show an object and say so."""
        self._nodes[node.path] = node
        self._signal("/", _MANAGER, "InterfacesAdded", "oa{sa{sv}}", [node.path, dict(node.interfaces)])

    def remove(self, path: str) -> None:
        """Remove an object and what lies below it, the lowest first, and say so; safe where there is none."""
        for below in sorted((found for found in self._nodes if found.startswith(f"{path}/")), reverse=True):
            self._drop(below)
        if path in self._nodes:
            self._drop(path)

    def change(self, path: str, interface: str, changed: Properties, gone: tuple[str, ...] = ()) -> None:
        """Change properties of an object and say so; nothing happens where there is none."""
        node = self._nodes.get(path)
        if node is None:
            return
        properties = node.interfaces[interface]
        properties.update(changed)
        for name in gone:
            properties.pop(name, None)
        self._signal(path, _PROPERTIES, "PropertiesChanged", "sa{sv}as", [interface, changed, list(gone)])

    def answer(self, call: Call) -> None:
        """Answer a call that was left open, with nothing."""
        self.send(Message.new_method_return(call))

    def fail(self, call: Call, error: str, text: str) -> None:
        """Refuse a call that was left open."""
        self.send(Message.new_error(call, error, text))

    def send(self, message: Message, then: Callable[[], None] | None = None) -> None:
        """Send a message, in order; where the bus has died it is dropped, which is no error here.

        Args:
            message: what is sent.
            then: done when it has left or was dropped.
        """
        self._waiting.append((message, then))
        if len(self._waiting) == 1:
            self._drain()

    def _drain(self) -> None:
        """Send what waits while the socket takes it.

        dbus-fast (5.2) ends the connection when its socket is full, which a signal for each of thousands of samples in
        a second soon makes it; so nothing is given to it before the socket has room.
        """
        while self._waiting:
            connected = self._bus.connected
            if connected and not self._room.poll(0):
                self._loop.call_later(_FULL_S, self._drain)
                return
            message, then = self._waiting[0]
            if connected:
                with contextlib.suppress(OSError, ValueError):  # the bus died at this moment
                    self._bus.send(message).add_done_callback(partial(_left, then))
            self._waiting.popleft()
            if then is not None and not connected:
                then()

    def _signal(self, path: str, interface: str, member: str, signature: str, body: list[Any]) -> None:
        if self._bus.connected:
            self.send(Message.new_signal(path, interface, member, signature, body))

    def _drop(self, path: str) -> None:
        node = self._nodes.pop(path)
        self._signal("/", _MANAGER, "InterfacesRemoved", "oas", [path, list(node.interfaces)])

    def _handle(self, message: Message) -> Message | bool:
        if message.message_type is not MessageType.METHOD_CALL:
            return False
        if message.interface == _MANAGER and message.member == "GetManagedObjects":
            found = {path: dict(node.interfaces) for path, node in self._nodes.items()}
            return Message.new_method_return(message, "a{oa{sa{sv}}}", [found])
        node = self._nodes.get(message.path or "")
        if node is None:
            if message.interface == "org.freedesktop.DBus.Peer":
                return False
            raise DBusError(f"{_ERROR}.UnknownObject", f"{message.path} is not there")
        if message.interface == _PROPERTIES:
            return self._property(node, message)
        method = node.methods.get(f"{message.interface}.{message.member}")
        if method is None:
            return False  # the library answers that the method is unknown
        return method(message) or True

    def _property(self, node: Node, call: Call) -> Message:
        interface, *rest = call.body
        properties = node.interfaces.get(interface)
        if properties is None:
            raise DBusError(f"{_ERROR}.UnknownInterface", f"{node.path} has no {interface}")
        if call.member == "GetAll":
            return Message.new_method_return(call, "a{sv}", [properties])
        name = rest[0]
        if name not in properties:
            raise DBusError(f"{_ERROR}.UnknownProperty", f"{interface} has no {name}")
        if call.member == "Get":
            return Message.new_method_return(call, "v", [properties[name]])
        put = node.settable.get(f"{interface}.{name}")
        if put is None:
            raise DBusError(f"{_ERROR}.PropertyReadOnly", f"{name} cannot be set")
        put(rest[1].value)
        return Message.new_method_return(call)


def _left(then: Callable[[], None] | None, sent: asyncio.Future[Any]) -> None:
    """Go on after a message has left, or could not: that the bus died is noticed elsewhere."""
    if not sent.cancelled():
        sent.exception()
    if then is not None:
        then()
