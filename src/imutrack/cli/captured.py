"""Whose the sets of a capture are: it says so itself, so that ``replay`` stores them where they were stored live."""

from contextlib import ExitStack
from dataclasses import replace
from datetime import tzinfo

from imutrack.capture.assembling import FORMAT
from imutrack.clinic.patients import Patients
from imutrack.config import Settings
from imutrack.replay import Replayed
from imutrack.stores.copies import copies_of
from imutrack.stores.database import FILE_NAME
from imutrack.stores.local import LocalStore

__all__ = ["opened_for", "owned", "stored_already"]


def opened_for(replayed: Replayed, settings: Settings, stack: ExitStack) -> LocalStore | None:
    """Open the store, where there is one, for a recording that says whose it is.

    Raises:
        StoreError: it cannot be opened.
    """
    if not _patients(replayed) or not (settings.data_dir / FILE_NAME).exists():
        return None
    return stack.enter_context(LocalStore.open(settings.data_dir))


def stored_already(replayed: Replayed, store: LocalStore, zone: tzinfo) -> str:
    """Say that a captured set is stored from another copy of its capture; empty where it is not."""
    if replayed.origin is None or replayed.origin.format != FORMAT:
        return ""
    ids = sorted(copies_of(store, replayed.results, zone))
    if not ids:
        return ""
    return (
        f"{replayed.name}: this set is stored as {' and '.join(ids)}, from another copy of the capture: "
        f"not stored again. If this copy is the whole one: imutrack correct {ids[0]} --void, then replay it once more"
    )


def owned(replayed: Replayed, store: LocalStore | None, typed: str | None) -> tuple[Replayed, list[str]]:
    """Return a recording under a patient who is registered, or else under nobody, and what is to be said about it.

    Args:
        replayed: the recording.
        store: open; None where there is none, so that nobody is registered.
        typed: the registered patient of ``--patient``; a capture of somebody else stays theirs.
    """
    registered = {each.pseudonym for each in Patients(store).list()} if store is not None else set[str]()
    lines = []
    for patient in sorted(_patients(replayed) - {typed}):
        if patient in registered and typed is not None:
            lines.append(f"{replayed.name}: was captured for {patient} and stays theirs, whatever --patient says")
        elif patient not in registered and typed is not None:
            lines.append(f"{replayed.name}: was captured for {patient}, who is not registered: it is {typed}'s now")
            replayed = _of(replayed, patient, typed)
        elif patient not in registered:
            lines.append(
                f"{replayed.name}: was captured for {patient}, who is not registered here: not stored; register them "
                f"(imutrack patient add {patient}) and replay it again, or say whose it is with --patient"
            )
            replayed = _of(replayed, patient, None)
    return replayed, lines


def _patients(replayed: Replayed) -> set[str]:
    return {result.task.patient for result in replayed.results if result.task.patient is not None}


def _of(replayed: Replayed, before: str, now: str | None) -> Replayed:
    results = (
        replace(result, task=replace(result.task, patient=now)) if result.task.patient == before else result
        for result in replayed.results
    )
    return replace(replayed, results=tuple(results))
