"""``imutrack rollup``: brings days and verdicts up to date, for a timer at night."""

from typing import Annotated

import typer

from imutrack.cli.desk import at_desk
from imutrack.cli.options import Config, DataDir

__all__ = ["rollup"]


def rollup(
    everything: Annotated[bool, typer.Option("--all", help="Make all of them anew, whatever changed.")] = False,
    data_dir: DataDir = None,
    config: Config = None,
) -> None:
    """Bring the days and verdicts of all patients up to date.

    The other commands do it where they need it; a timer at night makes the first one of the morning quicker.
    """
    from imutrack.clinic.rollup import refresh
    from imutrack.words import counted

    with at_desk(data_dir, config) as desk:
        done = refresh(desk.store, desk.settings, desk.now, everything=everything)
        print(f"{counted(done, 'patient')} brought up to date" if done else "everything was up to date")
