"""`Signal`: readings of one sensor at a uniform rate, the form every metric works on."""

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from imutrack.samples import Floats

__all__ = ["Bools", "Signal"]

Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Signal:
    """Uniformly sampled readings of one sensor in its own axes.

    Attributes:
        sampling_rate_hz: the uniform rate.
        start_s: time of the first sample, seconds from the recording's start.
        acc: (n, 3) specific force, m/s2. Finite everywhere.
        gyr: (n, 3) angular rate, rad/s, or None where the sensor has no gyroscope. Finite everywhere.
        missing: (n,) True inside gaps of absent or bad readings that are too long to be bridged (see
            `signals.resample.MAX_FILL_S`): the numbers there must not be trusted. Shorter gaps are not marked.
    """

    sampling_rate_hz: float
    start_s: float
    acc: Floats
    gyr: Floats | None
    missing: Bools

    def __len__(self) -> int:
        return len(self.acc)

    def __getitem__(self, window: slice) -> "Signal":
        """Return the half-open window ``[start, stop)`` in samples; views, not copies."""
        begin, stop, step = window.indices(len(self))
        if step != 1:
            raise ValueError("a signal is cut in single steps; resample to change its rate")
        return replace(
            self,
            start_s=self.start_s + begin / self.sampling_rate_hz,
            acc=self.acc[begin:stop],
            gyr=None if self.gyr is None else self.gyr[begin:stop],
            missing=self.missing[begin:stop],
        )

    @property
    def t_s(self) -> Floats:
        """(n,) times of the samples, seconds from the recording's start."""
        return self.start_s + np.arange(len(self)) / self.sampling_rate_hz

    @property
    def duration_s(self) -> float:
        """Time from the first to the last sample."""
        return max(len(self) - 1, 0) / self.sampling_rate_hz

    def at(self, t_s: float) -> int:
        """Return the index of the sample nearest to a time (seconds from the recording's start), inside the signal."""
        return int(np.clip(round((t_s - self.start_s) * self.sampling_rate_hz), 0, max(len(self) - 1, 0)))
