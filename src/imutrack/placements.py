"""Where a sensor is worn: one fixed vocabulary, and the labels people and files write for it.

Matching is exact on the words that name a body site, after side, device and punctuation are set aside. A label that
names no site of the vocabulary, or two of them, is not a placement: asking is better than guessing.
"""

import re
from typing import Final

__all__ = ["LIMBS", "PLACEMENTS", "SEGMENTS", "match_placement", "placement_text", "worn_alike"]

PLACEMENTS: Final[dict[str, str]] = {
    "upper_arm": "upper arm",
    "forearm": "forearm",
    "wrist": "wrist",
    "hand": "back of the hand",
    "head": "head",
    "sternum": "breastbone",
    "t12": "middle of the back (T12)",
    "lumbar": "lower back (L5)",
    "sacrum": "sacrum",
    "pelvis": "pelvis",
    "waist": "waist",
    "thigh": "thigh",
    "shank": "lower leg",
    "foot": "top of the foot",
}
"""Placement id -> words."""

SEGMENTS: Final[dict[str, str]] = {
    "upper_arm": "upper arm",
    "forearm": "forearm",
    "wrist": "forearm",
    "hand": "hand",
    "head": "head",
    "sternum": "trunk",
    "t12": "trunk",
    "lumbar": "lower back",
    "sacrum": "pelvis",
    "pelvis": "pelvis",
    "waist": "waist",
    "thigh": "thigh",
    "shank": "lower leg",
    "foot": "foot",
}
"""Placement id -> words for the body segment whose movement a sensor there sees."""

LIMBS: Final[dict[str, str]] = {
    "upper_arm": "arm",
    "forearm": "arm",
    "wrist": "arm",
    "hand": "arm",
    "thigh": "leg",
    "shank": "leg",
    "foot": "leg",
}
"""Placement id -> the limb it is on. All others are on the trunk or the head: they have no sides to mix up, and stay
upright with the wearer."""

_WRITTEN: Final[dict[str, tuple[str, ...]]] = {
    "upper_arm": ("upper arm", "upperarm", "humerus"),
    "forearm": ("forearm", "lower arm", "lowerarm"),
    "wrist": ("wrist",),
    "hand": ("hand", "back of the hand", "hand dorsum", "dorsum of the hand"),
    "head": ("head", "forehead"),
    "sternum": ("sternum", "chest", "breastbone"),
    "t12": ("t12", "middle of the back"),
    "lumbar": ("lumbar", "lower back", "lowerback", "low back", "l5", "l4", "l3", "l4 l5", "l5 s1"),
    "sacrum": ("sacrum", "s1", "s2"),
    "pelvis": ("pelvis",),
    "waist": ("waist", "belt"),
    "thigh": ("thigh", "upper leg", "upperleg", "femur"),
    # an ankle strap sits on the lower leg and turns with it
    "shank": ("shank", "lower leg", "lowerleg", "shin", "tibia", "calf", "ankle"),
    "foot": ("foot", "foot dorsum", "instep", "top of the foot"),
}

_SAYS_NOTHING: Final = frozenset(
    [
        *("left", "right", "l", "r", "side", "lateral", "medial", "anterior", "posterior", "dominant"),
        *("sensor", "imu", "unit", "phone", "smartphone", "smartwatch", "watch"),
        *("the", "on", "at", "worn"),
    ]
)
_BRACKETS: Final = re.compile(r"[()\[\]]")


def match_placement(label: str) -> str | None:
    """Return the placement a label means, or None where it does not say one of the vocabulary.

    What stands before a bracket is tried first, then what stands inside it.

    >>> match_placement("wrist (smartwatch), side R")
    'wrist'
    >>> match_placement("unit 2 (right shank)")
    'shank'
    >>> match_placement("unit 2") is None
    True
    """
    for part in _BRACKETS.split(label):
        words = _site_words(part)
        if words:
            return _BY_WORDS.get(words)
    return None


def _site_words(text: str) -> str:
    """Lower-case words of a label without side, device and numbering."""
    spaced = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", text)  # RightThigh
    tokens = re.findall(r"[^\W_]+", spaced.casefold())
    return " ".join(token for token in tokens if token not in _SAYS_NOTHING and not token.isdecimal())


_BY_WORDS: Final[dict[str, str]] = {_site_words(words): place for place, known in _WRITTEN.items() for words in known}


def worn_alike(asked: str | None, worn: str | None) -> bool:
    """Whether sensors were worn on the segments that were asked.

    Where nobody said, one sensor is taken to have been worn as asked; two are never taken for granted.

    Args:
        asked, worn: ids of placements, two joined by ``+`` in any order; None or empty where nobody said.

    >>> worn_alike("thigh+shank", "shank+thigh"), worn_alike("thigh+shank", "shank"), worn_alike("forearm", "wrist")
    (True, False, True)
    >>> worn_alike("shank", None), worn_alike("thigh+shank", None)
    (True, False)
    """
    if not asked:
        return True
    return _segments(asked) == _segments(worn) if worn else "+" not in asked


def placement_text(placement: str) -> str:
    """Return where sensors are worn as people read it.

    Args:
        placement: ids, two joined by ``+``.

    >>> placement_text("upper_arm+forearm"), placement_text("shank")
    ('upper arm + forearm', 'lower leg')
    """
    return " + ".join(PLACEMENTS.get(place, place) for place in placement.split("+"))


def _segments(placement: str) -> list[str]:
    return sorted(SEGMENTS.get(place, place) for place in placement.split("+"))
