import pytest
from bleak.exc import (
    BleakBluetoothNotAvailableError,
    BleakBluetoothNotAvailableReason,
    BleakCharacteristicNotFoundError,
    BleakDBusError,
    BleakDeviceNotFoundError,
    BleakError,
    BleakGATTProtocolError,
    BleakGATTProtocolErrorCode,
)

from imutrack.sources.bleak_errors import link_error
from imutrack.sources.radio import Fault


def dbus(name, *words):
    return BleakDBusError(name, list(words))


@pytest.mark.parametrize(
    ("error", "fault"),
    [
        (TimeoutError(), Fault.TIMEOUT),
        (dbus("org.bluez.Error.InProgress", "In Progress"), Fault.IN_PROGRESS),
        (dbus("org.bluez.Error.Failed", "Operation already in progress"), Fault.IN_PROGRESS),
        (dbus("org.bluez.Error.Failed", "le-connection-abort-by-local"), Fault.ABORTED),
        (dbus("org.bluez.Error.Failed", "le-connection-concurrent-connection-limit"), Fault.NO_SLOT),
        (dbus("org.bluez.Error.Failed", "Not connected"), Fault.LOST),
        (dbus("org.bluez.Error.Failed", "what nobody ever read"), Fault.OTHER),
        (dbus("org.bluez.Error.NotReady", "Resource Not Ready"), Fault.ADAPTER),
        (dbus("org.freedesktop.DBus.Error.UnknownObject", "Method doesn't exist"), Fault.GONE),
        (dbus("org.freedesktop.DBus.Error.NoReply", "recipient disconnected"), Fault.ADAPTER),
        (dbus("org.freedesktop.DBus.Error.ServiceUnknown", "not activatable"), Fault.ADAPTER),
        (dbus("org.bluez.Error.NotPermitted", "Not paired"), Fault.PAIRING),
        (dbus("org.bluez.Error.AuthenticationFailed", "Authentication Failed"), Fault.PAIRING),
        (BleakGATTProtocolError(BleakGATTProtocolErrorCode.INSUFFICIENT_AUTHENTICATION), Fault.PAIRING),
        (BleakGATTProtocolError(BleakGATTProtocolErrorCode.INSUFFICIENT_ENCRYPTION), Fault.PAIRING),
        (BleakGATTProtocolError(BleakGATTProtocolErrorCode.UNLIKELY_ERROR), Fault.OTHER),
        (BleakDeviceNotFoundError("AA:BB:CC:DD:EE:FF", "not found"), Fault.GONE),
        (BleakError("device 'dev_AA_BB_CC_DD_EE_FF' not found"), Fault.GONE),
        (BleakError("adapter 'hci7' not found"), Fault.ADAPTER),
        (BleakError("failed to discover services, device disconnected"), Fault.ABORTED),
        (BleakError("Not connected"), Fault.LOST),
        (BleakCharacteristicNotFoundError("2a19"), Fault.ABSENT),
        (
            BleakBluetoothNotAvailableError("no", BleakBluetoothNotAvailableReason.POWERED_OFF),
            Fault.ADAPTER,
        ),
        (EOFError(), Fault.ADAPTER),
        (ConnectionResetError(), Fault.ADAPTER),
    ],
)
def test_each_failure_says_what_is_to_be_done(error, fault):
    assert link_error(error).kind == fault


@pytest.mark.parametrize("text", ["device 'dev_AA_BB_CC_DD_EE_FF' not found", "no AA:bb:CC:dd:EE:ff here"])
def test_a_message_keeps_no_address(text):
    said = str(link_error(BleakError(text))).lower()
    assert "cc" not in said
    assert "device" in said


def test_a_device_that_has_to_be_paired_says_in_words_how():
    error = link_error(BleakGATTProtocolError(BleakGATTProtocolErrorCode.INSUFFICIENT_AUTHENTICATION))
    assert str(error) == (
        "GATT Protocol Error: Insufficient Authentication; "
        "it talks to paired machines only: pair it once with `bluetoothctl pair` and its address"
    )
