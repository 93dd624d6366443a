"""Treatment plans: what a therapist asks for, typed, versioned, and off until a named clinician stands behind it."""

from imutrack.clinic.plans.book import activate, history
from imutrack.clinic.plans.checking import CheckParams, faults, remarks, require_sound
from imutrack.clinic.plans.differences import changes
from imutrack.clinic.plans.drafts import Template, all_templates, draft, template
from imutrack.clinic.plans.files import plan_path, write_draft
from imutrack.clinic.plans.model import AffectedSide, Corridor, Goal, Limit, Plan, PlanItem, Tempo, Weekday
from imutrack.clinic.plans.reading import parse, read_plan, read_text
from imutrack.clinic.plans.schedule import (
    corridors_on,
    longest_pause_days,
    operation_week,
    planned_weekdays,
    sets_due,
)
from imutrack.clinic.plans.versions import PlanVersion, flat_items, in_force, number_versions

__all__ = [
    "AffectedSide",
    "CheckParams",
    "Corridor",
    "Goal",
    "Limit",
    "Plan",
    "PlanItem",
    "PlanVersion",
    "Template",
    "Tempo",
    "Weekday",
    "activate",
    "all_templates",
    "changes",
    "corridors_on",
    "draft",
    "faults",
    "flat_items",
    "history",
    "in_force",
    "longest_pause_days",
    "number_versions",
    "operation_week",
    "parse",
    "plan_path",
    "planned_weekdays",
    "read_plan",
    "read_text",
    "remarks",
    "require_sound",
    "sets_due",
    "template",
    "write_draft",
]
