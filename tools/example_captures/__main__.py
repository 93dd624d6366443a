"""``python tools/example_captures``: makes what can be made of the folder ``collectors/``.

For each wearable its example capture, what must come out of it, and the drawing of its axes; then the table of all.
A folder whose ``example.toml`` is missing is left out and named. Run it after a change to a wearable, to the synthetic
motion or to the capture format; the test of the folder says when.
"""

import argparse
import json
import sys
import tempfile
from pathlib import Path

sys.path.append(str(Path(__file__).parents[1]))

from example_captures.drawing import DRAWINGS, drawn
from example_captures.expecting import expected_of
from example_captures.index import with_table
from example_captures.making import make, written

from imutrack.wearables import WEARABLES

ROOT = Path(__file__).parents[2]


def main() -> None:
    """Make it all, or one wearable's part."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", choices=WEARABLES, help="one wearable")
    parser.add_argument("--out", type=Path, default=ROOT / "collectors", help="the folder")
    said = parser.parse_args()
    for name in [said.only] if said.only else WEARABLES:
        print(_one(said.out / name))
    readme = said.out / "README.md"
    readme.write_text(with_table(readme.read_text(encoding="utf-8")), encoding="utf-8")


def _one(folder: Path) -> str:
    name = folder.name
    if not (folder / "example.toml").exists():
        return f"{name}: no example.toml: left out"
    if name in DRAWINGS:
        (folder / "axes.svg").write_text(drawn(WEARABLES[name].title, DRAWINGS[name]), encoding="utf-8")
    with tempfile.TemporaryDirectory() as work:
        path = Path(work) / "capture.mcap"
        expected = written(make(folder, path)) | expected_of(path)
        (folder / path.name).write_bytes(path.read_bytes())
    (folder / "expected.json").write_text(json.dumps(expected, indent=2) + "\n", encoding="utf-8")
    result = expected["set"] or {}
    lost = {stream: each["lost"] for stream, each in expected["streams"].items()}
    size = (folder / "capture.mcap").stat().st_size
    return f"{name}: {size} bytes, repetitions {result.get('reps')}, lost {lost}"


if __name__ == "__main__":
    main()
