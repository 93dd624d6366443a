"""What ``replay`` and ``demo`` print of each recording: a table, or JSON Lines."""

import sys
from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from datetime import tzinfo
from pathlib import Path

import orjson

from imutrack import words
from imutrack.cli.output import one_line, print_results, valid_unicode, warn
from imutrack.config import Settings
from imutrack.corrections import Corrected, corrected
from imutrack.exercises import spoken
from imutrack.replay import Replayed
from imutrack.samples import StartSource
from imutrack.stores.json_lines import as_json as result_as_json
from imutrack.stores.local import LocalStore, Replaced
from imutrack.stores.planned import Day
from imutrack.stores.plans import days_that_do_not_fit
from imutrack.stores.rows import local_time
from imutrack.task import UNSPECIFIED

__all__ = ["Printer", "as_counting", "days_of", "moved", "named_by_plan", "owners", "unnamed_by_plan"]

_KEEP_HINT = "shown, not stored: to keep results, make a patient (imutrack patient add) and add --patient PSEUDONYM"


class Printer:
    """Prints recordings as they are done, and remembers what the last line must say.

    Attributes:
        sources: the files that were read.
        failed: whether any input failed.
    """

    def __init__(self, settings: Settings, *, as_json: bool = False) -> None:
        self.sources: list[str] = []
        self.failed = False
        self._settings = settings
        self._as_json = as_json
        self._done: Counter[str] = Counter()

    def show(self, replayed: Replayed, stored: Replaced | None, title: str | None = None) -> None:
        """Print one recording."""
        self.count(replayed, stored)
        if self._as_json:
            self._print_json(replayed, stored)
        elif replayed.error is not None:
            warn(replayed.error)
        else:
            print_results(as_counting(replayed, stored), self._settings.zone, title or Path(replayed.name).name)
            for note in replayed.origin.notes if replayed.origin else ():
                print(f"note: {one_line(note)}")
            for set_id, counts in sorted(stored.views.items()) if stored else ():
                print(
                    f"note: {set_id} is the same set as {counts}, seen by another sensor: it counts once, by {counts}"
                )
            for failed in replayed.not_analysed:
                warn(f"{replayed.name}: {failed.task.name} {failed.set_id}: {failed.reason}")

    def count(self, replayed: Replayed, stored: Replaced | None) -> None:
        """Remember one recording without printing it."""
        if replayed.origin is not None:
            self.sources.extend(replayed.origin.sources)
            self._done["file_times"] += int(replayed.origin.start_source is StartSource.FILE_TIME)
        self.failed |= replayed.error is not None or bool(replayed.not_analysed)
        if stored is not None:
            new, same = stored.inserted, stored.unchanged
            self._done.update(stored=new, unchanged=same, replaced=stored.removed, nobodys=stored.nobodys)
        else:
            self._done.update(shown=len(replayed.results))

    def lines(self, said: Iterable[str]) -> None:
        """Print lines for people."""
        for line in () if self._as_json else said:
            print(one_line(line))

    def close(self) -> None:
        """Print what was stored, or how to store it."""
        if self._as_json:
            return
        done = self._done
        if done["file_times"]:
            states = "states" if done["file_times"] == 1 else "state"
            print(f"{words.counted(done['file_times'], 'recording')} {states} no start: the time of the file was used")
        if done["stored"] or done["unchanged"]:
            replaced = f" ({done['replaced']} replaced)" if done["replaced"] else ""
            print(
                f"stored {words.counted(done['stored'], 'result')}{replaced}, {done['unchanged']} unchanged, "
                f"in {self._settings.data_dir}"
            )
        if done["nobodys"] or (done["shown"] and not done["stored"] and not done["unchanged"]):
            count = done["nobodys"] or done["shown"]
            print(f"{words.counted(count, 'result')} {_KEEP_HINT}")

    def _print_json(self, replayed: Replayed, stored: Replaced | None) -> None:
        name = valid_unicode(replayed.name)
        lines = [
            result_as_json(now, clinic=self._settings.clinic, zone=self._settings.zone)
            for now in as_counting(replayed, stored)
        ]
        lines += [
            {"kind": "error", "file": name, "set_id": failed.set_id, "message": failed.reason}
            for failed in replayed.not_analysed
        ]
        if replayed.error is not None:
            lines.append({"kind": "error", "file": name, "message": valid_unicode(replayed.error)})
        for line in lines:
            sys.stdout.write(orjson.dumps(line).decode() + "\n")
        sys.stdout.flush()


