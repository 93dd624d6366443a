"""The catalogue on disk: one TOML file per exercise beside this module, read when first asked for."""

from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from types import MappingProxyType

import msgspec

from imutrack.errors import SettingsError
from imutrack.exercises.model import Exercise
from imutrack.placements import PLACEMENTS, SEGMENTS

__all__ = ["all_exercises", "angle_label", "get", "parse_exercise"]


@cache
def all_exercises() -> Mapping[str, Exercise]:
    """Return the whole catalogue, id -> exercise, in order of the ids.

    >>> len(all_exercises())
    30
    """
    folder = files("imutrack.exercises") / "catalogue"
    sources = sorted((item for item in folder.iterdir() if item.name.endswith(".toml")), key=lambda item: item.name)
    exercises = (parse_exercise(item.read_bytes(), item.name) for item in sources)
    return MappingProxyType({exercise.id: exercise for exercise in exercises})


def get(exercise_id: str) -> Exercise:
    """Return the exercise with an id.

    Raises:
        SettingsError: the catalogue has no such id.

    >>> get("shoulder_abduction").joint
    'shoulder'
    """
    exercise = all_exercises().get(exercise_id)
    if exercise is None:
        raise SettingsError(f"unknown exercise {exercise_id!r}: `imutrack exercises` lists those of the catalogue")
    return exercise


def angle_label(exercise: Exercise | None, *placements: str) -> str:
    """Return the words shown beside an angle: only what the sensors there can see.

    Args:
        exercise: None where nobody said what was done.
        placements: where the sensors were worn; none where nobody said.

    >>> angle_label(get("shoulder_abduction"), "upper_arm")
    'arm elevation (one sensor)'
    >>> angle_label(None, "wrist")
    'forearm tilt (one sensor)'
    """
    worn = exercise.worn_as(*placements) if exercise else None
    if worn:
        return worn.label
    segments = " against ".join(SEGMENTS.get(placement, "segment") for placement in placements) or "segment"
    return f"{segments} angle (two sensors)" if len(placements) > 1 else f"{segments} tilt (one sensor)"


def parse_exercise(content: bytes, file_name: str) -> Exercise:
    """Read one catalogue file.

    Raises:
        SettingsError: not TOML, an unknown or missing key, a value out of range, an id that is not the file's name, or
            a placement that is not of the vocabulary.
    """
    try:
        exercise = msgspec.toml.decode(content, type=Exercise)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"exercise file {file_name}: {error}") from error
    if file_name != f"{exercise.id}.toml":
        raise SettingsError(f"exercise file {file_name}: its id is {exercise.id!r}, name the file {exercise.id}.toml")
    unknown = {place for worn in exercise.worn for place in worn.placements} - set(PLACEMENTS)
    if unknown:
        raise SettingsError(
            f"exercise file {file_name}: unknown placement {min(unknown)!r}, use one of {', '.join(PLACEMENTS)}"
        )
    return exercise
