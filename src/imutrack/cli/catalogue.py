"""``imutrack exercises``, ``imutrack formats`` and ``imutrack wearables``: what is supported."""

from typing import TYPE_CHECKING, Any, Literal, get_args, get_origin, get_type_hints

from rich.table import Table

if TYPE_CHECKING:
    from imutrack.wearables import Stream, Wearable

__all__ = ["exercises", "formats", "wearables"]

_PLAINLY = {
    "acc": "acceleration",
    "gyr": "turning",
    "mag": "magnetic field",
    "mag_au": "magnetic field (own scale)",
    "free_acc": "acceleration without gravity",
    "quat": "orientation",
}


def exercises() -> None:
    """List what --exercise and --trial accept."""
    from imutrack.cli.output import console
    from imutrack.exercises import all_exercises

    table = Table("id", "name", "kind", "sensor", "trials", header_style="", box=None)
    for exercise in all_exercises().values():
        trials = ", ".join(trial.id for trial in exercise.trials)
        table.add_row(exercise.id, exercise.name, exercise.kind, ", ".join(exercise.placements), trials)
    console().print(table)


def formats() -> None:
    """List the recorded-file formats that can be read."""
    from imutrack.cli.output import console
    from imutrack.recordings import READERS

    table = Table("format", "what it is", header_style="", box=None)
    for name, reader in READERS.items():
        table.add_row(name, reader.title)
    console().print(table)


def wearables() -> None:
    """List the Bluetooth wearables that can be collected from."""
    from imutrack.cli.output import console
    from imutrack.wearables import NO_FACTS, WEARABLES

    table = Table("id", "what it is", "sends", "rates, Hz", "own clock", header_style="", box=None)
    for wearable in WEARABLES.values():
        streams = wearable.profile(wearable.set_up({}), NO_FACTS).streams
        sends = "; ".join(map(_sends, streams))
        clock = "yes" if any(stream.clock for stream in streams) else "no"
        table.add_row(wearable.id, wearable.title, sends, _rates(wearable), clock)
    console().print(table)
    console().print("Without a clock of its own, how much of what a wearable sent got lost is unknown.")


def _sends(stream: "Stream") -> str:
    """Return what a stream holds, and at which rate unless settings say otherwise."""
    what = ", ".join(_PLAINLY[quantity] for quantity in stream.quantities) or stream.name.replace("_", " ")
    return f"{what} at {stream.rate_hz:g} Hz"


def _rates(wearable: "Wearable[Any]") -> str:
    """Return the rates that may be chosen; where any within bounds may, what is usual stands in "sends"."""
    rates = get_type_hints(wearable.settings).get("rate_hz")
    if rates is None:
        return ""
    return ", ".join(map(str, get_args(rates))) if get_origin(rates) is Literal else "other rates too"
