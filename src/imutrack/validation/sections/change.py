"""Real-change verdicts on synthetic courses with known truth.

Other random numbers than those on which the settings were chosen. Nothing is asked of real patients here: no data with
a known true change were to be had.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path
from typing import Final

import numpy as np

from imutrack.clinic.change import MEASURES, Change, MilestoneKind, Occasion, Verdict, changes, latest, milestones_among
from imutrack.synthetic.courses import KINDS, Course, CourseParams, Shape, course, draw_params
from imutrack.validation.sections import Headline, Section, percent, table

__all__ = ["section"]

_SEED: Final = 88_210_407  # no seed of the search for settings
_PATIENTS: Final = 2000  # per measure, and again where nothing changed
_LONG: Final = 400  # per measure, followed day by day
_DAY: Final = date(2026, 1, 5)
_SIGNS: Final = {Verdict.MORE: 1, Verdict.LESS: -1}
_BANDS: Final = ((1.0, 1.25), (1.25, 1.5), (1.5, 2.0), (2.0, 3.0))
_NAMES: Final = {
    "rom": "range of motion",
    "sway": "sway, days of 3 trials",
    "five_rises": "five rises, time",
    "rises_30s": "rises in 30 s",
    "up_and_go": "timed up-and-go",
}
_HEAD: Final = (
    "**Synthetic only.** A course is a true level that stays, steps, ramps, ramps and stops, or levels off, with the "
    "patient's own spread from day to day (range of motion 1.5 to 6 deg and a device error of 1 to 4 deg, sway 8 to "
    "35 %, times and rises 4 to 15 %), over 8 to 60 occasions; by chance, half of the courses each have normal or "
    "heavy-tailed noise (t, 3 degrees of freedom), noise of its own each day or correlated by 0.3 with the day before, "
    "and no bad days or 5 % of days 3 to 6 SEM off; first tries of tests are 0.7 and 0.35 SEM worse. The *true change* "
    "is the mean true level of the last four occasions less that of the first four. The *MDC* is 1.96 x sqrt(2) x SEM "
    "of the patient's true spread of single occasions. *Right*: more or less is said on the last day, in the right "
    'direction, where the true change is 1 to 3 MDC, evenly spread; "too early" and "no real change" are misses. '
    "*False*: more or less is said where the true level stays the same.\n"
)


@dataclass(frozen=True, slots=True)
class _Said:
    """A course and what was said of it on its last day: 1 more, -1 less, 0 neither."""

    course: Course
    sign: int

    @property
    def params(self) -> CourseParams:
        return self.course.params

    @property
    def right(self) -> bool:
        return self.sign * self.params.change_mdcs > 0.0


def section(_folder: Path, _jobs: int) -> Section:
    """Return the section; it needs no data."""
    rng = np.random.default_rng(_SEED)
    still = {kind: [_said(kind, rng, (0.0, 0.0)) for _ in range(_PATIENTS)] for kind in KINDS}
    moved = {kind: [_said(kind, rng, (1.0, 3.0)) for _ in range(_PATIENTS)] for kind in KINDS}
    lowest = min(_share(_right(found)) for found in moved.values())
    highest = max(_share(_given(found)) for found in still.values())
    headline = Headline(
        "more or less, real change (synthetic only)",
        f"said and right in {percent(lowest)} where the true change exceeds the MDC, said in {percent(highest)} where "
        "nothing changed (the least good measure)",
        f"{2 * _PATIENTS} synthetic courses of each of {len(KINDS)} measures",
    )
    parts = (_HEAD, _by_measure(still, moved), _by_condition(still, moved), _day_by_day(rng), _delay(rng))
    return Section("\n".join(parts), (headline,))


def _occasions(made: Course) -> list[Occasion]:
    error, count = made.params.error or None, KINDS[made.params.kind].count
    return [
        Occasion(_DAY + timedelta(days=day), value, error, count)
        for day, value in zip(made.days, made.values, strict=True)
    ]


def _said(kind: str, rng: np.random.Generator, change_mdcs: tuple[float, float]) -> _Said:
    made = course(draw_params(kind, rng, change_mdcs), rng)
    change = latest(_occasions(made), MEASURES[kind])
    return _Said(made, _SIGNS.get(change.verdict, 0) if change else 0)


def _given(found: Iterable[_Said]) -> list[bool]:
    return [said.sign != 0 for said in found]


def _right(found: Iterable[_Said]) -> list[bool]:
    return [said.right for said in found]


def _share(which: Sequence[bool]) -> float:
    return sum(which) / len(which) if which else float("nan")


def _by_measure(still: dict[str, list[_Said]], moved: dict[str, list[_Said]]) -> str:
    rows = []
    for kind, found in moved.items():
        bands = [[said for said in found if low <= abs(said.params.change_mdcs) < high] for low, high in _BANDS]
        wrong = [said.sign * said.params.change_mdcs < 0.0 for said in found]
        rows.append(
            (
                _NAMES[kind],
                percent(_share(_given(still[kind]))),
                percent(_share(_right(found))),
                *(percent(_share(_right(band))) for band in bands),
                percent(_share(wrong)),
            )
        )
    headings = ("measure", "false", "right", *(f"{low:g} to {high:g} MDC" for low, high in _BANDS), "wrong direction")
    return f"{_PATIENTS} patients per measure with a true change and {_PATIENTS} without:\n\n" + table(headings, rows)


_Test = Callable[[_Said], bool]


def _third(said: _Said) -> int:
    """Whether the patient is among the steadiest (0), middling or most restless (2) that were drawn."""
    what, params = KINDS[said.params.kind], said.params
    spread = params.spread / params.start if what.relative else params.spread
    return min(2, int(3.0 * (spread - what.spread[0]) / (what.spread[1] - what.spread[0])))


_SHORT: Final = "blocks of four or fewer, and the spread is hardly known yet"
_ALIKE: Final = "neighbouring days that are alike tell less than their number; practice adds to it"
_BAD: Final = "two bad days in one block pull it, and bad days make the patient look restless"
_STEADY: Final = "the published spread is larger than theirs, and a few occasions cannot outweigh it"
_RESTLESS: Final = "the published spread is smaller than theirs, and a few occasions cannot outweigh it"

_CONDITIONS: Final[tuple[tuple[str, _Test, str], ...]] = (  # name, which courses, why it may miss
    ("all", lambda _: True, ""),
    ("8 to 12 occasions", lambda said: said.params.occasions <= 12, _SHORT),
    ("13 to 30 occasions", lambda said: 12 < said.params.occasions <= 30, ""),
    ("31 to 60 occasions", lambda said: said.params.occasions > 30, ""),
    ("normal noise", lambda said: not said.params.heavy, ""),
    ("heavy tails", lambda said: said.params.heavy, ""),
    ("independent days", lambda said: said.params.serial == 0.0, ""),
    ("correlated days", lambda said: said.params.serial > 0.0, _ALIKE),
    ("no bad days", lambda said: said.params.bad_days == 0.0, ""),
    ("5 % bad days", lambda said: said.params.bad_days > 0.0, _BAD),
    ("steadiest third", lambda said: _third(said) == 0, _STEADY),
    ("middle third", lambda said: _third(said) == 1, ""),
    ("most restless third", lambda said: _third(said) == 2, _RESTLESS),
    ("steadiest, 8 to 12", lambda said: _third(said) == 0 and said.params.occasions <= 12, _STEADY),
    ("restless, 8 to 12", lambda said: _third(said) == 2 and said.params.occasions <= 12, _RESTLESS),
    ("correlated, 31 to 60", lambda said: said.params.serial > 0.0 and said.params.occasions > 30, _ALIKE),
    ("a step", lambda said: said.params.shape is Shape.STEP, ""),
    ("a ramp", lambda said: said.params.shape is Shape.RAMP, ""),
    ("a ramp that stops", lambda said: said.params.shape is Shape.PLATEAU, ""),
    ("levelling off", lambda said: said.params.shape is Shape.LEVELLING, ""),
)


def _by_condition(still: dict[str, list[_Said]], moved: dict[str, list[_Said]]) -> str:
    rows = []
    for name, test, why in _CONDITIONS:
        false = {kind: _share(_given(filter(test, found))) for kind, found in still.items()}
        right = {kind: _share(_right(filter(test, found))) for kind, found in moved.items()}
        most, least = max(false, key=lambda kind: false[kind]), min(right, key=lambda kind: right[kind])
        all_false = _share(_given(said for found in still.values() for said in found if test(said)))
        all_right = _share(_right(said for found in moved.values() for said in found if test(said)))
        missed = all_false > 0.05 or all_right < 0.95 or false[most] > 0.05 or right[least] < 0.95
        rows.append(
            (
                name,
                sum(test(said) for found in still.values() for said in found),
                percent(all_false),
                f"{percent(false[most])} ({_NAMES[most]})",
                percent(all_right),
                f"{percent(right[least])} ({_NAMES[least]})",
                (why or "by a little, in one measure") if missed else "",
            )
        )
    return (
        "The same by condition, all measures together and the least good one; where 5 % or 95 % is missed, why. Beside "
        "the courses without a change that are counted there are about as many with one; a single measure has a fifth "
        "of them, so that its shares in the smaller groups are off by 2 % or more by chance:\n\n"
        + table(
            ("condition", "courses", "false", "most of a measure", "right", "least of a measure", "why missed"), rows
        )
    )


def _day_by_day(rng: np.random.Generator) -> str:
    """Follow courses in which nothing changes: on a given day, and on any day up to then."""
    at = (4, 8, 12, 24, 60)
    rows = []
    for kind in KINDS:
        signs, milestones = [], 0
        for _ in range(_LONG):
            found = _followed(course(draw_params(kind, rng, (0.0, 0.0), (60, 60)), rng))
            signs.append([_SIGNS.get(change.verdict, 0) for change in found])
            reached = milestones_among(found, MEASURES[kind], toward=int(rng.choice((-1, 1))))
            milestones += any(item.kind is MilestoneKind.LEVEL for item in reached)
        sign = np.array(signs)
        said = sign != 0
        twice = said[:, 1:] & (sign[:, 1:] == sign[:, :-1])
        rows.append(
            (
                _NAMES[kind],
                *(percent(float(said[:, day - 1].mean())) for day in at),
                *(percent(float(said[:, :day].any(axis=1).mean())) for day in (8, 24, 60)),
                percent(float(twice.any(axis=1).mean())),
                percent(milestones / _LONG),
            )
        )
    return (
        f"False verdicts while {_LONG} courses of 60 occasions per measure are followed, with nothing changing: on the "
        "day of an occasion, and on any day up to it. Whoever asks every day gets more false answers than on one day; "
        "they go away again, and fewer come on two occasions running. A milestone needs more and stays:\n\n"
        + table(
            (
                "measure",
                *(f"on the {day}th" for day in at),
                *(f"ever up to the {day}th" for day in (8, 24, 60)),
                "ever twice running",
                "any milestone",
            ),
            rows,
        )
    )


def _followed(made: Course) -> tuple[Change, ...]:
    return changes(_occasions(made), MEASURES[made.params.kind])


def _delay(rng: np.random.Generator) -> str:
    """Count the occasions from a sudden change to the first right verdict."""
    rows = []
    for size in (1.25, 1.75, 2.5):
        for name, turn, count in (("after 6", 0.25, 20), ("after 30", 0.6, 50)):
            waits = [_wait(kind, rng, size, turn, count) for kind in KINDS for _ in range(100)]
            rows.append((f"{size:g} MDC, {name}", *(f"{np.percentile(waits, share):.0f}" for share in (50, 80, 95))))
    return (
        "Occasions from a sudden true change (the first one at the new level is 1) until it is said, all measures:\n\n"
        + table(("true change, after how many occasions", "median", "80 % within", "95 % within"), rows)
    )


def _wait(kind: str, rng: np.random.Generator, size: float, turn: float, count: int) -> int:
    params = replace(draw_params(kind, rng, (size, size), (count, count)), shape=Shape.STEP, turn=turn)
    made = course(params, rng)
    step = next(index for index in range(1, count) if made.levels[index] != made.levels[index - 1])
    right = Verdict.MORE if params.change_mdcs > 0.0 else Verdict.LESS
    said = (index - step + 1 for index, change in enumerate(_followed(made)) if change.verdict is right)
    return next((wait for wait in said if wait > 0), count)
