"""`Stretch`: one task of one sensor, with everything its result must carry."""

import base64
import hashlib
from dataclasses import dataclass
from typing import Any, Final

from imutrack.flags import Flag, FlagCode, quality_of
from imutrack.metrics.at_rest import check_still
from imutrack.metrics.quality import check_sensor, lost_readings
from imutrack.samples import Quantity, Recording, Sensor
from imutrack.signals.resample import to_signal
from imutrack.signals.rest import mask_runs
from imutrack.signals.signal import Signal
from imutrack.task import Task

__all__ = ["Stretch", "hides_a_rise", "set_id"]

_MEASURED: Final = frozenset({Quantity.ACC, Quantity.GYR, Quantity.COP})  # what results are made of
_RISE_S: Final = 0.5  # half of the fastest rise: less leaves its velocity peak to be seen
_ID_LETTERS: Final = 8  # 40 bits: among 100,000 sets of a clinic a clash has a chance of 1 in 200


@dataclass(frozen=True, slots=True, eq=False)
class Stretch:
    """What is analysed: a task of the recording, measured with one of its sensors."""

    recording: Recording
    index: int
    task: Task

    @property
    def sensor(self) -> Sensor:
        """The sensor."""
        return self.recording.sensors[self.index]

    @property
    def placement(self) -> str | None:
        """Where the sensor was worn: what the task says, else the recording."""
        return self.task.placement or self.sensor.placement

    def signal(self) -> Signal:
        """Return the readings of the stretch on a uniform clock.

        Raises:
            SignalError: the sensor has no acceleration, or the stretch holds no readings.
        """
        return to_signal(self.sensor, self.task.start_s, self.task.stop_s)

    def check(self, signal: Signal | None = None) -> tuple[Flag, ...]:
        """Return what is said of the sensor and its raw readings, and of gravity and bias at rest in the signal."""
        found = self.sensor.flags + check_sensor(self.sensor, self.task.start_s, self.task.stop_s)
        return found if signal is None else found + check_still(signal)

    def header(
        self,
        *,
        algorithm: str,
        flags: tuple[Flag, ...],
        withheld: bool,
        start_s: float,
        duration_s: float,
    ) -> dict[str, Any]:
        """Return the fields that every `imutrack.results.Result` starts with; ``withheld``: its main value is."""
        start = self.recording.start
        flags = _once(flags + self.task.flags + self._clock_flags())
        return {
            "task": self.task,
            "set_id": set_id(self.recording, self.index, self.task),
            "recording": self.recording.content_hash,
            "start_s": start_s,
            "duration_s": duration_s,
            "start": None if start is None else start + start_s,
            "start_source": self.recording.start_source,
            "placement": self.placement,
            "missing_pct": self._missing_pct(),
            "quality": quality_of(flags, withheld=withheld),
            "flags": flags,
            "algorithm": algorithm,
        }

    def _missing_pct(self) -> float | None:
        """Share of the stretch without readings, per cent, of the quantity that lacks most; None where nobody knows."""
        if any(flag.code is FlagCode.LOSS_UNKNOWN for flag in self.sensor.flags):
            return None
        read = (samples for quantity, samples in self.sensor.samples.items() if quantity in _MEASURED)
        parts = (samples.between(self.task.start_s, self.task.stop_s) for samples in read)
        return max((lost_readings(part)[0] for part in parts if part is not None), default=None)

    def _clock_flags(self) -> tuple[Flag, ...]:
        found = []
        if self.recording.zone_assumed:
            found.append(Flag(FlagCode.ZONE_ASSUMED))
        return tuple(found)


def hides_a_rise(signal: Signal) -> bool:
    """Whether readings are missing for so long that somebody may have stood up or sat down unseen."""
    runs = mask_runs(signal.missing)
    return float((runs[:, 1] - runs[:, 0]).max(initial=0)) > _RISE_S * signal.sampling_rate_hz


def set_id(recording: Recording, index: int, task: Task) -> str:
    """Return a short id that can be typed.

    It depends on the recording's content, the sensor and the stretch only: it survives another label, side, patient,
    file name, start time or algorithm.
    """
    begin = round(1000 * (task.start_s or 0.0))
    end = round(1000 * (recording.duration_s if task.stop_s is None else task.stop_s))
    digest = hashlib.sha256(f"{recording.content_hash} {index} {begin} {end}".encode()).digest()
    letters = base64.b32encode(digest).decode().lower()[:_ID_LETTERS]
    return f"{letters[:4]}-{letters[4:]}"


def _once(flags: tuple[Flag, ...]) -> tuple[Flag, ...]:
    """Keep the first flag of each code."""
    return tuple({flag.code: flag for flag in reversed(flags)}.values())[::-1]
