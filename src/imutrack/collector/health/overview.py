"""How everything stands at a moment: for `/healthz`, `/readyz`, `/metrics`, the `link` points, systemd and people."""

import asyncio
import time
from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec

from imutrack.collector.captures.intake import Intake
from imutrack.collector.captures.recorder import Recorder
from imutrack.collector.health import metrics
from imutrack.collector.health.figures import Figures, StrapFigures
from imutrack.collector.health.pages import Page, Pages, healthz, readyz
from imutrack.collector.links.adapter_watch import AdapterWatch
from imutrack.collector.links.ring import Ring
from imutrack.collector.links.scanning import Finder
from imutrack.collector.links.states import State, StateLog
from imutrack.collector.moments import HostClock
from imutrack.collector.progress import Progress
from imutrack.collector.sessions.resuming import Note, standing
from imutrack.collector.sessions.sessions import Sessions
from imutrack.collector.sessions.tasks import Doing
from imutrack.collector.sessions.wrong_clock import clock_note
from imutrack.collector.sets.analyst import Analyst
from imutrack.collector.settings import StrapSettings

__all__ = ["LATE_FLUSH_S", "Overview"]

LATE_FLUSH_S: Final = 5.0  # ten blocks
_RSSI_S: Final = 60.0  # an older advertisement says nothing of the link now


class Overview:
    """Looks at all parts of the collector; changes none.

    Args:
        straps: of the settings.
        states, finder, intake, ring, recorder, analyst, adapter, sessions, progress: the parts.
        clock: host time, which is compared with the machine's.

    Attributes:
        sets_done: results that were stored.
        notes: what happened before anybody could watch, for as long as it concerns anybody.
        points_waiting: for InfluxDB; None where there is none.
    """

    def __init__(
        self,
        straps: Sequence[StrapSettings],
        *,
        states: StateLog,
        finder: Finder,
        intake: Intake,
        ring: Ring,
        recorder: Recorder,
        analyst: Analyst,
        adapter: AdapterWatch,
        sessions: Sessions,
        progress: Progress,
        clock: HostClock,
    ) -> None:
        self._labels = [strap.label for strap in straps]
        self._required = [strap.label for strap in straps if strap.required]
        self._states, self._finder, self._intake, self._ring = states, finder, intake, ring
        self._recorder, self._analyst, self._adapter = recorder, analyst, adapter
        self._sessions, self._progress, self._clock = sessions, progress, clock
        self.sets_done = 0
        self.notes: list[Note] = []
        self.points_waiting: int | None = None

    @property
    def line(self) -> str:
        """Everything in a few words."""
        sending = sum(self._states[label] is State.STREAMING for label in self._labels)
        return f"{sending} of {len(self._labels)} straps send"

    def status(self) -> dict[str, Any]:
        """Return how everything stands, for people who ask."""
        self.notes = standing(self.notes, self._sessions, time.monotonic())
        clock = clock_note(self._clock.ahead_s())
        return {
            "straps": {
                label: {"state": self._states[label].value, **msgspec.to_builtins(figures)}
                for label, figures in self.straps().items()
            },
            "sessions": self.sessions(),
            "captures": self._recorder.problem or "written",
            "notes": [*filter(None, [self._sessions.away, clock]), *(note.text for note in self.notes)],
            "sets_done": self.sets_done,
            "points_waiting": self.points_waiting,
        }

    def sessions(self) -> list[dict[str, Any]]:
        """Return the sessions that are open, for people."""
        return [
            {
                "session": session.number,
                "patient": session.patient,
                "worn": {strap: where.typed for strap, where in sorted(session.worn.items())},
                "doing": [_told(each, self._clock.now_ns()) for each in session.doing],
            }
            for session in self._sessions.sessions
        ]

    def pages(self, told: metrics.Metrics) -> Pages:
        """Return the pages for whoever watches over the machine."""
        return {
            "/healthz": lambda: healthz(self.late),
            "/readyz": lambda: readyz(self._states, self._required),
            "/metrics": lambda: Page(told.render(), content_type=metrics.CONTENT_TYPE),
        }

    def late(self) -> list[str]:
        """Return what stands still: loops, and captures that do not reach the disk."""
        age_s = self._flush_age_s
        late = self._progress.late()
        if age_s is not None and age_s > LATE_FLUSH_S:
            late.append(f"captures ({self._recorder.problem or 'not flushed'})")
        return late

    def figures(self) -> Figures:
        """Return the figures of the collector."""
        return Figures(
            straps=self.straps(),
            ring_depth=len(self._ring),
            capture_bytes=self._recorder.written_bytes,
            flush_age_s=self._flush_age_s,
            sets_done=self.sets_done,
            worker_restarts=self._analyst.restarts,
            power_cycles=self._adapter.power_cycles,
            points_waiting=self.points_waiting,
            wall_ahead_s=self._clock.ahead_s(),
        )

    def straps(self) -> Mapping[str, StrapFigures]:
        """Return the figures of each strap."""
        return {label: self._strap(label) for label in self._labels}

    def _strap(self, label: str) -> StrapFigures:
        streams = self._intake.streams[label]
        following = streams.following.values()
        battery = streams.said.get("battery_pct")
        seen = self._finder.last(label)
        recent = seen is not None and asyncio.get_running_loop().time() - seen.at_s < _RSSI_S
        return StrapFigures(
            notifications=streams.notifications,
            readings=streams.received,
            lost=streams.lost,
            duplicates=sum(state.duplicates for state in following),
            reordered=sum(state.reordered for state in following),
            decode_errors=streams.refused,
            ring_dropped=self._intake.ring_lost[label],
            battery_pct=float(battery) if isinstance(battery, int | float) else None,
            rssi_dbm=float(seen.rssi_dbm) if seen is not None and recent else None,
            clock_ppm=streams.drift_ppm,
            clock_residual_ms=max((state.residual_ms for state in following), default=None),
        )

    @property
    def _flush_age_s(self) -> float | None:
        flushed_s = self._recorder.flushed_s
        return None if flushed_s is None else time.monotonic() - flushed_s


def _told(doing: Doing, now_ns: int) -> dict[str, Any]:
    """Return what is being done, for people; its number once it has begun, and the time left where that ends it."""
    return {
        "what": doing.what,
        "phase": doing.phase.value,
        "number": doing.number,
        "name": doing.task.name,
        "side": doing.task.side,
        "left_s": doing.left_s(now_ns),
        "straps": list(doing.straps),
    }
