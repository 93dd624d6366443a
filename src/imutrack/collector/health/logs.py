"""Log lines on stderr: for people, or one JSON object each for machines.

No line may say whose body a sensor is on or which device it is: what looks like a Bluetooth address or is a pseudonym
is masked as the last thing before a line is written, wherever it came from: our own messages, other libraries', a
traceback. That is a net, not a licence: messages name straps by their label.
"""

import json
import logging
import re
import sys
from collections.abc import Collection
from datetime import UTC, datetime
from typing import Any, Final, Literal, TextIO

from imutrack.clinic.pseudonyms import is_valid

__all__ = ["JsonLines", "PlainLines", "masked", "set_up"]

_ADDRESS: Final = re.compile(
    r"(?<![0-9A-Fa-f])[0-9A-Fa-f]{2}(?:([:_-])[0-9A-Fa-f]{2})(?:\1[0-9A-Fa-f]{2}){4}(?![0-9A-Fa-f])"  # _ in D-Bus paths
    r"|\b[0-9A-F]{8}(?:-[0-9A-F]{4}){3}-[0-9A-F]{12}\b"  # macOS; UUIDs of characteristics are lower case
)
_PSEUDONYM: Final = re.compile(r"(?<![A-Za-z])[A-Za-z]+([\s_\-\u2010-\u2015]+)[A-Za-z]+[\s_\-\u2010-\u2015]+\d\d(?!\d)")
_CONTROL: Final = {number: f"\\x{number:02x}" for number in (*range(32), *range(127, 160))} | {9: "\t"}

_SYSLOG: Final = ((logging.CRITICAL, "<2>"), (logging.ERROR, "<3>"), (logging.WARNING, "<4>"), (logging.INFO, "<6>"))
_DEBUG: Final = "<7>"


def set_up(
    form: Literal["plain", "json"],
    straps: Collection[str] = (),
    *,
    debug: bool = False,
    journal: bool = False,
    stream: TextIO | None = None,
) -> None:
    """Write log lines from now on: imutrack's from ``INFO`` on, other libraries' from ``WARNING`` on.

    Args:
        form: for people or for machines.
        straps: labels, to be said apart in JSON.
        debug: imutrack's from ``DEBUG`` on.
        journal: stderr goes to systemd's journal (``JOURNAL_STREAM`` is set): it is told the level of each line, and
            knows the time.
        stream: to write to; None means stderr.
    """
    handler = logging.StreamHandler(sys.stderr if stream is None else stream)
    handler.setFormatter(JsonLines(straps) if form == "json" else PlainLines(journal=journal))
    root = logging.getLogger()
    for old in root.handlers[:]:
        root.removeHandler(old)
    root.addHandler(handler)
    root.setLevel(logging.WARNING)
    logging.getLogger("imutrack").setLevel(logging.DEBUG if debug else logging.INFO)


def masked(text: str) -> str:
    """Return a text without Bluetooth addresses and pseudonyms.

    >>> masked("/org/bluez/hci0/dev_AA_BB_CC_DD_EE_FF of Otter maple 47")
    '/org/bluez/hci0/dev_(address) of (patient)'
    """
    return _PSEUDONYM.sub(_mask_patient, _ADDRESS.sub("(address)", text))


class PlainLines(logging.Formatter):
    """Time, level and message; tracebacks below."""

    def __init__(self, *, journal: bool = False) -> None:
        super().__init__()
        self._journal = journal

    def format(self, record: logging.LogRecord) -> str:
        """Return a record as lines."""
        message = record.getMessage().translate(_CONTROL)  # what a device says of itself must not look like a line
        said = masked("\n".join(filter(None, (f"{_source(record)}{message}", _trace(self, record)))))
        if self._journal:
            level = next((mark for from_level, mark in _SYSLOG if record.levelno >= from_level), _DEBUG)
            return "\n".join(level + line for line in said.split("\n"))
        return f"{_time(record)} {record.levelname.lower():7} {said}"


class JsonLines(logging.Formatter):
    """One object in each line: time, level, logger, message, and where they are known strap and error.

    Args:
        straps: labels; the strap is ``extra={"strap": label}``, or the first argument of a message where that is one.
    """

    def __init__(self, straps: Collection[str] = ()) -> None:
        super().__init__()
        self._straps = frozenset(straps)

    def format(self, record: logging.LogRecord) -> str:
        """Return a record as one line."""
        said: dict[str, Any] = {
            "time": _time(record),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": masked(record.getMessage()),
        }
        strap = self._strap(record)
        if strap:
            said["strap"] = strap
        trace = _trace(self, record)
        if trace:
            said["error"] = masked(trace)
        return json.dumps(said)

    def _strap(self, record: logging.LogRecord) -> str | None:
        said = getattr(record, "strap", None)
        if said is None and isinstance(record.args, tuple) and record.args:
            said = record.args[0]
        return said if isinstance(said, str) and said in self._straps else None


def _time(record: logging.LogRecord) -> str:
    moment = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
    return moment.replace("+00:00", "Z")


def _source(record: logging.LogRecord) -> str:
    """Return which library says something, where it is not imutrack."""
    return "" if record.name.split(".")[0] == "imutrack" else f"{record.name}: "


def _trace(formatter: logging.Formatter, record: logging.LogRecord) -> str:
    error = formatter.formatException(record.exc_info) if record.exc_info else ""
    stack = formatter.formatStack(record.stack_info) if record.stack_info else ""
    return "\n".join(filter(None, (error, stack)))


def _mask_patient(found: re.Match[str]) -> str:
    return "(patient)" if is_valid(found[0]) else found[0]
