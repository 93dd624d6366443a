"""How a notification gets from the service to its client: through a socket of its own, or as a D-Bus signal."""

import asyncio
import socket
from collections.abc import Callable
from typing import Final

from dbus_fast import Message, Variant

from imutrack.simulation.ledger import Fate
from imutrack.simulation.tree import Call, Tree

__all__ = ["CHARACTERISTIC", "SignalTap", "SocketTap", "Tap"]

CHARACTERISTIC: Final = "org.bluez.GattCharacteristic1"


class SocketTap:
    """AcquireNotify: a SOCK_SEQPACKET pair, of which the client has the other end.

    Args:
        owner: the client's name on the bus.
        hung_up: called when the client closes its end.
    """

    def __init__(self, owner: str, hung_up: Callable[[], None]) -> None:
        self.owner = owner
        self._hung_up = hung_up
        self._ours, self._theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._ours.setblocking(False)
        self._send = self._ours.send
        self._loop = asyncio.get_running_loop()
        self._loop.add_reader(self._ours, self._readable)

    def hand_over(self, tree: Tree, call: Call, mtu: int) -> None:
        """Give the client its end, as the answer to its call."""
        tree.send(Message.new_method_return(call, "hq", [0, mtu], [self._theirs.fileno()]), self._theirs.close)

    def notify(self, payload: bytes) -> Fate:
        """Send one notification; what does not fit into the socket's queue is dropped, as BlueZ does."""
        try:
            self._send(payload)
        except BlockingIOError:
            return Fate.OVERRUN
        except OSError:
            return Fate.UNHEARD
        return Fate.SENT

    def close(self) -> None:
        """Hang up; safe twice."""
        self._loop.remove_reader(self._ours)
        self._ours.close()
        self._theirs.close()

    def _readable(self) -> None:
        try:
            said = self._ours.recv(1)  # a client has nothing to say here: this is the end
        except BlockingIOError:
            return
        except OSError:  # it hung up before it had read everything
            said = b""
        if not said:
            self._hung_up()


class SignalTap:
    """StartNotify: a PropertiesChanged signal for each notification.

    Args:
        owner: the client's name on the bus.
        tree, path: where the characteristic is.
    """

    def __init__(self, owner: str, tree: Tree, path: str) -> None:
        self.owner = owner
        self._tree, self._path = tree, path

    def notify(self, payload: bytes) -> Fate:
        """Send one notification."""
        self._tree.change(self._path, CHARACTERISTIC, {"Value": Variant("ay", payload)})
        return Fate.SENT

    def close(self) -> None:
        """Nothing is held."""


Tap = SocketTap | SignalTap
