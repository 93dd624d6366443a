"""An adapter that hears nothing.

One that hears nobody for a minute and a half is switched off and on. Where it hears nobody then either, all may have
gone home: it is tried again, more and more seldom. Only an adapter that cannot be switched any more ends the collector,
for systemd to start anew.
"""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from imutrack.errors import LinkError
from imutrack.sources.radio import Fault, Radio, Seen

__all__ = ["AdapterParams", "AdapterWatch"]

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class AdapterParams:
    """When an adapter is taken for stuck.

    Attributes:
        deaf_s: nothing heard at all; BlueZ forgets devices after 180 s, half of which is what others found to work.
        look_s: how often it is looked at.
        longest_s: between two power cycles where there may be nobody to hear, such as in a clinic at night.
    """

    deaf_s: float = 90.0
    look_s: float = 10.0
    longest_s: float = 3600.0


DEFAULTS: Final = AdapterParams()


class AdapterWatch:
    """Switches a deaf adapter off and on.

    Args:
        radio: with the adapter.
        streams: whether any strap sends now.
        params: when it is stuck.
    """

    def __init__(self, radio: Radio, streams: Callable[[], bool], params: AdapterParams = DEFAULTS) -> None:
        self._radio, self._streams, self._params = radio, streams, params
        self._heard_s: float | None = None
        self._ever = False
        self.power_cycles = 0
        radio.watch(self._on_seen)

    async def run(self) -> None:
        """Watch until cancelled.

        Raises:
            LinkError: an adapter that had heard devices hears none any more, and cannot be switched off and on.
        """
        loop, params = asyncio.get_running_loop(), self._params
        since_s, cycles, failures, patience_s = loop.time(), 0, 0, params.deaf_s
        while True:
            await asyncio.sleep(params.look_s)
            now_s = loop.time()
            if self._heard_s is not None or self._streams():
                self._ever, self._heard_s = True, None
                since_s, cycles, failures, patience_s = now_s, 0, 0, params.deaf_s
            elif not self._radio.alive:
                since_s = now_s  # the service's own supervisor is at work
            elif now_s - since_s >= patience_s:
                level = logging.INFO if cycles else logging.WARNING  # a quiet night needs no line an hour
                log.log(level, "nothing heard for %.0f s: switching the adapter off and on", now_s - since_s)
                failures = 0 if await self._cycle() else failures + 1
                if self._ever and failures > 1:  # once may be chance
                    raise LinkError(
                        "the Bluetooth adapter hears nothing and cannot be switched off and on", Fault.ADAPTER
                    )
                cycles, since_s = cycles + 1, loop.time()
                patience_s = min(2 * patience_s, params.longest_s)

    async def _cycle(self) -> bool:
        """Switch it off and on; return whether that could be done."""
        self.power_cycles += 1
        try:
            await self._radio.power_cycle()
        except LinkError as error:
            log.warning("the adapter cannot be switched: %s", error)
            return False
        return True

    def _on_seen(self, seen: Seen) -> None:
        if seen.heard:  # that the service still holds a link, to a keyboard perhaps, says nothing of our ears
            self._heard_s = seen.at_s
