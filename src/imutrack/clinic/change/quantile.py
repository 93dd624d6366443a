"""Student's t without scipy, which would take most of a second to load."""

from typing import Final

__all__ = ["t95"]

_Z: Final = 1.959963985  # two-sided 95 % of the normal distribution
_TERMS: Final = (  # of the Cornish-Fisher expansion in 1 / df (Abramowitz and Stegun 26.7.5)
    (_Z**3 + _Z) / 4,
    (5 * _Z**5 + 16 * _Z**3 + 3 * _Z) / 96,
    (3 * _Z**7 + 19 * _Z**5 + 17 * _Z**3 - 15 * _Z) / 384,
    (79 * _Z**9 + 776 * _Z**7 + 1482 * _Z**5 - 1920 * _Z**3 - 945 * _Z) / 92160,
)


def t95(df: float) -> float:
    """Return the two-sided 95 % quantile of Student's t; within 0.13 % from 3 degrees of freedom on, 0.02 % from 5.

    >>> round(t95(10), 3), round(t95(1e9), 3)
    (2.228, 1.96)
    """
    total, power = _Z, 1.0
    for term in _TERMS:
        power /= df
        total += term * power
    return total
