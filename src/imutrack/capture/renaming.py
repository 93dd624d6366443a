"""Puts a capture under another pseudonym.

It is copied piece by piece: everything byte for byte, but for the blocks whose events name the patient. Of torn
stretches nothing is left out either: where the name stands in them, plainly or packed, the other one stands then, and
they are as torn as before. The copy takes the place of the capture in one step, so that whatever interrupts it leaves
the one or the other whole. Notifications are not touched, and so neither are the hashes of the sets.

A capture that the collector is writing must be left alone: what it writes on would go into a file that has no name.
"""

import os
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import zstandard

from imutrack.capture.chunks import chunk_record, message_record, moved_end, stretched
from imutrack.capture.files import leftovers_of
from imutrack.capture.layout import HEAD, MESSAGE_IS
from imutrack.capture.outline import Channels, is_event
from imutrack.capture.records import Chunk, End, Message, Piece, Torn, inner
from imutrack.capture.torn import packed_in
from imutrack.capture.walking import pieces
from imutrack.errors import RecordingError

__all__ = ["rename_in"]


def rename_in(path: Path, old: str, new: str) -> None:
    """Put a capture under another pseudonym; its age stays, by which it is thrown away some day.

    Args:
        path: of a capture that nobody is writing.
        old, new: pseudonyms.

    Raises:
        OSError: it could not be read or written; it is as it was.
        RecordingError: it is damaged so that the name cannot be replaced without losing more; it is as it was.
    """
    unfinished = path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")
    handle = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        with os.fdopen(handle, "wb") as copy, path.open("rb") as file:
            for piece in _Renaming(path, old, new).copied(file):
                copy.write(piece)
            copy.flush()
            os.fsync(copy.fileno())
            was = os.fstat(file.fileno())
        os.utime(unfinished, ns=(was.st_atime_ns, was.st_mtime_ns))
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)
    for left in leftovers_of(path):
        left.unlink(missing_ok=True)


class _Renaming:
    """Copies one capture."""

    def __init__(self, path: Path, old: str, new: str) -> None:
        self._path = path
        self._old, self._new = old.encode(), new.encode()
        self._said, self._says = (b'"patient":"%s"' % name for name in (self._old, self._new))
        self._channels = Channels()

    def copied(self, file: IO[bytes]) -> Iterator[bytes]:
        """Yield the bytes of the renamed capture."""
        longer, end = 0, b""
        for piece in pieces(file):
            if isinstance(piece, End):
                self._channels.learn(piece.channels)
                end = piece.raw
                continue
            raw = self._renamed(piece)
            longer += len(raw) - len(piece.raw)
            yield raw
        yield moved_end(end, longer) if longer and end else end

    def _renamed(self, piece: Piece) -> bytes:
        match piece:
            case Chunk():
                return self._of_chunk(piece)
            case Torn():
                named = self._of_torn(piece)
                # else what was cut may be taken for damaged under a longer name
                return stretched(named, len(named) - len(piece.raw)) if piece.cut else named
        return piece.raw

    def _of_chunk(self, chunk: Chunk) -> bytes:
        self._channels.learn(chunk.channels)
        if not any(self._names_old(message) for message in chunk.messages):
            return chunk.raw
        inside, messages = bytearray(), iter(chunk.messages)
        for opcode, body in inner(chunk.inside):
            message = next(messages) if opcode == MESSAGE_IS else None
            if message is not None and self._names_old(message):
                inside += message_record(message._replace(data=message.data.replace(self._said, self._says)))
            else:
                inside += HEAD.pack(opcode, len(body)) + body
        return chunk_record(bytes(inside), chunk.begin_ns, chunk.end_ns)

    def _names_old(self, message: Message) -> bool:
        return self._said in message.data and is_event(self._channels[message.channel], message)

    def _of_torn(self, torn: Torn) -> bytes:
        copy, at = bytearray(), 0
        for packed in packed_in(torn.raw):
            if self._old not in packed.said:
                continue
            if not packed.whole:
                raise RecordingError(
                    f"{self._path}: is damaged where it names {self._old.decode()}, who cannot be renamed in it: "
                    "bring it back from a backup, or throw it away"
                )
            copy += torn.raw[at : packed.begin].replace(self._old, self._new)
            copy += zstandard.compress(packed.said.replace(self._old, self._new))
            at = packed.end
        return bytes(copy + torn.raw[at:].replace(self._old, self._new))
