"""From what people write to an id of the catalogue.

Exact on words: case, punctuation, plural endings, sides, what stands in brackets and a code in front ("E6", "ABD") are
set aside; what is left must be the id, the name or an alias of exactly one entry. Anything else is unknown: a wrong
exercise in a trend is worse than an unnamed one.
"""

import re
from functools import cache
from typing import Final, NamedTuple

from imutrack.exercises.loader import all_exercises

__all__ = ["TrialLabel", "match", "match_trial"]

_ASIDE: Final = frozenset({"left", "right", "exercise"})
_CODE: Final = re.compile(r"^\s*(?:[A-Z]{1,3}\d+|[A-Z]{3,5}|\d+[.)]?)[\s_:.-]+(?=.*[a-z])")
_BRACKETED: Final = re.compile(r"\([^()]*\)|\[[^\[\]]*\]")


class TrialLabel(NamedTuple):
    """A trial of the catalogue and the entry it belongs to."""

    exercise: str
    trial: str


def match(label: str) -> str | None:
    """Return the id of the exercise a label means, or None where that is not certain.

    >>> match("E6 seated elbow flexion (dumbbell)")
    'elbow_flexion'
    >>> match("5xSTS")
    'sit_to_stand'
    >>> match("bench press") is None
    True
    """
    found = (_by_words().get(words) for words in _readings(label))
    return next((exercise for exercise in found if exercise), None)


def match_trial(label: str) -> TrialLabel | None:
    """Return the balance trial or test a label means, or None where that is not certain.

    >>> match_trial("eyes closed")
    TrialLabel(exercise='quiet_stance', trial='eyes_closed')
    """
    found = (_by_trial_words().get(words) for words in _readings(label))
    return next((trial for trial in found if trial), None)


def _readings(label: str) -> tuple[str, ...]:
    """Ways to read a label, the most literal first."""
    plain = _BRACKETED.sub(" ", label)
    return tuple(_words(text) for text in (label, plain, _CODE.sub("", plain)))


def _words(text: str) -> str:
    tokens = re.findall(r"[^\W_]+", text.casefold())
    return " ".join(_singular(token) for token in tokens if token not in _ASIDE)


def _singular(word: str) -> str:
    return word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith("ss") else word


@cache
def _by_words() -> dict[str, str]:
    found = {
        _words(words): exercise.id
        for exercise in all_exercises().values()
        for words in (exercise.id, exercise.name, *exercise.aliases)
    }
    return {**{words: trial.exercise for words, trial in _by_trial_words().items()}, **found}


@cache
def _by_trial_words() -> dict[str, TrialLabel]:
    return {
        _words(words): TrialLabel(exercise.id, trial.id)
        for exercise in all_exercises().values()
        for trial in exercise.trials
        for words in (trial.id, trial.name, *trial.aliases)
    }
