"""`imutrack collect` as it is, beside simulated straps: each with a core to itself, as far as others leave it to them.

How far shows in `Spent.waited_s`: so long the collector was ready to go on and did not get its core. Where this process
may, it gives both priority over other programs: what those do says nothing of the collector.
"""

import asyncio
import os
import signal
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

from imutrack.capture import Arrival, arrivals_of, outline_of
from imutrack.capture.files import FOLDER
from imutrack.capture.outline import NEVER_NS
from imutrack.collector.control.client import ask, socket_path
from imutrack.errors import ImutrackError
from imutrack.simulation import Plan, RemoteRig, StreamLedger

__all__ = ["Collector", "Spent", "collecting"]

IMUTRACK = str(Path(sys.executable).with_name("imutrack"))
START_S = 120.0
_BEFORE_OTHERS = -10
_LOG = "log"
_TICKS_PER_S = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Spent:
    """What a process has used until a moment; differences of two say what it took in between.

    Attributes:
        at_s: monotonic time.
        cpu_s: of all its threads.
        waited_s: its first thread could have run, and others had its core.
    """

    at_s: float
    cpu_s: float
    waited_s: float

    @classmethod
    def by(cls, pid: int) -> Self:
        """Return what a process has used until now."""
        numbers = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        waited_ns = int(Path(f"/proc/{pid}/schedstat").read_text().split()[1])
        return cls(time.monotonic(), (int(numbers[11]) + int(numbers[12])) / _TICKS_PER_S, waited_ns / 1e9)

    def share_since(self, before: "Spent") -> float:
        """Return the processor time since, as a share of one core."""
        return (self.cpu_s - before.cpu_s) / (self.at_s - before.at_s)

    def waited_since(self, before: "Spent") -> float:
        """Return the waiting since, as a share of the time."""
        return (self.waited_s - before.waited_s) / (self.at_s - before.at_s)


@dataclass
class Collector:
    """A collector that runs, or has run.

    Attributes:
        rig: what it collects from.
        data: its data directory.
        process: its process.
        ahead_ns: how far its host time is ahead of the monotonic clock, by which the rig stamps.
        ledgers: what became of every packet of each strap, once it has ended.
        arrivals: every notification it captured, by strap and characteristic, once it has ended.
    """

    rig: RemoteRig
    data: Path
    process: asyncio.subprocess.Process
    ahead_ns: int
    ledgers: dict[str, tuple[StreamLedger, ...]] = field(default_factory=dict)
    arrivals: dict[tuple[str, str], list[Arrival]] = field(default_factory=dict)

    async def status(self) -> dict[str, Any]:
        """Return what it says of itself."""
        path = socket_path(None, self.data)
        answers: list[dict[str, Any]] = await asyncio.to_thread(lambda: list(ask(path, {"do": "status"})))
        return answers[0]

    async def streaming(self) -> None:
        """Wait until every strap sends."""
        async with asyncio.timeout(START_S):
            while not all(strap.sending for strap in await self.rig.shown()):
                if self.process.returncode is not None:
                    raise ImutrackError(f"the collector ended: {(self.data / _LOG).read_text()[-400:]}")
                await asyncio.sleep(0.5)

    def size_bytes(self) -> int:
        """Return how much it has written to captures."""
        return sum(path.stat().st_size for path in (self.data / FOLDER).glob("*.mcap"))

    def spent(self) -> Spent:
        """Return what its process has used."""
        return Spent.by(self.process.pid)


@asynccontextmanager
async def collecting(plan: Plan) -> AsyncIterator[Collector]:
    """Start straps and a collector for them; at the end let it stop in order, and read what it captured."""
    own, *others = sorted(os.sched_getaffinity(0))
    with _beginning_on(others or [own]):
        rig = RemoteRig(plan)
        await rig.__aenter__()
    try:
        with tempfile.TemporaryDirectory() as folder:
            data = Path(folder)
            (data / "imutrack.toml").write_text(_settings(await rig.shown(), plan), encoding="utf-8")
            with _beginning_on([own]):
                collector = await _start(rig, data)
            try:
                yield collector
            finally:
                await _stop(collector)
            collector.ledgers = {strap.label: await rig.ledgers(strap.label) for strap in plan.straps}
            collector.arrivals = _captured(data / FOLDER)
    finally:
        await rig.aclose()


@contextmanager
def _beginning_on(cores: Sequence[int]) -> Iterator[None]:
    """Let processes that are started meanwhile run on these cores alone, and before others' where that is allowed."""
    everywhere, before = os.sched_getaffinity(0), os.getpriority(os.PRIO_PROCESS, 0)
    os.sched_setaffinity(0, cores)
    with suppress(PermissionError):
        os.setpriority(os.PRIO_PROCESS, 0, _BEFORE_OTHERS)
    try:
        yield
    finally:
        os.sched_setaffinity(0, everywhere)
        os.setpriority(os.PRIO_PROCESS, 0, before)


def _captured(folder: Path) -> dict[tuple[str, str], list[Arrival]]:
    """Return the notifications in the captures of a folder, in the order they were begun."""
    found: dict[tuple[str, str], list[Arrival]] = {}
    outlines = ((outline_of(path), path) for path in folder.glob("*.mcap"))
    for outline, path in sorted(outlines, key=lambda each: each[0].events[0].at_ns):
        for key, arrivals in arrivals_of(path, outline, 0, NEVER_NS).items():
            found.setdefault(key, []).extend(arrivals)
    return found


async def _start(rig: RemoteRig, data: Path) -> Collector:
    environ = os.environ | {"DBUS_SYSTEM_BUS_ADDRESS": rig.address}
    words = ("collect", "--config", str(data / "imutrack.toml"), "--data-dir", str(data))
    ahead_ns = time.time_ns() - time.monotonic_ns()  # as it will find it
    with (data / _LOG).open("wb") as log:
        process = await asyncio.create_subprocess_exec(
            IMUTRACK, *words, env=environ, stdout=log, stderr=log, start_new_session=True
        )
    with suppress(OSError):  # Linux shares out time by session first, where it was built so
        Path(f"/proc/{process.pid}/autogroup").write_text(f"{_BEFORE_OTHERS}")
    return Collector(rig, data, process, ahead_ns)


async def _stop(collector: Collector) -> None:
    if collector.process.returncode is None:
        collector.process.send_signal(signal.SIGTERM)
        try:
            await asyncio.wait_for(collector.process.wait(), 15.0)
        except TimeoutError:
            collector.process.kill()
            await collector.process.wait()


def _settings(shown: Sequence[Any], plan: Plan) -> str:
    said = ['clinic = "bench"', 'timezone = "UTC"', "[collector]", 'health = ""']
    for strap, planned in zip(shown, plan.straps, strict=True):
        settings = ", ".join(f"{key} = {value!r}".replace("'", '"') for key, value in planned.settings.items())
        said += ["[[strap]]", f'label = "{strap.label}"', f'wearable = "{strap.wearable}"']
        said += [f'address = "{strap.address}"', f"settings = {{ {settings} }}"]
    return "\n".join([*said, ""])
