"""Colours and the words that go with them, and how lines with names of any kind are told apart.

Blue, orange and grey follow Okabe and Ito's palette (2008) and are told apart with any colour vision. Orange and grey
are darker than there: white words on them can be read (WCAG 2.1 AA), and a line of each can be seen on Grafana's light
and dark ground. Dark red stands for an approved limit or a stop and nothing else. No colour
stands without its word.
"""

from collections.abc import Mapping
from typing import Any, Final

__all__ = [
    "BLUE",
    "CHANGES",
    "DASHES",
    "GREY",
    "LEVELS",
    "LINES",
    "ORANGE",
    "QUALITY",
    "RED",
    "VERDICTS",
    "YES_NO",
    "fixed",
    "shares",
    "words",
]

BLUE: Final = "#0072B2"
ORANGE: Final = "#AD5A00"
GREY: Final = "#737373"
RED: Final = "#CB1F2F"

LINES: Final = ("#E69F00", "#56B4E9", "#CC79A7", "#D55E00", "#009E73", BLUE)
"""Of many lines, from Okabe and Ito; black and yellow are left out, since one ground or the other hides them. In this
order `shares` gives a strap that is called by its colour that colour: blue, green, orange, red by their first sign."""

DASHES: Final = ((3, 5), (), (12, 6))
"""Of many lines: dotted, whole, dashed; pixels drawn and left out."""

_SIGNS: Final = "0123456789abcdefghijklmnopqrstuvwxyz"


def shares(parts: int) -> tuple[str, ...]:
    """Return patterns that share out letters and digits, each to one of several parts.

    >>> shares(18)[:2]
    ('[0i]', '[1j]')
    """
    return tuple(f"[{_SIGNS[part::parts]}]" for part in range(parts))


def words(said: Mapping[str, tuple[str, str]]) -> list[dict[str, Any]]:
    """Return Grafana's value mappings; what is absent is unknown, and grey.

    Args:
        said: value -> (word, colour).
    """
    options = {
        value: {"text": word, "color": colour, "index": index}
        for index, (value, (word, colour)) in enumerate(said.items())
    }
    unknown = {"text": "not known", "color": GREY, "index": len(said)}
    return [
        {"type": "value", "options": options},
        {"type": "special", "options": {"match": "null+nan", "result": unknown}},
    ]


def fixed(colour: str) -> dict[str, str]:
    """Return Grafana's colour of a series or column."""
    return {"mode": "fixed", "fixedColor": colour}


LEVELS: Final = words(
    {
        "0": ("nothing known", GREY),
        "1": ("fine", BLUE),
        "2": ("look", ORANGE),
        "3": ("! stop or limit", RED),
    }
)
"""The level of a day, as `imutrack.clinic.days.rules` has it."""

CHANGES: Final = words(
    {
        "more": ("more", BLUE),
        "less": ("less", BLUE),
        "no real change": ("no real change", GREY),
        "too early": ("too early", GREY),
    }
)
"""Of any measure: blue is a real change; whether more is wanted depends on the measure."""

VERDICTS: Final = words(
    {
        "more": ("more", BLUE),
        "less": ("less", ORANGE),
        "no real change": ("no real change", GREY),
        "too early": ("too early", GREY),
        "more sway": ("more sway", ORANGE),
        "less sway": ("less sway", BLUE),
    }
)

QUALITY: Final = words(
    {"good": ("good", BLUE), "usable": ("usable, see flags", ORANGE), "withheld": ("withheld", GREY)}
)

YES_NO: Final = words({"true": ("yes", BLUE), "false": ("not yet", GREY)})
