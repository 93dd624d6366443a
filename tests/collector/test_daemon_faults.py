"""What the whole collector does where things go wrong in the middle of a set, and with nobody to tell it anything."""

import asyncio
import json
import signal
from dataclasses import replace

import pytest

from capture.whole_capture import read_capture
from cli.command_line import Clinic
from collector.disk import files_no_longer_than
from collector.whole import DOT, SHORT, collecting, motion, sets_in
from imutrack.capture import hash_of
from imutrack.capture.events import Closed, Lost
from imutrack.collector.sessions.courses import TaskParams
from imutrack.collector.sessions.starting import SessionParams
from imutrack.simulation import Fault, Kind
from imutrack.stores.local import LocalStore
from simulation.bluetooth import need_dbus

OTTER = "otter-maple-47"
KNEE = "long_arc_knee_extension"
QUICK = SessionParams(task=replace(TaskParams(), auto_rest_s=2.5))


@pytest.fixture(autouse=True)
def dbus():
    need_dbus()


def test_a_set_goes_on_through_a_crash_of_the_service_a_full_disk_and_sigterm(tmp_path):
    async def main():
        async with collecting(tmp_path, [motion("1", SHORT), motion("2")], patients=(OTTER,)) as whole:
            await whole.say("session start", patient=OTTER, wear=["1=left_shank"])
            await whole.say("task start", exercise=KNEE, side="left", force=True)
            whole.rig.play()
            await asyncio.sleep(2.0)
            whole.rig.do(Fault(kind=Kind.SERVICE_CRASH, for_s=0.3))
            await whole.heard("strap 1 is lost")
            await whole.heard("strap 1 sends again")
            [(capture, _)] = sets_in(tmp_path)
            with files_no_longer_than(capture.stat().st_size):
                await whole.heard("the disk takes nothing")
                size = capture.stat().st_size
                await asyncio.sleep(1.0)
                assert capture.stat().st_size == size
            await whole.heard("the disk takes captures again")
            await asyncio.sleep(2.0)
            whole.rig.do(Fault(kind=Kind.ZOMBIE, strap="2", for_s=None))  # which answers nothing, and ends all the same
            signal.raise_signal(signal.SIGTERM)
            async with asyncio.timeout(10.0):  # then systemd would kill it
                await whole.running
            shown = {each.label: each for each in whole.rig.shown()}
            assert not shown["1"].sending
            assert not any(each.connected or each.unknown_writes for each in shown.values())
        return whole

    whole = asyncio.run(main())
    [(path, found)] = sets_in(tmp_path)
    capture = read_capture(path)
    assert not any(isinstance(event, Closed) for event in capture.events)  # the session goes on after a restart
    assert not any(isinstance(event, Lost) for event in capture.events)
    with LocalStore.open(whole.settings.data_dir) as store:
        [row] = store.sets(OTTER)
    assert row.text("recording") == hash_of(found, capture.arrivals)
    assert "stored 0 results, 1 unchanged" in Clinic(tmp_path).run("replay", path).out
    assert any("is stopped" in line for line in whole.lines)


def test_what_moves_while_there_is_no_session_is_kept_as_nobodys_from_before_it_moved(tmp_path):
    async def main():
        tracks = [motion("1", replace(SHORT, reps=1, lead_s=2.5, trail_s=0.5))]
        async with collecting(tmp_path, tracks, patients=(OTTER,), session_params=QUICK, auto=True) as whole:
            whole.rig.play()
            await whole.result()
            answers = await whole.say("session start", patient=OTTER, wear=["1=left_shank"])
            assert answers == [f"session of {OTTER}: strap 1 on the left lower leg"]
            await whole.say("session stop")
        return whole

    whole = asyncio.run(main())
    [result] = whole.results
    assert [each["stored"] for each in whole.watched if "result" in each] == [False]
    assert (result["name"], result["side"]) == ("unspecified", None)
    [(path, found)] = sets_in(tmp_path)
    assert found.task.patient is None
    ran = Clinic(tmp_path).run("replay", path, "--json")
    assert json.loads(ran.out.splitlines()[0])["set_id"] == result["set_id"]  # of the recording's hash: all of it


def test_a_second_collector_and_one_whose_port_is_taken_say_so_and_end(tmp_path):
    async def main():
        async with collecting(tmp_path, [motion("1")]) as whole:
            server = await asyncio.start_server(lambda _r, w: w.close(), "127.0.0.1", 0)
            port = server.sockets[0].getsockname()[1]
            settings = (
                f'clinic = "clinic"\n[collector]\nhealth = "127.0.0.1:{port}"\n'
                f'[[strap]]\nlabel = "1"\nwearable = "{DOT}"\naddress = "C0:00:5E:00:02:01"\n'
            )
            (tmp_path / "imutrack.toml").write_text(settings)
            (tmp_path / "imutrack.toml").chmod(0o600)
            second = await asyncio.to_thread(Clinic(tmp_path).run, "collect")
            elsewhere = Clinic(tmp_path)
            elsewhere.data = tmp_path / "elsewhere"
            taken = await asyncio.to_thread(elsewhere.run, "collect")
            server.close()
            assert (await whole.status())["straps"]["1"]["state"] == "streaming"
        return second, taken, port

    second, taken, port = asyncio.run(main())
    assert second.code == taken.code == 1
    assert second.err.endswith("collector.sock: a collector runs already here: end it first, or use it\n")
    assert str(port) in taken.err
    assert second.err.count("\n") == taken.err.count("\n") == 1
