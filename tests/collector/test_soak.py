"""Hours of everything that goes wrong: each tick of each strap is received, or the script says why it was not."""

from collector.soak import soak
from imutrack.sources.simulated import Mishap


def test_hours_of_mishaps_leave_no_gap_unexplained_and_nothing_behind():
    soaked = soak(hours=4, mishaps=400, straps=4)
    assert set(soaked.mishaps) == set(Mishap)
    assert soaked.unexplained == []
    assert soaked.tasks[1] <= soaked.tasks[0]
    assert soaked.files[1] <= soaked.files[0]
    assert soaked.rig.radio.open_links == soaked.rig.radio.overlaps == 0
