"""The collector: one process that keeps the straps connected, captures every byte, and knows who does what.

Everything is put together here and nowhere else: the radio and its supervisors fill the ring; the intake empties it
into the captures and tells the sessions how straps move; what sessions decide is carried out; commands come over a
socket, and health is told on this machine. One event loop, one task group: what ends it ends all of it, in order.
"""

import asyncio
import logging
import os
import signal
from collections.abc import Callable, Coroutine, Mapping, Sequence
from contextlib import AsyncExitStack, suppress
from functools import partial
from typing import Any, Final

from imutrack.capture.files import FOLDER
from imutrack.collector import progress
from imutrack.collector.captures.intake import Intake
from imutrack.collector.captures.recorder import Recorder
from imutrack.collector.control import server
from imutrack.collector.control.client import socket_path
from imutrack.collector.control.feed import Feed
from imutrack.collector.guarding import guarded
from imutrack.collector.health import metrics, pages, service
from imutrack.collector.health.housekeeping import keep_house
from imutrack.collector.health.link_points import LinkPoints, note_links
from imutrack.collector.health.overview import LATE_FLUSH_S, Overview
from imutrack.collector.health.sending import Sending
from imutrack.collector.links.adapter_watch import AdapterWatch
from imutrack.collector.links.ring import Ring
from imutrack.collector.links.scanning import Finder
from imutrack.collector.links.shared import Shared
from imutrack.collector.links.states import State, StateLog
from imutrack.collector.links.supervisor import Supervisor
from imutrack.collector.links.turns import Turns
from imutrack.collector.moments import HostClock, keep_time
from imutrack.collector.sessions.asking_the_clinic import aim_of, clinic_of
from imutrack.collector.sessions.carrying_out import CarryingOut
from imutrack.collector.sessions.commands import Commands
from imutrack.collector.sessions.happenings import Happenings
from imutrack.collector.sessions.sessions import Sessions
from imutrack.collector.sessions.starting import SessionParams
from imutrack.collector.sessions.taking_up import catch_up_hourly, go_on
from imutrack.collector.sessions.told import SERVICE_AWAY
from imutrack.collector.sets.analyst import Analyst
from imutrack.collector.sets.finishing import Finished, Finisher
from imutrack.collector.sets.live import LiveCounts
from imutrack.collector.settings import CollectorSettings, StrapSettings
from imutrack.config import Settings
from imutrack.errors import ImutrackError
from imutrack.sources.radio import Radio
from imutrack.stores.rows import Row

__all__ = ["Daemon"]

log = logging.getLogger(__name__)

_LATE_S: Final = {
    "captures": LATE_FLUSH_S,
    "intake": 10.0,  # between two straps of a batch
    "carrying out": 60.0,  # the last look at a set takes two
    "finishing": 3600.0,  # it may wait for another set and a long capture, ten minutes each, and for the store
}
_STOP_S: Final = 6.0  # for straps to rest, links to end, and what was being done to be stored; systemd gives ten


