"""Every byte that comes is captured: for a session in a file of its own, for straps that nobody wears in another.

Blocks of half a second go to the operating system at once; a thread hands them to the disk. Where the disk takes
nothing the collector goes on, keeps what it can in memory and says so; beyond that the newest blocks are lost, those of
straps that nobody wears before others, and the capture tells how much.
"""

import asyncio
import logging
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Final, Protocol

import msgspec

from imutrack.capture import Arrival, Writer, new_name
from imutrack.capture.events import (
    VERSION,
    Closed,
    Connected,
    Disconnected,
    Event,
    Lost,
    Opened,
    SessionStarted,
    TaskStopped,
    Worn,
)
from imutrack.collector.captures.files import CaptureFiles
from imutrack.collector.links.ring import Entry

__all__ = ["BLOCK_S", "NOBODY", "Recorder", "RecorderParams", "Witness"]

log = logging.getLogger(__name__)

BLOCK_S: Final = 0.5
NOBODY: Final = 0
"""Number of the capture that holds the straps of no session."""

_SYNC_S: Final = 2.0  # at the end, for the disk; the operating system has all in any case

_Key = tuple[int, str, str]
"""Session, strap and characteristic."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecorderParams:
    """What is kept how long."""

    kept_bytes: int = 64 << 20  # of all captures, while the disk is full: four hours of a strap
    nobodys_share: float = 0.5  # of that: what nobody wears must not fill it before a patient comes
    rotated_s: float = 3600.0  # nobody's capture: an hour is soon read, and soon deleted


DEFAULTS: Final = RecorderParams()


class Witness(Protocol):
    """Is told what captures are told; must neither wait nor raise."""

    def said(self, capture: Path, event: Event) -> None:
        """An event was written."""
        ...

    def came(self, capture: Path, entries: Iterable[Entry]) -> None:
        """Notifications are to be written."""
        ...


class Recorder:
    """The captures that are open.

    A notification goes where its strap belongs in the moment it is put: what comes of it later changes nothing.

    Args:
        folder: made when first needed, for its owner only.
        clinic, timezone: what each capture says of where it was made.
        owner: number of the session that a strap's notifications belong to; None or `NOBODY` where there is none.
        witness: is told what the captures of sessions are told.
        params: what is kept how long.
    """

    def __init__(
        self,
        folder: Path,
        clinic: str,
        timezone: str,
        owner: Callable[[str], int | None],
        witness: Witness,
        params: RecorderParams = DEFAULTS,
    ) -> None:
        self._folder, self._clinic, self._timezone = folder, clinic, timezone
        self._owner, self._witness, self._params = owner, witness, params
        self._files = CaptureFiles()
        self._writers = self._files.writers
        self._opened_s = 0.0  # nobody's
        self._connections: dict[str, Connected] = {}
        self._waiting: dict[_Key, list[Arrival]] = {}
        self._lost = Counter[tuple[int, str]]()

    @property
    def problem(self) -> str:
        """What is wrong with the disk; empty where nothing is."""
        return self._files.problem

    @property
    def flushed_s(self) -> float | None:
        """When the disk last took all, in monotonic time."""
        return self._files.flushed_s

    @property
    def written_bytes(self) -> int:
        """Of all captures so far."""
        return self._files.written_bytes

    @property
    def mended(self) -> int:
        """How many captures somebody deleted while they were written, and that were written again."""
        return len(self._files.mended)

    @property
    def open_now(self) -> list[Path]:
        """The captures that are being written."""
        return self._files.paths

    @property
    def unsynced(self) -> list[Path]:
        """The captures that have ended and were not handed to the disk since."""
        return list(self._files.unsynced)

    def path_of(self, session: int) -> Path | None:
        """Return the capture of a session; None where it has none."""
        writer = self._writers.get(session)
        return writer.path if writer else None

    def say(self, session: int, event: Event) -> None:
        """Write an event into the capture of a session; the first, that it started, makes the capture."""
        self.write_blocks()
        if isinstance(event, SessionStarted):
            self._make(session, event)
            return
        writer = self._writers.get(session)
        if writer is None:
            return
        if isinstance(event, Closed | TaskStopped):  # a set is finished by what its capture has of it
            self._say_lost(session, writer, event.at_ns)
        self._say(session, writer, event)
        if isinstance(event, Worn):
            self._introduce(session, writer, event.strap, event.at_ns)
        if isinstance(event, Closed):
            self._files.end(session)

    def say_of(self, strap: str, event: Connected | Disconnected | Lost) -> None:
        """Write an event into the capture that a strap's notifications go to, after what came before it."""
        self.write_blocks()
        if isinstance(event, Connected):
            self._connections[strap] = event
        session = self._session(strap)
        writer = self._writer(session, event.at_ns)
        if writer is not None:
            self._say(session, writer, event)
        elif isinstance(event, Lost):
            self._lost[session, strap] += event.notifications

    def put(self, strap: str, arrivals: Mapping[str, list[Arrival]]) -> None:
        """Take notifications of a strap by characteristic; they are written with the next blocks."""
        session = self._session(strap)
        for characteristic, came in arrivals.items():
            self._waiting.setdefault((session, strap, characteristic), []).extend(came)
            if session in self._writers:
                self._tell(session, strap, characteristic, came)

    def write_blocks(self) -> None:
        """Turn what waits into blocks; what belongs to a session whose capture is still to be made goes on waiting."""
        waiting, self._waiting = self._waiting, {}
        for (session, strap, characteristic), came in waiting.items():
            writer = self._writer(session, came[0][0])
            if writer is None:
                self._waiting[session, strap, characteristic] = came
            elif self._files.waiting_bytes > self._may_wait(session):
                self._lost[session, strap] += len(came)
            else:
                self._say_lost(session, writer, came[0][0], strap)
                writer.write(strap, characteristic, came)

    def flush(self) -> bool:
        """Hand all blocks to the operating system; return whether it took them."""
        self.write_blocks()
        return self._files.flush()

    async def run(self, flushed: Callable[[], object]) -> None:
        """Flush each half second and hand the files to the disk, until cancelled; ``flushed`` is called each time."""
        syncing: asyncio.Future[None] | None = None
        while True:
            await asyncio.sleep(BLOCK_S)
            self._rotate()
            self.flush()
            flushed()
            if syncing is None or syncing.done():
                syncing = asyncio.ensure_future(self._files.sync())

    def close(self, at_ns: int) -> None:
        """End all files; a session that nobody ended is not closed by that, and goes on when the collector is back."""
        self.write_blocks()
        for session, writer in list(self._writers.items()):
            self._say_lost(session, writer, at_ns)
            if session == NOBODY:
                self._say(session, writer, Closed(at_ns=at_ns))
            self._files.end(session)
        if lost := sum(map(len, self._waiting.values())):  # nobody may have what is somebody's
            log.error("captures: %d notifications are lost, their session was not begun", lost)
        self._waiting.clear()
        if not self.flush():
            log.error("captures: %d bytes are lost, the disk took nothing to the end", self._files.waiting_bytes)
        self._files.sync_within(_SYNC_S)

    def _may_wait(self, session: int) -> float:
        """Return how many bytes of all captures may wait when another block of this one comes."""
        return self._params.kept_bytes * (self._params.nobodys_share if session == NOBODY else 1.0)

    def _session(self, strap: str) -> int:
        return self._owner(strap) or NOBODY

    def _say(self, session: int, writer: Writer, event: Event) -> None:
        writer.say(event)
        if session != NOBODY:  # there are no sets in nobody's
            self._witness.said(writer.path, event)

    def _tell(self, session: int, strap: str, characteristic: str, came: Iterable[Arrival]) -> None:
        if session != NOBODY:
            path = self._writers[session].path
            self._witness.came(path, [(strap, characteristic, at_ns, payload) for at_ns, payload in came])

    def _say_lost(self, session: int, writer: Writer, at_ns: int, strap: str | None = None) -> None:
        """Say how many notifications of a strap, or of all, were lost since the last time."""
        for key in [key for key in self._lost if key[0] == session and strap in {None, key[1]}]:
            self._say(session, writer, Lost(at_ns=at_ns, strap=key[1], notifications=self._lost.pop(key)))

    def _introduce(self, session: int, writer: Writer, strap: str, at_ns: int) -> None:
        """Say how a strap is set up that was connected before the capture was begun."""
        connection = self._connections.get(strap)
        if connection is not None:
            self._say(session, writer, msgspec.structs.replace(connection, at_ns=max(at_ns, connection.at_ns)))

    def _writer(self, session: int, at_ns: int) -> Writer | None:
        """Return the capture of a session; nobody's is made when it is needed."""
        if session == NOBODY and NOBODY not in self._writers:
            self._make(NOBODY, Event(at_ns=at_ns))
            self._opened_s = time.monotonic()
        return self._writers.get(session)

    def _make(self, session: int, first: Event) -> None:
        writer = self._writers[session] = Writer(self._folder / new_name())
        opened = Opened(
            at_ns=first.at_ns,
            version=VERSION,
            software=f"imutrack {version('imutrack')}",
            clinic=self._clinic,
            timezone=self._timezone,
        )
        self._say(session, writer, opened)
        if isinstance(first, SessionStarted):
            self._say(session, writer, first)
        if not isinstance(first, SessionStarted) or first.patient is None:  # else what is worn is said next
            for strap in self._connections:
                if self._session(strap) == session:
                    self._introduce(session, writer, strap, first.at_ns)
        for (whose, strap, characteristic), came in self._waiting.items():
            if whose == session:
                self._tell(session, strap, characteristic, came)

    def _rotate(self) -> None:
        """Let nobody's capture begin anew each hour; not while the disk takes nothing, when each would only wait."""
        late = time.monotonic() - self._opened_s > self._params.rotated_s
        if NOBODY in self._writers and late and not self.problem:
            self._files.end(NOBODY)
