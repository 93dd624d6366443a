"""The command line. Each command imports what it needs when it runs, so that ``--help`` is quick."""

import sys

from imutrack.errors import ImutrackError, SettingsError

__all__ = ["main"]


def main() -> None:
    """Run the command line; every error imutrack knows is one line on stderr.

    Exit status: 0 all done, 1 some inputs failed (the others are done and stored), 2 wrong use or settings.
    ``--debug`` anywhere on the line shows the traceback instead.
    """
    debug = "--debug" in sys.argv
    if debug:
        sys.argv.remove("--debug")
    from imutrack.cli.app import app

    try:
        app(prog_name="imutrack")
    except ImutrackError as error:
        if debug:
            raise
        print(f"imutrack: {error}", file=sys.stderr)
        sys.exit(2 if isinstance(error, SettingsError) else 1)
    except Exception as error:
        if debug:
            raise
        print(f"imutrack: internal error ({error!r}); run again with --debug and report it", file=sys.stderr)
        sys.exit(1)
