"""Bluetooth payloads with known answers: what the decoders make of each, in the form that the scorer reads.

Reads of ``vectors.json`` only what a link would know: characteristic, bytes, and how the device was set up
(``params``). The decoder is chosen by characteristic and set-up, never by the device's text. Each payload is a link of
its own.
"""

import json
import struct
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, Final

import msgspec

from imutrack.errors import ImutrackError, RecordingError
from imutrack.samples import QUANTITIES
from imutrack.validation.running import work_through
from imutrack.wearables import WEARABLES, Facts, Packet, Stream
from imutrack.wearables.actions import sig
from imutrack.wearables.movella_dot import MODES

__all__ = ["Vector", "decode", "predict"]

Params = Mapping[str, Any]
Said = dict[str, Any]


class Vector(msgspec.Struct, frozen=True):
    """A payload, and how the device that sent it was set up."""

    id: str
    characteristic: str
    hex: str
    params: dict[str, Any] = {}


class _Vectors(msgspec.Struct, frozen=True):
    vectors: list[Vector]


@dataclass(frozen=True, slots=True)
class _Sender:
    """Which wearable sends on a characteristic, and what its set-up means for its decoder."""

    wearable: str
    settings: Callable[[Params], Said] = field(default=lambda _: {})
    facts: Callable[[Params], Facts] = field(default=lambda _: {})


def _dot_mode(params: Params) -> Said:
    number = params.get("payload_mode")
    names = [name for name, mode in MODES.items() if mode.number == number]
    return {"mode": names[0]} if names else {}


def _polar_ranges(params: Params) -> Said:
    return {"range_g": params["range_g"]} if "range_g" in params else {}


def _polar_factor(params: Params) -> Facts:
    """Return the answers to the start of acceleration, turning and magnetic field that say the factor."""
    if "factor" not in params:
        return {}
    factor = struct.pack("<BBf", 5, 1, params["factor"])
    return {f"{name}_start": bytes([0xF0, 2, number, 0, 0]) + factor for name, number in _POLAR.items()}


def _movesense_path(params: Params) -> Said:
    path = str(params.get("path", ""))
    return {"rate_hz": int(path.rpartition("/")[2]), "mag": "/IMU9/" in path} if "/IMU" in path else {}


def _renamed(names: Mapping[str, str], params: Params) -> Said:
    return {name: params[old] for old, name in names.items() if old in params}


_POLAR: Final = {"acc": 2, "gyr": 5, "mag": 6}
_DOT: Final = _Sender("movella-dot", _dot_mode)
_VERITY: Final = _Sender("polar-verity", _polar_ranges, _polar_factor)
_THINGY: Final = _Sender("thingy-52")

SENDERS: Final[Mapping[str, _Sender]] = {
    sig(0x2A19): _Sender("heart-rate"),
    sig(0x2A37): _Sender("heart-rate"),
    **{f"1517{number}-4947-11e9-8646-d663bd873d93": _DOT for number in ("1004", "2002", "2003", "2004", "3001")},
    "fb005c81-02e7-f387-1cad-8acd2d8df0c8": _VERITY,
    "fb005c82-02e7-f387-1cad-8acd2d8df0c8": _VERITY,
    "0000ffe4-0000-1000-8000-00805f9a34fb": _Sender("witmotion", lambda _: {"device_time": True}),
    "80030003-e629-4c98-9324-aa7fc0c66de7": _Sender("capture2go"),
    "34800002-7185-4d5d-b431-630e7050e8f0": _Sender("movesense", _movesense_path),
    "326a9006-85cb-9195-d9dd-464cfbbae75a": _Sender(
        "meta-motion", partial(_renamed, {"range_g": "acc_range_g", "range_dps": "gyr_range_dps"})
    ),
    "34c2e3bc-34aa-11eb-adc1-0242ac120002": _Sender("open-earable"),
    "f000aa81-0451-4000-b000-000000000000": _Sender("sensor-tag", partial(_renamed, {"range_g": "acc_range_g"})),
    **{f"ef68{number}-9b35-4933-9b10-52ffa9740042": _THINGY for number in ("0302", "0404", "0406", "0407")},
    "00030002-78fc-48fe-8e23-433b3a1942d0": _Sender("infini-time"),
    **{f"00{bits:x}00000-0001-11e1-ac36-0002a5d5c51b": _Sender("blue-st") for bits in range(2, 16, 2)},
}
"""Characteristic -> who sends on it."""

