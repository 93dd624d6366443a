"""Bluetooth Low Energy through Bleak: one adapter, one scanner, one connection made at a time.

Each attempt takes a new client and the device as the scanner last gave it, never an address: an address makes Bleak
scan by itself. Every client is disconnected in the end, also one whose link broke: else its bus connection stays, and
with it a second copy of every notification of the next one.

On Linux the service is watched besides, and what Bleak leaves out is done by `imutrack.sources.bluez`; elsewhere Bleak
is all there is.
"""

import asyncio
import logging
import sys
from contextlib import nullcontext
from typing import TYPE_CHECKING, Any, Final

from bleak import BleakScanner
from bleak.args.bluez import BlueZScannerArgs
from bleak.backends.device import BLEDevice
from bleak.backends.scanner import AdvertisementData

from imutrack.errors import LinkError
from imutrack.sources.ble_link import BleLink
from imutrack.sources.discovery import Discovery
from imutrack.sources.radio import Fault, OnSeen, Seen

if TYPE_CHECKING:
    from imutrack.sources.bluez import BlueZ

__all__ = ["BleLink", "BleRadio"]

log = logging.getLogger(__name__)

_KEPT_S: Final = 60.0  # devices around come and go under new addresses
_KEPT: Final = 200
_HELD_FIRST_S: Final = 0.25  # a collector that was killed is started again while its straps are still connected
_HELD_EVERY_S: Final = 2.0
_SILENT_DBM: Final = -127


