"""While a set is done it is counted by the analysis that its end gets, in a process that may die."""

import asyncio
import os
import signal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from capture.whole_capture import captured_sets
from collector.live_sets import (
    BEGIN_NS,
    AnalystHere,
    knee,
    one_set,
    opening,
    started,
    stopped,
    tell,
    write_capture,
)
from imutrack.capture.events import Connected, TaskStarted
from imutrack.collector.sets.analyst import Analyst, AnalystError
from imutrack.collector.sets.live import LiveCounts
from imutrack.collector.sets.looks import Aim, Look, Shown
from imutrack.collector.sets.orders import Finish, Looked, Order
from imutrack.collector.sets.workbench import Workbench
from imutrack.pipeline import analyse
from imutrack.recordings import read
from imutrack.stores.analysed import encode
from imutrack.task import Task, TaskKind

S = 1_000_000_000


def looks_at(path, told, every_s=0.5, analyst=None):
    """Look at a set every so often; return the looks with their moments, s."""

    async def main():
        asked, found, due = analyst or AnalystHere(), [], BEGIN_NS + every_s * S
        for each in told:
            at_ns = each[2] if isinstance(each, tuple) else each.at_ns
            while due <= at_ns:
                looked = await asked.look(path, 1, int(due))
                found.append((due / S - BEGIN_NS / S, looked.look))
                due += every_s * S
            tell(asked, path, [each])
        return found

    return asyncio.run(main())


def test_repetitions_are_counted_soon_after_they_end_and_never_fewer_than_before(tmp_path):
    told = one_set(tmp_path / "a.mcap", reps=6)
    [recording] = read([tmp_path / "a.mcap"])
    [result] = analyse(recording, recording.tasks)
    ends_s = [rep.end_s for rep in result.reps_detail]
    shown = Shown()
    counts = [(at_s, shown.steady(look).counted) for at_s, look in looks_at(tmp_path / "a.mcap", told) if look]
    assert [count for _, count in counts if count is not None] == sorted(
        count for _, count in counts if count is not None
    )
    assert counts[-1][1] == result.reps == 6
    for number, rep in enumerate(result.reps_detail[1:], 2):
        came_s = next(at_s for at_s, count in counts if count is not None and count >= number)
        assert abs(came_s - ends_s[number - 1]) < 0.5 * rep.duration_s + 0.5  # looked at every 0.5 s


def test_a_look_says_angle_range_tempo_and_what_is_missing(tmp_path):
    looks = looks_at(tmp_path / "a.mcap", one_set(tmp_path / "a.mcap"), every_s=4.0)
    at_s, look = looks[-1]
    assert look.seconds == pytest.approx(at_s, abs=0.01)
    assert [(strap.label, strap.missing_pct) for strap in look.straps] == [("3", 0.0)]
    assert 60 < look.rom_deg < 90
    assert look.largest_deg - look.smallest_deg == pytest.approx(look.rom_deg, abs=15)
    assert look.smallest_deg <= look.angle_deg <= look.largest_deg
    assert all(0.3 < part < 3 for part in (look.outward_s, look.return_s))


def test_before_anything_can_be_told_nothing_is_said_to_be_zero(tmp_path):
    _, look = looks_at(tmp_path / "a.mcap", one_set(tmp_path / "a.mcap"), every_s=0.6)[0]
    assert (look.reps, look.counted, look.angle_deg) == (None, None, None)
    assert look.why_not


def test_of_a_stance_only_the_time_is_known_before_it_ends(tmp_path):
    entries = knee()
    task = Task(kind=TaskKind.STANCE, name="eyes_open")
    _, look = looks_at(tmp_path / "a.mcap", [*opening(), started(task=task), *entries], every_s=9.0)[0]
    assert (look.reps, look.counted, look.why_not) == (None, None, "")
    assert look.seconds == pytest.approx(9.0, abs=0.01)


