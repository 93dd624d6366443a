"""What the catalogue says of an exercise. It says what is measured, never how many repetitions to expect."""

from enum import StrEnum
from typing import Annotated, Literal

from msgspec import Meta, Struct

from imutrack.task import TaskKind

__all__ = ["Exercise", "Observability", "Phase", "Phases", "ReferenceRange", "Tempo", "Trial", "Worn"]

Text = Annotated[str, Meta(min_length=1)]
Identifier = Annotated[str, Meta(pattern="^[a-z][a-z0-9_]*$")]
Seconds = Annotated[float, Meta(ge=0.0, le=60.0)]
Degrees = Annotated[float, Meta(ge=0.0, le=180.0)]

Joint = Literal["shoulder", "elbow", "forearm", "wrist", "hip", "knee", "ankle", "trunk", "whole_body"]
Plane = Literal["sagittal", "frontal", "transverse", "several"]
Sides = Literal["one_by_one", "together"]


class Phase(StrEnum):
    """Phases of a repetition."""

    OUTWARD = "outward"
    HOLD = "hold"
    RETURN = "return"


class Observability(StrEnum):
    """What makes the movement visible to the sensors."""

    GRAVITY = "gravity"  # one sensor: the segment tilts against gravity
    TWO_SENSORS = "two_sensors"  # the angle between two segments
    VERTICAL_AXIS = "vertical_axis"  # turning about the vertical: the angle drifts and is withheld
    HOLD = "hold"  # how long and how steadily a position is held
    SWAY = "sway"
    CADENCE = "cadence"  # rhythm only


class _Entry(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What every table of a catalogue file shares: immutable, and an unknown key is an error."""


class Worn(_Entry, frozen=True, kw_only=True):
    """One way of wearing the sensors, and what it lets us see.

    Attributes:
        placements: ids of `imutrack.placements.PLACEMENTS`: one, or two where two sensors are needed.
        label: what is shown beside the number, such as ``arm elevation (one sensor)``.
        observability: what makes it visible.
        posture: the posture this holds in, where it differs between postures.
    """

    placements: Annotated[tuple[Text, ...], Meta(min_length=1, max_length=2)]
    label: Text
    observability: Observability
    posture: Text | None = None


class Phases(_Entry, frozen=True, kw_only=True):
    """Order of the phases, and the one that lowers the load (None: neither does)."""

    order: Annotated[tuple[Phase, ...], Meta(min_length=2, max_length=3)]
    lowers: Literal["outward", "return"] | None = None


class Tempo(_Entry, frozen=True, kw_only=True):
    """Default tempo in seconds; None where the exercise leaves it free. A patient's plan replaces it."""

    outward_s: Seconds | None = None
    hold_s: Seconds | None = None
    return_s: Seconds | None = None
    rest_s: Seconds | None = None
    source: Text


class ReferenceRange(_Entry, frozen=True, kw_only=True):
    """A published range for the movement of the joint: a reference, not a target.

    An unverified one is kept for the person who will check it and is never shown.
    """

    movement: Text
    low_deg: Degrees
    high_deg: Degrees
    source: Text
    verified: bool


class Trial(_Entry, frozen=True, kw_only=True):
    """One form of a balance trial or test; its id is unique over the whole catalogue."""

    id: Identifier
    name: Text
    aliases: tuple[Text, ...] = ()
    rises: Annotated[int, Meta(ge=1)] | None = None  # how many a timed chair test consists of


class Exercise(_Entry, frozen=True, kw_only=True):
    """One file of the catalogue.

    Attributes:
        id: name of the file.
        name: plain words for a therapist.
        patient_name, instruction: plain words for a patient.
        aliases: what else people write for it.
        kind: how a stretch of it is analysed.
        joint, plane: where and in which plane it moves.
        rest_posture: what the body does before, between and after the repetitions.
        sides: whether each limb is trained by itself, or both work in one set, together or in turn; says nothing of the
            trunk and the whole body, which have no sides.
        worn: ways of wearing the sensors, the preferred one first.
        trials: forms of a balance trial or test; empty for an exercise.
        one_legged: a stance on one leg, which the side names; left and right are trials of their own.
        phases, tempo, reference: None or empty where they do not apply.
        notes: what a therapist should know about how it is measured.
    """

    id: Identifier
    name: Text
    patient_name: Text
    instruction: Text
    aliases: tuple[Text, ...]
    kind: TaskKind
    joint: Joint
    plane: Plane
    rest_posture: Text
    worn: Annotated[tuple[Worn, ...], Meta(min_length=1)]
    sides: Sides = "one_by_one"
    trials: tuple[Trial, ...] = ()
    one_legged: bool = False
    phases: Phases | None = None
    tempo: Tempo | None = None
    reference: tuple[ReferenceRange, ...] = ()
    notes: str = ""

    @property
    def placements(self) -> tuple[str, ...]:
        """Every way of wearing the sensors, the preferred one first, as ``shank`` or ``thigh + shank``."""
        return tuple(dict.fromkeys(" + ".join(worn.placements) for worn in self.worn))

    @property
    def one_sensor(self) -> tuple[str, ...]:
        """Placements that do with one sensor, the preferred one first."""
        return tuple(dict.fromkeys(worn.placements[0] for worn in self.worn if len(worn.placements) == 1))

    @property
    def two_sensors(self) -> tuple[tuple[str, ...], ...]:
        """Pairs of placements, the preferred one first."""
        return tuple(dict.fromkeys(worn.placements for worn in self.worn if len(worn.placements) == 2))

    @property
    def has_sides(self) -> bool:
        """Whether a set of it may be of one side."""
        return self.joint not in {"trunk", "whole_body"}

    @property
    def shown_reference(self) -> tuple[ReferenceRange, ...]:
        """Reference ranges that were checked against their source."""
        return tuple(reference for reference in self.reference if reference.verified)

    @property
    def usual_range_deg(self) -> float | None:
        """Largest checked range from one end of the movement to the other; None where nothing is checked."""
        highest: dict[str, float] = {}
        for reference in self.shown_reference:
            highest[reference.movement] = max(reference.high_deg, highest.get(reference.movement, 0.0))
        return sum(highest.values()) or None

    def worn_as(self, *placements: str) -> Worn | None:
        """Return the first way of wearing that has these placements, in any order; None where there is none."""
        return next((worn for worn in self.worn if sorted(worn.placements) == sorted(placements)), None)
