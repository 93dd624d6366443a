"""What a result carries of its recording: made-up hashes, the id of a set, the task and its header.

Everything here is marked: `LabelSource.SYNTHETIC` stands in every task, also where nobody named the exercise.
"""

import base64
import hashlib
from dataclasses import dataclass
from typing import Any, Final

from imutrack.flags import Flag, quality_of
from imutrack.samples import StartSource
from imutrack.synthetic.clinic.model import Measure
from imutrack.task import LabelSource, Mode, Purpose, Setting, Task, TaskKind

__all__ = ["Tape", "made_up_hash"]

_ID_LETTERS: Final = 8
_KINDS: Final = {
    "rom": TaskKind.EXERCISE,
    "sway": TaskKind.STANCE,
    "chair_time": TaskKind.SIT_TO_STAND,
    "chair_rises": TaskKind.SIT_TO_STAND,
    "up_and_go": TaskKind.TIMED_UP_AND_GO,
}


def made_up_hash(seed: int, number: int, session: int) -> str:
    """Return what stands for the content hash of a recording that was never made."""
    return hashlib.sha256(f"imutrack synthetic clinic {seed} {number} {session}".encode()).hexdigest()


@dataclass(slots=True)
class Tape:
    """One recording while it is being filled: its hash, its start and how far it has come, s."""

    recording: str
    start: float
    in_clinic: bool
    at_s: float = 4.0

    def task(self, measure: Measure, duration_s: float, *, name: str, load_kg: float | None, assessment: bool) -> Task:
        """Return the task of the next stretch; ``name`` may differ from the measure's where nobody said."""
        return Task(
            kind=_KINDS[measure.kind],
            name=name,
            side=measure.side if name == measure.name else None,
            start_s=self.at_s,
            stop_s=round(self.at_s + duration_s, 2),
            placement=measure.placement,
            setting=Setting.CLINIC if self.in_clinic else Setting.HOME,
            mode=Mode.ACTIVE if measure.kind == "rom" else None,
            purpose=Purpose.ASSESSMENT if assessment else Purpose.EXERCISE,
            load_kg=load_kg or None,
            label_source=LabelSource.SYNTHETIC,
        )

    def header(
        self,
        task: Task,
        duration_s: float,
        algorithm: str,
        flags: tuple[Flag, ...] = (),
        *,
        missing_pct: float = 0.0,
        withheld: bool = False,
    ) -> dict[str, Any]:
        """Return what every result starts with, and move on by its duration."""
        at_s = self.at_s
        self.at_s = round(at_s + duration_s, 2)
        return {
            "task": task,
            "set_id": self._set_id(at_s, self.at_s),
            "recording": self.recording,
            "start_s": at_s,
            "duration_s": round(duration_s, 2),
            "start": round(self.start + at_s, 3),
            "start_source": StartSource.FILE,
            "placement": task.placement,
            "missing_pct": missing_pct,
            "quality": quality_of(flags, withheld=withheld),
            "flags": flags,
            "algorithm": algorithm,
        }

    def rest(self, rest_s: float) -> None:
        """Let time pass."""
        self.at_s = round(self.at_s + rest_s, 2)

    def _set_id(self, begin_s: float, end_s: float) -> str:
        """Return the id that `imutrack.pipeline.stretch.set_id` gives to this stretch of the first sensor."""
        text = f"{self.recording} 0 {round(1000 * begin_s)} {round(1000 * end_s)}"
        letters = base64.b32encode(hashlib.sha256(text.encode()).digest()).decode().lower()[:_ID_LETTERS]
        return f"{letters[:4]}-{letters[4:]}"
