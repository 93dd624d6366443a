"""``imutrack wearables`` and ``imutrack validate ble``."""

import json
from pathlib import Path

from cli.command_line import Clinic
from imutrack.wearables import WEARABLES

PAYLOADS = Path(__file__).parents[1] / "data" / "ble"


def test_every_wearable_is_listed_with_what_it_sends(tmp_path):
    ran = Clinic(tmp_path).run("wearables")
    assert ran.code == 0
    assert all(wearable in ran.out for wearable in WEARABLES)
    assert "acceleration, turning" in ran.out
    assert "got lost is unknown" in ran.out


def test_payloads_are_decoded_to_a_file(tmp_path):
    out = tmp_path / "pred.json"
    ran = Clinic(tmp_path).run("validate", "ble", PAYLOADS, "--out", out)
    assert (ran.code, ran.err) == (0, "")
    answers = {answer["id"]: answer for answer in json.loads(out.read_text(encoding="utf-8"))}
    assert answers["bas-88"] == {"id": "bas-88", "battery_pct": 88}


def test_a_folder_without_payloads_is_said_so(tmp_path):
    ran = Clinic(tmp_path).run("validate", "ble", tmp_path, "--out", tmp_path / "pred.json")
    assert ran.code == 1
    assert "vectors.json: cannot be read" in ran.err
