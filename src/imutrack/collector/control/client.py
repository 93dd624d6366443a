"""How a command asks the collector that runs on this machine; `imutrack.collector.control.server` answers.

One JSON line goes over a local socket; lines come back until one says that it was all: ``{"answer": ...}`` any number
of times, then ``{"end": true}``, or ``{"error": what, "kind": class}``, which is raised here as what it was there.

Imports next to nothing: a command is to begin at once.
"""

import json
import socket
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import IO, Any, Final

import imutrack.errors
from imutrack.errors import ImutrackError, SettingsError

__all__ = ["ANSWER_BYTES", "DEFAULT_NAME", "REQUEST_BYTES", "ask", "socket_path"]

REQUEST_BYTES: Final = 64 * 1024  # a request is a few words; a long note stays far below
ANSWER_BYTES: Final = 1024 * 1024  # one line; a plan or the results of a set have some kB
DEFAULT_NAME: Final = "collector.sock"
_CONNECT_S: Final = 5.0  # the kernel answers for the collector at once, unless many wait before us
_FIRST_S: Final = 5.0  # every command is answered at once, if only by what somebody is to do next


def socket_path(said: str | None, data_dir: Path) -> Path:
    """Return where the collector listens.

    Args:
        said: ``socket`` of the ``[collector]`` settings.
        data_dir: the data directory, to which that is relative.
    """
    return data_dir / Path(said or DEFAULT_NAME).expanduser()


def ask(
    path: Path, request: Mapping[str, Any], *, silent_s: float | None = 60.0, first_s: float = _FIRST_S
) -> Iterator[dict[str, Any]]:
    """Ask the collector and return its answers as they come. Nothing is sent before the first is asked for.

    Args:
        path: where it listens, of `socket_path`.
        request: what is asked, to become JSON.
        silent_s: how long it may say nothing after its first answer, such as during a set-up check; None where that is
            as it should be.
        first_s: how long it may say nothing before that; then it stands still, whatever was asked.

    Raises:
        SettingsError: no collector runs here, or it is another user's; or that is what the collector raised.
        ImutrackError: the collector raised it, or it ended, or it no longer says anything.
    """
    line = json.dumps(request).encode() + b"\n"
    if len(line) > REQUEST_BYTES:
        raise SettingsError(f"that is {len(line)} bytes, the collector takes {REQUEST_BYTES}: make it shorter")
    with _connect(path) as connection:
        waited_s = first_s if silent_s is None else min(first_s, silent_s)
        connection.settimeout(waited_s)
        try:
            connection.sendall(line)
            with connection.makefile("rb") as lines:
                for answer in _answers(lines):
                    connection.settimeout(silent_s)
                    waited_s = silent_s or waited_s
                    yield answer
        except TimeoutError as error:
            raise ImutrackError(
                f"the collector does not answer, after {waited_s:g} s: look at its log, or start it anew; what was "
                "asked takes effect once it goes on"
            ) from error
        except ConnectionError as error:
            raise _ended() from error


def _connect(path: Path) -> socket.socket:
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    connection.settimeout(_CONNECT_S)
    try:
        connection.connect(str(path))
    except (FileNotFoundError, NotADirectoryError, ConnectionRefusedError) as error:
        connection.close()
        raise SettingsError(f"{path}: no collector runs here: start imutrack collect") from error
    except PermissionError as error:
        connection.close()
        raise SettingsError(f"{path}: the collector is another user's: ask as that user (sudo -u imutrack)") from error
    except OSError as error:
        connection.close()
        raise SettingsError(f"{path}: the collector cannot be asked ({error})") from error
    return connection


def _answers(lines: IO[bytes]) -> Iterator[dict[str, Any]]:
    while True:
        line = lines.readline(ANSWER_BYTES)
        if not line.endswith(b"\n"):
            raise _ended()
        said = json.loads(line)
        if "end" in said:
            return
        if "error" in said:
            raise _error(said.get("kind", ""))(said["error"])
        yield said["answer"]


def _error(kind: str) -> type[ImutrackError]:
    """Return the class of that name; the one of all where this version does not know it."""
    found = getattr(imutrack.errors, kind, None) if kind in imutrack.errors.__all__ else None
    return found or ImutrackError


def _ended() -> ImutrackError:
    return ImutrackError("the collector ended before it had answered: look at its log")
