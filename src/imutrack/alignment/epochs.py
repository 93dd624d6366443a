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

import numpy as np
import numpy.typing as npt

from imutrack.alignment.arrivals import AlignParams
from imutrack.alignment.envelope import late_bins, lowest_at
from imutrack.clock import Ints
from imutrack.samples import Floats

__all__ = ["Epochs", "Lateness", "epochs_of"]

Bools = npt.NDArray[np.bool_]

_FEWEST, _FEWEST_LASTING, _LASTING_S = 8, 3, 1.0  # packets, and how many where they last so long
_STALL_S = 0.3  # a piece that lasts no longer may be late as a whole
_PER_PIECE = 4  # bins of a short piece, so that it shows whether it falls


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
    """Index of the first unit of every epoch but the first; `unsure`: an arrival alone says that one began."""

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
        return packets >= _FEWEST or (packets >= _FEWEST_LASTING and self.span_s > _LASTING_S)

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
        )


def epochs_of(lateness: Lateness, asked: Ints, told: Ints, params: AlignParams, *, final: bool = False) -> Epochs:
    """Find where the clock began anew.

    Args:
        lateness: of a stream's units.
        asked: units before which it may have.
        told: those of them where somebody said so: a new connection.
        params: what is expected of radio and host.
        final: what is asked is no question: nothing goes on over it.
    """
    bounds = [0, *sorted(set(asked.tolist())), len(lateness.host_s)]
    pieces: list[_Piece] = []
    for begin, stop in pairwise(bounds):
        whole = _piece(lateness, begin, stop)
        held = [begin] if final else []
        for part in _split(whole, params):
            pieces.append(part)
            while len(pieces) > 1 and pieces[-1].begin not in held and _went_on(pieces[-2], pieces[-1], params):
                last = pieces.pop()
                pieces[-1] = pieces[-1].joined(last)
    cuts = [piece.begin for piece in pieces[1:]]
    unsure = any(piece.begin not in told and not _counter_says(lateness, piece) for piece in pieces[1:])
    return Epochs(np.array(cuts, np.int64), unsure)


def _piece(of: Lateness, begin: int, stop: int) -> _Piece:
    host_s, late_s = of.host_s[begin:stop], of.late_s[begin:stop]
    span_s = float(host_s[-1] - host_s[0])
    fewest = min(_PER_PIECE, int((stop - begin) / (2 * of.per_packet)))
    number = max(int(span_s / of.bin_s), fewest, 1)
    if span_s <= 0.0 or number == 1:
        opens = np.zeros(1, np.int64)
    else:
        edges_s = host_s[0] + np.arange(number) * (span_s / number)
        opens = np.searchsorted(host_s, edges_s)
        opens = opens[np.diff(opens, prepend=-1) > 0]  # a bin may be empty
    return _Piece(begin, stop, opens + begin, host_s[opens], np.minimum.reduceat(late_s, opens), of)


def _split(piece: _Piece, params: AlignParams) -> list[_Piece]:
    """Cut a piece at the ends of what is late for long."""
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
    parts = (_piece(piece.of, begin, stop) for begin, stop in pairwise(bounds))
    return [each for part in parts for each in _split(part, params)]


def _step_in(piece: _Piece, k: int) -> int:
    """Return the unit at which the level moved, where it did between two bins."""
    of = piece.of
    stop = int(piece.opens[k + 1]) if k + 1 < len(piece.opens) else piece.stop
    steps = slice(int(piece.opens[k - 1]), stop - 1)
    moved_s = abs(float(piece.least_s[k] - piece.least_s[k - 1]))
    odd_s = np.abs(of.odd_s[steps])
    if not len(odd_s):
        return int(piece.opens[k])
    if float(odd_s.max()) < 0.5 * moved_s:  # the counter shows nothing: where arrivals do
        odd_s = np.abs(np.diff(of.late_s[steps.start : steps.stop + 1]))
    return steps.start + 1 + int(np.argmax(odd_s))


def _went_on(before: _Piece, after: _Piece, params: AlignParams) -> bool:
    """Judge whether the clock went on between two neighbours."""
    of, moved_s = before.of, _moved_s(before, after)
    short = min(before.span_s, after.span_s) < _STALL_S
    if abs(moved_s) <= max(of.fits_s, min(params.late_s, 4 * of.fits_s) if short else 0.0):
        return True
    at = after.begin
    step_s = float(of.late_s[at] - of.late_s[at - 1])
    went_back = step_s > float(of.host_s[at] - of.host_s[at - 1]) + params.late_s
    if abs(step_s) > params.gap_s and (went_back or (step_s < 0 and float(of.odd_s[at - 1]) > params.gap_s)):
        return False  # no queue does that
    if (step_s if moved_s > 0 else -step_s) < 0.5 * abs(moved_s):
        return True  # little by little: no clock does that
    later = after if moved_s > 0 else before
    return later.falls or (not later.tells and abs(moved_s) < params.gap_s)


def _moved_s(before: _Piece, after: _Piece) -> float:
    at_s, drift = float(after.at_s[0]), before.of.drift
    return lowest_at(at_s, after.at_s, after.least_s, drift) - lowest_at(at_s, before.at_s, before.least_s, drift)


def _counter_says(of: Lateness, after: _Piece) -> bool:
    """Whether the counter itself stepped oddly where the level moved; else a queue that never ends looks the same."""
    return abs(float(of.odd_s[after.begin - 1])) > of.fits_s
