"""What happens to simulated links, when, and the ledger that says why a notification was not sent."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from random import Random
from typing import Final

from imutrack.sources.radio import Fault

__all__ = ["FAILING", "OF_ALL", "SERVICE_AWAY_S", "Ledger", "Mishap", "Scripted", "SimulationParams", "script"]


class Mishap(StrEnum):
    """What happens to a link, or to all of them."""

    DROP = "drop"
    STALL = "stall"  # the link lives by name only: nothing comes, nothing answers
    MUTE = "mute"  # the device answers and sends nothing
    IN_PROGRESS = "in_progress"  # dropped, then attempts fail like this
    ABORTED = "aborted"
    VANISHED = "vanished"
    SLOW = "slow"
    NO_SLOT = "no_slot"
    REFUSED = "refused"  # dropped, then commands are refused
    CRASH = "crash"  # the Bluetooth service ends and comes back
    BUS_DEATH = "bus_death"  # the same for a moment
    GARBAGE = "garbage"  # payloads are something else for a while
    SHUFFLED = "shuffled"  # notifications come twice, or in the wrong order
    HOST_STALL = "host_stall"  # this machine does nothing for a moment


FAILING: Final[Mapping[Mishap, Fault]] = {
    Mishap.IN_PROGRESS: Fault.IN_PROGRESS,
    Mishap.ABORTED: Fault.ABORTED,
    Mishap.VANISHED: Fault.GONE,
    Mishap.NO_SLOT: Fault.NO_SLOT,
}
OF_ALL: Final = (Mishap.CRASH, Mishap.BUS_DEATH, Mishap.HOST_STALL)
SERVICE_AWAY_S: Final = {Mishap.CRASH: 3.0, Mishap.BUS_DEATH: 0.5}


@dataclass(frozen=True, slots=True)
class SimulationParams:
    """How long things take.

    Attributes:
        advertises_s: between advertisements; what sports straps do.
        connects_s: with its services found; measured on a Bluetooth service without a radio.
        slow_s: where that is slow; beyond the time of an attempt every other time.
        answers_s: one read or write, at a connection interval of 15 ms.
        disconnects_s: of a living link; BlueZ takes about two.
        stays_bad_s: how long payloads stay bad.
        host_stall_s: how long the machine does nothing.
        failures: at most so many attempts fail after one mishap.
        slots: links the adapter bears.
    """

    advertises_s: float = 0.1
    connects_s: float = 0.075
    slow_s: tuple[float, float] = (5.0, 11.0)
    answers_s: float = 0.02
    disconnects_s: float = 0.5
    stays_bad_s: float = 2.0
    host_stall_s: float = 0.3
    failures: int = 4
    slots: int = 64


@dataclass(slots=True)
class Ledger:
    """What became of a strap's ticks; each one is sent, or left out for a cause.

    Attributes:
        ticks: of the device's own clock.
        sent: delivered, each counted once.
        left_out: cause -> ticks that were not sent; ``started`` before the first link.
        unexplained: not sent although nothing had happened: the collector's own doing.
        garbled, repeated, swapped: sent otherwise than they should have been.
        mishaps: what happened.
        outages: (cause, from, to) loop's time, s, from the last tick that was sent to the next.
    """

    ticks: int = 0
    sent: int = 0
    left_out: Counter[str] = field(default_factory=Counter)
    unexplained: int = 0
    garbled: int = 0
    repeated: int = 0
    swapped: int = 0
    mishaps: Counter[Mishap] = field(default_factory=Counter)
    outages: list[tuple[str, float, float]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Scripted:
    """A mishap at a moment, s from the start; of one strap, by its number, or of all."""

    at_s: float
    mishap: Mishap
    strap: int = 0


def script(seconds: float, count: int, straps: int, chance: Random) -> list[Scripted]:
    """Return so many mishaps of every kind, spread evenly by chance."""
    kinds = list(Mishap)
    return sorted(
        (Scripted(chance.uniform(0, seconds), kinds[n % len(kinds)], chance.randrange(straps)) for n in range(count)),
        key=lambda each: each.at_s,
    )
