"""MbientLab MetaMotion: raw readings, or those of its own sensor fusion.

Everything passes over one pair of characteristics: the number of a module, of a register in it, then bytes. Each module
notifies on its own, so acceleration, turning and magnetic field are streams of their own; none carries a time stamp or
a counter, and what got lost is unknown. Raw acceleration and turning come three readings to a notification.

Two sensor chips were built in, BMI160 and BMI270, which number ranges and registers otherwise: the device is asked.
Old firmware (a module's revision 0) does not pack readings and sends none then. Not verified on hardware: whether the
quaternion turns the sensor's axes into the earth's or back, and the directions of the Euler angles. Written from facts
about the bytes alone; the vendor's library is not used.
"""

from dataclasses import dataclass
from functools import partial
from typing import Final, Literal

import msgspec

from imutrack.errors import WearableError
from imutrack.samples import Quantity
from imutrack.wearables.actions import Answer, Ask, Recipe, Subscribe, Write
from imutrack.wearables.decoding import EachAlone
from imutrack.wearables.encoding import encode_battery
from imutrack.wearables.heart_rate import BATTERY_LEVEL, battery_level
from imutrack.wearables.meta_motion_payloads import (
    ACC,
    FUSED,
    FUSION,
    GYR,
    MAG,
    Ranges,
    encode_fused,
    encode_raw,
    parse,
)
from imutrack.wearables.packet import Notification, Packet, Stream
from imutrack.wearables.wearable import Advertised, Facts, Profile, Wearable

__all__ = ["META_MOTION", "MetaMotionSettings"]


def _uuid(number: int) -> str:
    return f"326a{number:04x}-85cb-9195-d9dd-464cfbbae75a"


_SERVICE, _COMMAND, _NOTIFY = _uuid(0x9000), _uuid(0x9001), _uuid(0x9006)

_POWER, _ENABLE, _CONFIG, _INFO = 0x01, 0x02, 0x03, 0x80  # registers that the sensors' modules share
_FUSION_MODE, _FUSION_OUTPUTS = 0x02, 0x03
_MAG_RATE, _MAG_REPETITIONS = 0x03, 0x04
_MAG_25_HZ: Final = 0x06
_MAG_REGULAR: Final = (0x04, 0x0E)  # 9 repetitions in x and y, 15 in z: the maker's regular preset
_MAG_HZ: Final = 25.0
_FUSION_HZ: Final = 100  # fixed in the modes offered here

_RATES: Final = {25: 0x06, 50: 0x07, 100: 0x08, 200: 0x09}
_GYR_RANGES: Final = {2000: 0, 1000: 1, 500: 2, 250: 3, 125: 4}
_ACC_RANGES: Final = (2, 4, 8, 16)
_USUAL_FILTER: Final = 0x20
_MODES: Final = {"ndof": 1, "imu-plus": 2}


@dataclass(frozen=True, slots=True)
class _Chip:
    """What differs between the sensor chips.

    Attributes:
        acc_type, gyr_type: by which the modules name it.
        acc_filter: joins the rate in the configuration of acceleration.
        acc_ranges: codes of 2, 4, 8 and 16 g.
        acc_packed, gyr, gyr_packed: registers of readings.
    """

    acc_type: int
    gyr_type: int
    acc_filter: int
    acc_ranges: tuple[int, int, int, int]
    acc_packed: int
    gyr: int
    gyr_packed: int


_BMI160: Final = _Chip(1, 0, _USUAL_FILTER, (0x03, 0x05, 0x08, 0x0C), acc_packed=0x1C, gyr=0x05, gyr_packed=0x07)
_BMI270: Final = _Chip(4, 1, 0x80 | _USUAL_FILTER, (0, 1, 2, 3), acc_packed=0x05, gyr=0x04, gyr_packed=0x05)
_CHIPS: Final = {chip.acc_type: chip for chip in (_BMI160, _BMI270)}
_ACC_SINGLE, _MAG_SINGLE = 0x04, 0x05


class MetaMotionSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What may be chosen.

    Attributes:
        sends: which readings; those of the sensor fusion besides acc, gyr and mag.
        fusion: off for raw readings; imu-plus without, ndof with the magnetometer; always at 100 Hz.
        rate_hz: of acceleration and turning; the raw magnetometer sends 25 Hz.
        acc_range_g: the widest, since quick movements at the shank exceed 8 g.
        gyr_range_dps: 125 not together with fusion.
    """

    sends: tuple[Literal["acc", "gyr", "mag", "quat", "euler", "gravity", "free_acc"], ...] = ("acc", "gyr")
    fusion: Literal["off", "imu-plus", "ndof"] = "off"
    rate_hz: Literal[25, 50, 100, 200] = 100
    acc_range_g: Literal[2, 4, 8, 16] = 16
    gyr_range_dps: Literal[125, 250, 500, 1000, 2000] = 2000

    def __post_init__(self) -> None:
        """Check what does not go together."""
        if not self.sends:
            raise ValueError("sends: name at least one of acc, gyr, mag")
        fused = [name for name in self.sends if name not in ("acc", "gyr", "mag")]
        if self.fusion == "off" and fused:
            raise ValueError(f"sends: {fused[0]} needs fusion = imu-plus or ndof")
        if self.fusion == "imu-plus" and "mag" in self.sends:
            raise ValueError("sends: mag needs fusion = ndof or off")
        if self.fusion != "off" and (self.rate_hz != _FUSION_HZ or self.gyr_range_dps == 125):
            raise ValueError("fusion: it runs at rate_hz = 100 and with gyr_range_dps from 250")

    @property
    def ranges(self) -> Ranges:
        """Of the raw readings."""
        return Ranges(self.acc_range_g, self.gyr_range_dps)


def _write(*command: int) -> Write:
    return Write(_COMMAND, bytes(command))


def _rest(chip: _Chip) -> Recipe:
    """Switch everything off that may have been switched on, also by other software that used the device before."""
    raw = [(ACC, _ACC_SINGLE), (ACC, chip.acc_packed), (GYR, chip.gyr), (GYR, chip.gyr_packed), (MAG, _MAG_SINGLE)]
    return (
        _write(FUSION, _POWER, 0),
        _write(FUSION, _FUSION_OUTPUTS, 0, 0x7F),
        *(_write(module, _POWER, 0) for module in (ACC, GYR, MAG)),
        *(_write(module, _ENABLE, 0, 1) for module in (ACC, GYR, MAG)),
        *(_write(module, register, 0) for module, register in raw),
    )


def _set_up(settings: MetaMotionSettings, chip: _Chip) -> dict[int, Recipe]:
    rate, acc_range = _RATES[settings.rate_hz], chip.acc_ranges[_ACC_RANGES.index(settings.acc_range_g)]
    return {
        ACC: (_write(ACC, _CONFIG, chip.acc_filter | rate, acc_range),),
        GYR: (_write(GYR, _CONFIG, _USUAL_FILTER | rate, _GYR_RANGES[settings.gyr_range_dps]),),
        MAG: (_write(MAG, _MAG_REPETITIONS, *_MAG_REGULAR), _write(MAG, _MAG_RATE, _MAG_25_HZ)),
    }


def _registers(chip: _Chip) -> dict[str, tuple[int, int]]:
    """Return module and register of each raw stream."""
    return {"acc": (ACC, chip.acc_packed), "gyr": (GYR, chip.gyr_packed), "mag": (MAG, _MAG_SINGLE)}


def _start(settings: MetaMotionSettings, chip: _Chip) -> Recipe:
    set_up = _set_up(settings, chip)
    begin: Recipe = ()
    if settings.fusion == "off":
        sources = [source for name, source in _registers(chip).items() if name in settings.sends]
        modules = [module for module, _ in sources]
        config = [action for module in modules for action in set_up[module]]
    else:
        outputs = [FUSED[name] for name in FUSED if name in settings.sends]
        sources = [(FUSION, output.register) for output in outputs]
        modules = [ACC, GYR, MAG] if settings.fusion == "ndof" else [ACC, GYR]
        ranges = _ACC_RANGES.index(settings.acc_range_g) | (_GYR_RANGES[settings.gyr_range_dps] + 1) << 4
        mode = _write(FUSION, _FUSION_MODE, _MODES[settings.fusion], ranges)
        config = [mode, *(action for module in modules for action in set_up[module])]
        mask = sum(output.bit for output in outputs)
        begin = (_write(FUSION, _FUSION_OUTPUTS, mask, 0), _write(FUSION, _POWER, 1))
    return (
        Subscribe(_NOTIFY),
        *_rest(chip),
        *config,
        *(_write(module, register, 1) for module, register in sources),
        *(_write(module, _ENABLE, 1, 0) for module in modules),
        *(_write(module, _POWER, 1) for module in modules),
        *begin,
    )


def _streams(settings: MetaMotionSettings) -> tuple[Stream, ...]:
    streams = []
    for name, output in FUSED.items():
        quantities = () if output.quantity is None else (output.quantity,)
        raw = settings.fusion == "off"
        rate = _MAG_HZ if raw and name == "mag" else float(settings.rate_hz)
        if name in settings.sends:
            count = 3 if raw and name != "mag" else 1
            streams.append(Stream(name, quantities, rate, per_packet=count, characteristic=_NOTIFY))
    return tuple(streams)


def _encode(settings: MetaMotionSettings, chip: _Chip, packet: Packet) -> list[Notification]:
    if packet.stream not in FUSED:
        return encode_battery(packet)
    if settings.fusion != "off":
        return [(_NOTIFY, payload) for payload in encode_fused(FUSED[packet.stream], packet)]
    module, packed = _registers(chip)[packet.stream]
    single = {"acc": _ACC_SINGLE, "gyr": chip.gyr, "mag": _MAG_SINGLE}[packet.stream]
    quantity = Quantity(packet.stream)
    three = bytes([module, packed]) if packed != single else b""
    payloads = encode_raw(quantity, packet.values[quantity], settings.ranges, bytes([module, single]), three)
    return [(_NOTIFY, payload) for payload in payloads]


def _profile(settings: MetaMotionSettings, facts: Facts) -> Profile:
    chip = _CHIPS[facts.get("accelerometer", _info(ACC, _BMI160.acc_type))[2]]
    parsers = {_NOTIFY: parse(settings.ranges), BATTERY_LEVEL: battery_level}
    return Profile(
        streams=_streams(settings),
        start=_start(settings, chip),
        stop=_rest(chip),
        decoder=lambda: EachAlone(parsers),
        encode=partial(_encode, settings, chip),
    )


def _info(module: int, kind: int) -> bytes:
    return bytes([module, _INFO, kind, 1])  # then the module's revision


def _known(module: int, what: str, kinds: tuple[int, ...], payload: bytes) -> bool:
    """Judge what a module says of itself: its type is missing where the module is."""
    if payload[:2] != bytes([module, _INFO]):
        return False
    if len(payload) < 3 or payload[2] not in kinds:
        found = f"type {payload[2]}" if len(payload) > 2 else "none"
        raise WearableError(f"this MetaWear board's {what} is not one that can be read ({found}): use a MetaMotion")
    return True


def _ask(module: int, what: str, kinds: tuple[int, ...]) -> Ask:
    answer = Answer(_NOTIFY, partial(_known, module, what, kinds), _info(module, kinds[0]), fact=what)
    return Ask(_write(module, _INFO), answer)


META_MOTION: Final = Wearable(
    id="meta-motion",
    title="MbientLab MetaMotion",
    advertised=Advertised(names=("metawear", "metamotion"), services=(_SERVICE,)),
    settings=MetaMotionSettings,
    profile=_profile,
    look=(
        Subscribe(_NOTIFY),
        _ask(ACC, "accelerometer", (_BMI160.acc_type, _BMI270.acc_type)),
        _ask(GYR, "gyroscope", (_BMI160.gyr_type, _BMI270.gyr_type)),
    ),
    battery=BATTERY_LEVEL,
    source="Facts of the MetaWear protocol: modules, registers and scales as MbientLab's public documents and "
    "tests state them; Bosch BMI160, BMI270 and BMM150 data sheets",
)
