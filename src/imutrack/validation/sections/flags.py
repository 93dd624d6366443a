"""Quality flags: how often each sees a fault, and how often one that is not there."""

from pathlib import Path

from imutrack.validation.quality import rates
from imutrack.validation.sections import Section, table

__all__ = ["section"]


def section(folder: Path, _jobs: int) -> Section:
    """Return the section; ``folder`` holds ``rom/``, ``reps/`` and ``sway/``."""
    measured = rates(folder)
    rows = [
        (row["flag"], row["fault"], f"{row['seen']} of {row['faults']}", f"{row['false_alarms']} of {row['clean']}")
        for row in measured
    ]
    names = sorted({name for row in measured for name in str(row["data"]).split(", ")})
    text = (
        "Faults were put into clean real recordings, or are really in them; false alarms are counted in the recordings "
        f"without that fault. Data: {', '.join(names)}.\n\n" + table(("flag", "fault", "seen", "false alarms"), rows)
    )
    return Section(text)
