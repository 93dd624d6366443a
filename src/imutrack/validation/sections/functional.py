"""Chair tests and timed up-and-go against an instrumented seat and synthetic truth."""

import tempfile
from pathlib import Path
from typing import Final

from imutrack.validation.functional import predict
from imutrack.validation.running import read_list
from imutrack.validation.scores import event_errors
from imutrack.validation.sections import Headline, Section, table
from imutrack.validation.sections.sway import predicted_values

__all__ = ["section"]

_GROUPS: Final = (("bench_", "instrumented seat"), ("syn_", "synthetic"), ("hapt_", "daily life, video labels"))


def section(folder: Path, jobs: int) -> Section:
    """Return the section; ``folder`` is that of the sway data."""
    with tempfile.TemporaryDirectory() as place:
        out = Path(place) / "functional.csv"
        predict(folder, out, jobs)
        predicted = predicted_values(out)
    labels = [row for row in read_list(folder / "functional_labels.csv") if "NOT ground truth" not in row["truth"]]
    text = "\n".join((_rises(labels, predicted), _times(labels, predicted), _kiel(folder, predicted)))
    rises = [row for row in labels if row["metric"] == "n_reps"]
    right = sum(predicted.get((row["file"], "n_reps"), 0.0) == float(row["value"]) for row in rises)
    up_and_go = event_errors((row for row in labels if row["metric"] == "tug_s"), predicted)["tug_s"]
    return Section(
        text,
        (
            Headline(
                "rises from a chair",
                f"all counted in {right} of {len(rises)} tests",
                "an instrumented seat (one person) and synthetic tests",
            ),
            Headline("timed up-and-go", f"total within {up_and_go.worst:.2f} s", f"{up_and_go.n} synthetic tests only"),
        ),
    )


def _rises(labels: list[dict[str, str]], predicted: dict[tuple[str, str], float]) -> str:
    rows = [
        (Path(row["file"]).stem, int(float(row["value"])), int(predicted.get((row["file"], "n_reps"), 0)))
        for row in labels
        if row["metric"] == "n_reps"
    ]
    return "Rises from the chair:\n\n" + table(("recording", "true", "found"), rows)


def _times(labels: list[dict[str, str]], predicted: dict[tuple[str, str], float]) -> str:
    rows = []
    for prefix, words in _GROUPS:
        found = event_errors((row for row in labels if Path(row["file"]).name.startswith(prefix)), predicted)
        for name, errors in found.items():
            if name in ("n_reps", "published_5sts_s") or not errors.n:
                continue
            unit = "deg" if name.endswith("_deg") else "s"
            rows.append(
                (
                    f"{name}, {words}",
                    errors.n,
                    errors.missing,
                    f"{errors.bias:+.2f} {unit}",
                    f"{errors.mean_absolute:.2f} {unit}",
                    f"{errors.worst:.2f} {unit}",
                )
            )
    return "Events and durations:\n\n" + table(("what", "n", "missing", "bias", "mean error", "worst"), rows)


def _kiel(folder: Path, predicted: dict[tuple[str, str], float]) -> str:
    other = {
        row["metric"]: float(row["value"])
        for row in read_list(folder / "functional_labels.csv")
        if row["file"].endswith("kiel_tug_pelvis.csv")
    }
    file = "functional/kiel_tug_pelvis.csv"
    names = ("tug_s", "sit_to_stand_s", "turn1_s", "turn1_deg", "turn2_s", "turn2_deg", "stand_to_sit_s")
    rows = [(name, f"{predicted[file, name]:.1f}", f"{other[name]:.1f}") for name in names if (file, name) in predicted]
    return "The real timed up-and-go beside KielMAT, another algorithm (not the truth):\n\n" + table(
        ("what", "imutrack", "KielMAT"), rows
    )
