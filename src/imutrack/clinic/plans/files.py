"""The plan files of a data directory: one per patient, edited by hand, for nobody but their owner."""

from pathlib import Path
from typing import Final

from imutrack.errors import SettingsError, StoreError
from imutrack.stores.private_files import write_private

__all__ = ["FOLDER", "plan_path", "write_draft"]

FOLDER: Final = "plans"


def plan_path(data_dir: Path, patient: str) -> Path:
    """Return where the plan of a patient stands.

    Args:
        data_dir: the data directory.
        patient: registered pseudonym, as stored.
    """
    return data_dir / FOLDER / f"{patient}.toml"


def write_draft(path: Path, text: str) -> None:
    """Write a new plan file, whole or not at all; its folder 0700, itself 0600.

    Raises:
        SettingsError: there is one already; what a therapist wrote is never overwritten.
        StoreError: it could not be written.
    """
    if path.exists():
        raise SettingsError(f"{path}: exists already: edit it, or move it away for a new draft")
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        write_private(path, text.encode())
    except OSError as error:
        raise StoreError(f"{path}: the draft could not be written ({error.strerror}): check the folder") from error
