"""The exercise catalogue: what each exercise, balance trial and test is, where sensors are worn, what they can see."""

from imutrack.exercises.labels import TrialLabel, match, match_trial
from imutrack.exercises.legs import is_one_legged, leg_of
from imutrack.exercises.loader import all_exercises, angle_label, get, parse_exercise
from imutrack.exercises.model import Exercise, Observability, Phase, Phases, ReferenceRange, Tempo, Trial, Worn
from imutrack.exercises.reference import beyond_reference
from imutrack.exercises.spoken import spoken

__all__ = [
    "Exercise",
    "Observability",
    "Phase",
    "Phases",
    "ReferenceRange",
    "Tempo",
    "Trial",
    "TrialLabel",
    "Worn",
    "all_exercises",
    "angle_label",
    "beyond_reference",
    "get",
    "is_one_legged",
    "leg_of",
    "match",
    "match_trial",
    "parse_exercise",
    "spoken",
]
