"""Which trials are done on one leg, so that left and right are two trials."""

from functools import cache

from imutrack.exercises.loader import all_exercises

__all__ = ["is_one_legged", "leg_of"]


def is_one_legged(name: str) -> bool:
    """Whether a trial is done on one leg, by its id or that of its entry; the side then says on which.

    >>> is_one_legged("single_leg_eyes_open"), is_one_legged("eyes_open")
    (True, False)
    """
    return name in _one_legged()


def leg_of(name: str, side: str | None) -> str | None:
    """Return the side of a trial where it is done on one leg; of every other trial the side says nothing.

    >>> leg_of("single_leg_eyes_open", "left"), leg_of("eyes_open", "left")
    ('left', None)
    """
    return side if is_one_legged(name) else None


@cache
def _one_legged() -> frozenset[str]:
    entries = [entry for entry in all_exercises().values() if entry.one_legged]
    return frozenset(name for entry in entries for name in (entry.id, *(trial.id for trial in entry.trials)))
