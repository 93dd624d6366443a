"""What the clinic's commands share: the open store with its settings, and how times and names are typed."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, time, tzinfo
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from imutrack.errors import NoRoomError, SettingsError, StoreError

if TYPE_CHECKING:
    from imutrack.clinic.patients import Patients
    from imutrack.config import Settings
    from imutrack.stores.local import LocalStore

__all__ = [
    "By",
    "Desk",
    "PatientName",
    "ask",
    "at_desk",
    "checked_initials",
    "checked_reason",
    "print_wrapped",
    "require_counting",
    "set_aside",
    "typed_day",
    "typed_time",
]

_INITIALS_MOST: Final = 20  # characters
_REASON_MOST: Final = 200
_CLOCKS_DIFFER_S: Final = 60.0  # a time so little ahead of this machine's clock is now

PatientName = Annotated[str, typer.Argument(metavar="PATIENT", help="Pseudonym.")]
By = Annotated[str | None, typer.Option("--by", metavar="INITIALS", help="Who says so.")]


@dataclass(frozen=True, slots=True)
class Desk:
    """What every command works on.

    Attributes:
        settings: of the clinic.
        store: open.
        patients: the register.
        now: Unix epoch s, the same for all that one command does.
    """

    settings: "Settings"
    store: "LocalStore"
    patients: "Patients"
    now: float

    @property
    def zone(self) -> tzinfo:
        """The clinic's time zone."""
        return self.settings.zone

    @property
    def today(self) -> date:
        """Local date."""
        return datetime.fromtimestamp(self.now, self.zone).date()

    def local(self, at: float) -> str:
        """Return a moment on the clinic's clock as people read it."""
        return datetime.fromtimestamp(at, self.zone).strftime("%Y-%m-%d %H:%M")

    def refresh(self) -> None:
        """Bring days and verdicts up to date."""
        from imutrack.clinic.rollup import refresh

        refresh(self.store, self.settings, self.now)

    def refresh_to_show(self) -> None:
        """Bring days and verdicts up to date, where the disk takes them; what is stored is shown in any case."""
        from imutrack.cli.output import warn

        try:
            self.refresh()
        except NoRoomError:
            warn("the disk takes nothing: make room; days and verdicts are shown as they stood while it did")


@contextmanager
def at_desk(data_dir: Path | None, config: Path | None, *, create: bool = False, sends: bool = True) -> Iterator[Desk]:
    """Open the store of a clinic; at the end let the server, where there is one, have what changed.

    Args:
        data_dir, config: as the options of these names.
        create: make the store where there is none; else that is an error.
        sends: False where the command sends by itself, or must leave things as they are.

    Raises:
        SettingsError: the settings cannot be used.
        StoreError: there is no store, or it cannot be opened.
    """
    import time as clock

    from imutrack import config as configuration
    from imutrack.cli.output import warn
    from imutrack.cli.server import send_briefly
    from imutrack.clinic.patients import Patients
    from imutrack.clinic.rules import rules_of
    from imutrack.stores.erasing import renamings_under_way
    from imutrack.stores.local import LocalStore

    settings = configuration.load(config, data_dir)
    rules_of(settings)  # what is wrong there is said before anything is kept
    if settings.influx:
        from imutrack.influx import influx_of

        influx_of(settings.influx, settings.source)
    with LocalStore.open(settings.data_dir, create=create) as store:
        try:
            if renamings_under_way(store):
                from imutrack.clinic.erasure import finish_renaming

                finish_renaming(store, settings.data_dir)
        except StoreError as error:  # no reason to keep the rest of the clinic from working
            warn(str(error))
        yield Desk(settings, store, Patients(store), clock.time())
        if sends:
            sys.stdout.flush()  # what the command says need not wait for a server
            send_briefly(store, settings)


def typed_day(text: str, option: str) -> date:
    """Return a day as somebody typed it.

    Raises:
        SettingsError: it is none.

    >>> typed_day("2026-03-09", "--from")
    datetime.date(2026, 3, 9)
    """
    try:
        return date.fromisoformat(text.strip())
    except ValueError as error:
        raise SettingsError(f"{option} {text!r}: write a day as 2026-03-09") from error


