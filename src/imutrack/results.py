"""Results: what `imutrack.pipeline.analyse` says of each task, as plain values.

Absent is None and means "could not tell"; 0 means that it was seen to be zero. A withheld value stays out of its field
and its reason is among the flags. Times are seconds from the recording's start.
"""

from dataclasses import dataclass
from enum import StrEnum

from imutrack.flags import Flag, Quality
from imutrack.samples import Floats
from imutrack.task import Task

__all__ = [
    "AngleKind",
    "ChairRise",
    "ChairTest",
    "ExerciseSet",
    "Mount",
    "NotAnalysed",
    "RejectedRep",
    "RepDetail",
    "Result",
    "StanceTrial",
    "Trace",
    "UpAndGo",
]


class AngleKind(StrEnum):
    """What an angle is of; unlike kinds are never joined in a trend."""

    SEGMENT = "segment"  # one sensor: the tilt or turn of the segment it is worn on
    JOINT = "joint"  # two sensors


class Mount(StrEnum):
    """How the sensor sat on the limb."""

    OK = "ok"
    TURNED = "turned"  # the other way round: changes no count and no range
    MOVED = "moved"  # slipped during the set
    UNCLEAR = "unclear"


@dataclass(frozen=True, slots=True, eq=False)
class Trace:
    """A thinned curve for people to look at.

    Attributes:
        t_s: (n,) seconds from the recording's start.
        values: column name -> (n,) values: ``angle_low_deg`` and ``angle_high_deg``, or ``ap_mps2`` and ``ml_mps2``.
    """

    t_s: Floats
    values: dict[str, Floats]


@dataclass(frozen=True, slots=True, kw_only=True)
class RepDetail:
    """One counted repetition. Angles and tempo are None where they were withheld."""

    number: int  # from 1
    start_s: float
    turn_s: float
    end_s: float
    rom_deg: float | None = None
    peak_deg: float | None = None
    min_deg: float | None = None
    outward_s: float | None = None
    hold_s: float | None = None
    return_s: float | None = None
    peak_velocity_dps: float | None = None
    smoothness: float | None = None  # SPARC of |angular rate|: closer to 0 is smoother
    quality: Quality = Quality.GOOD  # that of its set; withheld where it has no range

    @property
    def duration_s(self) -> float:
        """From start to end."""
        return self.end_s - self.start_s


@dataclass(frozen=True, slots=True, kw_only=True)
class RejectedRep:
    """A candidate that was not counted, and why (a code of `imutrack.words.REJECTIONS`)."""

    start_s: float
    turn_s: float
    end_s: float
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Result:
    """What every result carries.

    Attributes:
        task: what the stretch was said to be.
        set_id: short id that can be typed; depends on the recording and the stretch only, so it survives re-analysis.
        recording: content hash of the recording, hex.
        start_s, duration_s: the stretch that was analysed.
        start: wall-clock start of the stretch, Unix epoch s; None where the recording's start is unknown.
        start_source: where the wall clock came from.
        placement: where the sensor was worn; None where nobody said.
        missing_pct: share of the stretch without readings; None where it cannot be known.
        quality, flags: how far to trust it, and why.
        algorithm: name and version of what computed it; a trend connects only equal ones.
        trace: a thinned curve, where there is one.
    """

    task: Task
    set_id: str
    recording: str
    start_s: float
    duration_s: float
    start: float | None
    start_source: str
    placement: str | None
    missing_pct: float | None
    quality: Quality
    flags: tuple[Flag, ...]
    algorithm: str
    trace: Trace | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NotAnalysed:
    """A task that gave no result, and why, in one line; the other tasks of the recording stand."""

    task: Task
    set_id: str
    recording: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ExerciseSet(Result):
    """One set of an exercise.

    ``reps`` is None when unsure; then ``reps_low`` to ``reps_high`` is what it may have been, ``reps_best`` the
    likeliest single number, and ``reps_confidence`` (0 to 1) how surely that is right. ``rests`` are (start_s, end_s)
    pauses inside the set.
    """

    reps: int | None
    reps_low: int
    reps_high: int
    reps_best: int
    reps_confidence: float
    reps_detail: tuple[RepDetail, ...]
    rejected: tuple[RejectedRep, ...]
    rests: tuple[tuple[float, float], ...] = ()
    angle_kind: AngleKind | None = None
    mount: Mount = Mount.UNCLEAR
    withheld: tuple[str, ...] = ()  # names of what is not shown: "reps", "rom"
    rom_median_deg: float | None = None
    rom_best3_deg: float | None = None
    rom_min_deg: float | None = None
    rom_max_deg: float | None = None
    rom_error_deg: float | None = None
    outward_s: float | None = None
    hold_s: float | None = None
    return_s: float | None = None
    peak_velocity_dps: float | None = None
    smoothness: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class StanceTrial(Result):
    """One balance trial. ``sway`` maps the metric names of the schema to their values; empty when withheld."""

    sway: dict[str, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class ChairRise:
    """One rise and the sitting down after it, s from the recording's start. ``seat_on_s`` None: stayed standing."""

    number: int
    seat_off_s: float
    upright_s: float
    seat_on_s: float | None
    peak_velocity_mps: float


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ChairTest(Result):
    """A chair test: five rises, or as many as fit into 30 s.

    ``total_s`` runs from the first movement to the last seat contact, ``total_to_stand_s`` to the last stand. ``rises``
    is None where the wearer moved but no rise could be told, and 0 only where nothing moved.
    """

    rises: int | None
    rises_detail: tuple[ChairRise, ...]
    total_s: float | None
    total_to_stand_s: float | None
    rises_in_30_s: int | None
    rise_median_s: float | None
    rise_cv_pct: float | None
    peak_velocity_mps: float | None
    fatigue_pct_per_rise: float | None  # slope of the rise time over the rises, per cent of the first


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class UpAndGo(Result):
    """A timed up-and-go; the phases are None where they could not be told apart. Turns are signed, left positive."""

    total_s: float | None
    sit_to_stand_s: float | None
    walk_out_s: float | None
    turn1_s: float | None
    turn1_deg: float | None
    turn1_peak_dps: float | None
    walk_back_s: float | None
    turn2_s: float | None
    turn2_deg: float | None
    turn2_peak_dps: float | None
    stand_to_sit_s: float | None
    cadence_spm: float | None
