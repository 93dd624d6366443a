"""What goes into a verdict and what comes out."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

__all__ = ["Change", "Occasion", "Verdict"]


class Verdict(StrEnum):
    """What can be said; the direction is that of the number, neither good nor bad."""

    MORE = "more"
    LESS = "less"
    NO_REAL_CHANGE = "no_real_change"  # a change as large as the MDC would have been seen
    TOO_EARLY = "too_early"


@dataclass(frozen=True, slots=True)
class Occasion:
    """What one session or one day says of a measure.

    Attributes:
        day: local date.
        value: range of motion: mean of the best three of the session's largest set; sway: geometric mean of the day's
            trials; tests: mean of the day. In the measure's unit, also where its scale is logarithmic.
        error: 95 % half-width of the device alone, in the unit; None where it is not known.
        count: trials behind the value.
    """

    day: date
    value: float
    error: float | None = None
    count: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What would have been said on one day, from all occasions up to then.

    `difference`, `mdc` and `needed` are in the measure's unit on a linear scale and in per cent on a logarithmic one;
    there, `needed` is in the direction of the difference (25 % more is undone by 20 % less). In both, the verdict is
    "more" or "less" exactly where the difference is larger than what is needed. All numbers are None while there are
    too few occasions for two blocks.

    Attributes:
        day: of the last occasion.
        verdict: what can be said.
        baseline: level of the first occasions, in the unit.
        baseline_low, baseline_high: where that level lies with 95 % confidence, in the unit.
        now: level of the last occasions, in the unit.
        difference: from baseline to now.
        mdc: minimal detectable change of single occasions, 95 %.
        needed: the smallest difference that this comparison can call real.
        n_baseline, n_now: occasions behind the two levels.
        wait: further occasions until "no real change" may be said; 0 when it may.
    """

    day: date
    verdict: Verdict
    baseline: float | None = None
    baseline_low: float | None = None
    baseline_high: float | None = None
    now: float | None = None
    difference: float | None = None
    mdc: float | None = None
    needed: float | None = None
    n_baseline: int = 0
    n_now: int = 0
    wait: int = 0
