"""When a repetition begins, turns and ends, and how long its outward movement, hold and return last.

The counter says that there is a repetition; the angle and its speed say when. Approach: in each counted span the angle's
peak, lower on both sides; from it down to where the angle stops going down (`metrics.extents`). Each of the two
movements is over where its speed falls below a share of its own greatest speed, beyond the angle at which it may pause
on the way. The usual share in studies of reaching is 5 %; movements are cut short by it, and what is cut off would be
added to the hold. Of a minimum-jerk movement with the speed 16 x^2 (1 - x)^2 of its peak at a share x of its time, the
share s is passed at

    x(s) = (1 - sqrt(1 - sqrt(s))) / 2:    x(5 %) = 0.059,    x(10 %) = 0.087,    x(40 %) = 0.197,

so that 5 % at both ends of both movements would add 12 % of their time to the hold. Here the end is therefore where a
minimum-jerk movement through the two points at 10 and 40 % would end, t10 + (t10 - t40) x10 / (x40 - x10): exact for
minimum jerk, and for a movement that ends abruptly, where both points fall together. 10 % keep clear of tremor and of a
held limb's drift. What lies between the two movements is the hold; without one they meet where the speed changes sign.
What it does not do: count. No repetition is added, taken away or moved past another.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from imutrack.metrics.extents import ExtentParams, whole_movements
from imutrack.metrics.segment_angle import Span
from imutrack.samples import Floats

__all__ = ["PhaseParams", "Phased", "phases"]


@dataclass(frozen=True, slots=True, kw_only=True)
class PhaseParams:
    """When a movement begins and ends: one set for every exercise, placement and device."""

    extent: ExtentParams = field(default_factory=ExtentParams)
    low_share: float = 0.1  # of the movement's greatest speed; see the head of this file
    high_share: float = 0.4  # far enough from the first for a slope, and still in the last fifth of the movement
    hold_level: float = 0.8  # of the movement's range: stopping at less is a pause on the way, not the hold
    rest_level: float = 0.2  # likewise at the other end
    smooth_share: float = 0.1  # of a movement's time: tremor of 4 Hz and more goes where the movement is slow,
    smooth_s: float = 0.25  # up to one period of it, and quick movements keep their corners
    around: float = 0.25  # of a span: the peak may lie as far outside; a span from rest to peak has it at its end
    reach: float = 1.0  # of a span: ends further outside are another movement's
    least_share: float = 0.25  # of the set's median height: a lower peak does not show the repetition


class Phased(NamedTuple):
    """A repetition with its phases, in samples: outward from start, hold from held, return from release to end."""

    start: int
    held: int
    release: int
    end: int

    @property
    def turn(self) -> int:
        """Middle of the hold."""
        return (self.held + self.release) // 2

    @property
    def span(self) -> Span:
        """(start, turn, end)."""
        return self.start, self.turn, self.end


class _Rise(NamedTuple):
    """What is known of a repetition before its phases: lowest sample on either side of the peak, and the peak."""

    before: int
    peak: int
    after: int


def phases(
    angle_deg: Floats,
    rate_dps: Floats,
    spans: Sequence[Span],
    sampling_rate_hz: float,
    params: PhaseParams = PhaseParams(),
) -> list[Phased | None]:
    """Return the phases of each repetition, in order and without overlap; None where the angle does not show it.

    Args:
        angle_deg: (n,) angle of the segment, outward positive, deg; NaN inside gaps.
        rate_dps: (n,) how fast it changes, deg/s.
        spans: (start, turn, end) of the counted repetitions, samples ``[start, end)``, in order.
        sampling_rate_hz: of both.
        params: settings.
    """
    peaks = _peaks(angle_deg, spans, params)
    rises = _rises(angle_deg, spans, peaks, sampling_rate_hz, params)
    found: list[Phased | None] = []
    for rise, (low, high) in zip(rises, _limits(angle_deg, spans, peaks, params), strict=True):
        found.append(None if rise is None else _phased(angle_deg, rate_dps, rise, low, high, params, sampling_rate_hz))
    return found
