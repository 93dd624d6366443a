"""What people are told when the machine's clock was set, or the machine slept, while sessions are open.

Sets go on by the collector's own time until nobody has a session (`imutrack.collector.moments`), so until then their
days and times may be others than the clock on the wall shows.
"""

from collections.abc import Iterable
from typing import Final

from imutrack.collector.sessions.session import Session
from imutrack.errors import SettingsError
from imutrack.words import counted

__all__ = ["TOLD_S", "check_clock", "clock_note"]

TOLD_S: Final = 60.0
"""From here on people are told: who reads of a set sees minutes."""

_REFUSED_S: Final = 300.0  # from here on a session may be of another time of day, or of another day, than its results


def clock_note(ahead_s: float) -> str:
    """Return a line for people; empty where the clocks agree well enough.

    Args:
        ahead_s: how far the machine's clock is ahead of the collector's, s; negative where it is behind.

    >>> clock_note(-3600.0)[:61]
    "the machine's clock is 60 minutes behind the collector's: day"
    """
    if abs(ahead_s) < TOLD_S:
        return ""
    return (
        f"{_apart(ahead_s)}: days and times of sets are the collector's until all sessions are ended, then it takes "
        "over the machine's"
    )


def check_clock(ahead_s: float, sessions: Iterable[Session]) -> None:
    """Make sure that a session may begin.

    Args:
        ahead_s: as of `clock_note`.
        sessions: that are open.

    Raises:
        SettingsError: the clocks are too far apart.
    """
    if abs(ahead_s) < _REFUSED_S:
        return
    open_now = list(sessions)
    if any(session.patient is not None for session in open_now):
        first = "end all sessions and wait 20 s"
    elif any(session.doing for session in open_now):
        first = "lay down all straps and wait a minute"  # what moves them makes sets of nobody, until they rest
    else:
        first = "wait 20 s"
    raise SettingsError(f"no session is begun: {_apart(ahead_s)}: {first}, or begin with --force")


def _apart(ahead_s: float) -> str:
    apart = counted(round(abs(ahead_s) / 60.0), "minute")
    return f"the machine's clock is {apart} {'ahead of' if ahead_s > 0 else 'behind'} the collector's"
