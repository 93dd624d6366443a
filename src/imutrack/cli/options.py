"""Options that several commands share."""

from pathlib import Path
from typing import Annotated

import typer

__all__ = ["Columns", "Config", "DataDir", "Json", "Rate", "Tz", "Units"]

Config = Annotated[
    Path | None, typer.Option("--config", help="Settings file; else IMUTRACK_CONFIG, then ./imutrack.toml.")
]
DataDir = Annotated[
    Path | None, typer.Option("--data-dir", help="Folder of the local store; else IMUTRACK_DATA_DIR, then settings.")
]
Tz = Annotated[
    str | None, typer.Option("--tz", help="Time zone of files that state none, such as Europe/Berlin; else settings.")
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON Lines, one object per result.")]
Rate = Annotated[float | None, typer.Option("--rate", help="Readings per second of files without times.")]
Units = Annotated[str | None, typer.Option("--units", help="Such as acc=g,gyr=deg/s,t=ms.")]
Columns = Annotated[
    str | None, typer.Option("--columns", help="What the columns hold: t,acc_x,acc_y,acc_z,gyr_x,...; - for none.")
]
