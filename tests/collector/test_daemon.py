"""A morning with the whole collector: four people at once, straps through Bleak's own backend, all of it in one run."""

import asyncio
import struct
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from capture.whole_capture import read_capture
from cli.command_line import Clinic
from collector.whole import LIFT, SHORT, collecting, motion, register, sets_in, settings_in
from imutrack.capture import hash_of
from imutrack.clinic.plans.book import activate
from imutrack.collector.sessions.courses import TaskParams
from imutrack.collector.sessions.starting import SessionParams
from imutrack.flags import FlagCode
from imutrack.simulation import Fault, Kind
from imutrack.stores.local import LocalStore
from simulation.bluetooth import need_dbus

OTTER, BADGER, CLOUD, DRAGON = "otter-maple-47", "badger-aloe-36", "cloud-bamboo-32", "dragon-bramble-69"
PLAN = """
therapist = "MB"
affected_side = "left"
start_date = 2026-03-09
review_date = 2030-04-20
goal = "maintain"

[[exercise]]
exercise = "long_arc_knee_extension"
side = "left"
days_a_week = 7
reps = 3
"""
QUICK = SessionParams(task=replace(TaskParams(), rest_s=3.0, stance_s=10.0))
KNEE = "long_arc_knee_extension"
REPORT = "15171004-4947-11e9-8646-d663bd873d93"
BUTTON = struct.pack("<BBI", 5, 4, 1000)  # pressed once


@dataclass
class Morning:
    folder: Path
    said: dict[str, list[str]] = field(default_factory=dict)
    lines: list[str] = field(default_factory=list)
    watched: list[dict] = field(default_factory=list)
    status: dict = field(default_factory=dict)

    def stored(self):
        with LocalStore.open(self.folder / "data") as store:
            kinds = ("exercise_set", "stance")
            today = datetime.now(UTC).date()
            days = (today.replace(day=1, month=1), today.replace(day=31, month=12))
            return {
                who: [row for kind in kinds for row in store.points(kind, who, *days)]
                for who in (OTTER, BADGER, CLOUD, DRAGON)
            }


async def _morning(folder: Path) -> Morning:
    morning = Morning(folder)
    settings = settings_in(folder)
    register(settings, OTTER)
    with LocalStore.open(settings.data_dir) as store:
        activate(
            store,
            OTTER,
            PLAN,
            "MB",
            datetime(2026, 3, 9, tzinfo=UTC).date(),
            1.79e9,
            clinic="clinic",
            zone=settings.zone,
        )
    tracks = [
        motion("1", LIFT, SHORT),
        motion("2", SHORT),
        motion("3", replace(SHORT, rom_deg=30.0)),
        motion("4"),
        motion("5", SHORT),
        motion("6", replace(SHORT, rom_deg=2.0)),
    ]
    async with collecting(folder, tracks, patients=(BADGER, CLOUD, DRAGON), session_params=QUICK) as whole:
        morning.said["unknown"] = await whole.say("session start", patient="otter-maple-48", wear=["1=left_shank"])
        morning.said["early"] = await whole.say("task start", exercise=KNEE)
        wears = {
            OTTER: ["1=left_shank"],
            BADGER: ["2=t12", "3=sacrum"],
            CLOUD: ["4=left_shank", "5=right_shank"],
            DRAGON: ["6=lumbar"],
        }
        for patient, wear in wears.items():
            morning.said[patient] = await whole.say("session start", patient=patient, wear=wear)
        morning.said["taken"] = await whole.say("session start", patient=OTTER, wear=["2=left_thigh"])
        whole.rig.play()

        async def otter():
            morning.said[OTTER] += await whole.say("task start", patient=OTTER)
            await whole.heard("seated knee extension, left is over: the movement ceased")

        async def badger():
            morning.said[BADGER] += await whole.say("task start", patient=BADGER, exercise="trunk_flexion")
            await asyncio.sleep(5.0)
            whole.rig.say("2", REPORT, BUTTON)
            whole.rig.do(Fault(kind=Kind.DROP, strap="3", for_s=0.3))
            await whole.heard("strap 3 is lost")
            await whole.heard("strap 3 sends again")
            await asyncio.sleep(6.0)
            morning.said[BADGER] += await whole.say("task stop", patient=BADGER)
            morning.said["twice"] = await whole.say("task stop", patient=BADGER)

        async def cloud():
            morning.said[CLOUD] += await whole.say("task start", patient=CLOUD, exercise=KNEE, side="left")

        async def dragon():
            morning.said[DRAGON] += await whole.say("task start", patient=DRAGON, trial="eyes_open")
            await whole.heard("is over: its time is")

        await asyncio.gather(otter(), badger(), cloud(), dragon())
        morning.said["whose"] = await whole.say("session stop")
        for patient in wears:
            morning.said[patient] += await whole.say("session stop", patient=patient)
        await whole.result(4)
        morning.status = await whole.status()
    morning.lines, morning.watched = whole.lines, whole.watched
    return morning


