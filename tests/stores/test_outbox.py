"""Whatever is done to the store, a server that gets the outbox's batches in order holds the same points."""

import shutil
import tempfile
import zlib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings

from clinic.test_any_order import NOW, Step, Work, registered, work
from imutrack import config
from imutrack.clinic.patients import Patients
from imutrack.clinic.rollup import refresh
from imutrack.corrections import Correction
from imutrack.errors import StoreError
from imutrack.stores.correcting import correct
from imutrack.stores.erasing import erase_patient, rename_patient
from imutrack.stores.local import LocalStore
from imutrack.stores.outbox import (
    batches,
    done,
    erased,
    refill,
    refusals,
    set_aside,
    switch,
    to_erase,
    to_fill,
    trim,
    waiting,
)
from imutrack.stores.points import add_points
from imutrack.stores.rows import Row
from imutrack.stores.schema import MEASUREMENTS
from influx.stored import StoredBucket
from stores.store_builders import BERLIN, OTTER, PANDA, START, exercise_set, relabelled, stance, trace

__all__ = ["registered"]  # a fixture
RECORDING = "r" * 64


@pytest.fixture
def store(tmp_path):
    with LocalStore.open(tmp_path) as opened:
        for patient in (OTTER, PANDA):
            Patients(opened).add(patient, now=START)
        switch(opened, on=True)
        yield opened


def put(store, *results, recording=RECORDING):
    return store.replace(recording, results, clinic="clinic", zone=BERLIN)


def drained(store, server=None):
    """A server after it got everything that waits."""
    server = server or StoredBucket("both")
    while found := batches(store, 5000):
        for batch in found:
            server.write(batch.lines)
        done(store, [batch.seq for batch in found])
    return server


def counting(server):
    """The points of a server that were not withdrawn: what every query asks for."""
    return {key: fields for key, fields in server.points.items() if not fields["withdrawn"]}


def points_of(store):
    """The points of a store that were not withdrawn, as a server would hold them."""
    found = {}
    for name, measurement in MEASUREMENTS.items():
        if measurement.storage == "curves" or "patient" not in measurement.tags:
            continue
        for patient in Patients(store).list():
            for row in store.points(name, patient.pseudonym) if name != "rep" else _reps(store, patient.pseudonym):
                found[name, tuple(sorted(row.tags.items())), row.time_ns] = dict(row.fields)
    return found


def _reps(store, patient):
    return [row for own in store.sets(patient) for row in store.reps(own.text("set_id"))]


def without_curves(points):
    return {key: fields for key, fields in points.items() if key[0] != "trace"}


def mirror_after(registered: Path, steps: list[Step]):
    with tempfile.TemporaryDirectory() as folder:
        shutil.copy(registered, folder)
        with LocalStore.open(Path(folder)) as store:
            store.database.connection.execute("PRAGMA synchronous = OFF")  # the disk is not what is tested
            switch(store, on=True)
            server = StoredBucket("both")
            for number, step in enumerate(steps):
                step.do(store)
                if number % 3 == 0:
                    refresh(store, config.load(data=Path(folder), tz="Europe/Berlin"), NOW)
                    drained(store, server)
            drained(store, server)
            return without_curves(counting(server)), points_of(store)


@settings(max_examples=40)
@given(done=work())
def test_after_any_work_the_server_counts_the_points_that_the_store_does(registered: Path, done: Work) -> None:
    on_server, in_store = mirror_after(registered, done.as_it_came)
    assert on_server == in_store


def test_off_nothing_is_noted(tmp_path):
    with LocalStore.open(tmp_path) as store:
        Patients(store).add(OTTER, now=START)
        put(store, exercise_set())
        assert waiting(store).batches == 0


def test_what_is_not_stored_is_not_sent(store):
    def put_and_fail():
        with store.together():
            put(store, exercise_set())
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        put_and_fail()
    assert waiting(store).batches == 0


def test_a_curve_goes_point_by_point_and_is_withdrawn_with_its_set(store):
    put(store, exercise_set())
    server = drained(store)
    curve = {time: fields for (name, _, time), fields in counting(server).items() if name == "trace"}
    kept = store.trace("aaaa-0001")
    assert np.array_equal([curve[time]["angle_low_deg"] for time in sorted(curve)], kept.values["angle_low_deg"])
    put(store)
    assert not counting(drained(store, server))
    assert server.points  # withdrawn, not gone: a server of old can be asked what was there


def test_a_curve_longer_than_a_request_may_be_goes_in_parts_and_is_withdrawn_whole(store):
    put(store, exercise_set(trace=trace(10.0, 5001)))
    assert [batch.count for batch in batches(store, 10**6, trace=True)] == [5000, 1]
    server = drained(store)
    kept = store.trace("aaaa-0001")
    assert [fields["angle_low_deg"] for fields in server.of("trace")] == kept.values["angle_low_deg"].tolist()
    put(store)
    assert [batch.count for batch in batches(store, 10**6, trace=True)] == [5000, 1]
    assert not counting(drained(store, server))


