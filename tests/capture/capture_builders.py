"""Captures for tests: a Movella DOT on a limb that goes out and back."""

import numpy as np
from mcap.writer import CompressionType, IndexType
from mcap.writer import Writer as McapWriter

from imutrack.capture import Writer
from imutrack.capture.blocks import pack
from imutrack.capture.events import (
    Connected,
    Opened,
    SessionStarted,
    TaskStarted,
    TaskStopped,
    Worn,
    encode_event,
)
from imutrack.samples import Quantity
from imutrack.task import LabelSource, Task
from imutrack.wearables import WEARABLES, Packet

OTTER = "otter-maple-47"
BEGIN_NS = 1_790_000_000_000_000_000
RATE_HZ = 60
DOT = WEARABLES["movella-dot"]
PROFILE = DOT.profile(DOT.set_up({}), {})
SET = Task(name="heel_slide", patient=OTTER, label_source=LabelSource.TYPED)


def limb(reps=5, rep_s=3.0, still_s=2.0, rom_deg=70.0):
    """(n, 3) acceleration and turning of a limb that moves in one plane."""
    t_s = np.arange(round(RATE_HZ * (2 * still_s + reps * rep_s))) / RATE_HZ
    moving = (t_s >= still_s) & (t_s < still_s + reps * rep_s)
    angle = np.where(moving, 0.5 * (1 - np.cos(2 * np.pi * (t_s - still_s) / rep_s)) * np.deg2rad(rom_deg), 0.0)
    noise = np.random.default_rng(7).normal(size=(2, len(t_s), 3))
    acc = np.column_stack([9.81 * np.cos(angle), 9.81 * np.sin(angle), 0 * angle]) + 0.03 * noise[0]
    gyr = np.column_stack([0 * angle, 0 * angle, np.gradient(angle, 1 / RATE_HZ)]) + 0.005 * noise[1]
    return acc, gyr


def notifications(first_tick=0, seed=1, **movement):
    """(host ns, payload) of each reading, up to 25 ms late, and the characteristic they come over."""
    acc, gyr = limb(**movement)
    late_ns = np.random.default_rng(seed).integers(0, 25_000_000, len(acc))
    taken_ns = BEGIN_NS + np.arange(len(acc)) * 1_000_000_000 // RATE_HZ
    came_ns = np.maximum.accumulate(taken_ns + late_ns)
    sent = [
        PROFILE.encode(
            Packet(
                "imu",
                {Quantity.ACC: (tuple(a),), Quantity.GYR: (tuple(g),), Quantity.MAG_AU: ((0.3, 0.1, -0.5),)},
                ((first_tick + round(k * 1e6 / RATE_HZ)) % 2**32,),
            )
        )[0]
        for k, (a, g) in enumerate(zip(acc, gyr, strict=True))
    ]
    return [(int(ns), payload) for ns, (_, payload) in zip(came_ns, sent, strict=True)], sent[0][0]


def write_capture(
    path, arrivals, characteristic, *, per_block=30, task=SET, straps=("3",), stop=True, reps_live=5, made=Writer
):
    """One set of one session, from half a second on."""
    writer = made(path)
    writer.say(Opened(at_ns=BEGIN_NS, version=1, software="test", clinic="clinic", timezone="Europe/Berlin"))
    writer.say(SessionStarted(at_ns=BEGIN_NS, patient=task.patient))
    for strap in straps:
        writer.say(Connected(at_ns=BEGIN_NS, strap=strap, wearable="movella-dot", settings={}, facts={}))
        writer.say(Worn(at_ns=BEGIN_NS, strap=strap, placement="shank"))
    writer.say(TaskStarted(at_ns=BEGIN_NS + 500_000_000, number=1, task=task, straps=tuple(straps)))
    for begin in range(0, len(arrivals), per_block):
        for strap in straps:
            writer.write(strap, characteristic, arrivals[begin : begin + per_block])
        writer.flush()
    if stop:
        writer.say(TaskStopped(at_ns=arrivals[-1][0] + 1, number=1, why="typed", reps_live=reps_live))
    return writer


class OldWriter:
    """Writes as captures were written first: packed events that are said once, channels only where they begin."""

    def __init__(self, path):
        self.path = path
        self._file = path.open("xb")
        self._mcap = McapWriter(
            self._file,
            chunk_size=1,
            index_types=IndexType.NONE,
            compression=CompressionType.ZSTD,
            use_summary_offsets=False,
        )
        self._mcap.start("imutrack", "imutrack")
        self._events = self._mcap.register_channel("/events", "json", 0)
        self._channels = {}
        self._said = 0

    def say(self, event):
        self._said += 1
        self._mcap.add_message(self._events, event.at_ns, encode_event(event), event.at_ns, self._said)

    def write(self, strap, characteristic, arrivals):
        if (strap, characteristic) not in self._channels:
            said = {"strap": strap, "characteristic": characteristic}
            channel = self._mcap.register_channel(f"/{strap}/{characteristic}", "imutrack/notifications", 0, said)
            self._channels[strap, characteristic] = channel
        at_ns = arrivals[0][0]
        self._mcap.add_message(self._channels[strap, characteristic], at_ns, pack(arrivals), at_ns)

    def flush(self):
        self._file.flush()

    def close(self):
        self._mcap.finish()
        self._file.close()
