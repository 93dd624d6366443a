"""Who wears which strap where, as it is typed (``3=left_shank``), and which straps a set is measured with.

A strap on a limb is worn on one side, and whoever puts it on says which: the set-up check holds it to that. One on the
trunk or the head has none. A set on one side is measured by the straps of that side, or by straps without a side, as
captures of earlier versions know them on limbs, too; never by those of the other.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from re import findall
from typing import Final, NamedTuple

from imutrack.errors import SettingsError
from imutrack.placements import LIMBS, PLACEMENTS, SEGMENTS, match_placement
from imutrack.task import Side

__all__ = ["Choice", "WornAt", "choose_straps", "parse_wear", "straps_text"]

_SIDES: Final[dict[str, Side]] = {"left": Side.LEFT, "l": Side.LEFT, "right": Side.RIGHT, "r": Side.RIGHT}


@dataclass(frozen=True, slots=True)
class WornAt:
    """Where a strap is worn.

    Attributes:
        placement: id of `imutrack.placements.PLACEMENTS`.
        side: left or right; None on the trunk and the head, and on a limb in captures of earlier versions.
    """

    placement: str
    side: Side | None = None

    @property
    def limb(self) -> str | None:
        """``arm`` or ``leg``; None on the trunk and the head."""
        return LIMBS.get(self.placement)

    @property
    def words(self) -> str:
        """Where it is, such as ``left lower leg``."""
        words = PLACEMENTS[self.placement]
        return words if self.side is None else f"{self.side} {words}"

    @property
    def typed(self) -> str:
        """What is typed for it, such as ``left_shank``."""
        return self.placement if self.side is None else f"{self.side}_{self.placement}"


class Choice(NamedTuple):
    """The straps that a set is measured with, and the place its result is of; None where there are two."""

    straps: tuple[str, ...]
    placement: str | None


def parse_wear(typed: Iterable[str], known: Collection[str]) -> dict[str, WornAt]:
    """Return strap -> where it is worn.

    Args:
        typed: each like ``3=left_shank``.
        known: labels of the straps.

    Raises:
        SettingsError: there is none, one is not of that form, there is no such strap or place, one is named twice, or a
            limb has no side.

    >>> parse_wear(["3=left_shank"], ["3"])
    {'3': WornAt(placement='shank', side=<Side.LEFT: 'left'>)}
    """
    worn: dict[str, WornAt] = {}
    for each in typed:
        strap, equals, place = (part.strip() for part in each.partition("="))
        if not (strap and equals and place):
            raise SettingsError(f"--wear {each!r}: write strap and place, such as --wear 3=left_shank")
        if strap not in known:
            raise SettingsError(f"no strap {strap!r}: imutrack.toml names {', '.join(sorted(known)) or 'none'}")
        if strap in worn:
            raise SettingsError(f"strap {strap} is named twice in --wear: it is worn in one place")
        where = _worn_at(strap, place)
        if other := next((label for label, taken in worn.items() if taken == where), None):
            raise SettingsError(
                f"straps {other} and {strap} are both on the {where.words}: one place is worn by one strap"
            )
        worn[strap] = where
    if not worn:
        raise SettingsError("nothing is worn: say which strap is where, such as --wear 3=left_shank")
    return worn


def choose_straps(
    worn: Mapping[str, WornAt], ways: Sequence[Sequence[str]], side: Side | None, what: str, whose: str
) -> Choice:
    """Return the straps that a set is measured with: those of the first way that is worn.

    Args:
        worn: strap -> where.
        ways: sets of placements, the preferred one first; none where any place will do.
        side: of the set.
        what: the set, for the message.
        whose: pseudonym, for the message.

    Raises:
        SettingsError: no way is worn, or two straps fit one place.
    """
    fitting = {strap: where for strap, where in worn.items() if _fits(where, side)}
    if not ways and fitting:
        straps = tuple(sorted(fitting))
        return Choice(straps, fitting[straps[0]].placement if len(straps) == 1 else None)
    for alike in (False, True):  # a wrist sees the forearm as well, where nothing sits on the forearm itself
        for way in ways:
            picked = [_pick(fitting, place, side, what, alike=alike) for place in way]
            straps = tuple(strap for strap in picked if strap is not None)
            if len(set(straps)) == len(way):
                return Choice(straps, fitting[straps[0]].placement if len(straps) == 1 else None)
    raise SettingsError(_missing(worn, ways, side, what, whose))


def straps_text(worn: Mapping[str, WornAt]) -> str:
    """Return who sits where.

    >>> straps_text({"3": WornAt("shank", Side.LEFT), "4": WornAt("lumbar")})
    'strap 3 on the left lower leg, strap 4 on the lower back (L5)'
    """
    return ", ".join(f"strap {strap} on the {where.words}" for strap, where in sorted(worn.items()))


def _worn_at(strap: str, place: str) -> WornAt:
    """Return where a strap is worn.

    Raises:
        SettingsError: there is no such place, or it is a limb and its side is not said, or both are.
    """
    words = findall(r"[^\W_]+", place.casefold())
    said = {_SIDES[word] for word in words if word in _SIDES}
    if len(said) > 1:
        raise SettingsError(f"--wear: {place!r} is left and right: a strap is worn on one side")
    side, placement = next(iter(said), None), match_placement(place)
    if placement is None:
        meant = get_close_matches("_".join(word for word in words if word not in _SIDES), PLACEMENTS, n=1, cutoff=0.5)
        hint = _typed(strap, meant, side) if meant else f"use one of {', '.join(PLACEMENTS)}"
        raise SettingsError(f"no placement {place!r}: " + (f"did you mean {hint}?" if meant else hint))
    if placement in LIMBS and side is None:
        raise SettingsError(
            f"--wear {strap}={place}: on which side is the {PLACEMENTS[placement]}? Write "
            + _typed(strap, [placement], None)
        )
    return WornAt(placement, side if placement in LIMBS else None)


def _typed(strap: str, placements: Iterable[str], side: Side | None) -> str:
    """Return what may be typed: each place, and of a limb without a side both."""
    each = [where for place in placements for where in _sided(place, side)]
    return " or ".join(f"{strap}={where.typed}" for where in each)


def _sided(place: str, side: Side | None) -> list[WornAt]:
    """Return a place on a side; both sides of a limb where none is said, as all that can be worn there."""
    if place not in LIMBS:
        return [WornAt(place)]
    return [WornAt(place, each) for each in (Side.LEFT, Side.RIGHT) if side in {None, each}]


def _fits(where: WornAt, side: Side | None) -> bool:
    return side in {None, Side.BOTH, where.side} or where.side is None


def _pick(fitting: Mapping[str, WornAt], place: str, side: Side | None, what: str, *, alike: bool) -> str | None:
    there = {
        strap: where
        for strap, where in fitting.items()
        if where.placement == place or (alike and SEGMENTS[where.placement] == SEGMENTS[place])
    }
    own = sorted(strap for strap, where in there.items() if where.side == side)
    named = own or sorted(strap for strap, where in there.items() if where.side is None) or sorted(there)
    if len(named) > 1:
        sides = " or ".join(f"--side {each}" for each in Side if each in {there[strap].side for strap in named})
        raise SettingsError(
            f"{what}: {straps_text({strap: there[strap] for strap in named})} could both measure it: say "
            + (sides or "which by wearing the other elsewhere")
        )
    return named[0] if named else None


def _missing(
    worn: Mapping[str, WornAt], ways: Sequence[Sequence[str]], side: Side | None, what: str, whose: str
) -> str:
    one = side if side in {Side.LEFT, Side.RIGHT} else None
    wanted = [[WornAt(place, one if place in LIMBS else None) for place in way] for way in ways or [[]]]
    texts = dict.fromkeys(" and the ".join(where.words for where in way) for way in wanted)
    typed = [_sided(where.placement, where.side)[0] for where in wanted[0]]
    first = " ".join(f"--wear STRAP={where.typed}" for where in typed) or "--wear STRAP=PLACE"
    either = " (or right)" if typed != wanted[0] else ""
    needs = f"needs a strap on the {' or the '.join(texts)}" if ways else "needs a strap on that side"
    return f"{what} {needs}; {straps_text(worn)}: `imutrack session wear {whose} {first}`{either}"
