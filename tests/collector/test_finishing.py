"""What a set came to is stored as its capture says it, and nothing that was captured is lost."""

import asyncio
import sqlite3
from collections import Counter
from contextlib import ExitStack, closing
from dataclasses import replace

import pytest

from cli.command_line import Clinic
from cli.in_process import Office
from collector.disk import files_no_longer_than
from collector.live_sets import (
    BEGIN_NS,
    OTTER,
    TASK,
    AnalystHere,
    knee,
    one_set,
    opening,
    started,
    stopped,
    tell,
    write_capture,
)
from imutrack import config
from imutrack.capture.events import TaskStarted, TaskStopped
from imutrack.capture.files import FOLDER
from imutrack.clinic.patients import Patients
from imutrack.collector.health.sending import send_waiting
from imutrack.collector.sets.analyst import NoAnswerError
from imutrack.collector.sets.finishing import Finisher, Waiting
from imutrack.collector.sets.unfinished import catch_up
from imutrack.stores.database import Database
from imutrack.stores.local import LocalStore

S = 1_000_000_000
TABLES = ("result", "exercise_set", "rep", "trace", "patient_day", "change")


@pytest.fixture
def settings(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "settings"))
    monkeypatch.delenv("IMUTRACK_CONFIG", raising=False)
    monkeypatch.chdir(tmp_path)
    return config.load(None, tmp_path / "data", "Europe/Berlin")


def register(settings, patient=OTTER):
    with LocalStore.open(settings.data_dir) as store:
        Patients(store).add(patient)


def captured(settings, name="a.mcap", **what):
    path = settings.data_dir / FOLDER / name
    return path, one_set(path, **what)


def finish(settings, path, numbers=(1,), told=()):
    """Finish sets as the collector does, and return what came of them."""

    async def main():
        analyst, finished, slept = AnalystHere(), [], []

        async def sleep(seconds):
            slept.append(seconds)

        tell(analyst, path, told)
        finisher = Finisher(analyst, settings, finished.append, sleep=sleep)
        run = asyncio.create_task(finisher.run())
        for number in numbers:
            finisher.add(Waiting(path, number))
        await finisher.all_done()
        run.cancel()
        return finished, slept

    return asyncio.run(main())


def caught_up(settings, **options):
    async def main():
        analyst, finished = AnalystHere(), []
        found = await catch_up(analyst, Finisher(analyst, settings, finished.append), settings.data_dir, **options)
        return found, finished

    return asyncio.run(main())


def rows(data_dir):
    """What the store holds of results, table by table."""
    with closing(sqlite3.connect(data_dir / "imutrack.sqlite3")) as connection:
        return {table: sorted(connection.execute(f"SELECT * FROM {table}"), key=repr) for table in TABLES}  # noqa: S608


def test_a_replay_gives_exactly_what_was_stored_live_bit_for_bit(settings, tmp_path):
    register(settings)
    path, told = captured(settings)
    [finished], _ = finish(settings, path, told=told)
    assert (finished.problem, finished.stored.inserted) == ("", 1)
    live = rows(settings.data_dir)
    assert [len(live[table]) for table in ("result", "exercise_set", "rep", "trace")] == [1, 1, 5, 1]

    here = Clinic(tmp_path)
    ran = here.run("replay", path)
    assert (ran.code, ran.err) == (0, "")
    assert "stored 0 results, 1 unchanged" in ran.out
    assert rows(here.data) == live

    (tmp_path / "elsewhere").mkdir()
    elsewhere = Clinic(tmp_path / "elsewhere")
    register(replace(settings, data_dir=elsewhere.data))
    ran = elsewhere.run("replay", path)
    assert (ran.code, ran.err) == (0, "")
    assert "stored 1 result" in ran.out
    assert rows(elsewhere.data) == live


def test_what_was_stored_of_half_a_set_from_a_copy_gives_way_to_the_whole(settings, tmp_path):
    register(settings)
    path, told = captured(settings)
    copy = tmp_path / "copy.mcap"  # made while the set was being done
    copy.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    assert "stored 1 result" in Clinic(tmp_path).run("replay", copy).out
    [before] = rows(settings.data_dir)["result"]
    [finished], _ = finish(settings, path, told=told)
    assert finished.stored.inserted == 1
    [after] = rows(settings.data_dir)["result"]
    assert after[0] == finished.done.recording != before[0]


