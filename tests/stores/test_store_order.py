"""Whatever the order in which recordings come, change and go: the same rows stay."""

import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from imutrack.clinic.patients import Patients
from imutrack.stores.local import LocalStore
from stores.store_builders import BERLIN, OTTER, PANDA, START, chair_test, content, exercise_set, relabelled, stance

RECORDINGS = ["a" * 64, "b" * 64, "c" * 64, "d" * 64]
BUILD = [exercise_set, stance, chair_test]


@st.composite
def versions(draw, recording):
    """What one analysis says of a recording: up to three results, of any patient, label, time and algorithm."""
    results = []
    for number in range(draw(st.integers(0, 3))):
        minutes = draw(st.integers(0, 300))  # within five hours: sessions touch, join and part
        result = BUILD[number](
            f"{recording[:4]}-000{number}",
            recording=recording,
            start=START + 60.0 * minutes,
            duration_s=draw(st.sampled_from([10.0, 1200.0, 4000.0])),
            algorithm=draw(st.sampled_from(["v 1", "v 2"])),
            trace=None,
        )
        patient = draw(st.sampled_from([OTTER, PANDA, None]))
        results.append(relabelled(result, patient=patient, name=draw(st.sampled_from(["squat", "heel_raise"]))))
    return tuple(results)


@st.composite
def histories(draw):
    """Two sequences of (recording, results) that end with the same last word on every recording."""
    last = {recording: draw(versions(recording)) for recording in RECORDINGS}
    earlier = [(r, draw(versions(r))) for r in draw(st.lists(st.sampled_from(RECORDINGS), max_size=5))]
    one = [*earlier, *draw(st.permutations(list(last.items())))]
    return one, draw(st.permutations(list(last.items())))


def content_after(history):
    with tempfile.TemporaryDirectory() as folder, LocalStore.open(Path(folder)) as store:
        store.database.connection.execute("PRAGMA synchronous = OFF")  # the disk is not what is tested
        for patient in (OTTER, PANDA):
            Patients(store).add(patient, now=START)
        for recording, results in history:
            store.replace(recording, results, clinic="clinic", zone=BERLIN)
        return content(store)


@settings(max_examples=40, deadline=None)
@given(histories())
def test_any_order_of_replays_relabels_and_analyses_ends_in_the_same_rows(two):
    one, other = two
    assert content_after(one) == content_after(other)
