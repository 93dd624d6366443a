"""What a synthetic clinic is made of, as plain values; nothing here knows of stores, plans or pseudonyms.

Days are calendar days of the clinic; times are Unix epoch s.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Literal, NamedTuple

import numpy as np
import numpy.typing as npt

from imutrack.errors import SettingsError
from imutrack.results import Result
from imutrack.task import Side

__all__ = [
    "ClinicParams",
    "Correction",
    "Floats",
    "Measure",
    "MeasureKind",
    "PainWhen",
    "PlanVersion",
    "Report",
    "Session",
    "StatusChange",
    "SyntheticPatient",
    "Treatment",
    "Truth",
]

Floats = npt.NDArray[np.float64]
MeasureKind = Literal["rom", "sway", "chair_time", "chair_rises", "up_and_go"]
PainWhen = Literal["before", "worst", "after", "next-morning"]
_SETS_PER_DAY = (0.6, 3.0)  # less than once a week, or more than three times a day, is no plan of exercises
_MAX_DAYS = 3660  # ten years: a typing slip must not run for hours


@dataclass(frozen=True, slots=True, kw_only=True)
class ClinicParams:
    """How large the clinic is and when it was.

    Attributes:
        patients: how many there are.
        days: length of the period.
        end: its last day.
        zone: in which the days are counted.
        sets_per_day: exercise sets of a patient and day, averaged over all patients and days, also those before a
            patient came and after one was discharged.
    """

    patients: int = 500  # a large outpatient clinic
    days: int = 180  # an episode of care after a joint replacement
    end: date = date(2026, 6, 26)
    zone: tzinfo = UTC
    sets_per_day: float = 1.2  # two or three exercises twice a day, half of it done: 110,000 sets in all

    def __post_init__(self) -> None:
        """Raise `SettingsError` where a clinic cannot be that large."""
        if self.patients < 1:
            raise SettingsError(f"a clinic of {self.patients} patients: ask for at least 1")
        if not 1 <= self.days <= _MAX_DAYS:
            raise SettingsError(f"a clinic over {self.days} days: ask for 1 to {_MAX_DAYS}")
        if not _SETS_PER_DAY[0] <= self.sets_per_day <= _SETS_PER_DAY[1]:
            raise SettingsError(f"{self.sets_per_day} sets per patient and day: ask for 0.6 to 3")

    @property
    def first(self) -> date:
        """The first day."""
        return self.end - timedelta(days=self.days - 1)

    @property
    def dates(self) -> tuple[date, ...]:
        """Every day of the period."""
        return tuple(self.first + timedelta(days=day) for day in range(self.days))

    def at(self, day: date, hours: float) -> float:
        """Return a time of a day, hours after its midnight on the wall clock."""
        whole = time(int(hours), int(hours % 1 * 60), int(hours * 60 % 1 * 60))
        return datetime.combine(day, whole, self.zone).timestamp()


class Measure(NamedTuple):
    """What has a true value on each day.

    Attributes:
        kind: ``rom``: the mean of a set's best three repetitions, degrees; ``sway``: rms of one trial, m/s2;
            ``chair_time`` and ``up_and_go``: s; ``chair_rises``: rises in 30 s.
        name: exercise or trial.
        side: as in the task.
        placement: where the sensor is worn.
    """

    kind: MeasureKind
    name: str
    side: Side | None
    placement: str


@dataclass(frozen=True, slots=True, eq=False)
class Truth:
    """What is true of a patient, day by day: what was measured differs by the day's noise and the device's error.

    Attributes:
        first: the day of the first value.
        level: measure -> (days,) true value of each day of the clinic's period.
        day_sd: measure -> standard deviation of one set, trial or test about the level, the device's error included;
            of sway and times as a share of the level. Bad days come on top, and rises are whole numbers.
    """

    first: date
    level: Mapping[Measure, Floats]
    day_sd: Mapping[Measure, float]

    def on(self, measure: Measure, day: date) -> float:
        """Return the true value of a day."""
        return float(self.level[measure][(day - self.first).days])


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanVersion:
    """One version of a plan: as TOML, in force from a day on, activated at a time by a therapist."""

    from_date: date
    activated: float
    by: str
    toml: str


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Session:
    """One recording: its made-up content hash, when it began, and its results, which are nobody's yet."""

    recording: str
    start: float
    results: tuple[Result, ...]

    @property
    def end(self) -> float:
        """When the last result ended."""
        return max((result.start or self.start) + result.duration_s for result in self.results)


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What the patient said."""

    at: float
    pain: int | None = None
    when: PainWhen | None = None
    exertion: int | None = None
    stop: bool = False
    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Treatment:
    """One hands-on treatment or contact."""

    at: float
    kind: str
    minutes: int
    site: str = ""
    by: str
    licence: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusChange:
    """From a day on the patient is active, paused or discharged."""

    from_date: date
    status: Literal["active", "paused", "discharged"]
    at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Correction:
    """What a therapist corrected of one result; None leaves as it is."""

    set_id: str
    at: float
    by: str
    why: str
    reps: int | None = None
    exercise: str | None = None
    side: Side | None = None
    void: bool = False


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SyntheticPatient:
    """One patient of the clinic; nobody like this exists.

    Attributes:
        number: from 0; all that there is of a name.
        condition, habit, story: what was drawn, for tests and demonstrations.
        registered: when the clinic first knew of the patient.
        plans, sessions, reports, treatments, statuses, corrections: in order of time.
        truth: see there.
    """

    number: int
    condition: str
    habit: str
    story: str
    registered: float
    plans: tuple[PlanVersion, ...]
    sessions: tuple[Session, ...]
    reports: tuple[Report, ...]
    treatments: tuple[Treatment, ...]
    statuses: tuple[StatusChange, ...]
    corrections: tuple[Correction, ...]
    truth: Truth
