"""Units at the edges: what files and people write, and the factor to the SI unit used inside.

Inside, acceleration is m/s2 (specific force: +9.81 along "up" at rest), angular rate rad/s, magnetic field uT, time s.
Degrees appear only in results.
"""

import math
from typing import Final

from imutrack.errors import SettingsError

__all__ = ["STANDARD_GRAVITY_MPS2", "UNITS", "to_si_factor"]

STANDARD_GRAVITY_MPS2: Final = 9.80665  # CODATA / ISO 80000-3

_DEG = math.pi / 180.0

# quantity -> spelling (lower case, no spaces) -> factor to SI
UNITS: Final[dict[str, dict[str, float]]] = {
    "acc": {
        **dict.fromkeys(("m/s2", "m/s^2", "m/s²", "m/(s^2)", "m/s/s", "ms-2", "m*s^-2", "mps2"), 1.0),
        "g": STANDARD_GRAVITY_MPS2,
        "mg": STANDARD_GRAVITY_MPS2 / 1000.0,
    },
    "gyr": {
        **dict.fromkeys(("rad/s", "rad.s-1", "rads-1", "rad*s^-1", "radps"), 1.0),
        **dict.fromkeys(("deg/s", "°/s", "dps", "deg.s-1", "degs-1", "degree/s", "degrees/s"), _DEG),
        **dict.fromkeys(("mdps", "mdeg/s"), _DEG / 1000.0),
    },
    "mag": {
        **dict.fromkeys(("ut", "µt", "μt", "microtesla"), 1.0),
        "t": 1e6,
        "mt": 1e3,
        "nt": 1e-3,
        **dict.fromkeys(("g", "gauss"), 100.0),
        **dict.fromkeys(("mg", "mgauss"), 0.1),
    },
    "t": {
        **dict.fromkeys(("s", "sec", "second", "seconds"), 1.0),
        **dict.fromkeys(("ms", "msec", "millisecond", "milliseconds"), 1e-3),
        **dict.fromkeys(("us", "µs", "μs", "microsecond", "microseconds"), 1e-6),
        **dict.fromkeys(("ns", "nanosecond", "nanoseconds"), 1e-9),
    },
}


def to_si_factor(quantity: str, unit: str) -> float:
    """Return what a value in ``unit`` is multiplied by to give the SI unit of ``quantity``.

    Args:
        quantity: ``acc``, ``gyr``, ``mag`` or ``t``.
        unit: as a file or a person writes it; case and spaces do not matter.

    Raises:
        SettingsError: the quantity or the unit is not known.

    >>> round(to_si_factor("acc", "g"), 5)
    9.80665
    >>> to_si_factor("gyr", "rad/s")
    1.0
    """
    table = UNITS.get(quantity)
    if table is None:
        raise SettingsError(f"unknown quantity {quantity!r}: use one of {', '.join(UNITS)}")
    factor = table.get(unit.replace(" ", "").lower())
    if factor is None:
        raise SettingsError(f"unknown unit {unit!r} for {quantity}: use one of {', '.join(sorted(table))}")
    return factor
