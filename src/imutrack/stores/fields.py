"""What is said about each kind of result, field by field; `imutrack.stores.schema` puts them together.

Sway of the lower back is measured as acceleration, so a "path" is in m/s2; the formulas stand with
`imutrack.metrics.sway`.
"""

from dataclasses import dataclass
from typing import Final, Literal

__all__ = ["Field", "FieldType"]

FieldType = Literal["float", "int", "str", "bool"]


@dataclass(frozen=True, slots=True)
class Field:
    """One field: its name with the unit in it, its type, the unit ("" means none), and a plain description."""

    name: str
    type: FieldType
    unit: str
    text: str


WITHDRAWN: Final = Field(
    "withdrawn", "bool", "", "True of what does not count, or no longer; queries leave such points out"
)
SET_ID: Final = Field("set_id", "str", "", "Short id of the result; the same after re-analysis")
ALGORITHM: Final = Field("algorithm", "str", "", "What computed it, with its version; only equal ones are compared")
QUALITY: Final = Field("quality", "str", "", "good, usable (read the flags) or withheld (not shown)")

LOCAL_DATE: Final = Field("local_date", "str", "", "Calendar day at the clinic, YYYY-MM-DD")
THERAPIST: Final = Field("therapist", "str", "", "Therapist who is responsible")
PLAN_VERSION: Final = Field("plan_version", "int", "", "Version of the plan that was in force")

HOW_RECORDED: Final = (
    Field("duration_s", "float", "s", "Length of the stretch that was analysed"),
    Field("end_ms", "int", "", "When the stretch that was analysed ended, Unix epoch in milliseconds"),
    Field("missing_pct", "float", "%", "Share of the stretch without readings"),
    Field("placement", "str", "", "Where the sensor was worn"),
    Field("setting", "str", "", "home or clinic"),
    Field("label_source", "str", "", "Who said what this is: marks, typed, plan, corrected, synthetic or none"),
    Field("start_source", "str", "", "Where the time came from: file, typed or file_time"),
    LOCAL_DATE,
)

TRUST: Final = (
    QUALITY,
    Field("flags", "str", "", "What to know before trusting it, in words"),
    Field("withheld", "str", "", "What is not shown, in words"),
    Field("session", "str", "", "Id of the session: results of one patient with less than 60 minutes between them"),
    SET_ID,
    Field("recording", "str", "", "SHA-256 of the recorded content"),
    ALGORITHM,
    Field("corrected_by", "str", "", "Who corrected it"),
    Field("corrected", "str", "", "What was corrected and why, in words"),
    Field(
        "view_of", "str", "", "Set id by which the set counts, of a sensor that saw it too; such points are withdrawn"
    ),
    WITHDRAWN,
)

REPS: Final = (
    Field("reps", "int", "", "Repetitions, after any correction; absent when not sure"),
    Field("reps_low", "int", "", "The fewest repetitions it may have been"),
    Field("reps_high", "int", "", "The most repetitions it may have been"),
    Field("reps_counted", "int", "", "Repetitions as counted from the sensor; absent when not sure"),
    Field("reps_live", "int", "", "Repetitions counted while the set was done"),
    Field("reps_confidence", "float", "", "How surely the count is right, 0 to 1"),
    Field("reps_target", "int", "", "Repetitions the plan asks for"),
    Field("reps_in_range", "int", "", "Repetitions that reach the range the plan asks for, within measurement error"),
    Field("reps_beyond_limit", "int", "", "Repetitions beyond the approved limit of the range"),
)

ANGLES: Final = (
    Field("rom_median_deg", "float", "deg", "Range of motion, median of the repetitions"),
    Field("rom_best3_deg", "float", "deg", "Range of motion, mean of the best three repetitions"),
    Field("rom_min_deg", "float", "deg", "Range of motion of the smallest repetition"),
    Field("rom_max_deg", "float", "deg", "Range of motion of the largest repetition"),
    Field("rom_error_deg", "float", "deg", "Expected error of a range of motion"),
    Field("rom_target_deg", "float", "deg", "Range of motion the plan asks for"),
    Field("rom_limit_deg", "float", "deg", "Range of motion that a named clinician approved as the limit"),
    Field("angle_kind", "str", "", "segment (one sensor) or joint (two); only equal ones are compared"),
)

TEMPO: Final = (
    Field("outward_s", "float", "s", "Time away from the rest position"),
    Field("hold_s", "float", "s", "Time held at the far end"),
    Field("return_s", "float", "s", "Time back to the rest position"),
    Field("peak_velocity_dps", "float", "deg/s", "Fastest turning"),
    Field("smoothness", "float", "", "Smoothness of the turning (SPARC); closer to 0 is smoother"),
)

SET: Final = (
    Field("mount", "str", "", "How the sensor sat: ok, turned, moved or unclear"),
    Field("mode", "str", "", "active, assisted or passive; active where nobody said"),
    Field("purpose", "str", "", "exercise or assessment"),
    Field("load_kg", "float", "kg", "Weight that was lifted"),
    PLAN_VERSION,
    THERAPIST,
)

REP: Final = (
    Field("number", "int", "", "Number of the repetition in its set, from 1"),
    Field("rom_deg", "float", "deg", "Range of motion of the repetition"),
    Field("peak_deg", "float", "deg", "Largest angle"),
    Field("min_deg", "float", "deg", "Smallest angle"),
    Field("duration_s", "float", "s", "From start to end"),
)