@pytest.fixture(scope="module")
def morning(tmp_path_factory):
    need_dbus()
    return asyncio.run(_morning(tmp_path_factory.mktemp("morning")))


def test_a_set_of_the_plan_passes_its_check_counts_down_and_ends_when_the_movement_ceases(morning):
    assert morning.said[OTTER] == [
        f"session of {OTTER}: strap 1 on the left lower leg",
        "seated knee extension, left: set-up check: lift the LEFT leg now, all else still",
        "set-up check passed: come to rest",
        "seated knee extension, left begins in 3 s: keep still until then",
        "go: seated knee extension, left",
        f"session of {OTTER} is over; free again: strap 1",
    ]
    [row] = morning.stored()[OTTER]
    assert (row.number("reps"), row.number("reps_target"), row.text("label_source")) == (3, 3, "plan")


def test_who_watches_sees_the_count_grow_before_the_set_ends(morning):
    looks = [each["look"] for each in morning.watched if "look" in each]
    counts = [look["reps"] for look in looks if look.get("aim", {}).get("reps") == 3]
    assert counts[-1] == 3
    assert {1, 2} & set(counts)
    assert any((look.get("angle_deg") or 0.0) > 30.0 for look in looks)


def test_two_straps_of_another_patient_are_measured_meanwhile_and_one_that_was_lost_comes_back(morning):
    rows = morning.stored()[BADGER]
    assert [row.number("reps") for row in rows] == [3]  # two straps, two views of one set
    [found] = [found for _, found in sets_in(morning.folder) if found.task.patient == BADGER]
    assert [strap.label for strap in found.straps] == ["2", "3"]
    assert len(found.straps[1].connections) == 2
    assert any(
        line == "strap 3 is lost: forward bend (standing) goes on, it is being reconnected" for line in morning.lines
    )


def test_the_button_of_a_strap_marks_the_set(morning):
    assert "stop noted, during forward bend (standing)" in morning.lines
    [found] = [found for _, found in sets_in(morning.folder) if found.task.patient == BADGER]
    assert FlagCode.STOP_NOTED in {flag.code for flag in found.task.flags}


def test_where_the_wrong_strap_moves_the_set_does_not_begin(morning):
    asked, refused = morning.said[CLOUD][1:-1]
    assert asked == "seated knee extension, left: set-up check: lift the LEFT leg now, all else still"
    assert refused == (
        "seated knee extension, left was not begun: strap 5 (right lower leg) moved most, not strap 4 "
        "(left lower leg): put each where it belongs, then `imutrack task start` again; or --force"
    )
    assert morning.stored()[CLOUD] == []


def test_a_stance_has_a_countdown_and_ends_when_its_time_is_over(morning):
    assert morning.said[DRAGON][1].endswith("begins in 3 s: keep still until then")
    assert morning.said[DRAGON][2].startswith("go: ")
    [row] = morning.stored()[DRAGON]
    assert row.number("duration_s") == pytest.approx(10.5, abs=0.6)  # what is measured, its ends cut off


def test_commands_out_of_order_have_clear_answers(morning):
    assert morning.said["unknown"][0].startswith("no patient")
    assert morning.said["early"] == ["nobody has a session: `imutrack session start PATIENT --wear STRAP=PLACE`"]
    assert morning.said["taken"][0].startswith(f"{OTTER} has a session already")
    assert morning.said["twice"] == [f"{BADGER} does nothing now: `imutrack task start` begins a set"]
    assert morning.said["whose"][0].startswith("4 sessions are open: say whose")


def test_each_patients_notifications_are_in_their_own_capture_and_in_no_other(morning):
    of = {found.task.patient: path for path, found in sets_in(morning.folder)}
    assert {patient: {key[0] for key in read_capture(path).arrivals} for patient, path in of.items()} == {
        OTTER: {"1"},
        BADGER: {"2", "3"},
        DRAGON: {"6"},
    }


def test_a_replay_of_the_captures_changes_nothing_bit_for_bit(morning):
    clinic = Clinic(morning.folder)
    sets = sets_in(morning.folder)
    assert len(sets) == 3
    ran = clinic.run("replay", *{path for path, _ in sets})
    assert "stored 0 results, 4 unchanged" in ran.out, ran.err
    with LocalStore.open(clinic.data) as store:
        stored = {row.text("recording") for rows in morning.stored().values() for row in rows}
        assert stored == {hash_of(found, read_capture(path).arrivals) for path, found in sets}
        assert store


def test_no_log_and_no_capture_names_an_address(morning):
    for path in (morning.folder / "data" / "captures").iterdir():
        assert b"C0:00:5E" not in path.read_bytes()
