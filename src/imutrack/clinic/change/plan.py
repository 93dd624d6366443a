"""What follows from the number of occasions alone: how large the blocks are, and what difference is needed."""

import math
from functools import lru_cache
from typing import NamedTuple

from imutrack.clinic.change.measures import MDC_SEMS
from imutrack.clinic.change.params import ChangeParams
from imutrack.clinic.change.quantile import t95
from imutrack.clinic.change.robust import LAGS

__all__ = ["Plan", "enough_for_none", "plan"]


class Plan(NamedTuple):
    """How so many occasions are compared.

    Attributes:
        block: occasions at each end; 0 where there are too few.
        own_df: degrees of freedom of the patient's own spread.
        own_factor: what its variance is multiplied by: neighbours that are alike make differences too small.
        band_sems: half-width of the 95 % band of one level, in SEM of single occasions.
        needed_sems: the same of the difference of two.
    """

    block: int
    own_df: float
    own_factor: float
    band_sems: float
    needed_sems: float


@lru_cache(maxsize=4096)
def plan(params: ChangeParams, occasions: int) -> Plan:
    """Return how so many occasions are compared."""
    block = min(occasions // 2, max(params.usual, min(params.most, int(occasions * params.share))))
    if block < max(params.fewest, 2):
        return Plan(0, 0.0, 1.0, math.inf, math.inf)
    # successive differences are worth about two thirds of their number (von Neumann 1941); the trend costs one
    own_df = (occasions - 1) * 2.0 / 3.0 - 1.0
    alike = sum(params.serial**lag for lag in LAGS) / len(LAGS)
    apart = sum((1.0 - lag / block) * params.serial**lag for lag in range(1, block))
    band_sems = t95(params.prior_df + own_df) * math.sqrt((1.0 + 2.0 * apart) / block)
    return Plan(block, own_df, 1.0 / (1.0 - alike), band_sems, math.sqrt(2.0) * band_sems)


@lru_cache(maxsize=64)
def enough_for_none(params: ChangeParams) -> int:
    """Return from how many occasions on "no real change" may be said: when no more than the MDC is needed."""
    occasions = 2 * max(params.fewest, 2)
    while plan(params, occasions).needed_sems > MDC_SEMS and occasions < 2 * params.most:
        occasions += 1
    return occasions
