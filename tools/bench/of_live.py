"""Counting live: how often it says what a replay of the file says, how late, and what a look costs.

Recorded sets go through the encoder of a Movella DOT, come up to 25 ms late, and are looked at as the collector looks
at them: every 0.4 s, or after four times what the last look cost.
"""

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from imutrack.capture.events import Connected, Event, Opened, TaskStarted, TaskStopped, Worn
from imutrack.collector.sets.curve import came_back, curve_of
from imutrack.collector.sets.live import LiveParams
from imutrack.collector.sets.looks import Look, Shown
from imutrack.collector.sets.orders import Finish, Item, LookAt, Looked, Order, SetResults
from imutrack.collector.sets.workbench import Workbench
from imutrack.exercises import match
from imutrack.pipeline import analyse
from imutrack.placements import match_placement
from imutrack.recordings import read_recording
from imutrack.results import ExerciseSet
from imutrack.samples import Quantity, Recording
from imutrack.synthetic import SETS, SetParams, exercise_set
from imutrack.task import UNSPECIFIED, Task
from imutrack.validation.running import read_list
from imutrack.wearables import WEARABLES, Packet

BEGIN_NS = 1_790_000_000_000_000_000
TIERS = frozenset({"A", "B", "N"})
RATES_HZ = (1, 4, 10, 12, 15, 20, 30, 60)
EVERY = 8  # one set in so many is looked at all the way: a set of a minute takes 150 looks
COSTS_S = (10, 60, 600)
WITHIN = 0.5  # of a repetition: how far from its end a count may come


@dataclass(frozen=True, slots=True)
class Watched:
    """What a screen showed of a set: moments s and counts, the last of them at its end.

    Attributes:
        starts_s, ends_s: of its repetitions, as the final result divides it.
        back_s: when the limb was on its way back in each, on the final curve; their ends where that cannot be told.
    """

    at_s: tuple[float, ...]
    counted: tuple[int, ...]
    starts_s: tuple[float, ...]
    ends_s: tuple[float, ...]
    back_s: tuple[float, ...]


def section() -> str:
    """Return the section of the page."""
    head = "## Counting live\n"
    said = os.environ.get("IMUTRACK_DATA", "")
    if not said:
        return f"{head}\nNot measured: IMUTRACK_DATA names no labelled data.\n\n{_costs()}"
    folder = Path(said) / "reps"
    chosen = [label for label in read_list(folder / "labels.csv") if label["tier"] in TIERS]
    finals = [_both(read_recording(folder / label["file"]), _task(label)) for label in chosen]
    recorded = [_watch(read_recording(folder / label["file"]), _task(label)) for label in chosen[::EVERY]]
    made = [_watch(exercise_set(what, seed=5).recording, Task(name=name)) for name, what in SETS.items()]
    return f"{head}\n{_agreement(finals)}\n{_delays(recorded, made)}\n{_costs()}"


def _agreement(finals: Sequence[tuple[int | None, int | None]]) -> str:
    same = sum(live == offline for live, offline in finals)
    return (
        f"Of {len(finals)} recorded sets that went through a wearable's encoder and a capture, {same} "
        f"({100 * same / len(finals):.1f} %) have the final count that replaying the file gives.\n"
    )


def _delays(recorded: Sequence[Watched], made: Sequence[Watched]) -> str:
    columns = [_numbers([each for each in some if each.ends_s]) for some in (recorded, made)]
    rows = "\n".join(f"| {name} | {one} | {other} |" for (name, one), (_, other) in zip(*columns, strict=True))
    return f"""While some of them were done, the count was looked at as on a screen; repetitions and their ends are
those of the final result. Beside them synthetic sets that begin and end at rest, as sets in a clinic do; most of the
recorded ones were cut close to the first and the last repetition.

| what | recorded | synthetic |
|---|---:|---:|
{rows}

Where one repetition ends is a matter of view in a movement without rests: at home, or where the limb turns. The screen
counts when the limb is on its way back home. Where the final result divides a set at the other end, its ends lie half a
repetition away from that throughout; so both are compared. What is late is above all the first repetition, which the
analysis takes for one only when a second is like it.
"""


