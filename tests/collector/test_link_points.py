import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imutrack.collector.health.figures import StrapFigures
from imutrack.collector.health.link_points import LinkPoints, link_row, missing_pct, note_links
from imutrack.collector.links.states import Reason, State, StateLog
from imutrack.config import Settings
from imutrack.stores.local import LocalStore
from imutrack.stores.points import add_points

AT_S = 1_760_000_000.0


def states_of(*streaming, idle=()):
    states = StateLog([*streaming, *idle], lambda: 0.0)
    for strap in streaming:
        states.change(strap, State.CONFIGURING, Reason.CONNECTED)
        states.change(strap, State.STREAMING, Reason.NOTIFIES)
    return states


def test_what_is_known_of_a_link_is_said():
    figures = StrapFigures(readings=594, lost=6, battery_pct=81.0, rssi_dbm=-61, clock_ppm=12.5)
    (row,) = LinkPoints("north").rows({"3": figures}, states_of("3"), AT_S, backlog=17)
    assert row.measurement == "link"
    assert row.tags == {"clinic": "north", "sensor": "3"}
    assert row.time_ns // 1_000_000_000 == AT_S
    assert row.fields == {
        "battery_pct": 81.0,
        "rssi_dbm": -61.0,
        "missing_pct": 1.0,
        "clock_ppm": 12.5,
        "reconnects": 0,
        "backlog": 17,
        "withdrawn": False,
    }


def test_what_is_not_known_is_left_out_and_never_0():
    (row,) = LinkPoints("north").rows({"3": StrapFigures(readings=600)}, states_of("3"), AT_S)
    assert row.fields == {"reconnects": 0, "withdrawn": False}


@pytest.mark.parametrize(("battery_pct", "rssi_dbm"), [(255.0, -127.0), (-1.0, 127.0)])
def test_what_a_device_or_a_radio_says_when_it_does_not_know_is_unknown(battery_pct, rssi_dbm):
    figures = StrapFigures(battery_pct=battery_pct, rssi_dbm=rssi_dbm)
    row = link_row("3", "north", AT_S, figures, missing=None, reconnected=0, backlog=None)
    assert row.fields.keys() == {"reconnects", "withdrawn"}


def test_a_strap_that_is_not_connected_has_no_point():
    figures = {"3": StrapFigures(), "4": StrapFigures()}
    (row,) = LinkPoints("north").rows(figures, states_of("3", idle=["4"]), AT_S)
    assert row.tags["sensor"] == "3"


def test_a_silent_link_that_is_being_probed_is_connected():
    states = states_of("3")
    states.change("3", State.DEGRADED, Reason.SILENT)
    assert len(LinkPoints("north").rows({"3": StrapFigures()}, states, AT_S)) == 1


def test_links_after_the_first_are_reconnects():
    states = states_of("3")
    for _ in range(2):
        states.change("3", State.BACKOFF, Reason.LINK_LOST)
        states.change("3", State.CONFIGURING, Reason.CONNECTED)
        states.change("3", State.STREAMING, Reason.NOTIFIES)
    (row,) = LinkPoints("north").rows({"3": StrapFigures()}, states, AT_S)
    assert row.count("reconnects") == 2


def test_the_share_that_is_missing_is_of_the_time_since_the_last_point():
    points, states = LinkPoints("north"), states_of("3")
    said = [
        points.rows({"3": StrapFigures(readings=readings, lost=lost)}, states, AT_S + 10 * number)[0].number(
            "missing_pct"
        )
        for number, (readings, lost) in enumerate([(500, 500), (1500, 500), (2250, 750), (2250, 750)])
    ]
    assert said == [50.0, 0.0, 25.0, None]  # of nothing that came no share can be told


@given(st.integers(0, 10**9), st.integers(0, 10**9), st.integers(0, 10**4), st.integers(-(10**4), 10**4))
def test_a_share_is_one_whatever_comes_late(readings, lost, came, more_lost):
    now = StrapFigures(readings=readings + came, lost=max(lost + more_lost, 0))
    share = missing_pct(StrapFigures(readings=readings, lost=lost), now)
    assert (share is None) == (came == 0)
    assert share is None or 0.0 <= share < 100.0


def test_the_local_store_takes_the_points(tmp_path):
    points, states, figures = LinkPoints("north"), states_of("3", "4"), {"3": StrapFigures(), "4": StrapFigures()}
    with LocalStore.open(tmp_path / "data") as store:
        for number in range(3):
            add_points(store, points.rows(figures, states, AT_S + 10 * number))


def test_the_state_of_links_is_stored_and_a_gap_in_it_ends_nothing(tmp_path):
    settings = Settings(clinic="clinic", timezone="Europe/Berlin", data_dir=tmp_path, trace_days=90, source=None)
    row = link_row("1", "clinic", AT_S, StrapFigures(), missing=None, reconnected=2, backlog=None)
    store, noted, asked = settings.data_dir / "imutrack.sqlite3", [], []
    store.write_bytes(b"something else " * 100)

    def rows():
        asked.append(row)
        if len(asked) == 3:
            store.unlink()
        return [row]

    async def main():
        noting = asyncio.create_task(note_links(settings, rows, noted.append, 0.02))
        async with asyncio.timeout(10.0):
            while not noted:
                await asyncio.sleep(0.01)
        noting.cancel()
        await asyncio.wait([noting])

    asyncio.run(main())
    assert noted[0] is None  # without an InfluxDB nothing waits for it
    assert len(asked) >= 3
    with LocalStore.open(settings.data_dir) as opened:
        assert opened.database.connection.execute("SELECT reconnects FROM link").fetchone() == (2,)
