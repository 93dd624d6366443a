"""What needs a person among the captures: sets that nobody's record holds, and what to type so that one does; damage.

Pure: from the sets that are captured and not stored to findings, one for each capture and patient.
"""

from collections.abc import Collection, Iterable
from datetime import datetime, tzinfo
from shlex import quote

from msgspec.structs import replace

from imutrack.clinic.captured import SetSeen, Unstored
from imutrack.clinic.review import Finding
from imutrack.clinic.review_words import Need
from imutrack.exercises import spoken
from imutrack.pipeline.least import is_slip
from imutrack.task import UNSPECIFIED
from imutrack.words import counted

__all__ = ["captured_findings"]

_MOST_NAMES = 3  # of what was done; the table of a replay has all
_WHOSE = (
    "nobody can tell whose it is, and it may be somebody's who asked to be erased: throw it away if nothing mends it"
)
_STORED = "the sets that can be read in it are stored"
_SEEN_WHOLE = "its sets may be stored already, from before it was damaged: look before you replay it"
_OTHERS = (
    "sets of several exercises: leave out --exercise; of several people: imutrack correct SET --patient, once they are "
    "stored"
)


def captured_findings(found: Iterable[Unstored], registered: Collection[str], zone: tzinfo) -> list[Finding]:
    """Return what needs a person, by need, in the order of the captures.

    Args:
        found: what is captured and not stored.
        registered: pseudonyms.
        zone: the clinic's time zone.
    """
    left = filter(None, map(_without_slips, found))
    made = [_finding(each, zone, registered=each.patient in registered) for each in left]
    places = {need: place for place, need in enumerate(Need)}
    return sorted(made, key=lambda each: places[each.need])


def _without_slips(found: Unstored) -> Unstored | None:
    """Leave out what is too short for the analysis, of which nothing would come; None where nothing else is there."""
    sets = tuple(each for each in found.sets if not is_slip(each.kind, each.start_ns, each.stop_ns))
    return replace(found, sets=sets) if sets or found.damage or found.problem else None


def _finding(found: Unstored, zone: tzinfo, *, registered: bool) -> Finding:
    replay = f"imutrack replay {quote(str(found.path))}"
    begun_ns = found.sets[0].start_ns if found.sets else found.changed_ns
    begun = datetime.fromtimestamp(begun_ns / 1e9, zone)
    head = f"{found.path.name}  {begun:%Y-%m-%d %H:%M}  "
    if not found.sets:
        need, text = Need.UNREADABLE, f"{head}{found.problem or found.damage}"
        todo = "look at the disk, or update imutrack" if found.problem else "look at the disk"
        hint = _WHOSE if found.nobody_knows else "" if found.problem else _STORED
    elif found.patient is None:
        need, text, hint = Need.NOBODYS, f"{head}{_sets(found.sets)}", _OTHERS
        todo = f"{replay} --patient PSEUDONYM --exercise EXERCISE --side SIDE"
    else:
        need, text = Need.NOT_STORED, f"{head}{_sets(found.sets)}"
        todo = replay if registered else f"{replay} --patient PSEUDONYM"
        hint = "it says what hinders it" if registered else f"{found.patient} is not registered here"
    if found.damage and found.sets:
        text, hint = f"{text}; {found.damage}", f"{hint}; {_SEEN_WHOLE}"
    return Finding(patient=found.patient, need=need, day=begun.date(), set_id=None, text=text, todo=todo, hint=hint)


def _sets(sets: Collection[SetSeen]) -> str:
    """Return what was done, by which straps, and for how long."""
    names = list(dict.fromkeys(spoken(each.name, each.side) for each in sets if each.name != UNSPECIFIED))
    more = f" and {len(names) - _MOST_NAMES} more" if len(names) > _MOST_NAMES else ""
    done = f" ({'; '.join(names[:_MOST_NAMES])}{more})" if names else ""
    straps = sorted({strap for each in sets for strap in each.straps})
    length_s = sum(each.stop_ns - each.start_ns for each in sets) / 1e9
    return f"{counted(len(sets), 'set')}{done}, {length_s:.0f} s, strap {' and '.join(straps) or 'unknown'}"
