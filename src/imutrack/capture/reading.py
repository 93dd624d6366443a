"""Reads a capture to its end, past whatever of it is damaged. Nothing is decoded.

The notifications of a day are more than a small machine has memory for: `outline_of` goes through the file once, keeps
the events and where each block lies, and `arrivals_of` reads those of one stretch. What could not be read is counted
and told, with the time around it, so that the sets it may belong to are known.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import IO, Final

from imutrack.capture.blocks import Arrival, unpack
from imutrack.capture.events import VERSION, Closed, Event, Opened, decode_event
from imutrack.capture.layout import MAGIC
from imutrack.capture.outline import NEVER_NS, Blocks, Channels, Outline, events_told, is_event
from imutrack.capture.parsing import chunk_at
from imutrack.capture.records import Chunk, End, Message, Other, Torn
from imutrack.capture.walking import pieces
from imutrack.capture.writing import NOTIFICATIONS
from imutrack.errors import RecordingError
from imutrack.words import counted

__all__ = ["arrivals_of", "events_of", "outline_of"]

_ROUND_NS: Final = 1_000_000_000  # blocks of several straps lie in any order within half a second


def outline_of(path: Path) -> Outline:
    """Read a capture without keeping any notification.

    Raises:
        RecordingError: it cannot be opened, is no capture, or is one of a newer version.
    """
    outline = _gone_through(path)
    for event in outline.events:
        if isinstance(event, Opened) and event.version > VERSION:
            raise RecordingError(f"{path}: was written by a newer imutrack (capture {event.version}): update imutrack")
    if not outline.events:
        raise RecordingError(f"{path}: is no capture of imutrack, or its beginning is damaged")
    return outline


def arrivals_of(path: Path, outline: Outline, begin_ns: int, end_ns: int) -> dict[tuple[str, str], list[Arrival]]:
    """Return the notifications of a capture from one moment to before another, by strap and characteristic.

    Args:
        path: of the capture.
        outline: of it.
        begin_ns, end_ns: host time.

    Raises:
        RecordingError: it cannot be opened, or is no longer what its outline says.
    """
    arrivals: dict[tuple[str, str], list[Arrival]] = {}
    try:
        with path.open("rb") as file:
            size = path.stat().st_size
            chunk: Chunk | int = 0
            for at, place, key in outline.blocks.within(begin_ns, end_ns):
                if isinstance(chunk, int) or chunk.at != at:
                    chunk = chunk_at(file, at, size)
                if isinstance(chunk, int) or place >= len(chunk.messages):
                    raise RecordingError(f"{path}: was changed while it was read: run it again")
                came = [each for each in unpack(chunk.messages[place].data) if begin_ns <= each[0] < end_ns]
                if came:
                    arrivals.setdefault(key, []).extend(came)
    except OSError as error:
        raise RecordingError(f"{path}: cannot be read ({error.strerror or error})") from error
    return arrivals


def events_of(path: Path) -> Iterator[Event]:
    """Yield the events of a capture, without its notifications, in the order they were said.

    Raises:
        RecordingError: it cannot be opened or is no MCAP file.
    """
    yield from _gone_through(path).events


def _gone_through(path: Path) -> Outline:
    """Return the outline of a file; one without events where there are none.

    Raises:
        RecordingError: it cannot be opened or is no MCAP file.
    """
    going = _GoingThrough()
    try:
        with path.open("rb") as file:
            if file.read(len(MAGIC)) == MAGIC:
                going.is_mcap = True
            going.through(file)
    except OSError as error:
        raise RecordingError(f"{path}: cannot be read ({error.strerror or error})") from error
    if not going.is_mcap:
        raise RecordingError(f"{path}: is no capture")
    return going.outline()


class _GoingThrough:
    """One pass over a file."""

    def __init__(self) -> None:
        self.is_mcap = False
        self._channels = Channels()
        self._blocks = Blocks()
        self._said: dict[tuple[int, bytes], Message] = {}
        self._nameless = 0  # blocks of a channel that nothing is known of
        self._closed = False
        self._cut_at: int | None = None
        self._torn: list[tuple[int, int]] = []  # begin and end, bytes; what was torn one after the other is one
        self._since: list[int] = []  # of each: the blocks before it
        self._last_said_at = 0
        self._events: int | None = None  # how many were said, where the end of the file tells

    def through(self, file: IO[bytes]) -> None:
        for piece in pieces(file):
            match piece:
                case End():
                    self._closed = self.is_mcap = True
                    self._channels.learn(piece.channels)
                    self._events = events_told(piece)
                case Chunk():
                    self.is_mcap = True
                    self._take(piece)
                case Torn(cut=True):
                    self._cut_at = piece.at
                case Torn():
                    self._tear(piece.at, len(piece.raw))
                case Other():
                    pass

    def outline(self) -> Outline:
        events = [decode_event(message.data) for message in sorted(self._said.values(), key=lambda each: each.sequence)]
        outline = Outline(
            events=[event for event in events if event is not None],
            damage=[self._around(since) for since in self._since],
            damaged=bool(self._torn or self._nameless),
            cut=self._cut_at is not None,
            end_ns=self._end_ns(),
            blocks=self._blocks,
        )
        outline.complete = not self._lacks_events(outline.events)
        outline.notes = list(self._notes(complete=outline.complete))
        return outline

    def _take(self, chunk: Chunk) -> None:
        self._channels.learn(chunk.channels)
        for place, message in enumerate(chunk.messages):
            channel = self._channels[message.channel]
            if is_event(channel, message):
                self._said.setdefault((message.sequence, message.data), message)
                self._last_said_at = chunk.at
            elif channel is None:
                self._nameless += 1
            elif channel.message_encoding == NOTIFICATIONS and {"strap", "characteristic"} <= channel.metadata.keys():
                key = channel.metadata["strap"], channel.metadata["characteristic"]
                try:
                    self._blocks.add(key, chunk.at, place, message.data)
                except RecordingError:
                    self._tear(chunk.at, len(chunk.raw))

    def _tear(self, at: int, length: int) -> None:
        if self._torn and self._torn[-1][1] == at:
            self._torn[-1] = self._torn[-1][0], at + length
        else:
            self._torn.append((at, at + length))
            self._since.append(len(self._blocks.at))

    def _around(self, since: int) -> tuple[int, int]:
        """Return the host time around a torn stretch, by the blocks before and behind it."""
        begin_ns = self._blocks.first_ns[since - 1] - _ROUND_NS if since else 0
        behind = since < len(self._blocks.at)
        return max(begin_ns, 0), self._blocks.last_ns[since] + _ROUND_NS if behind else NEVER_NS

    def _end_ns(self) -> int:
        """Return when the last block of any strap ended."""
        ends_ns = dict(zip(self._blocks.of, self._blocks.last_ns, strict=True))
        return max(ends_ns.values(), default=0)

    def _lacks_events(self, events: list[Event]) -> bool:
        """Whether something that was said is lost: the events are numbered from 1 on."""
        numbers = {sequence for sequence, _ in self._said}
        if not self._torn or 0 in numbers:
            return False
        if not numbers or max(numbers) > len(numbers):
            return True
        if self._events is not None:
            return len(numbers) < self._events
        return not isinstance(events[-1] if events else None, Closed) and self._torn[-1][0] > self._last_said_at

    def _notes(self, *, complete: bool) -> Iterator[str]:
        if self._torn:
            lost = counted(sum(end - begin for begin, end in self._torn), "byte")
            yield f"the file is damaged in {counted(len(self._torn), 'place')}: {lost} left out that could not be read"
        if self._nameless:
            left_out = counted(self._nameless, "block")
            yield f"{left_out} left out: the damaged part of the file says of which strap"
        if not complete:
            yield "some of what was said may be lost: which sets were done, whose, and how they were worn"
        if self._cut_at is not None:
            yield f"the file is cut off at byte {self._cut_at}: read to there"
        elif not self._closed and not self._torn:
            yield "the file was not ended in order: read to its end"
