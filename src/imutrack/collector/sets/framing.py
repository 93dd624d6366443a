"""How orders and answers lie on the pipe between the collector and the analyst's process: a length, then a pickle.

Both ends are processes of this program, one started by the other, on a pipe that nobody else has.
"""

import pickle
import struct
from typing import Any, Final

__all__ = ["HEAD_BYTES", "framed", "length_of", "unpacked"]

_LENGTH: Final = struct.Struct("<Q")
HEAD_BYTES: Final = _LENGTH.size


def framed(what: object) -> bytes:
    """Return what goes over the pipe: the length of the rest, and the rest."""
    packed = pickle.dumps(what, pickle.HIGHEST_PROTOCOL)
    return _LENGTH.pack(len(packed)) + packed


def length_of(head: bytes) -> int:
    """Return how many bytes come after the first `HEAD_BYTES`."""
    return int(_LENGTH.unpack(head)[0])


def unpacked(packed: bytes) -> Any:
    """Return what was framed, from its bytes after the head."""
    return pickle.loads(packed)  # noqa: S301 - from our own process
