"""The local socket over which commands reach the running collector; `imutrack.collector.control.client` asks.

Only the collector's own user can connect (0600). One request, any number of answers; what goes over the wire stands in
the client. Everything is bounded: how many ask at once, how long a line is, how long a client may not read.

A client that goes does not break off what it asked for: the handler works on to its next answer and is closed there,
or cancelled where none comes for long. So a handler must hold nothing that others wait for while it yields.
"""

import asyncio
import contextlib
import logging
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import msgspec

from imutrack.collector.control.client import ANSWER_BYTES
from imutrack.collector.control.listening import listening_at
from imutrack.errors import ImutrackError

__all__ = ["ControlParams", "Handle", "serve"]

log = logging.getLogger(__name__)

Handle = Callable[[dict[str, Any]], AsyncGenerator[Mapping[str, Any], None]]
"""Takes a request, yields the answers; an ImutrackError that it raises is told to the client."""


@dataclass(frozen=True, slots=True)
class ControlParams:
    """What a client may do.

    Attributes:
        clients: at once; each therapist has a `watch` or two.
        request_s: for the request to come; ours sends it at once.
        linger_s: for a handler whose client is gone to come to its next answer; the analysis of a long set takes a few
            seconds.
        unread_s: for a client to read what fills its buffers, which hold minutes of a `watch`.
        look_s: between two looks whether the socket is still there.
    """

    clients: int = 32
    request_s: float = 5.0
    linger_s: float = 60.0
    unread_s: float = 30.0
    look_s: float = 2.0


DEFAULTS: Final = ControlParams()

_INTERNAL: Final[Mapping[str, Any]] = {
    "error": "the collector failed at this: look at its log and report it",
    "kind": ImutrackError.__name__,
}


@asynccontextmanager
async def serve(path: Path, handle: Handle, params: ControlParams = DEFAULTS) -> AsyncIterator[None]:
    """Answer requests until the block is left; those that are being answered are then cancelled.

    Args:
        path: of the socket, in a folder that exists.
        handle: answers.
        params: what a client may do.

    Raises:
        SettingsError: there can be no socket at that path.
        ImutrackError: a collector runs already here, or the machine has no room; this passes.
    """
    asked: set[asyncio.Task[None]] = set()

    async def converse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        if task is None:  # the stream protocol makes one
            return
        asked.add(task)
        try:
            await _Conversation(reader, writer, handle, params).hold(full=len(asked) > params.clients)
        except asyncio.CancelledError:
            pass  # by `serve`; the stream protocol would log it as a fault
        finally:
            asked.discard(task)

    try:
        async with listening_at(path, converse, params.look_s):
            yield
    finally:  # nobody else can ask any more
        for task in asked:
            task.cancel()
        if asked:
            await asyncio.wait(asked)


class _GoneError(Exception):
    """The client does not take answers any more."""


class _Conversation:
    """One client's connection."""

    def __init__(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, handle: Handle, params: ControlParams
    ) -> None:
        self._reader, self._writer, self._handle, self._params = reader, writer, handle, params
        writer.transport.set_write_buffer_limits(high=0)  # drained means that the kernel has it all

    async def hold(self, *, full: bool) -> None:
        """Answer its request and end the connection."""
        try:
            await self._answer_one(full=full)
        except _GoneError:
            pass
        finally:
            self._writer.close()
            if self._writer.transport.get_write_buffer_size():  # interrupted in the midst of a line
                self._writer.transport.abort()
            with contextlib.suppress(ConnectionError):
                await self._writer.wait_closed()

    async def _answer_one(self, *, full: bool) -> None:
        try:
            request = await self._request()
        except ImutrackError as error:
            await self._send(_error_of(error))
            return
        if full:  # said to one that has asked: who still writes would not read it
            await self._send(_error_of(ImutrackError("too many ask the collector at once: end a watch")))
            return
        answering = asyncio.ensure_future(self._answer(request))
        gone = asyncio.ensure_future(self._gone())
        try:
            await asyncio.wait((answering, gone), return_when=asyncio.FIRST_COMPLETED)
            if not answering.done():
                self._writer.close()
                await asyncio.wait([answering], timeout=self._params.linger_s)
            if answering.done():
                answering.result()
        finally:
            for task in (answering, gone):
                task.cancel()
            await asyncio.wait((answering, gone))

    async def _request(self) -> dict[str, Any]:
        try:
            async with asyncio.timeout(self._params.request_s):
                line = await self._reader.readline()
        except (ConnectionError, TimeoutError) as error:
            raise _GoneError from error
        except ValueError as error:
            raise _misunderstood() from error  # too long a line
        if not line.endswith(b"\n"):
            raise _GoneError  # it only looked whether somebody is there
        try:
            return msgspec.json.decode(line, type=dict[str, Any])
        except ValueError as error:
            raise _misunderstood() from error

    async def _answer(self, request: dict[str, Any]) -> None:
        try:
            async with aclosing(self._handle(request)) as answers:
                async for answer in answers:
                    await self._send({"answer": answer})
            last: Mapping[str, Any] = {"end": True}
        except ImutrackError as error:
            last = _error_of(error)
        except _GoneError:
            raise
        except Exception:  # a fault of ours must not end what looks after the straps
            log.exception("a request failed")
            last = _INTERNAL
        await self._send(last)

    async def _send(self, said: Mapping[str, Any]) -> None:
        line = msgspec.json.encode(said) + b"\n"
        if len(line) > ANSWER_BYTES:
            raise ValueError(f"an answer of {len(line)} bytes: {ANSWER_BYTES} at most")
        if self._writer.is_closing():
            raise _GoneError
        self._writer.write(line)
        try:
            async with asyncio.timeout(self._params.unread_s):
                await self._writer.drain()
        except (ConnectionError, TimeoutError) as error:
            self._writer.transport.abort()
            raise _GoneError from error

    async def _gone(self) -> None:
        """Wait until the client has closed its end; it has nothing more to say."""
        with contextlib.suppress(ConnectionError):
            await self._reader.read(1)


def _error_of(error: ImutrackError) -> dict[str, Any]:
    return {"error": str(error), "kind": type(error).__name__}


def _misunderstood() -> ImutrackError:
    return ImutrackError("the collector did not understand: is the command of another version of imutrack?")
