"""``imutrack validate``: predictions on labelled data, in the form the scorers read."""

from pathlib import Path
from typing import Annotated

import typer

__all__ = ["validate"]


def validate(
    suite: Annotated[str, typer.Argument(help="reps, rom, sway, functional, formats or ble.")],
    folder: Annotated[Path, typer.Argument(help="Folder of the labelled recordings; its answers are not read.")],
    out: Annotated[Path, typer.Option("--out", help="File to write the predictions to.")],
    jobs: Annotated[int, typer.Option("--jobs", min=1, help="Processes.")] = 1,
) -> None:
    """Write what imutrack says of labelled recordings.

    Reads only what a user could know, never the answers.
    """
    from imutrack.errors import SettingsError
    from imutrack.validation import SUITES

    if suite not in SUITES:
        raise SettingsError(f"no suite {suite!r}: use one of {', '.join(SUITES)}")
    if not folder.is_dir():
        raise SettingsError(f"{folder}: no such folder")
    SUITES[suite](folder, out, jobs)
