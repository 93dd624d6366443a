"""What Prometheus is told at ``/metrics``: counts and measurements of the collector, by strap.

A strap is its label. No address, no patient, no text of anybody's is among the labels.

Totals and measurements are fetched when they are asked for and cost nothing in between; only durations are gathered as
they happen. What is not known is absent, and `imutrack_loss_unknown` says of which straps it is the loss.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Final

import numpy as np
from prometheus_client import CollectorRegistry, Histogram, ProcessCollector, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from prometheus_client.registry import Collector

from imutrack.collector.health.figures import Figures, StrapFigures
from imutrack.collector.health.link_points import reconnects
from imutrack.collector.links.states import Reason, State, StateLog

__all__ = ["CONTENT_TYPE", "Durations", "Lags", "Metrics"]

CONTENT_TYPE: Final = CONTENT_TYPE_LATEST

# Limits of the classes, s: about the promises, of which an outage of 0.5 s and a lag of 20 ms are the narrowest.
_OUTAGE_S: Final = (0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0, 3600.0)
_CONNECT_S: Final = (0.1, 0.25, 0.5, 1.0, 1.5, 2.0, 4.0, 8.0)
_LAG_S: Final = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1.0)

_Value = Callable[[StrapFigures], float | None]

_TOTALS: Final[Mapping[str, tuple[str, _Value]]] = {
    "imutrack_notifications": ("Notifications that came.", lambda strap: strap.notifications),
    "imutrack_readings": ("Readings that came, each once.", lambda strap: strap.readings),
    "imutrack_duplicate_readings": ("Readings that came again.", lambda strap: strap.duplicates),
    "imutrack_reordered_readings": ("Readings that came after later ones.", lambda strap: strap.reordered),
    "imutrack_decode_errors": ("Notifications that were no packet.", lambda strap: strap.decode_errors),
    "imutrack_ring_dropped": ("Notifications lost because the collector was late.", lambda strap: strap.ring_dropped),
}
_MEASURED: Final[Mapping[str, tuple[str, _Value]]] = {
    "imutrack_lost_readings": ("Readings that have not come; falls when late ones do.", lambda strap: strap.lost),
    "imutrack_loss_unknown": ("1 where nobody can tell what is lost.", lambda strap: strap.lost is None),
    "imutrack_rssi_dbm": ("Strength of the last advertisement.", lambda strap: strap.rssi_dbm),
    "imutrack_battery_percent": ("Charge of the battery.", lambda strap: strap.battery_pct),
    "imutrack_clock_drift_ppm": ("How much faster the strap's clock runs.", lambda strap: strap.clock_ppm),
    "imutrack_clock_residual_seconds": (
        "99th percentile of what the fit of its clock left.",
        lambda strap: None if strap.clock_residual_ms is None else strap.clock_residual_ms / 1000,
    ),
}


class Metrics:
    """All that is told; see the head of the file.

    Args:
        states: of the links.
        straps: labels.
        figures: returns what is known now; asked at each look, so it must not wait.
    """

    def __init__(self, states: StateLog, straps: Iterable[str], figures: Callable[[], Figures]) -> None:
        self._registry = CollectorRegistry()
        self.lags = Lags()
        self.durations = Durations(straps, self._registry)
        self._registry.register(_Told(states, figures, self.lags))
        ProcessCollector(registry=self._registry)

    def render(self) -> bytes:
        """Return the text that Prometheus reads, of `CONTENT_TYPE`."""
        return generate_latest(self._registry)


class Durations:
    """How long outages and connecting took; `on_state` listens to the StateLog.

    An outage lasts from when a strap's link was lost, or silent for too long, to when another sends.
    """

    def __init__(self, straps: Iterable[str], registry: CollectorRegistry) -> None:
        self._outages = Histogram(
            "imutrack_outage_seconds", "From a lost link to the next.", ["strap"], registry=registry, buckets=_OUTAGE_S
        )
        self._connects = Histogram(
            "imutrack_connect_seconds", "What connecting took.", ["strap"], registry=registry, buckets=_CONNECT_S
        )
        self._lost_at_s: dict[str, float] = {}
        self._tried_at_s: dict[str, float] = {}
        for strap in straps:  # there from the beginning, at 0
            self._outages.labels(strap)
            self._connects.labels(strap)

    def on_state(self, strap: str, before: State, now: State, reason: str, at_s: float) -> None:
        """Note a change of state (`imutrack.collector.links.states.OnState`)."""
        if before is State.STREAMING and reason != Reason.STOPPED:
            self._lost_at_s[strap] = at_s
        elif now is State.STREAMING and strap in self._lost_at_s:
            outage_s = at_s - self._lost_at_s.pop(strap)
            if before is not State.DEGRADED:  # the link lived and sent on
                self._outages.labels(strap).observe(outage_s)
        if now is State.CONNECTING:
            self._tried_at_s[strap] = at_s
        elif before is State.CONNECTING and now is State.CONFIGURING:
            self._connects.labels(strap).observe(at_s - self._tried_at_s.pop(strap, at_s))


class Lags:
    """How late callbacks were, in classes; taken in batches, since there are thousands a second."""

    def __init__(self) -> None:
        self._counts = np.zeros(len(_LAG_S) + 1, dtype=np.int64)
        self._sum_s = 0.0

    def add(self, lags_s: Sequence[float]) -> None:
        """Count some, in seconds."""
        lags = np.asarray(lags_s, dtype=np.float64)
        self._counts += np.bincount(np.searchsorted(_LAG_S, lags), minlength=len(self._counts))
        self._sum_s += float(lags.sum())

    def family(self) -> HistogramMetricFamily:
        """Return them as Prometheus reads them."""
        limits = (*(f"{limit:g}" for limit in _LAG_S), "+Inf")
        buckets = list(zip(limits, np.cumsum(self._counts).astype(float).tolist(), strict=True))
        return HistogramMetricFamily(
            "imutrack_callback_lag_seconds", "How late callbacks ran.", buckets=buckets, sum_value=self._sum_s
        )


class _Told(Collector):
    """What is fetched when it is asked for."""

    def __init__(self, states: StateLog, figures: Callable[[], Figures], lags: Lags) -> None:
        self._states, self._figures, self._lags = states, figures, lags

    def collect(self) -> Iterator[Metric]:
        figures = self._figures()
        yield from _of_states(self._states, figures.straps)
        yield from _of_straps(figures.straps)
        yield from _of_collector(figures)
        yield self._lags.family()

    def describe(self) -> Iterator[Metric]:
        """Nothing: what is fetched is not there yet when this is registered."""
        return iter(())


def _of_states(states: StateLog, straps: Iterable[str]) -> Iterator[Metric]:
    state = GaugeMetricFamily("imutrack_strap_state", "1 for the state a strap is in.", labels=["strap", "state"])
    seconds = CounterMetricFamily("imutrack_state_seconds", "Spent in each state.", labels=["strap", "state"])
    changes = CounterMetricFamily(
        "imutrack_state_changes", "How often a strap came into a state, and why.", labels=["strap", "state", "reason"]
    )
    anew = CounterMetricFamily("imutrack_reconnects", "Links that were made anew.", labels=["strap"])
    for strap in straps:
        spent = states.seconds(strap)
        for each in State:
            state.add_metric([strap, each.value], float(states[strap] is each))
            seconds.add_metric([strap, each.value], spent.get(each, 0.0))
        for (into, reason), count in states.changes(strap).items():
            changes.add_metric([strap, into.value, reason], count)
        anew.add_metric([strap], reconnects(states, strap))
    return iter((state, seconds, changes, anew))


def _of_straps(straps: Mapping[str, StrapFigures]) -> Iterator[Metric]:
    for name, (text, value_of) in _TOTALS.items():
        yield _filled(CounterMetricFamily(name, text, labels=["strap"]), straps, value_of)
    for name, (text, value_of) in _MEASURED.items():
        yield _filled(GaugeMetricFamily(name, text, labels=["strap"]), straps, value_of)


def _filled(
    family: CounterMetricFamily | GaugeMetricFamily, straps: Mapping[str, StrapFigures], value_of: _Value
) -> Metric:
    for strap, figures in straps.items():
        value = value_of(figures)
        if value is not None:
            family.add_metric([strap], float(value))
    return family


def _of_collector(figures: Figures) -> Iterator[Metric]:
    yield GaugeMetricFamily("imutrack_ring_depth", "Notifications that wait to be taken.", value=figures.ring_depth)
    yield CounterMetricFamily("imutrack_capture_bytes", "Written to captures.", value=figures.capture_bytes)
    if figures.flush_age_s is not None:
        text = "Since the captures were last flushed."
        yield GaugeMetricFamily("imutrack_capture_flush_age_seconds", text, value=figures.flush_age_s)
    yield CounterMetricFamily("imutrack_sets_done", "Sets that were analysed and stored.", value=figures.sets_done)
    yield CounterMetricFamily("imutrack_worker_restarts", "Of the live analysis.", value=figures.worker_restarts)
    yield CounterMetricFamily("imutrack_adapter_power_cycles", "Of a deaf adapter.", value=figures.power_cycles)
    if figures.points_waiting is not None:
        yield GaugeMetricFamily("imutrack_points_waiting", "Points for InfluxDB.", value=figures.points_waiting)
    if figures.wall_ahead_s is not None:
        text = "How far the machine's clock is ahead of the collector's, which it follows between sessions."
        yield GaugeMetricFamily("imutrack_wall_clock_ahead_seconds", text, value=figures.wall_ahead_s)
