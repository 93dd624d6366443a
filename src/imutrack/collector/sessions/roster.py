"""Whose sessions are open: one for each patient, and each strap in at most one of them."""

from collections.abc import Iterable

from imutrack.clinic.pseudonyms import normalise
from imutrack.collector.sessions.session import Session
from imutrack.collector.sessions.wearing import straps_text
from imutrack.errors import SettingsError

__all__ = ["Roster"]


class Roster(dict[str, Session]):
    """Pseudonym -> open session, in the order they began."""

    def owner(self, strap: str) -> Session | None:
        """Return the session that a strap is worn in."""
        return next((session for session in self.values() if strap in session.worn), None)

    def of(self, patient: str | None, command: str) -> Session:
        """Return the session that a command is about.

        Raises:
            SettingsError: there is none, or nobody said which of several.
        """
        if patient is not None:
            name = normalise(patient)
            if name not in self:
                raise SettingsError(f"{name} has no session: `imutrack session start {name} --wear STRAP=PLACE`")
            return self[name]
        if len(self) == 1:
            return next(iter(self.values()))
        if not self:
            raise SettingsError("nobody has a session: `imutrack session start PATIENT --wear STRAP=PLACE`")
        lines = " or ".join(f"`imutrack {command} {name}`" for name in self)
        raise SettingsError(f"{len(self)} sessions are open: say whose, {lines}")

    def check_new(self, patient: str) -> None:
        """See that a patient has no session.

        Raises:
            SettingsError: there is one.
        """
        if patient in self:
            raise SettingsError(
                f"{patient} has a session already, with {straps_text(self[patient].worn)}: "
                f"`imutrack session wear {patient} --wear ...` changes straps, "
                f"`imutrack session stop {patient}` ends it"
            )

    def check_free(self, worn: Iterable[str], whose: str | None) -> None:
        """See that straps are nobody else's.

        Raises:
            SettingsError: one is.
        """
        for strap in worn:
            owner = self.owner(strap)
            if owner is not None and owner.patient != whose:
                raise SettingsError(
                    f"strap {strap} is worn by {owner.patient}: `imutrack session stop {owner.patient}` first, "
                    "or take another strap"
                )
