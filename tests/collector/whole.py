"""The whole collector on simulated straps, Bleak's own backend in between; asked over its socket as people ask it."""

import asyncio
import json
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from capture.whole_capture import captured_sets
from imutrack.capture import TaskStarted, events_of
from imutrack.clinic.patients import Patients
from imutrack.collector.control.client import DEFAULT_NAME
from imutrack.collector.daemon import Daemon
from imutrack.collector.sessions.starting import SessionParams
from imutrack.collector.settings import CollectorSettings, StrapSettings
from imutrack.config import Settings
from imutrack.errors import RecordingError
from imutrack.samples import Quantity
from imutrack.simulation import STILL, AdapterPlan, Plan, Rig, StrapPlan, Track, tracks_of
from imutrack.sources.ble import BleRadio
from imutrack.stores.local import LocalStore
from imutrack.synthetic import SetParams, exercise_set
from simulation.bluetooth import bluetooth

DOT = "movella-dot"
QUICK = AdapterPlan(advertise_s=0.05, connect_s=0.02, resolve_s=0.02)


LIFT = SetParams(reps=1, lead_s=0.5, trail_s=1.0, entry_deg=0.0)
"""Of the set-up check, five seconds."""

SHORT = SetParams(reps=3, outward_s=1.0, hold_s=0.3, return_s=1.0, rest_s=0.5, lead_s=3.0, trail_s=4.0, entry_deg=0.0)
"""Three repetitions within 16 s, the first from three seconds on."""


def motion(label: str, *sets: SetParams, seed: int = 3) -> Track:
    """Return a limb that does sets one after the other, and rests then; none lies still."""
    if not sets:
        return Track(label, STILL.times_s, STILL.values, STILL.duration_s)
    done = [tracks_of(exercise_set(each, seed).recording).popitem()[1] for each in sets]
    begins_s = np.cumsum([0.0, *(each.duration_s + 0.01 for each in done)])
    times = {
        quantity: np.concatenate([each.times_s[quantity] + at for each, at in zip(done, begins_s[:-1], strict=True)])
        for quantity in (Quantity.ACC, Quantity.GYR)
    }
    values = {quantity: np.concatenate([each.values[quantity] for each in done]) for quantity in times}
    return Track(label, times, values, float(begins_s[-1]))


def straps_of(labels) -> tuple[StrapPlan, ...]:
    return tuple(
        StrapPlan(label=label, wearable=DOT, track=label, address=f"C0:00:5E:00:02:{number:02X}")
        for number, label in enumerate(labels, 1)
    )


def settings_in(folder: Path) -> Settings:
    return Settings(clinic="clinic", timezone="Europe/Berlin", data_dir=folder / "data", trace_days=90, source=None)


def register(settings: Settings, *patients: str) -> None:
    with LocalStore.open(settings.data_dir) as store:
        for patient in patients:
            Patients(store).add(patient)


async def ask(socket: Path, do: str, **said: Any) -> list[dict[str, Any]]:
    """Ask the collector; return its answers, the last of which may be an error."""
    reader, writer = await asyncio.open_unix_connection(str(socket))
    try:
        writer.write(json.dumps({"do": do, **said}).encode() + b"\n")
        answers = []
        while line := await reader.readline():
            answer = json.loads(line)
            if "end" in answer:
                break
            answers.append(answer.get("answer", answer))
        return answers
    finally:
        writer.close()
        await writer.wait_closed()


def said(answers: list[dict[str, Any]]) -> list[str]:
    return [answer.get("said") or answer["error"] for answer in answers]


@dataclass
class Whole:
    """A collector that runs."""

    settings: Settings
    rig: Rig
    daemon: Daemon
    running: asyncio.Task[None]
    watched: list[dict[str, Any]] = field(default_factory=list)

    @property
    def socket(self) -> Path:
        return self.settings.data_dir / DEFAULT_NAME

    @property
    def captures(self) -> Path:
        return self.settings.data_dir / "captures"

    async def ask(self, do: str, **said: Any) -> list[dict[str, Any]]:
        return await ask(self.socket, do, **said)

    async def say(self, do: str, **what: Any) -> list[str]:
        return said(await self.ask(do, **what))

    async def status(self) -> dict[str, Any]:
        [answer] = await self.ask("status")
        return answer

    async def streaming(self, within_s: float = 15.0) -> None:
        await self.until(lambda: all(shown.sending for shown in self.rig.shown()), within_s)
        async with asyncio.timeout(within_s):
            while any(strap["state"] != "streaming" for strap in (await self.status())["straps"].values()):
                await asyncio.sleep(0.05)

    async def until(self, what, within_s: float = 15.0) -> None:
        loop = asyncio.get_running_loop()
        by_s = loop.time() + within_s
        while not what():
            assert loop.time() < by_s, f"not in {within_s} s; what was said: {self.lines}"
            await asyncio.sleep(0.02)

    async def heard(self, text: str, within_s: float = 25.0) -> None:
        """Wait until something is said to those who watch."""
        await self.until(lambda: any(text in line for line in self.lines), within_s)

    async def result(self, count: int = 1, within_s: float = 25.0) -> None:
        await self.until(lambda: len(self.results) >= count, within_s)

    @property
    def lines(self) -> list[str]:
        return [each["said"] for each in self.watched if "said" in each]

    @property
    def results(self) -> list[dict[str, Any]]:
        return [each["result"] for each in self.watched if "result" in each]

    @property
    def looks(self) -> list[dict[str, Any]]:
        return [each["look"] for each in self.watched if "look" in each]

    async def end(self) -> None:
        self.daemon.end()
        await self.running

    async def watch(self) -> None:
        reader, writer = await asyncio.open_unix_connection(str(self.socket))
        writer.write(b'{"do": "watch"}\n')
        try:
            while line := await reader.readline():
                self.watched.append(json.loads(line)["answer"])
        finally:
            writer.close()
            with suppress(ConnectionError):
                await writer.wait_closed()


@asynccontextmanager
async def collecting(
    folder: Path,
    tracks: list[Track],
    *,
    patients: tuple[str, ...] = (),
    session_params: SessionParams | None = None,
    **collector: Any,
):
    """Run a rig and a collector; the motion begins with `Rig.play`."""
    settings = settings_in(folder)
    register(settings, *patients)
    plans = straps_of([track.label for track in tracks])
    plan = Plan(straps=plans, adapter=QUICK, loop=False)
    straps = [StrapSettings(label=each.label, wearable=DOT, address=each.address) for each in plans]
    async with (
        Rig(plan, {track.label: track for track in tracks}, playing=False) as rig,
        bluetooth(rig.address),
    ):
        asked = CollectorSettings(health="", **collector)
        daemon = Daemon(settings, asked, straps, BleRadio(), environ={}, session_params=session_params)
        ready = asyncio.Event()
        running = asyncio.create_task(daemon.run(ready.set))
        whole = Whole(settings, rig, daemon, running)
        await asyncio.wait([running, asyncio.ensure_future(ready.wait())], return_when=asyncio.FIRST_COMPLETED)
        watching = asyncio.create_task(whole.watch())
        try:
            await whole.streaming()
            yield whole
        finally:
            await whole.end()
            await asyncio.wait([watching])


def sets_in(folder: Path):
    """Return (capture, set) of all captures, by number."""
    found = []
    for path in sorted((folder / "data" / "captures").glob("*.mcap")):
        with suppress(RecordingError):
            if any(isinstance(event, TaskStarted) for event in events_of(path)):
                found += [(path, each) for each in captured_sets(path)[1]]
    return sorted(found, key=lambda each: each[1].number)
