from imutrack.collector.links.states import Reason, State, StateLog


class Clock:
    now_s = 10.0

    def __call__(self):
        return self.now_s


def test_changes_are_counted_by_reason_timed_and_told():
    clock, told = Clock(), []
    states = StateLog(["1", "2"], clock, [lambda *change: told.append(change)])
    clock.now_s = 12.0
    states.change("1", State.SEEN, Reason.ADVERTISED)
    clock.now_s = 15.0
    states.change("1", State.BACKOFF, Reason.TIMEOUT)
    states.change("1", State.SEEN, Reason.ADVERTISED)
    clock.now_s = 16.0
    assert states.seconds("1") == {State.IDLE: 2.0, State.SEEN: 4.0, State.BACKOFF: 0.0}
    assert states.seconds("2") == {State.IDLE: 6.0}
    assert states.changes("1") == {(State.SEEN, "advertised"): 2, (State.BACKOFF, "no answer in time"): 1}
    assert told[0] == ("1", State.IDLE, State.SEEN, "advertised", 12.0)
    assert states.since_s("1") == 15.0


def test_the_same_state_again_is_no_change():
    told = []
    states = StateLog(["1"], Clock(), [lambda *change: told.append(change)])
    states.change("1", State.IDLE, Reason.TRY_AGAIN)
    assert not told
    assert not states.changes("1")


def test_all_are_streaming_only_when_each_of_them_is():
    states = StateLog(["1", "2"], Clock())
    states.change("1", State.STREAMING, Reason.NOTIFIES)
    assert states.all_in(State.STREAMING, ["1"])
    assert not states.all_in(State.STREAMING, ["1", "2"])


def test_a_change_is_logged_with_label_and_reason(caplog):
    caplog.set_level("INFO")
    StateLog(["7"], Clock()).change("7", State.BACKOFF, Reason.LINK_LOST)
    assert caplog.messages == ["7: backoff, was idle: link lost"]
