"""A set that ends by its time has all that came before that, however notifications, decoding and the clock fall."""

import asyncio
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import cache

from hypothesis import given, settings
from hypothesis import strategies as st

from capture.whole_capture import captured_sets
from collector.live_sets import BEGIN_NS, OTTER, AnalystHere, notifications
from imutrack.capture import hash_of
from imutrack.capture.files import FOLDER, captures_in
from imutrack.clinic.patients import Patients
from imutrack.collector.captures.intake import Intake
from imutrack.collector.captures.recorder import Recorder
from imutrack.collector.control.feed import Feed
from imutrack.collector.links.ring import Ring
from imutrack.collector.moments import HostClock
from imutrack.collector.sessions.carrying_out import CarryingOut
from imutrack.collector.sessions.courses import TaskParams
from imutrack.collector.sessions.happenings import Happenings
from imutrack.collector.sessions.sessions import Sessions
from imutrack.collector.sessions.starting import Clinic, SessionParams
from imutrack.collector.sessions.tasks import Phase
from imutrack.collector.sessions.wanted import Asked
from imutrack.collector.sets.finishing import Finished, Finisher
from imutrack.collector.sets.live import LiveCounts
from imutrack.collector.sets.looks import Aim
from imutrack.collector.sets.unfinished import catch_up
from imutrack.config import Settings
from imutrack.errors import RecordingError
from imutrack.metrics.sway import SwayParams
from imutrack.pipeline.least import is_slip
from imutrack.stores.local import LocalStore
from imutrack.synthetic import SetParams, exercise_set

S, MS = 1_000_000_000, 1_000_000
WEARERS = {"3": OTTER, "4": "badger-aloe-36"}
SWAY = SwayParams()
SLOWER = 16  # than notifications come: a shorter stance is a slip, which is not finished
SHORT = SessionParams(
    task=TaskParams(countdown_s=0.0, margin_s=0.0, stance_s=SLOWER - SWAY.trim_start_s - SWAY.trim_end_s)
)
"""Stances of sixteen seconds."""


@cache
def swaying(strap):
    return tuple(notifications(exercise_set(SetParams(reps=20), seed=3).recording, BEGIN_NS, strap))


@dataclass
class Desk:
    """The collector from the ring to the results, without a radio; its clock stands still until it is moved."""

    settings: Settings
    params: SessionParams | None = None
    now_ns: int = BEGIN_NS
    finished: list[Finished] = field(default_factory=list)

    def __post_init__(self):
        clock, folder = HostClock(lambda: self.now_ns, lambda: self.now_ns), self.settings.data_dir / FOLDER
        self.analyst, self.ring = AnalystHere(), Ring()
        clinic = Clinic(str, lambda _: (), lambda _: ())
        self.sessions = Sessions(WEARERS, clinic, params=self.params)
        self.recorder = Recorder(folder, "clinic", "Europe/Berlin", self.sessions.captured_by, self.analyst)
        self.happenings = Happenings(self.sessions, Feed(), clock, WEARERS)
        self.intake = Intake(self.ring, self.recorder, clock, list(WEARERS), self.batch)
        live = LiveCounts(self.analyst, clock.now_ns, self.happenings.looked)
        self.finisher = Finisher(self.analyst, self.settings, self.note, now=lambda: self.now_ns / S)
        self.carrying_out = CarryingOut(self.recorder, self.analyst, live, self.finisher, Feed(), lambda _: Aim(), list)
        self.happenings.wire(self.carrying_out, self.intake.take)
        self.between = lambda _strap: None

    def batch(self, strap, arrivals, heard):
        self.between(strap)
        self.happenings.heard(strap, arrivals, heard)

    def note(self, finished):
        self.finished.append(finished)
        self.happenings.finished(finished)

    @asynccontextmanager
    async def working(self):
        tasks = [asyncio.create_task(each.run()) for each in (self.carrying_out, self.finisher)]
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()

    def begin(self):
        for strap, patient in WEARERS.items():
            self.intake.connected(strap, "movella-dot", {}, {})
            self.happenings.decide(lambda now_ns, strap=strap: self.sessions.link(strap, now_ns, sends=True))
            wear = [f"{strap}=lumbar"]
            self.happenings.decide(lambda now_ns, who=patient, wear=wear: self.sessions.start(who, wear, now_ns))
        for patient in WEARERS.values():
            self.stand(patient)

    def stand(self, patient):
        asked = Asked(trial="eyes_open")
        self.happenings.decide(lambda now_ns: self.sessions.start_task(patient, asked, now_ns))

    def sent(self, strap, payload):
        """A notification, stamped as a link stamps it."""
        self.ring.put((strap, swaying(strap)[0][1], self.now_ns, payload))

    async def end(self):
        for patient in WEARERS.values():
            self.happenings.decide(lambda now_ns, who=patient: self.sessions.stop(who, now_ns))
        await self.carrying_out.all_done()
        await self.finisher.all_done()
        self.recorder.flush()

    def live(self):
        return {(each.waiting.capture, each.waiting.number): each.done.recording for each in self.finished}

    def captured(self):
        found = {}
        for path in captures_in(self.settings.data_dir):
            try:
                capture, sets = captured_sets(path)
            except RecordingError:
                continue  # of straps without a session, or with nothing in it
            done = (each for each in sets if not is_slip(each.task.kind, each.start_ns, each.stop_ns))
            found |= {(path, each.number): hash_of(each, capture.arrivals) for each in done}
        return found


