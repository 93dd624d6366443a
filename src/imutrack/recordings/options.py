"""`ReadOptions`: what a person supplies because the file does not say it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, Self

from imutrack.errors import SettingsError
from imutrack.samples import QUANTITIES, AxisMap, Quantity
from imutrack.units import UNITS, to_si_factor
from imutrack.zones import local_to_epoch, zone_of

__all__ = ["COLUMN_NAMES", "IGNORED_COLUMNS", "TIME_COLUMN", "ReadOptions"]

TIME_COLUMN: Final = "t"
LAST_START_S: Final = 4_102_444_800.0  # 2100
IGNORED_COLUMNS: Final = frozenset({"-", "_", "skip", "ignore"})
_AXES: Final = {2: ("ap", "ml"), 3: ("x", "y", "z"), 4: ("w", "x", "y", "z")}
COLUMN_NAMES: Final[dict[str, tuple[Quantity, int]]] = {
    f"{quantity}_{axis}": (quantity, index)
    for quantity, width in QUANTITIES.items()
    for index, axis in enumerate(_AXES[width])
}
"""Names that ``--columns`` accepts besides ``t`` and ``-``: the quantity and its axis."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadOptions:
    """What a person supplies because the file does not say it.

    An option never overrides what a file states: a contradiction is an error of that file.

    Attributes:
        columns: what each column holds, from the left: ``t``, ``acc_x``, ... ; ``-`` for one to leave out.
        units: ``t``, ``acc``, ``gyr`` or ``mag`` -> unit.
        rate_hz: sampling rate of files without time stamps.
        tz: zone of local times that carry none: an IANA name or an offset.
        start: wall-clock start, ISO 8601 (local time in ``tz`` unless it carries a zone) or Unix seconds.
        together: join the files of different devices into one recording.
        placements: where the sensors were worn: one for all, or one per sensor in the order of the files.
        axes: how their axes lay on the upright wearer: one for all, or one per sensor.
    """

    columns: tuple[str, ...] | None = None
    units: Mapping[str, str] = field(default_factory=dict)
    rate_hz: float | None = None
    tz: str | None = None
    start: str | float | None = None
    together: bool = False
    placements: tuple[str, ...] = ()
    axes: tuple[AxisMap, ...] = ()

    def __post_init__(self) -> None:
        """Check what can be checked without a file.

        Raises:
            SettingsError: a column, a unit, the rate, the zone or the start is not of its form.
        """
        for name in self.columns or ():
            if name not in COLUMN_NAMES and name != TIME_COLUMN and name not in IGNORED_COLUMNS:
                raise SettingsError(f"--columns: {name!r} is not one of t, {', '.join(COLUMN_NAMES)} or -")
        for quantity, unit in self.units.items():
            to_si_factor(quantity, unit)
        if self.rate_hz is not None and not 0.0 < self.rate_hz < float("inf"):
            raise SettingsError(f"--rate {self.rate_hz}: a rate is a positive number of readings per second")
        if self.tz is not None:
            zone_of(self.tz)
        start = self.start_epoch()
        if start is not None and not 0.0 <= start < LAST_START_S:
            raise SettingsError(f"--start {self.start}: lies before 1970 or after 2099, correct it")

    @classmethod
    def parse(
        cls,
        *,
        columns: str | None = None,
        units: str | None = None,
        rate_hz: float | None = None,
        tz: str | None = None,
        start: str | float | None = None,
        together: bool = False,
        placements: tuple[str, ...] = (),
        axes: tuple[str, ...] = (),
    ) -> Self:
        """Read the options as they are typed.

        Raises:
            SettingsError: an option is not of its form.

        >>> ReadOptions.parse(units="acc=g,gyr=deg/s", columns="t,acc_x,acc_y,acc_z").units["gyr"]
        'deg/s'
        """
        return cls(
            columns=None if columns is None else tuple(name.strip() for name in columns.split(",")),
            units={} if units is None else _parse_units(units),
            rate_hz=rate_hz,
            tz=tz,
            start=start,
            together=together,
            placements=placements,
            axes=tuple(AxisMap.parse(text) for text in axes),
        )

    def start_epoch(self) -> float | None:
        """Unix epoch of the typed start, s; None where none was typed."""
        return self._parsed_start(self.start) if isinstance(self.start, str) else self.start

    def _parsed_start(self, text: str) -> float:
        try:
            return float(text)
        except ValueError:
            pass
        try:
            local = datetime.fromisoformat(text.strip())
        except ValueError as error:
            raise SettingsError(f"--start {text!r}: write it as 2026-03-01T14:30 or as Unix seconds") from error
        if local.tzinfo is None and self.tz is None:
            raise SettingsError(f"--start {text!r}: say its time zone with --tz")
        return local_to_epoch(local, self.tz or "UTC")


def _parse_units(text: str) -> dict[str, str]:
    units: dict[str, str] = {}
    for part in text.split(","):
        quantity, equals, unit = part.partition("=")
        if not equals or not unit.strip():
            raise SettingsError(f"--units {text!r}: write them as acc=g,gyr=deg/s,t=s ({', '.join(UNITS)})")
        units[quantity.strip()] = unit.strip()
    return units
