"""Every wearable has its folder under ``collectors/``: settings, how to wear it, and a capture with what is in it."""

import doctest
import json
import re
import sys
import tomllib
from pathlib import Path
from typing import Literal, get_args, get_origin, get_type_hints

sys.path.append(str(Path(__file__).parents[2] / "tools"))

import pytest
from example_captures.drawing import DRAWINGS, drawn
from example_captures.expecting import expected_of
from example_captures.index import with_table
from example_captures.making import make, written

from capture.whole_capture import read_capture
from imutrack import config
from imutrack.capture import TaskStarted
from imutrack.capture.events import Opened
from imutrack.collector.settings import collector_of, describe, straps_of, wearable_of
from imutrack.recordings import read
from imutrack.task import LabelSource
from imutrack.wearables import NO_FACTS, WEARABLES

ROOT = Path(__file__).parents[2]
COLLECTORS = ROOT / "collectors"
LARGEST_BYTES = 60_000

every_wearable = pytest.mark.parametrize("name", WEARABLES)


def moves(name):
    wearable = WEARABLES[name]
    return any(stream.quantities for stream in wearable.profile(wearable.set_up({}), NO_FACTS).streams)


def expected(name):
    return json.loads((COLLECTORS / name / "expected.json").read_text(encoding="utf-8"))


def close(found, wanted):
    """Numbers to five digits, all else to the letter."""
    if isinstance(wanted, dict):
        return found.keys() == wanted.keys() and all(close(found[key], wanted[key]) for key in wanted)
    if isinstance(wanted, list):
        return len(found) == len(wanted) and all(map(close, found, wanted))
    return found == (pytest.approx(wanted, rel=1e-5, abs=1e-6) if isinstance(wanted, float) else wanted)


@every_wearable
def test_the_collector_takes_the_example_as_it_stands(name):
    path = COLLECTORS / name / "example.toml"
    settings = config.load(path)
    (strap,) = straps_of(settings.straps, path)
    assert strap.wearable == name
    assert describe(collector_of(settings.collector, path), [strap])


@every_wearable
def test_the_example_names_every_setting_with_its_choices_and_its_default(name):
    wearable, text = WEARABLES[name], (COLLECTORS / name / "example.toml").read_text(encoding="utf-8")
    default = wearable.set_up({})
    hints = get_type_hints(wearable.settings)
    assert tomllib.loads(text)["strap"][0].get("settings", {}).keys() == hints.keys()
    for key, hint in hints.items():
        about = re.search(rf"((?:^#.*\n)+)^{key} = ", text, re.MULTILINE)
        assert about, key
        assert "Default" in about[1], key
        value = getattr(default, key)
        told = [value] if isinstance(value, int | float) and not isinstance(value, bool) else []
        for choice in [*told, *(get_args(hint) if get_origin(hint) is Literal else ())]:
            written_as = f"{choice:g}" if isinstance(choice, float) else str(choice)
            assert re.search(rf"\b{written_as}\b", about[1]), (key, choice)


@every_wearable
def test_what_must_come_out_of_the_capture_comes_out_of_it(name):
    wanted = expected(name)
    found = expected_of(COLLECTORS / name / "capture.mcap")
    assert all(close(found[key], wanted[key]) for key in found), found


@every_wearable
def test_what_was_made_is_counted_and_what_was_lost_is_known_where_there_is_a_clock(name):
    wanted = expected(name)
    strap = straps_of(tomllib.loads((COLLECTORS / name / "example.toml").read_text(encoding="utf-8"))["strap"])[0]
    wearable, settings = wearable_of(strap)
    assert (wanted["set"] is not None) == moves(name) == bool(wanted["streams"])
    for stream in wearable.profile(settings, NO_FACTS).streams:
        if stream.quantities:
            lost = wanted["made"]["readings_lost"][stream.name]
            assert wanted["streams"][stream.name]["lost"] == (lost if stream.clock else None)
            assert wanted["streams"][stream.name]["rate_hz"] == pytest.approx(stream.rate_hz, rel=0.02)
    if moves(name):
        assert sum(wanted["made"]["readings_lost"].values()) > 0
        assert wanted["set"]["reps"] == wanted["made"]["reps"] == 5