def settings_in(folder):
    return Settings(clinic="clinic", timezone="Europe/Berlin", data_dir=folder, trace_days=90, source=None)


def test_a_notification_that_waits_in_the_ring_when_a_stance_is_over_is_in_its_result(tmp_path):
    clinic = settings_in(tmp_path)
    with LocalStore.open(tmp_path) as store:
        for patient in WEARERS.values():
            Patients(store).add(patient)

    async def main():
        desk = Desk(clinic)
        async with desk.working():
            desk.begin()
            entries = sorted([*swaying("3"), *swaying("4")], key=lambda each: each[2])

            def send_until(at_ns):
                while entries[0][2] <= at_ns:
                    desk.ring.put(entries.pop(0))

            def end_ns():
                return desk.sessions.sessions[0].current.until_ns

            while desk.sessions.sessions[0].current.phase is not Phase.RUNNING or end_ns() - desk.now_ns > 300 * MS:
                desk.now_ns += 250 * MS
                send_until(desk.now_ns)
                desk.intake.take()
                desk.happenings.decide(desk.sessions.pass_time)
                await asyncio.sleep(0)
            over_ns, between = end_ns(), []

            def between_straps(strap):
                """The radio is heard between one strap and the next, and decoding goes on past the set's end."""
                between.append(strap)
                if len(between) == 1:
                    send_until(over_ns - 1)
                    desk.now_ns = over_ns + 3 * MS

            desk.now_ns = over_ns - 40 * MS
            send_until(desk.now_ns)
            desk.between = between_straps
            draining = asyncio.create_task(desk.intake.run())  # which lets what comes meanwhile wait for 0.25 s
            await asyncio.sleep(0.02)
            assert len(between) >= 2
            desk.happenings.decide(desk.sessions.pass_time)
            await asyncio.sleep(0.02)
            draining.cancel()
            await desk.end()
        live = desk.live()
        assert len(live) == 2
        assert live == desk.captured()
        await catch_up(desk.analyst, desk.finisher, tmp_path)

    asyncio.run(main())
    with LocalStore.open(tmp_path) as store:
        assert [len(store.points("stance", patient)) for patient in WEARERS.values()] == [1, 1]


COMES = st.lists(st.tuples(st.sampled_from(sorted(WEARERS)), st.integers(0, 60)), max_size=12)
ROUNDS = st.lists(st.tuples(COMES, COMES, st.integers(0, 400), st.booleans(), st.booleans()), min_size=2, max_size=12)


@settings(max_examples=60)
@given(rounds=ROUNDS)
def test_live_and_capture_agree_on_timed_sets_in_whatever_order_things_happen(rounds, tmp_path_factory):
    """Some comes, is sorted and decoded strap by strap; more comes and time passes between; what is decided is done."""

    async def main():
        desk = Desk(settings_in(tmp_path_factory.mktemp("desk")), SHORT)
        payloads = {strap: iter([entry[3] for entry in swaying(strap)]) for strap in WEARERS}

        def come(came):
            for strap, after_ms in came:
                desk.now_ns += after_ms * SLOWER * MS
                desk.sent(strap, next(payloads[strap]))

        async with desk.working():
            desk.begin()
            for before, between, passed_ms, ticks, works in rounds:
                come(before)
                desk.intake._sort()
                while desk.intake._sorted:
                    desk.intake._take_one()
                    come(between)
                    between = []
                    desk.now_ns += passed_ms * SLOWER * MS
                    await asyncio.sleep(0)
                if works:
                    await desk.carrying_out.all_done()
                    await desk.finisher.all_done()
                if ticks:
                    desk.happenings.decide(desk.sessions.pass_time)
                for session in desk.sessions.sessions:
                    if session.current is None:
                        desk.stand(session.patient)
            await desk.end()
        live, captured = desk.live(), desk.captured()
        assert {key: each for key, each in live.items() if each} == {
            key: each for key, each in captured.items() if live[key]
        }
        assert set(captured) <= set(live)

    asyncio.run(main())
