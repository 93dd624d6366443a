"""The one file of the local store: opened by several processes at once, never left half-written.

Write-ahead log: readers never wait for a writer, writers wait for each other, and a process that is killed leaves what
was committed before. ``synchronous=FULL``: a result that was reported as stored survives a power cut; a commit per
recording is rare enough that its fsync costs nothing that anyone would notice. ``secure_delete``: what is erased or
replaced is overwritten, not just unlinked.

A full disk has no room even for the index of that log, which SQLite keeps beside the file. Then one process at a time
has the file for itself and keeps the index in memory, so that what is stored can be read. Who wants it for itself does
not wait with the file open: two who look at it would wait for each other.

The file is touched through SQLite alone. Opening it beside SQLite and closing it again would drop the locks that
another connection of this process holds.
"""

import contextlib
import os
import random
import sqlite3
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

from imutrack.errors import NoRoomError, SchemaError, StoreError
from imutrack.stores.migrations import VERSION, create, migrate

__all__ = ["FILE_NAME", "Database"]

Hook = Callable[[sqlite3.Connection], None]

FILE_NAME: Final = "imutrack.sqlite3"
_APPLICATION_ID: Final = 0x696D7574  # "imut", in SQLite's header: tells our file from anybody else's
_WAL_TRIES: Final = 20
_TURN_S: Final = (0.005, 0.05)  # left to chance, so that two who meet do not meet again; opening takes about as long

# one statement, so that it sees one state of a file that another process is making
_WHOSE: Final = (
    "SELECT application_id, user_version, (SELECT count(*) FROM sqlite_master) "
    "FROM pragma_application_id, pragma_user_version"
)

_HELP: Final[dict[int, str]] = {
    sqlite3.SQLITE_FULL: "the disk is full: free some space and run again; what it held before is whole",
    sqlite3.SQLITE_IOERR: "could not be read or written ({error}): check the disk, its space and limits, and run again",
    sqlite3.SQLITE_READONLY: "is read-only: make the file and its folder writable, or choose another with --data-dir",
    sqlite3.SQLITE_CANTOPEN: "cannot be opened: see that its folder exists and is writable, or use another --data-dir",
    sqlite3.SQLITE_PERM: "may not be used: make the file and its folder yours, or choose another with --data-dir",
    sqlite3.SQLITE_BUSY: "is in use by another imutrack that does not let go: wait for it or stop it, and run again",
    sqlite3.SQLITE_NOTADB: "is not an imutrack store: move it away, or choose another folder with --data-dir",
    sqlite3.SQLITE_CORRUPT: "is damaged: restore it from a backup, or move it away and replay the recordings",
}

_NO_INDEX: Final = {sqlite3.SQLITE_IOERR_SHMOPEN, sqlite3.SQLITE_IOERR_SHMSIZE}
_TAKES_NOTHING: Final = {sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR_WRITE, *_NO_INDEX}  # the second beyond a quota


