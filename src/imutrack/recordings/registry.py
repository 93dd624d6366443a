"""`READERS` and the reading of one or many files with them."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import Final

from imutrack.errors import MissingFactError, RecordingError
from imutrack.recordings.building import content_hash, worn
from imutrack.recordings.grouping import FileGroup, find_groups
from imutrack.recordings.imutrack_capture import IMUTRACK_CAPTURE
from imutrack.recordings.metabase import METABASE
from imutrack.recordings.movella_dot_app import MOVELLA_DOT_APP
from imutrack.recordings.movella_dot_sdk import MOVELLA_DOT_SDK
from imutrack.recordings.neutral import NEUTRAL
from imutrack.recordings.options import ReadOptions
from imutrack.recordings.phyphox import PHYPHOX
from imutrack.recordings.plain_csv import PLAIN_CSV
from imutrack.recordings.reader import Head, Reader
from imutrack.recordings.sensor_logger import SENSOR_LOGGER
from imutrack.samples import Recording, Samples, Sensor, StartSource

__all__ = ["READERS", "find_recordings", "read", "read_group", "read_recording"]

READERS: Final[dict[str, Reader]] = {
    "imutrack_capture": IMUTRACK_CAPTURE,
    "metabase": METABASE,
    "movella_dot_app": MOVELLA_DOT_APP,
    "movella_dot_sdk": MOVELLA_DOT_SDK,
    "sensor_logger": SENSOR_LOGGER,
    "phyphox": PHYPHOX,
    "neutral": NEUTRAL,
    "plain_csv": PLAIN_CSV,
}
"""Name -> reader, in the order in which equal scores are settled."""

_DEFAULT: Final = ReadOptions()


def find_recordings(paths: Sequence[Path], options: ReadOptions = _DEFAULT) -> list[FileGroup | RecordingError]:
    """Sort files, folders and archives into recordings without reading them whole.

    Returns:
        One entry per recording in the order of the paths, or the error of what cannot be one.
    """
    return find_groups(paths, READERS, options)


def read_group(group: FileGroup, options: ReadOptions = _DEFAULT) -> Recording:
    """Read the files of one recording.

    Raises:
        RecordingError: something is wrong with a file, in one line.
        MissingFactError: the file does not say a fact that cannot be guessed; the option is named.
        SettingsError: an option does not fit.
    """
    reader = READERS[group.reader]
    heads = [Head.of(source) for source in group.sources]
    readable = [head for head in heads if not reader.companion(head)] or heads
    try:
        return worn(reader.read(readable, options), options)
    except (ArithmeticError, LookupError, OSError, ValueError) as error:
        raise RecordingError(
            f"{group}: is damaged, the {reader.name} reader cannot make sense of it ({error})"
        ) from error


def read_recording(path: Path, options: ReadOptions = _DEFAULT) -> Recording:
    """Read one file, or one folder or archive that holds one recording.

    Args:
        path: where it is; its neighbours are looked at for metadata only. Where it holds several devices that share no
            `Recording`, the first is read and a note says so.
        options: what the file does not say.

    Raises:
        RecordingError: something is wrong with it, in one line.
        MissingFactError: it does not say a fact that cannot be guessed; the option is named.
        SettingsError: an option does not fit.
    """
    found = read([path], options) if options.together else find_recordings([path], options)
    first = found[0]
    if isinstance(first, RecordingError):
        raise first
    recording = first if isinstance(first, Recording) else read_group(first, options)
    if len(found) == 1:
        return recording
    return replace(recording, notes=(*recording.notes, f"{len(found) - 1} more recordings in it were not read"))


def read(paths: Sequence[Path], options: ReadOptions = _DEFAULT) -> list[Recording | RecordingError]:
    """Read files, folders and archives.

    Returns:
        One entry per recording in the order of the paths, or the error of what could not be read; one bad file never
        stops the others.

    Raises:
        SettingsError: an option does not fit.
    """
    single = _single(options)
    found: list[Recording | RecordingError] = []
    for group in find_recordings(paths, options):
        try:
            found.append(group if isinstance(group, RecordingError) else read_group(group, single))
        except RecordingError as error:
            found.append(error)
    recordings = [item for item in found if isinstance(item, Recording)]
    if options.together and len(recordings) > 1:
        errors = [item for item in found if isinstance(item, RecordingError)]
        try:
            found = [_joined(recordings), *errors]
        except RecordingError as error:
            return [error, *errors]
    return [_supplied(item, options) if isinstance(item, Recording) else item for item in found]


def _single(options: ReadOptions) -> ReadOptions:
    """What is supplied for each recording that comes out in the end is not for the files it is joined from."""
    return replace(options, placements=(), axes=(), start=None)


def _supplied(recording: Recording, options: ReadOptions) -> Recording:
    typed = options.start_epoch()
    if typed is not None:
        recording = replace(recording, start=typed, start_source=StartSource.TYPED, zone_assumed=False)
    return worn(recording, options)


def _joined(recordings: Sequence[Recording]) -> Recording:
    """Put the recordings of different devices on one clock: the wall clock of their files.

    Raises:
        MissingFactError: a file states no start, so that nothing says how the clocks lie to each other.
    """
    starts = []
    for recording in recordings:
        if recording.start is None:
            raise MissingFactError(
                f"{recording.sources[0]}: states no start, so --together cannot align it: read the files one by one"
            )
        starts.append(recording.start)
    start = min(starts)
    sensors: list[Sensor] = []
    for recording, own_start in zip(recordings, starts, strict=True):
        shift = own_start - start
        for sensor in recording.sensors:
            samples = {
                quantity: Samples(samples.t_s + shift, samples.values, samples.rate_hz, samples.origin)
                for quantity, samples in sensor.samples.items()
            }
            sensors.append(replace(sensor, label=_free_label(sensor.label, sensors), samples=samples))
    return replace(
        recordings[0],
        sensors=tuple(sensors),
        content_hash=content_hash(recording.content_hash for recording in recordings),
        start=start,
        format=" + ".join(dict.fromkeys(recording.format for recording in recordings)),
        sources=tuple(source for recording in recordings for source in recording.sources),
        notes=(
            *dict.fromkeys(note for recording in recordings for note in recording.notes),
            "joined on the wall clock that the files state",
        ),
    )


def _free_label(label: str, sensors: Sequence[Sensor]) -> str:
    taken = {sensor.label for sensor in sensors}
    numbered = (f"{label} {number}" for number in count(2))
    return label if label not in taken else next(name for name in numbered if name not in taken)
