"""What a clinic adds to the results, field by field: plans, reports, treatments, verdicts and the daily roll-up."""

from typing import Final

from imutrack.stores import fields
from imutrack.stores.fields import Field

__all__ = ["CHANGE", "DAY", "PLAN", "SELF_REPORT", "TREATMENT"]

ENTRY_ID: Final = Field("entry_id", "str", "", "Short id of the entry, by which it can be withdrawn")

SELF_REPORT: Final = (
    Field("pain", "int", "", "Pain the patient reports, 0 to 10"),
    Field("pain_when", "str", "", "before, worst (during), after or next-morning"),
    Field("exertion", "int", "", "Exertion the patient reports, 0 to 10"),
    Field("stop", "bool", "", "The patient stopped because something felt wrong"),
    Field("text", "str", "", "In the patient's words"),
    fields.LOCAL_DATE,
    ENTRY_ID,
    fields.WITHDRAWN,
)

TREATMENT: Final = (
    Field("treatment", "str", "", "Kind of treatment or contact: massage, manual, review, call and others"),
    Field("minutes", "int", "", "How long it lasted, minutes"),
    Field("site", "str", "", "Where on the body"),
    Field("provider", "str", "", "Who gave it"),
    Field("licence", "str", "", "Licence of the provider, as entered"),
    Field("text", "str", "", "Remark"),
    fields.LOCAL_DATE,
    ENTRY_ID,
    fields.WITHDRAWN,
)

PLAN: Final = (
    Field("version", "int", "", "Version of the plan, from 1, in the order of activation"),
    Field("from_date", "str", "", "First day on which the version is in force"),
    fields.THERAPIST,
    Field("goal", "str", "", "Goal of the plan, as written there"),
    Field("affected_side", "str", "", "left, right, both or none"),
    Field("operation_date", "str", "", "Day of the operation"),
    Field("review_date", "str", "", "Day by which the plan is to be looked at again"),
    Field("item", "int", "", "Place of the exercise in the plan, from 1"),
    Field("exercise", "str", "", "Exercise or trial"),
    Field("side", "str", "", "Side"),
    Field("placement", "str", "", "Where the sensor is to be worn"),
    Field("sets", "int", "", "Sets on a day of exercise, each time"),
    Field("reps", "int", "", "Repetitions of a set"),
    Field("times_a_day", "int", "", "How often on a day of exercise"),
    Field("days_a_week", "int", "", "Days of exercise in a week"),
    Field("rest_days", "str", "", "Weekdays of planned rest, such as sat sun"),
    Field("rom_target_deg", "float", "deg", "Range of motion the plan asks for"),
    Field("rom_limit_deg", "float", "deg", "Range of motion that a named clinician approved as the limit"),
    Field("limit_by", "str", "", "Who approved the limit"),
    Field("outward_s", "float", "s", "Time away from the rest position"),
    Field("hold_s", "float", "s", "Time held at the far end"),
    Field("return_s", "float", "s", "Time back to the rest position"),
    Field("load_kg", "float", "kg", "Weight that was lifted"),
    Field("setting", "str", "", "home or clinic"),
    Field("mode", "str", "", "active, assisted or passive"),
    fields.WITHDRAWN,
)

CHANGE: Final = (
    Field("measure", "str", "", "What is compared: rom, sway, five_rises, rises_30s or up_and_go"),
    Field("exercise", "str", "", "Exercise or trial"),
    Field("side", "str", "", "Side"),
    Field("mode", "str", "", "active, assisted or passive"),
    Field("angle_kind", "str", "", "segment (one sensor) or joint (two); only equal ones are compared"),
    Field("placement", "str", "", "Where the sensor was worn"),
    fields.ALGORITHM,
    Field("label", "str", "", "What is compared, in words"),
    Field("verdict", "str", "", "more, less, no real change or too early"),
    Field("confirmed", "bool", "", "The occasion before said the same"),
    Field("held", "bool", "", "No real change where the goal is to maintain"),
    Field("baseline", "float", "", "Mean of the first occasions, in the unit of the measure"),
    Field("baseline_low", "float", "", "Lower end of where the level of the baseline lies, 95 %"),
    Field("baseline_high", "float", "", "Upper end of where the level of the baseline lies, 95 %"),
    Field("latest", "float", "", "Mean of the last occasions, in the unit of the measure"),
    Field("difference", "float", "", "Latest less baseline, in the unit of the measure; per cent where it is a ratio"),
    Field("mdc", "float", "", "Smallest difference of two single occasions that is no measurement error (95 %)"),
    Field(
        "needed", "float", "", "Smallest difference of baseline and latest that can be called real, as the difference"
    ),
    Field("unit", "str", "", "Unit of the measure"),
    Field("occasions", "int", "", "Occasions so far"),
    Field("sentence", "str", "", "The verdict in words"),
    fields.THERAPIST,
    fields.LOCAL_DATE,
    fields.WITHDRAWN,
)

DAY: Final = (
    fields.LOCAL_DATE,
    Field("status", "str", "", "active, paused or discharged"),
    fields.THERAPIST,
    fields.PLAN_VERSION,
    Field("level", "int", "", "0 nothing known, 1 fine, 2 needs a look, 3 stop or approved limit"),
    Field("urgency", "int", "", "Order among equal levels: the smaller number comes first"),
    Field("why", "str", "", "Why, in words"),
    Field("sets", "int", "", "Sets and trials of the day"),
    Field("sets_due", "int", "", "Sets and trials the plan asks for on the day"),
    Field("days_since_last", "int", "", "Days since something was last done"),
    Field("streak_days", "int", "", "Days of exercise in a row, planned rest honoured"),
    Field("sessions_7d", "int", "", "Days with exercise of the plan within 7 days"),
    Field("sessions_due_7d", "int", "", "Days of exercise the plan asks for within 7 days"),
    Field("sets_7d", "int", "", "Sets of the plan that were done within 7 days"),
    Field("sets_due_7d", "int", "", "Sets the plan asks for within 7 days"),
    Field("reps_pct_7d", "float", "%", "Repetitions done of those due within 7 days, 100 at most"),
    Field("reps_over_pct_7d", "float", "%", "Repetitions beyond those due within 7 days, of those due"),
    Field("in_range_pct_7d", "float", "%", "Repetitions that reached the range asked for, within 7 days"),
    Field("tempo_pct_7d", "float", "%", "Time under tension of the repetitions done, of the time the plan gives them"),
    Field("untrusted_sets_7d", "int", "", "Sets within 7 days whose repetitions or range are withheld"),
    Field("unlabelled_sets_7d", "int", "", "Sets within 7 days that nobody named"),
    Field("worst_pain_7d", "int", "", "Worst pain reported within 7 days, 0 to 10"),
    Field("pain_colour", "str", "", "green, amber, red or unknown"),
    Field("rom_worst_verdict", "str", "", "Worst verdict on a range: less, no real change, more or too early"),
    Field(
        "sway_worst_verdict", "str", "", "Worst verdict on balance: more sway, no real change, less sway or too early"
    ),
    Field("data_days_30d", "int", "", "Days with data within 30 days"),
    Field("exercise_minutes_month", "float", "", "Minutes of recorded exercise in the calendar month so far"),
    Field("contact_minutes_month", "int", "", "Minutes of treatment and contact entered in the calendar month so far"),
    Field("days_to_review", "int", "", "Days until the plan is to be looked at again; negative when overdue"),
    fields.WITHDRAWN,
)
