"""Whether torn bytes are damage, and what they still say.

They are looked at as they stand, and unpacked where a packed stretch among them is whole enough. Packed stretches are
known by the mark that each begins with, not by the chunk around them, of which any part may be damaged.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import zstandard

from imutrack.capture.layout import CHUNK_IS, DATA_END, FOOTER_IS, HEAD, IN_VAIN, LONGEST, MAGIC
from imutrack.capture.parsing import CHUNK_HEAD_MOST, length_of

__all__ = ["Packed", "is_cut", "packed_in"]

_MARK: Final = b"\x28\xb5\x2f\xfd"  # RFC 8878, 3.1.1
_STEP: Final = 4 << 10  # fed at once: what came out before the damage is kept


@dataclass(frozen=True, slots=True)
class Packed:
    """A packed stretch.

    Attributes:
        begin, end: bytes it takes; to where it could be read.
        said: what it says, as far as it could be unpacked.
        whole: all of it could.
    """

    begin: int
    end: int
    said: bytes
    whole: bool


def is_cut(torn: bytes | bytearray) -> bool:
    """Whether what is torn up to the end of a file is no damage: something that was begun, and nothing or zeros behind.

    A power cut leaves zeros where a file system had made the file longer and not yet written to it.
    """
    written = bytes(torn.rstrip(b"\0"))
    if written.endswith(MAGIC):
        return False  # what stands there is the last that was written
    if len(written) < CHUNK_HEAD_MOST:
        return not written or written[0] in {CHUNK_IS, DATA_END[0]}
    if written.startswith(DATA_END):
        return _is_cut_end(written)
    length = length_of(written[:CHUNK_HEAD_MOST])
    return length is not None and len(written) < length <= LONGEST


def _is_cut_end(written: bytes) -> bool:
    at = 0
    while at + HEAD.size <= len(written):
        opcode, length = HEAD.unpack_from(written, at)
        at += HEAD.size + int(length)
        if opcode == FOOTER_IS:
            return len(written) < at + len(MAGIC)
    return True


def packed_in(torn: bytes) -> Iterator[Packed]:
    """Yield what can be unpacked of torn bytes, in their order, none within another."""
    at, in_vain = 0, 0
    while (begin := torn.find(_MARK, at)) >= 0 and in_vain < IN_VAIN + 4 * begin:
        found = _unpacked(torn, begin)
        at = found.end if found.whole else begin + len(_MARK)
        in_vain += 0 if found.whole else _STEP + found.end - begin + len(found.said)
        if found.said:
            yield found


def _unpacked(torn: bytes, begin: int) -> Packed:
    unpacker, said, at, long = zstandard.ZstdDecompressor(max_window_size=LONGEST).decompressobj(), [], begin, 0
    while at < len(torn) and not unpacker.eof and long < LONGEST:
        step = torn[at : at + _STEP]
        try:
            came = unpacker.decompress(step)
        except zstandard.ZstdError:
            break
        at += len(step)
        long += len(came)
        said.append(came)
    end = at - len(unpacker.unused_data) if unpacker.eof else at
    return Packed(begin, end, b"".join(said), unpacker.eof)