def test_many_changes_in_one_transaction_go_in_batches_that_a_request_may_have(store):
    add_points(store, link_points(5001))
    assert [batch.count for batch in batches(store, 10**6)] == [5000, 1]
    server = drained(store)
    with store.database.transaction() as connection:
        connection.execute("DELETE FROM link WHERE time_ns > ?", (round(START * 1e9),))
    assert [batch.count for batch in batches(store, 10**6)] == [5000]
    assert list(counting(drained(store, server))) == [("link", (("clinic", "clinic"), ("sensor", "blue-1")),
                                                       round(START * 1e9))]  # fmt: skip


def test_a_point_that_goes_and_comes_back_in_one_transaction_is_not_withdrawn(store):
    add_points(store, link_points(3))
    server = drained(store)
    with store.database.transaction() as connection:
        connection.execute("UPDATE link SET time_ns = time_ns + 1")
        connection.execute("UPDATE link SET time_ns = time_ns - 1")
    drained(store, server)
    assert len(counting(server)) == 3


def test_a_set_that_is_set_aside_a_correction_and_another_patient_reach_the_server(store):
    put(store, exercise_set(), stance())
    server = drained(store)
    said = Correction(set_id="aaaa-0001", at_ns=1, by="MB", why="seen", reps=2, patient=PANDA)
    correct(store, said, clinic="clinic", zone=BERLIN)
    drained(store, server)
    assert without_curves(counting(server)) == points_of(store)
    correct(store, Correction(set_id="aaaa-0002", at_ns=2, by="MB", why="fell", void=True), clinic="c", zone=BERLIN)
    drained(store, server)
    assert not any(name == "stance" for name, *_ in counting(server))


def test_a_session_that_moves_goes_to_the_server_too(store):
    put(store, exercise_set(start=START))
    server = drained(store)
    put(store, stance(start=START - 1800.0, recording="q" * 64), recording="q" * 64)
    drained(store, server)
    assert len({fields["session"] for (name, *_), fields in counting(server).items() if "session" in fields}) == 1


def test_curves_that_are_pruned_for_their_age_are_not_withdrawn(store):
    put(store, exercise_set(), exercise_set("aaaa-0009", start=START + 91 * 86_400.0))
    server = drained(store)
    before = len(counting(server))
    assert store.prune_traces(90) == 1
    assert len(counting(drained(store, server))) == before


def test_erasing_takes_what_waits_and_withdraws_nothing(store):
    put(store, exercise_set())
    put(store, relabelled(stance(recording="q" * 64), patient=PANDA), recording="q" * 64)
    erase_patient(store, OTTER)
    assert to_erase(store) == [OTTER]
    assert {batch.patient for batch in batches(store, 10**6)} == {PANDA}


def test_another_pseudonym_is_sent_anew_and_the_old_one_is_to_be_erased_on_the_server(store):
    put(store, exercise_set())
    drained(store)
    put(store, exercise_set(algorithm="sets 2"))
    rename_patient(store, OTTER, "otter-cactus-10", clinic="clinic", zone=BERLIN)
    assert to_erase(store) == [OTTER]
    assert without_curves(counting(drained(store))) == points_of(store)
    erased(store, OTTER)
    assert to_erase(store) == []


def test_an_empty_server_is_filled_from_the_store(store):
    put(store, exercise_set(), stance())
    drained(store)
    assert refill(store) == waiting(store).points > 40
    assert without_curves(counting(drained(store))) == points_of(store)


def fill_disk(store):
    """Let the file of the store grow no more."""
    connection = store.database.connection
    connection.execute("VACUUM")
    ((pages,),) = connection.execute("PRAGMA page_count")
    connection.execute(f"PRAGMA max_page_count = {pages}")


def test_filling_that_was_cut_off_is_still_to_be_done(tmp_path):
    with LocalStore.open(tmp_path) as store:
        Patients(store).add(OTTER, now=START)
        put(store, exercise_set(trace=trace(10.0, 50_000)))
        assert not to_fill(store)  # off
        switch(store, on=True)
        fill_disk(store)
        with pytest.raises(StoreError, match="disk is full"):
            refill(store)
    with LocalStore.open(tmp_path) as store:
        switch(store, on=True)
        assert to_fill(store)
        assert waiting(store).points == 0
        assert refill(store) == waiting(store).points == 50_004
        assert not to_fill(store)
        switch(store, on=True)
        assert not to_fill(store)
        done(store, [batch.seq for batch in batches(store, 10**6)])
        fill_disk(store)
        with pytest.raises(StoreError, match="disk is full"):
            refill(store)
        assert to_fill(store)


