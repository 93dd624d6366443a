"""The socket of the commands: made in its place, and kept there.

A lock beside the socket, which ends with its process, tells a living collector from what a dead one left behind. A
socket that somebody deleted is made anew: nobody could ask the collector any more, nor start another.

Only where another path is needed is it the settings that are wrong; a full disk passes, and whoever starts the
collector again succeeds.
"""

import asyncio
import contextlib
import errno
import fcntl
import logging
import os
import socket
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from stat import S_ISSOCK
from typing import Any, Final

from imutrack.collector.control.client import REQUEST_BYTES
from imutrack.errors import ImutrackError, SettingsError

__all__ = ["check_path", "listening_at"]

log = logging.getLogger(__name__)

_Converse = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Coroutine[Any, Any, None]]

_OF_THE_PATH: Final = frozenset(
    {None, errno.EACCES, errno.EISDIR, errno.ELOOP, errno.ENAMETOOLONG, errno.ENOENT, errno.ENOTDIR, errno.EPERM}
)
"""Numbers of errors that stay until another path is set; Python has none for a path too long for a socket."""


@asynccontextmanager
async def listening_at(path: Path, converse: _Converse, look_s: float) -> AsyncIterator[None]:
    """Listen at a path until the block is left, whoever deletes the socket meanwhile.

    Args:
        path: of the socket, in a folder that exists.
        converse: holds a conversation.
        look_s: between two looks whether the socket is still there.

    Raises:
        SettingsError: there can be no socket at that path.
        ImutrackError: a collector runs already here, or the machine has no room; this passes.
    """
    with contextlib.ExitStack() as stack:
        with _explained(path):
            stack.enter_context(_lock(path))
        server = await _server(path, converse)
        stack.callback(path.unlink, missing_ok=True)

        async def look() -> None:
            nonlocal server
            with _explained(path):
                if not _is_there(_lock_of(path)):
                    stack.enter_context(_lock(path))
            if not _is_there(path):
                gone, server = server, await _server(path, converse)
                gone.close()
                log.warning("%s: somebody deleted this socket, over which commands come: made anew", path)

        keeping = asyncio.ensure_future(_keep(look, look_s))
        try:
            yield
        finally:
            keeping.cancel()
            await asyncio.wait([keeping])
            server.close()


def check_path(path: Path, made: Path) -> None:
    """See that a collector can make its socket at a path, without making one.

    Args:
        path: of the socket.
        made: a folder that it makes where it is missing: the data directory.

    Raises:
        SettingsError: it cannot.
    """
    folder = path.parent
    with _explained(path):
        if folder != made or folder.exists():
            os.scandir(folder).close()
            if not os.access(folder, os.W_OK | os.X_OK):
                raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
        _require_short(path)
        _require_socket(path)


async def _keep(look: Callable[[], Coroutine[Any, Any, None]], look_s: float) -> None:
    why = ""
    while True:
        await asyncio.sleep(look_s)
        try:
            await look()
        except ImutrackError as error:
            if why != str(error):  # else it was said
                log.warning("somebody deleted the socket over which commands come: %s", error)
            why = str(error)


@contextmanager
def _explained(path: Path) -> Iterator[None]:
    """Say of an error whether another path helps."""
    try:
        yield
    except OSError as error:
        if error.errno in _OF_THE_PATH:
            raise SettingsError(f"{path}: no socket can be made there ({error}): set [collector] socket") from error
        raise ImutrackError(f"{path}: no socket can be made now ({error.strerror}): try again") from error


async def _server(path: Path, converse: _Converse) -> asyncio.Server:
    """Return a server at a path, where a dead collector may have left its socket.

    Raises:
        SettingsError: there can be no socket at that path.
        ImutrackError: the machine has no room; this passes.
    """
    with _explained(path), contextlib.ExitStack() as stack:
        _require_socket(path)
        path.unlink(missing_ok=True)
        listening = stack.enter_context(socket.socket(socket.AF_UNIX, socket.SOCK_STREAM))
        listening.bind(str(path))
        path.chmod(0o600)  # before it listens, so that nobody else can have connected
        listening.setblocking(False)
        server = await asyncio.start_unix_server(converse, sock=listening, limit=REQUEST_BYTES)
        stack.pop_all()  # the server's now
    return server


def _lock_of(path: Path) -> Path:
    return path.with_name(f"{path.name}.lock")


@contextmanager
def _lock(path: Path) -> Iterator[None]:
    descriptor = os.open(_lock_of(path), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise ImutrackError(f"{path}: a collector runs already here: end it first, or use it") from None
        yield
    finally:
        os.close(descriptor)


def _is_there(path: Path) -> bool:
    try:
        path.lstat()
    except FileNotFoundError:
        return False
    except OSError:  # nothing is known of it, so nothing is done about it
        return True
    return True


def _require_short(path: Path) -> None:
    """Refuse a path that is too long for a socket, by Python's own measure: it differs from system to system."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as asking:
        try:
            asking.connect(str(path))  # nothing can come of it: the collector's socket is of another kind
        except OSError as error:
            if error.errno is None:
                raise


def _require_socket(path: Path) -> None:
    """Refuse what is there and no socket."""
    with contextlib.suppress(FileNotFoundError):
        if not S_ISSOCK(path.lstat().st_mode):
            raise SettingsError(f"{path}: is there and no socket: move it away, or set [collector] socket")
