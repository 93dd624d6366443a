"""The short form of the soak: a sender among faults."""

from influx.soak import check, soak


def test_a_sender_that_is_killed_refused_stalled_and_cut_off_loses_nothing_and_doubles_nothing(
    influx, bucket, tmp_path
):
    met = soak(influx, bucket.name, tmp_path, points=60_000, faults=12, seed=3)
    assert sum(met.values()) >= 8
    check(influx, bucket.name, 60_000)
