"""`Labels`: what the stretches of many recordings are."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from imutrack.marks import Marks
from imutrack.samples import Recording
from imutrack.task import UNSPECIFIED, LabelSource, Task

__all__ = ["Labels"]


@dataclass(frozen=True, slots=True)
class Labels:
    """What the stretches of recordings are: the rows of a marks file, and what was typed for all of them.

    Attributes:
        typed: holds for recordings that no row names; its patient, side and the like also fill what a row leaves open.
        marks: None where there is no marks file.
        tz: zone of times without one.
    """

    typed: Task
    marks: Marks | None = None
    tz: str | None = None

    @property
    def patients(self) -> set[str]:
        """Everybody who is named."""
        tasks = [self.typed, *(mark.task for mark in (self.marks.rows if self.marks else ()))]
        return {task.patient for task in tasks if task.patient is not None}

    def tasks(self, recording: Recording) -> list[Task]:
        """Return the tasks of a recording; what says that it is synthetic stays so, whoever names it.

        Raises:
            SettingsError: a row does not fit it.
        """
        marked = self.marks.tasks(recording, self.tz) if self.marks else ()
        found = [self._filled(task) for task in marked or recording.tasks] or [self.typed]
        if any(task.label_source is LabelSource.SYNTHETIC for task in recording.tasks):
            return [replace(task, label_source=LabelSource.SYNTHETIC) for task in found]
        return found

    def renamed(self, names: Mapping[str, str]) -> "Labels":
        """Return the labels with each patient under the name that ``names`` gives."""
        if self.marks is None:
            return replace(self, typed=_renamed(self.typed, names))
        rows = tuple(replace(mark, task=_renamed(mark.task, names)) for mark in self.marks.rows)
        return replace(self, typed=_renamed(self.typed, names), marks=replace(self.marks, rows=rows))

    def unused(self, sources: Iterable[str]) -> tuple[str, ...]:
        """Return the files that are marked but not among the files that were read."""
        return self.marks.unused(sources) if self.marks else ()

    def _filled(self, task: Task) -> Task:
        typed = self.typed
        return replace(
            task,
            patient=task.patient or typed.patient,
            side=task.side or typed.side,
            placement=task.placement or typed.placement,
            setting=task.setting or typed.setting,
            **self._name(task),
        )

    def _name(self, task: Task) -> dict[str, Any]:
        """What was typed names what nobody had named."""
        typed = self.typed
        if task.name != UNSPECIFIED or typed.name == UNSPECIFIED:
            return {}
        return {"kind": typed.kind, "name": typed.name, "label_source": typed.label_source}


def _renamed(task: Task, names: Mapping[str, str]) -> Task:
    return task if task.patient is None else replace(task, patient=names[task.patient])
