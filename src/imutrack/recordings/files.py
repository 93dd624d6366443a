"""`Source`: one file to read, whether it lies on disk, is gzipped, or is a member of a zip archive.

Readers see files and their neighbours in the same folder; a zip archive is a folder to them. Bytes are handed out once,
in blocks, unpacked; what unpacks to more than `MAX_UNPACKED_BYTES` is refused, so that no archive can fill the memory.
"""

import gzip
import stat
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO, Final

from imutrack.capture import MAGIC, SUFFIX, TaskStarted, events_of
from imutrack.errors import RecordingError

__all__ = ["BLOCK_BYTES", "MAX_UNPACKED_BYTES", "Source", "expand"]

BLOCK_BYTES: Final = 1 << 20  # parsing costs the same for blocks of 256 kB to 4 MB
MAX_UNPACKED_BYTES: Final = 4 << 30  # a day of 200 Hz x 9 axes as text is 2 GB
MAX_FILES: Final = 100_000  # in one folder or archive
READABLE: Final = frozenset({".csv", ".txt", ".tsv", ".dat", ".log", ".gz", ".zip", SUFFIX, ""})  # taken from a folder

_GZIP = b"\x1f\x8b"
_ZIP = (b"PK\x03\x04", b"PK\x05\x06")
_DAMAGED = (zipfile.BadZipFile, zlib.error, gzip.BadGzipFile, NotImplementedError, RuntimeError, UnicodeDecodeError)


@dataclass(frozen=True, slots=True)
class Source:
    """One file to read.

    Attributes:
        path: the file on disk; for a member, the archive.
        member: name inside the archive, or None.
        set_number: of a capture: which of its sets.
    """

    path: Path
    member: str | None = None
    set_number: int | None = None

    def __str__(self) -> str:
        if self.set_number is not None:
            return f"{self.path}: set {self.set_number}"
        return str(self.path) if self.member is None else f"{self.path}: {self.member}"

    @property
    def name(self) -> str:
        """File name without folder and without ``.gz``."""
        name = self.path.name if self.member is None else PurePosixPath(self.member).name
        return name[:-3] if name.lower().endswith(".gz") else name

    @property
    def folder(self) -> str:
        """Where it lies: files of one recording share a folder."""
        inside = "" if self.member is None else f"{self.path}/{PurePosixPath(self.member).parent}"
        return inside or str(self.path.parent)

    def neighbour(self, relative: str) -> "Source | None":
        """Return the file of that name relative to this one's folder, where it exists."""
        if self.member is None:
            path = self.path.parent / relative
            return Source(path) if _is_file(path) else None
        wanted = str(PurePosixPath(self.member).parent / relative)
        return Source(self.path, wanted) if wanted in _members(self.path) else None

    def head(self, size: int) -> bytes:
        """Return the first ``size`` bytes, unpacked.

        Raises:
            RecordingError: the file cannot be opened or is damaged there.
        """
        found = b""
        for block in self._unpacked(size):
            found += block
            if len(found) >= size:
                break
        return found[:size]

    def blocks(self) -> Iterator[bytes]:
        """Hand out all bytes once, unpacked.

        Raises:
            RecordingError: the file cannot be read to its end, is damaged or cut, or unpacks to too much.
        """
        total = 0
        for block in self._unpacked(BLOCK_BYTES):
            total += len(block)
            if total > MAX_UNPACKED_BYTES:
                raise RecordingError(f"{self}: unpacks to more than {MAX_UNPACKED_BYTES >> 30} GB: not a recording")
            yield block

    def _unpacked(self, size: int) -> Iterator[bytes]:
        try:
            with self._open() as file:
                start = file.read(2)
                if start == _GZIP:
                    yield from _gunzipped(file, start, size)
                else:
                    yield start + file.read(max(size - len(start), 0))
                    while block := file.read(size):
                        yield block
        except EOFError as error:
            raise RecordingError(f"{self}: is cut short: copy it again") from error
        except _DAMAGED as error:
            raise RecordingError(f"{self}: is damaged and cannot be unpacked: copy it again ({error})") from error
        except OSError as error:
            raise RecordingError(f"{self}: {_os_reason(error)}") from error

    @contextmanager
    def _open(self) -> Iterator[IO[bytes]]:
        if self.member is None:
            with self.path.open("rb") as file:
                yield file
        else:
            with zipfile.ZipFile(self.path) as archive, archive.open(self.member) as file:
                yield file


