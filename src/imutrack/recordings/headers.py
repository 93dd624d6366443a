"""`meaning_of`: what a column's name says: the quantity, the axis, the unit, or that it is a time.

Names are compared as lower-case letters and digits, so that ``acc_x``, ``AccX``, ``Accel X [g]`` and
``accelerometer-x`` are one. A name that says nothing certain means nothing: better to ask than to guess.
"""

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from imutrack.samples import Quantity
from imutrack.units import UNITS

__all__ = ["Kind", "Meaning", "meaning_of", "quantity_of_unit", "says_gravity_removed"]


class Kind(StrEnum):
    """What a column holds, as far as its name says."""

    TIME = "time"
    READING = "reading"  # of a quantity along an axis
    AXIS = "axis"  # along an axis, of a quantity that the unit or the file name must tell
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a column's name says.

    Attributes:
        kind: what it holds.
        quantity: for a reading.
        axis: index of the axis for a reading or axis.
        unit: as written; None where the name states none.
    """

    kind: Kind
    quantity: Quantity | None = None
    axis: int = 0
    unit: str | None = None


_OTHER: Final = Meaning(Kind.OTHER)
_C_FORMAT = re.compile(r"%\w+\((.+?)\)")  # a 3-Space logger writes "%float(RawGyroX)"
_BRACKETS = re.compile(r"[(\[{]\s*([^()\[\]{}]*(?:\([^()]*\)[^()]*)?)\s*[)\]}]")
_SUFFIX = re.compile(
    r"(?<=.)[_\s.-](?P<unit>m/s2|m/s\^2|ms2|mps2|m_s2|mg|g|dps|mdps|deg/s|degs|degps|deg_s|rad/s|rads|radps|rad_s|ut|"
    r"gauss|s|sec|seconds|ms|msec|us|usec|ns)$",
    re.IGNORECASE,
)
_TIME_SUFFIX = re.compile(
    r"(?<=[a-z])(?P<unit>MS|US|NS|Ms|Us|Ns|Millis|Micros|Nanos)$|(?<=time|tamp)(?P<low>ms|us|ns)$"
)
_SPELLED: Final = {
    "ms2": "m/s2",
    "m_s2": "m/s2",
    "degs": "deg/s",
    "degps": "deg/s",
    "deg_s": "deg/s",
    "rads": "rad/s",
    "rad_s": "rad/s",
    "usec": "us",
    "millis": "ms",
    "micros": "us",
    "nanos": "ns",
}
_TIME = re.compile(
    r"t|ts|.*(?:time|timestamp|elapsed|epoch|epoc|zeit|temps|tiempo|tempo)s?|datetime|seconds|millis|micros"
)
_DERIVED = re.compile(
    r"jerk|bias|offset|mean|std|variance|norm|filter|magnitude|angle|count|raw_?adc|angular_?acc|error"
)
_FREE = re.compile(r"lin(?!e\b)|user|free|nograv|withoutg|dynamic|worldacc")
_GRAVITY = re.compile(r"grav")
_INCLUDING = re.compile(r"includinggravity|withgravity|withg$|total")
_QUANTITIES: Final = (
    (Quantity.GYR, re.compile(r"gyr|rotationrate|rotrate|angularvel|angvel|angularrate|omega")),
    (Quantity.ACC, re.compile(r"acc|beschleunigung")),
    (Quantity.MAG, re.compile(r"mag|compass")),
)
_AXES: Final = ("x", "y", "z")
_BARE: Final = {"a": Quantity.ACC, "g": Quantity.GYR, "w": Quantity.GYR, "m": Quantity.MAG}


def meaning_of(name: str) -> Meaning:
    """Read a column's name.

    >>> found = meaning_of("Accel X [g]")
    >>> str(found.quantity), found.axis, found.unit
    ('acc', 0, 'g')
    >>> meaning_of("gyro_y_dps").unit, meaning_of("timeMs").unit, str(meaning_of("temperature").kind)
    ('dps', 'Ms', 'other')
    """
    text, unit = _without_unit(name)
    letters = re.sub(r"[^a-z0-9]", "", text.lower())
    if _TIME.fullmatch(letters):
        return Meaning(Kind.TIME, unit="s" if unit is None and "seconds" in letters else unit)
    body = letters.replace("axis", "")
    if body[:1] in _AXES and body[-1:] not in _AXES:
        body = body[1:] + body[0]  # x_acc
    if body[-1:] not in _AXES or _DERIVED.search(letters):
        return _OTHER
    axis, body = "xyz".index(body[-1]), body[:-1]
    if not body:
        return Meaning(Kind.AXIS, axis=axis, unit=unit)
    quantity = _quantity_of(body)
    return _OTHER if quantity is None else Meaning(Kind.READING, quantity, axis, unit)


def quantity_of_unit(unit: str) -> Quantity | None:
    """Return the only quantity that is measured in a unit; None where there are several, or it is not known.

    >>> quantity_of_unit("rad/s"), quantity_of_unit("G")
    (<Quantity.GYR: 'gyr'>, None)
    """
    spelled = unit.replace(" ", "")
    if spelled == "G":  # gauss, or g in capitals
        return None
    if spelled in ("g", "mg"):  # lower case: gravity; gauss is written G
        return Quantity.ACC
    found = [key for key, table in UNITS.items() if key != "t" and spelled.lower() in table]
    return Quantity(found[0]) if len(found) == 1 else None


def says_gravity_removed(text: str) -> bool:
    """Whether a name says that gravity was taken out of an acceleration."""
    letters = re.sub(r"[^a-z]", "", text.lower())
    return bool(re.search(r"linear|lineare|lineaire|useracc|freeacc|withoutg|ohneg|nograv", letters))


def _without_unit(name: str) -> tuple[str, str | None]:
    text = name.strip().strip('"').strip()
    wrapped = _C_FORMAT.search(text)
    if wrapped:
        text = wrapped[1]
    bracket = _BRACKETS.search(text)
    if bracket:
        return text[: bracket.start()] + text[bracket.end() :], bracket[1].strip() or None
    found = _SUFFIX.search(text) or _TIME_SUFFIX.search(text)
    if not found:
        return text, None
    unit = next(part for part in found.groups() if part)
    return text[: found.start()], _SPELLED.get(unit.lower(), unit)


def _quantity_of(body: str) -> Quantity | None:
    if body in _BARE:
        return _BARE[body]
    quantity = next((found for found, pattern in _QUANTITIES if pattern.search(body)), None)
    if quantity is not Quantity.ACC or _INCLUDING.search(body):
        return quantity
    if _FREE.search(body):
        return Quantity.FREE_ACC
    return None if _GRAVITY.search(body) else quantity
