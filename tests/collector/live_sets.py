"""Sets for the live tests: synthetic ones through the encoder of a Movella DOT, and an analyst without a process."""

import pickle

import numpy as np

from imutrack.capture import Writer
from imutrack.capture.events import Closed, Connected, Opened, SessionStarted, TaskStarted, TaskStopped, Worn
from imutrack.collector.sets.analyst import Analyst, AnalystError
from imutrack.collector.sets.workbench import Workbench
from imutrack.errors import ImutrackError
from imutrack.samples import Quantity
from imutrack.synthetic import SetParams, exercise_set
from imutrack.task import LabelSource, Task
from imutrack.wearables import WEARABLES, Packet

OTTER = "otter-maple-47"
BEGIN_NS = 1_790_000_000_000_000_000
RATE_HZ = 60
DOT = WEARABLES["movella-dot"]
PROFILE = DOT.profile(DOT.set_up({}), {})
TASK = Task(name="long_arc_knee_extension", patient=OTTER, label_source=LabelSource.TYPED)


def notifications(recording, begin_ns=BEGIN_NS, strap="3", seed=1):
    """Entries of a strap that measured what the first sensor of a recording did, up to 25 ms late."""
    acc, gyr = (recording.sensors[0].samples[each] for each in (Quantity.ACC, Quantity.GYR))
    t_s = np.arange(int((acc.t_s[-1] - acc.t_s[0]) * RATE_HZ)) / RATE_HZ
    rows = [
        np.column_stack([np.interp(t_s, each.t_s - each.t_s[0], column) for column in each.values.T]).tolist()
        for each in (acc, gyr)
    ]
    late_ns = np.random.default_rng(seed).integers(1_000_000, 25_000_000, len(t_s))
    came_ns = np.maximum.accumulate(begin_ns + (t_s * 1e9).astype(np.int64) + late_ns)
    entries = []
    for at_s, at_ns, a, g in zip(t_s, came_ns, *rows, strict=True):
        values = {Quantity.ACC: (tuple(a),), Quantity.GYR: (tuple(g),), Quantity.MAG_AU: ((0.3, 0.1, -0.5),)}
        [(characteristic, payload)] = PROFILE.encode(Packet("imu", values, (round(at_s * 1e6),)))
        entries.append((strap, characteristic, int(at_ns), payload))
    return entries


def knee(reps=5, seed=3, begin_ns=BEGIN_NS, strap="3"):
    """Entries of a set of knee extensions."""
    return notifications(exercise_set(SetParams(reps=reps), seed=seed).recording, begin_ns, strap, seed)


def opening(patient=OTTER, straps=("3",), at_ns=BEGIN_NS - 1_000_000_000):
    """What a capture says first."""
    return [
        Opened(at_ns=at_ns, version=1, software="test", clinic="clinic", timezone="Europe/Berlin"),
        SessionStarted(at_ns=at_ns, patient=patient),
        *(Connected(at_ns=at_ns, strap=each, wearable="movella-dot", settings={}, facts={}) for each in straps),
        *(Worn(at_ns=at_ns, strap=each, placement="shank") for each in straps),
    ]


def started(number=1, task=TASK, straps=("3",), at_ns=BEGIN_NS):
    return TaskStarted(at_ns=at_ns, number=number, task=task, straps=straps)


def stopped(entries, number=1, reps_live=5):
    return TaskStopped(at_ns=entries[-1][2] + 1, number=number, why="typed", reps_live=reps_live)


def closed(entries):
    return Closed(at_ns=entries[-1][2] + 2)


def write_capture(path, told, per_block=30):
    """Write events and entries, in their order."""
    path.parent.mkdir(parents=True, exist_ok=True)
    writer, block = Writer(path), []

    def flush():
        for strap in sorted({entry[0] for entry in block}):
            own = [entry for entry in block if entry[0] == strap]
            writer.write(strap, own[0][1], [entry[2:] for entry in own])
        block.clear()

    for each in told:
        if isinstance(each, tuple):
            block.append(each)
        if not isinstance(each, tuple) or len(block) == per_block:
            flush()
        if not isinstance(each, tuple):
            writer.say(each)
    flush()
    writer.flush()
    writer.close()


def one_set(path, task=TASK, reps=5, seed=3, stop=True, later_s=0):
    """A capture of one set; return what it was told."""
    begin_ns = BEGIN_NS + later_s * 1_000_000_000
    entries = knee(reps, seed, begin_ns)
    opened = opening(task.patient, at_ns=begin_ns - 1_000_000_000)
    told = [
        *opened,
        started(task=task, at_ns=begin_ns),
        *entries,
        *([stopped(entries, reps_live=reps)] if stop else []),
    ]
    write_capture(path, told)
    return told


def tell(analyst, path, told):
    for each in told:
        if isinstance(each, tuple):
            analyst.came(path, [each])
        else:
            analyst.said(path, each)


def packed(what):
    return pickle.loads(pickle.dumps(what))  # noqa: S301 - our own


class AnalystHere(Analyst):
    """An analyst in this process; what it is asked and answers is packed all the same."""

    bench = None

    async def _running(self):
        if self.bench is None:
            self.bench = Workbench()
            self._lives += 1

    async def _answer(self, order, within_s):  # noqa: ARG002 - nothing here takes long
        try:
            return packed(self.bench.do(packed(order)))
        except ImutrackError as error:
            raise AnalystError(str(error)) from error

    def die(self):
        self.bench = None
