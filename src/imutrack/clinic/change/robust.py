"""Spread and level that one bad day, a true step or a steady rise do not spoil.

Spread: half the mean square of the differences between occasions one and two apart (von Neumann 1941 for one apart),
about their own mean, which takes out a steady rise, and limited, which takes out steps and bad days. Two apart are less
blurred than one apart by what neighbouring days have in common. Kept sorted, so that one more occasion costs little.

Level: two steps of Huber's estimate of location from the median, with the spread known from elsewhere.
"""

from bisect import bisect_left, bisect_right, insort
from collections.abc import Sequence
from operator import mul
from typing import Final

__all__ = ["LAGS", "RunningSpread", "level", "median"]

LAGS: Final = (1, 2)
_QUARTILES_SD: Final = 1.349  # distance between the quartiles of the normal distribution, in standard deviations
_STEPS: Final = 2  # further ones change a block of two to eight values by less than a tenth of its spread


class RunningSpread:
    """Variance of single values about a slowly moving level, value by value."""

    def __init__(self, step_limit: float) -> None:
        self._limit = step_limit
        self._values: list[float] = []
        self._differences: tuple[list[float], ...] = tuple([] for _ in LAGS)

    def add(self, value: float) -> None:
        """Take one more value."""
        values = self._values
        for lag, differences in zip(LAGS, self._differences, strict=True):
            if len(values) >= lag:
                insort(differences, value - values[-lag])
        values.append(value)

    def variance(self) -> float:
        """Return the variance, in squares of the unit; needs four values."""
        squares = freedom = 0.0
        for lag, differences in zip(LAGS, self._differences, strict=True):
            count = len(differences)
            squares += _limited_squares(differences, self._limit)
            freedom += count - lag / count  # their mean is that of the last `lag` values less that of the first
        return squares / (2.0 * freedom)


def _limited_squares(ordered: Sequence[float], limit: float) -> float:
    """Return the sum of squares about the mean, with values beyond `limit` spreads of the median pulled in to there."""
    count = len(ordered)
    middle, quarter = median(ordered), count // 4
    reach = limit * (ordered[-1 - quarter] - ordered[quarter]) / _QUARTILES_SD
    low, high = bisect_left(ordered, middle - reach), bisect_right(ordered, middle + reach)
    kept = [value - middle for value in ordered[low:high]]
    shift = (sum(kept) + (count - high - low) * reach) / count
    squares: float = sum(map(mul, kept, kept))
    return squares + (count - high + low) * reach * reach - count * shift * shift


def level(values: Sequence[float], spread: float, limit: float) -> float:
    """Return the middle of a few values; none pulls harder than `limit` spreads."""
    found, reach, count = median(sorted(values)), limit * spread, len(values)
    for _ in range(_STEPS):
        low, high = found - reach, found + reach
        found = sum([low if value < low else min(high, value) for value in values]) / count
    return found


def median(ordered: Sequence[float]) -> float:
    """Return the median of values in order.

    >>> median([1.0, 2.0, 4.0]), median([1.0, 2.0, 4.0, 9.0])
    (2.0, 3.0)
    """
    half = len(ordered) // 2
    return ordered[half] if len(ordered) % 2 else 0.5 * (ordered[half - 1] + ordered[half])
