import math
import re

import pytest
from prometheus_client.parser import text_string_to_metric_families

from imutrack.collector.health.figures import Figures, StrapFigures
from imutrack.collector.health.metrics import CONTENT_TYPE, Lags, Metrics
from imutrack.collector.links.states import Reason, State, StateLog

STRAPS = ("3", "4")


class Collector:
    """The collector's states and figures, and its metrics as Prometheus reads them."""

    def __init__(self, figures=None, straps=STRAPS):
        self.now_s = 100.0
        self.figures = figures or Figures(straps={strap: StrapFigures() for strap in straps})
        self.states = StateLog(straps, lambda: self.now_s, [lambda *change: self.metrics.durations.on_state(*change)])
        self.metrics = Metrics(self.states, straps, lambda: self.figures)

    def change(self, strap, state, reason=Reason.OTHER, after_s=0.0):
        self.now_s += after_s
        self.states.change(strap, state, reason)

    def families(self):
        return list(text_string_to_metric_families(self.metrics.render().decode()))

    def __getitem__(self, name):
        """Samples of that name: values by strap, state, reason and class."""
        return {
            tuple(
                sample.labels[label] for label in ("strap", "state", "reason", "le") if label in sample.labels
            ): sample.value
            for family in self.families()
            for sample in family.samples
            if sample.name == name
        }


def outages(collector):
    return collector["imutrack_outage_seconds_count"]["3",], collector["imutrack_outage_seconds_sum"]["3",]


def test_figures_are_told_as_they_are_when_asked():
    strap = StrapFigures(
        notifications=10,
        readings=70,
        lost=2,
        duplicates=3,
        reordered=4,
        decode_errors=5,
        ring_dropped=6,
        battery_pct=81.0,
        rssi_dbm=-61,
        clock_ppm=-12.5,
        clock_residual_ms=1.5,
    )
    collector = Collector(
        Figures(
            straps={"3": strap},
            ring_depth=7,
            capture_bytes=8_000,
            flush_age_s=0.25,
            sets_done=9,
            worker_restarts=1,
            power_cycles=2,
            points_waiting=11,
            wall_ahead_s=-3.5,
        ),
        ["3"],
    )
    of_strap = {
        "notifications_total": 10,
        "readings_total": 70,
        "lost_readings": 2,
        "loss_unknown": 0,
        "duplicate_readings_total": 3,
        "reordered_readings_total": 4,
        "decode_errors_total": 5,
        "ring_dropped_total": 6,
        "battery_percent": 81,
        "rssi_dbm": -61,
        "clock_drift_ppm": -12.5,
        "clock_residual_seconds": 0.0015,
        "reconnects_total": 0,
    }
    of_all = {
        "ring_depth": 7,
        "capture_bytes_total": 8000,
        "capture_flush_age_seconds": 0.25,
        "sets_done_total": 9,
        "worker_restarts_total": 1,
        "adapter_power_cycles_total": 2,
        "points_waiting": 11,
        "wall_clock_ahead_seconds": -3.5,
    }
    assert {name: collector[f"imutrack_{name}"] for name in of_strap} == {
        name: {("3",): value} for name, value in of_strap.items()
    }
    assert {name: collector[f"imutrack_{name}"] for name in of_all} == {
        name: {(): value} for name, value in of_all.items()
    }
    collector.figures = Figures(straps={"3": StrapFigures(notifications=11)})
    assert collector["imutrack_notifications_total"] == {("3",): 11}


def test_an_unknown_loss_is_absent_and_said_to_be_unknown():
    collector = Collector(Figures(straps={"3": StrapFigures(lost=None), "4": StrapFigures(lost=0)}))
    assert collector["imutrack_lost_readings"] == {("4",): 0}
    assert collector["imutrack_loss_unknown"] == {("3",): 1, ("4",): 0}


def test_nothing_that_is_unknown_is_told_as_a_number():
    collector = Collector()
    names = {sample.name for family in collector.families() for sample in family.samples}
    assert not names & {
        "imutrack_battery_percent",
        "imutrack_rssi_dbm",
        "imutrack_clock_drift_ppm",
        "imutrack_points_waiting",
        "imutrack_wall_clock_ahead_seconds",
        "imutrack_capture_flush_age_seconds",
    }