def _numbers(watched: Sequence[Watched]) -> list[tuple[str, str]]:
    late = np.concatenate([_late(each, each.ends_s) for each in watched])
    back = np.concatenate([_late(each, each.back_s) for each in watched])
    right = np.concatenate([_right(each) for each in watched])
    last = [each.counted[-1] == len(each.ends_s) for each in watched]
    before = [each.counted[-2:][0] == len(each.ends_s) for each in watched]
    return [
        ("sets", f"{len(watched)}"),
        ("repetitions", f"{len(late)}"),
        ("count of the last look, at the set's end, is the final one", _percent(last)),
        ("count shown just before it is the final one", _percent(before)),
        ("counts within half a repetition of the limb's way back", _percent(np.abs(back) <= WITHIN)),
        ("median of how much later than that, in repetitions", f"{np.median(back):.2f}"),
        ("95th percentile", f"{np.quantile(back, 0.95):.2f}"),
        ("counts within half a repetition of its end in the final result", _percent(np.abs(late) <= WITHIN)),
        ("looks whose count is right to half a repetition", _percent(right)),
    ]


def _percent(true: "Sequence[bool] | np.ndarray[tuple[int], np.dtype[np.bool_]]") -> str:
    return f"{100 * np.mean(true):.1f} %"


def _late(each: Watched, done_s: Sequence[float]) -> "np.ndarray[tuple[int], np.dtype[np.float64]]":
    """Return how long after it was done each repetition counts for good, in repetitions; inf where it never does."""
    found = []
    for number, (start_s, end_s, done) in enumerate(zip(each.starts_s, each.ends_s, done_s, strict=True), 1):
        fewer = [k for k, count in enumerate(each.counted) if count < number]
        k = fewer[-1] + 1 if fewer else 0
        at_s = each.at_s[k] if k < len(each.at_s) else np.inf
        found.append((at_s - done) / (end_s - start_s))
    return np.array(found)


def _right(each: Watched) -> "np.ndarray[tuple[int], np.dtype[np.bool_]]":
    ends_s = np.array(each.ends_s)
    half_s = WITHIN * (ends_s - np.array(each.starts_s))
    return np.array(
        [
            (ends_s <= at_s - half_s).sum() <= count <= (ends_s <= at_s + half_s).sum()
            for at_s, count in zip(each.at_s, each.counted, strict=True)
        ]
    )


def _both(recording: Recording, task: Task) -> tuple[int | None, int | None]:
    """Return the likeliest count of a set as captured, and as replayed from its file; None where there is none."""
    [offline] = analyse(recording, [task])
    live = _finished(Workbench(), list(_told(recording, task)))
    return (live.reps_best if live else None, offline.reps_best if isinstance(offline, ExerciseSet) else None)


def _finished(bench: Workbench, told: Sequence[Item]) -> ExerciseSet | None:
    done = bench.do(Order(Path("a"), False, tuple(told), Finish(1)))
    results = done.results if isinstance(done, SetResults) else ()
    return next((each for each in results if isinstance(each, ExerciseSet)), None)


def _watch(recording: Recording, task: Task) -> Watched:
    told = list(_told(recording, task))
    bench, shown, params, seen, sent = Workbench(), Shown(), LiveParams(), list[Look](), 0
    begin_ns = next(each[2] for each in told if isinstance(each, tuple))
    due_ns = begin_ns + 1e9
    for index, each in enumerate(told):
        if isinstance(each, Event) or each[2] < due_ns:
            continue
        looked = _looked(bench, told[sent:index], LookAt(1, int(due_ns)))
        sent = index
        if looked.look is not None:
            seen.append(shown.steady(looked.look))
        due_ns += 1e9 * max(params.every_s, params.rest_share * looked.cost_s)
    stop_ns = told[-2][2] + 1 if isinstance(told[-2], tuple) else int(begin_ns)
    last = _looked(bench, told[sent:-1], LookAt(1, stop_ns, over=True))
    found = _finished(bench, told[-1:])
    known = [look for look in (*seen, last.look) if look is not None and look.counted is not None]
    reps = found.reps_detail if found else ()
    return Watched(
        at_s=tuple(look.seconds for look in known),
        counted=tuple(look.counted or 0 for look in known),
        starts_s=tuple(rep.start_s for rep in reps),
        ends_s=tuple(rep.end_s for rep in reps),
        back_s=_back(found) if found else (),
    )


def _back(found: ExerciseSet) -> tuple[float, ...]:
    ends_s = tuple(rep.end_s for rep in found.reps_detail)
    back_s = (came_back(curve_of(found), found.reps_detail) if ends_s else ()) or ()
    if not len(ends_s) - 1 <= len(back_s) <= len(ends_s):
        return ends_s
    return back_s + ends_s[len(back_s) :]


