"""What systemd is told: ready, how it goes, that it still goes, that it ends (``sd_notify``, a datagram each).

Nothing happens where nobody asked to be told. Telling never waits and never fails: systemd that does not listen must
not stop what looks after the straps.
"""

import asyncio
import logging
import os
import socket
from collections.abc import Callable, Mapping, Sequence
from typing import Final

__all__ = ["Service", "feed_watchdog"]

log = logging.getLogger(__name__)

_US_PER_S: Final = 1e6


class Service:
    """The way to systemd.

    Args:
        environ: the environment, of which ``NOTIFY_SOCKET``, ``WATCHDOG_USEC`` and ``WATCHDOG_PID`` count.
        pid: of this process.
    """

    def __init__(self, environ: Mapping[str, str], pid: int | None = None) -> None:
        self._address = _address_of(environ.get("NOTIFY_SOCKET", ""))
        self._said = ""
        whose = environ.get("WATCHDOG_PID")
        mine = not whose or whose == str(os.getpid() if pid is None else pid)
        usec = environ.get("WATCHDOG_USEC", "")
        self.watchdog_s = int(usec) / _US_PER_S if mine and usec.isdecimal() and int(usec) > 0 else None
        """After how long without `alive` systemd ends this process; None where it does not watch."""

    def ready(self, status: str) -> None:
        """Say that everything is set up, and how it goes."""
        self._tell("READY=1", _status(status))

    def status(self, status: str) -> None:
        """Say how it goes, for ``systemctl status``; the same again is not said again."""
        if status != self._said:
            self._said = status
            self._tell(_status(status))

    def alive(self) -> None:
        """Say that it still goes."""
        self._tell("WATCHDOG=1")

    def stopping(self) -> None:
        """Say that it ends."""
        self._tell("STOPPING=1", _status("ending"))

    def _tell(self, *said: str) -> None:
        if self._address is None:
            return
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as out:
                out.setblocking(False)
                out.sendto("\n".join(said).encode(), self._address)
        except OSError as error:
            log.debug("systemd was not told: %s", error)


async def feed_watchdog(service: Service, late: Callable[[], Sequence[str]]) -> None:
    """Tell systemd until cancelled that it still goes, at half of the time it allows, while nothing stands still.

    Args:
        service: the way to systemd; where that does not watch, this ends at once.
        late: names of the loops that stand still.
    """
    if service.watchdog_s is None:
        return
    while True:
        standing = late()
        if standing:
            log.error("stands still: %s; systemd will start the collector anew", ", ".join(standing))
        else:
            service.alive()
        await asyncio.sleep(service.watchdog_s / 2)


def _address_of(said: str) -> bytes | None:
    """Return the socket that is meant: a path, or with ``@`` one of Linux's abstract names; None for anything else."""
    if said.startswith("/"):
        return os.fsencode(said)
    return b"\0" + os.fsencode(said[1:]) if said.startswith("@") else None


def _status(said: str) -> str:
    return f"STATUS={' '.join(said.split())}"
