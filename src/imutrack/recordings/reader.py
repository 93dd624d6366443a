"""`Reader`: one recorded format: it recognises its files by what they hold, knows which belong together, reads them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

from imutrack.errors import RecordingError
from imutrack.recordings.files import Source
from imutrack.recordings.layout import Layout, find_layout
from imutrack.recordings.options import ReadOptions
from imutrack.recordings.text import HEAD_BYTES, LAYOUT_BYTES, Lines, decode_head
from imutrack.samples import Recording

__all__ = ["Head", "Reader", "alone"]


@dataclass(frozen=True)
class Head:
    """The beginning of a file, as a reader sees it to recognise its format.

    Attributes:
        source: the file.
        beginning: its first `LAYOUT_BYTES`, unpacked.
    """

    source: Source
    beginning: bytes

    @classmethod
    def of(cls, source: Source) -> "Head":
        """Open a file.

        Raises:
            RecordingError: it cannot be opened, or it is empty.
        """
        beginning = source.head(LAYOUT_BYTES)
        if not beginning.strip():
            raise RecordingError(f"{source}: the file is empty")
        return cls(source, beginning)

    @cached_property
    def decoded(self) -> tuple[str, str] | None:
        """Text and encoding; None where it is not text."""
        return decode_head(self.beginning)

    @cached_property
    def text(self) -> str:
        """The first `HEAD_BYTES` as text; empty where it is not text."""
        return "" if self.decoded is None else self.decoded[0][:HEAD_BYTES]

    @cached_property
    def lines(self) -> list[str]:
        """The lines of `text`, stripped."""
        return [line.strip() for line in self.text.splitlines()]

    @cached_property
    def layout(self) -> Layout | None:
        """How the file holds its table; None where no row of numbers is in its beginning."""
        if self.decoded is None:
            return None
        return find_layout(self.decoded[0], whole=len(self.beginning) < LAYOUT_BYTES)

    def table(self) -> tuple[Lines, Layout]:
        """Return what `read_table` needs.

        Raises:
            RecordingError: there is no table in it.
        """
        if self.decoded is None:
            raise RecordingError(f"{self.source}: is not text: no reader knows this binary format")
        if self.layout is None:
            raise RecordingError(f"{self.source}: holds no row of readings after its header")
        return Lines(self.source, self.decoded[1]), self.layout


def alone(source: Source) -> str:
    """Stem of a format whose files each are a recording."""
    return source.name


def never_companion(_: Head) -> bool:
    """Of a format whose files all hold readings."""
    return False


@dataclass(frozen=True, slots=True)
class Reader:
    """One recorded format.

    Attributes:
        name: short id.
        title: what it is, for people.
        sniff: how surely a file is of this format, 0 to 1; the surest reader gets it.
        read: the files of one recording -> the recording. It raises `RecordingError` for what is wrong with a file and
            `MissingFactError`, naming the option, for what it does not say.
        stem: files of one folder with equal stems are one recording.
        companion: whether a file of this format holds no readings of its own (a place, a heart rate).
    """

    name: str
    title: str
    sniff: Callable[[Head], float]
    read: Callable[[Sequence[Head], ReadOptions], Recording]
    stem: Callable[[Source], str] = alone
    companion: Callable[[Head], bool] = never_companion
