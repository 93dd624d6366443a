"""What a strap sends, as it comes: readings for movement, counts for health, and nothing that stops the collector."""

import asyncio

import numpy as np
import pytest

from collector.live_sets import BEGIN_NS, PROFILE, RATE_HZ
from imutrack.collector.captures.streams import StrapStreams
from imutrack.samples import Quantity
from imutrack.simulation import Fate, Fault, Kind
from imutrack.wearables import WEARABLES, Packet
from simulation.bluetooth import need_dbus
from sources.chaos import DOT, accounted, bench

STEP_US = round(1e6 / RATE_HZ)
REPORT = "15171004-4947-11e9-8646-d663bd873d93"
BATTERY = "15173001-4947-11e9-8646-d663bd873d93"


def sent(number, acc=(0.0, 0.0, 9.81)):
    """The notification of a reading: characteristic, host time, payload."""
    values = {Quantity.ACC: (acc,), Quantity.GYR: ((0.1, 0.2, 0.3),), Quantity.MAG_AU: ((0.3, 0.1, -0.5),)}
    [(characteristic, payload)] = PROFILE.encode(Packet("imu", values, (1_000_000 + number * STEP_US,)))
    return characteristic, BEGIN_NS + number * STEP_US * 1000, payload


@pytest.fixture
def streams():
    found = StrapStreams()
    found.connected(DOT, {}, {})
    return found


def test_readings_come_out_in_si_units_with_the_host_time_they_span(streams):
    heard = streams.hear([sent(n, (n / 10, 0.0, 9.81)) for n in range(15)])
    np.testing.assert_allclose(heard.acc[:, 0], np.arange(15) / 10, atol=1e-5)  # 32-bit floats
    assert heard.gyr.shape == (15, 3)
    assert heard.end_ns - heard.begin_ns == pytest.approx(15 * 1e9 / RATE_HZ, rel=0.01)
    assert (streams.notifications, streams.received, streams.lost, streams.refused) == (15, 15, 0, 0)


def test_what_is_lost_is_counted_to_the_sample_also_across_batches_and_connections(streams):
    for batch in ([0, 1, 2, 5, 6], [10, 11], [11, 12]):
        streams.hear([sent(n) for n in batch])
    assert streams.lost == 2 + 3
    assert sum(state.duplicates for state in streams.following.values()) == 1
    streams.connected(DOT, {}, {})
    streams.hear([sent(n) for n in (20, 21)])
    assert streams.lost == 5 + 7


def test_what_cannot_be_decoded_is_counted_and_forgotten(streams):
    characteristic = sent(0)[0]
    heard = streams.hear([(characteristic, BEGIN_NS, b"\x01"), sent(1), (REPORT, BEGIN_NS, b"")])
    assert (len(heard.acc), streams.refused, streams.notifications) == (1, 2, 3)


def test_before_a_strap_is_known_nothing_is_decoded():
    streams = StrapStreams()
    heard = streams.hear([sent(0)])
    assert (len(heard.acc), streams.notifications, streams.received) == (0, 1, 0)


def test_a_button_is_heard_once_and_what_else_is_said_is_kept(streams):
    heard = streams.hear([(REPORT, BEGIN_NS, b"\x05\x04\x00\x00\x00\x00"), (REPORT, BEGIN_NS, b"\x04\x00")])
    assert heard.buttons == ["single"]
    assert streams.hear([]).buttons == []
    assert streams.said["report"] == "power save"
    streams.connected(DOT, {}, {})
    assert streams.said == {}, "what was said on another link may hold no longer"


def test_a_device_without_a_clock_cannot_say_what_was_lost():
    kind = next(
        each
        for each in WEARABLES.values()
        if any(s.clock is None and s.quantities for s in each.profile(each.set_up({}), {}).streams)
    )
    streams = StrapStreams()
    streams.connected(kind.id, {}, {})
    assert streams.lost is None


def test_loss_and_duplicates_equal_the_ledger_of_the_straps():
    need_dbus()

    async def main():
        async with bench(3) as run:
            await run.streaming()
            for kind, strap in ((Kind.LOSS, "1"), (Kind.LOSS, "2"), (Kind.DUPLICATE, "2"), (Kind.REORDER, "3")):
                run.rig.do(Fault(kind=kind, strap=strap, for_s=1.0, amount=0.2))
            await asyncio.sleep(1.3)
            await run.stop()
            entries = run.taken()
            found = {}
            for label in run.labels:
                streams = StrapStreams()
                streams.connected(DOT, {"rate_hz": 60}, {})
                streams.hear([entry[1:] for entry in entries if entry[0] == label])
                [ledger] = run.rig.ledgers(label)
                duplicates = sum(state.duplicates for state in streams.following.values())
                found[label] = (
                    (streams.lost, duplicates, streams.received),
                    (
                        ledger.samples(Fate.LOST),
                        sum(copies - 1 for copies in ledger.copies if copies),
                        accounted(run, entries)[label][1],
                    ),
                )
        return found

    found = asyncio.run(main())
    assert {label: counted for label, (counted, _) in found.items()} == {
        label: said for label, (_, said) in found.items()
    }
    assert found["1"][0][0] > 0
    assert found["2"][0][1] > 0


def test_readings_of_a_stream_that_was_not_declared_are_counted_as_refused(streams):
    del streams._streams["imu"]
    heard = streams.hear([sent(0), sent(1)])
    assert (len(heard.acc), streams.refused) == (0, 2)
