"""The way into each bucket: whether it takes what is sent, how long it is left alone, and what is said about it."""

import logging
from dataclasses import dataclass
from typing import Final

from imutrack.influx.answers import Answer

__all__ = ["DEFAULTS", "Lane", "SenderParams", "said_by"]

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class SenderParams:
    """How the sender goes about it.

    Attributes:
        most_points: in one request; InfluxData's advice for all versions.
        first_wait_s, longest_wait_s: after the first answer that says to keep, and after many; five minutes are soon
            enough for a server that was away for hours.
        least_share: of a wait; the rest is left to chance, so that the machines of a clinic do not come all at once.
    """

    most_points: int = 5000
    first_wait_s: float = 1.0
    longest_wait_s: float = 300.0
    least_share: float = 0.5


DEFAULTS: Final = SenderParams()


@dataclass(slots=True)
class Lane:
    """The way into one bucket.

    Attributes:
        bucket: its name.
        trace: whether it is that of curves.
        tries: answers in a row that said to keep.
        not_before: moment until which it is left alone.
        kept: the answer why; None where it takes what is sent.
        said: what was last logged about it.
    """

    bucket: str
    trace: bool
    tries: int = 0
    not_before: float = 0.0
    kept: Answer | None = None
    said: tuple[int | None, str] | None = None

    def keep(self, answer: Answer, now: float, params: SenderParams, chance: float) -> None:
        """Leave it alone for a while, twice as long each time.

        Args:
            answer: that said to keep.
            now: moment.
            params: how long.
            chance: 0 to 1, for the part of a wait that is left to it.
        """
        longest_s = min(params.first_wait_s * 2.0 ** min(self.tries, 60), params.longest_wait_s)
        share = params.least_share + (1.0 - params.least_share) * chance
        wait_s = max(longest_s * share, answer.retry_after_s or 0.0)
        self.tries += 1
        self.kept, self.not_before = answer, now + wait_s
        self._say(wait_s)

    def rest(self, answer: Answer, until: float) -> None:
        """Leave a server that does not answer alone altogether: each try may take as long as is waited for one."""
        self.kept = self.kept or answer
        self.not_before = max(self.not_before, until)

    def takes(self) -> None:
        """Note that it takes what is sent."""
        self.kept, self.tries = None, 0
        self._say()

    def _say(self, wait_s: float = 0.0) -> None:
        """Log that a bucket takes nothing, or that it does again; the same only once."""
        kept = self.kept
        state = None if kept is None else (kept.status, "" if kept.status else kept.words)
        if state == self.said:
            return
        self.said = state
        if kept is None:
            log.info("%s takes what is sent again", self.bucket)
        else:
            words = "%s takes nothing now (%s); all is kept and tried again from %.0f s on"
            log.warning(words, self.bucket, said_by(kept), wait_s)


def said_by(answer: Answer) -> str:
    """Return what a server said, or that it said nothing, in one line."""
    return f"{answer.status}: {answer.words}" if answer.status else f"no answer: {answer.words}"
