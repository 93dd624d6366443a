"""All user-facing text of the results: flags, reasons, disclaimers.

Wording rules: "more", "less", "no real change", never "improved"; what was measured, never what it means medically;
"arm elevation (one sensor)", never a joint that was not seen; short sentences that a therapist reads once.
"""

from datetime import date
from typing import Final

from imutrack.flags import Flag, FlagCode

__all__ = [
    "DISCLAIMER",
    "FLAGS",
    "MONTHS",
    "REJECTIONS",
    "SYNTHETIC",
    "WITHHELD",
    "corrected_text",
    "count_text",
    "counted",
    "day_text",
    "error_whole",
    "flag_text",
    "flags_text",
    "reps_text",
    "withheld_text",
]

DISCLAIMER: Final = (
    "Research and education software. Not a medical device; not evaluated by any regulator. It records movement and "
    "shows it to a qualified professional, who decides. Do not use it alone to diagnose, treat, or judge safety. "
    "If something hurts or feels wrong, stop and contact your clinician."
)

SYNTHETIC: Final = "Synthetic data: made by a program to try the software. No person moved for it."

FLAGS: Final[dict[FlagCode, str]] = {
    FlagCode.GYRO_CLIPPED: "too fast for the sensor, angles are not valid",
    FlagCode.ACC_CLIPPED: "hard impacts went beyond the sensor's range",
    FlagCode.GAPS: "{missing_pct:.1f} % of the data is missing, the longest gap lasts {longest_s:.1f} s",
    FlagCode.FROZEN: "the sensor repeated one value for {longest_s:.1f} s",
    FlagCode.ACC_SCALE: "the sensor reads gravity {off_pct:.1f} % wrong at rest, have it checked",
    FlagCode.GYRO_BIAS: "the gyroscope reads {bias_dps:.1f} deg/s at rest, let it settle on the table for 5 s",
    FlagCode.NO_GYRO: "the sensor has no gyroscope: angles and turns need one",
    FlagCode.RATE_LOW: "{rate_hz:.0f} readings per second are few for this measure",
    FlagCode.RATE_UNEXPECTED: (
        "the sensor sent {rate_hz:.0f} readings per second where {set_hz:.0f} were set: measured by what came, "
        "check its set-up"
    ),
    FlagCode.CLOCK_UNSURE: "the sensor's clock and the arrival of its readings do not agree: times may be wrong",
    FlagCode.FORCE_PLATE: "measured on a force plate: not to be compared with a worn sensor",
    FlagCode.NOT_WORN: "hardly any movement: was the sensor worn?",
    FlagCode.MOUNT_TURNED: "the sensor was worn the other way round; counts and ranges are the same",
    FlagCode.MOUNT_MOVED: "the sensor moved by about {moved_deg:.0f} deg during the set",
    FlagCode.MOUNT_UNCLEAR: "how the sensor was worn could not be checked",
    FlagCode.TILTED: "the sensor sat {tilt_deg:.0f} deg off upright: forward and sideways sway are not told apart",
    FlagCode.NO_AXES: "which way the sensor faced is not known: forward and sideways sway are not told apart",
    FlagCode.OFF_AXIS: "the movement was not in one plane ({off_axis_pct:.0f} % of the turning was out of it)",
    FlagCode.VERTICAL_AXIS: "turning about the vertical: one sensor cannot measure this angle",
    FlagCode.BEYOND_REFERENCE: (
        "{rom_deg:.0f} deg is more than this movement usually reaches ({usual_deg:.0f} deg): the limb or the sensor "
        "may have turned as well"
    ),
    FlagCode.REPS_UNSURE: "repetitions not sure: {low:.0f} to {high:.0f}",
    FlagCode.RESTS_INSIDE: "rests inside the set: {count:.0f}, {total_s:.0f} s together",
    FlagCode.CUT_AT_EDGE: "the recording begins or ends in the middle of the movement",
    FlagCode.NO_REST_AT_START: "no still second at the start: ranges are given, absolute positions are not",
    FlagCode.TOO_SHORT: "lasts {duration_s:.0f} s, at least {need_s:.0f} s are needed",
    FlagCode.NOT_STILL: "the wearer did not stand still",
    FlagCode.NOT_COMPLETE: "the test is not complete in the recording",
    FlagCode.ZONE_ASSUMED: "the file states no time zone, the clinic's was used",
    FlagCode.FILE_TIME: "the file states no start, its modification time was used",
    FlagCode.CAPTURE_DAMAGED: "the capture is damaged where this set lies: readings of it may be missing",
    FlagCode.END_LOST: "when it ended is lost: taken to last until the next set of the same strap",
    FlagCode.LINK_LOST: "the link to the sensor was lost for {lost_s:.1f} s of it",
    FlagCode.LOSS_UNKNOWN: "the sensor sends no clock: whether readings were lost on the way is not known",
    FlagCode.SET_UP_FORCED: "begun without a set-up check: the sensor may have been on another limb",
    FlagCode.STOP_NOTED: "the patient stopped during it because something felt wrong",
}

