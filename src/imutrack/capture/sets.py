"""The sets of a capture: what was done between which moments, by which straps, and how each was set up then."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from imutrack.capture.events import Closed, Connected, Event, StopNoted, TaskStarted, TaskStopped, Worn
from imutrack.flags import Flag, FlagCode
from imutrack.task import Side, Task

__all__ = ["CapturedSet", "Connection", "StrapOfSet", "sets_of"]


@dataclass(frozen=True, slots=True)
class Connection:
    """How a strap was set up from a moment on; what it sends is decoded by this.

    Attributes:
        since_ns: host time.
        wearable: id of the kind of device.
        settings: as `imutrack.wearables.Wearable.set_up` takes them.
        facts: what the device said of itself.
    """

    since_ns: int
    wearable: str
    settings: Mapping[str, Any]
    facts: Mapping[str, bytes]


@dataclass(frozen=True, slots=True)
class StrapOfSet:
    """One strap of a set.

    Attributes:
        label: the strap's.
        placement: where it was worn; None where nobody said.
        axes: how its axes lay on the upright wearer; empty where nobody said.
        connections: the one in force when the set began, and those made while it lasted.
        side: left or right; None where nobody said, and on the trunk.
    """

    label: str
    placement: str | None
    axes: str
    connections: tuple[Connection, ...]
    side: Side | None = None


@dataclass(frozen=True, slots=True)
class CapturedSet:
    """One set, trial or test: notifications from ``start_ns`` to before ``stop_ns``, host time.

    Attributes:
        number: of its task.
        task: as it was typed, with what was said meanwhile.
        start_ns, stop_ns: host time.
        straps: by label.
    """

    number: int
    task: Task
    start_ns: int
    stop_ns: int
    straps: tuple[StrapOfSet, ...]


@dataclass(slots=True)
class _Now:
    """What holds while the events are gone through."""

    worn: dict[str, Worn] = field(default_factory=dict)
    connections: dict[str, list[Connection]] = field(default_factory=dict)
    begun: dict[int, TaskStarted] = field(default_factory=dict)
    stops: list[StopNoted] = field(default_factory=list)

    def others_of(self, begins: TaskStarted) -> list[TaskStarted]:
        """Take away and return what still goes on with a strap that begins something else."""
        ended = [begun for begun in self.begun.values() if not set(begun.straps).isdisjoint(begins.straps)]
        for begun in ended:
            del self.begun[begun.number]
        return ended


def sets_of(events: Iterable[Event], end_ns: int, damage: Sequence[tuple[int, int]] = ()) -> list[CapturedSet]:
    """Return the sets in the order they began.

    A set whose stop is not known ends with the session, at the latest when a strap of it begins another: a strap sees
    one set at a time.

    Args:
        events: of a capture, in their order.
        end_ns: when the last notification came: a set that was never stopped lasts until after it.
        damage: (begin, end) host ns in which something of the capture is lost: the sets that it touches say so.
    """
    now, found = _Now(), list[CapturedSet]()
    for event in events:
        end_ns = max(end_ns, event.at_ns)
        match event:
            case Worn():
                now.worn[event.strap] = event
            case Connected():
                connection = Connection(event.at_ns, event.wearable, event.settings, event.facts)
                now.connections.setdefault(event.strap, []).append(connection)
            case TaskStarted():
                found += [_set(now, begun, event.at_ns, None, FlagCode.END_LOST) for begun in now.others_of(event)]
                now.begun[event.number] = event
            case StopNoted():
                now.stops.append(event)
            case TaskStopped() if event.number in now.begun:
                found.append(_set(now, now.begun.pop(event.number), event.at_ns, event.reps_live))
            case Closed():
                found += [_set(now, begun, event.at_ns, None) for begun in now.begun.values()]
                now.begun.clear()
            case _:
                pass
    found += [_set(now, begun, end_ns + 1, None) for begun in now.begun.values()]
    return sorted((_told(each, damage) for each in found), key=lambda each: (each.start_ns, each.number))


def _set(now: _Now, begun: TaskStarted, stop_ns: int, reps_live: int | None, *codes: FlagCode) -> CapturedSet:
    start_ns = begun.at_ns
    straps = tuple(_strap(now, label, start_ns, stop_ns) for label in sorted(begun.straps))
    stopped = any(start_ns <= each.at_ns < stop_ns and each.strap in {"", *begun.straps} for each in now.stops)
    codes = (*codes, FlagCode.STOP_NOTED) if stopped else codes
    task = replace(begun.task, reps_live=reps_live, flags=(*begun.task.flags, *map(Flag, codes)))
    return CapturedSet(begun.number, task, start_ns, stop_ns, straps)


def _told(found: CapturedSet, damage: Sequence[tuple[int, int]]) -> CapturedSet:
    if any(begin_ns < found.stop_ns and end_ns > found.start_ns for begin_ns, end_ns in damage):
        flags = (*found.task.flags, Flag(FlagCode.CAPTURE_DAMAGED))
        return replace(found, task=replace(found.task, flags=flags))
    return found


def _strap(now: _Now, label: str, start_ns: int, stop_ns: int) -> StrapOfSet:
    worn = now.worn.get(label)
    connections = _in_force(now.connections.get(label, []), start_ns, stop_ns)
    if worn is None:
        return StrapOfSet(label, None, "", connections)
    return StrapOfSet(label, worn.placement, worn.axes, connections, worn.side)


def _in_force(connections: list[Connection], start_ns: int, stop_ns: int) -> tuple[Connection, ...]:
    before = [each for each in connections if each.since_ns <= start_ns][-1:]
    return (*before, *(each for each in connections if start_ns < each.since_ns < stop_ns))
