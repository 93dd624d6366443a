"""The synthetic clinic that several tests look at, made once."""

from datetime import timedelta
from functools import cache
from zoneinfo import ZoneInfo

from imutrack.results import ExerciseSet
from imutrack.synthetic.clinic import ClinicParams, clinic

BERLIN = ZoneInfo("Europe/Berlin")
PARAMS = ClinicParams(patients=120)  # every story twice
SEED = 7


@cache
def all_patients():
    return tuple(clinic(PARAMS, SEED))


def sets_of(patient):
    return [result for session in patient.sessions for result in session.results if isinstance(result, ExerciseSet)]


def last_days(patient, days):
    """The sets of the last days of the period."""
    since = PARAMS.at(PARAMS.end - timedelta(days=days - 1), 0.0)
    return [found for found in sets_of(patient) if found.start >= since]
