"""The verdict: the last occasions against the first, measured by the patient's own spread.

The first occasions are the baseline. The spread of single occasions (SEM) is the patient's own, from successive
differences, drawn towards the published one while there are few, and never below what the device alone would give. A
difference of the two levels is real where it is larger than Student's t times its standard error, two-sided 95 %, with
neighbouring occasions taken to be alike to a degree. "No real change" is said only where a difference as large as the
MDC would have been seen; before, it is too early. `ChangeParams` and `measures` give reasons and sources.

What it does not do: look for the day of a change, or allow for being asked every day (`docs/validation.md` says how
often a patient in whom nothing changes gets a verdict on some day).
"""

import math
from collections.abc import Iterable
from datetime import date
from typing import Final

from imutrack.clinic.change.measures import MDC_SEMS, Measure, Scale
from imutrack.clinic.change.params import ChangeParams
from imutrack.clinic.change.plan import enough_for_none, plan
from imutrack.clinic.change.robust import RunningSpread, level
from imutrack.clinic.change.values import Change, Occasion, Verdict
from imutrack.errors import SettingsError

__all__ = ["changes", "latest"]

_DEFAULT: Final = ChangeParams()


def changes(occasions: Iterable[Occasion], measure: Measure, params: ChangeParams = _DEFAULT) -> tuple[Change, ...]:
    """Return what would have been said on each occasion, from it and those before it.

    Args:
        occasions: in order of time, all measured in the same way. One with fewer trials than the measure needs gets a
            verdict like the others, but from those before it.
        measure: one of `MEASURES`.
        params: how they are compared.

    Raises:
        SettingsError: out of order, or a value that cannot be one of this measure.
    """
    course = _Course(measure, params)
    return tuple([course.add(occasion).verdict() for occasion in occasions])


def latest(occasions: Iterable[Occasion], measure: Measure, params: ChangeParams = _DEFAULT) -> Change | None:
    """Return the last of `changes`, without making the others; None where there is no occasion."""
    course = _Course(measure, params)
    for occasion in occasions:
        course.add(occasion)
    return course.verdict() if course.day > date.min else None


class _Course:
    """The occasions so far."""

    def __init__(self, measure: Measure, params: ChangeParams) -> None:
        self.day = date.min  # of the last occasion
        self._measure = measure
        self._params = params
        self._log = measure.scale is Scale.LOG
        self._values: list[float] = []  # on the measure's scale
        self._spread = RunningSpread(params.step_limit)
        self._device = 0.0  # sum of squares of the device's standard error
        self._enough = enough_for_none(params)

    def add(self, occasion: Occasion) -> "_Course":
        """Take one more occasion."""
        if occasion.day < self.day:
            raise SettingsError(f"occasions must be in order of time: {occasion.day} follows {self.day}")
        self.day = occasion.day
        value = occasion.value
        if not math.isfinite(value) or (self._log and value <= 0.0):
            raise SettingsError(f"{value} on {occasion.day} is no value of {self._measure.id}: leave it out")
        if occasion.error is not None and not (math.isfinite(occasion.error) and occasion.error >= 0.0):
            raise SettingsError(f"{occasion.error} on {occasion.day} is no error of {self._measure.id}: leave it out")
        if occasion.count < self._measure.min_count:
            return self
        value_on_scale = math.log(value) if self._log else value
        self._values.append(value_on_scale)
        self._spread.add(value_on_scale)
        if occasion.error is not None:
            error = occasion.error / value if self._log else occasion.error
            self._device += (error / 1.96) ** 2
        return self

    def verdict(self) -> Change:
        """Say what can be said now."""
        count = len(self._values)
        how = plan(self._params, count)
        wait = max(0, self._enough - count)
        if not how.block:
            return Change(day=self.day, verdict=Verdict.TOO_EARLY, wait=wait)
        sem = self._sem(count)
        baseline = level(self._values[: how.block], sem, self._params.day_limit)
        now = level(self._values[-how.block :], sem, self._params.day_limit)
        difference, needed, band = now - baseline, how.needed_sems * sem, how.band_sems * sem
        if abs(difference) > needed:
            verdict = Verdict.MORE if difference > 0.0 else Verdict.LESS
        else:
            verdict = Verdict.TOO_EARLY if wait else Verdict.NO_REAL_CHANGE
        mdc = MDC_SEMS * sem
        low, high = baseline - band, baseline + band
        if self._log:
            needed = 100.0 * abs(math.expm1(math.copysign(needed, difference)))
            difference, mdc = 100.0 * math.expm1(difference), 100.0 * math.expm1(mdc)
            baseline, low, high, now = math.exp(baseline), math.exp(low), math.exp(high), math.exp(now)
        return Change(
            day=self.day,
            verdict=verdict,
            baseline=baseline,
            baseline_low=low,
            baseline_high=high,
            now=now,
            difference=difference,
            mdc=mdc,
            needed=needed,
            n_baseline=how.block,
            n_now=how.block,
            wait=wait,
        )

    def _sem(self, count: int) -> float:
        """Spread of single occasions on the measure's scale: own and published together, at least the device's."""
        how, measure, prior_df = plan(self._params, count), self._measure, self._params.prior_df
        own = how.own_factor * self._spread.variance()
        variance = (prior_df * measure.prior_sem**2 + how.own_df * own) / (prior_df + how.own_df)
        return math.sqrt(max(variance, measure.floor_sem**2, self._device / count))
