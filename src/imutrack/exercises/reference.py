"""Whether a measured range goes beyond what the checked references give for a movement."""

from typing import Final

from imutrack.exercises.loader import all_exercises
from imutrack.flags import Flag, FlagCode

__all__ = ["beyond_reference"]

_MARGIN_DEG: Final = 10.0  # by which two measurements of one joint differ (Hancock 2018, PMC6195503)


def beyond_reference(exercise: str, rom_best3_deg: float | None, rom_error_deg: float | None) -> tuple[Flag, ...]:
    """Return the flag of a range that the movement does not usually reach; empty where it does or nothing is known.

    Args:
        exercise: id of the catalogue or any other label.
        rom_best3_deg, rom_error_deg: the range and its error, deg; None where they could not be told.
    """
    known = all_exercises().get(exercise)
    usual_deg = None if known is None else known.usual_range_deg
    if usual_deg is None or rom_best3_deg is None or rom_error_deg is None:
        return ()
    if rom_best3_deg - rom_error_deg <= usual_deg + _MARGIN_DEG:
        return ()
    return (Flag.of(FlagCode.BEYOND_REFERENCE, rom_deg=rom_best3_deg, usual_deg=usual_deg),)