def test_sending_all_again_withdraws_what_went_while_the_server_refused_everything(store):
    put(store, exercise_set())
    server = drained(store)
    put(store, exercise_set(algorithm="sets 2"))  # other points in place of the first
    for batch in batches(store, 10**6):
        set_aside(store, batch.seq, "400: bad request")
    assert refill(store) == waiting(store).points
    assert waiting(store).set_aside_batches == 0
    assert without_curves(counting(drained(store, server))) == points_of(store)


def test_sending_all_again_does_not_bring_back_what_the_server_refused_and_was_replaced_since(store):
    put(store, exercise_set())
    for batch in batches(store, 10**6):
        set_aside(store, batch.seq, "400: bad request")
    put(store, exercise_set(algorithm="sets 2"))
    server = drained(store)
    refill(store)
    assert without_curves(counting(drained(store, server))) == points_of(store)


def test_sending_all_again_does_not_withdraw_what_came_back(store):
    put(store, exercise_set())
    server = drained(store)
    put(store)
    for batch in batches(store, 10**6):
        set_aside(store, batch.seq, "400: bad request")
    put(store, exercise_set())
    refill(store, OTTER)
    assert without_curves(counting(drained(store, server))) == points_of(store) != {}


def link_points(count, first=0):
    tags, said = {"clinic": "clinic", "sensor": "blue-1"}, {"battery_pct": 80.0, "backlog": 3, "withdrawn": False}
    return [Row("link", tags, round((START + 10 * number) * 1e9), said) for number in range(first, first + count)]


def test_the_state_of_links_is_sent_and_an_empty_server_gets_all_of_it_again(store):
    points = link_points(5003)
    put(store, exercise_set())
    add_points(store, points)
    server = drained(store)
    assert refill(store) == waiting(store).points == len(server.points)
    anew = drained(store)
    assert anew.points == server.points
    assert anew.of("link") == [{"time": row.time_ns, **row.tags, **row.fields} for row in points]


def test_one_patient_s_points_are_sent_again_without_the_links(store):
    put(store, exercise_set())
    add_points(store, link_points(3))
    drained(store)
    refill(store, OTTER)
    assert {name for name, *_ in drained(store).points} == {"exercise_set", "rep", "trace"}


def test_what_the_server_refuses_is_set_aside_with_its_words_and_the_rest_goes_on(store):
    put(store, exercise_set(trace=None))
    put(store, stance(recording="q" * 64, trace=None), recording="q" * 64)
    first, second = batches(store, 10**6)
    set_aside(store, first.seq, "400: no such thing", first.lines.splitlines(keepends=True)[0], 1)
    assert [batch.seq for batch in batches(store, 10**6)] == [second.seq]
    found = waiting(store)
    assert (found.points, found.set_aside_batches, found.set_aside_points) == (second.count, 1, 1)
    set_aside(store, second.seq, "413: too large")
    assert refusals(store, 3) == ["413: too large", "400: no such thing"]
    assert refusals(store, 1) == ["413: too large"]


def test_over_the_quota_the_oldest_curves_go_first_and_results_never(store):
    for number in range(4):
        later = exercise_set(f"aaaa-000{number}", recording=f"{number}" * 64, start=START + 100.0 * number)
        put(store, later, recording=later.recording)
    every = batches(store, 10**6)
    curves = [batch for batch in every if batch.trace]
    assert trim(store, waiting(store).bytes) == 0
    assert trim(store, waiting(store).bytes - 1) == curves[0].count
    assert trim(store, 0) == sum(batch.count for batch in curves[1:])
    assert batches(store, 10**6) == [batch for batch in every if not batch.trace]


def test_over_the_quota_curves_that_the_server_refused_go_before_any_other(store):
    for number in range(3):
        later = exercise_set(f"aaaa-000{number}", recording=f"{number}" * 64, start=START + 100.0 * number)
        put(store, later, recording=later.recording)
    every = batches(store, 10**6)
    *older, newest = [batch for batch in every if batch.trace]
    for batch in every:
        if batch is newest or not batch.trace:
            set_aside(store, batch.seq, "400: no such thing")
    together = sum(len(zlib.compress(batch.lines)) for batch in every)
    assert trim(store, together) == 0
    assert trim(store, together - 1) == newest.count
    assert batches(store, 10**6) == older
    assert trim(store, 0) == newest.count * 2
    assert waiting(store).set_aside_batches == 3  # of results


def test_a_number_is_never_given_twice_so_that_two_senders_cannot_take_each_others_batches(store):
    put(store, exercise_set(trace=None))
    (first,) = batches(store, 10**6)
    done(store, [first.seq])
    put(store, stance(recording="q" * 64, trace=None), recording="q" * 64)
    assert batches(store, 10**6)[0].seq > first.seq
