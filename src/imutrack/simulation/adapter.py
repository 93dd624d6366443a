"""The Bluetooth adapter as BlueZ shows it: who scans, what is heard, how many links it holds, whether it is on."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Final

from dbus_fast import DBusError, Message, Variant

from imutrack.simulation.device import Device
from imutrack.simulation.effects import Effects
from imutrack.simulation.faults import Kind
from imutrack.simulation.plan import AdapterPlan
from imutrack.simulation.tree import Call, Node, Tree

__all__ = ["Adapter"]

_ROOT: Final = "/org/bluez"
_FIRST: Final = "hci0"
_ADAPTER: Final = "org.bluez.Adapter1"
_ERROR: Final = "org.bluez.Error"


class Adapter:
    """The adapter: hci0 until it was pulled out.

    Args:
        plan: how it behaves.
    """

    def __init__(self, plan: AdapterPlan) -> None:
        self.effects, self.powered = Effects(), True
        self.path = f"{_ROOT}/{_FIRST}"
        self.scans_asked = 0
        self._unplugged = False
        self.devices: Sequence[Device] = ()
        self._plan = plan
        self._tree: Tree | None = None
        self._filters: dict[str, frozenset[str]] = {}
        self._scanning: set[str] = set()
        self._loop = asyncio.get_running_loop()
        self._timer: asyncio.TimerHandle | None = None

    def attach(self, tree: Tree) -> None:
        """Come up with the service."""
        self._tree = tree
        tree.add(Node(_ROOT, {"org.bluez.AgentManager1": {}}, {}, {}))
        if not self._unplugged:
            tree.add(self._node())
        self._tick()

    def detach(self) -> None:
        """Go down with the service or the bus: every link ends, nobody can be told; safe twice."""
        self._tree = None
        self._filters.clear()
        self._scanning.clear()
        if self._timer is not None:
            self._timer.cancel()
        for device in self.devices:
            device.vanish_with_service()

    def unplug(self) -> None:
        """Be pulled out: links and scans end, and nothing of it is left on the bus; safe twice."""
        self._unplugged = True
        self._filters.clear()
        self._scanning.clear()
        for device in self.devices:
            device.forget()
        if self._tree is not None:
            self._tree.remove(self.path)

    def plug(self, number: int) -> None:
        """Be there again, as another one."""
        self._unplugged, self.path = False, f"{_ROOT}/hci{number}"
        for device in self.devices:
            device.move(self.path)
        if self._tree is not None:
            self._tree.add(self._node())

    def admit(self) -> None:
        """Check that it takes one more link.

        Raises:
            DBusError: it is off, or has none to spare.
        """
        self._check_power()
        if self.effects.full or sum(device.busy for device in self.devices) >= self._plan.slots:
            raise DBusError(f"{_ERROR}.Failed", "le-connection-concurrent-connection-limit")

    def power(self, *, on: bool) -> None:
        """Switch it off, which ends every link and scan, or on, which ends its deafness."""
        if on == self.powered:
            return
        self.powered = on
        if on:
            self.effects.end_all(Kind.DEAF)
        for device in () if on else self.devices:
            device.lose()
        if not on:
            self._scanning.clear()
        self._say(Powered=on, Discovering=False)

    def drop_client(self, name: str) -> None:
        """Take note that a client has left the bus: its scan and its subscriptions end."""
        self._filters.pop(name, None)
        if name in self._scanning:
            self._end_scan(name)
        for device in self.devices:
            device.drop_client(name)

    def _tick(self) -> None:
        """Let every strap advertise once, and forget those that were not heard for long."""
        self._timer = self._loop.call_later(self._plan.advertise_s, self._tick)
        now_s, tree = self._loop.time(), self._tree
        if tree is None:
            return
        for device in self.devices:
            if self._hears(device):
                device.advertise(tree, now_s)
            if not device.busy and device.path in tree and now_s - device.heard_s > self._plan.forget_s:
                device.forget()

    def _hears(self, device: Device) -> bool:
        if not self._scanning or not self.powered or self.effects.deaf:
            return False
        wanted = [self._filters.get(name, frozenset()) for name in self._scanning]
        return any(not uuids or not uuids.isdisjoint(device.services) for uuids in wanted)

    def _set_filter(self, call: Call) -> Message:
        (said,) = call.body
        self._filters[call.sender or ""] = frozenset(said["UUIDs"].value) if "UUIDs" in said else frozenset()
        return Message.new_method_return(call)

    def _start(self, call: Call) -> Message | None:
        self.scans_asked += 1
        self._check_power()
        sender = call.sender or ""
        if self.effects.scan_busy or sender in self._scanning:
            raise DBusError(f"{_ERROR}.InProgress", "Operation already in progress")
        if not self._scanning:
            self._say(Discovering=True)
        self._scanning.add(sender)
        if self.effects.scan_late_s and self._tree is not None:
            self._loop.call_later(self.effects.scan_late_s, self._tree.answer, call)
            return None
        return Message.new_method_return(call)

    def _stop(self, call: Call) -> Message:
        self._check_power()
        if call.sender not in self._scanning:
            raise DBusError(f"{_ERROR}.Failed", "No discovery started")
        self._end_scan(call.sender)
        return Message.new_method_return(call)

    def _end_scan(self, name: str) -> None:
        self._scanning.discard(name)
        if self._scanning or self._tree is None:
            return
        self._say(Discovering=False)
        for device in self.devices:
            if self._plan.forget_at_stop and not device.busy:
                device.forget()
            else:
                device.unheard(self._tree)

    def _remove(self, call: Call) -> Message:
        (path,) = call.body
        found = next((device for device in self.devices if device.path == path), None)
        if found is None or self._tree is None or path not in self._tree:
            raise DBusError(f"{_ERROR}.DoesNotExist", "Does Not Exist")
        found.bonded = False
        found.forget()
        return Message.new_method_return(call)

    def _check_power(self) -> None:
        if not self.powered:
            raise DBusError(f"{_ERROR}.NotReady", "Resource Not Ready")

    def _say(self, **changed: bool) -> None:
        if self._tree is not None:
            self._tree.change(self.path, _ADAPTER, {name: Variant("b", value) for name, value in changed.items()})

    def _node(self) -> Node:
        properties = {
            "Address": Variant("s", self._plan.address),
            "AddressType": Variant("s", "public"),
            "Name": Variant("s", "simulated"),
            "Alias": Variant("s", "simulated"),
            "Class": Variant("u", 0),
            "Powered": Variant("b", self.powered),
            "Discoverable": Variant("b", False),
            "Pairable": Variant("b", False),
            "Discovering": Variant("b", False),
            "UUIDs": Variant("as", []),
            "Roles": Variant("as", ["central"]),
        }
        calls: dict[str, Callable[[Call], Message | None]] = {
            "SetDiscoveryFilter": self._set_filter,
            "StartDiscovery": self._start,
            "StopDiscovery": self._stop,
            "RemoveDevice": self._remove,
        }
        methods = {f"{_ADAPTER}.{name}": method for name, method in calls.items()}
        settable = {f"{_ADAPTER}.Powered": lambda on: self.power(on=bool(on))}
        return Node(self.path, {_ADAPTER: properties}, methods, settable)
