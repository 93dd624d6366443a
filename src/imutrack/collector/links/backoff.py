"""How long to wait before the next attempt: doubling, and left to chance, so that straps do not come all at once."""

from dataclasses import dataclass
from random import Random
from typing import Final

from imutrack.sources.radio import Fault

__all__ = ["BackoffParams", "wait_s"]


@dataclass(frozen=True, slots=True)
class BackoffParams:
    """How long to wait.

    Attributes:
        first_s: at most, after the first failure; a link that dropped by chance is back soon.
        longest_s: at most, after many; a strap that is charged again is found within half a minute.
        no_slot_s: when the adapter bears no more links; what bleak-retry-connector found to be enough for one to end.
    """

    first_s: float = 0.1
    longest_s: float = 30.0
    no_slot_s: float = 4.0


DEFAULTS: Final = BackoffParams()
_DOUBLINGS: Final = 32  # enough for any longest wait, and no overflow after a month of failures


def wait_s(failures: int, fault: Fault, chance: Random, params: BackoffParams = DEFAULTS) -> float:
    """Return seconds to wait, after ``failures`` in a row, the last of which was ``fault``.

    The wait is drawn evenly from nothing to the doubled one ("full jitter"), which spreads attempts best. An adapter
    that is full is waited for as long again, no longer: that a link ends does not depend on how often one asks.

    Args:
        failures: 1 and more; 0 counts as 1.
        fault: the last one.
        chance: where jitter comes from.
        params: how long.
    """
    if fault is Fault.NO_SLOT:
        return params.no_slot_s * (1 + chance.random() / 4)
    doubled = params.first_s * 2.0 ** min(max(failures - 1, 0), _DOUBLINGS)
    return chance.uniform(0.0, min(doubled, params.longest_s))
