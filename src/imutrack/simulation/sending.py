"""From a strap to the host: what the faults that are going on let through of what leaves the strap."""

import random
import time
from collections.abc import Callable

from imutrack.simulation.effects import Effects
from imutrack.simulation.ledger import Fate
from imutrack.simulation.peripheral import Peripheral
from imutrack.simulation.sampling import Prepared

__all__ = ["Sender"]


class Sender:
    """Sends the packets of one strap and enters into its ledger what became of each.

    Args:
        peripheral: the inside of the wearable.
        notify: hands a notification over (characteristic, payload) and says what became of it.
        effects: faults that are going on.
        rng: of the faults that hit a share of packets.
        now_ns: for the ledger; the clock that the strap's times are on.
    """

    def __init__(
        self,
        peripheral: Peripheral,
        notify: Callable[[str, bytes], Fate],
        effects: Effects,
        rng: random.Random,
        now_ns: Callable[[], int] = time.monotonic_ns,
    ) -> None:
        self._take, self._enter, self._notify = peripheral.take, peripheral.enter, notify
        self._effects, self._rng, self._now_ns = effects, rng, now_ns
        self._streams = peripheral.stream_names
        self._overtaken: Prepared | None = None

    def flush(self, now_s: float) -> None:
        """Send what leaves by now."""
        effects = self._effects
        for prepared in self._take(now_s):
            if effects.silent or (effects.silent_streams and self._streams[prepared.stream] in effects.silent_streams):
                self._enter(prepared, Fate.SILENT)
            elif effects.loss and self._rng.random() < effects.loss:
                self._enter(prepared, Fate.LOST)
            elif effects.reorder and self._overtaken is None and self._rng.random() < effects.reorder:
                self._overtaken = prepared
            else:
                self._deliver(prepared)
                if self._overtaken is not None:
                    late, self._overtaken = self._overtaken, None
                    self._deliver(late)

    def give_up(self) -> None:
        """Take note that the link has ended before a packet that was overtaken was sent."""
        if self._overtaken is not None:
            self._enter(self._overtaken, Fate.UNSENT)
            self._overtaken = None

    def _deliver(self, prepared: Prepared) -> None:
        copies = 2 if self._effects.duplicate and self._rng.random() < self._effects.duplicate else 1
        fate = Fate.SENT
        for _ in range(copies):
            for uuid, payload in prepared.notifications:
                fate = max(fate, self._notify(uuid, payload))
        sent = fate is Fate.SENT
        self._enter(prepared, fate, self._now_ns() if sent else 0, copies if sent else 0)
