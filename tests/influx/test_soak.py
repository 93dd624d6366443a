"""The short form of the soak: a sender among faults."""

from influx.soak import DECK, STEP, check, soak


def test_a_sender_that_is_killed_refused_stalled_cut_off_and_set_to_another_time_loses_and_doubles_nothing(
    influx, bucket, tmp_path
):
    influx.make(f"{bucket.name}/trace")
    met = soak(influx, bucket.name, tmp_path, points=60_000, faults=len(DECK), seed=3)
    assert sum(met.values()) >= len(DECK) // 2
    assert met[STEP]
    check(influx, bucket.name, tmp_path, 60_000)
