"""The walk through the records of an MCAP file, past whatever became of it.

A capture is a chain of chunks, each with a checksum over what it holds. `pieces` cuts a file into chunks, other records
and torn stretches, which all together are the file, byte for byte. After damage it goes on at the next chunk whose head
is sound and whose checksum is right; a length is never trusted beyond that, so that one wrong bit costs one chunk. What
is read in vain is bounded by a multiple of the file, so that no content makes it slow.

Each reader of captures goes this way: whoever lists, replays, renames or erases sees the same file.
"""

import os
from collections.abc import Iterator
from typing import IO, Final

from imutrack.capture.layout import IN_VAIN, LONGEST
from imutrack.capture.parsing import CHUNK_HEAD, CHUNK_HEAD_MOST, beginning_of, chunk_at, end_of, index_at
from imutrack.capture.records import Chunk, Piece, Torn
from imutrack.capture.torn import is_cut

__all__ = ["pieces"]

_LONGEST_HURRIED: Final = 8 << 10  # once too much was read in vain: a chunk of ours has a few kilobytes
_STRETCH: Final = 16 << 20  # a longer torn one is given in parts
_WINDOW: Final = 4 << 10, 1 << 20  # how much is looked through at once, growing


def pieces(file: IO[bytes]) -> Iterator[Piece]:
    """Yield the pieces of a file in their order; whatever it holds, all together are its bytes.

    Where the end of the file is whole it is yielded first, since what it repeats may be damaged before it; by `at` it
    is known that it lies behind the others.

    Raises:
        OSError: it could not be read.
    """
    size = os.fstat(file.fileno()).st_size
    end = end_of(file, size)
    if end is not None:
        yield end
    yield from _Walk(file, size if end is None else end.at, closed=end is not None).pieces()


class _Walk:
    """Goes through the records of a file, up to a byte, behind which is its end where it was closed."""

    def __init__(self, file: IO[bytes], end: int, *, closed: bool) -> None:
        self._file, self._end, self._closed = file, end, closed
        self._in_vain = 0

    def pieces(self) -> Iterator[Piece]:
        at = 0
        for piece in beginning_of(self._file):
            if at + len(piece.raw) <= self._end:
                yield piece
                at += len(piece.raw)
        while at < self._end:
            begun = at
            for found in self._chunks_from(at):
                yield found
                at += len(found.raw)
            if at == begun:
                return  # it became shorter meanwhile: its writer took back what the disk had not taken whole

    def _chunks_from(self, at: int) -> Iterator[Piece]:
        chunk = self._chunk(at) or index_at(self._file, at, self._end)
        if chunk is not None:
            yield chunk
        else:
            yield from self._torn(at)

    def _read(self, at: int, length: int) -> bytes:
        self._file.seek(at)
        return self._file.read(min(length, self._end - at))

    def _chunk(self, at: int) -> Chunk | None:
        hurried = self._in_vain > IN_VAIN + 4 * at
        found = chunk_at(self._file, at, self._end, _LONGEST_HURRIED if hurried else LONGEST)
        if isinstance(found, int):
            self._in_vain += found
            return None
        return found

    def _torn(self, at: int) -> Iterator[Torn]:
        """Yield what cannot be read, to the next chunk that is right."""
        begin, kept, window = at, bytearray(), _WINDOW[0]
        while True:
            looked = begin + len(kept)
            # a head that lies across the border is whole in one of both
            came = self._read(looked, window + CHUNK_HEAD_MOST)
            found = self._chunk_in(came, looked, window, at)
            kept += came[: window if found is None else found - looked]
            if found is not None or looked + window >= self._end:
                break
            if len(kept) >= _STRETCH:
                yield Torn(begin, bytes(kept))
                begin, kept = begin + len(kept), bytearray()
            window = min(2 * window, _WINDOW[1])
        if kept:
            to_the_end = found is None and begin == at and not self._closed
            yield Torn(begin, bytes(kept), cut=to_the_end and is_cut(kept))

    def _chunk_in(self, came: bytes, looked: int, window: int, torn: int) -> int | None:
        """Return where the first chunk that is right begins in what came, behind a torn one."""
        for match in CHUNK_HEAD.finditer(came):
            at = looked + match.start()
            if match.start() < window and at > torn and self._chunk(at) is not None:
                return at
        return None
