"""Payloads from elsewhere, with what they say: see tests/data/ble/README.md."""

import json
from pathlib import Path

import msgspec
import pytest

from imutrack.errors import DecodeError
from imutrack.validation import SUITES
from imutrack.validation.ble import SENDERS, Vector, decode
from imutrack.wearables import NO_FACTS, WEARABLES
from imutrack.wearables.movella_dot import MODES

FOLDER = Path(__file__).parents[1] / "data" / "ble"
VECTORS = json.loads((FOLDER / "vectors.json").read_text(encoding="utf-8"))["vectors"]

# one count of the coarsest sensor among them, and 1 per cent for values that were rounded
SLACK = {
    "acc": 0.02, "free_acc": 0.02, "gyr": 0.002, "mag": 0.2, "mag_au": 0.01, "quat": 0.002, "dq": 0.002, "dv": 0.002,
    "euler_deg": 0.05, "device_time_s": 2e-6, "rr_s": 0.001,
}  # fmt: skip


def flat(value):
    return [number for each in value for number in flat(each)] if isinstance(value, list | tuple) else [value]


@pytest.mark.parametrize("vector", VECTORS, ids=[vector["id"] for vector in VECTORS])
def test_a_payload_says_what_it_is_known_to_say(vector):
    expected = vector["expected"]
    said = decode(msgspec.convert(vector, Vector))
    assert ("error" in said) == ("error" in expected), said.get("error")
    for name, want in expected.items():
        if name == "error":
            continue
        if name == "readings":
            assert max(len(rows) for rows in said.values() if isinstance(rows, list)) == want
            continue
        got = said[name.removesuffix("[-1]")]
        got = flat(got[-1:] if name.endswith("[-1]") else got)[: len(flat(want))]
        assert got == pytest.approx(flat(want), abs=SLACK.get(name, 0), rel=0.01 if name in SLACK else 0)


def test_the_suite_writes_one_answer_for_each_payload(tmp_path):
    out = tmp_path / "pred.json"
    SUITES["ble"](FOLDER, out, 1)
    answers = json.loads(out.read_text(encoding="utf-8"))
    assert [answer["id"] for answer in answers] == [vector["id"] for vector in VECTORS]
    assert sum("error" in answer for answer in answers) == sum("error" in vector["expected"] for vector in VECTORS)


def test_the_decoder_is_chosen_by_what_a_link_knows():
    """Neither the device's text nor an answer is a field of what is read."""
    assert set(Vector.__struct_fields__) == {"id", "characteristic", "hex", "params"}


@pytest.mark.parametrize("mode", MODES.values(), ids=MODES)
def test_each_payload_mode_is_chosen_by_its_number(mode):
    payload = bytes(63)
    said = decode(Vector("x", mode.characteristic, payload.hex(), {"payload_mode": mode.number}))
    names = {field.name for field in mode.fields} - {"status", "clips"}
    assert said.keys() == {"id", "device_time_s", *map(str, names)}


def test_senders_are_wearables_that_know_the_characteristic():
    for where, sender in SENDERS.items():
        wearable = WEARABLES[sender.wearable]
        params = next(({"payload_mode": mode.number} for mode in MODES.values() if mode.characteristic == where), {})
        decoder = wearable.profile(wearable.set_up(sender.settings(params)), NO_FACTS).decoder()
        assert "characteristic" not in why_refused(decoder, where), where


def why_refused(decoder, where) -> str:
    try:
        decoder.feed(where, b"")
    except DecodeError as error:
        return str(error)
    return ""


def test_a_characteristic_of_nobody_is_refused():
    assert "no wearable" in decode(Vector("x", "00000000-0000-0000-0000-000000000000", "00"))["error"]


def test_hex_that_is_none_is_refused_for_its_own_payload_alone():
    assert "hexadecimal" in decode(Vector("x", "00002a19-0000-1000-8000-00805f9b34fb", "0g"))["error"]