@every_wearable
def test_an_angle_is_right_where_there_is_a_gyroscope_and_none_where_not(name):
    wanted = expected(name)
    if wanted["set"] is None:
        return
    rom = wanted["set"]["rom_median_deg"]
    if "gyr" in wanted["set"]["quantities"]:
        assert rom == pytest.approx(wanted["made"]["rom_median_deg"], abs=3.0)  # some readings are missing
    else:
        assert rom is None


@every_wearable
def test_the_capture_says_that_it_is_synthetic_and_is_small(name):
    path = COLLECTORS / name / "capture.mcap"
    assert path.stat().st_size <= LARGEST_BYTES
    events = read_capture(path).events
    assert all("synthetic" in event.software for event in events if isinstance(event, Opened))
    tasks = [event.task for event in events if isinstance(event, TaskStarted)]
    assert all(task.label_source is LabelSource.SYNTHETIC and task.patient is None for task in tasks)
    assert "synthetic" in expected(name)
    assert "synthetic" in (COLLECTORS / name / "README.md").read_text(encoding="utf-8")


@every_wearable
def test_the_capture_is_what_the_tool_makes_of_it_today(name, tmp_path):
    """Its content: other versions of the compression give other bytes. Where it differs, run tools/example_captures."""
    path = tmp_path / "capture.mcap"
    made = json.loads(json.dumps(written(make(COLLECTORS / name, path))))
    assert close(made, {key: expected(name)[key] for key in made})
    today, kept = read_capture(path), read_capture(COLLECTORS / name / "capture.mcap")
    assert today.events == kept.events
    assert today.arrivals == kept.arrivals


@every_wearable
def test_the_readme_fits_two_pages_and_shows_the_axes_of_what_measures_movement(name):
    folder = COLLECTORS / name
    text = (folder / "README.md").read_text(encoding="utf-8")
    assert 40 <= len(text.splitlines()) <= 80
    for part in (
        "## Wearing it",
        "## Setting it up",
        "## What to know",
        "## Details",
        "Own clock",
        "Battery",
        "Firmware",
    ):
        assert part in text
    for place in ("leg", "arm", "lower back"):
        assert place in text
    assert ("![" in text) == moves(name) == (name in DRAWINGS)
    if name in DRAWINGS:
        assert (folder / "axes.svg").read_text(encoding="utf-8") == drawn(WEARABLES[name].title, DRAWINGS[name])


@every_wearable
def test_links_of_the_readme_lead_somewhere(name):
    folder = COLLECTORS / name
    links = re.findall(r"\]\(([^)#]+)\)", (folder / "README.md").read_text(encoding="utf-8"))
    assert {"example.toml", "capture.mcap", "expected.json"} <= set(links)
    assert all(link.startswith("https://") or (folder / link).exists() for link in links)


def test_the_table_is_that_of_the_wearables_there_are():
    page = (COLLECTORS / "README.md").read_text(encoding="utf-8")
    assert with_table(page) == page
    assert all(f"{name}/README.md" in page for name in WEARABLES)


def test_the_code_of_the_page_gives_what_it_says(monkeypatch):
    monkeypatch.chdir(ROOT)
    failed, tried = doctest.testfile(
        str(COLLECTORS / "README.md"), module_relative=False, optionflags=doctest.NORMALIZE_WHITESPACE
    )
    assert tried > 0
    assert failed == 0


def test_a_capture_can_be_replayed_like_any_other_recording():
    (recording,) = read([COLLECTORS / "movella-dot" / "capture.mcap"])
    assert recording.sensors[0].placement == "shank"
    assert recording.tasks[0].label_source is LabelSource.SYNTHETIC


def test_the_clinic_s_example_is_taken_as_it_stands(tmp_path):
    path = tmp_path / "imutrack.toml"
    path.write_bytes((COLLECTORS / "imutrack.toml.example").read_bytes())
    settings = config.load(path)
    straps = straps_of(settings.straps, path)
    assert len(straps) == 5
    assert len(describe(collector_of(settings.collector, path), straps)) > len(straps)