def test_a_strap_that_sends_nothing_lacks_everything(tmp_path):
    told = [*opening(straps=("3", "4")), started(straps=("3", "4")), *knee()]
    _, look = looks_at(tmp_path / "a.mcap", told, every_s=9.0)[-1]
    assert [(strap.label, strap.missing_pct) for strap in look.straps] == [("3", 0.0), ("4", 100.0)]


def test_a_strap_that_was_connected_anew_goes_on(tmp_path):
    entries = knee()
    again = Connected(at_ns=entries[600][2], strap="3", wearable="movella-dot", settings={}, facts={})
    told = [*opening(), started(), *entries[:600], again, *entries[600:]]
    straight = [*opening(), started(), *entries]
    assert looks_at(tmp_path / "a.mcap", told, 9.0) == looks_at(tmp_path / "a.mcap", straight, 9.0)


def test_what_came_before_the_set_has_no_say(tmp_path):
    early = knee(begin_ns=BEGIN_NS - 40 * S)
    told, entries = [*opening(at_ns=BEGIN_NS - 50 * S)], knee()
    assert looks_at(tmp_path / "a", [*told, *early, started(), *entries], 9.0) == looks_at(
        tmp_path / "a", [*told, started(), *entries], 9.0
    )


@given(st.lists(st.integers(0, 9), max_size=40))
def test_a_count_falls_only_where_three_looks_in_a_row_say_so(counts):
    shown, before = Shown(), 0
    for number, count in enumerate(counts):
        look = shown.steady(Look(number=1, seconds=0.0, reps=count, reps_low=count, reps_high=count, counted=count))
        assert look.counted == look.reps == look.reps_low
        assert look.counted in {before, count}
        assert look.counted >= count
        if look.counted < before:
            assert max(counts[number - 2 : number + 1]) < before
        before = look.counted


def test_a_set_that_is_finished_from_memory_is_that_on_disk_bit_for_bit(tmp_path):
    path = tmp_path / "a.mcap"
    told = one_set(path)

    async def main():
        live, later = AnalystHere(), AnalystHere()
        tell(live, path, told)
        return await live.finish(path, 1), await later.finish(path, 1), await later.sets(path)

    live, later, [found] = asyncio.run(main())
    assert live.recording == later.recording == found.recording
    assert [encode(each) for each in live.results] == [encode(each) for each in later.results]
    for one, other in zip(live.results, later.results, strict=True):
        assert one.trace.t_s.tobytes() == other.trace.t_s.tobytes()


def test_an_analyst_that_died_reads_what_it_missed(tmp_path):
    path = tmp_path / "a.mcap"
    told = one_set(path, stop=False)

    async def main():
        analyst = AnalystHere()
        tell(analyst, path, told[:900])
        before = await analyst.look(path, 1, told[899][2])
        analyst.die()
        tell(analyst, path, told[900:])
        after = await analyst.look(path, 1, told[-1][2])
        done = await analyst.finish(path, 1)
        return before.look, after.look, done, analyst.restarts

    before, after, done, restarts = asyncio.run(main())
    assert before.counted < after.counted == done.results[0].reps_best == 5
    assert restarts == 1


def test_an_analyst_that_could_not_read_what_it_missed_takes_nothing_for_whole(tmp_path):
    path, entries = tmp_path / "a.mcap", knee()
    again = Connected(at_ns=BEGIN_NS + 38 * S, strap="3", wearable="movella-dot", settings={}, facts={})
    later = knee(reps=6, begin_ns=BEGIN_NS + 40 * S, seed=4)
    first = [*opening(), started(), *entries, stopped(entries)]
    second = [again, started(2, at_ns=later[0][2]), *later, stopped(later, number=2)]

    async def main():
        analyst = AnalystHere()
        tell(analyst, path, first[:20])
        await analyst.look(path, 1, entries[10][2])
        analyst.die()
        tell(analyst, path, first[20:])
        with pytest.raises(AnalystError):
            await analyst.look(path, 1, entries[-1][2])  # the disk has nothing of it yet
        tell(analyst, path, second)
        write_capture(path, [*first, *second])
        return [await analyst.finish(path, number) for number in (1, 2)]

    done = asyncio.run(main())
    replayed = [each for recording in read([path]) for each in analyse(recording, recording.tasks)]
    placed = [(result.reps, result.placement) for each in done for result in each.results]
    assert placed == [(each.reps, each.placement) for each in replayed]
    assert [place for _, place in placed] == ["shank", "shank"]


