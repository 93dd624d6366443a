"""One connection over a Bleak client, which is made for it and never used again."""

import asyncio
import logging
from collections.abc import Callable
from typing import Final

from bleak import BleakClient
from bleak.backends.characteristic import BleakGATTCharacteristic
from bleak.backends.device import BLEDevice

from imutrack.sources.bleak_errors import EXPECTED, link_error
from imutrack.sources.bounded import bounded
from imutrack.sources.radio import Fault, OnNotification

__all__ = ["BleLink"]

log = logging.getLogger(__name__)

_CANCEL_S: Final = 2.0  # for BlueZ to take back a connection attempt
_DISCONNECT_S: Final = 3.0  # BlueZ takes about two
_FOR_GOOD: Final = (Fault.ABSENT, Fault.PAIRING, Fault.LOST, Fault.ADAPTER)  # another way to notify would not help

_Notified = Callable[[BleakGATTCharacteristic, bytearray], None]


class BleLink:
    """One connection over a Bleak client.

    Args:
        device: as the scanner gave it.
        adapter: such as hci0.
        acquire: take notifications over a socket where the characteristic offers one.
        on_end: called when it is disconnected.
    """

    def __init__(self, device: BLEDevice, adapter: str, *, acquire: bool, on_end: "Callable[[BleLink], None]") -> None:
        self.address = device.address.upper()
        self._client = BleakClient(device, self._on_lost, bluez={"adapter": adapter})
        self._acquire, self._on_end = acquire, on_end
        self._lost = asyncio.Event()
        self._fault = Fault.LOST
        self._closing: asyncio.Future[None] | None = None
        self._subscribed: set[str] = set()

    @property
    def lost(self) -> asyncio.Event:
        """Set when the link is gone."""
        return self._lost

    @property
    def fault(self) -> Fault:
        """Why it is lost."""
        return self._fault

    def end(self, fault: Fault) -> None:
        """Take the link for lost, whatever Bleak says."""
        if not self._lost.is_set():
            self._fault = fault
            self._lost.set()

    async def connect(self, timeout_s: float) -> None:
        """Connect and find the services.

        Raises:
            LinkError: it failed; `disconnect` is needed all the same.
        """
        try:
            await bounded(self._client.connect(timeout=timeout_s), timeout_s, _CANCEL_S)
        except EXPECTED as error:
            raise link_error(error) from error

    async def subscribe(self, characteristic: str, callback: OnNotification) -> None:
        """See `imutrack.sources.radio.Link`; a second time does nothing."""
        if characteristic in self._subscribed:
            return

        def notified(_: BleakGATTCharacteristic, payload: bytearray) -> None:
            callback(characteristic, bytes(payload))

        try:
            await self._notify(characteristic, notified)
        except EXPECTED as error:
            raise link_error(error) from error
        self._subscribed.add(characteristic)

    async def read(self, characteristic: str) -> bytes:
        """See `imutrack.sources.radio.Link`."""
        try:
            return bytes(await self._client.read_gatt_char(characteristic))
        except EXPECTED as error:
            raise link_error(error) from error

    async def write(self, characteristic: str, data: bytes, *, response: bool) -> None:
        """See `imutrack.sources.radio.Link`."""
        try:
            await self._client.write_gatt_char(characteristic, data, response=response)
        except EXPECTED as error:
            raise link_error(error) from error

    async def disconnect(self) -> None:
        """See `imutrack.sources.radio.Link`."""
        if self._closing is None:
            self._closing = asyncio.ensure_future(self._disconnect())
        await asyncio.wait((self._closing,))

    async def _disconnect(self) -> None:
        try:
            await bounded(self._client.disconnect(), _DISCONNECT_S)
        except EXPECTED as error:
            log.debug("disconnect: %s", link_error(error))
        finally:
            self.end(Fault.LOST)
            self._on_end(self)

    async def _notify(self, characteristic: str, notified: _Notified) -> None:
        if self._acquire:
            try:
                await self._client.start_notify(characteristic, notified, bluez={"use_start_notify": False})
            except EXPECTED as error:
                if self._lost.is_set() or link_error(error).kind in _FOR_GOOD:
                    raise
                log.debug("no socket for notifications: %s", link_error(error))
            else:
                return
        await self._client.start_notify(characteristic, notified, bluez={"use_start_notify": True})

    def _on_lost(self, _: BleakClient) -> None:
        self.end(Fault.LOST)
