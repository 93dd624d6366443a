"""How the records of an MCAP file lie in it, and how much of a file that may hold anything is read.

https://mcap.dev/spec: all numbers are little-endian, all times ns since 1970.
"""

import struct
from typing import Final

__all__ = [
    "CHANNEL_IS",
    "CHUNK",
    "CHUNK_IS",
    "DATA_END",
    "DATA_END_BYTES",
    "FOOTER",
    "FOOTER_BYTES",
    "FOOTER_IS",
    "HEAD",
    "HEADER_IS",
    "INDEX_IS",
    "IN_VAIN",
    "LENGTH",
    "LONGEST",
    "MAGIC",
    "MESSAGE",
    "MESSAGE_IS",
    "NUMBER",
]

MAGIC: Final = b"\x89MCAP0\r\n"
"""The first and the last bytes of a file."""
HEAD: Final = struct.Struct("<BQ")
"""Of each record: what it is, how long the rest is."""
HEADER_IS, FOOTER_IS, CHANNEL_IS, MESSAGE_IS, CHUNK_IS, INDEX_IS = 1, 2, 4, 5, 6, 7
"""What a record is."""
CHUNK: Final = struct.Struct("<QQQII")
"""First and last message; size and checksum unpacked; length of the name of the compression, which follows."""
LENGTH: Final = struct.Struct("<Q")
"""Of the data of a chunk, before it."""
MESSAGE: Final = struct.Struct("<HIQQ")
"""Channel, sequence, logged and published; the data follows."""
FOOTER: Final = struct.Struct("<QQI")
"""Where the summary and its offsets begin, 0 where there are none; checksum of the summary and of what is before it."""
NUMBER: Final = struct.Struct("<I")
"""A checksum, or the length of a text or a list before it."""
DATA_END: Final = HEAD.pack(15, NUMBER.size)
"""How the end of a file begins; the checksum of all before it follows, or 0."""
DATA_END_BYTES: Final = len(DATA_END) + NUMBER.size
FOOTER_BYTES: Final = HEAD.size + FOOTER.size

LONGEST: Final = 64 << 20
"""Bytes of a chunk, packed or not: a damaged length must not ask for all memory there is."""
IN_VAIN: Final = 16 << 20
"""Bytes that may be read or unpacked in vain, besides four times as much as was gone through."""