def test_a_workbench_takes_a_capture_for_whole_only_from_its_beginning_on(tmp_path):
    path = tmp_path / "a.mcap"
    told = one_set(path)
    begun = next(index for index, each in enumerate(told) if isinstance(each, TaskStarted))
    bench = Workbench()
    [result] = bench.do(Order(path, False, tuple(told[begun:]), Finish(1))).results
    assert result.placement == "shank"


def test_a_set_too_long_for_the_memory_is_finished_from_disk(tmp_path, monkeypatch):
    monkeypatch.setattr("imutrack.collector.sets.untold._MOST", 600)
    path = tmp_path / "a.mcap"
    told = one_set(path)

    async def main():
        analyst = AnalystHere()
        tell(analyst, path, told)
        with pytest.raises(AnalystError, match="too long"):
            await analyst.look(path, 1, told[-1].at_ns)
        return await analyst.finish(path, 1)

    assert asyncio.run(main()).results[0].reps == 5


def test_the_process_is_killed_and_another_answers(tmp_path):
    path = tmp_path / "a.mcap"
    told = one_set(path)

    async def main():
        analyst = Analyst()
        await analyst.start()
        tell(analyst, path, told[:-1])
        looked = await analyst.look(path, 1, told[-1].at_ns, over=True)
        os.kill(analyst._process.pid, signal.SIGINT)  # as Ctrl-C does: for the collector
        tell(analyst, path, told[-1:])
        done = await analyst.finish(path, 1)
        os.kill(analyst._process.pid, signal.SIGKILL)
        with pytest.raises(AnalystError, match=r"did not answer$"):  # nobody need replay it: it is finished below
            await analyst.look(path, 1, told[-1].at_ns)
        again = await analyst.finish(path, 1)
        await analyst.closed(path)
        await analyst.stop()
        await analyst.stop()
        return looked, done, again, analyst.restarts

    looked, done, again, restarts = asyncio.run(main())
    assert looked.look.reps == done.results[0].reps == 5
    assert looked.cost_s > 0
    assert encode(done.results[0]) == encode(again.results[0])
    assert restarts == 1


def test_a_process_that_cannot_be_started_is_an_answer_and_no_fault(tmp_path):
    analyst = Analyst(program=(str(tmp_path / "is not there"),))
    with pytest.raises(AnalystError, match="cannot be started"):
        asyncio.run(analyst.finish(tmp_path / "a.mcap", 1))


class Asked:
    """Answers at once and says what that cost."""

    def __init__(self, costs_s):
        self.costs_s, self.looks = list(costs_s), []

    async def look(self, capture, number, now_ns, *, over=False):  # noqa: ARG002 - as an analyst's
        cost_s = self.costs_s.pop(0)
        if cost_s is None:
            raise AnalystError("it died")
        self.looks.append((number, over))
        return Looked(Look(number=number, seconds=1.0, reps=len(self.looks), counted=len(self.looks)), cost_s)


def watched(asked, sets, rounds, tmp_path):
    """Look at sets for so many rounds; return pauses and what was shown."""

    async def main():
        pauses, shown = [], []

        async def sleep(seconds):
            pauses.append(seconds)
            if len(pauses) == rounds:
                await asyncio.Event().wait()

        live = LiveCounts(asked, lambda: BEGIN_NS, lambda _, look: shown.append(look), sleep=sleep)
        for number in sets:
            live.begin(tmp_path, number, Aim(reps=10, target_deg=90.0))
        run = asyncio.create_task(live.run())
        while len(pauses) < rounds:
            await asyncio.sleep(0)
        run.cancel()
        last = await live.end(tmp_path, sets[0], BEGIN_NS + 1)
        assert await live.end(tmp_path, sets[0], BEGIN_NS + 1) is None
        return pauses, shown, last

    return asyncio.run(main())


