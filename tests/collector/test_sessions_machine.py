"""Whatever is typed and whatever happens, in any order: no set is lost, no strap is anybody else's."""

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from collector.moving import S
from collector.room import HERON, OTTER, Room, item
from imutrack.capture import sets_of
from imutrack.capture.events import Closed, TaskStarted
from imutrack.collector.sessions.tasks import Phase
from imutrack.errors import SettingsError
from imutrack.task import Side

PLAN = [
    item("heel_slide", Side.BOTH, sets=2, placement="shank"),
    item(trial="eyes_open"),
    item("squat", Side.BOTH, times_a_day=2),
]
STRAPS = "345"
PATIENTS = st.sampled_from([None, OTTER, HERON, "nobody-known-00"])
WEAR = st.lists(
    st.builds(
        "{}={}".format,
        st.sampled_from([*STRAPS, "9"]),
        st.sampled_from(["left_shank", "right_shank", "lumbar", "thigh", "left_thigh", "nowhere"]),
    ),
    max_size=3,
)
MOVING = st.sampled_from(["", "3", "45", "345"])
ASKED = st.sampled_from(
    [
        {},
        {},
        {"exercise": "squat"},
        {"exercise": "heel_slide", "side": "left"},
        {"trial": "five_times"},
        {"side": "right"},
    ]
)


class SessionsMachine(RuleBasedStateMachine):
    @initialize(auto=st.booleans())
    def open(self, auto):
        self.room = Room(STRAPS, auto=auto, plan=PLAN, sends="34")

    def attempt(self, call, *args, **said):
        """Type something; what is refused is refused in one line, and changes no session."""
        before = [(session.number, dict(session.worn)) for session in self.room.sessions.sessions if session.patient]
        refusal = None
        try:
            call(*args, **said)
        except SettingsError as error:
            refusal = str(error)
        if refusal is not None:
            after = [(session.number, dict(session.worn)) for session in self.room.sessions.sessions if session.patient]
            assert after == before
            assert "\n" not in refusal

    @rule(patient=PATIENTS.filter(bool), wear=WEAR)
    def start(self, patient, wear):
        self.attempt(self.room.start, *wear, patient=patient)

    @rule(
        patient=st.sampled_from([OTTER, HERON]),
        strap=st.sampled_from(STRAPS),
        place=st.sampled_from(["lumbar", "left_shank"]),
    )
    def start_soundly(self, patient, strap, place):
        self.attempt(self.room.start, f"{strap}={place}", patient=patient)

    @rule(patient=PATIENTS, wear=WEAR)
    def wear(self, patient, wear):
        self.attempt(self.room.wear, *wear, patient=patient)

    @rule(patient=PATIENTS)
    def stop(self, patient):
        self.attempt(self.room.stop, patient)

    @rule(patient=PATIENTS, asked=ASKED, force=st.booleans())
    def task(self, patient, asked, force):
        self.attempt(self.room.task, patient=patient, force=force, **asked)

    @rule(patient=PATIENTS)
    def stop_task(self, patient):
        self.attempt(self.room.stop_task, patient)

    @rule(strap=st.sampled_from(STRAPS), sends=st.booleans())
    def link(self, strap, sends):
        self.room.link(strap, sends=sends)

    @rule(seconds=st.sampled_from([0.25, 2.0, 4.0, 12.0, 20.0]), moving=MOVING)
    def live(self, seconds, moving):
        self.room.live(seconds, moving)

    @rule(seconds=st.integers(0, 60))
    def nobody_calls(self, seconds):
        self.room.now_ns += seconds * S

    @rule(strap=st.sampled_from(STRAPS), patient=PATIENTS, button=st.booleans())
    def note_stop(self, strap, patient, button):
        said = {"strap": strap} if button or patient is None else {"patient": patient}
        self.room.take(self.room.sessions.note_stop(self.room.now_ns, "typed", **said))

    @precondition(lambda self: self.room.stopped)
    @rule(stored=st.booleans())
    def settle(self, stored):
        number = self.room.stopped[-1].number
        self.room.sessions.settled(number)
        if stored:
            self.room.done.append(("heel_slide", "left"))

    @invariant()
    def a_strap_is_in_one_session_at_most(self):
        worn = [strap for session in self.room.sessions.sessions for strap in session.worn]
        assert len(worn) == len(set(worn))

    @invariant()
    def what_runs_was_begun_and_not_ended(self):
        running = {
            each.number
            for session in self.room.sessions.sessions
            for each in session.doing
            if each.phase is Phase.RUNNING
        }
        for session in self.room.sessions.sessions:  # what a refused command left for the next call to tell
            self.room.take(session.told.take())
        assert running == {each.number for each in self.room.started} - {each.number for each in self.room.stopped}

    @invariant()
    def a_patient_does_one_thing_at_a_time(self):
        assert all(len(session.doing) <= 1 for session in self.room.sessions.sessions if session.patient)

    def teardown(self):
        room = self.room
        left = {session.number for session in room.sessions.sessions if session.patient}
        room.take(room.sessions.close(room.now_ns))
        room.check_captures(left)
        assert room.sessions.sessions == ()
        assert room.sessions.due_ns is None
        for session in {number for number, _ in room.events}:
            own = [event for number, event in room.events if number == session]
            found = sets_of(own, room.now_ns)
            assert [each.number for each in found] == [each.number for each in own if isinstance(each, TaskStarted)]
            assert all(each.start_ns <= each.stop_ns for each in found)
            assert sum(isinstance(event, Closed) for event in own) == (session not in left)


SessionsMachine.TestCase.settings = settings(max_examples=60, stateful_step_count=30)
TestSessionsMachine = SessionsMachine.TestCase