def as_counting(replayed: Replayed, stored: Replaced | None) -> list[Corrected]:
    """Return the results of a recording as they count now: corrected, where it was stored and somebody did."""
    now = {} if stored is None else stored.results
    return [now.get(result.set_id) or corrected(result) for result in replayed.results]


def unnamed_by_plan(store: LocalStore, days: Collection[Day]) -> Iterator[str]:
    """Say on which of the days the sets do not fit the plan's order, so that they have no name.

    Args:
        store: open.
        days: patients and local dates of what was replayed; of other days nothing is said again.
    """
    for patient in sorted({patient for patient, _ in days}):
        for day, sets, asked in days_that_do_not_fit(store, patient):
            if (patient, day.isoformat()) not in days:
                continue
            plan = f"the plan asks for {asked}" if asked else "no plan asks for any on that day"
            order = ", in an order that is not known" if asked == sets else ""
            yield (
                f"{patient}, {day}: {words.counted(sets, 'set')} found, {plan}{order}: left without names; "
                f"`imutrack review {patient}` says what to type"
            )


def named_by_plan(store: LocalStore, days: Collection[Day]) -> Iterator[str]:
    """Say how the plan's order named the sets of the days: when the first was shown, the last was not there yet."""
    query = (
        "SELECT set_id, exercise, exercise_set.side FROM exercise_set JOIN result USING (recording, set_id) "
        "WHERE result.patient = ? AND result.local_date = ? AND by_plan AND NOT withdrawn ORDER BY time_ns, set_id"
    )
    for patient, day in sorted(days):
        with store.database.reading() as connection:
            found = connection.execute(query, (patient, day)).fetchall()
        if found and all(exercise != UNSPECIFIED for _, exercise, _ in found):
            names = "; ".join(f"{spoken(exercise, side)} ({set_id})" for set_id, exercise, side in found)
            yield f"{patient}, {day}: named by the plan's order: {names}"


def days_of(stored: Replaced | None, zone: tzinfo) -> set[Day]:
    """Return the patients and local dates of what was stored of a recording."""
    return {
        (str(each.result.task.patient), local_time(each.result.start or 0.0, zone).date().isoformat())
        for each in (stored.results.values() if stored else ())
    }


def owners(store: LocalStore, replayed: Replayed) -> list[str]:
    """Return whose the stored results of a recording are, a name for each."""
    if replayed.origin is None:
        return []
    query = "SELECT patient FROM result WHERE recording = ?"
    with store.database.reading() as connection:
        return [patient for (patient,) in connection.execute(query, (replayed.origin.content_hash,))]


def moved(before: Iterable[str], replayed: Replayed, stored: Replaced | None) -> Iterator[str]:
    """Say which results were another patient's until now: the same file under another pseudonym may be a slip.

    Args:
        before: `owners` before it was stored.
        replayed: the recording.
        stored: what is stored of it now; None where that is as it was.
    """
    now = {str(each.result.task.patient) for each in stored.results.values()} if stored else set(before)
    for patient, results in sorted(Counter(each for each in before if each not in now).items()):
        until = f"{words.counted(results, 'result')} until now of {patient}"
        since = f", from now on of {' and '.join(sorted(now))}" if now else ""
        yield f"{replayed.name}: {until}{since}: see that this is right"
