"""``imutrack simulate``: recordings as wearables, so that the collector can be tried without hardware."""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from imutrack.errors import SettingsError

if TYPE_CHECKING:
    from imutrack.samples import Recording

__all__ = ["simulate"]


def simulate(
    recordings: Annotated[
        list[Path] | None, typer.Argument(metavar="[RECORDING]...", help="What they measure; else a made-up set.")
    ] = None,
    wearable: Annotated[str, typer.Option("--as", metavar="WEARABLE", help="What they are.")] = "movella-dot",
    exercise: Annotated[
        str, typer.Option("--exercise", help="Of the made-up set, where no recording is given.")
    ] = "heel_slide",
    still: Annotated[int, typer.Option("--still", min=0, help="Straps more that lie still.")] = 0,
    once: Annotated[bool, typer.Option("--once", help="Play the recordings once, then lie still.")] = False,
    address_file: Annotated[
        Path | None, typer.Option("--address-file", help="Write the address of the simulated service here.")
    ] = None,
    settings_file: Annotated[
        Path | None, typer.Option("--settings-file", help="Write an imutrack.toml with these straps here.")
    ] = None,
) -> None:
    """Simulate wearables on a Bluetooth service of their own; no hardware, no root.

    Prints what to set so that imutrack scan and imutrack collect, in another terminal, see them.
    """
    import asyncio
    from contextlib import suppress

    from imutrack.recordings import read_recording
    from imutrack.simulation import made_up, plan_of
    from imutrack.simulation import simulate as run
    from imutrack.simulation.plan import named

    read = [_of_file(path, read_recording(path)) for path in recordings or []] or [made_up(exercise)]
    plan, tracks = plan_of(read, wearable, still=still, loop=not once)
    if settings_file is not None:
        straps = [named(strap, number) for number, strap in enumerate(plan.straps, 1)]
        _write_settings(settings_file, [(strap.label, strap.wearable, strap.address) for strap in straps])

    def say(line: str) -> None:
        print(line, flush=True)
        found = line.strip().removeprefix("export DBUS_SYSTEM_BUS_ADDRESS=")
        if address_file is not None and found != line.strip():
            address_file.write_text(found, encoding="utf-8")

    with suppress(KeyboardInterrupt):
        asyncio.run(run(plan, tracks, say=say))


def _of_file(path: Path, recording: "Recording") -> "Recording":
    """Return a recording whose sensors say which file they are of: many are called the same."""
    from dataclasses import replace

    several = len(recording.sensors) > 1
    sensors = (
        replace(each, label=f"{path.name} ({each.label})" if several else path.name) for each in recording.sensors
    )
    return replace(recording, sensors=tuple(sensors))


def _write_settings(path: Path, straps: list[tuple[str, str, str]]) -> None:
    """Write settings for the simulated straps, for their user alone; a file that is there is left alone.

    Raises:
        SettingsError: it says something else, or cannot be written.
    """
    said = ['clinic = "simulated"', ""]
    for label, wearable, address in straps:
        said += ["[[strap]]", f'label = "{label}"', f'wearable = "{wearable}"', f'address = "{address}"', ""]
    text = "\n".join(said)
    try:
        with open(path, "x", encoding="utf-8", opener=_private) as file:
            file.write(text)
    except FileExistsError:
        if path.read_text(encoding="utf-8") != text:
            raise SettingsError(f"{path}: is there and names other straps: move it away, or name another") from None
    except OSError as error:
        raise SettingsError(f"{path}: cannot be written ({error.strerror}): name another") from error


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)
