"""The command line. Each command imports what it needs when it runs, so that ``--help`` is quick."""

import io
import os
import sys
from pathlib import Path

from imutrack.errors import ImutrackError, SettingsError

__all__ = ["main"]


def main() -> None:
    """Run the command line; every error imutrack knows is one line on stderr.

    Exit status: 0 all done, 1 some inputs failed (the others are done and stored), 2 wrong use or settings.
    ``--debug`` anywhere on the line shows the traceback instead.
    """
    debug = "--debug" in sys.argv
    if debug:
        import logging

        sys.argv.remove("--debug")
        logging.basicConfig()
        logging.getLogger("imutrack").setLevel(logging.DEBUG)
    _accept_any_output()
    try:
        status = _run()
        sys.stdout.flush()
    except Exception as error:
        if debug:
            raise
        status = _explain(error)
    _drop_unwritten()
    sys.exit(status)


def _run() -> int | str | None:
    from imutrack.cli.app import app

    try:
        app(prog_name="imutrack")
    except SystemExit as done:
        return done.code
    return 0


def _explain(error: Exception) -> int:
    """Print the one line about an error; return the exit status."""
    from imutrack.cli.output import warn
    from imutrack.collector.health.logs import masked

    if isinstance(error, ImutrackError):
        warn(str(error))
    elif isinstance(error, BrokenPipeError):
        pass  # whoever reads has seen enough
    elif isinstance(error, OSError):
        where = f"{error.filename}: " if error.filename else ""
        warn(f"{where}could not be read or written ({error.strerror or error}): check the disk and the permissions")
    else:
        warn(f"internal error ({masked(repr(error))}); run again with --debug and report it")
    return 2 if isinstance(error, SettingsError) else 1


def _accept_any_output() -> None:
    """Let every name be printed, whatever the terminal's encoding, and let closed streams swallow what is printed."""
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:
            setattr(sys, name, Path(os.devnull).open("w", encoding="utf-8"))  # noqa: SIM115 - open to the end
        elif isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def _drop_unwritten() -> None:
    """Where stdout cannot take what is left to write, let Python not complain about it again when it ends."""
    try:
        sys.stdout.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
