"""Writes a capture: an MCAP file with a topic for each characteristic of each strap, and two for the events.

Every block is a chunk of its own, with its checksum and its channel: what reached the file is readable, each block for
itself, however the collector ended and whatever happens to the file. Every event is said twice, far from each other,
since without it other blocks tell nothing: the second time half a minute later, or at the end, on a topic of its own.
`Writer.flush` hands everything to the operating system, which outlives a killed process; `imutrack.capture.syncing`
hands it to the disk, which outlives a power cut. Where the disk takes nothing the file stays whole and what it did not
take waits for the next flush.
"""

import errno
import os
import secrets
from collections import deque
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from imutrack.capture.blocks import LONGEST_NS, Arrival, pack
from imutrack.capture.chunks import Chunks, Kind
from imutrack.capture.events import Event, encode_event
from imutrack.capture.records import Message

__all__ = ["AGAIN_TOPIC", "EVENTS_TOPIC", "NOTIFICATIONS", "SUFFIX", "Writer", "new_name"]

_PROFILE: Final = "imutrack"
SUFFIX: Final = ".mcap"
EVENTS_TOPIC: Final = "/events"
AGAIN_TOPIC: Final = "/events/again"
NOTIFICATIONS: Final = "imutrack/notifications"
_COPIED_BYTES: Final = 1 << 20
_AGAIN_NS: Final = 30_000_000_000  # far enough for another place on the disk: a strap sends 100 kB in that time


def new_name() -> str:
    """Return a file name that says nothing."""
    return secrets.token_hex(8) + SUFFIX


class Writer:
    """An open capture; one thread at a time.

    Args:
        path: where the first flush makes it, readable by its owner only; it must not exist.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file: int | None = None  # not yet made: a disk that takes nothing must not cost what comes meanwhile
        self._open = True
        self._written = 0
        self._chunks = Chunks()
        self._pending = bytearray(self._chunks.beginning(_PROFILE))
        self._events, self._again = (self._chunks.channel(Kind(topic, "json")) for topic in (EVENTS_TOPIC, AGAIN_TOPIC))
        self._channels: dict[tuple[str, str], int] = {}
        self._said = 0
        self._once = deque[Message]()  # events that were said once

    @property
    def waiting(self) -> int:
        """Bytes that were not flushed yet."""
        return len(self._pending)

    @property
    def size(self) -> int:
        """Bytes in the file."""
        return self._written

    def say(self, event: Event) -> None:
        """Add an event."""
        self._repeat(event.at_ns - _AGAIN_NS)
        self._said += 1
        message = Message(self._events, self._said, event.at_ns, encode_event(event))
        self._pending += self._chunks.chunk([message], packed=False)
        self._once.append(message._replace(channel=self._again))

    def write(self, strap: str, characteristic: str, arrivals: Sequence[Arrival]) -> None:
        """Add notifications of one characteristic, in the order they arrived."""
        channel = self._channels.get((strap, characteristic))
        if channel is None:
            said = {"strap": strap, "characteristic": characteristic}
            channel = self._chunks.channel(Kind(f"/{strap}/{characteristic}", NOTIFICATIONS, said))
            self._channels[strap, characteristic] = channel
        begin = 0
        for index, (at_ns, _) in enumerate(arrivals):
            if at_ns - arrivals[begin][0] >= LONGEST_NS:
                self._block(channel, arrivals[begin:index])
                begin = index
        self._block(channel, arrivals[begin:])

    def flush(self) -> None:
        """Hand everything to the operating system.

        Raises:
            OSError: the disk is full, or gone: the file is as it was, and what waits is tried again the next time.
        """
        file, data, done = self._made(), self._pending, 0
        try:
            while done < len(data):
                done += os.write(file, memoryview(data)[done:])
        except OSError:
            os.ftruncate(file, self._written)
            os.lseek(file, self._written, os.SEEK_SET)
            raise
        self._written += done
        self._pending = bytearray()

    def mend(self) -> bool:
        """Write the file again, all of it, where somebody deleted it or put another in its place.

        What has no name any more is still there as long as it is open. Takes as long as copying it does: ten megabytes
        for a usual session.

        Returns:
            Whether somebody had.

        Raises:
            OSError: there is no room for it, or the disk is gone: all is as it was, and nothing is to be flushed.
        """
        file = self._file
        if file is None or os.fstat(file).st_nlink or _is_at(self.path, file):
            return False
        self._file = _copied(file, self._written, self.path)
        os.close(file)
        return True

    def close(self) -> None:
        """End the file in order; safe to call twice.

        Raises:
            OSError: the disk is full, or gone; what was flushed is readable.
        """
        if not self._open:
            return
        self._open = False
        try:
            self._repeat()
            self._pending += self._chunks.end(self._written + len(self._pending))
            self.flush()
        finally:
            file, self._file = self._file, None  # its number may soon be another file's
            if file is not None:
                os.close(file)

    def _made(self) -> int:
        if self._file is None:
            self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._file = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        return self._file

    def _block(self, channel: int, arrivals: Sequence[Arrival]) -> None:
        if arrivals:
            at_ns = arrivals[0][0]
            self._repeat(at_ns - _AGAIN_NS)
            self._pending += self._chunks.chunk([Message(channel, 0, at_ns, pack(arrivals))], packed=True)

    def _repeat(self, until_ns: int | None = None) -> None:
        """Say the events once more that were said before a moment, or all."""
        due = list[Message]()
        while self._once and (until_ns is None or self._once[0].at_ns <= until_ns):
            due.append(self._once.popleft())
        if due:
            self._pending += self._chunks.chunk(due, packed=False)


def _is_at(path: Path, file: int) -> bool:
    """Whether a path leads to an open file, whatever its file system says of its links."""
    try:
        return os.path.samestat(path.stat(), os.fstat(file))
    except FileNotFoundError:
        return False


def _copied(file: int, size: int, path: Path) -> int:
    """Copy an open file to a path in one step; return the copy, open at its end.

    Raises:
        OSError: it could not be: nothing of it is left.
    """
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    unfinished = path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")
    copy = os.open(unfinished, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        if size and hasattr(os, "posix_fallocate"):
            os.posix_fallocate(copy, 0, size)  # refused at once where there is no room
        _copy(file, copy, size)
        unfinished.replace(path)
    except BaseException:
        os.close(copy)
        unfinished.unlink(missing_ok=True)
        raise
    return copy


def _copy(file: int, copy: int, size: int) -> None:
    done = 0
    while done < size:
        part = os.pread(file, min(_COPIED_BYTES, size - done), done)
        if not part:  # somebody emptied it before
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        done += os.write(copy, part)