@pytest.fixture
def office(tmp_path, monkeypatch, capsys):
    return Office(tmp_path, monkeypatch, capsys)


def test_a_capture_of_somebody_who_is_not_registered_is_shown_and_says_what_to_do(settings, office):
    path, _ = captured(settings)
    ran = office.run("replay", path)
    assert ran.code == 1
    assert "knee extension" in ran.out
    assert f"imutrack patient add {OTTER}" in ran.err
    assert len(ran.err.splitlines()) == 1
    assert not (office.data / "imutrack.sqlite3").exists()
    fox = office.patient()
    ran = office.run("replay", path, "--patient", fox)
    assert ran.code == 0
    assert f"it is {fox}'s now" in ran.err
    with LocalStore.open(office.data) as store:
        assert len(store.sets(fox)) == 1


def test_a_capture_stays_whose_it_is(settings, office):
    register(settings)
    path, _ = captured(settings)
    ran = office.run("replay", path, "--patient", office.patient())
    assert ran.code == 0
    assert f"was captured for {OTTER} and stays theirs" in ran.err
    with LocalStore.open(office.data) as store:
        assert len(store.sets(OTTER)) == 1


def test_sets_are_finished_in_the_order_they_ended(settings):
    register(settings)
    first, second = knee(reps=3), knee(reps=4, begin_ns=BEGIN_NS + 60 * S)
    path = settings.data_dir / FOLDER / "a.mcap"
    told = [
        *opening(),
        started(),
        *first,
        stopped(first),
        started(2, at_ns=second[0][2]),
        *second,
        stopped(second, number=2),
    ]
    write_capture(path, told)
    finished, _ = finish(settings, path, (1, 2), told)
    assert [each.done.results[0].reps for each in finished] == [3, 4]
    assert not any(each.problem for each in finished)
    with LocalStore.open(settings.data_dir) as store:
        assert [row.number("reps") for row in store.sets(OTTER)] == [3, 4]


def test_what_was_counted_live_is_kept_beside_the_final_count(settings):
    register(settings)
    path, told = captured(settings)
    finish(settings, path, told=[*told[:-1], replace_stop(told[-1], 4)])
    with LocalStore.open(settings.data_dir) as store:
        [row] = store.sets(OTTER)
        result = store.analysed(row.text("set_id"))
    assert (result.reps, result.task.reps_live) == (5, 4)


def replace_stop(event, reps_live):
    return type(event)(at_ns=event.at_ns, number=event.number, why=event.why, reps_live=reps_live)


def test_a_set_of_nobody_is_analysed_and_not_stored(settings):
    path, told = captured(settings, task=replace(TASK, patient=None))
    [finished], _ = finish(settings, path, told=told)
    assert (finished.stored, finished.problem) == (None, "")
    assert finished.done.results[0].reps == 5
    assert path.exists()
    found, finished = caught_up(settings)
    assert (found.sets, found.stored, finished) == ((), (), [])


def test_a_set_of_somebody_who_is_not_registered_is_told_without_a_pseudonym(settings):
    path, told = captured(settings)
    [finished], _ = finish(settings, path, told=told)
    assert "a.mcap: set 1: not stored, the capture is kept: its patient is not registered" in finished.problem
    assert OTTER not in finished.problem
    assert not finished.again


def test_a_set_that_cannot_be_analysed_is_told_and_its_capture_kept(settings):
    register(settings)
    path = settings.data_dir / FOLDER / "a.mcap"
    entries = knee()[:20]
    told = [*opening(), started(), *entries, stopped(entries)]
    write_capture(path, told)
    [finished], _ = finish(settings, path, told=told)
    assert "set 1: not analysed, the capture is kept: the stretch lasts 0.3" in finished.problem
    silent = settings.data_dir / FOLDER / "b.mcap"
    write_capture(silent, [*opening(), started(), stopped(entries)])
    [finished], _ = finish(settings, silent)
    assert "no strap sent readings" in finished.problem


def test_a_store_that_cannot_be_written_is_tried_again_and_the_set_found_at_the_next_start(settings):
    path, told = captured(settings)
    (settings.data_dir / "imutrack.sqlite3").write_bytes(b"something else " * 100)
    [finished], slept = finish(settings, path, told=told)
    assert finished.again
    assert slept == [2.0, 10.0, 60.0]
    (settings.data_dir / "imutrack.sqlite3").unlink()
    register(settings)
    found, finished = caught_up(settings)
    assert found.sets == (Waiting(path, 1),)
    assert finished[0].stored.inserted == 1


