"""The set-up check: "lift the LEFT leg now". One sensor cannot tell left from right; who lifts the limb can.

The straps of the set on that limb must move, and clearly more than any strap that the person wears on another limb.
Straps of other people are not looked at. A strap that lies about may be carried past: it counts only where the straps
that are worn stay still, for then it may be the one that was put on.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Final

from imutrack.collector.sessions.movement import Motion
from imutrack.collector.sessions.wearing import WornAt
from imutrack.task import Side

__all__ = ["SetUpCheck", "SetUpParams", "to_check"]

_NS: Final = 1_000_000_000


@dataclass(frozen=True, slots=True)
class SetUpParams:
    """How the check decides."""

    lasts_s: float = 10.0  # to hear it, to understand it, and to lift a limb slowly after surgery
    clear_s: float = 1.5  # of movement; a knock is seen for 1.1 s
    ratio: float = 2.0  # to the limb that moves next most: the body sways a little with every lift
    strongest: float = 10.0  # what one moment counts at most: shaking is no better proof than lifting
    step_s: float = 1.0  # one report of a strap says nothing about more than this


def to_check(worn: Mapping[str, WornAt], straps: Collection[str], side: Side | None) -> frozenset[str]:
    """Return the straps of a set that may sit on the wrong limb: on a side, in a set on one side."""
    if side not in {Side.LEFT, Side.RIGHT}:
        return frozenset()
    sided = sorted(strap for strap in straps if worn[strap].side is side and worn[strap].limb)
    limb = worn[sided[0]].limb if sided else None
    return frozenset(strap for strap in sided if worn[strap].limb == limb)


class SetUpCheck:
    """One check, from the request to lift a limb to its answer.

    Args:
        straps: on the limb that is to be lifted, as `to_check` returns them; at least one.
        worn: all straps of the session.
        whose: pseudonym, for the messages.
        begun_ns: host time.
        params: how it decides.
    """

    def __init__(
        self,
        straps: frozenset[str],
        worn: Mapping[str, WornAt],
        whose: str,
        begun_ns: int,
        params: SetUpParams | None = None,
    ) -> None:
        self.straps = straps
        self._whose = whose
        self._worn = dict(worn)
        self._params = params or SetUpParams()
        self._where = worn[min(straps)]
        self._begun_ns = begun_ns
        self._seen_ns: dict[str, int] = {}
        self._moved: defaultdict[str, float] = defaultdict(float)  # deviation times seconds
        self._moving_s: defaultdict[str, float] = defaultdict(float)

    @property
    def ends_ns(self) -> int:
        """When it is decided by what was seen until then."""
        return self._begun_ns + round(self._params.lasts_s * _NS)

    @property
    def request(self) -> str:
        """What to do now."""
        return f"set-up check: lift the {(self._where.side or '').upper()} {self._where.limb} now, all else still"

    def take(self, strap: str, motion: Motion) -> bool:
        """Follow a strap of the session, or one that nobody wears; True once the check is passed."""
        since_ns = max(self._seen_ns.get(strap, self._begun_ns), motion.at_ns - round(self._params.step_s * _NS))
        step_s = max(motion.at_ns - since_ns, 0) / _NS
        self._seen_ns[strap] = max(motion.at_ns, self._begun_ns)
        if motion.amount >= 1.0:
            self._moved[strap] += step_s * min(motion.amount, self._params.strongest)
            self._moving_s[strap] += step_s
        return self._passed()

    def refusal(self) -> str:
        """Return why it was not passed, and what to do."""
        own, other = self._own(), self._most(self._elsewhere())
        loose = self._most(set(self._moved) - set(self._worn))
        again = "then `imutrack task start` again; or --force"
        limb = f"{self._where.side} {self._where.limb}"
        still = sorted(strap for strap in self.straps if not self._clearly(strap))
        if other and self._moved[other] > own:
            return (
                f"{self._strap(other)} moved most, not {self._straps(self.straps)}: put each where it belongs, {again}"
            )
        if other and not still:
            return f"{self._strap(other)} moved almost as much as the {limb}: lift the {limb} alone, {again}"
        if still and loose:
            place = self._worn[still[0]].typed
            return (
                f"strap {loose}, which nobody wears, moved instead of {self._straps(still)}: wear strap {still[0]}, or "
                f"say `imutrack session wear {self._whose} --wear {loose}={place}`, {again}"
            )
        if still:
            return (
                f"{self._straps(still)} did not move: is it on the {limb}, and is it sending? Lift the {limb}, {again}"
            )
        return f"the {limb} was not lifted long enough: lift it once more, {again}"

    def _passed(self) -> bool:
        if not all(self._clearly(strap) for strap in self.straps):
            return False
        other = self._most(self._elsewhere())
        return other is None or self._own() >= self._params.ratio * self._moved[other]

    def _clearly(self, strap: str) -> bool:
        return self._moving_s[strap] >= self._params.clear_s

    def _own(self) -> float:
        return max(self._moved[strap] for strap in self.straps)

    def _elsewhere(self) -> set[str]:
        """Straps of the session on another limb, on the other side, or nobody knows on which."""
        here = (self._where.side, self._where.limb)
        return {strap for strap, where in self._worn.items() if (where.side, where.limb) != here and where.limb}

    def _most(self, straps: Collection[str]) -> str | None:
        moved = {strap: self._moved[strap] for strap in sorted(straps) if self._moved[strap] > 0.0}
        return max(moved, key=moved.__getitem__, default=None)

    def _strap(self, strap: str) -> str:
        return f"strap {strap} ({self._worn[strap].words})"

    def _straps(self, straps: Collection[str]) -> str:
        return " and ".join(self._strap(strap) for strap in sorted(straps))
