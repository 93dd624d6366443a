"""Synthetic recordings with the truth beside them: for the demonstration, the tests and the bench.

Nobody moved for any of this: every recording says so in its format and its notes, and whoever shows one must say so
too. The readings follow from rigid-body models in closed form; the people in them are made up.
"""

from imutrack.synthetic.chair import ChairTestParams, ChairTruth, RiseTruth, chair_test
from imutrack.synthetic.exercise import SETS, RepTruth, SetParams, SetTruth, exercise_set
from imutrack.synthetic.files import write_csv
from imutrack.synthetic.patient import Day, patient
from imutrack.synthetic.sensor import SensorParams, Synthetic
from imutrack.synthetic.session import SessionParams, SessionTruth, session, session_csv
from imutrack.synthetic.stance import StanceParams, StanceTruth, stance
from imutrack.synthetic.up_and_go import UpAndGoTestParams, UpAndGoTruth, up_and_go

__all__ = [
    "SETS",
    "ChairTestParams",
    "ChairTruth",
    "Day",
    "RepTruth",
    "RiseTruth",
    "SensorParams",
    "SessionParams",
    "SessionTruth",
    "SetParams",
    "SetTruth",
    "StanceParams",
    "StanceTruth",
    "Synthetic",
    "UpAndGoTestParams",
    "UpAndGoTruth",
    "chair_test",
    "exercise_set",
    "patient",
    "session",
    "session_csv",
    "stance",
    "up_and_go",
    "write_csv",
]