class BleRadio:
    """One adapter.

    Args:
        adapter: Linux's name of it, or its address, under which it is found whatever it is called; other systems have
            but one.
        acquire_notify: see `BleLink`.
        pause_discovery: rest from looking while connecting.
    """

    def __init__(self, adapter: str = "hci0", *, acquire_notify: bool = True, pause_discovery: bool = True) -> None:
        _hush_bleak()
        self._asked_for, self._acquire = adapter, acquire_notify
        self._scanner: tuple[str, BleakScanner] | None = None  # and of which adapter it is
        self._discovery = Discovery(self._scanner_now, pause=pause_discovery, end_stray=self._end_stray)
        self._watchers: list[OnSeen] = []
        self._devices: dict[str, tuple[BLEDevice, float]] = {}
        self._links: set[BleLink] = set()  # connected, or being so, and not yet disconnected
        self._forgotten_at_pause: set[str] = set()
        self._one_at_a_time = asyncio.Lock()
        self._bluez: BlueZ | None = None
        self._holding: asyncio.Task[None] | None = None
        self._started = False

    @property
    def alive(self) -> bool:
        """Whether the Bluetooth service and the adapter are there."""
        return self._started and (self._bluez is None or self._bluez.present)

    async def start(self) -> None:
        """See `imutrack.sources.radio.Radio`."""
        self._started = True
        if sys.platform == "linux":
            from imutrack.sources.bluez import BlueZ

            self._bluez = BlueZ(self._asked_for, self._on_service)
            await self._bluez.start()
            if not self._bluez.serves:
                log.warning("no Bluetooth service (bluetoothd) yet: waiting for it")
            self._holding = asyncio.get_running_loop().create_task(self._show_held())
        else:
            self._on_service(True)

    async def stop(self) -> None:
        """See `imutrack.sources.radio.Radio`."""
        if self._holding is not None:
            self._holding.cancel()
            await asyncio.wait((self._holding,))
        await self._discovery.stop()
        if self._links:
            await asyncio.wait([asyncio.ensure_future(link.disconnect()) for link in self._links])
        self._started = False
        if self._bluez is not None:
            await self._bluez.stop()
            self._bluez.let_bleak_forget()
            self._bluez = None

    def watch(self, on_seen: OnSeen) -> None:
        """See `imutrack.sources.radio.Radio`."""
        self._watchers.append(on_seen)

    def discover(self, *, wanted: bool) -> None:
        """See `imutrack.sources.radio.Radio`."""
        self._discovery.want(wanted=wanted)

    async def connect(self, seen: Seen, timeout_s: float) -> BleLink:
        """See `imutrack.sources.radio.Radio`."""
        async with self._one_at_a_time:
            known = self._devices.get(seen.address)
            if not self.alive:
                raise LinkError("the Bluetooth service or its adapter is away", Fault.ADAPTER)
            if known is None:
                raise LinkError("the device was not seen lately", Fault.GONE)
            link = BleLink(known[0], self._adapter, acquire=self._acquire, on_end=self._links.discard)
            self._links.add(link)
            try:
                await self._connect(link, timeout_s)
            except BaseException:
                await link.disconnect()
                raise
            return link

    async def _connect(self, link: BleLink, timeout_s: float) -> None:
        pauses = link.address not in self._forgotten_at_pause
        try:
            async with self._discovery.paused() if pauses else nullcontext():
                await link.connect(timeout_s)
        except LinkError as error:
            # BlueZ may forget a device that it has no link to as soon as nobody looks any more.
            change = self._forgotten_at_pause.add if error.kind == Fault.GONE else self._forgotten_at_pause.discard
            change(link.address)
            raise

    async def forget(self, address: str) -> None:
        """See `imutrack.sources.radio.Radio`."""
        self._devices.pop(address, None)
        if self._bluez is not None:
            await self._bluez.forget(address)

    async def power_cycle(self) -> None:
        """See `imutrack.sources.radio.Radio`."""
        if self._bluez is None:
            raise LinkError("the adapter can be switched on Linux only", Fault.ADAPTER)
        await self._bluez.power_cycle()
        self._discovery.want(wanted=self._discovery.wanted)

    @property
    def _adapter(self) -> str:
        """What the adapter is called now."""
        return self._asked_for if self._bluez is None else self._bluez.adapter

    def _scanner_now(self) -> BleakScanner:
        if self._scanner is None or self._scanner[0] != self._adapter:
            # Without duplicates BlueZ would say once that a device advertises, and not that it still does.
            said: BlueZScannerArgs = {"adapter": self._adapter, "filters": {"DuplicateData": True}}
            self._scanner = self._adapter, BleakScanner(self._on_advertisement, bluez=said)
        return self._scanner[1]

    async def _end_stray(self) -> None:
        if self._bluez is not None:
            await self._bluez.end_stray()

    def _on_service(self, there: bool) -> None:
        if not there:
            for link in self._links:
                link.end(Fault.ADAPTER)
            self._devices.clear()
            if self._bluez is not None:
                self._bluez.let_bleak_forget()
        self._discovery.service(there=there)

    def _on_advertisement(self, device: BLEDevice, said: AdvertisementData) -> None:
        self._show(device, seen_of(device, said))

    def _show(self, device: BLEDevice, seen: Seen) -> None:
        if len(self._devices) > _KEPT:
            oldest_s = seen.at_s - _KEPT_S
            self._devices = {key: kept for key, kept in self._devices.items() if kept[1] > oldest_s}
        self._devices[seen.address] = device, seen.at_s
        for watcher in self._watchers:
            watcher(seen)

    async def _show_held(self) -> None:
        """Show devices that BlueZ holds a link to that is not ours, which do not advertise.

        A collector that was killed leaves such links behind; nobody else would ever end them.
        """
        wait_s = _HELD_FIRST_S
        while True:
            await asyncio.sleep(wait_s)
            if self._bluez is not None and self.alive and self._discovery.running:
                wait_s = _HELD_EVERY_S
                ours = {link.address for link in self._links}
                for device in await self._bluez.held():
                    if device.address not in ours:
                        self._show(device, seen_of(device))


def _hush_bleak() -> None:
    """Let Bleak log nothing, unless somebody set it to: it names devices by address, and what fails is told anyway."""
    logger = logging.getLogger("bleak")
    if logger.level == logging.NOTSET:
        logger.setLevel(logging.CRITICAL)


def seen_of(device: BLEDevice, said: AdvertisementData | None = None) -> Seen:
    """Return what is known of a device now: from its advertisement, or from what BlueZ kept of it."""
    kept: dict[str, Any] = {} if said else device.details["props"]
    return Seen(
        address=device.address.upper(),
        name=(said.local_name if said else None) or device.name or "",
        rssi_dbm=said.rssi if said else _SILENT_DBM,
        services=frozenset(said.service_uuids if said else kept.get("UUIDs", ())),
        companies=frozenset(said.manufacturer_data if said else kept.get("ManufacturerData", ())),
        at_s=asyncio.get_running_loop().time(),
        heard=said is not None and said.rssi != _SILENT_DBM,  # else Bleak passes on what BlueZ says of it otherwise
    )
