"""A synthetic clinic: patients over months, as results, plans and entries, with the truth beside them.

For the demonstration, the bench and the tests of all that a clinic adds to single results. Nobody moved for it and no
signals are made: the results are written down as the analysis would have reported them, at a tenth of a millisecond
each. Every task says `LabelSource.SYNTHETIC`, every plan says so in its first line, and whoever shows it must say so
too.
"""

from collections.abc import Iterator

from imutrack.synthetic.clinic.model import (
    ClinicParams,
    Correction,
    Measure,
    PlanVersion,
    Report,
    Session,
    StatusChange,
    SyntheticPatient,
    Treatment,
    Truth,
)
from imutrack.synthetic.clinic.patient import make_patient
from imutrack.synthetic.clinic.people import Story

__all__ = [
    "ClinicParams",
    "Correction",
    "Measure",
    "PlanVersion",
    "Report",
    "Session",
    "StatusChange",
    "Story",
    "SyntheticPatient",
    "Treatment",
    "Truth",
    "clinic",
    "make_patient",
]


def clinic(params: ClinicParams, seed: int = 7) -> Iterator[SyntheticPatient]:
    """Yield the patients of a clinic, one at a time.

    Args:
        params: size and period; patient 3 of ten is patient 3 of five hundred.
        seed: another number is another clinic.
    """
    return (make_patient(number, params, seed) for number in range(params.patients))