def test_looking_costs_a_fifth_of_a_core_however_many_sets_are_done(tmp_path):
    asked = Asked([0.01, 0.01, 0.5, 0.25, 0.02])
    pauses, shown, last = watched(asked, [1, 2], 2, tmp_path)
    assert pauses == [0.4, pytest.approx(4 * 0.75)]
    assert asked.looks == [(1, False), (2, False), (1, False), (2, False), (1, True)]
    assert {look.aim.target_deg for look in shown} == {90.0}
    assert last == shown[-1]


def test_a_set_whose_look_fails_is_not_looked_at_again(tmp_path):
    asked = Asked([None, 0.01, 0.01])
    _, shown, last = watched(asked, [1, 2], 2, tmp_path)
    assert {look.number for look in shown} == {2}
    assert last is None


def test_a_capture_without_the_set_gives_no_look(tmp_path):
    entries = knee(reps=2)
    write_capture(tmp_path / "a.mcap", [*opening(), started(), *entries, stopped(entries)])
    _, sets = captured_sets(tmp_path / "a.mcap")

    async def main():
        analyst = AnalystHere()
        return await analyst.look(tmp_path / "a.mcap", 9, BEGIN_NS), await analyst.finish(tmp_path / "a.mcap", 9)

    looked, done = asyncio.run(main())
    assert looked.look is None
    assert "no such set" in done.error
    assert len(sets) == 1


def test_a_first_repetition_is_counted_before_there_is_a_second_to_compare_it_with(tmp_path):
    told = one_set(tmp_path / "a.mcap", reps=1)
    looks = [look for _, look in looks_at(tmp_path / "a.mcap", told[:-60]) if look and look.counted]
    assert looks
    assert {(look.counted, look.reps, look.reps_low, look.reps_high) for look in looks} == {(1, None, 0, 1)}


def test_an_answer_that_comes_too_late_is_not_taken_for_anothers(tmp_path):
    path = tmp_path / "a.mcap"
    told = one_set(path)

    async def main():
        analyst = Analyst()
        tell(analyst, path, told)
        left = asyncio.create_task(analyst.finish(path, 1))
        await asyncio.sleep(0.2)
        left.cancel()
        with pytest.raises(asyncio.CancelledError):
            await left
        done = await analyst.finish(path, 1)
        await analyst.stop()
        return done

    assert asyncio.run(main()).results[0].reps == 5


def test_two_sets_at_once_in_one_capture_do_not_mix(tmp_path):
    path = tmp_path / "a.mcap"
    one, other = knee(reps=3), knee(reps=6, seed=4, strap="4", begin_ns=BEGIN_NS + 5 * S)
    told = [
        *opening(straps=("3", "4")),
        started(1, straps=("3",)),
        started(2, straps=("4",), at_ns=BEGIN_NS + 5 * S),
        *sorted([*one, *other], key=lambda entry: entry[2]),
    ]
    told.insert(next(k for k, each in enumerate(told) if each is one[-1]) + 1, stopped(one))
    told.append(stopped(other, number=2))
    write_capture(path, told)

    async def main():
        live, later = AnalystHere(), AnalystHere()
        tell(live, path, told)
        return [(await each.finish(path, number)).results for each in (live, later) for number in (1, 2)]

    live_one, live_other, one, other = asyncio.run(main())
    assert [len(each) for each in (live_one, live_other)] == [1, 1]
    assert (live_one[0].reps, live_other[0].reps) == (3, 6)
    assert [encode(live_one[0]), encode(live_other[0])] == [encode(one[0]), encode(other[0])]
