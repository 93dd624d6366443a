"""What is followed over time, with the published spread that stands in until the patient's own is known."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final

__all__ = ["MDC_SEMS", "MEASURES", "Measure", "Scale"]

MDC_SEMS: Final = 1.96 * math.sqrt(2.0)  # MDC95 = 1.96 x sqrt(2) x SEM (Weir 2005, PMID 15705040)


class Scale(StrEnum):
    """On which scale the spread does not depend on the size."""

    LINEAR = "linear"
    LOG = "log"  # values are compared as ratios


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """One measure.

    Attributes:
        id: key of `MEASURES`.
        unit: of values.
        scale: how differences are taken.
        prior_sem: spread of single occasions to be expected, in the unit or in natural logarithms; see `source`.
        source: where the prior and the floor come from.
        more, less: what a larger and a smaller number mean, in words.
        occasion, occasions: what one is called.
        digits: decimals of a value; None where only the ratio is shown, the number itself meaning little to people.
        floor_sem: no patient's spread is taken to be smaller.
        min_count: trials that a value must be made of to count.
        toward: 1 where people want a larger number, -1 a smaller one, 0 where neither can be said: for milestones only.
    """

    id: str
    unit: str
    scale: Scale
    prior_sem: float
    source: str
    more: str
    less: str
    occasion: str
    occasions: str
    digits: int | None
    floor_sem: float = 0.0
    min_count: int = 1
    toward: int


def _sem(mdc: float) -> float:
    return mdc / MDC_SEMS


def _sem_of_ratio(mdc_pct: float) -> float:
    return math.log1p(mdc_pct / 100.0) / MDC_SEMS


_ALL: Final = (
    Measure(
        id="rom",
        unit="deg",
        scale=Scale.LINEAR,
        prior_sem=_sem(10.0),
        source=(
            "minimal significant difference of the knee: 6 deg inclinometer, 10 deg long goniometer, 12 deg telephone "
            "(PMC6195503); MDC90 9.6 deg of knee flexion after arthroplasty (Stratford 2010, PMC2958082)"
        ),
        more="more range",
        less="less range",
        occasion="session",
        occasions="sessions",
        digits=0,
        toward=1,
    ),
    Measure(
        id="sway",
        unit="m/s2",
        scale=Scale.LOG,
        prior_sem=_sem_of_ratio(50.0),
        floor_sem=_sem_of_ratio(25.0),
        source=(
            "MDC95 39-77 % for amplitudes from day to day (Kiel 2021, IJERPH 18:3644), 50 % taken: the mean of a day's "
            "trials removes only what differs within the day; the mean of three trials of one session has 24 % "
            "(BDS force-plate data, 163 people), 25 % taken as the least"
        ),
        more="more sway",
        less="less sway",
        occasion="day with three trials",
        occasions="days with three trials each",
        digits=None,
        min_count=3,
        toward=0,  # swaying less may be steadiness or stiffness
    ),
    Measure(
        id="five_rises",
        unit="s",
        scale=Scale.LOG,
        prior_sem=_sem_of_ratio(28.0),
        source=(
            "MDC95 3.6-4.2 s (secondary source) of about 13.7 s, between the norms of 70-79 and 80-89 (Bohannon 2006)"
        ),
        more="takes longer",
        less="takes less time",
        occasion="test day",
        occasions="test days",
        digits=1,
        toward=-1,
    ),
    Measure(
        id="rises_30s",
        unit="rises",
        scale=Scale.LINEAR,
        prior_sem=_sem(2.5),
        floor_sem=1.0 / math.sqrt(12.0),  # whole rises
        source="MDC95 about 2.5 rises, early knee osteoarthritis (Gill 2022)",
        more="more rises",
        less="fewer rises",
        occasion="test day",
        occasions="test days",
        digits=1,
        toward=1,
    ),
    Measure(
        id="up_and_go",
        unit="s",
        scale=Scale.LOG,
        prior_sem=_sem_of_ratio(25.0),
        source=(
            "MDC 1.1 s (knee osteoarthritis, doi 10.1186/s12891-015-0637-8) to 2.5 s (Kennedy 2005, before and after "
            "arthroplasty); the larger, of about 10 s"
        ),
        more="takes longer",
        less="takes less time",
        occasion="test day",
        occasions="test days",
        digits=1,
        toward=-1,
    ),
)

MEASURES: Final[Mapping[str, Measure]] = MappingProxyType({measure.id: measure for measure in _ALL})
