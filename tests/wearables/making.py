"""Every wearable in every set-up that is offered, and packets such as it could send."""

import types
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from hypothesis import strategies as st

from imutrack.errors import DecodeError, SettingsError
from imutrack.samples import QUANTITIES, Quantity
from imutrack.wearables import NO_FACTS, WEARABLES, Ask, Packet, Profile, Read, Stream, Subscribe, Wearable
from imutrack.wearables.movella_dot import MODES

NAMES = {"movella-dot": {"mode": tuple(MODES)}}  # choices that a type does not tell

TOGETHER = {"meta-motion": [{"fusion": "ndof", "sends": (each,)} for each in ("mag", "quat", "free_acc")]}


@dataclass(frozen=True)
class SetUp:
    """A wearable set up in one way."""

    name: str
    wearable: Wearable[Any]
    profile: Profile

    @property
    def characteristics(self) -> list[str]:
        """Where it notifies, and where its battery is read."""
        actions = (*self.wearable.look, *self.profile.start)
        found = [action.characteristic for action in actions if isinstance(action, Subscribe)]
        return list(dict.fromkeys([*found, *([self.wearable.battery] if self.wearable.battery else [])]))

    @property
    def streams(self) -> list[Stream]:
        """Those that hold readings."""
        return [stream for stream in self.profile.streams if stream.quantities]

    def decoded(self, notifications) -> list[Packet]:
        decoder = self.profile.decoder()
        packets = [packet for where, payload in notifications for packet in decoder.feed(where, payload)]
        return packets + decoder.finish()


def facts_of(wearable: Wearable[Any]) -> dict[str, bytes]:
    """What a device says of itself that answers as the examples say."""
    facts = {action.fact: action.example for action in wearable.look if isinstance(action, Read)}
    asked = [action.answer for action in wearable.look if isinstance(action, Ask)]
    return facts | {answer.fact: answer.example for answer in asked if answer.fact}


def set_ups() -> Iterator[SetUp]:
    """The defaults; then each other choice by itself, and what a device that was looked at says of itself."""
    for wearable in WEARABLES.values():
        for said in ({}, *choices(wearable)):
            name = " ".join([wearable.id, *(f"{key}={value}" for key, value in said.items())])
            yield SetUp(name, wearable, wearable.profile(wearable.set_up(said), NO_FACTS))
        if wearable.look:
            profile = wearable.profile(wearable.set_up({}), facts_of(wearable))
            yield SetUp(f"{wearable.id} looked at", wearable, profile)


def choices(wearable: Wearable[Any]) -> Iterator[dict[str, object]]:
    default = wearable.set_up({})
    named = NAMES.get(wearable.id, {})
    for key, hint in get_type_hints(wearable.settings).items():
        for value in named.get(key, _values(hint)):
            if value != getattr(default, key) and _can_be(wearable, {key: value}):
                yield {key: value}
    yield from TOGETHER.get(wearable.id, ())


def _can_be(wearable: Wearable[Any], said: dict[str, object]) -> bool:
    try:
        wearable.set_up(said)
    except SettingsError:  # it goes only with another choice
        return False
    return True


def _values(hint) -> tuple[object, ...]:
    if hint is bool:
        return (False, True)
    if get_origin(hint) is Literal:
        return get_args(hint)
    if get_origin(hint) is tuple and get_origin(get_args(hint)[0]) is Literal:
        return tuple((each,) for each in get_args(get_args(hint)[0]))
    if get_origin(hint) in (Union, types.UnionType):
        return tuple(value for part in get_args(hint) for value in _values(part))
    return ()


SET_UPS = list(set_ups())
READING = [(each, stream) for each in SET_UPS for stream in each.streams]

# within the smallest range that any wearable has: 2 g, 125 deg/s
_LARGEST = {Quantity.ACC: 18.0, Quantity.FREE_ACC: 18.0, Quantity.GYR: 2.0, Quantity.MAG: 100.0}


def rows(quantity: Quantity, count: int) -> st.SearchStrategy:
    if quantity is Quantity.QUAT:
        return st.lists(_QUATERNION, min_size=count, max_size=count).map(tuple)
    if quantity is Quantity.MAG_AU:  # whole numbers are exact on every device's own scale
        number = st.integers(-7, 7).map(float)
    else:
        largest = _LARGEST[quantity]
        number = st.floats(-largest, largest)
    return st.lists(st.tuples(*[number] * QUANTITIES[quantity]), min_size=count, max_size=count).map(tuple)


def _unit(four: tuple[float, ...]) -> tuple[float, ...]:
    size = sum(part * part for part in four) ** 0.5
    return tuple(part / size for part in four)


_QUATERNION = st.tuples(*[st.floats(-1, 1)] * 4).filter(lambda four: sum(x * x for x in four) > 0.01).map(_unit)


@st.composite
def packets(draw: st.DrawFn, stream: Stream) -> Packet:
    """A packet of one stream."""
    count = stream.per_packet or draw(st.integers(2, 7))
    values = {quantity: draw(rows(quantity, count)) for quantity in stream.quantities}
    return Packet(stream.name, values, draw(_ticks(stream, count)))


@st.composite
def _ticks(draw: st.DrawFn, stream: Stream, count: int) -> tuple[int, ...]:
    if stream.clock is None:
        return ()
    top = 1 << (stream.clock.bits or 42)
    first = draw(st.integers(0, top - 1))
    if stream.clock.stamps != "each":
        return (first,)
    step = round(1 / stream.rate_hz / stream.clock.tick_s)
    return tuple((first + i * step) % top for i in range(count))


def throw(decoder, where: str, payload: bytes) -> int:
    """Feed what may be nonsense: it gives packets or a DecodeError; returns how many packets."""
    try:
        found = decoder.feed(where, payload)
    except DecodeError:
        return 0
    check(found)
    return len(found)


def check(found: list[Packet]) -> None:
    """Check what every later step relies on."""
    assert isinstance(found, list)
    for packet in found:
        for quantity, readings in packet.values.items():
            assert len(readings) == len(packet) > 0
            assert all(len(row) == QUANTITIES[quantity] for row in readings)
        assert all(isinstance(tick, int) for tick in packet.ticks)
        assert len(packet.ticks) in (0, 1, len(packet))
