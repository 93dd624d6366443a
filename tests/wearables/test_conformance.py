"""What holds for every wearable, in every set-up: a new one is tested as soon as it stands in WEARABLES."""

import math
import re
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from imutrack.errors import SettingsError, WearableError
from imutrack.samples import Quantity
from imutrack.wearables import WEARABLES, Ask, Flag, Packet, Subscribe, Write
from wearables.making import READING, SET_UPS, check, packets

UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
FEW = settings(max_examples=5)  # of each of some hundred set-ups

# half a count of the coarsest sensor there is, and what float32 and its own rounding add
RESOLUTION = {
    Quantity.ACC: 0.01,
    Quantity.FREE_ACC: 0.01,
    Quantity.GYR: 0.001,
    Quantity.MAG: 0.08,
    Quantity.MAG_AU: 1e-3,
    Quantity.QUAT: 1e-4,
}

every_wearable = pytest.mark.parametrize("wearable", WEARABLES.values(), ids=WEARABLES)
every_set_up = pytest.mark.parametrize("set_up", SET_UPS, ids=[each.name for each in SET_UPS])
every_stream = pytest.mark.parametrize(
    ("set_up", "stream"), READING, ids=[f"{each.name} {stream.name}" for each, stream in READING]
)


def actions(set_up):
    return (*set_up.wearable.look, *set_up.profile.start, *set_up.profile.stop)


def test_wearables_stand_under_their_ids_in_order():
    assert [wearable.id for wearable in WEARABLES.values()] == sorted(WEARABLES)
    assert all(re.fullmatch(r"[a-z0-9-]+", name) for name in WEARABLES)


@every_wearable
def test_a_wearable_can_be_found_and_says_where_it_is_written_down(wearable):
    found = wearable.advertised
    assert found.names or found.services or found.companies
    assert all(name == name.lower() for name in found.names)
    assert all(UUID.fullmatch(service) for service in found.services)
    assert wearable.title
    assert wearable.source


@every_wearable
def test_a_setting_that_is_not_known_is_refused_with_the_wearable_s_name(wearable):
    with pytest.raises(SettingsError, match=wearable.id):
        wearable.set_up({"no_such_setting": 1})


@every_set_up
def test_streams_have_names_of_their_own_and_a_rate(set_up):
    names = [stream.name for stream in set_up.profile.streams]
    assert names
    assert len(names) == len(set(names))
    for stream in set_up.profile.streams:
        assert stream.rate_hz > 0
        assert stream.per_packet >= 0
        assert stream.clock is None or stream.clock.tick_s > 0


@every_set_up
def test_a_stream_names_where_it_comes_or_nothing(set_up):
    for stream in set_up.profile.streams:
        assert not stream.characteristic or stream.characteristic in set_up.characteristics


@every_stream
@FEW
@given(data=st.data())
def test_a_stream_comes_where_it_says(set_up, stream, data):
    sent = set_up.profile.encode(data.draw(packets(stream)))
    assert not stream.characteristic or {where for where, _ in sent} == {stream.characteristic}


@every_set_up
def test_recipes_name_characteristics_as_links_do(set_up):
    for action in actions(set_up):
        where = action.write.characteristic if isinstance(action, Ask) else action.characteristic
        assert UUID.fullmatch(where), where
    assert not set_up.wearable.battery or UUID.fullmatch(set_up.wearable.battery)


@every_set_up
def test_what_answers_is_subscribed_to_before_it_is_asked(set_up):
    listening = set()
    for action in actions(set_up):
        if isinstance(action, Subscribe):
            listening.add(action.characteristic)
        elif isinstance(action, Ask):
            assert action.answer.characteristic in listening


@every_set_up
def test_nothing_is_started_before_all_is_subscribed_to(set_up):
    """The last thing a start does is to let the device send; some send as soon as they are subscribed to."""
    kinds = [type(action) for action in set_up.profile.start]
    assert Subscribe in kinds
    if kinds[-1] in (Write, Ask):
        assert Subscribe not in kinds[len(kinds) - kinds[::-1].index(Subscribe) :]


@every_set_up
def test_an_example_is_an_answer_and_nonsense_is_none(set_up):
    for action in actions(set_up):
        if isinstance(action, Ask):
            judge = action.answer.judge
            assert judge(action.answer.example)
            for nonsense in (b"", b"\0", b"\xff", bytes(20), bytes(range(244)), b"\xff" * 20):
                with suppress(WearableError):  # a refusal is an answer too
                    judge(nonsense)


@every_set_up
def test_answers_are_notifications_that_the_decoder_can_be_given(set_up):
    asks = [action for action in actions(set_up) if isinstance(action, Ask)]
    decoder = set_up.profile.decoder()
    for ask in asks:
        if ask.answer.characteristic in set_up.characteristics and not ask.answer.fact.startswith("sensor "):
            check(decoder.feed(ask.answer.characteristic, ask.answer.example))


@every_stream
@FEW
@given(data=st.data())
def test_what_a_simulated_device_sends_is_decoded_to_within_its_resolution(set_up, stream, data):
    sent = data.draw(packets(stream))
    notifications = set_up.profile.encode(sent)
    assert all(where in set_up.characteristics for where, _ in notifications)
    same(joined(set_up.decoded(notifications), stream.name), sent)


@every_stream
@FEW
@given(data=st.data())
def test_connections_share_no_memory(set_up, stream, data):
    """Two devices of a kind, their notifications mixed: each decoder gives what it gives alone."""
    one, two = (set_up.profile.encode(data.draw(packets(stream))) for _ in range(2))
    first, second = set_up.profile.decoder(), set_up.profile.decoder()
    got: tuple[list[Packet], list[Packet]] = ([], [])
    for index in range(max(len(one), len(two))):
        for decoder, notifications, into in ((first, one, got[0]), (second, two, got[1])):
            for where, payload in notifications[index : index + 1]:
                into += decoder.feed(where, payload)
    got[0].extend(first.finish())
    got[1].extend(second.finish())
    assert got == (set_up.decoded(one), set_up.decoded(two))


def joined(found: list[Packet], name: str) -> Packet:
    mine = [packet for packet in found if packet.stream == name]
    assert not any(Flag.TRUNCATED in packet.flags for packet in mine)
    values = {q: tuple(row for packet in mine for row in packet.values[q]) for q in mine[0].values}
    return Packet(name, values, tuple(tick for packet in mine for tick in packet.ticks))


def same(got: Packet, sent: Packet) -> None:
    assert got.ticks == sent.ticks
    assert got.values.keys() == sent.values.keys()
    for quantity, rows in sent.values.items():
        assert len(got.values[quantity]) == len(rows)
        for mine, theirs in zip(got.values[quantity], rows, strict=True):
            assert close(mine, theirs, RESOLUTION[quantity], turn=quantity is Quantity.QUAT)


def close(mine, theirs, slack, *, turn) -> bool:
    if turn and math.fsum(a * b for a, b in zip(mine, theirs, strict=True)) < 0:
        theirs = tuple(-part for part in theirs)  # the same orientation
    return all(abs(a - b) <= slack for a, b in zip(mine, theirs, strict=True))
