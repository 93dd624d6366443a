import asyncio

import pytest

from collector.warped import warped
from imutrack.collector.links.recipes import carry_out
from imutrack.collector.links.ring import Ring, Tap
from imutrack.errors import LinkError, WearableError
from imutrack.sources.radio import Fault
from imutrack.wearables import Answer, Ask, Read, Subscribe, Write


class Device:
    """The other side of a link, by hand."""

    def __init__(self, values=(), answers=()):
        self.values, self.answers, self.done = dict(values), dict(answers), []
        self.hangs = False

    async def subscribe(self, characteristic, callback):
        self.done.append(("subscribe", characteristic))
        self.callback = callback

    async def read(self, characteristic):
        await asyncio.sleep(100 if self.hangs else 0.01)
        if characteristic not in self.values:
            raise LinkError(f"no {characteristic}", Fault.ABSENT)
        return self.values[characteristic]

    async def write(self, characteristic, data, *, response):
        self.done.append(("write", characteristic, data, response))
        for payload in self.answers.get(data, ()):
            asyncio.get_running_loop().call_later(0.02, self.callback, characteristic, payload)


def judge(payload):
    if payload[:1] == b"\xff":
        raise WearableError("refused")
    return payload[:1] == b"\xf0"


ASK = Ask(Write("cp", b"\x02"), Answer("cp", judge, b"\xf0", fact="set"))


def carried_out(device, *recipe):
    async def main():
        tap = Tap(Ring(), "1", lambda: 0)
        facts = await carry_out(recipe, device, tap, 2.0)
        assert tap.overhear is None
        return facts

    return warped(main())


def test_steps_are_done_in_order_and_what_was_read_is_kept():
    device = Device({"info": b"v2"})
    facts = carried_out(device, Read("info", "version", b""), Subscribe("data"), Write("cp", b"\x01", response=False))
    assert facts == {"version": b"v2"}
    assert device.done == [("subscribe", "data"), ("write", "cp", b"\x01", False)]


def test_an_answer_is_waited_for_among_other_notifications():
    device = Device(answers={b"\x02": [b"\x01other", b"\xf0yes"]})
    assert carried_out(device, Subscribe("cp"), ASK) == {"set": b"\xf0yes"}


@pytest.mark.parametrize(("answers", "words"), [({b"\x02": [b"\xff"]}, "refused"), ({}, "no answer to the command 02")])
def test_a_refusal_and_no_answer_are_the_wearables_doing(answers, words):
    with pytest.raises(WearableError, match=words):
        carried_out(Device(answers=answers), Subscribe("cp"), ASK)


def test_a_characteristic_that_may_be_missing_gives_no_fact_worth_and_one_that_may_not_says_so():
    assert carried_out(Device(), Read("info", "version", b"", needed=False)) == {"version": b""}
    with pytest.raises(WearableError, match="is it the wearable that the settings say"):
        carried_out(Device(), Read("info", "version", b""))


def test_a_step_that_hangs_is_the_links_doing():
    device = Device({"info": b""})
    device.hangs = True
    with pytest.raises(LinkError) as failed:
        carried_out(device, Read("info", "version", b""))
    assert failed.value.kind == Fault.TIMEOUT
