"""What the analyst's process keeps and does: the sets that are being done, decoded as far as they have come.

It is told what the capture is told, event by event and notification by notification, so that it sees the sets as
somebody who reads the capture sees them. Where it was not there from the beginning, it reads the capture. It knows no
event loop and no process: `imutrack.collector.sets.analyst` starts one for it.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from operator import itemgetter
from pathlib import Path

from imutrack.capture import (
    Arrival,
    CapturedSet,
    arrivals_of,
    assemble,
    hashes_of,
    outline_of,
    recording_of_set,
    sets_of,
)
from imutrack.capture.assembling import recording_of
from imutrack.capture.events import Connected, Event, Opened, TaskStarted, TaskStopped
from imutrack.capture.gathering import StrapReadings
from imutrack.capture.sets import Connection
from imutrack.collector.sets.looks import Look, StrapSeen, look_of
from imutrack.collector.sets.orders import (
    Answer,
    Finish,
    Forget,
    Item,
    ListSets,
    LookAt,
    Looked,
    Order,
    SetFound,
    SetResults,
)
from imutrack.errors import ImutrackError
from imutrack.exercises import spoken
from imutrack.pipeline import analyse
from imutrack.pipeline.least import is_slip
from imutrack.results import NotAnalysed, Result
from imutrack.samples import Recording
from imutrack.task import TaskKind

__all__ = ["Workbench"]

_NO_HASH = "0" * 64  # of what goes on; nobody looks at it
_LOOKED_AT = frozenset({TaskKind.EXERCISE, TaskKind.SIT_TO_STAND})  # of the others nothing is known before they end


@dataclass(slots=True)
class _Running:
    """A set that is being done: what its straps sent since it began, as it came and decoded."""

    start_ns: int
    straps: dict[str, StrapReadings]
    arrivals: dict[tuple[str, str], list[Arrival]] = field(default_factory=dict)


@dataclass(slots=True)
class _Open:
    """A capture that is being written; ``whole``: it was told everything since it was opened."""

    whole: bool
    events: list[Event] = field(default_factory=list)
    running: dict[int, _Running] = field(default_factory=dict)

    def hear(self, told: Item) -> None:
        """Take what the capture was told."""
        match told:
            case (strap, characteristic, at_ns, payload):
                self._came(strap, characteristic, at_ns, payload)
                return
            case TaskStarted():
                self.events.append(told)
                self.running[told.number] = self._begun(told)
                return
            case Connected():
                connection = Connection(told.at_ns, told.wearable, told.settings, told.facts)
                for running in self.running.values():
                    if told.strap in running.straps:
                        running.straps[told.strap].connect(connection)
        self.events.append(told)
        if isinstance(told, TaskStopped):
            self._drop_slip(told)

    def _drop_slip(self, stopped: TaskStopped) -> None:
        """Forget what came of a slip: nobody will ask for it."""
        found = self.set_of(stopped.number, stopped.at_ns)
        if found is not None and is_slip(found.task.kind, found.start_ns, found.stop_ns):
            self.running.pop(stopped.number, None)

    def set_of(self, number: int, end_ns: int) -> CapturedSet | None:
        """Return a set; one that goes on lasts until ``end_ns``."""
        return next((each for each in sets_of(self.events, end_ns) if each.number == number), None)

    def _begun(self, task: TaskStarted) -> _Running:
        found, straps = self.set_of(task.number, task.at_ns), dict[str, StrapReadings]()
        for strap in found.straps if found else ():
            straps[strap.label] = readings = StrapReadings()
            for connection in strap.connections:
                readings.connect(connection)
        return _Running(task.at_ns, straps)

    def _came(self, strap: str, characteristic: str, at_ns: int, payload: bytes) -> None:
        for running in self.running.values():
            readings = running.straps.get(strap)
            if readings is None or at_ns < running.start_ns:
                continue
            kept = running.arrivals.setdefault((strap, characteristic), [])
            if self.whole or not kept or at_ns > kept[-1][0]:  # what was read there may be told once more
                kept.append((at_ns, payload))
                readings.feed(at_ns, characteristic, payload)


class Workbench:
    """Carries out orders, one after the other."""

    def __init__(self) -> None:
        self._open: dict[Path, _Open] = {}

    def do(self, order: Order) -> Answer:
        """Carry out an order.

        Raises:
            RecordingError: the capture cannot be read.
        """
        began_s = time.process_time()
        match order.request:
            case ListSets():
                return _list_sets(order.capture)
            case Forget():
                self._open.pop(order.capture, None)
                return None
            case Finish(number):
                held = None if order.resume else self._held(order)
                return _done(order.capture, held, number)
            case LookAt() as request:
                return Looked(_look(self._held(order), request), time.process_time() - began_s)

    def _held(self, order: Order) -> _Open:
        if order.resume:
            self._open[order.capture] = _read(order.capture)
        elif order.capture not in self._open:  # one that is told from its beginning begins with that it was opened
            self._open[order.capture] = _Open(whole=isinstance(next(iter(order.told), None), Opened))
        held = self._open[order.capture]
        try:
            for told in order.told:
                held.hear(told)
        except BaseException:
            held.whole = False  # the rest was not heard
            raise
        return held


def _done(path: Path, held: _Open | None, number: int) -> SetResults:
    running = None if held is None else held.running.pop(number, None)
    try:
        if held is None or running is None or not held.whole:
            recording = _of_disk(path, number)
        else:
            recording = _of_memory(path, held, number, running)
    except ImutrackError as error:
        return SetResults(error=str(error))
    found = analyse(recording, recording.tasks)
    return SetResults(
        recording.content_hash,
        tuple(each for each in found if isinstance(each, Result)),
        tuple(each for each in found if isinstance(each, NotAnalysed)),
    )


def _look(held: _Open, request: LookAt) -> Look | None:
    running, found = held.running.get(request.number), held.set_of(request.number, request.now_ns)
    if running is None or found is None:
        return None
    seconds = (found.stop_ns - found.start_ns) / 1e9
    if found.task.kind not in _LOOKED_AT:
        seen = [StrapSeen(label=strap.label, missing_pct=None) for strap in found.straps]
        return look_of(request.number, seconds, seen, ())
    try:
        recording = recording_of(found, running.straps, _NO_HASH)
    except ImutrackError as error:
        return Look(number=request.number, seconds=seconds, why_not=str(error))
    results = analyse(recording, recording.tasks)
    return look_of(request.number, seconds, _seen(found, recording, results), results, over=request.over)


def _seen(found: CapturedSet, recording: Recording, results: Sequence[Result | NotAnalysed]) -> list[StrapSeen]:
    """Return what is missing of each strap; a strap that sent nothing lacks everything."""
    sent = {sensor.label for sensor in recording.sensors}
    missing: dict[str, float | None] = {strap.label: None if strap.label in sent else 100.0 for strap in found.straps}
    if len(results) == len(recording.sensors):
        for sensor, result in zip(recording.sensors, results, strict=True):
            if isinstance(result, Result):
                missing[sensor.label] = result.missing_pct
    return [StrapSeen(label=label, missing_pct=share) for label, share in missing.items()]


def _of_memory(path: Path, held: _Open, number: int, running: _Running) -> Recording:
    end_ns = max((came[-1][0] for came in running.arrivals.values() if came), default=0)
    found = held.set_of(number, end_ns)
    if found is None:
        return _of_disk(path, number)
    opened = next((event for event in held.events if isinstance(event, Opened)), None)
    timezone = None if opened is None else opened.timezone
    return assemble(found, running.arrivals, timezone=timezone, source=f"{path}: set {number}")


def _of_disk(path: Path, number: int) -> Recording:
    return recording_of_set(path, outline_of(path), number)


def _list_sets(path: Path) -> tuple[SetFound, ...]:
    """Return the sets of a capture but slips; one by one, since all together are more than there is memory for."""
    outline = outline_of(path)
    return tuple(
        SetFound(each.number, each.task.patient, content, spoken(each.task.name, each.task.side))
        for each, content in hashes_of(path, outline)
        if not is_slip(each.task.kind, each.start_ns, each.stop_ns)
    )


def _read(path: Path) -> _Open:
    """Return a capture as far as it was written; the sets that had ended by then are read again when asked for."""
    outline, held = outline_of(path), _Open(whole=False)
    for event in outline.events:
        held.hear(event)
    for ended in (event.number for event in outline.events if isinstance(event, TaskStopped)):
        held.running.pop(ended, None)
    if held.running:
        begin_ns = min(running.start_ns for running in held.running.values())
        arrivals = arrivals_of(path, outline, begin_ns, outline.end_ns + 1)
        came = ((at_ns, *key, payload) for key, each in arrivals.items() for at_ns, payload in each)
        for at_ns, strap, characteristic, payload in sorted(came, key=itemgetter(0, 1, 2)):
            held.hear((strap, characteristic, at_ns, payload))
    return held
