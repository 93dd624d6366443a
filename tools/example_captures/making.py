"""Makes the example capture of one wearable: synthetic motion, through its own encoder, as a radio would bring it.

Goal: a short capture for every wearable, since no captured one is free to pass on; with everything in it that makes
real captures hard: a clock of its own that drifts (and wraps, where it can), arrival by connection events, failed
events, a host that is a little late, and a few notifications that never come. The settings are those of the folder's
``example.toml``.
"""

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any, Final

import numpy as np
from example_captures.arrivals import MOVES_S, SEED, Sent, host_ns, kept, lost_of, readings_lost, sent_by
from example_captures.examples import BEGIN_NS, EXAMPLES, Example

from imutrack.capture import Arrival, TaskStarted, Writer
from imutrack.capture.events import VERSION, Closed, Connected, Event, Opened, SessionStarted, TaskStopped, Worn
from imutrack.collector.settings import StrapSettings, straps_of, wearable_of
from imutrack.simulation.motion import STILL, tracks_of
from imutrack.synthetic import SensorParams, exercise_set
from imutrack.task import LabelSource, Task
from imutrack.wearables import Ask, Read, Recipe

__all__ = ["Made", "facts_of", "make", "strap_of", "written"]

SOFTWARE: Final = "imutrack, tools/example_captures: synthetic, nobody wore a sensor"
BLOCK_S: Final = 0.5
HEART_S: Final = 20.0
STARTS_S, GOES_ON_S = 1.0, 1.0  # when the set begins, and for how long the strap sends after it
SENSOR: Final = SensorParams(rate_hz=200.0, acc_noise_mps2=0.01, gyr_noise_dps=0.05)  # read between its points


@dataclass(frozen=True, slots=True)
class Made:
    """What was put into a capture.

    Attributes:
        strap: as its settings say.
        exercise, placement: what was done; empty where nothing moved.
        reps: how often.
        rom_deg: median of their ranges; None where nothing moved.
        notifications_lost: on the way.
        readings_lost: stream -> of the set, with those notifications.
    """

    strap: StrapSettings
    exercise: str
    placement: str
    reps: int
    rom_deg: float | None
    notifications_lost: int
    readings_lost: Mapping[str, int]


def written(made: Made) -> dict[str, Any]:
    """Return what was put into a capture as ``expected.json`` says it, ahead of what must come out."""
    return {
        "synthetic": "made by tools/example_captures through the wearable's own encoder: nobody wore a sensor",
        "wearable": made.strap.wearable,
        "settings": made.strap.settings,
        "made": {
            "exercise": made.exercise or None,
            "placement": made.placement or None,
            "reps": made.reps,
            "rom_median_deg": None if made.rom_deg is None else round(made.rom_deg, 1),
            "notifications_lost": made.notifications_lost,
            "readings_lost": dict(made.readings_lost),
        },
    }


def strap_of(folder: Path) -> StrapSettings:
    """Return the strap of a folder's ``example.toml``.

    Raises:
        SettingsError: the collector would not take it.
    """
    path = folder / "example.toml"
    (strap,) = straps_of(tomllib.loads(path.read_text(encoding="utf-8"))["strap"], path)
    return strap


def facts_of(recipe: Recipe) -> dict[str, bytes]:
    """Return what a device says of itself that answers as the examples say."""
    read = {action.fact: action.example for action in recipe if isinstance(action, Read)}
    asked = [action.answer for action in recipe if isinstance(action, Ask)]
    return read | {answer.fact: answer.example for answer in asked if answer.fact}


def make(folder: Path, path: Path) -> Made:
    """Write the capture of the wearable whose folder this is.

    Args:
        folder: of the wearable, with its settings.
        path: of the capture; must not exist.
    """
    strap = strap_of(folder)
    wearable, chosen = wearable_of(strap)
    looked = facts_of(wearable.look)
    facts = looked | facts_of(wearable.profile(chosen, looked).start)
    profile = wearable.profile(chosen, facts)
    example = EXAMPLES.get(wearable.id, Example())
    quantities = [quantity for stream in profile.streams for quantity in stream.quantities]
    connected = Connected(at_ns=BEGIN_NS, strap=strap.label, wearable=wearable.id, settings=strap.settings, facts=facts)
    if not quantities:
        sent = sent_by(profile, STILL, HEART_S, example.offset_s)
        _write(path, strap.label, [*_opened(), connected], kept(sent))
        return Made(strap, "", "", 0, None, len(lost_of(sent)), {})
    params = example.params
    made = exercise_set(params, SEED, sensor=SENSOR)
    (track,) = tracks_of(made.recording).values()
    stop_s = MOVES_S + track.duration_s
    sent = sent_by(profile, track.able(quantities, wearable.title), stop_s + GOES_ON_S, example.offset_s)
    task = Task(name=params.exercise, label_source=LabelSource.SYNTHETIC)
    events = [
        *_opened(),
        connected,
        Worn(at_ns=BEGIN_NS, strap=strap.label, placement=params.placement),
        TaskStarted(at_ns=host_ns(STARTS_S), number=1, task=task, straps=(strap.label,)),
        TaskStopped(at_ns=host_ns(stop_s), number=1, why="typed"),
        Closed(at_ns=host_ns(stop_s + GOES_ON_S)),
    ]
    _write(path, strap.label, events, kept(sent))
    return Made(
        strap,
        params.exercise,
        params.placement,
        len(made.truth.reps),
        float(np.median([rep.rom_deg for rep in made.truth.reps])),
        len(lost_of(sent)),
        readings_lost(profile, sent),
    )


def _opened() -> list[Event]:
    return [
        Opened(at_ns=BEGIN_NS, version=VERSION, software=SOFTWARE, clinic="example", timezone="Europe/Berlin"),
        SessionStarted(at_ns=BEGIN_NS, patient=None),
    ]


def _write(path: Path, strap: str, events: list[Event], sent: list[Sent]) -> None:
    """Write events and notifications as the collector does: in the order of time, a block each half second."""
    writer = Writer(path)
    for at_ns, block in _blocks(sent):
        while events and events[0].at_ns <= at_ns:
            writer.say(events.pop(0))
        for characteristic, arrivals in block.items():
            writer.write(strap, characteristic, arrivals)
    for event in events:
        writer.say(event)
    writer.close()
    path.chmod(0o644)  # nobody's: it goes into the repository


def _blocks(sent: list[Sent]) -> Iterator[tuple[int, dict[str, list[Arrival]]]]:
    def number(each: Sent) -> int:
        return (each.at_ns - BEGIN_NS) // round(BLOCK_S * 1e9)

    for index, together in groupby(sent, number):
        block: dict[str, list[Arrival]] = {}
        for each in together:
            block.setdefault(each.characteristic, []).append((each.at_ns, each.payload))
        yield host_ns((index + 1) * BLOCK_S), block
