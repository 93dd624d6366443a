"""``imutrack exercises`` and ``imutrack formats``: what is supported."""

from rich.table import Table

__all__ = ["exercises", "formats"]


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
