"""A sit-to-stand task -> `ChairTest`."""

from typing import Final

from imutrack.metrics.sit_to_stand import sit_to_stand
from imutrack.pipeline.stretch import Stretch
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
    seen = bool(found.rises) or bool((still(signal) & ~signal.missing).all())  # 0 only where nothing moved
    header = stretch.header(
        algorithm=ALGORITHM,
        flags=found.flags + stretch.check(signal),
        withheld=not seen,
        start_s=signal.start_s,
        duration_s=signal.duration_s,
    )
    return ChairTest(
        **header,
        rises=len(found.rises) if seen else None,
        rises_detail=found.rises,
        total_s=found.total_s,
        total_to_stand_s=found.total_to_stand_s,
        rises_in_30_s=found.rises_in_30_s,
        rise_median_s=found.rise_median_s,
        rise_cv_pct=found.rise_cv_pct,
        peak_velocity_mps=found.peak_velocity_mps,
        fatigue_pct_per_rise=found.fatigue_pct_per_rise,
    )
