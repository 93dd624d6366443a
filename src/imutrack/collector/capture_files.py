"""The files of the captures: open ones by session, and ended ones of which the disk has not taken all yet.

A disk that takes nothing ends nothing: what waits is tried again with each flush, and is said once until that changes.
"""

import logging
import time
from collections.abc import Iterable
from pathlib import Path

from imutrack.capture import Writer

__all__ = ["CaptureFiles", "sync"]

log = logging.getLogger(__name__)


class CaptureFiles:
    """Writers, from when they are opened until the disk has all of them.

    Attributes:
        writers: by session.
        problem: what is wrong with the disk; empty where nothing is.
        flushed_s: when it last took all, in monotonic time.
        written_bytes: so far.
    """

    def __init__(self) -> None:
        self.writers: dict[int, Writer] = {}
        self._ended: list[Writer] = []
        self.problem = ""
        self.flushed_s: float | None = None
        self.written_bytes = 0

    @property
    def paths(self) -> list[Path]:
        """Of all files that are being written."""
        return [writer.path for writer in (*self.writers.values(), *self._ended)]

    @property
    def waiting_bytes(self) -> int:
        """What the disk has not taken."""
        return sum(writer.waiting for writer in (*self.writers.values(), *self._ended))

    def end(self, session: int) -> None:
        """Take the writer of a session away; it is closed when the disk has all of it."""
        self._ended.append(self.writers.pop(session))

    def flush(self) -> bool:
        """Hand everything to the operating system; return whether it took it."""
        refused: OSError | None = None
        for writer in (*self.writers.values(), *self._ended):
            before = writer.size
            try:
                writer.flush()
            except OSError as error:
                refused = error
            self.written_bytes += writer.size - before
        self._close_ended()
        if refused is not None:
            if not self.problem:
                why = refused.strerror
                log.warning("captures: the disk takes nothing (%s): make room; what comes is kept for now", why)
            self.problem = refused.strerror or "the disk takes nothing"
            return False
        if self.problem:
            log.info("captures: the disk takes them again")
        self.problem = ""
        self.flushed_s = time.monotonic()
        return True

    def _close_ended(self) -> None:
        for writer in [writer for writer in self._ended if not writer.waiting]:
            self._ended.remove(writer)
            before = writer.size
            try:
                writer.close()
            except OSError as error:  # its last bytes say only that it ends
                log.warning("captures: a file could not be ended (%s); all of it is readable", error.strerror)
            self.written_bytes += writer.size - before


def sync(writers: Iterable[Writer]) -> None:
    """Hand files to the disk; in a thread, since that takes as long as the disk does."""
    for writer in writers:
        try:
            writer.sync()
        except OSError:  # closed meanwhile, or the disk is away: the next flush says so
            continue
