import asyncio

from hypothesis import given
from hypothesis import strategies as st

from collector.warped import warped
from imutrack.collector.links.ring import Ring, Tap
from imutrack.collector.moments import HostClock


@given(st.integers(1, 20), st.lists(st.sampled_from("ab"), max_size=60))
def test_a_full_ring_loses_the_oldest_and_counts_whose_they_were(capacity, straps):
    ring = Ring(capacity)
    entries = [(strap, "c", n, b"") for n, strap in enumerate(straps)]
    for entry in entries:
        ring.put(entry)
    kept, lost = ring.take()
    assert kept == entries[-capacity:]
    gone = [strap for strap, *_ in entries[: max(len(entries) - capacity, 0)]]
    assert lost == {strap: gone.count(strap) for strap in set(gone)}
    assert ring.take() == ([], {})


def test_whoever_drains_is_woken_by_the_first_and_waits_again_when_all_is_taken():
    async def main():
        ring = Ring()
        waiting = asyncio.create_task(ring.wait())
        await asyncio.sleep(1)
        assert not waiting.done()
        for n in range(3):
            ring.put(("1", "c", n, b""))
        await waiting
        assert len(ring) == 3
        ring.take()
        again = asyncio.create_task(ring.wait())
        await asyncio.sleep(1)
        assert not again.done()
        again.cancel()

    warped(main())


def test_a_tap_stamps_counts_and_lets_overhear():
    ring, heard = Ring(), []
    tap = Tap(ring, "3", iter(range(100, 200)).__next__)
    tap("c", b"1")
    tap.overhear = lambda characteristic, payload: heard.append((characteristic, payload))
    tap("d", b"2")
    assert (tap.count, tap.at_ns) == (2, 101)
    assert ring.take()[0] == [("3", "c", 100, b"1"), ("3", "d", 101, b"2")]
    assert heard == [("d", b"2")]


def test_host_time_does_not_step_when_the_wall_clock_is_set():
    wall = [1_700_000_000 * 10**9]
    ticks = [0]
    clock = HostClock(lambda: ticks[0], lambda: wall[0])
    before = clock.now_ns()
    ticks[0] += 5
    wall[0] += 3600 * 10**9
    assert clock.now_ns() - before == 5