_PLAIN: Final = ("heart_rate_bpm", "rr_s", "battery_pct", "euler_deg", "dq", "dv")
_PER_READING: Final = ("ecg_uv", "ppg_counts", "pp_s")  # no quantity, yet a number for each reading
_MS: Final = ("button_ms",)


def predict(folder: Path, out: Path, jobs: int = 1) -> None:
    """Write what the decoders make of every payload of ``vectors.json``.

    Args:
        folder: holds ``vectors.json``: for each payload its id, characteristic, hex and params.
        out: the JSON to write; a payload that was refused has its reason in ``error``.
        jobs: processes to share the payloads among.

    Raises:
        RecordingError: the list cannot be read.
    """
    path = folder / "vectors.json"
    try:
        vectors = msgspec.json.decode(path.read_bytes(), type=_Vectors).vectors
    except (OSError, msgspec.DecodeError) as error:
        raise RecordingError(f"{path}: cannot be read ({error})") from error
    out.write_text(json.dumps(work_through(decode, vectors, jobs), indent=1), encoding="utf-8")


def decode(vector: Vector) -> Said:
    """Return what a payload says, in the scorer's words, or why it was refused."""
    try:
        return {"id": vector.id, **_decode(vector)}
    except ImutrackError as error:
        return {"id": vector.id, "error": str(error)}


def _decode(vector: Vector) -> Said:
    sender = SENDERS.get(vector.characteristic.lower())
    if sender is None or sender.wearable not in WEARABLES:
        raise RecordingError(f"no wearable is known to send on {vector.characteristic}")
    wearable = WEARABLES[sender.wearable]
    profile = wearable.profile(wearable.set_up(sender.settings(vector.params)), sender.facts(vector.params))
    decoder = profile.decoder()
    try:
        payload = bytes.fromhex(vector.hex)
    except ValueError as error:
        raise RecordingError(f"{vector.hex[:20]!r} is not hexadecimal") from error
    packets = decoder.feed(vector.characteristic.lower(), payload) + decoder.finish()
    return _readings(packets) | _times(packets, profile.streams) | _said(packets)


def _readings(packets: Iterable[Packet]) -> Said:
    found: Said = {}
    for packet in packets:
        for quantity in QUANTITIES:
            found.setdefault(quantity.value, []).extend(packet.values.get(quantity, ()))
    return {name: rows for name, rows in found.items() if rows}


def _times(packets: Iterable[Packet], streams: Iterable[Stream]) -> Said:
    """Return device times, each in the tick of its own stream or, where that was not set up, of the only clock."""
    clocks = {stream.name: stream.clock for stream in streams if stream.clock}
    only = next(iter(clocks.values()), None)
    times = []
    for packet in packets:
        clock = clocks.get(packet.stream, only)
        times += [tick * clock.tick_s for tick in packet.ticks] if clock else []
        times += [float(str(packet.said[name])) / 1000 for name in _MS if name in packet.said]
    return {"device_time_s": times} if times else {}


def _said(packets: Iterable[Packet]) -> Said:
    found: Said = {}
    for packet in packets:
        found |= {name: packet.said[name] for name in _PLAIN if name in packet.said}
        for name in _PER_READING:
            rows = packet.said.get(name, ())
            if isinstance(rows, tuple) and rows:
                found["other"] = [list(row) if isinstance(row, tuple) else [row] for row in rows]
    return found
