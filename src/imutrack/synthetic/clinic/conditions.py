"""What brings people to the clinic, what they exercise for it and where they start; all of it made up but plausible.

Ranges are tilts of the segment that one sensor sees, so they stay below those of the joint.
"""

from dataclasses import dataclass
from typing import Final

__all__ = ["CONDITIONS", "Condition", "Move"]

Band = tuple[float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """One exercise as it is prescribed.

    Attributes:
        exercise, placement: ids of the catalogue.
        start_deg: true range at the beginning, from lowest to highest patient.
        gain_deg: what is gained in the end by those who gain.
        tempo_s: outward, hold, return.
        reps: of a set.
        one_sided: done with the affected side.
        load_kg: weights from version to version of the plan; empty for none.
    """

    exercise: str
    placement: str
    start_deg: Band
    gain_deg: Band
    tempo_s: tuple[float, float, float] = (2.0, 1.0, 3.0)
    reps: int = 10
    one_sided: bool = True
    load_kg: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """One reason for coming.

    Attributes:
        label: as a therapist writes it into a plan.
        share: of all patients.
        moves: exercises, the most important first.
        site: where it is treated by hand.
        operated: share who had an operation shortly before.
        limited: an operation may call for a limit of the first exercise.
        balance: sway is tested, and practised at home.
        timed: chair test and up-and-go are done.
    """

    label: str
    share: float
    moves: tuple[Move, ...]
    site: str
    operated: float = 0.0
    limited: bool = False
    balance: bool = False
    timed: bool = True


CONDITIONS: Final[dict[str, Condition]] = {
    "knee": Condition(
        label="knee after operation",
        share=0.35,
        site="thigh",
        operated=1.0,
        limited=True,
        moves=(
            Move(
                exercise="long_arc_knee_extension",
                placement="shank",
                start_deg=(40.0, 58.0),
                gain_deg=(18.0, 28.0),
                load_kg=(0.0, 0.5, 1.0),
            ),
            Move(
                exercise="heel_slide",
                placement="thigh",
                start_deg=(24.0, 34.0),
                gain_deg=(12.0, 22.0),
                tempo_s=(3.0, 2.0, 3.0),
            ),
            Move(
                exercise="straight_leg_raise",
                placement="thigh",
                start_deg=(22.0, 32.0),
                gain_deg=(8.0, 14.0),
                tempo_s=(2.0, 2.0, 3.0),
                reps=8,
            ),
        ),
    ),
    "shoulder": Condition(
        label="stiff and painful shoulder",
        share=0.25,
        site="shoulder",
        operated=0.4,
        limited=True,
        timed=False,
        moves=(
            Move(
                exercise="shoulder_flexion",
                placement="upper_arm",
                start_deg=(70.0, 105.0),
                gain_deg=(30.0, 55.0),
            ),
            Move(
                exercise="shoulder_abduction",
                placement="upper_arm",
                start_deg=(60.0, 90.0),
                gain_deg=(30.0, 55.0),
                tempo_s=(3.0, 2.0, 3.0),
            ),
            Move(
                exercise="elbow_flexion",
                placement="wrist",
                start_deg=(105.0, 120.0),
                gain_deg=(8.0, 18.0),
                load_kg=(0.5, 1.0, 1.5),
            ),
        ),
    ),
    "balance": Condition(
        label="unsteady on the feet, aged 75 and over",
        share=0.15,
        site="lower back",
        balance=True,
        moves=(
            Move(
                exercise="hip_abduction",
                placement="thigh",
                start_deg=(18.0, 26.0),
                gain_deg=(6.0, 10.0),
                one_sided=False,
            ),
            Move(
                exercise="calf_raise",
                placement="foot",
                start_deg=(18.0, 26.0),
                gain_deg=(5.0, 9.0),
                one_sided=False,
            ),
        ),
    ),
    "hip": Condition(
        label="painful hip",
        share=0.13,
        site="hip",
        operated=0.3,
        moves=(
            Move(
                exercise="hip_abduction",
                placement="thigh",
                start_deg=(16.0, 24.0),
                gain_deg=(9.0, 14.0),
            ),
            Move(
                exercise="bridge",
                placement="pelvis",
                start_deg=(16.0, 24.0),
                gain_deg=(8.0, 14.0),
                tempo_s=(2.0, 3.0, 3.0),
                one_sided=False,
            ),
            Move(
                exercise="hip_extension",
                placement="thigh",
                start_deg=(9.0, 13.0),
                gain_deg=(5.0, 9.0),
            ),
        ),
    ),
    "back": Condition(
        label="low back pain",
        share=0.12,
        site="lower back",
        moves=(
            Move(
                exercise="trunk_flexion",
                placement="t12",
                start_deg=(42.0, 62.0),
                gain_deg=(16.0, 26.0),
                tempo_s=(3.0, 1.0, 3.0),
                reps=8,
                one_sided=False,
            ),
            Move(
                exercise="bridge",
                placement="pelvis",
                start_deg=(18.0, 26.0),
                gain_deg=(8.0, 14.0),
                tempo_s=(2.0, 3.0, 3.0),
                one_sided=False,
            ),
        ),
    ),
}
"""Condition by a short name."""
