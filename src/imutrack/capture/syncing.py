"""Hands a file to the disk: what the operating system has of it outlives a killed process, but no power cut."""

import os
from pathlib import Path

__all__ = ["sync"]


def sync(path: Path) -> None:
    """Wait until the disk has all of a file that was flushed; one that is gone needs no waiting.

    It is opened anew, so that whoever writes it may close it meanwhile. This takes as long as the disk does, which may
    be for ever: call it from a thread that nobody must wait for.

    Raises:
        OSError: the disk does not take it.
    """
    try:
        file = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return
    try:
        getattr(os, "fdatasync", os.fsync)(file)  # macOS has the one only
    finally:
        os.close(file)