CHAIR: Final = (
    Field("rises", "int", "", "Rises that were seen"),
    Field("total_s", "float", "s", "From the first movement to the last seat contact"),
    Field("total_to_stand_s", "float", "s", "From the first movement to the last stand"),
    Field("rises_in_30_s", "int", "", "Rises within 30 s"),
    Field("rise_median_s", "float", "s", "Time of a rise, median"),
    Field("rise_cv_pct", "float", "%", "Variation of the rise time"),
    Field("peak_velocity_mps", "float", "m/s", "Fastest upward movement"),
    Field("fatigue_pct_per_rise", "float", "%", "How much longer each rise takes than the one before, of the first"),
)

UP_AND_GO: Final = (
    Field("total_s", "float", "s", "From the first movement to sitting again"),
    Field("sit_to_stand_s", "float", "s", "Standing up"),
    Field("walk_out_s", "float", "s", "Walking to the turning point"),
    Field("turn1_s", "float", "s", "First turn"),
    Field("turn1_deg", "float", "deg", "First turn, left positive"),
    Field("turn1_peak_dps", "float", "deg/s", "Fastest turning of the first turn"),
    Field("walk_back_s", "float", "s", "Walking back"),
    Field("turn2_s", "float", "s", "Turn before sitting down"),
    Field("turn2_deg", "float", "deg", "Turn before sitting down, left positive"),
    Field("turn2_peak_dps", "float", "deg/s", "Fastest turning of the second turn"),
    Field("stand_to_sit_s", "float", "s", "Sitting down"),
    Field("cadence_spm", "float", "/min", "Steps per minute"),
)

TRACE: Final = (
    Field("angle_low_deg", "float", "deg", "Smallest angle since the point before"),
    Field("angle_high_deg", "float", "deg", "Largest angle since the point before"),
    Field("ap_mps2", "float", "m/s2", "Sway forward"),
    Field("ml_mps2", "float", "m/s2", "Sway to the left"),
    Field("cop_ap_m", "float", "m", "Centre of pressure forward"),
    Field("cop_ml_m", "float", "m", "Centre of pressure to the left"),
)

COP: Final = (
    Field("cop_rms_m", "float", "m", "Centre of pressure on a force plate: root mean square distance"),
    Field("cop_rms_ap_m", "float", "m", "Centre of pressure: root mean square, forward and back"),
    Field("cop_rms_ml_m", "float", "m", "Centre of pressure: root mean square, side to side"),
    Field("cop_path_m", "float", "m", "Centre of pressure: length of the path; grows with the length of the trial"),
    Field("cop_path_rate_mps", "float", "m/s", "Centre of pressure: mean velocity"),
    Field("cop_area95_m2", "float", "m2", "Centre of pressure: 95 % prediction ellipse, area"),
)

SWAY: Final = (
    Field("rms_mps2", "float", "m/s2", "Root mean square of the sway"),
    Field("dist_mps2", "float", "m/s2", "Mean distance from the centre"),
    Field("range_mps2", "float", "m/s2", "Largest distance between two points of the sway"),
    Field("path_mps2", "float", "m/s2", "Length of the sway path; grows with the length of the trial"),
    Field("path_rate_mps3", "float", "m/s3", "Length of the sway path per second"),
    Field("mfreq_hz", "float", "Hz", "Mean frequency: turns per second of a circle with this path and distance"),
    Field("sway_area_rate_m2ps5", "float", "m2/s5", "Area swept about the centre per second"),
    Field("jerk_m2ps5", "float", "m2/s5", "Jerkiness of the sway; grows with the length of the trial"),
    Field("jerk_rate_m2ps6", "float", "m2/s6", "Jerkiness of the sway per second"),
    Field("njs", "float", "", "Jerkiness relative to the size of the sway"),
    Field("mv_mps", "float", "m/s", "Mean velocity from integrated acceleration; mostly lean, not the body's velocity"),
    Field("area95_m2ps4", "float", "m2/s4", "95 % prediction ellipse, area"),
    Field("area95_chi2_m2ps4", "float", "m2/s4", "95 % ellipse as other software computes it, area"),
    Field("lean_rms_deg", "float", "deg", "Root mean square of the sway, as lean"),
    Field("lean_area95_deg2", "float", "deg2", "95 % prediction ellipse, as lean"),
    *(
        Field(f"{name}_{way}_{unit_name}".rstrip("_"), "float", unit, f"{text}, {words}")
        for name, unit_name, unit, text in (
            ("rms", "mps2", "m/s2", "Root mean square of the sway"),
            ("range", "mps2", "m/s2", "Range of the sway"),
            ("path", "mps2", "m/s2", "Length of the sway path"),
            ("jerk", "m2ps5", "m2/s5", "Jerkiness of the sway"),
            ("mv", "mps", "m/s", "Mean velocity from integrated acceleration"),
            ("power", "m2ps4", "m2/s4", "Power of the sway"),
            ("f50", "hz", "Hz", "Frequency below which half of the power lies"),
            ("f95", "hz", "Hz", "Frequency below which 95 % of the power lies"),
            ("cf", "hz", "Hz", "Centroidal frequency"),
            ("fd", "", "", "Frequency dispersion, 0 (one frequency) to 1"),
            ("sampen", "", "", "Sample entropy: the lower, the more regular"),
            ("tilt", "deg", "deg", "Mean lean of the sensor"),
        )
        for way, words in (("ap", "forward and back"), ("ml", "side to side"))
    ),
)
