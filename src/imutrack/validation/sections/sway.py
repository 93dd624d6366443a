"""Balance sway against independent implementations and closed forms."""

import tempfile
from pathlib import Path

from imutrack.validation.running import read_list
from imutrack.validation.scores import within_tolerance
from imutrack.validation.sections import Headline, Section, table
from imutrack.validation.sway import predict

__all__ = ["predicted_values", "section"]


def predicted_values(path: Path) -> dict[tuple[str, str], float]:
    """Read (file, metric) -> value of a prediction file."""
    return {(row["file"], row["metric"]): float(row["value"]) for row in read_list(path)}


def section(folder: Path, jobs: int) -> Section:
    """Return the section; ``folder`` is that of the sway data."""
    with tempfile.TemporaryDirectory() as place:
        out = Path(place) / "sway.csv"
        predict(folder, out, jobs)
        predicted = predicted_values(out)
    reference = read_list(folder / "reference.csv")
    rows: list[tuple[str, int, int, str]] = []
    for truth, words in (("reference", "independent implementations"), ("analytic", "closed form")):
        found = within_tolerance((row for row in reference if row["truth"] == truth), predicted)
        worst = max(found, key=lambda metric: found[metric][2])
        total = sum(rows_of for rows_of, _, _ in found.values())
        good = sum(right for _, right, _ in found.values())
        rows.append((words, total, good, f"{found[worst][2]:.1e} ({worst})"))
    files = len({row["file"] for row in reference})
    text = (
        f"Every metric of the specification on {files} recordings (centre of pressure and lumbar sensor), each row "
        "within the tolerance stated with the data:\n\n"
        + table(("against", "rows", "within tolerance", "largest relative difference"), rows)
    )
    how_well = f"{sum(row[2] for row in rows)} of {sum(row[1] for row in rows)} reference values within their tolerance"
    return Section(text, (Headline("balance sway", how_well, f"{files} recordings, real and synthetic"),))
