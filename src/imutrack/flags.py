"""Flags: what a therapist must know about a result before trusting it.

A flag is a code with the numbers that go into its sentence. Its wording lives in ``imutrack.words``, so that the
analysis stays free of text and every sentence can be read, tested and translated in one place.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

__all__ = ["INFORMATIONAL", "Flag", "FlagCode", "Quality", "quality_of"]


class Quality(StrEnum):
    """How far a result can be trusted."""

    GOOD = "good"
    USABLE = "usable"  # shown with its flags
    WITHHELD = "withheld"  # the value is not shown; the flags say why


class FlagCode(StrEnum):
    """Every flag there is; ``imutrack.words.FLAGS`` holds the sentence of each."""

    # the sensor
    GYRO_CLIPPED = "gyro_clipped"  # share_pct
    ACC_CLIPPED = "acc_clipped"  # share_pct
    GAPS = "gaps"  # missing_pct, longest_s
    FROZEN = "frozen"  # longest_s
    ACC_SCALE = "acc_scale"  # off_pct
    GYRO_BIAS = "gyro_bias"  # bias_dps
    NO_GYRO = "no_gyro"
    RATE_LOW = "rate_low"  # rate_hz
    RATE_UNEXPECTED = "rate_unexpected"  # rate_hz, set_hz
    CLOCK_UNSURE = "clock_unsure"
    FORCE_PLATE = "force_plate"
    # how it was worn
    NOT_WORN = "not_worn"
    MOUNT_TURNED = "mount_turned"
    MOUNT_MOVED = "mount_moved"  # moved_deg
    MOUNT_UNCLEAR = "mount_unclear"
    TILTED = "tilted"  # tilt_deg
    NO_AXES = "no_axes"
    # the movement
    OFF_AXIS = "off_axis"  # off_axis_pct
    VERTICAL_AXIS = "vertical_axis"
    BEYOND_REFERENCE = "beyond_reference"  # rom_deg, usual_deg
    REPS_UNSURE = "reps_unsure"  # low, high
    RESTS_INSIDE = "rests_inside"  # count, total_s
    CUT_AT_EDGE = "cut_at_edge"
    NO_REST_AT_START = "no_rest_at_start"
    TOO_SHORT = "too_short"  # duration_s, need_s
    NOT_STILL = "not_still"
    NOT_COMPLETE = "not_complete"
    # the recording
    ZONE_ASSUMED = "zone_assumed"
    FILE_TIME = "file_time"
    CAPTURE_DAMAGED = "capture_damaged"
    END_LOST = "end_lost"
    LINK_LOST = "link_lost"  # lost_s
    LOSS_UNKNOWN = "loss_unknown"
    SET_UP_FORCED = "set_up_forced"
    STOP_NOTED = "stop_noted"


INFORMATIONAL: Final = frozenset(
    {
        FlagCode.MOUNT_TURNED,
        FlagCode.MOUNT_UNCLEAR,
        FlagCode.NO_AXES,
        FlagCode.FORCE_PLATE,
        FlagCode.RESTS_INSIDE,
        FlagCode.NO_REST_AT_START,
        FlagCode.ZONE_ASSUMED,
        FlagCode.FILE_TIME,
        FlagCode.LOSS_UNKNOWN,
        FlagCode.STOP_NOTED,
    }
)
"""Flags that say something about a result without making it less trustworthy."""


@dataclass(frozen=True, slots=True)
class Flag:
    """One flag: its code and the numbers its sentence needs, by name."""

    code: FlagCode
    values: tuple[tuple[str, float], ...] = ()

    @classmethod
    def of(cls, code: FlagCode, **values: float) -> "Flag":
        """Make a flag from keyword numbers.

        >>> Flag.of(FlagCode.GAPS, missing_pct=2.0).values
        (('missing_pct', 2.0),)
        """
        return cls(code, tuple(sorted(values.items())))


def quality_of(flags: tuple[Flag, ...], *, withheld: bool) -> Quality:
    """Return withheld where the main value is not shown, usable where a flag asks for caution, else good."""
    if withheld:
        return Quality.WITHHELD
    return Quality.USABLE if any(flag.code not in INFORMATIONAL for flag in flags) else Quality.GOOD
