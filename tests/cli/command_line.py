"""Runs the installed command as a user would: a process of its own, a data directory of its own."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

IMUTRACK = [sys.executable, "-m", "imutrack"]


@dataclass
class Ran:
    code: int
    out: str
    err: str

    @property
    def lines(self):
        """Standard output as JSON Lines."""
        return [json.loads(line) for line in self.out.splitlines()]


class Clinic:
    """A data directory, and the command working on it."""

    def __init__(self, folder: Path):
        self.data = folder / "data"
        self.folder = folder

    def run(self, *words, cwd=None) -> Ran:
        environment = {**os.environ, "IMUTRACK_DATA_DIR": str(self.data), "COLUMNS": "140", "TZ": "Europe/Berlin"}
        environment["XDG_CONFIG_HOME"] = f"{self.folder}.settings"  # not those of whoever runs the tests
        environment.pop("IMUTRACK_CONFIG", None)
        done = subprocess.run(
            [*IMUTRACK, *map(str, words)],
            capture_output=True,
            text=True,
            env=environment,
            cwd=cwd or self.folder,
            timeout=120,
            check=False,
        )
        return Ran(done.returncode, done.stdout, done.stderr)

    def patient(self) -> str:
        return self.run("patient", "add").out.strip()
