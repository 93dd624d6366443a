"""Three pages for whoever watches over the machine: ``/healthz``, ``/readyz``, ``/metrics``; on this machine only.

A server of our own, in the collector's event loop: a loop that hangs must not answer, which rules out servers with a
thread of theirs (that of prometheus-client), and three pages do not need a web framework. It takes GET and HEAD without
a body, answers, and closes. What does not come in time or is too long is cut off.

A page of somebody else's, opened in a browser on this machine, could ask under a name of its own that leads here; so
only requests to a loopback name are answered.
"""

import asyncio
import contextlib
import errno
import logging
import socket
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from http import HTTPStatus
from ipaddress import ip_address
from typing import Final
from urllib.parse import urlsplit

from imutrack.collector.links.states import State, StateLog
from imutrack.errors import ImutrackError, SettingsError

__all__ = ["HealthParams", "Page", "Pages", "healthz", "readyz", "serve"]

log = logging.getLogger(__name__)

_PLAIN: Final = "text/plain; charset=utf-8"
_OF_THE_ADDRESS: Final = frozenset(
    {errno.EACCES, errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT, errno.EPERM, socket.EAI_NONAME}
)
"""Numbers of errors that stay until another address or port is set; a port that is taken may be free in a moment."""


@dataclass(frozen=True, slots=True)
class Page:
    """What is answered."""

    text: bytes
    status: HTTPStatus = HTTPStatus.OK
    content_type: str = _PLAIN


Pages = Mapping[str, Callable[[], Page]]
"""By path."""


@dataclass(frozen=True, slots=True)
class HealthParams:
    """What a client may do.

    Attributes:
        clients: at once; Prometheus and a probe or two.
        answer_s: from its connection to the end; it is on this machine.
        head_bytes: of its request; those of Prometheus have 300.
    """

    clients: int = 16
    answer_s: float = 5.0
    head_bytes: int = 8192


DEFAULTS: Final = HealthParams()


def healthz(late: Callable[[], Sequence[str]]) -> Page:
    """Return whether the process lives: it answers, and none of its loops stands still."""
    standing = late()
    if standing:
        return Page(f"stands still: {', '.join(standing)}\n".encode(), HTTPStatus.SERVICE_UNAVAILABLE)
    return Page(b"ok\n")


def readyz(states: StateLog, required: Iterable[str]) -> Page:
    """Return whether all straps that must send do, else which do not."""
    waiting = [f"{strap} ({states[strap].value})" for strap in required if states[strap] is not State.STREAMING]
    if waiting:
        return Page(f"not ready: {', '.join(waiting)}\n".encode(), HTTPStatus.SERVICE_UNAVAILABLE)
    return Page(b"ready\n")


@asynccontextmanager
async def serve(where: str, pages: Pages, params: HealthParams = DEFAULTS) -> AsyncIterator[int]:
    """Answer until the block is left; gives the port.

    Args:
        where: address and port, such as 127.0.0.1:9464.
        pages: by path.
        params: what a client may do.

    Raises:
        SettingsError: nothing can listen there.
        ImutrackError: something else listens there now; this may pass.
    """
    asked: set[asyncio.Task[None]] = set()

    async def converse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        if task is None or len(asked) >= params.clients:
            writer.transport.abort()
            return
        asked.add(task)
        try:
            async with asyncio.timeout(params.answer_s):
                writer.write(await _response(reader, pages))
                await writer.drain()
                writer.close()
                await writer.wait_closed()
        except (ConnectionError, TimeoutError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass  # it is gone, or too slow, or the collector ends
        finally:
            writer.transport.abort()
            asked.discard(task)

    parts = urlsplit(f"//{where}")
    try:
        server = await asyncio.start_server(converse, parts.hostname, parts.port, limit=params.head_bytes)
    except OSError as error:
        why = f"health: {where} cannot be listened on ({error.strerror or error})"
        if error.errno in _OF_THE_ADDRESS:
            raise SettingsError(f"{why}: set another") from error
        raise ImutrackError(f"{why}: end what listens there, or set another") from error
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        for task in asked:
            task.cancel()
        if asked:
            await asyncio.wait(asked)


async def _response(reader: asyncio.StreamReader, pages: Pages) -> bytes:
    method, page = "GET", Page(b"bad request\n", HTTPStatus.BAD_REQUEST)
    with contextlib.suppress(ValueError, asyncio.LimitOverrunError):
        head = (await reader.readuntil(b"\r\n\r\n")).decode("ascii")
        request, *headers = head.split("\r\n")
        method, target, _version = request.split(" ")
        page = _page(method, target, headers, pages)
    lines = [
        f"HTTP/1.1 {page.status.value} {page.status.phrase}",
        f"Content-Type: {page.content_type}",
        f"Content-Length: {len(page.text)}",
        "Cache-Control: no-store",
        "X-Content-Type-Options: nosniff",
        "Connection: close",
    ]
    if page.status is HTTPStatus.METHOD_NOT_ALLOWED:
        lines.append("Allow: GET, HEAD")
    body = b"" if method == "HEAD" else page.text
    return "\r\n".join([*lines, "", ""]).encode() + body


def _page(method: str, target: str, headers: Iterable[str], pages: Pages) -> Page:
    if not all(
        _is_here(value) for name, _, value in (line.partition(":") for line in headers) if name.lower() == "host"
    ):
        return Page(b"not here\n", HTTPStatus.MISDIRECTED_REQUEST)
    if method not in {"GET", "HEAD"}:
        return Page(b"only GET and HEAD\n", HTTPStatus.METHOD_NOT_ALLOWED)
    made = pages.get(target.partition("?")[0])
    if made is None:
        return Page(b"no such page\n", HTTPStatus.NOT_FOUND)
    try:
        return made()
    except Exception:  # a fault of ours must not end what looks after the straps
        log.exception("a page could not be made")
        return Page(b"failed: look at the log\n", HTTPStatus.INTERNAL_SERVER_ERROR)


def _is_here(host: str) -> bool:
    name = urlsplit(f"//{host.strip()}").hostname or ""
    try:
        return name == "localhost" or ip_address(name).is_loopback
    except ValueError:
        return False
