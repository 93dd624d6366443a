"""How the report says things: names, dates, counts and angles with their error.

The same rules as `imutrack.words`: what was measured and how well, "more" or "less" only where that is known, no codes.
"""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Final

from imutrack import words
from imutrack.exercises import all_exercises, angle_label
from imutrack.task import UNSPECIFIED, TaskKind

__all__ = [
    "ABSENT",
    "BAND_KEY",
    "OTHER_WAY",
    "PLATE_RULE",
    "RANGE_RULE",
    "SIDE_RULE",
    "SWAY_RULE",
    "TEMPO_RULE",
    "TREND_KEY",
    "UNLIKE",
    "angle",
    "at_most",
    "day_long",
    "day_short",
    "days_list",
    "exercise_name",
    "first_upper",
    "movement",
    "of_side",
    "patient_name",
    "period",
    "seconds",
    "trial_name",
]

ABSENT: Final = "–"
UNLIKE: Final = "earlier angles were measured another way"

RANGE_RULE: Final = (
    "Range: mean of the three largest repetitions of a set; a session is shown by its largest set. ±: measurement "
    "error; a smaller difference cannot be told from none."
)
TEMPO_RULE: Final = "Tempo: time out, time held still before turning back, time back, of a typical repetition."
SIDE_RULE: Final = "Left and right are as entered."
SWAY_RULE: Final = (
    "Sway: acceleration at the lower back (root mean square), without the first 3 s and last 2 s; single trials differ "
    "by about a fifth, so compare several."
)
PLATE_RULE: Final = "Sway on a force plate: distance of the centre of pressure from its middle (root mean square)."
OTHER_WAY: Final = "; dotted line: from here on measured in another way"
TREND_KEY: Final = (
    "Dot: best three with measurement error. Pale bar: smallest to largest repetition. "
    "Lines join only neighbours measured in the same way."
)
BAND_KEY: Final = "Grey: no real change from the level of the first sessions."

_KINDS: Final = {
    TaskKind.EXERCISE: "Exercise",
    TaskKind.STANCE: "Balance trial",
    TaskKind.SIT_TO_STAND: "Chair test",
    TaskKind.TIMED_UP_AND_GO: "Timed Up and Go",
}


def exercise_name(exercise: str) -> str:
    """Return what a therapist calls an exercise.

    >>> exercise_name("unspecified")
    'Unnamed exercise'
    """
    known = all_exercises().get(exercise)
    return known.name if known else _spelled(exercise)


def patient_name(exercise: str) -> str:
    """Return what a patient calls an exercise."""
    known = all_exercises().get(exercise)
    return known.patient_name if known else _spelled(exercise)


def trial_name(trial: str, kind: TaskKind) -> str:
    """Return what a therapist calls a balance trial or a test.

    >>> trial_name("with_cane", TaskKind.TIMED_UP_AND_GO)
    'Timed Up and Go, with cane'
    """
    known = next((form for exercise in all_exercises().values() for form in exercise.trials if form.id == trial), None)
    if known:
        return first_upper(known.name)
    if trial in all_exercises():
        return exercise_name(trial)
    return _KINDS[kind] if trial == UNSPECIFIED else f"{_KINDS[kind]}, {trial.replace('_', ' ')}"


def movement(exercise: str, placement: str | None) -> str:
    """Return what an angle is of, with the number of sensors: only what they can see.

    Args:
        exercise: id of the catalogue or any other label.
        placement: one placement, or two joined by ``+``.
    """
    return angle_label(all_exercises().get(exercise), *(placement.split("+") if placement else ()))


def of_side(name: str, side: str | None) -> str:
    """Put the entered side behind a name.

    >>> of_side("Heel slide", "left"), of_side("Squat", "both"), of_side("Squat", None)
    ('Heel slide, left', 'Squat, both sides', 'Squat')
    """
    if side is None:
        return name
    return f"{name}, both sides" if side == "both" else f"{name}, {side}"


def angle(value_deg: float | None, error_deg: float | None = None) -> str:
    """Return whole degrees with their error, which is rounded up to at least one degree.

    >>> angle(71.2, 2.4), angle(71.2), angle(None)
    ('71° ± 3°', '71°', '–')
    """
    if value_deg is None:
        return ABSENT
    value = f"{value_deg:.0f}°"
    return value if error_deg is None else f"{value} ± {words.error_whole(error_deg)}°"


def seconds(value_s: float | None, digits: int = 1) -> str:
    """Return seconds with their unit.

    >>> seconds(12.34), seconds(-0.01), seconds(None)
    ('12.3 s', '0.0 s', '–')
    """
    return ABSENT if value_s is None else f"{value_s:z.{digits}f} s"


def day_short(day: date) -> str:
    """Return a day without its year.

    >>> day_short(date(2026, 3, 9))
    '9 Mar'
    """
    return f"{day.day} {words.MONTHS[day.month - 1][:3]}"


def day_long(day: date) -> str:
    """Return a day in full.

    >>> day_long(date(2026, 3, 9))
    '9 March 2026'
    """
    return f"{day.day} {words.MONTHS[day.month - 1]} {day.year}"


def period(first: date, last: date) -> str:
    """Return a period, both days included.

    >>> period(date(2026, 3, 1), date(2026, 3, 14)), period(date(2026, 3, 1), date(2026, 3, 1))
    ('1 March to 14 March 2026', '1 March 2026')
    """
    if first == last:
        return day_long(first)
    begin = day_long(first)
    return f"{begin.removesuffix(f' {last.year}')} to {day_long(last)}"


def days_list(days: Iterable[date], most: int = 3) -> str:
    """Return days as a list, or how often and when last where the list would be too long to read.

    >>> days_list([date(2026, 3, day) for day in (9, 2, 2)])
    '2 and 9 Mar, 3 times'
    >>> days_list([date(2026, 3, day) for day in range(1, 8)])
    '7 times, last on 7 Mar'
    """
    every = sorted(days)
    different = sorted(set(every))
    if len(different) > most:
        return f"{len(every)} times, last on {day_short(different[-1])}"
    follow = [*different[1:], None][: len(different)]
    texts = [
        str(day.day) if follows and (day.year, day.month) == (follows.year, follows.month) else day_short(day)
        for day, follows in zip(different, follow, strict=True)
    ]
    listed = " and ".join(filter(None, (", ".join(texts[:-1]), *texts[-1:])))
    return f"{listed}, {len(every)} times" if len(every) > len(different) else listed


def at_most(names: Sequence[str], most: int = 3) -> str:
    """Return names as a list, cut where it becomes too long to read.

    >>> at_most(["a", "b", "c", "d", "e"])
    'a, b, c and 2 more'
    """
    return ", ".join(names[:most]) + (f" and {len(names) - most} more" if len(names) > most else "")


def first_upper(text: str) -> str:
    """Return a text with a capital in front; the rest is left as it is."""
    return text[:1].upper() + text[1:]


def _spelled(label: str) -> str:
    return "Unnamed exercise" if label == UNSPECIFIED else first_upper(label.replace("_", " ").strip()) or ABSENT
