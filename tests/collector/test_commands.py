"""What is asked of the collector, and how it answers: each line that is said, to its end, and errors as errors."""

import asyncio

import pytest

from collector.room import HERON, OTTER, Room
from imutrack.collector.control.feed import Feed
from imutrack.collector.sessions.commands import Commands
from imutrack.errors import ImutrackError, SettingsError

S = 1_000_000_000


class Office:
    """A room whose people are told over a feed."""

    def __init__(self, **room):
        self.room, self.feed = Room(**room), Feed()
        self.ahead_s = 0.0
        self.commands = Commands(
            self.room.sessions, self.decide, self.feed, lambda: {"straps": {}}, lambda: self.ahead_s
        )

    def decide(self, decision):
        return self.tell(decision(self.room.now_ns))

    def tell(self, outcome):
        self.room.take(outcome)
        for line in outcome.said:
            self.feed.say(line.event)
        return outcome

    def pass_s(self, seconds):
        self.room.now_ns += round(seconds * S)
        self.tell(self.room.sessions.pass_time(self.room.now_ns))

    async def ask(self, do, **said):
        return [answer async for answer in self.commands.handle({"do": do, **said})]

    def asked(self, do, **said):
        return asyncio.run(self.ask(do, **said))


@pytest.fixture
def office():
    return Office()


def texts(answers):
    return [answer["said"] for answer in answers]


def test_each_command_answers_with_what_is_said(office):
    assert office.asked("status") == [{"straps": {}}]
    wear = ["3=left_shank"]
    assert texts(office.asked("session start", patient=OTTER, wear=wear)) == [
        f"session of {OTTER}: strap 3 on the left lower leg"
    ]
    assert texts(office.asked("session wear", wear=["4=left_thigh"]))[0].endswith("strap 4 on the left thigh")
    assert texts(office.asked("note stop", patient=OTTER)) == ["stop noted, between sets"]
    assert texts(office.asked("session stop")) == [f"session of {OTTER} is over; free again: strap 3, 4"]


def test_a_session_that_begins_by_a_clock_that_was_set_says_so_and_by_one_far_off_it_needs_force(office):
    wear = ["3=left_shank"]
    office.ahead_s = -120.0
    assert texts(office.asked("session start", patient=OTTER, wear=wear))[-1].startswith(
        "the machine's clock is 2 minutes behind the collector's"
    )
    office.asked("session stop")
    office.ahead_s = 7200.0
    with pytest.raises(SettingsError, match="no session is begun: the machine's clock is 120 minutes ahead") as caught:
        office.asked("session start", patient=OTTER, wear=wear)
    assert str(caught.value).endswith("the collector's: wait 20 s, or begin with --force")
    assert len(office.room.sessions.sessions) == 0
    assert len(office.asked("session start", patient=OTTER, wear=wear, force=True)) == 2
    assert len(office.room.sessions.sessions) == 1
    with pytest.raises(SettingsError, match="end all sessions and wait 20 s, or begin with --force"):
        office.asked("session start", patient=HERON, wear=["4=left_thigh"])


def test_while_straps_move_that_nobody_wears_a_wrong_clock_asks_to_lay_them_down():
    office = Office(auto=True)
    office.room.live(5, "3")
    office.ahead_s = 7200.0
    with pytest.raises(SettingsError, match="lay down all straps and wait a minute, or begin with --force"):
        office.asked("session start", patient=OTTER, wear=["3=left_shank"])
    office.room.live(40)
    with pytest.raises(SettingsError, match="collector's: wait 20 s"):
        office.asked("session start", patient=OTTER, wear=["3=left_shank"])


@pytest.mark.parametrize(
    ("request_", "problem"),
    [
        ({"do": "dance"}, "knows no 'dance'"),
        ({"do": None}, "knows no None"),
        ({"do": "session start", "patient": 7, "wear": []}, "says no patient"),
        ({"do": "session start", "patient": OTTER, "wear": "3=left_shank"}, "not a list of texts"),
        ({"do": "session start", "patient": OTTER, "wear": [3]}, "not a list of texts"),
        ({"do": "session start", "patient": OTTER, "wear": []}, "nothing is worn"),
        ({"do": "session start", "patient": OTTER, "wear": ["9=left_shank"]}, "no strap '9'"),
        ({"do": "session start", "patient": "otter-maple-48", "wear": ["3=left_shank"]}, "no patient"),
        ({"do": "task stop"}, "nobody has a session"),
    ],
)
def test_what_cannot_be_done_is_an_error_that_says_why(office, request_, problem):
    async def main():
        async for _ in office.commands.handle(request_):
            pass

    with pytest.raises(SettingsError, match=problem):
        asyncio.run(main())


def test_a_start_answers_until_the_set_has_begun(office):
    async def main():
        await office.ask("session start", patient=OTTER, wear=["3=lumbar"])
        starting = asyncio.create_task(office.ask("task start", trial="eyes_open"))
        await asyncio.sleep(0)
        office.pass_s(1.0)
        await asyncio.sleep(0)
        assert not starting.done()
        office.pass_s(2.0)
        return await starting

    lines = texts(asyncio.run(main()))
    assert [line.split(":")[0].split(" begins")[0] for line in lines] == ["quiet stance, eyes open", "go"]


def test_a_start_that_is_refused_says_so_after_all_that_was_said_before(office):
    async def main():
        await office.ask("session start", patient=OTTER, wear=["3=left_shank"])
        starting = asyncio.create_task(office.ask("task start", exercise="long_arc_knee_extension", side="left"))
        await asyncio.sleep(0)
        office.tell(office.room.sessions.link("3", office.room.now_ns, sends=False))
        office.pass_s(10.0)  # both in the same instant
        return await starting

    answers = asyncio.run(main())
    assert [answer["refused"] for answer in answers] == [False, False, True]
    assert "was not begun" in answers[-1]["said"]


def test_a_start_whose_session_is_ended_meanwhile_ends_as_well(office):
    async def main():
        await office.ask("session start", patient=OTTER, wear=["3=left_shank"])
        starting = asyncio.create_task(office.ask("task start", exercise="heel_slide", side="left"))
        await asyncio.sleep(0)
        await office.ask("session stop")
        async with asyncio.timeout(5.0):
            return await starting

    assert any("nothing to keep" in line for line in texts(asyncio.run(main())))


def test_who_watches_hears_how_all_stands_and_then_everything(office):
    async def main():
        watching = office.commands.handle({"do": "watch"})
        assert await anext(watching) == {"status": {"straps": {}}}
        await office.ask("session start", patient=OTTER, wear=["3=left_shank"])
        heard = await anext(watching)
        await watching.aclose()
        return heard

    assert asyncio.run(main())["said"].startswith(f"session of {OTTER}")


def test_an_error_of_the_store_is_told_as_what_it_is(office):
    def broken(_patient):
        raise ImutrackError("the store is held by somebody else")

    office.room.sessions._clinic = type(office.room.sessions._clinic)(broken, lambda _: [], lambda _: [])
    with pytest.raises(ImutrackError, match="held by somebody else"):
        office.asked("session start", patient=OTTER, wear=["3=left_shank"])
