"""Where captures lie, and whether one is being written."""

import errno
import fcntl
from pathlib import Path
from typing import Final

from imutrack.capture.writing import SUFFIX

__all__ = ["FOLDER", "capture_files", "captures_in", "is_written", "leftovers_of"]

FOLDER: Final = "captures"
"""Where they lie in the data directory."""


def captures_in(data_dir: Path) -> list[Path]:
    """Return the captures of a data directory, by name."""
    return capture_files(data_dir / FOLDER)


def capture_files(folder: Path) -> list[Path]:
    """Return the captures in a folder, by name."""
    return sorted(path for path in folder.glob(f"*{SUFFIX}") if path.is_file())


def leftovers_of(path: Path) -> list[Path]:
    """Return the unfinished copies of a capture that a renaming left behind when it was killed."""
    return sorted(path.parent.glob(f".{path.name}.*.part"))


def is_written(path: Path) -> bool:
    """Whether a process has it open to write, as the collector has the captures of open sessions.

    Asks the kernel, which gives no lease on such a file. Only Linux has leases, and only there the collector runs.

    Raises:
        OSError: it cannot be opened.
    """
    if not hasattr(fcntl, "F_SETLEASE"):
        return False
    with path.open("rb") as file:
        try:
            fcntl.fcntl(file, fcntl.F_SETLEASE, fcntl.F_RDLCK)
            fcntl.fcntl(file, fcntl.F_SETLEASE, fcntl.F_UNLCK)
        except OSError as error:
            return error.errno == errno.EAGAIN  # another one: a file system without leases
    return False