def typed_time(text: str | None, option: str, desk: Desk) -> float:
    """Return a moment as somebody typed it, Unix epoch s: a day with a time, or a time of today; None means now.

    Raises:
        SettingsError: it is none, or it has not come yet.
    """
    from imutrack.zones import local_to_epoch

    if text is None:
        return desk.now
    at = local_to_epoch(_moment(text.strip(), option, desk.today), desk.settings.timezone)
    if at > desk.now + _CLOCKS_DIFFER_S:
        raise SettingsError(f"{option} {text!r}: lies in the future, it is {desk.local(desk.now)} now")
    return at


def checked_initials(by: str | None) -> str:
    """Return who says so.

    Raises:
        SettingsError: nobody is named, or the name is long.
    """
    from imutrack.clinic.self_reports import one_line

    name = one_line(by or "", "--by", _INITIALS_MOST)
    if not name:
        raise SettingsError("say who you are: --by INITIALS")
    return name


def checked_reason(why: str | None) -> str:
    """Return the reason that was typed.

    Raises:
        SettingsError: there is none, or it is no single line.
    """
    from imutrack.clinic.self_reports import one_line

    reason = one_line(why or "", "--why", _REASON_MOST)
    if not reason:
        raise SettingsError('say the reason: --why "..."')
    return reason


def set_aside(desk: Desk, entry_id: str, measurement: str, patient: str | None) -> None:
    """Set an entry aside and say so.

    Args:
        desk: with the store.
        entry_id: as it was printed.
        measurement: what the entry is to be.
        patient: whose it is to be; None where nobody said.

    Raises:
        SettingsError: there is no such entry, or it is another's or of another kind; nothing was changed.
    """
    from imutrack.stores.points import withdraw_entry

    wanted = entry_id.strip().lower()
    with desk.store.together():
        row = withdraw_entry(desk.store, wanted)
        whose = row.tags["patient"]
        if patient is not None and desk.patients.require(patient) != whose:
            raise SettingsError(f"{wanted} is not {patient}'s but {whose}'s: nothing was set aside")
        if row.measurement != measurement:
            command = "note" if row.measurement == "self_report" else row.measurement
            raise SettingsError(f"{wanted} was entered as a {command}: imutrack {command} --withdraw {wanted}")
    desk.refresh()
    print(f"{wanted} of {whose}, {desk.local(row.start)}: set aside, it no longer counts")


def require_counting(desk: Desk, measurement: str, patient: str, day: date, entry_id: str) -> None:
    """See that an entry which was just kept counts.

    Raises:
        SettingsError: the very same entry was set aside before.
    """
    if entry_id not in {row.text("entry_id") for row in desk.store.points(measurement, patient, day, day)}:
        raise SettingsError(f"the same was entered before and set aside ({entry_id}): enter it with another --at")


def ask(question: str) -> str:
    """Ask on the screen, wherever the output goes, and return the line that is typed or piped in."""
    if sys.stdin.isatty():
        print(f"{question}: ", end="", file=sys.stderr, flush=True)
    line = sys.stdin.readline()
    if not line:
        raise SettingsError(f"no answer to {question!r}: nothing was changed")
    return line.strip()


def print_wrapped(text: str, first: str = "", then: str | None = None) -> None:
    """Print text that may hold anything, broken between words where the screen ends.

    Args:
        text: to print.
        first: what stands before it.
        then: what stands before the lines that follow; None means blanks of that width.
    """
    import textwrap

    from imutrack.cli.output import console, one_line

    indent = " " * len(first) if then is None else then
    print(
        textwrap.fill(
            one_line(text),
            console().width,
            initial_indent=first,
            subsequent_indent=indent,
            break_long_words=False,
            break_on_hyphens=False,
        )
    )


def _moment(text: str, option: str, today: date) -> datetime:
    try:
        if len(text) <= len("23:59:59"):
            return datetime.combine(today, time.fromisoformat(text))
        if len(text) > len("2026-03-09"):
            return datetime.fromisoformat(text)
    except ValueError:
        pass
    raise SettingsError(f"{option} {text!r}: write a time as 2026-03-09T08:30, or 08:30 for today")
