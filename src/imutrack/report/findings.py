"""What a report is made from: the results of one patient in one period, as plain values.

Absent is None and means "could not tell".
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from imutrack.flags import Flag, Quality
from imutrack.report.case import Case
from imutrack.results import RejectedRep, RepDetail, Trace
from imutrack.task import Mode, TaskKind

__all__ = ["Findings", "Found", "SetFound", "StanceFound", "TestFound", "Way"]

Way = tuple[str | None, str | None, str, str]
"""Angle kind, placement, algorithm and mode: only what agrees in all of them is compared."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What every result brings along.

    Attributes:
        set_id: short id that can be typed.
        start: wall-clock start, Unix epoch s.
        day: local date.
        session: id of the session it belongs to.
        duration_s: length of the analysed stretch.
        placement: where the sensor was worn; None where nobody said.
        side: as entered; of trials and tests only where they are done on one leg.
        algorithm: what computed it; unlike ones are not compared.
        quality, flags: how far to trust it, and why.
        withheld: names of what is not shown.
        synthetic: nobody moved: it was made by a program.
        corrected_by: who said something against the analysis or the label; None where nobody did.
        corrected: what, and why; empty where nobody did.
        why: the reason alone, of a count that was corrected.
    """

    set_id: str
    start: float
    day: date
    session: str
    duration_s: float
    placement: str | None
    algorithm: str
    quality: Quality
    side: str | None = None
    flags: tuple[Flag, ...] = ()
    withheld: tuple[str, ...] = ()
    synthetic: bool = False
    corrected_by: str | None = None
    corrected: str = ""
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SetFound(Found):
    """One set of an exercise, with `reps` as it counts now and `reps_counted` as the analysis had it."""

    exercise: str
    reps: int | None
    reps_low: int
    reps_high: int
    reps_counted: int | None = None
    rom_median_deg: float | None = None
    rom_best3_deg: float | None = None
    rom_min_deg: float | None = None
    rom_max_deg: float | None = None
    rom_error_deg: float | None = None
    outward_s: float | None = None
    hold_s: float | None = None
    return_s: float | None = None
    angle_kind: str | None = None
    mode: str | None = None
    reps_detail: tuple[RepDetail, ...] = ()
    rejected: tuple[RejectedRep, ...] = ()
    rests: tuple[tuple[float, float], ...] = ()
    trace: Trace | None = None

    @property
    def measured_as(self) -> Way:
        """What must agree before two angles may be compared: kind, placement, algorithm, and who moves the limb."""
        return self.angle_kind, self.placement, self.algorithm, self.mode or Mode.ACTIVE.value


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class StanceFound(Found):
    """One balance trial; `sway` maps the metric names of the schema to their values, empty when withheld."""

    trial: str
    kind: TaskKind = TaskKind.STANCE
    sway: Mapping[str, float] = field(default_factory=dict)
    trace: Trace | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TestFound(Found):
    """One timed test: a chair test or an up-and-go.

    Attributes:
        kind: chair test or up-and-go.
        trial: which form of it.
        total_s: its time; None when it could not be told.
        rises: of a chair test; None for others.
        rises_in_30_s: of a chair test of 30 s; None for others.
        phases: name -> seconds, of an up-and-go.
    """

    __test__ = False  # a name pytest would otherwise collect

    kind: TaskKind
    trial: str
    total_s: float | None
    rises: int | None = None
    rises_in_30_s: int | None = None
    phases: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Findings:
    """Everything of one patient in one period, each kind in order of time.

    Attributes:
        patient: pseudonym.
        first, last: the period, both days included.
        case: what the clinic knows besides.
    """

    patient: str
    first: date
    last: date
    sets: tuple[SetFound, ...] = ()
    stances: tuple[StanceFound, ...] = ()
    tests: tuple[TestFound, ...] = ()
    case: Case = field(default_factory=Case)

    @property
    def everything(self) -> tuple[Found, ...]:
        """All results, in order of time."""
        return tuple(sorted((*self.sets, *self.stances, *self.tests), key=lambda found: found.start))

    @property
    def synthetic(self) -> bool:
        """Whether any of it was made by a program."""
        return any(found.synthetic for found in self.everything)
