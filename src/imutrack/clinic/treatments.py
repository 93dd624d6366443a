"""What was done with a patient, by hand or in talk: entries, checked when they are typed.

A treatment needs no exercise plan. What was measured around it is compared in `treatment_effects`.
"""

from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches
from typing import Final

from imutrack.clinic.self_reports import TEXT_MOST, one_line, whole_number
from imutrack.errors import SettingsError

__all__ = ["HANDS_ON", "KINDS", "Treatment", "checked_treatment"]

KINDS: Final[dict[str, str]] = {
    "massage": "massage",
    "manual": "manual therapy",
    "mobilisation": "joint mobilisation",
    "modality": "heat, cold, current or ultrasound",
    "taping": "taping",
    "supervised": "exercise under supervision",
    "education": "advice and education",
    "review": "time spent on reading the data",
    "call": "live talk by phone or video",
    "other": "other",
}
"""What can be entered: id -> words."""

HANDS_ON: Final = frozenset({"massage", "manual", "mobilisation", "modality", "taping"})
"""The kinds done to the body, around which range and pain are compared."""

_SHORT: Final = 60  # characters of a site, of initials or a licence number


@dataclass(frozen=True, slots=True, kw_only=True)
class Treatment:
    """One entry.

    Attributes:
        at: when it began, Unix epoch s.
        day: local date.
        kind: a key of `KINDS`.
        minutes: how long it took, 1 to 480.
        site: where on the body, free and short; empty where nothing was said.
        by: initials of whoever did it.
        licence: their licence; empty where nothing was said.
        text: one line; empty where nothing was said.
    """

    at: float
    day: date
    kind: str
    minutes: int
    site: str
    by: str
    licence: str
    text: str


def checked_treatment(
    *,
    at: float,
    day: date,
    kind: str,
    minutes: int | str,
    by: str,
    site: str | None = None,
    licence: str | None = None,
    text: str | None = None,
) -> Treatment:
    """Check what was typed and return the treatment.

    Args:
        at: when it began, Unix epoch s.
        day: local date of ``at``.
        kind: a key of `KINDS`.
        minutes: 1 to 480.
        by: initials of whoever did it.
        site, licence, text: free; one line each.

    Raises:
        SettingsError: a kind that is not known, minutes that cannot be, nobody named, or a text that is too long.
    """
    who = one_line(by, "--by", _SHORT)
    if not who:
        raise SettingsError("--by is empty: give the initials of whoever did it")
    return Treatment(
        at=at,
        day=day,
        kind=_kind(kind),
        minutes=whole_number(minutes, "--minutes", 1, 480),
        site=one_line(site or "", "--site", _SHORT),
        by=who,
        licence=one_line(licence or "", "--licence", _SHORT),
        text=one_line(text or "", "--text", TEXT_MOST),
    )


def _kind(typed: str) -> str:
    wanted = typed.strip().lower()
    by_words = {words: kind for kind, words in KINDS.items()}
    if (found := by_words.get(wanted, wanted)) in KINDS:
        return found
    near = get_close_matches(wanted, KINDS, n=2, cutoff=0.5)
    advice = f"did you mean {' or '.join(near)}?" if near else f"use one of {', '.join(KINDS)}"
    raise SettingsError(f"no kind of treatment {typed!r}: {advice}")