class Database:
    """An open store file. Close it, or use it in a ``with``; closing twice does nothing.

    Attributes:
        path: of the file.
        connection: for reading inside `reading` and writing inside `transaction`, where errors are explained.
        at_begin, at_commit: what is done first and last in every transaction.
    """

    def __init__(self, directory: Path, *, busy_s: float = 30.0) -> None:
        """Open the file in a directory; make both where they are missing, for nobody but their owner.

        Args:
            directory: the data directory.
            busy_s: how long to wait for another process that is writing.

        Raises:
            SchemaError: the file is of a newer version, or another program's; it is left as it is.
            StoreError: the file cannot be made, opened or read.
        """
        self.path = directory / FILE_NAME
        self.at_begin: Hook = _nothing
        self.at_commit: Hook = _nothing
        self._make(directory)
        until_s = time.monotonic() + busy_s
        with self._explained():
            self._probe(busy_s)
            try:
                self._open(_left_s(until_s))
            except sqlite3.OperationalError as error:
                if not _lacks_room(error):
                    raise
                self._open_alone(until_s)
            self.connection.execute(f"PRAGMA busy_timeout = {round(busy_s * 1000)}").fetchone()
        self._identity = self._identify()

    def __enter__(self) -> "Database":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the file."""
        self.connection.close()

    @contextlib.contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """Hold the only right to write; all that is done inside is kept, or none of it.

        One inside another is part of the other.

        Raises:
            StoreError: it could not be kept; the file is as before.
        """
        if self.connection.in_transaction:  # part of a larger one
            yield self.connection
            return
        with self._explained():
            self.connection.execute("BEGIN IMMEDIATE")
            try:
                self.at_begin(self.connection)
                yield self.connection
                self.at_commit(self.connection)
                self._check_in_place()
                self.connection.execute("COMMIT")
            except BaseException:
                with contextlib.suppress(sqlite3.Error):  # after a failed write SQLite has rolled back by itself
                    self.connection.execute("ROLLBACK")
                raise

    @contextlib.contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """Read.

        Raises:
            StoreError: it could not be read.
        """
        with self._explained():
            yield self.connection

    def forget(self) -> None:
        """Take out of the write-ahead log what was erased; left to the last reader where one is reading now.

        Inside a transaction it does nothing: who holds it forgets at its end.
        """
        if self.connection.in_transaction:
            return
        with self._explained():
            self.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()

    def _make(self, directory: Path) -> None:
        try:
            directory.mkdir(mode=0o700, parents=True, exist_ok=True)
            if not self.path.exists():
                os.close(os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
        except FileExistsError as error:
            if not directory.is_dir():
                raise StoreError(f"{directory}: is no folder: choose another") from error
        except OSError as error:
            raise StoreError(
                f"{self.path}: cannot be made ({error.strerror}): choose a folder you can write to"
            ) from error

    def _probe(self, busy_s: float) -> None:
        """Refuse what is not ours before anything is written, not even SQLite's files beside it."""
        nobody_writes = not self.path.with_name(FILE_NAME + "-wal").exists()
        mode = "mode=ro&immutable=1" if nobody_writes else "mode=ro"
        address = f"{self.path.absolute().as_uri()}?{mode}"
        probe = sqlite3.connect(address, uri=True, timeout=busy_s, isolation_level=None)
        try:
            self._check_version(probe)
        except sqlite3.OperationalError as error:
            if not _lacks_room(error):  # else it is looked at once it is opened, and nothing can be written
                raise
        finally:
            probe.close()

    def _check_version(self, connection: sqlite3.Connection) -> int:
        """Return the version of the file, 0 for an empty one."""
        ((application, version, tables),) = connection.execute(_WHOSE)
        if application != _APPLICATION_ID:
            if application or version or tables:
                raise SchemaError(f"{self.path}: {_HELP[sqlite3.SQLITE_NOTADB]}")
        elif version > VERSION:
            raise SchemaError(
                f"{self.path}: was written by a newer imutrack (schema {version}, this one knows {VERSION}): "
                "update imutrack, or choose another folder with --data-dir"
            )
        elif version < 1:
            raise StoreError(f"{self.path}: {_HELP[sqlite3.SQLITE_CORRUPT]}")
        return int(version)

    def _open_alone(self, until_s: float) -> None:
        """Have the file for itself, as soon as nobody else has."""
        while True:
            try:
                self._open(0.0, alone=True)
            except sqlite3.OperationalError as error:
                if _primary(error) != sqlite3.SQLITE_BUSY or _left_s(until_s) == 0.0:
                    raise
                time.sleep(random.uniform(*_TURN_S))  # noqa: S311 - no secret
            else:
                return

    def _open(self, busy_s: float, *, alone: bool = False) -> None:
        self.connection = sqlite3.connect(self.path, timeout=busy_s, isolation_level=None)
        try:
            if alone:  # which is heeded only before the file is first looked at
                self.connection.execute("PRAGMA locking_mode = EXCLUSIVE").fetchone()
            self._prepare()
        except BaseException:
            self.connection.close()
            raise

    def _prepare(self) -> None:
        self.connection.execute("PRAGMA synchronous = FULL")
        self.connection.execute("PRAGMA secure_delete = ON")
        self._use_wal()
        if self._check_version(self.connection) == VERSION:
            return
        self.connection.execute("BEGIN IMMEDIATE")
        try:
            version = self._check_version(self.connection)  # again: another process may have been first
            if version == 0:
                self.connection.execute(f"PRAGMA application_id = {_APPLICATION_ID}")
                create(self.connection)
            else:
                migrate(self.connection, version)
            self.connection.execute("COMMIT")
        except BaseException:
            with contextlib.suppress(sqlite3.Error):
                self.connection.execute("ROLLBACK")
            raise

    def _use_wal(self) -> None:
        """Switch a new file to the write-ahead log; SQLite does not wait here, so processes that meet try again."""
        for attempt in range(_WAL_TRIES):
            try:
                self.connection.execute("PRAGMA journal_mode = WAL").fetchone()
            except sqlite3.OperationalError as error:
                if _primary(error) != sqlite3.SQLITE_BUSY or attempt == _WAL_TRIES - 1:
                    raise
                self.connection.execute("BEGIN IMMEDIATE")  # this does wait
                self.connection.execute("ROLLBACK")
            else:
                return

    @contextlib.contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.DatabaseError as error:
            code = _primary(error)
            if code is None:  # not from the file: wrong use of the connection
                raise
            advice = _HELP.get(code, "could not be used ({error}): run again with --debug").format(error=error)
            kind = NoRoomError if error.sqlite_errorcode in _TAKES_NOTHING else StoreError
            raise kind(f"{self.path}: {advice}") from error

    def _identify(self) -> tuple[int, int] | None:
        try:
            status = self.path.stat()
        except OSError:
            return None
        return status.st_dev, status.st_ino

    def _check_in_place(self) -> None:
        if self._identify() != self._identity:
            raise StoreError(f"{self.path}: was moved or deleted while in use: put it back and run again")


def _nothing(_: sqlite3.Connection) -> None:
    """Do nothing."""


def _lacks_room(error: sqlite3.Error) -> bool:
    """Whether there is no room for the index of the write-ahead log."""
    return error.sqlite_errorcode in _NO_INDEX


def _left_s(until_s: float) -> float:
    return max(until_s - time.monotonic(), 0.0)


def _primary(error: sqlite3.Error) -> int | None:
    code: int | None = getattr(error, "sqlite_errorcode", None)
    return None if code is None else code & 0xFF