def test_what_was_captured_and_not_stored_is_finished_at_the_next_start_and_then_left_alone(settings):
    register(settings)
    stored, told = captured(settings, "a.mcap")
    finish(settings, stored, told=told)
    left, _ = captured(settings, "b.mcap", seed=4, later_s=100)
    killed, _ = captured(settings, "c.mcap", seed=5, stop=False, later_s=200)  # in the middle of a set
    (settings.data_dir / FOLDER / "d.mcap").write_bytes(b"no capture")
    found, finished = caught_up(settings)
    assert {each.capture for each in found.sets} == {left, killed}
    assert [each.stored and each.stored.inserted for each in finished] == [None, 1, 1], "one was stored before"
    assert len(found.problems) == 1
    assert sorted(found.lengths) == ["a.mcap", "b.mcap", "c.mcap", "d.mcap"]
    again, finished = caught_up(settings)
    assert (again.sets, again.problems, finished) == ((), (), [])
    later, _ = captured(settings, "e.mcap", seed=6, later_s=300)
    assert caught_up(settings, open_now=(later,))[0].sets == ()
    assert caught_up(settings)[0].sets == (Waiting(later, 1),)
    (settings.data_dir / FOLDER / "finished.json").unlink()
    assert caught_up(settings)[0].sets == (), "looked into again, all of them are stored"


def test_a_set_that_somebody_replayed_by_hand_is_awaited_no_more(settings, tmp_path):
    register(settings)
    path, _ = captured(settings)
    assert "stored 1 result" in Clinic(tmp_path).run("replay", path).out
    found, [finished] = caught_up(settings)
    assert (found.sets, found.stored) == ((), (Waiting(path, 1),))
    assert (finished.waiting, finished.again, finished.problem, finished.done) == (Waiting(path, 1), False, "", None)


class Asked(AnalystHere):
    """An analyst that lets know that it listed the sets of a capture."""

    def __init__(self):
        super().__init__()
        self.listed = asyncio.Event()

    async def sets(self, capture):
        found = await super().sets(capture)
        self.listed.set()
        return found


def test_a_store_that_somebody_holds_is_waited_for_while_all_else_goes_on(settings):
    register(settings)
    captured(settings)

    async def main():
        analyst = Asked()

        async def let_go():
            await analyst.listed.wait()
            await asyncio.sleep(0.05)
            full.close()  # which takes the holder's turn, too

        with ExitStack() as full:
            full.enter_context(files_no_longer_than(0))
            holder = full.enter_context(Database(settings.data_dir))
            with holder.reading() as connection:
                connection.execute("SELECT count(*) FROM result").fetchone()
            letting = asyncio.create_task(let_go())
            found = await catch_up(analyst, Finisher(analyst, settings, lambda _: None), settings.data_dir)
            await letting
        return found

    assert len(asyncio.run(main()).sets) == 1


def test_without_a_server_nothing_is_sent(settings):
    assert send_waiting(settings, {}) == 0


def test_a_limit_that_cannot_be_costs_neither_the_result_nor_the_collector(settings):
    register(settings)
    path, told = captured(settings)
    [finished], _ = finish(replace(settings, pain={"no_such_limit": 1}), path, told=told)
    assert finished.stored.inserted == 1
    assert "stored, but days and alerts are not up to date" in finished.problem
    assert "no_such_limit" in finished.problem
    assert not finished.again


def test_a_fault_with_one_set_does_not_keep_the_next_from_being_stored(settings, monkeypatch):
    register(settings)
    path, told = captured(settings)
    finish_one, asked = AnalystHere.finish, []

    async def faulty(self, capture, number):
        asked.append(number)
        return 1 / 0 if len(asked) == 1 else await finish_one(self, capture, number)

    monkeypatch.setattr(AnalystHere, "finish", faulty)
    [first, second], _ = finish(settings, path, numbers=(1, 1), told=told)
    assert first.again
    assert "internal error (ZeroDivisionError" in first.problem
    assert (second.problem, second.stored.inserted) == ("", 1)


class Silent(AnalystHere):
    """An analyst that does not answer the first times it is asked."""

    def __init__(self, silent):
        super().__init__()
        self.silent, self.asked = silent, 0

    async def finish(self, capture, number):
        self.asked += 1
        if self.asked <= self.silent:
            raise NoAnswerError("the analyst did not answer")
        return await super().finish(capture, number)


