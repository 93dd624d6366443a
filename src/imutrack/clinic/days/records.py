"""What was recorded of a patient, gathered by local day. All sums are whole numbers: no order of adding changes them.

- A set can be trusted where nothing of it is withheld. One that cannot still counts as done, with the fewest
  repetitions it may have been; its range, its tempo and its count never raise a reason.
- Times are whole milliseconds, so that what is added to a window can be taken out again without a trace.
"""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass, field

from imutrack.clinic.days.params import DataKind
from imutrack.clinic.history import History, SetDone, TrialDone
from imutrack.clinic.self_reports import SelfReport
from imutrack.task import UNSPECIFIED

__all__ = ["DayRecord", "Done", "Tally", "is_trusted", "is_valid", "records_of"]

Done = tuple[str, str | None]
"""What was done: exercise or trial, and side as entered."""

_WITHHELD = "withheld"


@dataclass(slots=True)
class Tally:
    """The sets of one exercise and side on one day.

    Attributes:
        reps: the fewest they may have been; sure_reps: of sets that can be trusted.
        timed_reps, tension_ms: repetitions whose time is known, and that time of all of them together.
    """

    sets: int = 0
    reps: int = 0
    sure_reps: int = 0
    timed_reps: int = 0
    tension_ms: int = 0


@dataclass(slots=True)
class DayRecord:
    """One local day.

    Attributes:
        sets: sets and trials.
        ranged_reps, reps_in_range: repetitions of sets whose range is planned and known, and those that reach it.
        beyond: sets that can be trusted, with repetitions beyond an approved limit.
        kinds: what there is that may make it a day with data.
    """

    sets: int = 0
    untrusted: int = 0
    unlabelled: int = 0
    duration_ms: int = 0
    ranged_reps: int = 0
    reps_in_range: int = 0
    contact_minutes: int = 0
    worst_pain: int | None = None
    stop: bool = False
    done: defaultdict[Done, Tally] = field(default_factory=lambda: defaultdict(Tally))
    beyond: list[SetDone] = field(default_factory=list)
    kinds: set[DataKind] = field(default_factory=set)

    def has_data(self, wanted: Collection[DataKind]) -> bool:
        """Whether it is a day with data, by what the clinic lets count."""
        return not self.kinds.isdisjoint(wanted)


def records_of(history: History) -> dict[int, DayRecord]:
    """Return what was recorded by local day, as proleptic ordinals; days without anything are absent."""
    records: defaultdict[int, DayRecord] = defaultdict(DayRecord)
    for found in history.sets:
        _add_set(records[found.day.toordinal()], found)
    for trial in history.trials:
        _add_trial(records[trial.day.toordinal()], trial)
    for report in history.reports:
        _add_report(records[report.day.toordinal()], report)
    for treatment in history.treatments:
        records[treatment.day.toordinal()].contact_minutes += treatment.minutes
    return dict(records)


def is_trusted(found: SetDone) -> bool:
    """Whether nothing of a set is withheld."""
    return not found.withheld and found.quality != _WITHHELD


def is_valid(found: SetDone | TrialDone) -> bool:
    """Whether a set or trial has a result that is shown."""
    return found.quality != _WITHHELD


def _add_set(record: DayRecord, found: SetDone) -> None:
    reps = found.reps_low if found.reps is None else found.reps
    trusted = is_trusted(found)
    tally = record.done[found.exercise, found.side]
    record.sets += 1
    record.duration_ms += round(found.duration_s * 1000)
    record.unlabelled += found.exercise == UNSPECIFIED
    record.untrusted += bool(found.withheld)
    tally.sets += 1
    tally.reps += reps
    if is_valid(found):
        record.kinds.add("set")
    if not trusted:
        return
    tally.sure_reps += reps
    if found.rep_s is not None:
        tally.timed_reps += reps
        tally.tension_ms += reps * round(found.rep_s * 1000)
    if found.reps_in_range is not None:
        record.ranged_reps += found.reps_ranged
        record.reps_in_range += found.reps_in_range
    if found.reps_beyond_limit:
        record.beyond.append(found)


def _add_trial(record: DayRecord, trial: TrialDone) -> None:
    record.sets += 1
    record.duration_ms += round(trial.duration_s * 1000)
    record.unlabelled += trial.trial == UNSPECIFIED
    record.done[trial.trial, trial.side].sets += 1
    if is_valid(trial):
        record.kinds.add("trial")


def _add_report(record: DayRecord, report: SelfReport) -> None:
    record.stop |= report.stop
    if report.pain is not None:
        record.worst_pain = max(report.pain, record.worst_pain or 0)
        record.kinds.add("pain")
