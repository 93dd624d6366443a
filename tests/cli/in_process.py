"""Runs the command line inside the test process: many commands in the time that one process takes to start."""

import io
import sys
from pathlib import Path

import pytest

from cli.command_line import Ran
from imutrack.cli import main


class Office:
    """A data directory, and the command working on it with nobody at the keyboard."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):
        self.data = folder / "data"
        self._patch, self._capture = monkeypatch, capsys
        monkeypatch.setenv("IMUTRACK_DATA_DIR", str(self.data))
        monkeypatch.setenv("TZ", "Europe/Berlin")
        monkeypatch.setenv("XDG_CONFIG_HOME", str(folder / "settings"))  # not those of whoever runs the tests
        monkeypatch.delenv("IMUTRACK_CONFIG", raising=False)
        monkeypatch.chdir(folder)

    def run(self, *words: object, typed: str = "") -> Ran:
        """Run a command; ``typed`` comes through a pipe."""
        self._patch.setattr(sys, "argv", ["imutrack", *map(str, words)])
        self._patch.setattr(sys, "stdin", io.StringIO(typed))
        self._capture.readouterr()
        with pytest.raises(SystemExit) as left:
            main()
        out, err = self._capture.readouterr()
        return Ran(int(left.value.code or 0), out, err)

    def ok(self, *words: object, typed: str = "") -> str:
        """Run a command that must succeed; return what it prints."""
        ran = self.run(*words, typed=typed)
        assert ran.code == 0, ran.err
        return ran.out

    def refused(self, *words: object, typed: str = "") -> str:
        """Run a command that must be refused as wrong use; return the line that says why."""
        ran = self.run(*words, typed=typed)
        assert ran.code == 2, ran.out
        assert ran.err.count("\n") == 1
        return ran.err

    def patient(self, *words: object) -> str:
        return self.ok("patient", "add", *words).strip()

    def every_byte(self) -> bytes:
        """Every byte in the data directory."""
        return b"".join(path.read_bytes() for path in sorted(self.data.rglob("*")) if path.is_file())
