"""Every byte that comes is captured: for a session in a file of its own, for straps that nobody wears in another.

Blocks of half a second go to the operating system at once; a thread hands them to the disk. Where the disk takes
nothing the collector goes on, keeps what it can in memory and says so; beyond that the newest blocks are lost, and the
capture tells how much.
"""

import asyncio
import logging
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Final, Protocol

from imutrack.capture import Arrival, Writer, new_name
from imutrack.capture.events import VERSION, Closed, Connected, Event, Lost, Opened, SessionStarted, Worn
from imutrack.collector.ring import Entry

__all__ = ["BLOCK_S", "NOBODY", "Recorder", "Witness"]

log = logging.getLogger(__name__)

BLOCK_S: Final = 0.5
NOBODY: Final = 0
"""Number of the capture that holds the straps of no session."""

_KEPT_BYTES: Final = 64 << 20  # four hours of a strap while the disk is full
_ROTATED_S: Final = 3600.0  # nobody's capture: an hour is soon read, and soon deleted

_Key = tuple[str, str]


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

    Args:
        folder: made when first needed, for its owner only.
        clinic, timezone: what each capture says of where it was made.
        owner: number of the session that a strap's notifications belong to; None or `NOBODY` where there is none.
        witness: is told what captures are told.
    """

    def __init__(
        self, folder: Path, clinic: str, timezone: str, owner: Callable[[str], int | None], witness: Witness
    ) -> None:
        self._folder, self._clinic, self._timezone = folder, clinic, timezone
        self._owner, self._witness = owner, witness
        self._writers: dict[int, Writer] = {}
        self._opened_s = 0.0  # nobody's
        self._connections: dict[str, Connected] = {}
        self._waiting: dict[_Key, list[Arrival]] = {}
        self._lost = Counter[str]()
        self.problem = ""  # what is wrong with the disk
        self.flushed_s: float | None = None  # in monotonic time
        self.written_bytes = 0

    @property
    def open_now(self) -> list[Path]:
        """The captures that are being written."""
        return [writer.path for writer in self._writers.values()]

    def path_of(self, session: int) -> Path | None:
        """Return the capture of a session; None where it has none."""
        writer = self._writers.get(session)
        return writer.path if writer else None

    def say(self, session: int, event: Event) -> None:
        """Write an event into the capture of a session; the first, that it started, makes the capture.

        Raises:
            OSError: the capture cannot be made.
        """
        self.write_blocks()
        if isinstance(event, SessionStarted):
            self._make(session, event.at_ns)
        writer = self._writers.get(session)
        if writer is None:
            return
        self._say(writer, event)
        if isinstance(event, Worn):
            self._introduce(writer, event.strap, event.at_ns)
        if isinstance(event, Closed):
            self._end(self._writers.pop(session))

    def say_of(self, strap: str, event: Event) -> None:
        """Write an event into the capture that a strap's notifications go to, after what came before it."""
        self.write_blocks()
        if isinstance(event, Connected):
            self._connections[strap] = event
        writer = self._roomy_writer(self._session(strap), event.at_ns)
        if writer is not None:
            self._say(writer, event)

    def put(self, strap: str, arrivals: Mapping[str, list[Arrival]]) -> None:
        """Take notifications of a strap by characteristic; they are written with the next blocks."""
        writer = self._writers.get(self._session(strap))
        for characteristic, came in arrivals.items():
            self._waiting.setdefault((strap, characteristic), []).extend(came)
            if writer is not None:
                self._witness.came(writer.path, [(strap, characteristic, at_ns, said) for at_ns, said in came])

    def write_blocks(self) -> None:
        """Turn what waits into blocks; what belongs to a session whose capture is still to be made goes on waiting."""
        waiting, self._waiting = self._waiting, {}
        for (strap, characteristic), came in waiting.items():
            session = self._session(strap)
            if session != NOBODY and session not in self._writers:
                self._waiting[strap, characteristic] = came
                continue
            writer = self._roomy_writer(session, came[0][0])
            if writer is None:
                self._lost[strap] += len(came)
                continue
            if strap in self._lost:
                self._say(writer, Lost(at_ns=came[0][0], strap=strap, notifications=self._lost.pop(strap)))
            writer.write(strap, characteristic, came)

    def flush(self) -> bool:
        """Hand all blocks to the operating system; return whether it took them."""
        self.write_blocks()
        try:
            for writer in self._writers.values():
                before = writer.size
                writer.flush()
                self.written_bytes += writer.size - before
        except OSError as error:
            self._take_nothing(error)
            return False
        if self.problem:
            log.info("captures: the disk takes them again")
        self.problem = ""
        self.flushed_s = time.monotonic()
        return True

    async def run(self, flushed: Callable[[], object]) -> None:
        """Flush each half second and hand the files to the disk, until cancelled; ``flushed`` is called each time."""
        syncing: asyncio.Future[None] | None = None
        while True:
            await asyncio.sleep(BLOCK_S)
            self.flush()
            self._rotate()
            flushed()
            if syncing is None or syncing.done():
                syncing = asyncio.ensure_future(asyncio.to_thread(_sync, list(self._writers.values())))

    def close(self, at_ns: int) -> None:
        """End nobody's capture, and whatever is still open, in order."""
        self.flush()
        for session in list(self._writers):
            writer = self._writers.pop(session)
            self._say(writer, Closed(at_ns=at_ns))
            self._end(writer)

    def _session(self, strap: str) -> int:
        return self._owner(strap) or NOBODY

    def _say(self, writer: Writer, event: Event) -> None:
        writer.say(event)
        self._witness.said(writer.path, event)

    def _introduce(self, writer: Writer, strap: str, at_ns: int) -> None:
        """Say how a strap is set up that was connected before the capture was begun."""
        connection = self._connections.get(strap)
        if connection is not None:
            self._say(writer, _at(connection, max(at_ns, connection.at_ns)))

    def _roomy_writer(self, session: int, at_ns: int) -> Writer | None:
        """Return a capture; None where it cannot be made, or holds more than may wait for the disk."""
        try:
            writer = self._writers.get(session) or (self._make(session, at_ns) if session == NOBODY else None)
        except OSError as error:
            self._take_nothing(error)
            return None
        return None if writer is None or writer.waiting > _KEPT_BYTES else writer

    def _make(self, session: int, at_ns: int) -> Writer:
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        writer = self._writers[session] = Writer(self._folder / new_name())
        opened = Opened(
            at_ns=at_ns,
            version=VERSION,
            software=f"imutrack {version('imutrack')}",
            clinic=self._clinic,
            timezone=self._timezone,
        )
        self._say(writer, opened)
        if session == NOBODY:
            self._opened_s = time.monotonic()
        for strap in self._connections:
            if self._session(strap) == session:
                self._introduce(writer, strap, at_ns)
        return writer

    def _rotate(self) -> None:
        """Let nobody's capture begin anew each hour."""
        if NOBODY in self._writers and time.monotonic() - self._opened_s > _ROTATED_S:
            self._end(self._writers.pop(NOBODY))

    def _take_nothing(self, error: OSError) -> None:
        if not self.problem:
            log.warning("captures: the disk takes nothing (%s): make room; what comes is kept for now", error.strerror)
        self.problem = error.strerror or "the disk takes nothing"

    def _end(self, writer: Writer) -> None:
        before = writer.size
        try:
            writer.close()
        except OSError as error:
            log.warning("captures: a file could not be ended (%s); what was flushed is readable", error.strerror)
        self.written_bytes += writer.size - before


def _at(connection: Connected, at_ns: int) -> Connected:
    """Return the same connection as said at another moment."""
    return Connected(
        at_ns=at_ns,
        strap=connection.strap,
        wearable=connection.wearable,
        settings=connection.settings,
        facts=connection.facts,
    )


def _sync(writers: Iterable[Writer]) -> None:
    for writer in writers:
        try:
            writer.sync()
        except OSError:  # closed meanwhile, or the disk is away: the next flush says so
            continue
