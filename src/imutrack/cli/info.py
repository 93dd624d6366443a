"""``imutrack info``: what a file holds."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from imutrack.cli.options import Columns, Config, Json, Rate, Tz, Units

if TYPE_CHECKING:
    from imutrack.errors import RecordingError
    from imutrack.recordings import Description, FileGroup

__all__ = ["info"]


def info(
    files: Annotated[
        list[Path], typer.Argument(help="Recorded files, folders or archives.", show_default=False, readable=False)
    ],
    tz: Tz = None,
    rate: Rate = None,
    units: Units = None,
    columns: Columns = None,
    as_json: Json = False,
    config: Config = None,
) -> None:
    """Say what recorded files hold.

    Format, sensors, rates, where the units come from, gaps and start.
    """
    from dataclasses import replace

    import msgspec

    from imutrack import config as configuration
    from imutrack.cli.output import one_line, valid_unicode, warn
    from imutrack.errors import RecordingError
    from imutrack.recordings import ReadOptions, describe_group, find_recordings

    options = ReadOptions.parse(
        columns=columns, units=units, rate_hz=rate, tz=configuration.load(config, tz=tz).timezone
    )
    failed = False
    for group in find_recordings(files, options):
        try:
            if isinstance(group, RecordingError):
                raise group
            description = describe_group(group, options)
        except RecordingError as error:
            failed = True
            if as_json:
                said = {"kind": "error", "file": _name(group), "message": str(error)}
                print(msgspec.json.encode({key: valid_unicode(text) for key, text in said.items()}).decode())
            else:
                warn(str(error))
            continue
        if as_json:
            sources = tuple(map(valid_unicode, description.sources))
            print(msgspec.json.encode(replace(description, sources=sources)).decode())
        else:
            print("\n".join(map(one_line, _lines(description))))
    raise typer.Exit(1 if failed else 0)


def _name(group: "FileGroup | RecordingError") -> str:
    """Return the file a line is about; an error begins with it."""
    return str(group).split(": ", 1)[0] if isinstance(group, Exception) else str(group)


def _lines(description: "Description") -> list[str]:
    from datetime import UTC, datetime

    from imutrack.placements import placement_text

    start = "not stated"
    if description.start is not None:
        start = f"{datetime.fromtimestamp(description.start, UTC):%Y-%m-%d %H:%M:%S} UTC"
    zone = f", zone {description.zone}" if description.zone else ""
    lines = [
        ", ".join(Path(source).name for source in description.sources),
        f"  format    {description.format}",
        f"  start     {start}{zone}",
        f"  duration  {description.duration_s:.2f} s",
    ]
    for sensor in description.sensors:
        place = placement_text(sensor.placement) if sensor.placement else ""
        side = f"{sensor.side} " if sensor.side else ""
        worn = f", worn on the {side}{place}" if place else ""
        lines.append(f"  sensor    {sensor.label}{worn}")
        for quantity in sensor.quantities:
            missing = f", {quantity.gaps} gaps (longest {quantity.longest_gap_s:.2f} s)" if quantity.gaps else ""
            bad = f", {quantity.bad} bad values" if quantity.bad else ""
            lines.append(
                f"    {quantity.quantity:<8}  {quantity.n} readings at {quantity.rate_hz:.2f} Hz{missing}{bad}; "
                f"{quantity.origin}"
            )
    return [*lines, *(f"  note      {note}" for note in description.notes)]
