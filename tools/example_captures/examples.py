"""What is done with each wearable in its example capture."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from imutrack.synthetic import SETS, SetParams

__all__ = ["BEGIN_NS", "EXAMPLES", "Example"]

BEGIN_NS: Final = 1_780_300_800_000_000_000  # 2026-06-01, 08:00 UTC
_SINCE_2000_S: Final = BEGIN_NS / 1e9 - 946_684_800

_SLOW: Final[Mapping[str, Any]] = {
    "reps": 5,
    "outward_s": 1.6,
    "hold_s": 0.4,
    "return_s": 1.8,
    "rest_s": 0.4,
    "lead_s": 3.0,
    "trail_s": 2.0,
    "entry_deg": 0.0,  # a set is begun when the limb is where it shall be
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """What is done with a wearable in its example.

    Attributes:
        exercise: of `imutrack.synthetic.SETS`, done slowly.
        changes: of its parameters.
        offset_s: what the wearable's clock says when it begins to send; None: soon before it wraps, or an hour after it
            was switched on.
    """

    exercise: str = "long_arc_knee_extension"
    changes: Mapping[str, Any] = field(default_factory=dict)
    offset_s: float | None = None

    @property
    def params(self) -> SetParams:
        """The set."""
        return replace(SETS[self.exercise], **_SLOW, **self.changes)


def _bend(placement: str, lever_m: tuple[float, float, float]) -> Mapping[str, Any]:
    """A forward bend from the hips, seen high on the trunk."""
    return {
        "exercise": "trunk_flexion",
        "placement": placement,
        "axis": (0.0, 1.0, 0.0),  # positive lowers what is in front
        "lever_m": lever_m,
        "rom_deg": 55.0,
    }


EXAMPLES: Final[Mapping[str, Example]] = {
    "infini-time": Example(exercise="elbow_flexion"),
    "open-earable": Example(changes=_bend("head", (0.0, 0.08, 0.7))),
    "polar-h10": Example(changes=_bend("sternum", (0.12, 0.0, 0.4)), offset_s=_SINCE_2000_S),
    "polar-verity": Example(exercise="shoulder_flexion", offset_s=_SINCE_2000_S),
    "witmotion": Example(offset_s=_SINCE_2000_S),
}
"""Wearable -> its example; all others are worn on the lower leg."""
