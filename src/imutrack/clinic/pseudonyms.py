"""Patient pseudonyms: two words and a check number, ``otter-maple-47``.

Made to be said on the telephone and typed by tired people. The check number is a weighted sum of the letters modulo a
prime, so one wrong letter, or two letters swapped within a word, always changes it; the words themselves lie at least
two slips apart, so such a slip is no other word either. A different word or the words swapped slip through in fewer
than 1 of 80 cases. The number adds no further pseudonyms: one pair of words has one number.
"""

import random
import re
from collections.abc import Set
from typing import Final

from imutrack.clinic.pseudonym_words import FIRST, SECOND
from imutrack.errors import SettingsError

__all__ = ["check_number", "is_valid", "normalise", "suggest"]

# A prime above the 26 letters; with 10 added every number has two digits and no leading zero that gets lost in speech.
_PRIME: Final = 89
_LETTER_WEIGHT: Final = 29  # its powers repeat modulo 89 only after 88 letters: swapped letters never weigh the same
_FIRST_WEIGHT: Final = 7  # tells the first word from the second
_OFFSET: Final = 37  # gives the otter-maple of the documentation its 47

_FIRST: Final = frozenset(FIRST)
_SECOND: Final = frozenset(SECOND)
_BETWEEN: Final = re.compile(r"[\s_\-\u2010-\u2015]+")

# Sharing a word with another patient is avoided while the clinic is small; beyond this it cannot be.
_SMALL: Final = min(len(FIRST), len(SECOND)) // 2

_TRIES: Final = 100  # random draws before looking at every pair; with half of all taken, 100 misses do not happen


def check_number(first: str, second: str) -> int:
    """Return the check number of two words, 10 to 98.

    >>> check_number("otter", "maple")
    47
    """
    return (_FIRST_WEIGHT * _weigh(first) + _weigh(second) + _OFFSET) % _PRIME + 10


def normalise(text: str) -> str:
    """Return a pseudonym as it is stored, however it was typed: lower case, words joined by one hyphen.

    >>> normalise(" Otter maple 47 ")
    'otter-maple-47'
    """
    return _BETWEEN.sub("-", text.strip().lower()).strip("-")


def is_valid(text: str) -> bool:
    """Tell whether a text is a pseudonym, in whatever case and with whatever between the words.

    >>> is_valid("Otter-Maple-47"), is_valid("otter-mapel-47"), is_valid("otter-maple-48")
    (True, False, False)
    """
    parts = normalise(text).split("-")
    if len(parts) != 3 or parts[0] not in _FIRST or parts[1] not in _SECOND:
        return False
    return parts[2] == str(check_number(parts[0], parts[1]))


def suggest(taken: Set[str], rng: random.Random | None = None) -> str:
    """Return a pseudonym that is not taken; while the clinic is small, one that shares no word with a taken one.

    Args:
        taken: the pseudonyms in use.
        rng: where the choice comes from; None means the operating system's randomness, so that a pseudonym tells
            nothing about when it was given.

    Raises:
        SettingsError: all are taken.
    """
    rng = rng or random.SystemRandom()
    used = {word for pseudonym in taken for word in pseudonym.split("-")} if len(taken) < _SMALL else set[str]()
    firsts = [word for word in FIRST if word not in used]
    seconds = [word for word in SECOND if word not in used]
    for _ in range(_TRIES):
        pseudonym = _of(rng.choice(firsts), rng.choice(seconds))
        if pseudonym not in taken:
            return pseudonym
    free = [pseudonym for first in FIRST for second in SECOND if (pseudonym := _of(first, second)) not in taken]
    if free:
        return rng.choice(free)
    raise SettingsError(f"all {len(FIRST) * len(SECOND)} pseudonyms are taken")


def _of(first: str, second: str) -> str:
    return f"{first}-{second}-{check_number(first, second)}"


def _weigh(word: str) -> int:
    total = 0
    for letter in word:
        total = total * _LETTER_WEIGHT + ord(letter) - ord("a") + 1
    return total
