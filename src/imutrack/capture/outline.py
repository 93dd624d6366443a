"""What a capture holds besides its notifications, and where in it those lie."""

from array import array
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from io import BytesIO
from typing import Final

from mcap.data_stream import ReadDataStream
from mcap.opcode import Opcode
from mcap.records import Channel, Statistics

from imutrack.capture.blocks import first_of, last_of
from imutrack.capture.events import Event
from imutrack.capture.records import End, Message, inner
from imutrack.capture.writing import AGAIN_TOPIC, EVENTS_TOPIC
from imutrack.errors import RecordingError

__all__ = ["NEVER_NS", "Blocks", "Channels", "Outline", "events_told", "is_event"]

NEVER_NS: Final = 1 << 63
_EVENT: Final = b'{"event":"'  # as `encode_event` begins


@dataclass(slots=True)
class Blocks:
    """Where the blocks of a capture lie, in the order of the file: a few megabytes for a day.

    Attributes:
        keys: strap and characteristic -> number.
        of: number of the key of each block.
        at: byte at which its chunk begins.
        place: which message of the chunk it is.
        first_ns, last_ns: host times of its notifications.
    """

    keys: dict[tuple[str, str], int] = field(default_factory=dict)
    of: "array[int]" = field(default_factory=lambda: array("L"))
    at: "array[int]" = field(default_factory=lambda: array("Q"))
    place: "array[int]" = field(default_factory=lambda: array("L"))
    first_ns: "array[int]" = field(default_factory=lambda: array("Q"))
    last_ns: "array[int]" = field(default_factory=lambda: array("Q"))

    def add(self, key: tuple[str, str], at: int, place: int, block: bytes) -> None:
        """Note a block.

        Raises:
            RecordingError: it is none.
        """
        first_ns, last_ns = first_of(block), last_of(block)
        if last_ns is None:
            return
        if last_ns >= NEVER_NS:
            raise RecordingError(f"a block says that it came {last_ns} ns after 1970")
        self.of.append(self.keys.setdefault(key, len(self.keys)))
        self.at.append(at)
        self.place.append(place)
        self.first_ns.append(first_ns)
        self.last_ns.append(last_ns)

    def within(self, begin_ns: int, end_ns: int) -> Iterator[tuple[int, int, tuple[str, str]]]:
        """Yield byte, place and key of the blocks that hold something of a stretch."""
        keys = list(self.keys)
        for index, (first_ns, last_ns) in enumerate(zip(self.first_ns, self.last_ns, strict=True)):
            if first_ns < end_ns and last_ns >= begin_ns:
                yield self.at[index], self.place[index], keys[self.of[index]]


@dataclass(slots=True)
class Outline:
    """What a capture holds besides its notifications.

    Attributes:
        events: in the order they were said.
        notes: what could not be read, in words.
        damage: (begin, end) host ns around each stretch within the file that could not be read.
        damaged: something within the file was lost; not because it was never closed.
        cut: it ends within a record, as when the power failed: nothing more is lost.
        complete: nothing that was said is lost, but where it was cut.
        end_ns: when the last notification came; 0 where none did.
        blocks: where the notifications lie.
    """

    events: list[Event] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    damage: list[tuple[int, int]] = field(default_factory=list)
    damaged: bool = False
    cut: bool = False
    complete: bool = True
    end_ns: int = 0
    blocks: Blocks = field(default_factory=Blocks)


def is_event(channel: Channel | None, message: Message) -> bool:
    """Whether a message is an event; of a channel that nothing is known of, what looks like one is."""
    if channel is None:
        return message.data.startswith(_EVENT)
    return channel.topic in {EVENTS_TOPIC, AGAIN_TOPIC}


class Channels:
    """The channels of a file by number, as far as they were read."""

    def __init__(self) -> None:
        self._known: dict[int, Channel] = {}

    def learn(self, records: Iterable[bytes]) -> None:
        """Take the bodies of channel records; what is none is left out."""
        for body in records:
            channel = _channel(body)
            if channel is not None:
                self._known[channel.id] = channel

    def __getitem__(self, number: int) -> Channel | None:
        return self._known.get(number)


def events_told(end: End) -> int | None:
    """Return how many events were said, by the statistics of the file; None where they do not tell."""
    numbers = {each.id for each in map(_channel, end.channels) if each is not None and each.topic == EVENTS_TOPIC}
    for opcode, body in inner(end.summary):
        if opcode == Opcode.STATISTICS and numbers:
            try:
                counts: dict[int, int] = Statistics.read(ReadDataStream(BytesIO(body))).channel_message_counts
            except Exception:  # noqa: BLE001 - as of a channel; its checksum may be one that is not told
                return None
            return sum(counts.get(number, 0) for number in numbers)
    return None


@lru_cache(maxsize=256)
def _channel(body: bytes) -> Channel | None:
    """Return a channel; each block says its own."""
    try:
        channel: Channel = Channel.read(ReadDataStream(BytesIO(body)))
    except Exception:  # noqa: BLE001 - the library checks no lengths: whatever comes first, it is no channel
        return None
    return channel