@pytest.mark.parametrize(("silent", "problems"), [(1, [True, False]), (5, [True, True])])
def test_where_the_analyst_does_not_answer_it_is_asked_once_more_in_a_minute(settings, silent, problems):
    register(settings)
    path, _ = captured(settings)

    async def main():
        finished, slept, both = [], [], asyncio.Event()

        async def sleep(seconds):
            slept.append(seconds)

        def take(each):
            finished.append(each)
            if len(finished) == 2:
                both.set()

        finisher = Finisher(Silent(silent), settings, take, sleep=sleep)
        run = asyncio.create_task(finisher.run())
        finisher.add(Waiting(path, 1))
        await both.wait()
        await asyncio.sleep(0)
        run.cancel()
        return finished, slept

    finished, slept = asyncio.run(main())
    assert [bool(each.problem) for each in finished] == problems
    assert [each.soon for each in finished] == [True, False], "then it is looked for within the hour"
    assert slept == [60.0]


def test_what_was_gone_through_is_noted_capture_by_capture_and_what_fails_again_is_left_alone(settings):
    register(settings)
    for name in ("a.mcap", "b.mcap"):
        captured(settings, name, seed=3 + ord(name[0]))
    noted = settings.data_dir / FOLDER / "finished.json"

    async def main():
        analyst, tried, seen = Silent(1), Counter(), []
        finisher = Finisher(analyst, settings, lambda _: seen.append(noted.exists()))
        for _ in range(2):
            await catch_up(analyst, finisher, settings.data_dir, tried=tried)
        assert seen == [False, False, True]  # the second's is noted before the first is tried again
        captured(settings, "c.mcap", seed=9)
        analyst.silent, before = 1000, analyst.asked
        for _ in range(5):
            await catch_up(analyst, finisher, settings.data_dir, tried=tried)
        assert analyst.asked - before == 3

    asyncio.run(main())


def test_a_capture_for_which_the_analyst_did_not_answer_is_read_again(settings):
    register(settings)
    captured(settings)

    class Absent(AnalystHere):
        async def sets(self, capture):
            raise NoAnswerError(f"{capture.name}: the analyst did not answer")

    async def main():
        analyst = Absent()
        found = await catch_up(analyst, Finisher(analyst, settings, print), settings.data_dir)
        assert (len(found.problems), found.lengths) == (1, {})

    asyncio.run(main())
    assert len(caught_up(settings)[0].sets) == 1


def slip(settings, name="a.mcap"):
    """A capture of a slip and a set after it."""
    path, entries = settings.data_dir / FOLDER / name, knee()
    began = TaskStarted(at_ns=BEGIN_NS - 900_000_000, number=1, task=TASK, straps=("3",))
    ended = TaskStopped(at_ns=BEGIN_NS - 750_000_000, number=1, why="typed")
    told = [*opening(), began, ended, started(2), *entries, stopped(entries, 2)]
    write_capture(path, told)
    return path, told


def test_a_slip_is_never_looked_for_again(settings):
    register(settings)
    path, _ = slip(settings)
    found, finished = caught_up(settings)
    assert found.sets == (Waiting(path, 2),)
    assert [each.problem for each in finished] == [""]


def test_what_comes_after_a_slip_is_not_kept_for_it(settings):
    path, told = slip(settings)
    analyst = AnalystHere()
    tell(analyst, path, told)
    asyncio.run(analyst.finish(path, 2))
    assert analyst.bench._open[path].running == {}


def test_what_cannot_be_analysed_is_said_once_with_what_was_done_and_without_advice_for_files(settings):
    register(settings)
    path, entries = settings.data_dir / FOLDER / "a.mcap", knee()
    silent = path.with_name("b.mcap")
    write_capture(path, [*opening(), started(), *entries[:4], *entries[-3:], stopped(entries)])
    write_capture(silent, [*opening(), started(), stopped(entries)])
    _, finished = caught_up(settings)
    kept = "(seated knee extension): not analysed, the capture is kept:"
    scattered = "7 readings, 0 s worth, lie scattered over 27 s: most of what was measured did not arrive"
    assert sorted(each.problem for each in finished) == [
        f"a.mcap: set 1 {kept} {scattered}",
        f"b.mcap: set 1 {kept} no strap sent readings: look at its link and try again",
    ]
