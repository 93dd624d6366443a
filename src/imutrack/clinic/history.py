"""`History`: everything the roll-up of one patient is made from, as plain values in order of time."""

from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from imutrack.clinic.patients import Status
from imutrack.clinic.plans.versions import PlanVersion
from imutrack.clinic.self_reports import SelfReport
from imutrack.clinic.treatments import Treatment

__all__ = ["History", "SetDone", "Status", "TrialDone"]


class SetDone(NamedTuple):
    """One exercise set as it counts now, corrections applied; voided ones are not among them. Absent is None.

    Attributes:
        start: wall clock, Unix epoch s.
        day: local date.
        exercise: id of the catalogue; ``unspecified`` where nobody named it.
        side: as entered.
        way: (angle kind, placement, algorithm): only equal ones are compared.
        reps: None when not sure; ``reps_low`` then is the fewest it may have been.
        reps_in_range: repetitions that reach the planned range; None where none is planned or no angle is known.
        reps_beyond_limit: repetitions beyond the approved limit; None where none is approved or no angle is known.
        reps_ranged: repetitions whose range is known, of which the two are a part: after a gap in the data or a
            corrected count not as many as ``reps``.
        rep_s: time under tension of a typical repetition: outward, hold and return together.
        withheld: what is not shown, in words; empty when everything is.
        mode: active, assisted or passive; unlike ones are not compared.
    """

    set_id: str
    start: float
    day: date
    session: str
    exercise: str
    side: str | None
    way: tuple[str | None, str | None, str]
    duration_s: float
    reps: int | None
    reps_low: int
    reps_in_range: int | None
    reps_beyond_limit: int | None
    rom_best3_deg: float | None
    rom_error_deg: float | None
    rom_limit_deg: float | None
    rep_s: float | None
    withheld: str
    quality: str
    mode: str | None = None
    reps_ranged: int = 0


class TrialDone(NamedTuple):
    """One balance trial, chair test or timed up-and-go as it counts now.

    Attributes:
        measurement: ``stance``, ``sit_to_stand`` or ``timed_up_and_go``.
        trial: which form of it.
        way: (placement, algorithm).
        sway: root mean square of a balance trial: m/s2 of a worn sensor, m on a force plate (its `way` differs).
        total_s: of a timed test; rises: within 30 s.
        side: the leg of a stance on one leg, as entered; None of all others.
    """

    set_id: str
    start: float
    day: date
    session: str
    measurement: str
    trial: str
    way: tuple[str | None, str]
    duration_s: float
    sway: float | None
    total_s: float | None
    rises: int | None
    quality: str
    side: str | None = None


@dataclass(frozen=True, slots=True)
class History:
    """One patient.

    Attributes:
        patient: pseudonym.
        registered: local date.
        statuses: by date; before the first one the patient is active.
        plans: versions of the plan, in order of their number.
        sets, trials, reports, treatments: in order of time; those of before the period asked for are left out.
    """

    patient: str
    registered: date
    statuses: tuple[Status, ...] = ()
    plans: tuple[PlanVersion, ...] = ()
    sets: tuple[SetDone, ...] = ()
    trials: tuple[TrialDone, ...] = ()
    reports: tuple[SelfReport, ...] = ()
    treatments: tuple[Treatment, ...] = ()
