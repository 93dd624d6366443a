"""What a server answers, and what that means for what was sent.

What decides over points is believed of an InfluxDB only. Something else on the way (a proxy, a page to sign in) may
answer a write with 200 or 400 and a question with a page: then nothing was stored, refused or counted.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from enum import Enum
from typing import Any, Final

from imutrack.errors import StoreError

__all__ = [
    "NO_INFLUXDB",
    "STORED",
    "Answer",
    "Outcome",
    "RefusedError",
    "Reply",
    "UnreachableError",
    "json_in",
    "outcome_of",
    "retry_after_s",
    "said_in",
]

NO_INFLUXDB: Final = "something other than InfluxDB answers: see to url in [influx] and what is on the way"
STORED: Final = 204
"""What every InfluxDB answers to a write that it took."""

_BAD: Final = (400, 422)
_TOO_LARGE: Final = 413
_DROPPED: Final = re.compile(r"dropped=(\d+)")
_LONGEST_WAIT_S: Final = 3600.0  # a server that asks for more is asked again all the same


class Outcome(Enum):
    """What to do with what was written."""

    DONE = "done"  # the server has it
    BAD = "bad"  # it never will take some of it
    TOO_LARGE = "too large"  # it takes less at a time
    KEEP = "keep"  # it may take it later


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of a write.

    Attributes:
        outcome: what to do.
        status: of the answer; None where there was none.
        words: the server's, in one line.
        retry_after_s: how long it asks to be left alone.
        dropped: lines that it did not store where it stored the others; None where it does not say.
    """

    outcome: Outcome
    status: int | None = None
    words: str = ""
    retry_after_s: float | None = None
    dropped: int | None = None


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer to a question: JSON where it is, and the headers, their names in small letters."""

    said: Any
    headers: Mapping[str, str]

    def listed(self, name: str) -> list[dict[str, Any]]:
        """Return a list in the answer; an empty one where it is null.

        Raises:
            UnreachableError: there is none, as no InfluxDB answers.
        """
        found = self.said.get(name, "") if isinstance(self.said, dict) else ""
        if found is not None and not isinstance(found, list):
            raise UnreachableError(NO_INFLUXDB)
        return found or []


class UnreachableError(StoreError):
    """The server did not answer: see to the way there and try again."""


class RefusedError(StoreError):
    """The server answered no; `status` says how."""

    def __init__(self, status: int, words: str) -> None:
        super().__init__(f"InfluxDB answers {status}: {words}")
        self.status, self.words = status, words


def outcome_of(status: int | None, said: str | None) -> tuple[Outcome, int | None]:
    """Return what to do with what was refused, and how many lines alone were not stored where that is said.

    Args:
        status: of the answer.
        said: the words of an InfluxDB, all of them; None where the answer is none of an InfluxDB.
    """
    if status == _TOO_LARGE:  # whoever says so: a proxy has a limit of its own
        return Outcome.TOO_LARGE, None
    if status not in _BAD or said is None:
        return Outcome.KEEP, None
    dropped = _DROPPED.findall(said)  # the last is the server's own word; before it may stand tags of a point
    return Outcome.BAD, int(dropped[-1]) if dropped else None


def said_in(body: str) -> str | None:
    """Return what an InfluxDB says in the body of a refusal; None where it is none of an InfluxDB."""
    said = json_in(body)
    words = (said.get("message") or said.get("error")) if isinstance(said, dict) else None
    return None if words is None else str(words)


def retry_after_s(headers: Mapping[str, str]) -> float | None:
    """Return how long to wait: the server says seconds, or a moment on its own clock."""
    said = {name.lower(): text for name, text in headers.items()}
    text = said.get("retry-after", "").strip()
    if not text:
        return None
    try:
        if text.isdigit():
            wait_s = float(text)
        else:
            wait_s = (parsedate_to_datetime(text) - parsedate_to_datetime(said["date"])).total_seconds()
    except (ValueError, KeyError, TypeError, OverflowError):
        return None
    return min(max(wait_s, 0.0), _LONGEST_WAIT_S)


def json_in(text: str) -> Any:
    """Return what a text says as JSON; None where it is none."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None
