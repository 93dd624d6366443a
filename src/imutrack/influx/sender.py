"""Takes the outbox to the server, oldest first, until it is empty or the time is up.

A batch leaves the outbox when the server has it and not before; sending one twice changes nothing there. Small ones
travel together. What a server answers decides:

- done: the batches are forgotten.
- bad: somebody must look. Only the lines that are at fault are set aside, found by halving: InfluxDB 2 refuses all for
  one line that it cannot read, 1 stores the others and says that it dropped some. Lines of curves that are older than
  the server keeps curves are done: it would have forgotten them by now.
- too large: halved as well.
- keep: nothing is lost. The sender waits, twice as long each time, and says so once until the answer changes. Results
  and curves wait for themselves: a bucket of curves that is missing holds up no result. A server without an
  answer is left alone altogether.

One sender at a time works on a store: `imutrack.influx.alone`.

What it does not do: decide what is sent, or bound the outbox; that is `imutrack.stores`.
"""

import logging
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

from imutrack.influx.batching import split_lines
from imutrack.influx.client import Answer, Client, Outcome
from imutrack.influx.lanes import DEFAULTS, Lane, SenderParams, said_by
from imutrack.stores import outbox
from imutrack.stores.local import LocalStore
from imutrack.stores.outbox import Batch

__all__ = ["Sender", "SenderParams", "Sent", "said_by"]

log = logging.getLogger(__name__)

_TOO_OLD: Final = ("beyond retention policy", "outside retention policy")  # InfluxDB 1 to 2.7.11, and newer ones


@dataclass(slots=True)
class Sent:
    """What a drain did.

    Attributes:
        points: that the server has now.
        expired: points of curves that it no longer keeps.
        set_aside: points that it refused.
        requests: writes, refused ones too.
        kept: the answer that made the sender stop with something left; None where nothing is left.
    """

    points: int = 0
    expired: int = 0
    set_aside: int = 0
    requests: int = 0
    kept: Answer | None = None


@dataclass(slots=True)
class _Fate:
    """What became of the lines of one batch: those that were refused, with the words of the first refusal."""

    refused: list[bytes] = field(default_factory=list)
    why: str = ""


class _KeepError(Exception):
    """The server takes nothing now."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer.words)
        self.answer = answer


class Sender:
    """Sends what waits in a store's outbox."""

    def __init__(
        self,
        store: LocalStore,
        client: Client,
        now: Callable[[], float],
        sleep: Callable[[float], None],
        *,
        params: SenderParams = DEFAULTS,
        chance: Callable[[], float] = random.random,
    ) -> None:
        """Prepare.

        Args:
            store: open.
            client: of the server.
            now: seconds on a clock that nobody sets, such as time.monotonic.
            sleep: waits for so many seconds.
            params: how to go about it.
            chance: 0 to 1, for the length of a wait.
        """
        self._store, self._client, self._now, self._sleep = store, client, now, sleep
        self._params, self._chance = params, chance
        self._lanes = [Lane(name, trace) for name, trace in zip(client.settings.buckets, (False, True), strict=True)]

    def drain(self, until: float | None = None) -> Sent:
        """Send all that waits.

        Args:
            until: moment of `now` after which nothing is waited for and nothing new begun; None means no such moment.
        """
        sent = Sent()
        while until is None or self._now() < until or not sent.requests:
            if sum(self._send_oldest(lane, sent) for lane in self._lanes):  # both of them, each time
                continue
            moments = [lane.not_before for lane in self._lanes if lane.kept]
            if not moments or (until is not None and min(moments) > until):
                break
            self._sleep(max(min(moments) - self._now(), 0.0))
        sent.kept = next((lane.kept for lane in self._lanes if lane.kept), None)
        return sent

    def _send_oldest(self, lane: Lane, sent: Sent) -> bool:
        """Send what has waited longest for a bucket; return whether the server took or refused it for good."""
        if lane.kept and self._now() < lane.not_before:
            return False
        waiting = outbox.batches(self._store, self._params.most_points, trace=lane.trace)
        try:
            if waiting:
                self._send_some(lane.bucket, waiting, sent)
        except _KeepError as keep:
            lane.keep(keep.answer, self._now(), self._params, self._chance())
            if keep.answer.status is None:
                for each in self._lanes:
                    each.rest(keep.answer, lane.not_before)
            return False
        lane.takes()
        return bool(waiting)

    def _send_some(self, bucket: str, some: Sequence[Batch], sent: Sent) -> None:
        """Send batches of one bucket in one request, in two halves where that is refused."""
        if len(some) == 1:
            self._send_one(bucket, some[0], sent)
            return
        answer = self._write(bucket, b"".join(batch.lines for batch in some), sent)
        if answer.outcome is Outcome.DONE:
            outbox.done(self._store, [batch.seq for batch in some])
            sent.points += sum(batch.count for batch in some)
            return
        middle = len(some) // 2
        self._send_some(bucket, some[:middle], sent)
        self._send_some(bucket, some[middle:], sent)

    def _send_one(self, bucket: str, batch: Batch, sent: Sent) -> None:
        fate = _Fate()
        answer = self._write(bucket, batch.lines, sent)
        expired = 0
        if answer.outcome is not Outcome.DONE:
            expired = self._settle(bucket, split_lines(batch.lines), answer, batch, fate, sent)
        if fate.refused:
            outbox.set_aside(self._store, batch.seq, fate.why, b"".join(fate.refused), len(fate.refused))
            log.warning("InfluxDB refuses %d of %d points: set aside", len(fate.refused), batch.count)
        else:
            outbox.done(self._store, [batch.seq])
        sent.set_aside += len(fate.refused)
        sent.expired += expired
        sent.points += batch.count - len(fate.refused) - expired

    def _settle(
        self, bucket: str, lines: Sequence[bytes], answer: Answer, batch: Batch, fate: _Fate, sent: Sent
    ) -> int:
        """Store all of some refused lines that the server takes and note the others; return how many are too old."""
        if len(lines) > 1 and answer.dropped != len(lines):
            middle, expired = len(lines) // 2, 0
            for part in (lines[:middle], lines[middle:]):
                said = self._write(bucket, b"".join(part), sent)
                if said.outcome is not Outcome.DONE:
                    expired += self._settle(bucket, part, said, batch, fate, sent)
            return expired
        if batch.trace and any(words in answer.words for words in _TOO_OLD):
            return len(lines)
        fate.refused += lines
        fate.why = fate.why or f"{answer.status}: {answer.words}"
        return 0

    def _write(self, bucket: str, lines: bytes, sent: Sent) -> Answer:
        """Send one request.

        Raises:
            _KeepError: the server takes nothing now.
        """
        sent.requests += 1
        answer = self._client.write(bucket, lines) if lines else Answer(Outcome.DONE)
        if answer.outcome is Outcome.KEEP:
            raise _KeepError(answer)
        return answer
