"""An HTTP server whose writes fail on demand: what `influx.stub` and `influx.wire` have in common.

Faults are given with `Faulty.then`, one for each of the next writes: an `Answer`, a `Stall`, a `Cut`; `Faulty.away`
is the server that cannot be reached.
"""

import contextlib
import json
import socket
import threading
from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import parse_qsl, urlsplit

WRITE = "/api/v2/write"


@dataclass(frozen=True)
class Answer:
    """Answer so, and store nothing: ``Answer(429, headers={"Retry-After": "3"})``."""

    status: int
    message: str = "said the stub"
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Stall:
    """Take the request and say nothing until the client gives up or the server ends; the batch is stored or not."""

    stored: bool = False


@dataclass(frozen=True)
class Cut:
    """Close the connection without an answer, after the batch was stored or before."""

    stored: bool = True


Fault = Answer | Stall | Cut


@dataclass(frozen=True)
class Asked:
    """One request.

    Attributes:
        method: GET, POST and others.
        path: without the query.
        query: its parameters.
        headers: as they came; left out of what is printed, as the token is among them.
        body: as it came.
    """

    method: str
    path: str
    query: dict[str, str]
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)

    @property
    def gzip(self) -> bool:
        """Whether the body is packed."""
        return self.headers.get("Content-Encoding") == "gzip"


@dataclass(frozen=True)
class Reply:
    """An answer: bytes as they are, anything else as JSON."""

    status: int
    said: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)


class Faulty:
    """A server on a loopback port; use it in a ``with``.

    Attributes:
        url: where it listens.
        faults: what the next writes meet.
        asked: every request so far.
        lock: for `reply`, which several threads call at once.
    """

    def __init__(self) -> None:
        self.faults: deque[Fault] = deque()
        self.asked: list[Asked] = []
        self.lock = threading.Lock()
        self.ending = threading.Event()
        self.connections: set[socket.socket] = set()
        self._server = _Server(self, 0)
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def reply(self, asked: Asked) -> Reply:
        """Do what is asked and answer it."""
        raise NotImplementedError

    def then(self, *faults: Fault) -> None:
        """Meet each of the next writes with one of these."""
        self.faults.extend(faults)

    @property
    def writes(self) -> list[Asked]:
        """The writes that were asked for, refused ones too."""
        return [asked for asked in self.asked if asked.path == WRITE]

    @contextlib.contextmanager
    def away(self) -> Iterator[None]:
        """Be gone for a while: connections are closed, and new ones refused."""
        port = self._server.server_port
        self._stop()
        try:
            yield
        finally:
            self._server = _Server(self, port)
            self._start()

    def __enter__(self) -> Self:
        self._start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop()

    def _start(self) -> None:
        self.ending.clear()
        threading.Thread(target=self._server.serve_forever, args=(0.01,), name="faulty", daemon=True).start()

    def _stop(self) -> None:
        self.ending.set()
        self._server.shutdown()
        for connection in list(self.connections):
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        self._server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = False  # so that server_close() waits for them
    request_queue_size = 64

    def __init__(self, owner: Faulty, port: int) -> None:
        self.owner = owner
        super().__init__(("127.0.0.1", port), _Handler)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Leave it to the client to notice that a connection ended."""


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def setup(self) -> None:
        super().setup()
        self.server.owner.connections.add(self.connection)

    def finish(self) -> None:
        self.server.owner.connections.discard(self.connection)
        with contextlib.suppress(OSError):
            super().finish()

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def handle_any(self) -> None:
        owner, url = self.server.owner, urlsplit(self.path)
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        asked = Asked(self.command, url.path, dict(parse_qsl(url.query)), self.headers, body)
        owner.asked.append(asked)
        fault = None
        if asked.path == WRITE:
            with contextlib.suppress(IndexError):
                fault = owner.faults.popleft()
        if isinstance(fault, Answer):
            self._say(Reply(fault.status, {"code": "fault", "message": fault.message}, fault.headers))
            return
        reply = owner.reply(asked) if fault is None or fault.stored else None
        if fault is None and reply is not None:
            self._say(reply)
        else:
            self._hang(fault)

    do_GET = do_POST = do_PATCH = do_DELETE = do_PUT = handle_any  # noqa: N815 - http.server's names

    def _hang(self, fault: Fault | None) -> None:
        self.close_connection = True
        while isinstance(fault, Stall) and not self.server.owner.ending.wait(0.01):
            with contextlib.suppress(BlockingIOError):
                if not self.connection.recv(1, socket.MSG_DONTWAIT | socket.MSG_PEEK):
                    return  # the client gave up

    def _say(self, reply: Reply) -> None:
        body = reply.said if isinstance(reply.said, bytes) else json.dumps(reply.said).encode()
        self.send_response(reply.status)
        for name, text in reply.headers.items():
            self.send_header(name, text)
        if reply.status == 204:
            self.end_headers()
            return
        if "Content-Type" not in reply.headers:
            self.send_header("Content-Type", "application/json; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
