"""Writes a capture: an MCAP file with a topic for each characteristic of each strap, and one for the events.

Every block is a chunk of its own, with its checksum: what reached the file is readable to the last whole block, however
the collector ended. `Writer.flush` hands everything to the operating system, which outlives a killed process;
`Writer.sync` hands it to the disk, which outlives a power cut, and is slow: call it from a thread. Where the disk takes
nothing the file stays whole and what it did not take waits for the next flush.
"""

import os
import secrets
from collections.abc import Sequence
from pathlib import Path
from typing import IO, Final, cast

from mcap.writer import CompressionType, IndexType
from mcap.writer import Writer as McapWriter

from imutrack.capture.blocks import LONGEST_NS, Arrival, pack
from imutrack.capture.events import Event, encode_event

__all__ = ["EVENTS_TOPIC", "NOTIFICATIONS", "PROFILE", "SUFFIX", "Writer", "new_name"]

PROFILE: Final = "imutrack"
SUFFIX: Final = ".mcap"
EVENTS_TOPIC: Final = "/events"
NOTIFICATIONS: Final = "imutrack/notifications"
_NO_SCHEMA: Final = 0
_CHUNK_BYTES: Final = 1  # each message ends its chunk


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
        self._pending = _Pending()
        self._mcap = McapWriter(
            cast("IO[bytes]", self._pending),
            chunk_size=_CHUNK_BYTES,
            compression=CompressionType.ZSTD,
            index_types=IndexType.NONE,
            use_summary_offsets=False,
        )
        self._mcap.start(PROFILE, "imutrack")
        self._events = self._mcap.register_channel(EVENTS_TOPIC, "json", _NO_SCHEMA)
        self._channels: dict[tuple[str, str], int] = {}
        self._said = 0

    @property
    def waiting(self) -> int:
        """Bytes that were not flushed yet."""
        return len(self._pending.data)

    @property
    def size(self) -> int:
        """Bytes in the file."""
        return self._written

    def say(self, event: Event) -> None:
        """Add an event."""
        self._said += 1
        self._mcap.add_message(self._events, event.at_ns, encode_event(event), event.at_ns, self._said)

    def write(self, strap: str, characteristic: str, arrivals: Sequence[Arrival]) -> None:
        """Add notifications of one characteristic, in the order they arrived."""
        channel = self._channels.get((strap, characteristic))
        if channel is None:
            said = {"strap": strap, "characteristic": characteristic}
            channel = self._mcap.register_channel(f"/{strap}/{characteristic}", NOTIFICATIONS, _NO_SCHEMA, said)
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
        file, data, done = self._made(), self._pending.data, 0
        try:
            while done < len(data):
                done += os.write(file, memoryview(data)[done:])
        except OSError:
            os.ftruncate(file, self._written)
            os.lseek(file, self._written, os.SEEK_SET)
            raise
        self._written += done
        self._pending.forget()

    def sync(self) -> None:
        """Hand what was flushed to the disk; takes as long as the disk does.

        Raises:
            OSError: the disk is full, or gone.
        """
        if self._file is not None:
            os.fdatasync(self._file)

    def close(self) -> None:
        """End the file in order; safe to call twice.

        Raises:
            OSError: the disk is full, or gone; what was flushed is readable.
        """
        if not self._open:
            return
        self._open = False
        try:
            self._mcap.finish()  # type: ignore[no-untyped-call] # the library has no types there
            self.flush()
        finally:
            if self._file is not None:
                os.close(self._file)

    def _made(self) -> int:
        if self._file is None:
            self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._file = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        return self._file

    def _block(self, channel: int, arrivals: Sequence[Arrival]) -> None:
        if arrivals:
            at_ns = arrivals[0][0]
            self._mcap.add_message(channel, at_ns, pack(arrivals), at_ns)


class _Pending:
    """What MCAP writes into: bytes that wait to be flushed."""

    def __init__(self) -> None:
        self.data = bytearray()
        self._gone = 0

    def write(self, data: bytes) -> int:
        self.data += data
        return len(data)

    def tell(self) -> int:
        return self._gone + len(self.data)

    def flush(self) -> None:
        """Do nothing: `Writer.flush` does."""

    def forget(self) -> None:
        self._gone += len(self.data)
        self.data = bytearray()
