"""`Task`: what a stretch of a recording is, and who said so."""

from dataclasses import dataclass
from enum import StrEnum

from imutrack.flags import Flag

__all__ = ["UNSPECIFIED", "LabelSource", "Mode", "Purpose", "Setting", "Side", "Task", "TaskKind"]

UNSPECIFIED = "unspecified"


class TaskKind(StrEnum):
    """How a stretch is analysed."""

    EXERCISE = "exercise"
    STANCE = "stance"
    SIT_TO_STAND = "sit_to_stand"
    TIMED_UP_AND_GO = "timed_up_and_go"


class Side(StrEnum):
    """The side that was entered; one sensor cannot tell left from right."""

    LEFT = "left"
    RIGHT = "right"
    BOTH = "both"


class Setting(StrEnum):
    """Where it was done."""

    HOME = "home"
    CLINIC = "clinic"


class Mode(StrEnum):
    """Who moved the limb."""

    ACTIVE = "active"
    ASSISTED = "assisted"
    PASSIVE = "passive"


class Purpose(StrEnum):
    """What it was done for."""

    EXERCISE = "exercise"
    ASSESSMENT = "assessment"


class LabelSource(StrEnum):
    """Who said what the stretch is."""

    MARKS = "marks"
    TYPED = "typed"
    PLAN = "plan"
    CORRECTED = "corrected"
    SYNTHETIC = "synthetic"  # nobody moved: a program made it, and wherever it is shown it says so
    NONE = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """What a stretch of a recording is.

    Attributes:
        kind: how it is analysed.
        name: exercise id of the catalogue, or the trial (``eyes_open``, ...); ``unspecified`` where nobody said.
        side: as entered.
        start_s, stop_s: seconds from the recording's start; None means its beginning or end.
        placement: where the sensor was worn during this stretch; None means as the recording says.
        patient: pseudonym of whom it belongs to; None where it is nobody's yet.
        setting, mode, purpose, load_kg: as entered; None where nobody said.
        label_source: who said all this.
        reps_live: what was counted while it was done; None where nothing counted.
        flags: what whoever recorded it has to say of it.
    """

    kind: TaskKind = TaskKind.EXERCISE
    name: str = UNSPECIFIED
    side: Side | None = None
    start_s: float | None = None
    stop_s: float | None = None
    placement: str | None = None
    patient: str | None = None
    setting: Setting | None = None
    mode: Mode | None = None
    purpose: Purpose | None = None
    load_kg: float | None = None
    label_source: LabelSource = LabelSource.NONE
    reps_live: int | None = None
    flags: tuple[Flag, ...] = ()