class Daemon:
    """A collector; made and `run` in one event loop.

    Args:
        settings: of the clinic.
        collector: of the collector.
        straps: to keep connected.
        radio: the adapter.
        clock: host time.
        environ: of the process, for systemd and tokens.
        session_params: how sessions run.
        own: address of the device that each strap known by name is, by label, as far as an earlier collector knew.
    """

    def __init__(
        self,
        settings: Settings,
        collector: CollectorSettings,
        straps: Sequence[StrapSettings],
        radio: Radio,
        clock: HostClock | None = None,
        environ: Mapping[str, str] = os.environ,
        session_params: SessionParams | None = None,
        own: Mapping[str, str] | None = None,
    ) -> None:
        labels, loop_s = [strap.label for strap in straps], asyncio.get_running_loop().time
        self._settings, self._collector, self._straps, self._radio = settings, collector, tuple(straps), radio
        self._clock = clock or HostClock()
        self._service, self._feed, self._sending = service.Service(environ), Feed(), Sending(settings, environ)
        self._analyst, self._ring = Analyst(), Ring()
        self._clinic = clinic_of(settings, self._now_s)
        self._sessions = Sessions(
            labels,
            self._clinic,
            auto=collector.auto,
            params=session_params,
            away=lambda: "" if radio.alive else SERVICE_AWAY,
        )
        folder, owner = settings.data_dir / FOLDER, self._sessions.captured_by
        self._recorder = Recorder(folder, settings.clinic, settings.timezone, owner, self._analyst)
        self._happenings = Happenings(self._sessions, self._feed, self._clock, labels)
        self._intake = Intake(self._ring, self._recorder, self._clock, labels, self._happenings.heard)
        self._live = LiveCounts(self._analyst, self._clock.now_ns, self._happenings.looked)
        self._finisher = Finisher(self._analyst, settings, self._finished, now=self._now_s)
        self._carrying_out = CarryingOut(
            self._recorder,
            self._analyst,
            self._live,
            self._finisher,
            self._feed,
            lambda task: aim_of(task, self._clinic),
            lambda: self._overview.sessions(),
            {strap.label: strap.axes for strap in straps if strap.axes},
        )
        self._happenings.wire(self._carrying_out, self._intake.take)
        self._states = StateLog(labels, loop_s, (self._state_changed,))
        self._finder = Finder(self._straps, radio, loop_s, self._warn, own)
        self._adapter = AdapterWatch(radio, lambda: any(self._states[label] is State.STREAMING for label in labels))
        self._progress = progress.Progress(_LATE_S, loop_s)
        self._overview = Overview(
            self._straps,
            states=self._states,
            finder=self._finder,
            intake=self._intake,
            ring=self._ring,
            recorder=self._recorder,
            analyst=self._analyst,
            adapter=self._adapter,
            sessions=self._sessions,
            progress=self._progress,
            clock=self._clock,
        )
        self._metrics = metrics.Metrics(self._states, labels, self._overview.figures)
        self._points = LinkPoints(settings.clinic)
        self._ended = asyncio.Event()
        self.again = False  # the machine's clock was set: another collector is to go on, with a clock of now

    @property
    def own(self) -> dict[str, str]:
        """Return the address of the device that each strap known by name is, for a collector that goes on."""
        return self._finder.own

    def end(self) -> None:
        """Let `run` end in order, and no other collector go on, even if one was to."""
        self.again = False
        self._ended.set()

    async def run(self, ready: Callable[[], object] = lambda: None) -> None:
        """Collect until `end` is called, SIGTERM or SIGINT comes, or the adapter is beyond help.

        Args:
            ready: is called when commands are answered.

        Raises:
            SettingsError: a path or an address in the settings cannot be.
            ImutrackError: another collector runs here, or a port is taken.
            LinkError: the adapter is beyond help.
            ImutrackError: a fault of the collector, which is in the log.
        """
        for number in (signal.SIGTERM, signal.SIGINT):
            with suppress(NotImplementedError, RuntimeError, ValueError):  # not the main thread, or Windows
                asyncio.get_running_loop().add_signal_handler(number, self.end)
        self._settings.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        overview = self._overview
        commands = Commands(self._sessions, self._happenings.decide, self._feed, self._status, self._clock.ahead_s)
        async with AsyncExitStack() as stack:
            socket = socket_path(self._collector.socket, self._settings.data_dir)
            await stack.enter_async_context(server.serve(socket, commands.handle))
            if self._collector.health:
                answers = overview.pages(self._metrics)
                await stack.enter_async_context(pages.serve(self._collector.health, answers))
            stack.push_async_callback(self._radio.stop)
            if not await self._radio_started():
                return
            await self._analyst.start()
            stack.push_async_callback(self._analyst.stop)
            self._service.ready(overview.line)
            ready()
            await self._collect()

    async def _radio_started(self) -> bool:
        """Start the radio, which may wait for the system's bus; return whether it was before the end was asked for."""
        starting, ended = (asyncio.create_task(each) for each in (self._radio.start(), self._ended.wait()))
        try:
            await asyncio.wait((starting, ended), return_when=asyncio.FIRST_COMPLETED)
            return starting.done() and starting.result() is None
        finally:
            for task in (starting, ended):
                task.cancel()
            await asyncio.wait((starting, ended))

    async def _collect(self) -> None:
        shared = Shared(
            radio=self._radio,
            finder=self._finder,
            turns=Turns(),
            ring=self._ring,
            clock=self._clock,
            states=self._states,
            listener=self._intake,
        )
        supervisors = [Supervisor(strap, shared) for strap in self._straps]
        try:
            async with asyncio.TaskGroup() as group:
                tasks = [group.create_task(each) for each in (*self._work(), *(each.run() for each in supervisors))]
                await self._ended.wait()
                await self._stop(supervisors)
                for task in tasks:
                    task.cancel()
        except ExceptionGroup as errors:
            raise _why(errors) from None
        finally:
            self._intake.take()
            self._recorder.flush()  # what was not ended in order goes on when the collector starts again

    def _work(self) -> Sequence[Coroutine[Any, Any, None]]:
        """Return everything that goes on beside the links, for as long as the collector runs."""
        pace = self._progress.pace
        return (
            self._intake.run(pace("intake")),
            self._recorder.run(self._flushed),
            self._carrying_out.run(pace("carrying out")),
            guarded("live counts", self._live.run),
            self._finisher.run(pace("finishing")),
            guarded("sending", self._sending.run),
            self._adapter.run(),
            self._happenings.pass_time(),
            guarded("link points", lambda: note_links(self._settings, self._link_rows, self._links_noted)),
            self._take_up(),
            guarded(
                "housekeeping", lambda: keep_house(self._settings, self._collector, lambda: self._recorder.open_now)
            ),
            keep_time(self._clock, self._take_over),
            progress.watch_lag(self._metrics.lags.add),
            service.feed_watchdog(self._service, self._progress.late),
        )

    def _take_over(self) -> bool:
        """Let a collector with the clock of now go on where nobody is treated: moments of two clocks would mix here."""
        if self._ended.is_set():
            return False
        if any(session.patient is not None or session.doing for session in self._sessions.sessions):
            return False
        self.again = True
        self._ended.set()
        return True

    async def _stop(self, supervisors: Sequence[Supervisor]) -> None:
        """End in order: sets and sessions, straps, captures; what is not stored in time is found at the next start."""
        if not self.again:
            self._service.stopping()
        self._happenings.decide(self._sessions.close)
        ends = [asyncio.create_task(each.stop()) for each in supervisors]
        ends.append(asyncio.create_task(self._finish()))
        await asyncio.wait(ends, timeout=_STOP_S)
        for end in ends:
            end.cancel()
        self._intake.take()
        self._recorder.close(self._clock.now_ns())

    async def _finish(self) -> None:
        await self._carrying_out.all_done()
        await self._finisher.all_done()

    async def _take_up(self) -> None:
        """Go on with what an earlier run left, and each hour with what was not stored since."""
        data_dir, recorder = self._settings.data_dir, self._recorder
        notes = await go_on(data_dir, self._now_s(), recorder, self._sessions, self._happenings.decide)
        self._overview.notes += notes
        left = partial(catch_up_hourly, self._analyst, self._finisher, data_dir, recorder, self._carrying_out)
        await guarded("catching up", left)

    def _status(self) -> Mapping[str, Any]:
        """Return how everything stands; what is not clear of a strap comes before what happened to sessions."""
        status = self._overview.status()
        return {**status, "notes": [*self._finder.problems, *status["notes"]]}

    def _warn(self, text: str) -> None:
        self._feed.say({"said": text, "session": 0, "refused": True})

    def _flushed(self) -> None:
        self._progress.step("captures")
        self._happenings.flushed(self._recorder.problem, self._recorder.mended)

    def _link_rows(self) -> Sequence[Row]:
        return self._points.rows(self._overview.straps(), self._states, self._now_s(), self._overview.points_waiting)

    def _links_noted(self, waiting: int | None) -> None:
        self._overview.points_waiting = waiting
        self._sending.soon()

    def _finished(self, finished: Finished) -> None:
        self._happenings.finished(finished)
        if finished.stored is not None:
            self._overview.sets_done += 1
            self._sending.soon()

    def _state_changed(self, strap: str, before: State, now: State, reason: str, at_s: float) -> None:
        self._metrics.durations.on_state(strap, before, now, reason, at_s)
        self._happenings.link(strap, before, now, reason)
        self._service.status(self._overview.line)

    def _now_s(self) -> float:
        return self._clock.now_ns() / 1e9


def _why(errors: ExceptionGroup[Exception]) -> ImutrackError:
    """Return the error that ends the collector; a fault of its own is logged, which masks what its text may hold."""
    known, faults = errors.split(ImutrackError)
    if faults is not None:
        log.error("the collector ends by a fault of its own", exc_info=faults)
    while known is not None:
        first = known.exceptions[0]
        if isinstance(first, ImutrackError):
            return first
        known = first if isinstance(first, ExceptionGroup) else None
    return ImutrackError("the collector ended by a fault of its own: the log shows which; report it")
