"""A sit-to-stand task -> `ChairTest`."""

from typing import Final

from imutrack.exercises import all_exercises
from imutrack.flags import Flag, FlagCode
from imutrack.metrics.sit_to_stand import SitToStand, sit_to_stand
from imutrack.pipeline.stretch import Stretch, hides_a_rise
from imutrack.results import ChairTest
from imutrack.signals.rest import still

__all__ = ["chair_test"]

ALGORITHM: Final = "chair rises 1"


def chair_test(stretch: Stretch) -> ChairTest:
    """Count and time the rises of one chair test.

    Raises:
        SignalError: too short, or no readings.
    """
    signal = stretch.signal()
    found = sit_to_stand(signal)
    still_throughout = bool((still(signal) & ~signal.missing).all())  # 0 only where nothing moved
    seen = not hides_a_rise(signal) and (bool(found.rises) or still_throughout)
    wanted = _rises_of(stretch.task.name)
    short = wanted is not None and len(found.rises) < wanted
    total_s, to_stand_s = _times(found, wanted) if seen else (None, None)
    header = stretch.header(
        algorithm=ALGORITHM,
        flags=found.flags + ((Flag(FlagCode.NOT_COMPLETE),) if short else ()) + stretch.check(signal),
        withheld=not seen,
        start_s=signal.start_s,
        duration_s=signal.duration_s,
    )
    return ChairTest(
        **header,
        rises=len(found.rises) if seen else None,
        rises_detail=found.rises,
        total_s=total_s,
        total_to_stand_s=to_stand_s,
        rises_in_30_s=found.rises_in_30_s if seen else None,
        rise_median_s=found.rise_median_s,
        rise_cv_pct=found.rise_cv_pct,
        peak_velocity_mps=found.peak_velocity_mps,
        fatigue_pct_per_rise=found.fatigue_pct_per_rise,
    )


def _rises_of(trial: str) -> int | None:
    """Return how many rises a trial consists of; None where it may be any number."""
    trials = (known for exercise in all_exercises().values() for known in exercise.trials)
    return next((known.rises for known in trials if known.id == trial), None)


def _times(found: SitToStand, wanted: int | None) -> tuple[float | None, float | None]:
    """Return the two total times of as many rises as the trial consists of; None where there are fewer."""
    if wanted is None or len(found.rises) == wanted:
        return found.total_s, found.total_to_stand_s
    if len(found.rises) < wanted or found.start_s is None:
        return None, None
    last = found.rises[wanted - 1]
    return None if last.seat_on_s is None else last.seat_on_s - found.start_s, last.upright_s - found.start_s