REJECTIONS: Final[dict[str, str]] = {
    "shape": "moved differently from the other repetitions",
    "small": "much smaller than the other repetitions",
    "short": "much quicker than the other repetitions",
    "long": "much slower than the other repetitions",
    "edge": "getting into or out of position",
    "gap": "data missing during it",
    "cut": "cut off by the start or end of the recording",
    "alone": "nothing else like it in the recording",
}
"""Why a candidate was not counted: code -> words."""

WITHHELD: Final[dict[str, str]] = {
    "reps": "repetitions",
    "rom": "range of motion",
    "result": "the whole result",
}
"""What is not shown of a result: name -> words."""


MONTHS: Final = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)


def flag_text(flag: Flag) -> str:
    """Return the sentence of a flag.

    >>> flag_text(Flag.of(FlagCode.GAPS, missing_pct=2.04, longest_s=1.5))
    '2.0 % of the data is missing, the longest gap lasts 1.5 s'
    """
    return FLAGS[flag.code].format(**dict(flag.values))


def flags_text(flags: tuple[Flag, ...]) -> str:
    """Return the sentences of all flags, separated by semicolons; empty when there are none."""
    return "; ".join(flag_text(flag) for flag in flags)


def reps_text(reps: int | None, low: int, high: int) -> str:
    """Return a count as people read it; unsure counts say what they may have been.

    >>> reps_text(10, 10, 10), reps_text(None, 1, 3)
    ('10', '1 to 3, not sure')
    """
    return str(reps) if reps is not None else f"{low} to {high}, not sure"


def count_text(reps: int | None, low: int, high: int, counted: int | None = None, by: str | None = None) -> str:
    """Return a count as people read it, with the count it replaces where somebody corrected it.

    >>> count_text(9, 9, 9, 10, "MB"), count_text(9, 9, 9, None, "MB"), count_text(9, 9, 9, 9, "MB")
    ('9 (counted 10, corrected by MB)', '9 (corrected by MB)', '9')
    """
    text = reps_text(reps, low, high)
    if by is None or reps is None or reps == counted:
        return text
    return f"{text} (corrected by {by})" if counted is None else f"{text} (counted {counted}, corrected by {by})"


def corrected_text(what: str, now: str = "", before: str = "", reps: tuple[int | None, int, int] | None = None) -> str:
    """Return in words what was corrected.

    Args:
        what: ``reps``, ``name``, ``side``, ``patient`` or ``void``.
        now, before: what it is and what it was; empty where nobody had said.
        reps: the count as it was, with its range.

    >>> corrected_text("side", "right", "left"), corrected_text("reps", "9", reps=(None, 9, 10))
    ('side: right instead of left', 'repetitions: 9 instead of 9 to 10, not sure')
    """
    if what == "reps" and reps is not None:
        before = reps_text(*reps)
    text = {
        "reps": f"repetitions: {now}",
        "name": f"exercise: {now}",
        "side": f"side: {now}",
        "patient": "moved to this patient",
        "void": "set aside, not used",
    }[what]
    return f"{text} instead of {before}" if before and before != now else text


def withheld_text(names: tuple[str, ...]) -> str:
    """Return in words what is not shown, separated by semicolons; empty when everything is.

    >>> withheld_text(("reps", "rom"))
    'repetitions; range of motion'
    """
    return "; ".join(WITHHELD.get(name, name) for name in names)


def error_whole(error_deg: float) -> int:
    """Round an error up to whole degrees, at least one: no angle here is better than that on a person."""
    return max(1, -int(-error_deg // 1))


def counted(number: int, noun: str, nouns: str | None = None) -> str:
    """Return a number with its noun.

    >>> counted(1, "set"), counted(3, "set"), counted(2, "timed test")
    ('1 set', '3 sets', '2 timed tests')
    """
    return f"{number} {noun if number == 1 else nouns or noun + 's'}"


def day_text(day: date, today: date) -> str:
    """Return a day, with the year where it is another one than today's.

    >>> day_text(date(2025, 12, 30), date(2026, 1, 2)), day_text(date(2026, 1, 1), date(2026, 1, 2))
    ('30 December 2025', '1 January')
    """
    return f"{day.day} {MONTHS[day.month - 1]}" + ("" if day.year == today.year else f" {day.year}")
