"""A timed up-and-go task -> `UpAndGo`."""

from dataclasses import fields
from typing import Any, Final

from imutrack.metrics.timed_up_and_go import timed_up_and_go
from imutrack.pipeline.stretch import Stretch, hides_a_rise
from imutrack.results import Result, UpAndGo

__all__ = ["up_and_go"]

ALGORITHM: Final = "up and go 1"
_TIMES: Final = tuple(
    field.name for field in fields(UpAndGo) if field.name not in {common.name for common in fields(Result)}
)


def up_and_go(stretch: Stretch) -> UpAndGo:
    """Time the phases of one timed up-and-go.

    Raises:
        SignalError: too short, or no readings.
    """
    signal = stretch.signal()
    found = timed_up_and_go(signal)
    hidden = hides_a_rise(signal)
    times: dict[str, Any] = {name: None if hidden else getattr(found, name) for name in _TIMES}
    header = stretch.header(
        algorithm=ALGORITHM,
        flags=found.flags + stretch.check(signal),
        withheld=times["total_s"] is None,
        start_s=signal.start_s,
        duration_s=signal.duration_s,
    )
    return UpAndGo(**header, **times)
