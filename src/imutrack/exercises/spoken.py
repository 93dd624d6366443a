"""What people call an exercise or a trial in running text."""

from typing import Final

from imutrack.exercises.loader import all_exercises
from imutrack.task import UNSPECIFIED

__all__ = ["spoken"]

_NOBODY_NAMED: Final = "unnamed exercise"


def spoken(name: str, side: str | None = None) -> str:
    """Return an exercise or trial with its side in running text; a label of nobody's catalogue as it was written.

    Args:
        name: id of an exercise, of a trial, or any other label.
        side: as entered.

    >>> spoken("long_arc_knee_extension", "left"), spoken("squat", "both"), spoken("my_own", None)
    ('seated knee extension, left', 'squat, both sides', 'my own')
    """
    known = all_exercises().get(name)
    trial = next((form for each in all_exercises().values() for form in each.trials if form.id == name), None)
    words = known.name if known else trial.name if trial else name.replace("_", " ").strip()
    words = _NOBODY_NAMED if name == UNSPECIFIED else words
    if words[1:2].islower() or not words[1:2].isalpha():  # "TUG" stays as it is
        words = words[:1].lower() + words[1:]
    return words if side is None else f"{words}, {'both sides' if side == 'both' else side}"
