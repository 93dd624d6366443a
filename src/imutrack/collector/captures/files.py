"""The files of the captures: open ones by session, and ended ones of which the disk has not taken all yet.

A disk that takes nothing ends nothing: what waits is tried again with each flush, and is said once until that changes.
What was ended is handed to the disk once more, so that a power cut after the end of a session costs none of it. A file
that somebody deletes while it is written is written again from its beginning: as long as it is open nothing of it is
lost, and each set that it holds is looked for there.
"""

import logging
import time
from collections import deque
from collections.abc import Iterable
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Final

from imutrack.capture import Writer
from imutrack.capture.syncing import sync
from imutrack.collector.own_thread import done_within, in_own_thread

__all__ = ["DELETED", "CaptureFiles"]

log = logging.getLogger(__name__)

DELETED: Final = (
    "somebody deleted a capture that is being written: it was written again, and nothing of it is lost; a capture can "
    "be deleted when its session has ended"
)


class CaptureFiles:
    """Writers, from when they are opened until the disk has all of them.

    Attributes:
        writers: by session.
        problem: what is wrong with the disk; empty where nothing is.
        flushed_s: when it last took all, in monotonic time.
        written_bytes: so far.
        unsynced: that were closed, and were not handed to the disk since.
        mended: that somebody deleted while they were written, and that were written again.
    """

    def __init__(self) -> None:
        self.writers: dict[int, Writer] = {}
        self._ended: list[Writer] = []
        self.unsynced = deque[Path]()
        self.mended = set[Path]()
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
                self._mend(writer)
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

    async def sync(self) -> None:
        """Hand all files to the disk, in a thread."""
        with suppress(
            RuntimeError
        ):  # no thread can be begun: the operating system has them, and soon it is tried again
            await in_own_thread("sync", partial(_sync, self._open_paths, self.unsynced))

    def sync_within(self, seconds: float) -> bool:
        """Hand all files to the disk; return whether it had them in so many seconds."""
        return done_within(seconds, "sync", partial(_sync, self._open_paths, self.unsynced))

    @property
    def _open_paths(self) -> list[Path]:
        return [writer.path for writer in self.writers.values()]

    def _mend(self, writer: Writer) -> None:
        """See to it that what is written can be found; what has ended may be thrown away at once.

        Raises:
            OSError: it cannot.
        """
        if writer in self._ended or not writer.mend() or writer.path in self.mended:
            return
        log.warning("%s: %s", writer.path.name, DELETED)
        self.mended.add(writer.path)

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


def _sync(open_now: Iterable[Path], closed: deque[Path]) -> None:
    """Hand files to the disk; ``closed`` is emptied, while it may be added to."""
    for path in open_now:
        with suppress(OSError):  # the disk is away: the next flush says so
            sync(path)
    while closed:
        with suppress(OSError, IndexError):  # the disk is away; or another thread was first
            sync(closed.popleft())
