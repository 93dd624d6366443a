"""The state of each connected strap's link as points of the store, one for each ten seconds.

What is not known is left out, never 0: a share of lost readings without a clock to count by, a battery that was not
asked, a strength that the radio does not say.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from functools import partial
from typing import Final

from imutrack.collector.health.figures import StrapFigures
from imutrack.collector.links.states import State, StateLog
from imutrack.collector.own_thread import in_own_thread
from imutrack.config import Settings
from imutrack.errors import ImutrackError
from imutrack.stores import outbox
from imutrack.stores.local import LocalStore
from imutrack.stores.points import add_points
from imutrack.stores.rows import Row, make_row

__all__ = ["EVERY_S", "LinkPoints", "link_row", "missing_pct", "note_links", "reconnects"]

EVERY_S: Final = 10.0

_CONNECTED: Final = {State.STREAMING, State.DEGRADED}
_WEAKEST_DBM: Final = -126  # below it radios say that they do not know
_STRONGEST_DBM: Final = 20


async def note_links(
    settings: Settings,
    rows: Callable[[], Sequence[Row]],
    noted: Callable[[int | None], object],
    every_s: float = EVERY_S,
) -> None:
    """Store now and again how the links are, until cancelled.

    Args:
        settings: of the clinic.
        rows: the state of the links now.
        noted: is told how many points wait for InfluxDB then; None where there is none.
        every_s: how often.
    """
    while True:
        await asyncio.sleep(every_s)
        with suppress(ImutrackError):  # a gap in the state of links; what sets say is stored by another way
            noted(await in_own_thread("link points", partial(_store_links, settings, rows())))


class LinkPoints:
    """Makes the points; remembers what was counted at the last ones.

    Args:
        clinic: tag of that name.
    """

    def __init__(self, clinic: str) -> None:
        self._clinic = clinic
        self._before: dict[str, StrapFigures] = {}

    def rows(
        self, straps: Mapping[str, StrapFigures], states: StateLog, at_s: float, backlog: int | None = None
    ) -> list[Row]:
        """Return one point for each strap that is connected now; to be called every `EVERY_S`.

        Args:
            straps: what is known, by label.
            states: of their links.
            at_s: Unix epoch s.
            backlog: points that wait to be sent to InfluxDB; None where there is none.
        """
        rows = [
            link_row(
                label,
                self._clinic,
                at_s,
                figures,
                missing=missing_pct(self._before.get(label, StrapFigures(lost=0)), figures),
                reconnected=reconnects(states, label),
                backlog=backlog,
            )
            for label, figures in straps.items()
            if states[label] in _CONNECTED
        ]
        self._before = dict(straps)
        return rows


def link_row(
    strap: str,
    clinic: str,
    at_s: float,
    figures: StrapFigures,
    *,
    missing: float | None,
    reconnected: int,
    backlog: int | None,
) -> Row:
    """Return the point of one strap.

    Args:
        strap: label.
        clinic: tag of that name.
        at_s: Unix epoch s.
        figures: what is known of it.
        missing: share of the readings since the last point that never came, %.
        reconnected: links that were made anew.
        backlog: points that wait to be sent.
    """
    said = {
        "battery_pct": _within(figures.battery_pct, 0, 100),
        "rssi_dbm": _within(figures.rssi_dbm, _WEAKEST_DBM, _STRONGEST_DBM),
        "missing_pct": missing,
        "clock_ppm": figures.clock_ppm,
        "reconnects": reconnected,
        "backlog": backlog,
    }
    return make_row("link", {"clinic": clinic, "sensor": strap}, at_s, said)


def missing_pct(before: StrapFigures, now: StrapFigures) -> float | None:
    """Return the share of the readings between two moments that never came, %; None where it cannot be told.

    >>> missing_pct(StrapFigures(readings=600, lost=5), StrapFigures(readings=1194, lost=11))
    1.0
    """
    if before.lost is None or now.lost is None:
        return None
    came = now.readings - before.readings
    lost = max(now.lost - before.lost, 0)  # late ones of before that came after all make it negative
    return None if came <= 0 else 100.0 * lost / (came + lost)


def reconnects(states: StateLog, strap: str) -> int:
    """Return how many links a strap had after the first."""
    links = sum(count for (into, _), count in states.changes(strap).items() if into is State.CONFIGURING)
    return max(links - 1, 0)


def _store_links(settings: Settings, rows: Sequence[Row]) -> int | None:
    with LocalStore.open(settings.data_dir) as store:
        add_points(store, rows)
        return outbox.waiting(store).points if settings.influx else None


def _within(value: float | None, low: float, high: float) -> float | None:
    return value if value is not None and low <= value <= high else None
