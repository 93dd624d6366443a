"""What went wrong, by the names BlueZ and Bleak give it: one `Fault` for each thing that is done about it.

Messages keep no address: they end in logs.
"""

import re
from collections.abc import Mapping
from typing import Final

from bleak.exc import (
    BleakBluetoothNotAvailableError,
    BleakCharacteristicNotFoundError,
    BleakDBusError,
    BleakDeviceNotFoundError,
    BleakError,
    BleakGATTProtocolError,
    BleakGATTProtocolErrorCode,
)

from imutrack.errors import LinkError
from imutrack.sources.radio import Fault

__all__ = ["EXPECTED", "link_error"]

EXPECTED: Final = (BleakError, TimeoutError, OSError, EOFError, AssertionError)
"""What Bleak raises where a link fails; some of it when the bus ends under it."""

_PAIRED_ONLY: Final = frozenset(
    {
        BleakGATTProtocolErrorCode.INSUFFICIENT_AUTHENTICATION,
        BleakGATTProtocolErrorCode.INSUFFICIENT_AUTHORIZATION,
        BleakGATTProtocolErrorCode.INSUFFICIENT_ENCRYPTION,
        BleakGATTProtocolErrorCode.INSUFFICIENT_ENCRYPTION_KEY_SIZE,
    }
)
_BY_NAME: Final[Mapping[str, Fault]] = {
    "org.bluez.Error.InProgress": Fault.IN_PROGRESS,
    "org.bluez.Error.NotReady": Fault.ADAPTER,
    "org.bluez.Error.NotConnected": Fault.LOST,
    "org.bluez.Error.DoesNotExist": Fault.GONE,
    "org.bluez.Error.AuthenticationFailed": Fault.PAIRING,
    "org.bluez.Error.AuthenticationRejected": Fault.PAIRING,
    "org.freedesktop.DBus.Error.UnknownObject": Fault.GONE,
    "org.freedesktop.DBus.Error.UnknownMethod": Fault.GONE,  # older buses say so of an object that is no more
    "org.freedesktop.DBus.Error.ServiceUnknown": Fault.ADAPTER,
    "org.freedesktop.DBus.Error.NameHasNoOwner": Fault.ADAPTER,
    "org.freedesktop.DBus.Error.NoReply": Fault.ADAPTER,
    "org.freedesktop.DBus.Error.Disconnected": Fault.ADAPTER,
}
_BY_WORDS: Final[Mapping[str, Fault]] = {  # BlueZ src/error.h, and Bleak's own
    "concurrent-connection-limit": Fault.NO_SLOT,
    "memory-allocation": Fault.NO_SLOT,
    "abort-by-local": Fault.ABORTED,
    "abort-by-remote": Fault.ABORTED,
    "connection-canceled": Fault.ABORTED,
    "connection-refused": Fault.ABORTED,
    "link-layer-protocol-error": Fault.ABORTED,
    "gatt-browsing": Fault.ABORTED,
    "connection-busy": Fault.IN_PROGRESS,
    "already in progress": Fault.IN_PROGRESS,
    "connection-timeout": Fault.TIMEOUT,
    "adapter-not-powered": Fault.ADAPTER,
    "adapter '": Fault.ADAPTER,  # "adapter 'hci0' not found"
    "not paired": Fault.PAIRING,
    "device disconnected": Fault.ABORTED,  # while its services were looked for
    "not connected": Fault.LOST,
    "device '": Fault.GONE,  # "device 'dev_...' not found"
}
_PAIR: Final = "it talks to paired machines only: pair it once with `bluetoothctl pair` and its address"
_ADDRESS: Final = re.compile(r"(dev_)?[0-9A-Fa-f]{2}([:_-][0-9A-Fa-f]{2}){5}")


def link_error(error: BaseException) -> LinkError:
    """Return what a failure of Bleak means."""
    words = error.args[-1] if isinstance(error, BleakGATTProtocolError) else error  # whose str is that of a tuple
    said = _ADDRESS.sub("device", str(words)) or type(error).__name__
    fault = _fault(error, said.lower())
    return LinkError(f"{said}; {_PAIR}" if fault is Fault.PAIRING else said, fault)


def _fault(error: BaseException, said: str) -> Fault:
    match error:
        case BleakDeviceNotFoundError():
            return Fault.GONE
        case BleakCharacteristicNotFoundError():
            return Fault.ABSENT
        case BleakGATTProtocolError() if error.code in _PAIRED_ONLY:
            return Fault.PAIRING
        case BleakBluetoothNotAvailableError():
            return Fault.ADAPTER
        case BleakDBusError() if error.dbus_error in _BY_NAME:
            return _BY_NAME[error.dbus_error]
        case BleakError():
            return next((fault for words, fault in _BY_WORDS.items() if words in said), Fault.OTHER)
        case TimeoutError():
            return Fault.TIMEOUT
        case OSError() | EOFError():
            return Fault.ADAPTER  # the bus itself ended
        case _:
            return Fault.OTHER
