"""A room with straps, people and a collector without a radio: time passes, straps move, commands are typed."""

from collector.moving import STEP_NS, S, Strap
from imutrack.capture.events import Closed, SessionStarted, TaskStarted, TaskStopped
from imutrack.clinic.plans import PlanItem
from imutrack.clinic.pseudonyms import normalise
from imutrack.collector.sessions.sessions import Sessions
from imutrack.collector.sessions.starting import Clinic
from imutrack.collector.sessions.wanted import Asked
from imutrack.errors import SettingsError

OTTER, HERON = "otter-maple-47", "heron-birch-12"
BEGIN_NS = 1_790_000_000 * S


def item(exercise=None, side=None, **said):
    return PlanItem(exercise=exercise, side=side, days_a_week=3, **said)


class Room:
    def __init__(self, straps="34567", *, auto=False, plan=(), sends=None, away=""):
        self.plan, self.done = list(plan), []
        self.straps = {label: Strap(BEGIN_NS) for label in straps}
        self.sends = set(straps if sends is None else sends)
        self.now_ns = BEGIN_NS
        self.events, self.said = [], []
        clinic = Clinic(self._patient, lambda _: self.plan, lambda _: self.done)
        self.away = away
        self.sessions = Sessions(straps, clinic, auto=auto, away=lambda: self.away)
        for label in sorted(self.sends):
            self.take(self.sessions.link(label, self.now_ns, sends=True))

    def _patient(self, typed):
        name = normalise(typed)
        if name not in {OTTER, HERON}:
            raise SettingsError(f"no patient {typed!r}: `imutrack patient list` shows them")
        return name

    def take(self, outcome):
        self.events += outcome.events
        self.said += [line.text for line in outcome.said]
        return [line.text for line in outcome.said]

    def start(self, *wear, patient=OTTER):
        return self.take(self.sessions.start(patient, wear, self.now_ns))

    def wear(self, *wear, patient=None):
        return self.take(self.sessions.wear(patient, wear, self.now_ns))

    def stop(self, patient=None):
        return self.take(self.sessions.stop(patient, self.now_ns))

    def task(self, exercise=None, trial=None, side=None, *, force=False, patient=None):
        return self.take(self.sessions.start_task(patient, Asked(exercise, trial, side), self.now_ns, force=force))

    def stop_task(self, patient=None):
        return self.take(self.sessions.stop_task(patient, self.now_ns))

    def link(self, strap, *, sends):
        (self.sends.add if sends else self.sends.discard)(strap)
        return self.take(self.sessions.link(strap, self.now_ns, sends=sends))

    def live(self, seconds, moving="", strengths=None):
        """Let time pass while some straps move; return what was said."""
        said = []
        for _ in range(round(4 * seconds)):
            self.now_ns += STEP_NS
            for label, strap in self.straps.items():
                if label in self.sends:
                    strap.at_ns = self.now_ns - STEP_NS
                    motion = strap.step(label in moving, (strengths or {}).get(label, 1.0))
                    said += self.take(self.sessions.moved(label, motion, self.now_ns))
            said += self.take(self.sessions.pass_time(self.now_ns))
        return said

    def of(self, kind):
        return [event for _, event in self.events if isinstance(event, kind)]

    @property
    def started(self):
        return self.of(TaskStarted)

    @property
    def stopped(self):
        return self.of(TaskStopped)

    def seconds(self, event):
        return (event.at_ns - BEGIN_NS) / S

    def check_captures(self, left=()):
        """What must hold of the captures once everything is ended; some sessions were left to go on."""
        numbers = [event.number for event in self.started]
        assert numbers == sorted(set(numbers))
        assert sorted(event.number for event in self.stopped) == numbers
        for session in {session for session, _ in self.events}:
            own = [event for number, event in self.events if number == session]
            assert isinstance(own[0], SessionStarted)
            assert isinstance(own[-1], Closed) is (session not in left)
            times = [event.at_ns for event in own]
            assert times == sorted(times)
            running = set()
            for event in own:
                if isinstance(event, TaskStarted):
                    running.add(event.number)
                elif isinstance(event, TaskStopped):
                    running.remove(event.number)
            assert not running
