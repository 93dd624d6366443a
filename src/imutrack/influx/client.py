"""The thin layer over influxdb-client: one request, one answer, and what to do about it.

Writes go through ``WriteApi.write(bytes)``, synchronously and without retries of any library below: only the sender
knows what may be tried again. The other questions go over the same connections, so there is one place where
certificates are checked. Redirects are not followed: the token is for the server that is named.
"""

import math
import re
from collections.abc import Mapping
from functools import cached_property
from typing import Any, Final, Self

import urllib3
from influxdb_client.client.influxdb_client import InfluxDBClient
from influxdb_client.client.write_api import SYNCHRONOUS
from influxdb_client.rest import ApiException

from imutrack.influx.answers import (
    NO_INFLUXDB,
    STORED,
    Answer,
    Outcome,
    RefusedError,
    Reply,
    UnreachableError,
    json_in,
    outcome_of,
    retry_after_s,
    said_in,
)
from imutrack.influx.settings import Access

__all__ = ["Answer", "Client", "Outcome", "RefusedError", "Reply", "UnreachableError"]

_WORDS_MOST: Final = 300  # characters of a server's words that are kept


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
            timeout=math.ceil(settings.timeout_s * 1000),  # 0 would mean to wait for ever
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
            outcome, dropped = outcome_of(status, said_in(_body(error)))
            return Answer(outcome, status, self._words(error), retry_after_s(error.headers or {}), dropped)
        except (urllib3.exceptions.HTTPError, OSError, UnicodeDecodeError) as error:
            return Answer(Outcome.KEEP, words=self._line(_way_words(error)))
        status = self._client.api_client.last_response.status  # of this write: there is one at a time
        if status != STORED:
            return Answer(Outcome.KEEP, status, NO_INFLUXDB)
        return Answer(Outcome.DONE, status)

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
        return Reply(json_in(reply.data), answered)

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
        reply = self.ask("POST", "/query", form={name: text for name, text in form.items() if text})
        results = reply.listed("results")
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
        body = _body(error)
        return self._line(said_in(body) or body or str(error.reason))

    def _line(self, text: str) -> str:
        """Return words as one short line without the token."""
        line = "".join(sign if sign.isprintable() else " " for sign in self._token.masked_in(text))
        return " ".join(line.split())[:_WORDS_MOST]


def _body(error: ApiException) -> str:
    return error.body.decode(errors="replace") if isinstance(error.body, bytes) else str(error.body or "")


def _way_words(error: Exception) -> str:
    """Return what is wrong with the way, without the address of an object in memory."""
    return re.sub(r"<[^>]*>:? ?|\w+\(host=[^)]*\): ?", "", str(error)) or type(error).__name__
