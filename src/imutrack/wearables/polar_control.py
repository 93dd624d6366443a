"""The control point of Polar's measurement service (PMD): commands, answers, and what a refusal means.

A command is its code, the measurement, and settings: kind, how many values, the values. The device answers by an
indication: 0xF0, command, measurement, status, whether more follows, settings. Read, it says 0x0F and what it measures.
"""

import struct
from collections.abc import Callable, Mapping
from functools import partial
from typing import Final

from imutrack.errors import DecodeError, WearableError
from imutrack.wearables.actions import Answer, Ask, Write
from imutrack.wearables.packet import Packet

__all__ = [
    "CHANNELS",
    "CONTROL_POINT",
    "FACTOR",
    "RANGE",
    "RATE",
    "RESOLUTION",
    "Settings",
    "ask_settings",
    "decode_control",
    "factor_of",
    "offered",
    "start",
    "stop",
]

CONTROL_POINT: Final = "fb005c81-02e7-f387-1cad-8acd2d8df0c8"

Settings = Mapping[int, tuple[float, ...]]
"""Kind -> values: 0 rate in Hz, 1 resolution in bits, 2 range, 4 channels, 5 factor."""

RATE, RESOLUTION, RANGE, CHANNELS, FACTOR = 0, 1, 2, 4, 5
_LAYOUTS: Final = {0: "H", 1: "H", 2: "H", 3: "I", 4: "B", 5: "f"}

_ANSWER, _FEATURES, _STOPPED = 0xF0, 0x0F, 0x01
_GET_SETTINGS, _START, _STOP = 1, 2, 3
_COMMANDS: Final = {_GET_SETTINGS: "settings", _START: "start", _STOP: "stop"}
_DONE, _ALREADY = 0, 6

_REFUSALS: Final = {
    2: "it does not measure this: leave it out of its settings",
    3: "it does not measure this: leave it out of its settings",
    7: "it does not offer this resolution: bring its firmware up to date with the vendor's app",
    8: "it does not offer this rate: choose another in its settings",
    9: "it does not offer this range: choose another in its settings",
    10: "the link carries too little at a time (MTU): connect anew, or try another Bluetooth adapter",
    11: "it does not offer this number of channels: bring its firmware up to date with the vendor's app",
    12: "it is not ready to measure: switch it off and on, and wear it",
    13: "it is in its charger: take it out",
    14: "its memory is full: delete its recordings with the vendor's app",
}


def decode_control(payload: bytes) -> Packet:
    """Decode what the control point says.

    Raises:
        DecodeError: it is too short, or of no known kind.
    """
    if payload[:1] == bytes([_ANSWER]) and len(payload) >= 4:
        _, command, measurement, status = payload[:4]
        said: dict[str, object] = {"command": _COMMANDS.get(command, command), "measurement": measurement}
        said |= {"status": status, "settings": offered(payload)}
        return Packet("control", said=said)
    if payload[:1] == bytes([_FEATURES]) and len(payload) >= 2:
        return Packet("control", said={"measures": tuple(bit for bit in range(8) if payload[1] >> bit & 1)})
    if payload[:1] == bytes([_STOPPED]):
        return Packet("control", said={"stopped": tuple(payload[1:])})
    raise DecodeError(f"control point: {payload.hex() or 'nothing'} is no answer")


def offered(answer: bytes) -> Settings:
    """Return the settings in an answer; none where the device refused.

    Raises:
        DecodeError: a kind is not known, or its values are cut.
    """
    if len(answer) < 4 or answer[3] != _DONE:
        return {}
    found, at = {}, 5  # after whether more follows
    while at < len(answer):
        kind, count = answer[at], answer[at + 1] if at + 1 < len(answer) else 0
        layout = f"<{count}{_LAYOUTS.get(kind, '')}"
        size = struct.calcsize(layout) if kind in _LAYOUTS else 0
        if not count or not size or at + 2 + size > len(answer):
            raise DecodeError(f"control point: setting {kind} with {count} values is not known, or is cut")
        found[kind] = struct.unpack_from(layout, answer, at + 2)
        at += 2 + size
    return found


def factor_of(answer: bytes) -> dict[int, float]:
    """Return measurement -> factor where an answer to a start says one."""
    if len(answer) < 4 or answer[0] != _ANSWER or answer[1] != _START:
        return {}
    values = offered(answer).get(FACTOR)
    return {answer[2]: values[0]} if values else {}


def ask_settings(measurement: int, name: str, example: Settings) -> Ask:
    """Ask what may be chosen; a device that does not measure it says so, which is an answer too."""
    answer = bytes([_ANSWER, _GET_SETTINGS, measurement, _DONE, 0]) + _packed(example)
    judge = partial(_answers, _GET_SETTINGS, measurement)
    return Ask(
        Write(CONTROL_POINT, bytes([_GET_SETTINGS, measurement])),
        Answer(CONTROL_POINT, judge, answer, fact=f"{name}_settings"),
    )


def start(measurement: int, name: str, settings: Settings, factor: float | None = None) -> Ask:
    """Start a measurement; one that runs already is no error.

    Args:
        measurement: its number.
        name: for the fact that keeps the answer, and for messages.
        settings: kind -> one value, in the order they are written.
        factor: what the answer of a simulated device says.
    """
    answer = bytes([_ANSWER, _START, measurement, _DONE, 0])
    if factor is not None:
        answer += _packed({FACTOR: (factor,)})
    return Ask(
        Write(CONTROL_POINT, bytes([_START, measurement]) + _packed(settings)),
        Answer(CONTROL_POINT, _judge_of(measurement, name), answer, fact=f"{name}_start"),
    )


def stop(measurement: int) -> Write:
    """Stop a measurement; the device may say that there was none to stop."""
    return Write(CONTROL_POINT, bytes([_STOP, measurement]))


def _packed(settings: Settings) -> bytes:
    return b"".join(
        struct.pack(f"<BB{len(values)}{_LAYOUTS[kind]}", kind, len(values), *values)
        for kind, values in settings.items()
    )


def _answers(command: int, measurement: int, payload: bytes) -> bool:
    return len(payload) >= 4 and payload[:3] == bytes([_ANSWER, command, measurement])


def _judge_of(measurement: int, name: str) -> Callable[[bytes], bool]:
    def judge(payload: bytes) -> bool:
        if not _answers(_START, measurement, payload):
            return False
        if payload[3] in (_DONE, _ALREADY):
            return True
        why = _REFUSALS.get(payload[3], f"status {payload[3]}: bring its firmware up to date with the vendor's app")
        raise WearableError(f"the wearable refused to start {name}: {why}")

    return judge
