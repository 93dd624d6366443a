"""The thin layer over influxdb-client: one request, one answer, and what to do about it.

Writes go through ``WriteApi.write(bytes)``, synchronously and without retries of any library below: only the sender
knows what may be tried again. The other questions go over the same connections, so there is one place where
certificates are checked. Redirects are not followed: the token is for the server that is named.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from enum import Enum
from functools import cached_property
from typing import Any, Final, Self

import urllib3
from influxdb_client.client.influxdb_client import InfluxDBClient
from influxdb_client.client.write_api import SYNCHRONOUS
from influxdb_client.rest import ApiException

from imutrack.errors import StoreError
from imutrack.influx.settings import Access

__all__ = ["Answer", "Client", "Outcome", "RefusedError", "Reply", "UnreachableError"]

_WORDS_MOST: Final = 300  # characters of a server's words that are kept
_BAD: Final = (400, 422)
_TOO_LARGE: Final = 413
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
    """

    outcome: Outcome
    status: int | None = None
    words: str = ""
    retry_after_s: float | None = None


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer to a question: JSON where it is, and the headers, their names in small letters."""

    said: Any
    headers: Mapping[str, str]


class UnreachableError(StoreError):
    """The server did not answer: see to the way there and try again."""


class RefusedError(StoreError):
    """The server answered no; `status` says how."""

    def __init__(self, status: int, words: str) -> None:
        super().__init__(f"InfluxDB answers {status}: {words}")
        self.status, self.words = status, words


class Client:
    """Speaks to one server; use it in a ``with``."""

    def __init__(self, access: Access) -> None:
        settings = access.settings
        self.settings = settings
        self._token = access.token
        self._client: Any = InfluxDBClient(  # half of it carries no types
            settings.url.rstrip("/"),
            access.token.reveal(),
            org=settings.org or "-",  # the client wants one; InfluxDB 1 and 3 do not look at it
            timeout=round(settings.timeout_s * 1000),
            enable_gzip=settings.gzip,
            retries=False,
            ssl_ca_cert=None if access.ca_file is None else str(access.ca_file),
        )
        self._write_api: Any = self._client.write_api(write_options=SYNCHRONOUS)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"Client({self.settings.url!r})"

    def close(self) -> None:
        """Close the connections."""
        self._write_api.close()
        self._client.close()

    def write(self, bucket: str, lines: bytes) -> Answer:
        """Write lines and return what came of it; no refusal and no broken way is an error here."""
        try:
            self._write_api.write(bucket, record=lines)  # times in ns, as it does unless told otherwise
        except ApiException as error:
            status = error.status or None
            return Answer(_outcome(status), status, self._words(error), _retry_after_s(error.headers or {}))
        except (urllib3.exceptions.HTTPError, OSError, UnicodeDecodeError) as error:
            return Answer(Outcome.KEEP, words=self._line(_way_words(error)))
        return Answer(Outcome.DONE, 204)

    def ask(
        self,
        method: str,
        path: str,
        *,
        body: Mapping[str, Any] | None = None,
        form: Mapping[str, str] | None = None,
        **query: str,
    ) -> Reply:
        """Ask something else.

        Args:
            method: of HTTP.
            path: from the server's address on.
            body: sent as JSON.
            form: sent as a form.
            query: parameters.

        Raises:
            RefusedError: the answer is no.
            UnreachableError: there is no answer.
        """
        kind = "application/x-www-form-urlencoded" if form is not None else "application/json"
        headers = {"Authorization": f"Token {self._token.reveal()}", "Content-Type": kind, "Accept": "application/json"}
        rest = self._client.api_client.rest_client
        try:
            reply = rest.request(
                method,
                self.settings.url.rstrip("/") + path,
                query_params=query or None,
                headers=headers,
                body=None if body is None else dict(body),
                post_params=None if form is None else dict(form),
            )
        except ApiException as error:
            if not error.status:  # how influxdb-client passes on a failure of TLS
                raise UnreachableError(self._line(str(error.reason))) from None
            raise RefusedError(error.status, self._words(error)) from None
        except (urllib3.exceptions.HTTPError, OSError, UnicodeDecodeError) as error:
            raise UnreachableError(self._line(_way_words(error))) from None
        answered = {name.lower(): text for name, text in reply.getheaders().items()}
        return Reply(_json(reply.data), answered)

    def query(self, influxql: str, bucket: str | None = None) -> list[dict[str, Any]]:
        """Ask InfluxQL and return the series of all statements, times in ns.

        Args:
            influxql: one statement or more.
            bucket: name, ``database`` or ``database/policy``; None where the statements name it.

        Raises:
            RefusedError: the server or a statement refuses.
            UnreachableError: there is no answer.
        """
        database, _, policy = (bucket or "").partition("/")
        form = {"q": influxql, "epoch": "ns", "db": database, "rp": policy}
        said = self.ask("POST", "/query", form={name: text for name, text in form.items() if text}).said
        results = said.get("results", []) if isinstance(said, dict) else []
        for result in results:
            if "error" in result:
                raise RefusedError(200, self._line(str(result["error"])))
        return [series for result in results for series in result.get("series", [])]

    @cached_property
    def greeting(self) -> Reply:
        """What the server says to ``/ping``: its version and its clock are in the headers."""
        return self.ask("GET", "/ping")

    @cached_property
    def version(self) -> str:
        """Of the server, such as 2.7.12; empty where it does not say, so that it may be something else.

        Raises:
            RefusedError, UnreachableError: as `ask`.
        """
        said = self.greeting.said
        named = self.greeting.headers.get("x-influxdb-version") or (
            said.get("version", "") if isinstance(said, dict) else ""
        )
        return str(named).removeprefix("v")

    @property
    def major(self) -> int:
        """1, 2 or 3; 2 where the server does not say."""
        found = re.match(r"\d+", self.version)
        return int(found[0]) if found else 2

    def _words(self, error: ApiException) -> str:
        """Return what the server says about a refusal."""
        body = error.body.decode(errors="replace") if isinstance(error.body, bytes) else str(error.body or "")
        said = _json(body)
        if isinstance(said, dict):
            body = str(said.get("message") or said.get("error") or body)
        return self._line(body or str(error.reason))

    def _line(self, text: str) -> str:
        """Return words as one short line without the token."""
        line = "".join(sign if sign.isprintable() else " " for sign in self._token.masked_in(text))
        return " ".join(line.split())[:_WORDS_MOST]


def _outcome(status: int | None) -> Outcome:
    if status in _BAD:
        return Outcome.BAD
    return Outcome.TOO_LARGE if status == _TOO_LARGE else Outcome.KEEP


def _way_words(error: Exception) -> str:
    """Return what is wrong with the way, without the address of an object in memory."""
    return re.sub(r"<[^>]*>:? ?|\w+\(host=[^)]*\): ?", "", str(error)) or type(error).__name__


def _retry_after_s(headers: Mapping[str, str]) -> float | None:
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
    except (ValueError, KeyError, TypeError):
        return None
    return min(max(wait_s, 0.0), _LONGEST_WAIT_S)


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return None
