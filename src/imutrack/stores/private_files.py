"""Files for their owner alone, such as plans, reports and exports: written whole or not at all."""

import os
import tempfile
from pathlib import Path

__all__ = ["write_private"]


def write_private(path: Path, content: bytes) -> None:
    """Write a file, mode 0600, beside its place and then there in one step.

    Args:
        path: in a folder that exists.
        content: all of it; a file that is there is replaced.

    Raises:
        OSError: it could not be written; what was there is as before.
    """
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".part")  # mode 0600
    unfinished = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)
