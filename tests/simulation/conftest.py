"""The simulation needs dbus-daemon, where a test enters a rig."""

import pytest

from simulation.bluetooth import need_dbus


@pytest.fixture
def dbus() -> None:
    """A dbus-daemon is there."""
    need_dbus()
