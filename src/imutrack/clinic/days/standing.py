"""Which verdicts are in force on a day: each from its day until the next of the same measure and label."""

from collections.abc import Iterable
from typing import Final

from imutrack.clinic.days.row import Verdict
from imutrack.clinic.days.rules import Reason, Rule
from imutrack.clinic.days.wording import JOIN, why

__all__ = ["LOOK", "Standing"]

LOOK: Final = {"rom": "less", "sway": "more", "five_rises": "more", "rises_30s": "less", "up_and_go": "more"}
"""Measure -> the change that a therapist wants to know of. More sway need not be a loss, but is worth a look."""

_WORST_FIRST: Final = {"rom": ("less", "no real change", "more"), "sway": ("more", "no real change", "less")}
_SAID: Final = {("sway", "more"): "more sway", ("sway", "less"): "less sway"}
_NO_CHANGE: Final = "no real change"
_TOO_EARLY: Final = "too early"


class Standing:
    """The verdicts in force, going on day by day."""

    def __init__(self, verdicts: Iterable[Verdict]) -> None:
        self._coming = sorted(verdicts, reverse=True)
        self._in_force: dict[tuple[str, str], Verdict] = {}
        self._read()

    def go_to(self, day: int) -> None:
        """Take up what came up to a day (a proleptic ordinal)."""
        if not self._coming or self._coming[-1].day.toordinal() > day:
            return
        while self._coming and self._coming[-1].day.toordinal() <= day:
            verdict = self._coming.pop()
            self._in_force[verdict.measure, verdict.label] = verdict
        self._read()

    def _read(self) -> None:
        held = sorted(self._in_force.values(), key=lambda verdict: (verdict.measure, verdict.label))
        self.rom_worst, self.sway_worst = _worst(held, "rom"), _worst(held, "sway")
        self.reasons = [
            Reason(Rule.CHANGE, why(Rule.CHANGE, what=verdict.label, sentence=verdict.sentence))
            for verdict in held
            if verdict.confirmed and LOOK.get(verdict.measure) == verdict.verdict
        ]
        self.facts = list(dict.fromkeys(_fact(verdict) for verdict in held if verdict.verdict != _TOO_EARLY))


def _worst(verdicts: list[Verdict], measure: str) -> str | None:
    """Return the worst verdict; too early only where nothing else is known, None where nothing is followed."""
    found = {verdict.verdict for verdict in verdicts if verdict.measure == measure}
    worst = next((verdict for verdict in _WORST_FIRST[measure] if verdict in found), None)
    worst = worst or (_TOO_EARLY if found else None)
    return None if worst is None else _SAID.get((measure, worst), worst)


def _fact(verdict: Verdict) -> str:
    if verdict.verdict == _NO_CHANGE:
        return "held" if verdict.is_goal_maintain else _NO_CHANGE
    return f"{verdict.label}: {verdict.sentence.split(JOIN)[0]}"  # the short part of it
