"""``make dashboard-pictures``: what a therapist sees in Grafana, drawn without a Grafana.

Goal: a picture of each committed dashboard for people who browse the repository, and for whoever changes a dashboard.
Approach: a synthetic clinic goes into a real InfluxDB (the one of the tests), every variable and query of the
dashboards' own JSON is asked, and a page draws the answers with Grafana's own published components (npm), in headless
Chromium. Grafana's frame around the dashboard, its menus and its drop-down lists are not drawn.

Needs InfluxDB and nginx as the tests do, Node 20 or later with npm, and Chromium.
"""

import argparse
import json
import sys
import tempfile
from pathlib import Path
from typing import Any

sys.path.append(str(Path(__file__).parents[2] / "tests"))

from answering import Visit, picture_of
from drawing import Look, Page, missing_programs
from seeding import Seeded, empty, seeded

from influx.server import missing, running

ROOT = Path(__file__).parents[2]
NOTE = "drawn by imutrack from the dashboard's own JSON on a synthetic clinic; Grafana's own look differs a little"
DESK, PHONE = Look("desk", 1920), Look("phone", 390)
MORE = (Look("desk-dark", 1920, "dark"), Look("phone-dark", 390, "dark"), Look("laptop", 1280))
BOARDS = ("clinic", "patient", "session", "balance", "devices")


def main() -> None:
    """Draw the pictures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True, help="folder of the pictures that are committed")
    parser.add_argument("--dashboards", type=Path, default=ROOT / "dashboards", help="folder of their JSON")
    parser.add_argument("--more", type=Path, help="folder for those that are not: dark, narrower, and without data")
    parser.add_argument("--work", type=Path, default=ROOT / "build/dashboard_pictures", help="where npm installs")
    parser.add_argument("--only", choices=BOARDS, help="one dashboard")
    given = parser.parse_args()
    lacking = missing() or missing_programs()
    if lacking:
        sys.exit(f"dashboard pictures: {lacking}")
    boards = [json.loads(next(given.dashboards.glob(f"imutrack*/{name}.json")).read_text()) for name in BOARDS]
    with Page(given.work) as page, running() as influx, tempfile.TemporaryDirectory() as folder:
        for place in (full := seeded(influx, Path(folder)), empty(influx, full)):
            for name, board in zip(BOARDS, boards, strict=True):
                if given.only in {None, name}:
                    _draw(page, place, name, board, given.out, given.more)


def _draw(page: Page, place: Seeded, name: str, board: dict[str, Any], out: Path, more: Path | None) -> None:
    visit = Visit(place.now, place.chosen, place.around.get(board["uid"]))
    picture = picture_of(board, place.ask, visit) | {"note": NOTE}
    wanted = [(out, look, "") for look in (DESK, PHONE) if place.rows]
    if more:
        looks = MORE if place.rows else (DESK, PHONE)
        wanted += [(more, look, "" if place.rows else "-empty") for look in looks]
    for folder, look, ending in wanted:
        path = folder / f"{name}-{look.name}{ending}.png"
        page.draw(picture, look, path)
        print(f"wrote {path}, {path.stat().st_size // 1000} kB")


if __name__ == "__main__":
    main()
