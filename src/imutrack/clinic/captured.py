"""What the captures of a clinic hold: whose they are, which sets were done in them, and which of those nobody stored.

Reading a capture takes a third of a second for half an hour of two straps, so what was found is kept in a list beside
the captures. It is a cache and no more: each capture is looked up by its length, its time of change and its place on
the disk, whatever differs is read again, and without the list all of them are.
"""

import contextlib
from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import Final

import msgspec

from imutrack.capture import hashes_of, outline_of
from imutrack.capture.events import SessionStarted
from imutrack.capture.files import FOLDER, captures_in, is_written
from imutrack.capture.owners import named_in, patients_of, says
from imutrack.capture.sets import CapturedSet
from imutrack.errors import RecordingError
from imutrack.stores.local import LocalStore
from imutrack.stores.private_files import write_private
from imutrack.task import Side, TaskKind

__all__ = ["Contents", "SetSeen", "Unstored", "captures_of", "contents", "names_patient", "recordings_of", "unstored"]

_LIST: Final = "contents.json"
_VERSION: Final = 3  # of the list, and of how sets are found and hashed

Progress = Callable[[str], object]


class SetSeen(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A set that was done in a capture.

    Attributes:
        number: of its task.
        recording: hash of its content, by which the store knows it.
        start_ns, stop_ns: host time.
        straps: labels.
        kind, name, side, patient: of its task.
    """

    number: int
    recording: str
    start_ns: int
    stop_ns: int
    straps: tuple[str, ...]
    kind: TaskKind
    name: str
    side: Side | None = None
    patient: str | None = None


class Contents(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a capture holds.

    Attributes:
        found: length in bytes, time of change and place on the disk when it was read.
        changed_ns: when it was written to last, Unix epoch ns.
        patients: whose it is.
        sets: in the order they began.
        problem: why its sets cannot be read, one line.
        damage: what of it could not be read, one line; empty where nothing within it is lost.
        cut: it ends within a record, which may name somebody.
        nobody_knows: so much of it is lost that nobody can tell whose it is.
    """

    found: tuple[int, int, int]
    changed_ns: int
    patients: tuple[str, ...] = ()
    sets: tuple[SetSeen, ...] = ()
    problem: str = ""
    damage: str = ""
    cut: bool = False
    nobody_knows: bool = False


class _List(msgspec.Struct):
    version: int
    captures: dict[str, Contents]


class Unstored(msgspec.Struct, frozen=True, kw_only=True):
    """Sets of a capture that are in no store.

    Attributes:
        path: of the capture.
        patient: whose they are; None where nobody said.
        sets: at least one, unless it cannot be read, or only in part.
        changed_ns: when the capture was written to last, Unix epoch ns.
        problem: why it cannot be read, one line.
        damage: what of it cannot be read, one line.
        nobody_knows: so much of it is lost that nobody can tell whose it is.
    """

    path: Path
    patient: str | None
    sets: tuple[SetSeen, ...]
    changed_ns: int
    problem: str = ""
    damage: str = ""
    nobody_knows: bool = False


def contents(data_dir: Path, progress: Progress = lambda _: None) -> dict[Path, Contents]:
    """Return what each capture holds.

    Args:
        data_dir: of the clinic.
        progress: is told how far it is, while captures are read.

    Raises:
        OSError: a capture, or their folder, may not be looked at.
    """
    known, now = _known(data_dir), dict[str, Contents]()
    paths = captures_in(data_dir)
    try:
        for number, path in enumerate(paths, 1):
            with contextlib.suppress(FileNotFoundError):  # thrown away meanwhile
                was = known.get(path.name)
                if was is None or was.found != _state(path):
                    progress(f"captures: {number} of {len(paths)}")
                    was = _read(path)
                now[path.name] = was
    except BaseException:
        _keep(data_dir, known, known | now)  # what was read need not be read again
        raise
    _keep(data_dir, known, now)
    return {path: now[path.name] for path in paths if path.name in now}


def captures_of(data_dir: Path, patient: str, recordings: Collection[str] = ()) -> list[Path]:
    """Return the captures of a patient.

    Args:
        data_dir: of the clinic.
        patient: pseudonym.
        recordings: hashes of what is stored of the patient: a capture that holds nothing else is the patient's too,
            whoever it names.

    Raises:
        OSError: a capture, or their folder, may not be looked at.
    """
    return [
        path
        for path, each in contents(data_dir).items()
        if names_patient(path, each, patient)
        or (each.sets and {found.recording for found in each.sets} <= set(recordings))
    ]


def names_patient(path: Path, each: Contents, patient: str) -> bool:
    """Whether a capture names a patient; a damaged one, or one that was cut off, is searched anew.

    Args:
        path: of the capture.
        each: what it holds.
        patient: pseudonym.

    Raises:
        OSError: it may not be looked at.
    """
    if patient in each.patients or not (each.damage or each.problem or each.cut):
        return patient in each.patients
    try:
        return says(path, patient)
    except FileNotFoundError:  # thrown away meanwhile
        return False


def recordings_of(store: LocalStore, patient: str | None = None) -> set[str]:
    """Return the hashes of the recordings that have results in the store, of one patient or of all."""
    where, values = ("", ()) if patient is None else (" WHERE patient = ?", (patient,))
    with store.database.reading() as connection:
        query = f"SELECT DISTINCT recording FROM result{where}"  # noqa: S608 - own words
        return {recording for (recording,) in connection.execute(query, values)}


def unstored(store: LocalStore, data_dir: Path, since_s: float, progress: Progress = lambda _: None) -> list[Unstored]:
    """Return the sets since a moment that are captured and in no store, and the captures since then that are damaged.

    What is being captured now is left out: it is not over.

    Args:
        store: open.
        data_dir: its folder.
        since_s: Unix epoch s.
        progress: as of `contents`.

    Raises:
        OSError: a capture, or their folder, may not be looked at.
    """
    stored, found = recordings_of(store), list[Unstored]()
    for path, each in contents(data_dir, progress).items():
        if each.changed_ns < since_s * 1e9:
            continue
        left = [one for one in each.sets if one.recording not in stored and one.start_ns >= since_s * 1e9]
        if not (left or each.problem or each.damage) or is_written(path):
            continue
        for patient in dict.fromkeys(one.patient for one in left):
            sets = tuple(one for one in left if one.patient == patient)
            of_patient = Unstored(path=path, patient=patient, sets=sets, changed_ns=each.changed_ns, damage=each.damage)
            found.append(of_patient)
        if each.problem or (each.damage and not left):
            whose = each.patients[0] if len(each.patients) == 1 else None
            told = Unstored(
                path=path,
                patient=whose,
                sets=(),
                changed_ns=each.changed_ns,
                problem=each.problem,
                damage=each.damage,
                nobody_knows=each.nobody_knows,
            )
            found.append(told)
    return sorted(found, key=lambda each: (each.sets[0].start_ns if each.sets else each.changed_ns, each.path))


def _known(data_dir: Path) -> dict[str, Contents]:
    try:
        kept = msgspec.json.decode((data_dir / FOLDER / _LIST).read_bytes(), type=_List)
    except (OSError, msgspec.DecodeError, msgspec.ValidationError):
        return {}
    return kept.captures if kept.version == _VERSION else {}


def _keep(data_dir: Path, known: Mapping[str, Contents], now: Mapping[str, Contents]) -> None:
    listed = {name: each for name, each in now.items() if not each.problem}  # a disk may mend
    if listed != known:
        with contextlib.suppress(OSError):  # then they are read again the next time
            write_private(data_dir / FOLDER / _LIST, msgspec.json.encode(_List(_VERSION, listed)))


def _state(path: Path) -> tuple[int, int, int]:
    """Return what tells a file from what it was: a renamed capture keeps its time of writing, not its place."""
    state = path.stat()
    return state.st_size, state.st_ctime_ns, state.st_ino


def _read(path: Path) -> Contents:
    found, changed_ns = _state(path), path.stat().st_mtime_ns
    try:
        capture = outline_of(path)
        sets = tuple(_seen(each, content) for each, content in hashes_of(path, capture))
    except RecordingError as error:
        problem = str(error) if found[0] else ""  # killed before anything was written: nothing is lost
        named = tuple(sorted(named_in(path)))
        lost = bool(problem and not named)
        return Contents(found=found, changed_ns=changed_ns, patients=named, problem=problem, nobody_knows=lost)
    patients = patients_of(capture.events) | (named_in(path) if capture.damaged or capture.cut else frozenset())
    begun = any(isinstance(event, SessionStarted) for event in capture.events)
    return Contents(
        found=found,
        changed_ns=changed_ns,
        patients=tuple(sorted(patients)),
        sets=sets,
        damage="; ".join(capture.notes) if capture.damaged else "",
        cut=capture.cut,
        nobody_knows=not (capture.complete or patients or begun),
    )


def _seen(found: CapturedSet, content: str) -> SetSeen:
    return SetSeen(
        number=found.number,
        recording=content,
        start_ns=found.start_ns,
        stop_ns=found.stop_ns,
        straps=tuple(strap.label for strap in found.straps),
        kind=found.task.kind,
        name=found.task.name,
        side=found.task.side,
        patient=found.task.patient,
    )
