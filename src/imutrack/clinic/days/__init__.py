"""The daily roll-up: how each patient stands on each local day, who needs a look and why, and what the counts rest on.

Pure functions of a patient's `imutrack.clinic.history.History`; they know no store and no clock.
"""

from imutrack.clinic.days.evidence import DataDay, Evidence, evidence
from imutrack.clinic.days.params import WINDOW_DAYS, DayParams
from imutrack.clinic.days.rollup import patient_days
from imutrack.clinic.days.row import PatientDay, Verdict
from imutrack.clinic.days.triage import order

__all__ = [
    "WINDOW_DAYS",
    "DataDay",
    "DayParams",
    "Evidence",
    "PatientDay",
    "Verdict",
    "evidence",
    "order",
    "patient_days",
]
