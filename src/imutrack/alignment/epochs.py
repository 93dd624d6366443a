"""Where a device's clock began anew, and where it went on.

Approach: lateness = host arrival - device time. The least lateness of each second stays on one level while a clock goes
on. A queue (a link that fails, a host that sleeps, a device that stores what it cannot send) raises it and lets it fall
again little by little; a clock that begins anew moves it from one packet to the next, and it stays there. So each place
where the clock may have begun anew is a question: a new connection, a counter that steps by more than a stall explains,
a long silence, and the ends of seconds that are all later than others allow. The levels on both sides answer it; where
they do not differ the clock went on.

A device without a clock is judged by its sample index: there a level that moves is a loss.
"""

from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from imutrack.alignment.arrivals import AlignParams
from imutrack.alignment.envelope import late_bins, lowest_at
from imutrack.clock import Ints
from imutrack.samples import Floats

__all__ = ["Epochs", "Lateness", "epochs_of"]

Bools = npt.NDArray[np.bool_]

_STALLED: Final = 4.0  # times what fits: with a counter that wraps soon, a stall is not told from a wrap beyond it


@dataclass(frozen=True, slots=True, eq=False)
class Lateness:
    """How late a stream's units came, in the order they came.

    Attributes:
        host_s: (m,) arrivals, s.
        late_s: (m,) arrival less device time, s.
        odd_s: (m - 1,) by how much the device's time moved more than its samples take, s; less is negative.
        drift: more than this a level never drifts.
        fits_s: levels that differ by less are one.
        bin_s: seconds of which the least lateness is looked at.
        per_packet: units that come together.
    """

    host_s: Floats
    late_s: Floats
    odd_s: Floats
    drift: float
    fits_s: float
    bin_s: float
    per_packet: float = 1.0


@dataclass(frozen=True, slots=True)
class Epochs:
    """Index of the first unit of every epoch but the first; `unsure`: a queue that never emptied may look the same."""

    cuts: Ints
    unsure: bool


@dataclass(frozen=True, eq=False)
class _Piece:
    """Units ``[begin, stop)``; of each bin the index of its first unit, and when and how late the least late was."""

    begin: int
    stop: int
    opens: Ints
    at_s: Floats
    least_s: Floats
    of: Lateness
    params: AlignParams

    @cached_property
    def late(self) -> Bools:
        return late_bins(self.at_s, self.least_s, self.of.drift, self.of.fits_s)

    @property
    def span_s(self) -> float:
        return float(self.of.host_s[self.stop - 1] - self.of.host_s[self.begin])

    @property
    def tells(self) -> bool:
        """Whether it is long enough to have a level, not that of a packet that came very late."""
        packets = (self.stop - self.begin) / self.of.per_packet
        params = self.params
        return packets >= params.tells_packets or (packets >= params.tells_few and self.span_s > params.tells_s)

    @property
    def falls(self) -> bool:
        """Whether it has no level of its own: most of it is later than its least late part."""
        return 2 * int(np.count_nonzero(self.late)) > len(self.late)

    def joined(self, other: "_Piece") -> "_Piece":
        return _Piece(
            self.begin,
            other.stop,
            np.concatenate((self.opens, other.opens)),
            np.concatenate((self.at_s, other.at_s)),
            np.concatenate((self.least_s, other.least_s)),
            self.of,
            self.params,
        )


def epochs_of(lateness: Lateness, asked: Ints, told: Ints, params: AlignParams, *, kept: Ints | None = None) -> Epochs:
    """Find where the clock began anew.

    Args:
        lateness: of a stream's units.
        asked: units before which it may have.
        told: units before which somebody said that it may: the first of a new connection.
        params: what is expected of radio and host.
        kept: units before which it did, whatever the levels say.
    """
    held = set() if kept is None else set(kept.tolist())
    by_connection = set(told.tolist())
    bounds = [0, *sorted(held.union(asked.tolist(), by_connection)), len(lateness.host_s)]
    pieces, doubts = list[_Piece](), dict[int, bool]()
    for begin, stop in pairwise(bounds):
        for part in _split(_piece(lateness, begin, stop, params)):
            pieces.append(part)
            while len(pieces) > 1 and pieces[-1].begin not in held:
                found = _judged(pieces[-2], pieces[-1], told=pieces[-1].begin in by_connection)
                doubts[pieces[-1].begin] = found.unsure  # as judged last: a piece may grow, and is judged anew
                if found.began_anew:
                    break
                last = pieces.pop()
                pieces[-1] = pieces[-1].joined(last)
    return Epochs(np.array([piece.begin for piece in pieces[1:]], np.int64), any(doubts.values()))


