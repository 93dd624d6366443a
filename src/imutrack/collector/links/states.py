"""In what state each strap's link is, why it changed, and how long it was in each: for the log, `/metrics` and people.

A reason is one of few words, so that it can be counted; it names no device.
"""

import logging
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from enum import StrEnum
from typing import Final

__all__ = ["OnState", "Reason", "State", "StateLog"]

log = logging.getLogger(__name__)


class State(StrEnum):
    """What is done about a strap now."""

    IDLE = "idle"  # not seen
    SEEN = "seen"  # advertises, waits for its turn
    CONNECTING = "connecting"
    CONFIGURING = "configuring"  # connected, being set up, until it notifies
    STREAMING = "streaming"
    DEGRADED = "degraded"  # connected, silent for too long, being probed
    BACKOFF = "backoff"  # waits before it is tried again


class Reason(StrEnum):
    """Why a state changed."""

    STARTED = "started"
    STOPPED = "stopped"
    ADVERTISED = "advertised"
    ITS_TURN = "its turn"
    CONNECTED = "connected"
    NOTIFIES = "notifies"
    SILENT = "silent"
    SILENT_LINK_LIVES = "silent although the link lives"
    LINK_DEAD = "link dead"
    LINK_LOST = "link lost"
    NEVER_NOTIFIED = "set up but never notified"
    GAVE_WAY = "gave way to a strap that fails less"
    NOT_SEEN = "not seen lately"
    TRY_AGAIN = "try again"
    REFUSED = "refused a command"
    PAIRING = "has to be paired first"
    TIMEOUT = "no answer in time"
    IN_PROGRESS = "another attempt in progress"
    ABORTED = "connection aborted"
    NO_SLOT = "adapter is full"
    GONE = "device vanished"
    ADAPTER = "bluetooth service or adapter away"
    OTHER = "link failed"
    INTERNAL = "fault of the collector"


OnState = Callable[[str, State, State, str, float], None]
"""Takes strap, the state before, the state now, the reason, and when, in the loop's time."""

_TOLD: Final = {State.STREAMING, State.DEGRADED, State.BACKOFF, State.IDLE}  # the rest passes by in an instant


class StateLog:
    """The states of all straps; every change goes through here.

    Args:
        straps: labels.
        now: seconds, the loop's time.
        listeners: called on each change, in order; they must neither wait nor raise.
    """

    def __init__(self, straps: Iterable[str], now: Callable[[], float], listeners: Iterable[OnState] = ()) -> None:
        self._now = now
        self._listeners = tuple(listeners)
        self._states = dict.fromkeys(straps, State.IDLE)
        self._since = dict.fromkeys(self._states, now())
        self._seconds: dict[str, Counter[State]] = {strap: Counter() for strap in self._states}
        self._changes: dict[str, Counter[tuple[State, str]]] = {strap: Counter() for strap in self._states}

    def change(self, strap: str, state: State, reason: Reason) -> None:
        """Note that a strap's state is another now; the same one again is no change."""
        before, at_s = self._states[strap], self._now()
        if state is before:
            return
        self._seconds[strap][before] += at_s - self._since[strap]  # type: ignore[assignment] # a Counter of seconds
        self._changes[strap][state, reason.value] += 1
        self._states[strap], self._since[strap] = state, at_s
        level = logging.INFO if state in _TOLD else logging.DEBUG
        log.log(level, "%s: %s, was %s: %s", strap, state.value, before.value, reason.value)
        for listener in self._listeners:
            listener(strap, before, state, reason.value, at_s)

    def __getitem__(self, strap: str) -> State:
        return self._states[strap]

    def all_in(self, state: State, straps: Iterable[str]) -> bool:
        """Whether each of some straps is in a state."""
        return all(self._states[strap] is state for strap in straps)

    def since_s(self, strap: str) -> float:
        """When a strap came into its state, in the loop's time."""
        return self._since[strap]

    def seconds(self, strap: str) -> Mapping[State, float]:
        """How long a strap was in each state until now."""
        until_now: dict[State, float] = {**self._seconds[strap]}
        state = self._states[strap]
        until_now[state] = until_now.get(state, 0.0) + self._now() - self._since[strap]
        return until_now

    def changes(self, strap: str) -> Mapping[tuple[State, str], int]:
        """How often a strap came into a state for a reason."""
        return self._changes[strap]
