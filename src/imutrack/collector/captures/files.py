"""The files of the captures: open ones by session, and ended ones of which the disk has not taken all yet.

A disk that takes nothing ends nothing: what waits is tried again with each flush, and is said once until that changes.
What was ended is handed to the disk once more, so that a power cut after the end of a session costs none of it.
"""

import logging
import os
import time
from collections import deque
from collections.abc import Iterable
from contextlib import suppress
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
        unsynced: that were closed, and were not handed to the disk since.
    """

    def __init__(self) -> None:
        self.writers: dict[int, Writer] = {}
        self._ended: list[Writer] = []
        self.unsynced = deque[Path]()
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
            self.unsynced.append(writer.path)


def sync(writers: Iterable[Writer], closed: deque[Path]) -> None:
    """Hand files to the disk, open ones and closed ones; in a thread, since that takes as long as the disk does.

    Args:
        writers: of the open ones.
        closed: of `CaptureFiles`; emptied, while it may be added to.
    """
    for writer in writers:
        with suppress(OSError):  # closed meanwhile, or the disk is away: the next flush says so
            writer.sync()
    while closed:
        with suppress(OSError, IndexError):  # thrown away meanwhile, or the disk is away; or another thread was first
            _sync_closed(closed.popleft())


def _sync_closed(path: Path) -> None:
    file = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(file)
    finally:
        os.close(file)