def _piece(of: Lateness, begin: int, stop: int, params: AlignParams) -> _Piece:
    host_s, late_s = of.host_s[begin:stop], of.late_s[begin:stop]
    span_s = float(host_s[-1] - host_s[0])
    fewest = min(params.level_bins, int((stop - begin) / (2 * of.per_packet)))
    number = max(int(span_s / of.bin_s), fewest, 1)
    if span_s <= 0.0 or number == 1:
        opens = np.zeros(1, np.int64)
    else:
        edges_s = host_s[0] + np.arange(number) * (span_s / number)
        opens = np.searchsorted(host_s, edges_s)
        opens = opens[np.diff(opens, prepend=-1) > 0]  # a bin may be empty
    return _Piece(begin, stop, opens + begin, host_s[opens], np.minimum.reduceat(late_s, opens), of, params)


def _split(piece: _Piece) -> list[_Piece]:
    """Cut a piece at the ends of what is late for long."""
    params = piece.params
    edges = np.flatnonzero(np.diff(piece.late, prepend=False, append=False))
    runs = [(i, j) for i, j in edges.reshape(-1, 2).tolist() if j - i >= params.holds]
    cuts = {piece.begin}
    for i, j in runs:
        if piece.at_s[j - 1] - piece.at_s[i] < 0.5 * (params.holds - 1) * piece.of.bin_s:
            continue  # bins of a short piece
        cuts |= {_step_in(piece, k) for k in (i, j) if 0 < k < len(piece.opens)}
    bounds = [*sorted(cuts), piece.stop]
    if len(bounds) == 2:
        return [piece]
    parts = (_piece(piece.of, begin, stop, params) for begin, stop in pairwise(bounds))
    return [each for part in parts for each in _split(part)]


def _step_in(piece: _Piece, k: int) -> int:
    """Return the unit at which the level moved, where it did between two bins."""
    of, params = piece.of, piece.params
    stop = int(piece.opens[k + 1]) if k + 1 < len(piece.opens) else piece.stop
    steps = slice(int(piece.opens[k - 1]), stop - 1)
    moved_s = abs(float(piece.least_s[k] - piece.least_s[k - 1]))
    odd_s = np.abs(of.odd_s[steps])
    if not len(odd_s):
        return int(piece.opens[k])
    if float(odd_s.max()) < params.at_once * moved_s:  # the counter shows nothing: where arrivals do
        odd_s = np.abs(np.diff(of.late_s[steps.start : steps.stop + 1]))
    return steps.start + 1 + int(np.argmax(odd_s))


class _Judged(NamedTuple):
    """Whether the clock began anew between two neighbours, and whether that may be wrong."""

    began_anew: bool
    unsure: bool = False


def _judged(before: _Piece, after: _Piece, *, told: bool) -> _Judged:
    """Judge whether the clock went on between two neighbours; ``told``: by another connection."""
    of, params, moved_s = before.of, before.params, _moved_s(before, after)
    at = after.begin
    short = min(before.span_s, after.span_s) < params.stall_s
    fits_s = max(of.fits_s, min(params.stalled_fits_s, _STALLED * of.fits_s)) if short else of.fits_s
    silent_s = float(of.host_s[at] - of.host_s[at - 1])
    drifted_s = min(2 * of.drift * silent_s, params.late_s)  # either way; `moved_s` is by the lower level
    if -max(fits_s, of.fits_s + drifted_s) <= moved_s <= fits_s:
        return _Judged(False)
    step_s, odd_s = float(of.late_s[at] - of.late_s[at - 1]), float(of.odd_s[at - 1])
    went_back = step_s > silent_s + params.late_s
    if went_back and told:
        return _Judged(True)  # radio sends nothing from before over a new connection
    if abs(step_s) > params.gap_s and (went_back or (step_s < 0 and odd_s > params.gap_s)):
        return _Judged(True)  # no queue does that
    later = after if moved_s > 0 else before
    if later.falls:
        return _Judged(False)
    if told and before.tells and after.tells:
        return _Judged(True)  # both held their level: a host that slept over the outage hides the step
    if (step_s if moved_s > 0 else -step_s) < params.at_once * abs(moved_s):
        return _Judged(False)  # little by little: no clock does that
    if not later.tells and abs(moved_s) < params.gap_s:
        return _Judged(False, unsure=True)
    return _Judged(True, unsure=not (told or _counter_says(odd_s, moved_s, of.fits_s)))


def _moved_s(before: _Piece, after: _Piece) -> float:
    at_s, drift = float(after.at_s[0]), before.of.drift
    return lowest_at(at_s, after.at_s, after.least_s, drift) - lowest_at(at_s, before.at_s, before.least_s, drift)


def _counter_says(odd_s: float, moved_s: float, fits_s: float) -> bool:
    """Whether the counter itself stepped oddly where the level moved; else a queue that never ends looks the same.

    Back it steps only where it began anew; ahead also where samples are lost, and then the level moves by less.
    """
    return odd_s < -fits_s or (odd_s > fits_s and abs(odd_s + moved_s) <= fits_s)
