"""Predictions on labelled data: one suite per kind of data, each reading only what a user could know."""

from collections.abc import Callable
from pathlib import Path
from typing import Final

from imutrack.validation.ble import predict as predict_ble
from imutrack.validation.formats import predict as predict_formats
from imutrack.validation.functional import predict as predict_functional
from imutrack.validation.reps import predict as predict_reps
from imutrack.validation.rom import predict as predict_rom
from imutrack.validation.sway import predict as predict_sway

__all__ = ["SUITES"]

SUITES: Final[dict[str, Callable[[Path, Path, int], None]]] = {
    "reps": predict_reps,
    "rom": predict_rom,
    "sway": predict_sway,
    "functional": predict_functional,
    "formats": predict_formats,
    "ble": predict_ble,
}
