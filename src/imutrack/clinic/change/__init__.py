"""Real change: whether a patient's recent values differ from the first ones by more than spread and device explain.

A pure function of the values of one measure, in order of time; it knows no store and no clock. Values that may not be
compared (another angle kind, placement, algorithm, side, trial type) must never meet in one call: grouping them is the
caller's part.
"""

from imutrack.clinic.change.compare import changes, latest
from imutrack.clinic.change.measures import MEASURES, Measure, Scale
from imutrack.clinic.change.milestones import Milestone, MilestoneKind, milestones, milestones_among
from imutrack.clinic.change.params import ChangeParams
from imutrack.clinic.change.sentences import sentence
from imutrack.clinic.change.values import Change, Occasion, Verdict

__all__ = [
    "MEASURES",
    "Change",
    "ChangeParams",
    "Measure",
    "Milestone",
    "MilestoneKind",
    "Occasion",
    "Scale",
    "Verdict",
    "changes",
    "latest",
    "milestones",
    "milestones_among",
    "sentence",
]
