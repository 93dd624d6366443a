"""One simulated strap as BlueZ shows it: advertising, connecting, connected, gone.

The order of what is said follows bluetoothd: the link first, then the answer to Connect, then services, then
ServicesResolved; when a link ends, one change of Connected and ServicesResolved, then the answer to Disconnect.
"""

import asyncio
import random
from collections.abc import Callable
from typing import Any, Final

from dbus_fast import DBusError, Message, Variant

from imutrack.simulation.characteristic import Gatt
from imutrack.simulation.effects import Effects
from imutrack.simulation.ledger import Fate
from imutrack.simulation.peripheral import Peripheral
from imutrack.simulation.plan import AdapterPlan, StrapPlan
from imutrack.simulation.sending import Sender
from imutrack.simulation.tree import Call, Node, Tree

__all__ = ["DEVICE", "Device"]

DEVICE: Final = "org.bluez.Device1"
_ERROR: Final = "org.bluez.Error"
_ABORTED: Final = "le-connection-abort-by-local"


class Device:
    """A strap.

    Args:
        plan: with name and address.
        peripheral: the inside of the wearable.
        adapter, adapter_path: how the adapter behaves, and where it is.
        admit: raises where the adapter takes no further link.
        woken: called when there may be something to send.
        rng: of its faults and signal strength.
    """

    def __init__(
        self,
        plan: StrapPlan,
        peripheral: Peripheral,
        adapter: AdapterPlan,
        adapter_path: str,
        admit: Callable[[], None],
        woken: Callable[[], None],
        rng: random.Random,
    ) -> None:
        self.plan, self.peripheral, self.effects = plan, peripheral, Effects()
        self.connected, self.heard_s, self.bonded = False, 0.0, plan.bonded
        self._adapter, self._adapter_path, self._admit, self._rng = adapter, adapter_path, admit, rng
        self._loop = asyncio.get_running_loop()
        self._tree: Tree | None = None
        self._gatt = Gatt(self.path, peripheral, self.effects, plan.air.mtu, woken)
        self._sender = Sender(peripheral, self._gatt.notify, self.effects, rng)
        self._connecting: tuple[Call, asyncio.Task[None]] | None = None
        self._resolving: asyncio.TimerHandle | None = None
        self._reachable = asyncio.Event()
        self._rssi = plan.air.rssi_dbm

    @property
    def path(self) -> str:
        """Where it is on the bus, when it is."""
        return f"{self._adapter_path}/dev_{self.plan.address.replace(':', '_')}"

    @property
    def busy(self) -> bool:
        """Whether it is connected or about to be."""
        return self.connected or self._connecting is not None

    @property
    def services(self) -> list[str]:
        """What it advertises."""
        return list(self.peripheral.wearable.advertised.services)

    # What the air does

    def advertise(self, tree: Tree, now_s: float) -> None:
        """Let one advertisement be heard, where the strap can be reached."""
        if self.busy or self.effects.unreachable:
            return
        self.heard_s, said = now_s, self._signal_strength()
        if self.path not in tree:
            self._rssi, self._tree = said, tree
            tree.add(self._node())
        elif said != self._rssi:
            self._rssi = said
            tree.change(self.path, DEVICE, {"RSSI": Variant("n", said)})

    def unheard(self, tree: Tree) -> None:
        """Take note that nobody scans any more: the signal strength is no longer known."""
        self._rssi = 0
        if self.path in tree:
            tree.change(self.path, DEVICE, {}, gone=("RSSI",))

    def reach(self) -> None:
        """Let attempts to connect that wait for the strap go on, where it can be reached again."""
        if not self.effects.unreachable:
            self._reachable.set()

    def lose(self) -> None:
        """End the link as the radio does: without a word to the strap or from it."""
        self._reachable.clear()
        self._unlink()

    def forget(self) -> None:
        """Remove the strap from the bus, with its link."""
        self._cancel(f"{_ERROR}.Failed", "Cancelled")
        self._unlink()
        self._gatt.forget()
        if self._tree is not None:
            self._tree.remove(self.path)
            self._tree = None

    def move(self, adapter_path: str) -> None:
        """Take note that the adapter, which was gone, is called something else."""
        self._adapter_path = adapter_path
        self._gatt.move(self.path)

    def vanish_with_service(self) -> None:
        """Take note that the service or the bus has died: the link ends, and nobody can be told."""
        self._tree = None
        self._cancel("", "")
        self._gatt.forget()
        self._unlink()

    def drop_client(self, name: str) -> None:
        """Take note that a client has left the bus; its link stays, as BlueZ leaves it."""
        self._gatt.drop_client(name)

    # What the strap sends

    @property
    def next_s(self) -> float:
        """Host time at which something has to be done."""
        return self.peripheral.next_s

    def flush(self, now_s: float) -> None:
        """Send what leaves by now."""
        self._sender.flush(now_s)

    def say(self, characteristic: str, payload: bytes) -> Fate:
        """Notify something beside the readings, such as a button."""
        return self._gatt.notify(characteristic, payload)

    # What clients ask for

    def _connect(self, call: Call) -> Message | None:
        if self.connected:
            return Message.new_method_return(call)
        if self._connecting is not None or self.effects.in_progress:
            raise DBusError(f"{_ERROR}.InProgress", "In Progress")
        self._admit()
        self._connecting = (call, self._loop.create_task(self._reach_and_link(call)))
        return None

    async def _reach_and_link(self, call: Call) -> None:
        try:
            async with asyncio.timeout(self._adapter.connect_timeout_s):
                await asyncio.sleep(self._adapter.connect_s + self.effects.slow_s)
                self.reach()
                await self._reachable.wait()
        except TimeoutError:
            self._connecting = None
            self._answer(call, f"{_ERROR}.Failed", _ABORTED)
            return
        self._connecting = None
        if self.effects.abort:  # BlueZ says that there was a link, for a moment
            self._change(Connected=Variant("b", True))
            self._answer(call, f"{_ERROR}.Failed", _ABORTED)
            self._change(Connected=Variant("b", False))
            return
        self._link()
        self._answer(call)

    def _link(self) -> None:
        self.connected = True
        self._gatt.link_up()
        self.peripheral.link_up(self._loop.time())
        self._change(Connected=Variant("b", True))
        self._resolving = self._loop.call_later(self._adapter.resolve_s, self._resolve)

    def _resolve(self) -> None:
        if self._tree is not None and not self.effects.dead:
            self._gatt.show(self._tree)
            uuids = sorted({*self.services, *(service.uuid for service in self.peripheral.services)})
            self._change(UUIDs=Variant("as", uuids), ServicesResolved=Variant("b", True))

    def _disconnect(self, call: Call) -> Message | None:
        if self._connecting is not None:
            self._cancel(f"{_ERROR}.Failed", "Cancelled")
            return Message.new_method_return(call)
        if not self.connected:
            raise DBusError(f"{_ERROR}.NotConnected", "Not Connected")
        self._loop.call_later(self._adapter.disconnect_s, self._disconnected, call)
        return None

    def _disconnected(self, call: Call) -> None:
        self._unlink()
        self._answer(call)

    def _unlink(self) -> None:
        if self._resolving is not None:
            self._resolving.cancel()
        if not self.connected:
            return
        self.connected, self.heard_s = False, self._loop.time()
        self._sender.give_up()
        self.peripheral.link_down(self._loop.time())
        self._gatt.link_down()
        self._change(Connected=Variant("b", False), ServicesResolved=Variant("b", False))

    def _cancel(self, error: str, text: str) -> None:
        if self._connecting is not None:
            (call, task), self._connecting = self._connecting, None
            task.cancel()
            self._answer(call, error, text)

    def _answer(self, call: Call, error: str = "", text: str = "") -> None:
        if self._tree is None:
            return
        if error:
            self._tree.fail(call, error, text)
        else:
            self._tree.answer(call)

    def _change(self, **changed: Variant) -> None:
        if self._tree is not None:
            self._tree.change(self.path, DEVICE, changed)

    def _signal_strength(self) -> int:
        if self.effects.rssi_dbm is not None:
            return self.effects.rssi_dbm
        spread = self.plan.air.rssi_spread_db
        return self.plan.air.rssi_dbm + self._rng.randint(-spread, spread)

    def _node(self) -> Node:
        advertised = self.peripheral.wearable.advertised
        said: dict[str, tuple[str, Any]] = {
            "Address": ("s", self.plan.address),
            "AddressType": ("s", "random"),
            "Name": ("s", self.plan.name),
            "Alias": ("s", self.plan.name),
            "Adapter": ("o", self._adapter_path),
            "UUIDs": ("as", self.services),
            "RSSI": ("n", self._rssi),
            "ServicesResolved": ("b", False),
        }
        said |= dict.fromkeys(("Trusted", "Blocked", "LegacyPairing", "Connected"), ("b", False))
        said |= dict.fromkeys(("Paired", "Bonded"), ("b", self.bonded))
        if advertised.companies:
            said["ManufacturerData"] = ("a{qv}", {company: Variant("ay", b"\0") for company in advertised.companies})
        properties = {name: Variant(*value) for name, value in said.items()}
        methods = {f"{DEVICE}.Connect": self._connect, f"{DEVICE}.Disconnect": self._disconnect}
        return Node(self.path, {DEVICE: properties}, methods, {})
