"""What torn bytes still say: as they stand, and unpacked where a packed stretch among them is whole enough.

Packed stretches are known by the mark that each begins with, not by the chunk around them, of which any part may be
damaged.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import zstandard

__all__ = ["Packed", "packed_in"]

_MARK: Final = b"\x28\xb5\x2f\xfd"  # RFC 8878, 3.1.1
_STEP: Final = 4 << 10  # fed at once: what came out before the damage is kept
_LONGEST: Final = 64 << 20  # unpacked
_IN_VAIN: Final = 16 << 20  # as of `imutrack.capture.records`


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


def packed_in(torn: bytes) -> Iterator[Packed]:
    """Yield what can be unpacked of torn bytes, in their order, none within another."""
    at, in_vain = 0, 0
    while (begin := torn.find(_MARK, at)) >= 0 and in_vain < _IN_VAIN + 4 * begin:
        found = _unpacked(torn, begin)
        at = found.end if found.whole else begin + len(_MARK)
        in_vain += 0 if found.whole else _STEP + found.end - begin + len(found.said)
        if found.said:
            yield found


def _unpacked(torn: bytes, begin: int) -> Packed:
    unpacker, said, at, long = zstandard.ZstdDecompressor(max_window_size=_LONGEST).decompressobj(), [], begin, 0
    while at < len(torn) and not unpacker.eof and long < _LONGEST:
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
