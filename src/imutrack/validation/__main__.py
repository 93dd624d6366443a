"""``make validate``: every suite on labelled data, scored, and written to docs/validation.md."""

import argparse
import os
import sys
from datetime import UTC, datetime
from pathlib import Path

from imutrack.errors import ImutrackError
from imutrack.validation.document import document, with_headlines

FOLDERS = ("reps", "rom", "sway", "formats")
NO_DATA = "no labelled data: say where they are with DATA=DIR or IMUTRACK_DATA (docs/data.md says where they come from)"


def main() -> int:
    """Write the page; 2 where there is no data."""
    parser = argparse.ArgumentParser(prog="python -m imutrack.validation", description=__doc__)
    parser.add_argument("--data", default=os.environ.get("IMUTRACK_DATA", ""), help="folder of the labelled data")
    parser.add_argument("--out", type=Path, required=True, help="page to write")
    parser.add_argument("--readme", type=Path, required=True, help="README whose table of figures to replace")
    parser.add_argument("--jobs", type=int, default=1, help="processes")
    options = parser.parse_args()
    folder = Path(options.data)
    if not options.data or not folder.is_dir():
        print(NO_DATA, file=sys.stderr)
        return 2
    day = datetime.now(UTC).date()
    missing = [name for name in FOLDERS if not (folder / name).is_dir()]
    if missing:
        print(
            f"{folder}: lacks the folders {', '.join(missing)}: docs/data.md says what belongs there", file=sys.stderr
        )
        return 2
    try:
        made = document(folder, options.jobs, day, say=lambda text: print(text, flush=True))
    except ImutrackError as error:
        print(error, file=sys.stderr)
        return 1
    options.out.write_text(made.text, encoding="utf-8")
    readme = with_headlines(options.readme.read_text(encoding="utf-8"), made.headlines, day)
    options.readme.write_text(readme, encoding="utf-8")
    print(f"wrote {options.out} and the figures of {options.readme}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
