"""Which advertisement is whose: waits for that of a strap, and lets the radio look only while one is missing.

Two devices of one name are not told apart by guessing: `imutrack.collector.links.namesakes` has the rule.
"""

import asyncio
import logging
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Final

from imutrack.collector.links.namesakes import DEFAULTS, Namesakes, Unclear
from imutrack.collector.settings import StrapSettings
from imutrack.sources.radio import Radio, Seen

__all__ = ["Finder"]

log = logging.getLogger(__name__)

_ANEW_S: Final = 5.0  # BlueZ itself begins anew every ten
_LISTEN_S: Final = DEFAULTS.listen_s + 0.1  # a timer may come early by the clock's resolution


class Finder:
    """Finds straps.

    Args:
        straps: to look for.
        radio: sees them.
        now: seconds, the loop's time.
        tell: takes a line for people when it is not clear which device is a strap's, once until the strap has a link.
        own: address of the device that each strap known by name is, by label, as far as an earlier one knew.
    """

    def __init__(
        self,
        straps: Iterable[StrapSettings],
        radio: Radio,
        now: Callable[[], float],
        tell: Callable[[str], object] = lambda _text: None,
        own: Mapping[str, str] | None = None,
    ) -> None:
        self._radio, self._now, self._tell = radio, now, tell
        self._by_address = {strap.address.upper(): strap.label for strap in straps if strap.address}
        self._by_name = {strap.name.lower(): strap for strap in straps if strap.name}
        self._namesakes = {strap.label: Namesakes((own or {}).get(strap.label)) for strap in self._by_name.values()}
        self._another: dict[str, Seen] = {}  # the latest advertisement of a device that is not, or not yet, a strap's
        self._listening: dict[str, asyncio.TimerHandle] = {}
        self._last: dict[str, Seen] = {}
        self._handed_out: dict[str, str] = {}
        self._waiting: dict[str, tuple[float, asyncio.Future[Seen]]] = {}
        self._missing: dict[str, float] = {}
        self._told = set[tuple[str, Unclear]]()
        self._anew_s = 0.0
        radio.watch(self._on_seen)

    def look_for(self, strap: str) -> None:
        """Note that a strap has no link: the radio looks for it."""
        if strap not in self._missing:
            self._missing[strap] = self._now()
            self._radio.discover(wanted=True)

    def found(self, strap: str) -> None:
        """Note that a strap has its link; when all have theirs the radio need not look, which leaves it more air."""
        self._missing.pop(strap, None)
        if not self._missing:
            self._radio.discover(wanted=False)
        if strap in self._namesakes and strap in self._handed_out:
            taken = self._namesakes[strap].linked(self._handed_out[strap], self._now())
            self._told -= {(strap, each) for each in Unclear if taken or each is not Unclear.TAKEN}
            self._say(strap)

    @property
    def own(self) -> dict[str, str]:
        """Return the address of the device that each strap known by name is, by label, as far as it had a link."""
        return {strap: each.own for strap, each in self._namesakes.items() if each.own is not None}

    @property
    def problems(self) -> list[str]:
        """What people must know of straps that are known by name only, a line each."""
        now_s = self._now()
        said = {strap: each.unclear(now_s) for strap, each in self._namesakes.items()}
        return [f"strap {strap}: {unclear}" for strap, unclear in said.items() if unclear is not None]

    def last(self, strap: str) -> Seen | None:
        """Return its latest advertisement."""
        return self._last.get(strap)

    def fresh(self, strap: str, since_s: float) -> Seen | None:
        """Return its latest advertisement unless it is from before a moment of the loop's time."""
        seen = self._last.get(strap)
        if seen is None or seen.at_s < since_s:
            return None
        self._handed_out[strap] = seen.address
        return seen

    async def wait_for(self, strap: str, since_s: float) -> Seen:
        """Wait for an advertisement from that moment on; one caller for each strap."""
        seen = self.fresh(strap, since_s)
        if seen is not None:
            return seen
        future: asyncio.Future[Seen] = asyncio.get_running_loop().create_future()
        self._waiting[strap] = since_s, future
        self._listen(strap)
        try:
            while not (await asyncio.wait((future,), timeout=_ANEW_S))[0]:
                self._look_anew()
            return future.result()
        finally:
            future.cancel()
            self._waiting.pop(strap, None)
            if strap in self._listening:
                self._listening.pop(strap).cancel()

    def _look_anew(self) -> None:
        """Let the radio begin anew: some controllers report a device that stays the same once and never again."""
        if self._now() - self._anew_s >= _ANEW_S:
            self._anew_s = self._now()
            self._radio.discover(wanted=True)

    def _on_seen(self, seen: Seen) -> None:
        strap = self._by_address.get(seen.address) or self._named(seen)
        if strap is None:
            return
        self._hand_on(strap, seen)

    def _hand_on(self, strap: str, seen: Seen) -> None:
        self._last[strap] = seen
        if strap in self._waiting:
            since_s, future = self._waiting[strap]
            if seen.at_s >= since_s and not future.done():
                future.set_result(seen)

    def _named(self, seen: Seen) -> str | None:
        settings = self._by_name.get(seen.name.lower())
        if settings is None or (settings.service_uuid is not None and settings.service_uuid not in seen.services):
            return None
        strap = settings.label
        if self._namesakes[strap].is_own(seen, self._missing.get(strap)):
            return strap
        if self._namesakes[strap].own is None:
            self._last.pop(strap, None)  # what was seen a moment ago may be the other one's
        self._another[strap] = seen
        self._listen(strap)
        self._say(strap)
        return None

    def _listen(self, strap: str) -> None:
        """See after a while whether the device that was heard is the only one: one that is faint may be heard once."""
        if strap in self._waiting and strap in self._another and strap not in self._listening:
            _, future = self._waiting[strap]
            self._listening[strap] = future.get_loop().call_later(_LISTEN_S, self._listened, strap)

    def _listened(self, strap: str) -> None:
        del self._listening[strap]
        seen, now_s = self._another[strap], self._now()
        if seen.at_s >= self._waiting[strap][0] and self._namesakes[strap].lone(now_s) == seen.address:
            self._hand_on(strap, replace(seen, at_s=now_s))  # it is as good as seen now

    def _say(self, strap: str) -> None:
        unclear = self._namesakes[strap].unclear(self._now())
        if unclear is not None and (strap, unclear) not in self._told:
            self._told.add((strap, unclear))
            log.warning("%s: %s", strap, unclear)
            self._tell(f"strap {strap}: {unclear}")
