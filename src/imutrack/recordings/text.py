"""Bytes of a `Source` as lines of text in one encoding, hashed on the way.

Data rows are plain ASCII in every known export; only names and units are not. So the blocks stay bytes, in an encoding
that agrees with ASCII: UTF-8 or Latin-1 as they are, UTF-16 (spreadsheets) turned into UTF-8.
"""

import codecs
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from imutrack.errors import RecordingError
from imutrack.recordings.files import Source

__all__ = ["HEAD_BYTES", "LAYOUT_BYTES", "Lines", "decode_head"]

HEAD_BYTES: Final = 4096  # what a reader sees to recognise its format
LAYOUT_BYTES: Final = 65536  # what is searched for the first row of numbers
MAX_LINE_BYTES: Final = 1 << 20  # a longer line is no table
MAX_CONTROL_SHARE: Final = 0.01  # of control characters in text

_CONTROLS = bytes(set(range(32)) - {9, 10, 12, 13, 27})
_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


def decode_head(head: bytes) -> tuple[str, str] | None:
    """Return the text of a file's first bytes and its encoding; None where they are not text."""
    if head.startswith(_UTF16):
        return head[: len(head) // 2 * 2].decode("utf-16", errors="replace"), "utf-16"
    if head.count(b"\0") or len(head) - len(head.translate(None, _CONTROLS)) > MAX_CONTROL_SHARE * len(head):
        return None
    try:
        return codecs.getincrementaldecoder("utf-8-sig")().decode(head, final=False), "utf-8"
    except UnicodeDecodeError:
        return head.decode("cp1252", errors="replace"), "cp1252"


@dataclass(slots=True)
class Lines:
    """The text of a source: whole lines in blocks, handed out once.

    Attributes:
        source: what is read.
        encoding: as `decode_head` found it.
        sha256: hash of all unpacked bytes, hex; known when the last block is out.
    """

    source: Source
    encoding: str
    sha256: str = ""

    def blocks(self) -> Iterator[bytes]:
        """Hand out blocks of whole lines that end with a line feed.

        Raises:
            RecordingError: the file cannot be read to its end, or is no text.
        """
        digest = hashlib.sha256()
        rest = b""
        for block in self._recoded(digest):
            text = block.replace(b"\r\n", b"\n").replace(b"\r", b"\n") if b"\r" in block else block
            cut = text.rfind(b"\n") + 1
            if not cut:
                rest += text
                if len(rest) > MAX_LINE_BYTES:
                    raise RecordingError(f"{self.source}: a line is longer than 1 MB: this is no table of readings")
                continue
            yield rest + text[:cut]
            rest = text[cut:]
        if rest:
            yield rest + b"\n"
        self.sha256 = digest.hexdigest()

    def _recoded(self, digest: "hashlib._Hash") -> Iterator[bytes]:
        if self.encoding != "utf-16":
            for block in self.source.blocks():
                digest.update(block)
                yield block
            return
        decoder = codecs.getincrementaldecoder("utf-16")(errors="replace")
        for block in self.source.blocks():
            digest.update(block)
            yield decoder.decode(block).encode()
