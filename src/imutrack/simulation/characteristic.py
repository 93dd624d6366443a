"""The GATT objects of one device on D-Bus, and who listens to which of its characteristics."""

import asyncio
from collections.abc import Callable
from functools import partial
from typing import Final

from dbus_fast import DBusError, Message, Variant

from imutrack.simulation.effects import Effects
from imutrack.simulation.gatt import Characteristic, Service
from imutrack.simulation.ledger import Fate
from imutrack.simulation.peripheral import Peripheral
from imutrack.simulation.taps import CHARACTERISTIC, SignalTap, SocketTap, Tap
from imutrack.simulation.tree import Call, Node, Tree

__all__ = ["Gatt"]

_SERVICE: Final = "org.bluez.GattService1"
_ERROR: Final = "org.bluez.Error"
_ATT_HEADER: Final = 3  # bytes of the MTU that are no payload
_UNLIKELY: Final = "Operation failed with ATT error: 0x0e"
_NO_MTU: Final = 23  # what BlueZ says before a link has agreed on one


class Gatt:
    """Services and characteristics of one device; they stay when the link ends, as BlueZ keeps its cache.

    Args:
        device: path of the device.
        peripheral: the inside of the wearable.
        effects: faults that are going on.
        mtu: of its link.
        woken: called when something was written or subscribed: there may be something to send.
    """

    def __init__(
        self, device: str, peripheral: Peripheral, effects: Effects, mtu: int, woken: Callable[[], None]
    ) -> None:
        self._device, self._peripheral, self._effects = device, peripheral, effects
        self._mtu, self._woken = mtu, woken
        self._tree: Tree | None = None
        self._taps: dict[str, Tap] = {}
        self._paths: dict[str, str] = {}
        self._loop = asyncio.get_running_loop()
        self.linked = False

    def show(self, tree: Tree) -> None:
        """Put the objects on the bus where they are not there."""
        if self._tree is tree:
            return
        self._tree, handle = tree, 0x0010
        for service in self._peripheral.services:
            path = f"{self._device}/service{handle:04x}"
            tree.add(self._service_node(path, service))
            for characteristic in service.characteristics:
                handle += 1
                below = f"{path}/char{handle:04x}"
                self._paths[characteristic.uuid] = below
                tree.add(self._characteristic_node(below, path, characteristic))
            handle = (handle | 0xF) + 1

    def forget(self) -> None:
        """Take note that the objects are no longer on the bus."""
        self._tree = None

    def move(self, device: str) -> None:
        """Take note of another path of the device, of which nothing is on the bus."""
        self._device = device

    def link_up(self) -> None:
        """Take note of a link."""
        self.linked = True

    def link_down(self) -> None:
        """End every subscription, as the end of a link does."""
        self.linked = False
        for uuid in list(self._taps):
            self._release(uuid)

    def drop_client(self, name: str) -> None:
        """End the subscriptions of a client that has left the bus."""
        for uuid in [uuid for uuid, tap in self._taps.items() if tap.owner == name]:
            self._release(uuid)
            self._peripheral.unsubscribe(uuid)

    def notify(self, uuid: str, payload: bytes) -> Fate:
        """Send one notification to whoever has subscribed to a characteristic."""
        tap = self._taps.get(uuid)
        return Fate.UNHEARD if tap is None else tap.notify(payload[: self._mtu - _ATT_HEADER])

    def _service_node(self, path: str, service: Service) -> Node:
        properties = {
            "UUID": Variant("s", service.uuid),
            "Device": Variant("o", self._device),
            "Primary": Variant("b", True),
            "Includes": Variant("ao", []),
        }
        return Node(path, {_SERVICE: properties}, {}, {})

    def _characteristic_node(self, path: str, service: str, characteristic: Characteristic) -> Node:
        properties = {
            "UUID": Variant("s", characteristic.uuid),
            "Service": Variant("o", service),
            "Value": Variant("ay", b""),
            "Flags": Variant("as", list(characteristic.flags)),
            "MTU": Variant("q", self._mtu if self.linked else _NO_MTU),
        }
        offers = {"ReadValue": self._read, "WriteValue": self._write}
        if "notify" in characteristic.flags:
            properties |= {"Notifying": Variant("b", False), "NotifyAcquired": Variant("b", False)}
            offers |= {"StartNotify": self._start, "StopNotify": self._stop, "AcquireNotify": self._acquire}
        if "write-without-response" in characteristic.flags:
            properties["WriteAcquired"] = Variant("b", False)
        methods = {f"{CHARACTERISTIC}.{name}": partial(method, characteristic) for name, method in offers.items()}
        return Node(path, {CHARACTERISTIC: properties}, methods, {})

    def _read(self, characteristic: Characteristic, call: Call) -> Message | None:
        self._check(characteristic, "read", "Read not permitted")
        if self._effects.dead:
            return None
        value = self._peripheral.read(characteristic.uuid)
        if self._tree is not None:  # who has called StartNotify hears it as a notification as well, as BlueZ does it
            self._tree.change(self._paths[characteristic.uuid], CHARACTERISTIC, {"Value": Variant("ay", value)})
        return Message.new_method_return(call, "ay", [value])

    def _write(self, characteristic: Characteristic, call: Call) -> Message | None:
        data, options = call.body
        kind = options["type"].value if "type" in options else "request"
        flag = "write-without-response" if kind == "command" else "write"
        self._check(characteristic, flag, "Write not permitted")
        if self._effects.dead:
            return Message.new_method_return(call) if kind == "command" else None
        said = self._peripheral.write(characteristic.uuid, bytes(data), self._loop.time())
        if said is not None:
            self._loop.call_soon(self.notify, *said)  # after the answer to the write
        self._woken()
        return Message.new_method_return(call)

    def _start(self, characteristic: Characteristic, call: Call) -> Message | None:
        tree = self._subscribable(characteristic)
        if self._effects.dead:
            return None
        self._tap(characteristic, SignalTap(call.sender or "", tree, self._paths[characteristic.uuid]), "Notifying")
        return Message.new_method_return(call)

    def _acquire(self, characteristic: Characteristic, call: Call) -> Message | None:
        tree = self._subscribable(characteristic)
        if self._effects.dead:
            return None
        tap = SocketTap(call.sender or "", lambda: self._hung_up(characteristic.uuid))
        tap.hand_over(tree, call, self._mtu)
        self._tap(characteristic, tap, "NotifyAcquired")
        return None

    def _stop(self, characteristic: Characteristic, call: Call) -> Message:
        if characteristic.uuid not in self._taps:
            raise DBusError(f"{_ERROR}.Failed", "No notify session started")
        self._hung_up(characteristic.uuid)
        return Message.new_method_return(call)

    def _subscribable(self, characteristic: Characteristic) -> Tree:
        if not self.linked or self._tree is None:
            raise DBusError(f"{_ERROR}.Failed", "Not connected")
        self._check_pairing()
        if self._effects.refuse_notify:
            raise DBusError(f"{_ERROR}.Failed", _UNLIKELY)
        held = self._taps.get(characteristic.uuid)
        if isinstance(held, SocketTap):
            raise DBusError(f"{_ERROR}.NotPermitted", "Notify acquired")
        if held is not None:
            raise DBusError(f"{_ERROR}.InProgress", "In Progress")
        return self._tree

    def _tap(self, characteristic: Characteristic, tap: Tap, said: str) -> None:
        self._taps[characteristic.uuid] = tap
        self._say(characteristic.uuid, said, on=True)
        self._peripheral.subscribe(characteristic.uuid, self._loop.time())
        self._woken()

    def _hung_up(self, uuid: str) -> None:
        self._release(uuid)
        self._peripheral.unsubscribe(uuid)

    def _release(self, uuid: str) -> None:
        tap = self._taps.pop(uuid, None)
        if tap is not None:
            tap.close()
            self._say(uuid, "NotifyAcquired" if isinstance(tap, SocketTap) else "Notifying", on=False)

    def _say(self, uuid: str, name: str, *, on: bool) -> None:
        if self._tree is not None:
            self._tree.change(self._paths[uuid], CHARACTERISTIC, {name: Variant("b", on)})

    def _check(self, characteristic: Characteristic, flag: str, text: str) -> None:
        if not self.linked:
            raise DBusError(f"{_ERROR}.Failed", "Not connected")
        if flag not in characteristic.flags:
            raise DBusError(f"{_ERROR}.NotPermitted", text)
        self._check_pairing()

    def _check_pairing(self) -> None:
        if self._effects.unpaired:  # BlueZ's word for what the strap calls insufficient authentication
            raise DBusError(f"{_ERROR}.NotPermitted", "Not paired")
