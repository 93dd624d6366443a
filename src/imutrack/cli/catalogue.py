"""``imutrack exercises`` and ``imutrack formats``: what is supported."""

from rich.table import Table

__all__ = ["exercises", "formats"]


def exercises() -> None:
    """List the exercises and tests that --exercise and --trial accept."""
    from imutrack.cli.output import console
    from imutrack.exercises import all_exercises

    table = Table("id", "name", "kind", "sensor", header_style="", box=None)
    for exercise in all_exercises().values():
        table.add_row(exercise.id, exercise.name, exercise.kind, ", ".join(exercise.placements))
    console().print(table)


def formats() -> None:
    """List the recorded-file formats that can be read."""
    from imutrack.cli.output import console
    from imutrack.recordings import READERS

    table = Table("format", "what it is", header_style="", box=None)
    for name, reader in READERS.items():
        table.add_row(name, reader.title)
    console().print(table)