def _looked(bench: Workbench, told: Sequence[Item], request: LookAt) -> Looked:
    answer = bench.do(Order(Path("a"), False, tuple(told), request))
    if not isinstance(answer, Looked):
        raise TypeError(answer)
    return answer


def _costs() -> str:
    recording = exercise_set(SetParams(reps=165), seed=1).recording
    rows = "\n".join(
        f"| {seconds} s | {straps} | {cost_s:.3f} | {max(0.4, 4 * cost_s):.1f} s |"
        for straps in (1, 2)
        for seconds, cost_s in _cost_of_looks(recording, straps)
    )
    return f"""What a look costs, in a synthetic set at 60 Hz:

| into the set | straps | CPU s | the next look after |
|---|---:|---:|---:|
{rows}
"""


def _cost_of_looks(recording: Recording, straps: int) -> Iterator[tuple[int, float]]:
    labels = tuple(str(number) for number in range(1, straps + 1))
    told, bench, sent = list(_told(recording, Task(), labels)), Workbench(), 0
    for seconds in COSTS_S:
        until_ns = BEGIN_NS + seconds * 1_000_000_000
        index = next((k for k, each in enumerate(told) if isinstance(each, tuple) and each[2] >= until_ns), -1)
        _looked(bench, told[sent:index], LookAt(1, until_ns))
        sent = index
        yield seconds, _looked(bench, (), LookAt(1, until_ns)).cost_s  # what came is decoded as it comes


def _task(label: dict[str, str]) -> Task:
    return Task(name=match(label["exercise"]) or UNSPECIFIED, placement=match_placement(label["placement"]))


def _told(recording: Recording, task: Task, straps: tuple[str, ...] = ("3",)) -> Iterator[Item]:
    """Yield what a capture would be told of straps that measured what the first sensor of a recording did."""
    rate_hz = next(
        (rate for rate in RATES_HZ if rate > recording.sensors[0].samples[Quantity.ACC].rate_hz - 0.5), RATES_HZ[-1]
    )
    settings = {"rate_hz": rate_hz}
    yield Opened(at_ns=BEGIN_NS, version=1, software="bench", clinic="clinic", timezone="UTC")
    for strap in straps:
        yield Connected(at_ns=BEGIN_NS, strap=strap, wearable="movella-dot", settings=settings, facts={})
        yield Worn(at_ns=BEGIN_NS, strap=strap, placement=task.placement or "shank")
    yield TaskStarted(at_ns=BEGIN_NS, number=1, task=task, straps=straps)
    last_ns = BEGIN_NS
    for at_ns, characteristic, payload in _sent(recording, rate_hz):
        yield from ((strap, characteristic, at_ns, payload) for strap in straps)
        last_ns = at_ns
    yield TaskStopped(at_ns=last_ns + 1, number=1, why="typed")


def _sent(recording: Recording, rate_hz: int) -> Iterator[tuple[int, str, bytes]]:
    dot = WEARABLES["movella-dot"]
    profile = dot.profile(dot.set_up({"rate_hz": rate_hz}), {})
    samples = recording.sensors[0].samples
    acc = samples[Quantity.ACC]
    t_s = acc.t_s[0] + np.arange(int((acc.t_s[-1] - acc.t_s[0]) * rate_hz) + 1) / rate_hz
    acc_rows, gyr_rows = (
        np.column_stack([np.interp(t_s, samples[name].t_s, column) for column in samples[name].values.T]).tolist()
        if name in samples
        else np.zeros((len(t_s), 3)).tolist()
        for name in (Quantity.ACC, Quantity.GYR)
    )
    late_ns = np.random.default_rng(1).integers(2_000_000, 25_000_000, len(t_s))
    came_ns = np.maximum.accumulate(BEGIN_NS + ((t_s - t_s[0]) * 1e9).astype(np.int64) + late_ns)
    for at_s, at_ns, a, g in zip((t_s - t_s[0]).tolist(), came_ns.tolist(), acc_rows, gyr_rows, strict=True):
        values = {Quantity.ACC: (tuple(a),), Quantity.GYR: (tuple(g),), Quantity.MAG_AU: ((0.3, 0.1, -0.5),)}
        for characteristic, payload in profile.encode(Packet("imu", values, (round(at_s * 1e6),))):
            yield at_ns, characteristic, payload
