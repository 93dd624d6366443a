"""Predictions on labelled data: one suite per kind of data, each reading only what a user could know."""

from collections.abc import Callable
from pathlib import Path
from typing import Final

from imutrack.validation import formats, functional, reps, rom, sway

__all__ = ["SUITES"]

SUITES: Final[dict[str, Callable[[Path, Path, int], None]]] = {
    "reps": reps.predict,
    "rom": rom.predict,
    "sway": sway.predict,
    "functional": functional.predict,
    "formats": formats.predict,
}
