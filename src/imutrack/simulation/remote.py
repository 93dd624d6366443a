"""A rig in a process of its own, so that what is tested with it has a core for itself.

The child (`python -m imutrack.simulation`) reads one request in a line of JSON and writes one answer, in order; the
first request is the plan. It ends when its input ends: so it never outlives whoever started it.
"""

import asyncio
import contextlib
import os
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Final, Self, TypeVar

import msgspec
from msgspec import Struct

from imutrack.errors import SettingsError
from imutrack.simulation.faults import Fault, Incident
from imutrack.simulation.ledger import StreamLedger
from imutrack.simulation.motion import Track, load_tracks, save_tracks
from imutrack.simulation.plan import Plan
from imutrack.simulation.rig import Rig, Shown

__all__ = ["RemoteRig", "serve"]

_LINE: Final = 2**30  # bytes of the longest answer: the ledger of a long run
_END_S: Final = 10.0

T = TypeVar("T")


class Start(Struct, frozen=True, tag=True):
    """Start a rig; tracks are in a file of `save_tracks`, "" where there are none."""

    plan: Plan
    tracks: str
    playing: bool


class Do(Struct, frozen=True, tag=True):
    """See `Rig.do`, and `Rig.undo`."""

    fault: Fault
    ends: bool = False


class Play(Struct, frozen=True, tag=True):
    """See `Rig.play`."""

    speed: float | None
    loop: bool | None


class Battery(Struct, frozen=True, tag=True):
    """See `Rig.set_battery`."""

    label: str
    battery_pct: int


class Say(Struct, frozen=True, tag=True):
    """See `Rig.say`."""

    label: str
    characteristic: str
    payload: bytes


class Ledgers(Struct, frozen=True, tag=True):
    """See `Rig.ledgers`."""

    label: str


class Show(Struct, frozen=True, tag=True):
    """See `Rig.shown`."""


class Log(Struct, frozen=True, tag=True):
    """See `Rig.log`."""


class CpuTime(Struct, frozen=True, tag=True):
    """Processor time that the rig has used, s, without the bus."""


Request = Start | Do | Play | Battery | Say | Ledgers | Show | Log | CpuTime


class RemoteRig:
    """A rig in a child process; enter it to start it. What it does is what `Rig` does, and waits for it.

    Args:
        plan, tracks, playing: see `Rig`.
    """

    def __init__(self, plan: Plan, tracks: Mapping[str, Track] | None = None, *, playing: bool = True) -> None:
        self._plan, self._tracks, self._playing = plan, dict(tracks or {}), playing
        self._child: asyncio.subprocess.Process | None = None
        self._turn = asyncio.Lock()
        self.address = ""

    async def __aenter__(self) -> Self:
        """Start the child and its rig.

        Raises:
            SettingsError: dbus-daemon is missing, or the plan cannot be done.
        """
        self._child = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "imutrack.simulation",
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            limit=_LINE,
            start_new_session=True,  # Ctrl-C is for whoever started it; then it ends by itself
        )
        try:
            with tempfile.TemporaryDirectory(prefix="imutrack-tracks-") as folder:
                path = Path(folder) / "tracks.npz"
                save_tracks(self._tracks, path)
                self.address = await self._ask(Start(self._plan, str(path), self._playing), str)
        except BaseException:
            await self.aclose()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Stop the rig and its process; safe twice."""
        child, self._child = self._child, None
        if child is None:
            return
        if child.stdin is not None:
            child.stdin.close()
        try:
            await asyncio.wait_for(child.wait(), _END_S)
        except TimeoutError:
            child.kill()
            await child.wait()

    async def do(self, fault: Fault) -> None:
        """See `Rig.do`."""
        await self._ask(Do(fault), type(None))

    async def undo(self, fault: Fault) -> None:
        """See `Rig.undo`."""
        await self._ask(Do(fault, ends=True), type(None))

    async def play(self, speed: float | None = None, *, loop: bool | None = None) -> int:
        """See `Rig.play`."""
        return await self._ask(Play(speed, loop), int)

    async def set_battery(self, label: str, battery_pct: int) -> None:
        """See `Rig.set_battery`."""
        await self._ask(Battery(label, battery_pct), type(None))

    async def say(self, label: str, characteristic: str, payload: bytes) -> int:
        """See `Rig.say`."""
        return await self._ask(Say(label, characteristic, payload), int)

    async def ledgers(self, label: str) -> tuple[StreamLedger, ...]:
        """See `Rig.ledgers`."""
        return await self._ask(Ledgers(label), tuple[StreamLedger, ...])

    async def shown(self) -> list[Shown]:
        """See `Rig.shown`."""
        return await self._ask(Show(), list[Shown])

    async def log(self) -> list[Incident]:
        """See `Rig.log`."""
        return await self._ask(Log(), list[Incident])

    async def cpu_s(self) -> float:
        """Return the processor time that the child has used, s."""
        return await self._ask(CpuTime(), float)

    async def _ask(self, request: Request, kind: type[T]) -> T:
        if self._child is None or self._child.stdin is None or self._child.stdout is None:
            raise SettingsError("the simulation is not running: enter it first")
        async with self._turn:
            self._child.stdin.write(msgspec.json.encode(request) + b"\n")
            with contextlib.suppress(ConnectionError):  # that it has ended shows in that nothing is answered
                await self._child.stdin.drain()
            line = await self._child.stdout.readline()
        if not line:
            raise SettingsError("the simulation has ended by itself: what it printed says why")
        error, answer = msgspec.json.decode(line, type=tuple[str, msgspec.Raw])
        if error:
            raise SettingsError(error)
        return msgspec.json.decode(answer, type=kind)


async def serve() -> None:
    """Be the child: carry out requests from the standard input until it ends."""
    loop = asyncio.get_running_loop()
    requests = asyncio.StreamReader(limit=_LINE)
    transport, _ = await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(requests), sys.stdin.buffer)
    decoder = msgspec.json.Decoder(Request)
    async with contextlib.AsyncExitStack() as stack:
        stack.callback(transport.close)
        rig: Rig | None = None
        while line := await requests.readline():
            request = decoder.decode(line)
            try:
                if isinstance(request, Start):
                    tracks = load_tracks(Path(request.tracks)) if request.tracks else {}
                    rig = await stack.enter_async_context(Rig(request.plan, tracks, playing=request.playing))
                answer = _carry_out(request, rig)
            except SettingsError as error:
                _write((str(error), None))
            else:
                _write(("", answer))


def _carry_out(request: Request, rig: Rig | None) -> object:
    if rig is None:
        raise SettingsError("start the rig first")
    answer: object = None
    match request:
        case Start():
            answer = rig.address
        case Do(fault, ends):
            (rig.undo if ends else rig.do)(fault)
        case Play(speed, loop):
            answer = rig.play(speed, loop=loop)
        case Battery(label, battery_pct):
            rig.set_battery(label, battery_pct)
        case Say(label, characteristic, payload):
            answer = int(rig.say(label, characteristic, payload))
        case Ledgers(label):
            answer = rig.ledgers(label)
        case Show():
            answer = rig.shown()
        case Log():
            answer = rig.log
        case CpuTime():
            answer = sum(os.times()[:2])
    return answer


def _write(answer: tuple[str, object]) -> None:
    sys.stdout.buffer.write(msgspec.json.encode(answer) + b"\n")
    sys.stdout.buffer.flush()
