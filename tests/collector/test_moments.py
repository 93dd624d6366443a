"""The collector's time and the machine's: what is noticed, what is said, and when it is taken over."""

import asyncio

from imutrack.collector.moments import HostClock, keep_time

S = 1_000_000_000


class Machine:
    def __init__(self, wall_s):
        self.on_ns, self.wall_ns = 0, wall_s * S
        self.clock = HostClock(lambda: self.on_ns, lambda: self.wall_ns)


def test_a_clock_that_was_set_is_noticed_and_taken_over_only_by_anchoring():
    machine = Machine(1_700_000_000)
    machine.on_ns += 5 * S
    machine.wall_ns += 3605 * S
    assert machine.clock.ahead_s() == 3600.0
    assert machine.clock.now_ns() == 1_700_000_005 * S
    assert machine.clock.anchor() == machine.clock.now_ns() == 1_700_003_605 * S
    assert machine.clock.at_ns(6.0) == 1_700_003_606 * S
    assert machine.clock.ahead_s() == 0.0


def test_that_it_was_set_is_said_once_and_taken_over_when_that_is_allowed(caplog):
    machine, asked = Machine(0), []

    def take_over():
        asked.append(True)
        if len(asked) < 3:
            return False
        machine.clock.anchor()
        return True

    async def main():
        keeping = asyncio.create_task(keep_time(machine.clock, take_over, 0.0))
        for wall_s in (2, 2_000):  # the first is what slewing may leave
            machine.wall_ns = wall_s * S
            for _ in range(10):
                await asyncio.sleep(0)
        keeping.cancel()
        await asyncio.wait([keeping])

    asyncio.run(main())
    assert len(asked) == 3
    assert [record.getMessage() for record in caplog.records] == [
        "the machine's clock was set by +2000 s: taken over when no session is open",
        "the machine's clock was set by +2000 s: taken over",
    ]
