"""What is done to a wearable over its link, told without doing it: a recipe is a tuple of actions, in order.

The collector carries a recipe out, a simulated wearable plays its other side: so an action that waits for an answer
also says how a device answers when all is well. Nothing here waits or sends.
"""

from collections.abc import Callable
from dataclasses import dataclass

__all__ = ["Action", "Answer", "Ask", "Read", "Recipe", "Subscribe", "Write", "sig"]


def sig(number: int) -> str:
    """Return the UUID of a number that the Bluetooth SIG assigned.

    >>> sig(0x2A37)
    '00002a37-0000-1000-8000-00805f9b34fb'
    """
    return f"{number:08x}-0000-1000-8000-00805f9b34fb"


@dataclass(frozen=True, slots=True)
class Subscribe:
    """Let a characteristic notify, or indicate where it cannot notify."""

    characteristic: str


@dataclass(frozen=True, slots=True)
class Write:
    """Write a value; with ``response`` the link says that it arrived."""

    characteristic: str
    data: bytes
    response: bool = True


@dataclass(frozen=True, slots=True)
class Read:
    """Read a value and keep it as a fact, by its name; recipes and decoders may depend on facts.

    Attributes:
        characteristic: where it is read.
        fact: what it is called from then on.
        example: what a device may answer; a simulated one does.
        needed: whether a device without this characteristic cannot be used.
    """

    characteristic: str
    fact: str
    example: bytes
    needed: bool = True


@dataclass(frozen=True, slots=True)
class Answer:
    """The notification by which a device answers a command.

    Attributes:
        characteristic: where it comes; it is subscribed to before.
        judge: says of a payload whether it is the answer. It raises WearableError where the device refuses.
        example: the answer when all is well; a simulated device gives it.
        fact: keep it under this name; nothing where it says no more than that all is well.
    """

    characteristic: str
    judge: Callable[[bytes], bool]
    example: bytes
    fact: str = ""


@dataclass(frozen=True, slots=True)
class Ask:
    """Write a command and wait for its answer."""

    write: Write
    answer: Answer


Action = Subscribe | Write | Read | Ask
Recipe = tuple[Action, ...]