def test_a_strap_is_in_one_state_and_changes_are_counted_by_reason():
    collector = Collector()
    collector.change("3", State.SEEN, Reason.ADVERTISED, after_s=2.0)
    collector.change("3", State.BACKOFF, Reason.TIMEOUT, after_s=3.0)
    collector.change("3", State.SEEN, Reason.ADVERTISED)
    told = collector["imutrack_strap_state"]
    assert [state for (strap, state), value in told.items() if strap == "3" and value] == ["seen"]
    assert len(told) == len(STRAPS) * len(State)
    assert collector["imutrack_state_changes_total"] == {
        ("3", "seen", "advertised"): 2,
        ("3", "backoff", "no answer in time"): 1,
    }
    assert collector["imutrack_state_seconds_total"]["3", "idle"] == 2.0
    assert collector["imutrack_state_seconds_total"]["3", "seen"] == 3.0


def test_an_outage_lasts_from_a_lost_link_to_the_next_that_sends():
    collector = Collector()
    collector.change("3", State.STREAMING, after_s=5.0)
    assert outages(collector) == (0, 0)  # the first link ends none
    collector.change("3", State.BACKOFF, Reason.LINK_LOST, after_s=60.0)
    collector.change("3", State.CONNECTING, after_s=0.5)
    collector.change("3", State.STREAMING, after_s=1.5)
    assert outages(collector) == (1, 2.0)


def test_a_silence_counts_from_its_beginning_where_the_link_turns_out_to_be_dead():
    collector = Collector()
    collector.change("3", State.STREAMING)
    collector.change("3", State.DEGRADED, Reason.SILENT, after_s=60.0)
    collector.change("3", State.BACKOFF, Reason.LINK_DEAD, after_s=0.5)
    collector.change("3", State.STREAMING, after_s=1.0)
    assert outages(collector) == (1, 1.5)


def test_a_silence_that_ends_by_itself_is_no_outage():
    collector = Collector()
    collector.change("3", State.STREAMING)
    collector.change("3", State.DEGRADED, Reason.SILENT, after_s=60.0)
    collector.change("3", State.STREAMING, Reason.NOTIFIES, after_s=0.5)
    assert outages(collector) == (0, 0)


def test_a_link_that_was_ended_on_purpose_is_no_outage():
    collector = Collector()
    collector.change("3", State.STREAMING)
    collector.change("3", State.IDLE, Reason.STOPPED)
    collector.change("3", State.STREAMING, after_s=3600.0)
    assert outages(collector) == (0, 0)


def test_only_a_connection_that_was_made_took_a_time():
    collector = Collector()
    collector.change("3", State.CONNECTING)
    collector.change("3", State.BACKOFF, Reason.TIMEOUT, after_s=8.0)
    collector.change("3", State.CONNECTING, after_s=0.1)
    collector.change("3", State.CONFIGURING, Reason.CONNECTED, after_s=0.7)
    assert collector["imutrack_connect_seconds_count"] == {("3",): 1, ("4",): 0}
    assert collector["imutrack_connect_seconds_sum"]["3",] == pytest.approx(0.7)
    assert collector["imutrack_reconnects_total"] == {("3",): 0, ("4",): 0}


def test_lags_are_in_their_classes_whatever_the_batches():
    at_once, one_by_one = Lags(), Lags()
    lags_s = [0.0, 0.001, 0.0011, 0.02, 0.0201, 5.0]
    at_once.add(lags_s)
    for lag_s in lags_s:
        one_by_one.add([lag_s])
    at_once.add([])
    said = {sample.labels.get("le"): sample.value for sample in at_once.family().samples if "le" in sample.labels}
    assert said == {
        sample.labels["le"]: sample.value for sample in one_by_one.family().samples if "le" in sample.labels
    }
    assert (said["0.001"], said["0.002"], said["0.02"], said["0.05"], said["1"], said["+Inf"]) == (2, 3, 4, 5, 5, 6)
    assert next(s.value for s in at_once.family().samples if s.name.endswith("_sum")) == pytest.approx(sum(lags_s))


def test_lags_are_told():
    collector = Collector()
    collector.metrics.lags.add([0.003] * 7)
    assert collector["imutrack_callback_lag_seconds_count"] == {(): 7}
    assert collector["imutrack_callback_lag_seconds_bucket"]["0.005",] == 7


def test_labels_are_of_straps_and_of_our_own_words_only():
    collector = Collector()
    collector.change("3", State.SEEN, Reason.ADVERTISED)
    for family in collector.families():
        assert re.fullmatch(r"(imutrack|process)_[a-z_]+", family.name)
        for sample in family.samples:
            assert sample.labels.keys() <= {"strap", "state", "reason", "le"}
            assert sample.labels.get("strap", "3") in STRAPS
            assert math.isfinite(sample.value)


def test_each_family_says_what_it_is_and_comes_once():
    families = [family for family in Collector().families() if family.name.startswith("imutrack")]
    assert all(family.documentation for family in families)
    assert len({family.name for family in families}) == len(families)
    assert CONTENT_TYPE.startswith("text/plain")
