"""Any bytes give packets or a DecodeError, and nothing else: whole, split, joined, cut, or made up."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from imutrack.wearables import WEARABLES
from wearables.fuzz import fuzz, sent
from wearables.making import SET_UPS, check, throw

FEW = settings(max_examples=10)
CHANCE = random.Random(1)  # noqa: S311 - the same in every run
each_set_up = pytest.mark.parametrize("set_up", SET_UPS, ids=[each.name for each in SET_UPS])

# of those that send several notifications alike, one is enough to be cut at every byte
DEFAULTS = [next(each for each in SET_UPS if each.wearable.id == name) for name in WEARABLES]
each_default = pytest.mark.parametrize("set_up", DEFAULTS, ids=list(WEARABLES))


@each_set_up
@FEW
@given(data=st.data())
def test_random_bytes(set_up, data):
    decoder = set_up.profile.decoder()
    for where in set_up.characteristics:
        for payload in data.draw(st.lists(st.binary(max_size=244), max_size=4)):
            throw(decoder, where, payload)
    check(decoder.finish())


@each_default
def test_every_head_of_a_payload(set_up):
    """The first bytes choose how the rest is read: each pair of them, with few and many bytes after it."""
    for where in set_up.characteristics:
        decoder = set_up.profile.decoder()
        for first in range(256):
            for rest in (b"", b"\0" * 18, b"\xff" * 60, bytes([first]) * 200):
                throw(decoder, where, bytes([first]) + rest)
                throw(decoder, where, b"\x55" + bytes([first]) + rest)
        check(decoder.finish())


@each_default
def test_what_is_sent_may_be_split_at_every_byte(set_up):
    for where, payload in sent(set_up, CHANCE):
        for at in range(len(payload) + 1):
            decoder = set_up.profile.decoder()
            throw(decoder, where, payload[:at])
            throw(decoder, where, payload[at:])
            check(decoder.finish())


@each_default
def test_what_is_sent_may_be_cut_or_joined_or_come_twice(set_up):
    notifications = sent(set_up, CHANCE)
    for (where, one), (_, two) in zip(notifications, reversed(notifications), strict=True):
        decoder = set_up.profile.decoder()
        for payload in (one + two, one, one, one[: len(one) // 2], two + b"\0", one):
            throw(decoder, where, payload)
        check(decoder.finish())


def test_a_thousand_of_each():
    """``python tests/wearables/fuzz.py 1000000`` does the same at length."""
    gave = fuzz(1000)
    assert gave.keys() == WEARABLES.keys()
    assert all(gave.values())
