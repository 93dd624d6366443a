"""What was measured last before and first after each hands-on treatment, laid side by side.

Says whether the two differ by more than the measurement error, and never that the treatment made the difference: the
exercises, the rest and the days between may have made it as well.
"""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from math import hypot
from typing import Final, TypeVar

from imutrack.clinic.self_reports import SelfReport, When
from imutrack.clinic.treatments import HANDS_ON, Treatment
from imutrack.exercises import spoken
from imutrack.words import counted

__all__ = ["Angle", "Effect", "EffectParams", "before_and_after"]

_HOUR_S: Final = 3600.0
_DAY_S: Final = 24 * _HOUR_S
_PAINS: Final[dict[When | None, str]] = {
    When.BEFORE: "pain before the exercises",
    When.WORST: "worst pain during the exercises",
    When.AFTER: "pain after the exercises",
    When.NEXT_MORNING: "pain the next morning",
    None: "pain, no time said",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Angle:
    """A range of motion as it was measured once.

    Attributes:
        at: Unix epoch s.
        exercise: id of the catalogue or any other label.
        side: as entered; None where nobody said.
        way: how it was measured (angle kind, placement, algorithm); only equal ways are compared.
        value_deg: the range, deg.
        error_deg: its standard error, deg; None where it is not known. The stored ``rom_error_deg`` may be given as it
            is: it is a 95 % half-width, of the device alone, so the limit gets twice as wide, which leaves room for
            what the device cannot know (skin, and the sensor strapped on anew).
    """

    at: float
    exercise: str
    side: str | None
    way: tuple[Hashable, ...]
    value_deg: float
    error_deg: float | None


_Timed = TypeVar("_Timed", Angle, SelfReport)


@dataclass(frozen=True, slots=True, kw_only=True)
class EffectParams:
    """How far around a treatment to look, and which difference counts.

    Attributes:
        range_days: a range is measured once or twice a week, and the joint is not the same much later.
        pain_hours: pain after a treatment comes and goes within two days.
        z: of a two-sided 95 % interval of a difference (minimal detectable change).
        pain_points: smallest difference that matters to patients (Farrar 2001, Pain 94:149).
    """

    range_days: float = 7.0
    pain_hours: float = 48.0
    z: float = 1.96
    pain_points: int = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """The last measurement before a treatment and the first after it, of the same thing; no claim about the cause.

    Attributes:
        treatment: between the two.
        what: the thing in words.
        unit: ``deg``, or ``of 10`` of pain.
        before, after: the values.
        before_s, after_s: how far from the treatment's begin, s.
        limit: the smallest difference that counts, in ``unit``; None where the error is not known.
    """

    treatment: Treatment
    what: str
    unit: str
    before: float
    after: float
    before_s: float
    after_s: float
    limit: float | None

    @property
    def beyond(self) -> bool | None:
        """Whether the difference counts; None where that is not known."""
        if self.limit is None:
            return None
        difference = abs(self.after - self.before)
        return difference >= self.limit if self.unit == "of 10" else difference > self.limit

    def text(self) -> str:
        """Return it as people read it."""
        return (
            f"{self.what}: {self.before:.0f} {self.unit} before ({_apart(self.before_s)}), "
            f"{self.after:.0f} {self.unit} after ({_apart(self.after_s)}): {self._verdict()}"
        )

    def _verdict(self) -> str:
        if self.limit is None:
            return "measurement error not known"
        if self.unit == "of 10":
            return (
                f"{self.limit:.0f} points or more apart" if self.beyond else f"less than {self.limit:.0f} points apart"
            )
        return "more than measurement error" if self.beyond else "no more than measurement error"


def before_and_after(
    treatments: Iterable[Treatment],
    angles: Iterable[Angle],
    pains: Iterable[SelfReport],
    params: EffectParams = EffectParams(),
) -> tuple[Effect, ...]:
    """Compare what was measured last before and first after each hands-on treatment.

    Only like is compared with like: a range with one of the same exercise, side and way, a pain with one of the same
    time (`When`). What was measured at the very moment the treatment began counts as after it. Where one of the two is
    missing there is no `Effect`.

    Returns:
        In order of the treatments, ranges first.
    """
    ranges: dict[Hashable, list[Angle]] = defaultdict(list)
    for angle in sorted(angles, key=lambda found: (found.at, found.exercise, found.side or "", found.value_deg)):
        ranges[angle.exercise, angle.side, angle.way].append(angle)
    said: dict[Hashable, list[SelfReport]] = defaultdict(list)
    for pain in sorted((found for found in pains if found.pain is not None), key=lambda said: (said.at, said.pain)):
        said[pain.when].append(pain)
    effects: list[Effect] = []
    for treatment in sorted(treatments, key=lambda found: found.at):
        if treatment.kind in HANDS_ON:
            pairs = (_around(series, treatment.at, params.range_days * _DAY_S) for series in ranges.values())
            effects += [_of_range(treatment, *pair, params) for pair in pairs if pair]
            answers = (_around(series, treatment.at, params.pain_hours * _HOUR_S) for series in said.values())
            effects += [_of_pain(treatment, *pair, params) for pair in answers if pair]
    return tuple(effects)


def _around(series: Sequence[_Timed], at: float, reach_s: float) -> tuple[_Timed, _Timed] | None:
    """Return the last before ``at`` and the first from ``at`` on, each less than or as far as the reach away."""
    middle = bisect_left(series, at, key=lambda found: found.at)
    if not 0 < middle < len(series):
        return None
    before, after = series[middle - 1], series[middle]
    return (before, after) if at - before.at <= reach_s and after.at - at <= reach_s else None


def _of_range(treatment: Treatment, before: Angle, after: Angle, params: EffectParams) -> Effect:
    known = before.error_deg is not None and after.error_deg is not None
    return Effect(
        treatment=treatment,
        what=f"range of {spoken(before.exercise, before.side)}",
        unit="deg",
        before=before.value_deg,
        after=after.value_deg,
        before_s=treatment.at - before.at,
        after_s=after.at - treatment.at,
        limit=params.z * hypot(before.error_deg or 0.0, after.error_deg or 0.0) if known else None,
    )


def _of_pain(treatment: Treatment, before: SelfReport, after: SelfReport, params: EffectParams) -> Effect:
    return Effect(
        treatment=treatment,
        what=_PAINS[before.when],
        unit="of 10",
        before=float(before.pain or 0),
        after=float(after.pain or 0),
        before_s=treatment.at - before.at,
        after_s=after.at - treatment.at,
        limit=float(params.pain_points),
    )


def _apart(apart_s: float) -> str:
    if apart_s < _HOUR_S:
        return "less than an hour"
    if apart_s < _DAY_S:
        return counted(round(apart_s / _HOUR_S), "hour")
    return counted(round(apart_s / _DAY_S), "day")
