"""Which advertisement is whose: waits for that of a strap, and lets the radio look only while one is missing.

A strap that is known by its name is its own only while no other device within reach is called the same: two of them
are not told apart by guessing.
"""

import asyncio
import logging
from collections.abc import Callable, Iterable
from typing import Final

from imutrack.collector.settings import StrapSettings
from imutrack.sources.radio import Radio, Seen

__all__ = ["Finder"]

log = logging.getLogger(__name__)

_ANEW_S: Final = 5.0  # BlueZ itself begins anew every ten
_SAME_NAME_S: Final = 10.0  # both were seen within this: longer than any advertising interval


class Finder:
    """Finds straps.

    Args:
        straps: to look for.
        radio: sees them.
        now: seconds, the loop's time.
    """

    def __init__(self, straps: Iterable[StrapSettings], radio: Radio, now: Callable[[], float]) -> None:
        self._radio, self._now = radio, now
        self._by_address = {strap.address.upper(): strap.label for strap in straps if strap.address}
        self._by_name = {strap.name.lower(): strap for strap in straps if strap.name}
        self._last: dict[str, Seen] = {}
        self._waiting: dict[str, tuple[float, asyncio.Future[Seen]]] = {}
        self._missing: set[str] = set()
        self._told: set[str] = set()
        self._anew_s = 0.0
        radio.watch(self._on_seen)

    def look_for(self, strap: str) -> None:
        """Note that a strap has no link: the radio looks for it."""
        if strap not in self._missing:
            self._missing.add(strap)
            self._radio.discover(wanted=True)

    def found(self, strap: str) -> None:
        """Note that a strap has its link; when all have theirs the radio need not look, which leaves it more air."""
        self._missing.discard(strap)
        if not self._missing:
            self._radio.discover(wanted=False)

    def last(self, strap: str) -> Seen | None:
        """Return its latest advertisement."""
        return self._last.get(strap)

    def fresh(self, strap: str, since_s: float) -> Seen | None:
        """Return its latest advertisement unless it is from before a moment of the loop's time."""
        seen = self._last.get(strap)
        return seen if seen is not None and seen.at_s >= since_s else None

    async def wait_for(self, strap: str, since_s: float) -> Seen:
        """Wait for an advertisement from that moment on; one caller for each strap."""
        seen = self.fresh(strap, since_s)
        if seen is not None:
            return seen
        future: asyncio.Future[Seen] = asyncio.get_running_loop().create_future()
        self._waiting[strap] = since_s, future
        try:
            while not (await asyncio.wait((future,), timeout=_ANEW_S))[0]:
                self._look_anew()
            return future.result()
        finally:
            future.cancel()
            self._waiting.pop(strap, None)

    def _look_anew(self) -> None:
        """Let the radio begin anew: some controllers report a device that stays the same once and never again."""
        if self._now() - self._anew_s >= _ANEW_S:
            self._anew_s = self._now()
            self._radio.discover(wanted=True)

    def _on_seen(self, seen: Seen) -> None:
        strap = self._by_address.get(seen.address) or self._named(seen)
        if strap is None:
            return
        self._last[strap] = seen
        if strap in self._waiting:
            since_s, future = self._waiting[strap]
            if seen.at_s >= since_s and not future.done():
                future.set_result(seen)

    def _named(self, seen: Seen) -> str | None:
        settings = self._by_name.get(seen.name.lower())
        if settings is None or (settings.service_uuid is not None and settings.service_uuid not in seen.services):
            return None
        strap, before = settings.label, self._last.get(settings.label)
        if before is None or before.address == seen.address or seen.at_s - before.at_s > _SAME_NAME_S:
            return strap
        if strap not in self._told:
            self._told.add(strap)
            log.warning("%s: two devices are called the same: give its address instead of its name", strap)
        return None
