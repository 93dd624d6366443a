"""A collector that is killed at random moments and started again: what is lost, and whether it goes on by itself."""

import json
import subprocess
import sys
from pathlib import Path

from of_collector_rows import Row, part

TESTS = Path(__file__).parents[2] / "tests"
KILLS, LOST_S = 200, 1.0  # asked


def block() -> str:
    """Return the part of the page."""
    command = [sys.executable, str(TESTS / "collector" / "crash.py"), str(KILLS)]
    said = json.loads(subprocess.run(command, capture_output=True, check=True).stdout)
    kills, captures, unreadable = said["kills"], said["captures"], len(said["unreadable"])
    lost_s, sets, unfinished = said["lost_max_s"], said["sets"], said["unfinished"]
    rows = [
        Row("readings lost by a kill, most", f"≤ {LOST_S} s", f"{lost_s:.2f} s of {kills} kills", lost_s <= LOST_S),
        Row("the same, median", "", f"{said['lost_p50_s']:.2f} s"),
        Row(
            "readings lost at other moments, or twice", "0, 0", f"{said['missing_elsewhere']}, {said['captured_twice']}"
        ),
        Row("captures that open", "all", f"{captures - unreadable} of {captures}", unreadable == 0),
        Row("goes on by itself, sessions too", "always", f"{kills} of {KILLS}", kills == KILLS),
        Row(
            "from the kill to all straps streaming again",
            "",
            f"median {said['back_p50_s']:.1f} s, longest {said['back_max_s']:.1f} s",
        ),
        Row("sets cut by a kill that are stored afterwards", "", f"{sets - unfinished} of {sets}"),
    ]
    return part(
        f"""The whole collector, three simulated straps at 60 Hz, two patients with a set each; ended by SIGKILL at
        {KILLS} random moments and started again. What the straps handed over is held against all captures.""",
        rows,
    )
