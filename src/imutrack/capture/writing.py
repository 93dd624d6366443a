"""Writes a capture: an MCAP file with a topic for each characteristic of each strap, and one for the events.

Every block is a chunk of its own, with its checksum: what reached the file is readable to the last whole block, however
the collector ended. `Writer.flush` hands everything to the operating system, which outlives a killed process;
`Writer.sync` hands it to the disk, which outlives a power cut, and is slow: call it from a thread.
"""

import os
import secrets
from collections.abc import Sequence
from pathlib import Path
from typing import Final

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
        path: where it is made, readable by its owner only; it must not exist.

    Raises:
        OSError: it cannot be made.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        self._file = os.fdopen(descriptor, "wb")
        self._mcap = McapWriter(
            self._file,
            chunk_size=_CHUNK_BYTES,
            compression=CompressionType.ZSTD,
            index_types=IndexType.NONE,
            use_summary_offsets=False,
        )
        self._mcap.start(PROFILE, "imutrack")
        self._events = self._mcap.register_channel(EVENTS_TOPIC, "json", _NO_SCHEMA)
        self._channels: dict[tuple[str, str], int] = {}
        self._said = 0

    def say(self, event: Event) -> None:
        """Write an event.

        Raises:
            OSError: the disk is full, or gone.
        """
        self._said += 1
        self._mcap.add_message(self._events, event.at_ns, encode_event(event), event.at_ns, self._said)

    def write(self, strap: str, characteristic: str, arrivals: Sequence[Arrival]) -> None:
        """Write notifications of one characteristic, in the order they arrived.

        Raises:
            OSError: the disk is full, or gone.
        """
        channel = self._channels.get((strap, characteristic))
        if channel is None:
            channel = self._mcap.register_channel(
                f"/{strap}/{characteristic}",
                NOTIFICATIONS,
                _NO_SCHEMA,
                {"strap": strap, "characteristic": characteristic},
            )
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
            OSError: the disk is full, or gone.
        """
        self._file.flush()

    def sync(self) -> None:
        """Hand what was flushed to the disk; takes as long as the disk does.

        Raises:
            OSError: the disk is full, or gone.
        """
        os.fdatasync(self._file.fileno())

    def close(self) -> None:
        """End the file in order; safe to call twice.

        Raises:
            OSError: the disk is full, or gone; what was flushed is readable.
        """
        if self._file.closed:
            return
        try:
            self._mcap.finish()  # type: ignore[no-untyped-call] # the library has no types there
        finally:
            self._file.close()

    def _block(self, channel: int, arrivals: Sequence[Arrival]) -> None:
        if arrivals:
            at_ns = arrivals[0][0]
            self._mcap.add_message(channel, at_ns, pack(arrivals), at_ns)