def expand(paths: Iterable[Path]) -> list[Source | RecordingError]:
    """Return the files behind paths: archives give their members, folders everything readable below them.

    What cannot be opened is an error in its place; the others stand.
    """
    found: list[Source | RecordingError] = []
    for path in paths:
        try:
            found.extend(_expand_folder(path) if path.is_dir() else _expand_file(path))
        except RecordingError as error:
            found.append(error)
        except OSError as error:
            found.append(RecordingError(f"{path}: {_os_reason(error)}"))
    return found


def _expand_folder(folder: Path) -> list[Source]:
    paths = [
        path
        for path in sorted(folder.rglob("*"))
        if path.suffix.lower() in READABLE
        and not any(part.startswith((".", "__MACOSX")) for part in path.relative_to(folder).parts)
        and path.is_file()
    ]
    if not paths:
        raise RecordingError(f"{folder}: the folder holds no file that could be a recording")
    if len(paths) > MAX_FILES:
        raise RecordingError(f"{folder}: holds more than {MAX_FILES} files: name the folders below it one by one")
    found: list[Source] = []
    for path in paths:
        try:
            found.extend(_expand_file(path))
        except RecordingError:
            found.append(Source(path))  # says what is wrong with it when it is read
    return found


def _expand_file(path: Path) -> list[Source]:
    try:
        if not stat.S_ISREG(path.stat().st_mode):  # opening a pipe waits for whoever writes it
            raise RecordingError(f"{path}: is no file but a pipe or a device: save what it gives, and name that file")
        with path.open("rb") as file:
            start = file.read(len(MAGIC))
    except OSError as error:
        raise RecordingError(f"{path}: {_os_reason(error)}") from error
    if start == MAGIC or path.suffix == SUFFIX:  # whose first bytes may be damaged
        return _sets(path)
    if start[:4] not in _ZIP:
        return [Source(path)]
    members = [
        Source(path, name)
        for name in sorted(_members(path))
        if PurePosixPath(name).suffix.lower() in READABLE - {".zip"}
        and not any(part.startswith((".", "__MACOSX")) for part in PurePosixPath(name).parts)
    ]
    if not members:
        raise RecordingError(f"{path}: the archive holds no file that could be a recording")
    return members


def _sets(path: Path) -> list[Source]:
    """Return the sets of a capture; the capture itself where it holds none, which says so when it is read."""
    numbers = [event.number for event in events_of(path) if isinstance(event, TaskStarted)]
    return [Source(path, set_number=number) for number in numbers] or [Source(path)]


def _members(path: Path) -> frozenset[str]:
    try:
        with zipfile.ZipFile(path) as archive:
            names = frozenset(info.filename for info in archive.infolist() if not info.is_dir())
    except (zipfile.BadZipFile, EOFError, ValueError, NotImplementedError) as error:
        raise RecordingError(f"{path}: the archive is damaged or cut short: copy it again ({error})") from error
    if len(names) > MAX_FILES:
        raise RecordingError(f"{path}: the archive holds more than {MAX_FILES} files: not a recording")
    return names


def _gunzipped(file: IO[bytes], start: bytes, size: int) -> Iterator[bytes]:
    """Unpack gzip members one after the other; the bytes of a cut or damaged one never pass as whole."""
    pending = start + file.read(size)
    while pending:
        unpacker = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)
        while not unpacker.eof:
            unpacked = unpacker.decompress(pending, size)
            pending = unpacker.unconsumed_tail
            if unpacked:
                yield unpacked
            elif not pending and not unpacker.eof:
                pending = file.read(size)
                if not pending:
                    raise EOFError
        pending = (unpacker.unused_data or file.read(size)).lstrip(b"\0")  # some tools pad with zeros


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError:
        return False


def _os_reason(error: OSError) -> str:
    if isinstance(error, FileNotFoundError):
        return "there is no such file: check the name"
    if isinstance(error, PermissionError):
        return "may not be read: check its permissions"
    return f"cannot be read ({error.strerror or error})"
