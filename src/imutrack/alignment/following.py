"""Host time and losses of a live stream, packet by packet, for display and health; results come from `align`.

Approach: as `align`, but of the past alone and cheap. Each bin leaves its least late packet; when a bin closes, the
line through the minima of the last minute is fitted anew and the offset moves towards it by at most `slew`. Times never
step backwards. In the first seconds of a stretch every packet that is less late than those before corrects the offset
at once, as far as that rule lets it.

Where the device's clock began anew is judged by what can be known at once (`live_epochs`). Somebody who knows of a new
connection says so (`reconnected`). A device whose samples share stamps is followed by index, as one without a clock.

State depends on the packets alone, not on how they were batched.
"""

from collections import deque
from dataclasses import dataclass

import numpy as np

from imutrack.alignment.arrivals import AlignParams, TickClock
from imutrack.alignment.envelope import Line, fit_line
from imutrack.alignment.live_epochs import Behind, Late, Step, began_anew, rise_of
from imutrack.alignment.live_losses import LiveLosses
from imutrack.alignment.unwrapping import modulus_of, nearest_step
from imutrack.errors import SignalError

__all__ = ["Follower", "Following"]

_UNCLOCKED_DRIFT = 0.05  # a sample index at a nominal rate
_UNCLOCKED_SLOPE_FROM_S = 2.0  # which is off by 1 % at times: 10 ms in each second that it is trusted
_LEAST_TICK = 0.01  # of what it was: packets may come all at once
_START = Line(0.0, np.inf, 0.0)  # any packet is less late


@dataclass(frozen=True, slots=True)
class Following:
    """What is known of a live stream so far.

    Attributes:
        received: samples, each once.
        lost: samples that have not come; falls when a late one comes after all, and when another rate is found than was
            set; None where the device has no clock, or one too coarse to say.
        duplicates: samples that came again.
        reordered: samples that came after later ones.
        restarts: how often the device's clock began anew.
        offset_s: host time less device time, s; None before the first packet.
        drift_ppm: how much faster the device's clock runs; None without a clock, or as long as too little was seen.
        residual_ms: 99th percentile of what the last fit left of the earliest arrivals.
        rate_hz: samples per second of host time.
    """

    received: int
    lost: int | None
    duplicates: int
    reordered: int
    restarts: int
    offset_s: float | None
    drift_ppm: float | None
    residual_ms: float
    rate_hz: float


class Follower:
    """Follows one stream; see the head of the file."""

    def __init__(self, clock: TickClock | None, nominal_rate_hz: float, params: AlignParams | None = None) -> None:
        """Begin a stream.

        Args:
            clock: of the device; None where it has none.
            nominal_rate_hz: as set on the device; a first guess.
            params: what is expected of radio, host and crystals.
        """
        self._params = params or AlignParams()
        self._sample_s = 1.0 / nominal_rate_hz
        if clock is not None and clock.tick_s > self._sample_s:
            clock = None  # samples share stamps: which of them came twice cannot be told
        self._clocked = clock is not None
        self._tick_s = clock.tick_s if clock else self._sample_s
        self._modulus = modulus_of(clock.bits) if clock else None
        self._first_stamped = clock is not None and clock.stamps == "first"
        self._losses = LiveLosses(1.0 / (nominal_rate_hz * self._tick_s), first_stamped=self._first_stamped)
        self._slope_from_s = self._params.slope_from_s if clock else _UNCLOCKED_SLOPE_FROM_S
        self._max_drift = self._params.max_drift if clock else _UNCLOCKED_DRIFT
        self._restarts = 0
        self._broken = False
        self._behind = Behind(self._tick_s, self._params)
        self._before_ns = 0
        self._host_ns: int | None = None  # of the packet that came last, as the next two
        self._raw = 0
        self._ticks = 0  # unwrapped
        self._out_ns = 0
        self._begin(0, 0)

    def _begin(self, host_ns: int, ticks: int) -> None:
        """Begin a stretch: the offset is learnt anew."""
        self._origin_ns = host_ns
        self._origin_ticks = ticks
        self._bins: deque[tuple[float, float]] = deque()
        self._bin_from_s = self._least_at_s = 0.0
        self._in_bin = 0
        self._least_s = np.inf
        self._fit = self._line = _START
        self._settled = False
        self._before_gap: tuple[float, float] | None = None  # the level before it, as a bin

    def reconnected(self) -> None:
        """Say that what comes from now on comes over another connection: the device may have restarted."""
        self._broken = self._host_ns is not None
        self._losses.learn_anew()

    def feed(self, host_ns: int, tick: int | None, count: int = 1) -> int:
        """Take one packet.

        Args:
            host_ns: when it came; never before the packet before it.
            tick: its stamp as sent: of its first sample where the clock stamps the first, else of its last; None
                where the device has no clock.
            count: samples in it.

        Returns:
            Host time of its last sample, ns; never before that of any packet before it.

        Raises:
            SignalError: the device has a clock, and the packet no stamp.
        """
        if tick is None and self._clocked:
            raise SignalError("a packet without a stamp, of a device that stamps: leave it out")
        raw = tick if tick is not None and self._clocked else self._raw + count
        is_new = self._step(host_ns, raw, count) if self._host_ns is not None else self._first(host_ns, count)
        self._host_ns, self._raw = host_ns, raw
        if not is_new:
            return self._out_ns
        device_s = (self._ticks - self._origin_ticks) * self._tick_s + self._ahead_s(count)
        late_s = (host_ns - self._origin_ns) * 1e-9 - device_s
        if self._in_bin >= self._params.bin_packets and device_s - self._bin_from_s >= self._params.bin_s:
            self._close_bin(device_s)
            if not self._clocked and self._rate_is_another(host_ns):
                device_s, late_s = 0.0, 0.0
        self._in_bin += 1
        line = self._line
        offset_s = line.offset_s + line.slope * (device_s - line.at_s)
        if late_s < self._least_s:
            self._least_s, self._least_at_s = late_s, device_s
            if late_s < offset_s and not self._settled:
                offset_s = late_s
                self._line = Line(device_s, late_s, line.slope)
        out_ns = self._origin_ns + round((device_s + offset_s) * 1e9)
        if out_ns > self._out_ns:
            self._out_ns = out_ns
        return self._out_ns

    @property
    def state(self) -> Following:
        """What is known so far."""
        losses, bins = self._losses, list(self._bins)
        origin_s = self._origin_ns * 1e-9 - self._origin_ticks * self._tick_s
        fitted = bool(bins) and bins[-1][0] - bins[0][0] >= self._slope_from_s
        residuals_ms = [1e3 * abs(late_s - self._fit.offset_at(device_s)) for device_s, late_s in bins]
        return Following(
            received=losses.received,
            lost=losses.lost if self._clocked and not losses.coarse else None,
            duplicates=losses.duplicates,
            reordered=losses.reordered,
            restarts=self._restarts,
            offset_s=origin_s + self._line.offset_s if losses.received else None,
            drift_ppm=-1e6 * self._fit.slope if fitted and self._clocked else None,
            residual_ms=float(np.quantile(residuals_ms, 0.99)) if bins else 0.0,
            rate_hz=1.0 / (losses.step * self._tick_s * (1.0 + self._fit.slope)),
        )

    def _first(self, host_ns: int, count: int) -> bool:
        self._begin(host_ns, 0)
        self._losses.begin(0, count)
        return True

    def _step(self, host_ns: int, raw: int, count: int) -> bool:
        """Unwrap the counter and see whether its clock went on; say whether the packet is new."""
        host_s = (host_ns - (self._host_ns or 0)) * 1e-9
        step = raw - self._raw
        if self._modulus is not None:
            step = nearest_step(step, host_s / self._tick_s, self._modulus)
        self._ticks += step
        device_s = step * self._tick_s
        params = self._params
        broken, self._broken = self._broken, False
        if not self._clocked:
            self._losses.take(self._ticks, count)
            if broken or host_s > params.silent_within_s(count * self._sample_s):
                self._begin(host_ns, self._ticks)
            return True
        ahead_s = self._ahead_s(count)
        now_s = (self._ticks - self._origin_ticks) * self._tick_s + ahead_s
        excess_s = (host_ns - self._origin_ns) * 1e-9 - now_s - self._line.offset_at(now_s)
        own_s = count * self._losses.step * self._tick_s
        if began_anew(Step(host_s, device_s, own_s, excess_s), params, told=broken, settled=self._settled):
            self._restart(host_ns, self._ticks, count, host_s)
            self._behind.since.clear()
            return True
        if self._went_back(host_ns, count):
            return True
        is_new = self._losses.take(self._ticks, count)
        if is_new and (host_s > params.gap_s or device_s > params.gap_s):
            self._begin(host_ns, self._ticks)
            self._before_gap = (-host_s, -ahead_s - excess_s)
        return is_new

    def _ahead_s(self, count: int) -> float:
        """From the stamp of a packet to its last sample, s."""
        return (count - 1) * self._losses.step * self._tick_s if self._first_stamped else 0.0

    def _restart(self, host_ns: int, ticks: int, count: int, host_s: float) -> None:
        self._restarts += 1
        self._losses.restart(ticks, count, host_s / self._tick_s)
        self._begin(host_ns, ticks)

    def _went_back(self, host_ns: int, count: int) -> bool:
        """Take a clock that stepped back for what it is, once enough packets have stayed behind the newest."""
        losses, since = self._losses, self._behind.since
        packet = Late(host_ns, self._ticks, count)
        went_back = self._behind.take(packet, losses.newest)
        if len(since) == 1:
            losses.mark()
            self._before_ns = self._host_ns or host_ns
        if not went_back:
            return False
        first, *others = since
        losses.go_back()
        self._restart(*first, (first.host_ns - self._before_ns) * 1e-9)
        for each in others:
            losses.take(each.ticks, each.samples)
        since.clear()
        return True

    def _rate_is_another(self, host_ns: int) -> bool:
        """Without a clock: take the rate of what came where it is not the one that was set, and begin anew."""
        if abs(self._fit.slope) < self._max_drift:
            return False
        (first_s, first_late_s), (last_s, last_late_s) = self._bins[0], self._bins[-1]
        self._tick_s *= max(1.0 + (last_late_s - first_late_s) / (last_s - first_s), _LEAST_TICK)
        self._sample_s = self._tick_s
        self._begin(host_ns, self._ticks)
        return True

    def _close_bin(self, now_s: float) -> None:
        """Fit anew with the bin that ends, and move the offset towards it from ``now_s`` on."""
        params = self._params
        if not self._bins or self._least_at_s > self._bins[-1][0]:  # a bin of late packets alone says nothing
            self._bins.append((self._least_at_s, self._least_s))
        self._drop_what_was_before_a_rise()
        while len(self._bins) > 1 and self._bins[0][0] < now_s - params.follow_window_s:
            self._bins.popleft()
        points = np.array(self._bins)
        fit = self._fit = fit_line(points[:, 0], points[:, 1], self._slope_from_s, self._max_drift)
        if now_s < params.settle_s:
            self._line = Line(now_s, fit.offset_at(now_s), fit.slope)
        else:
            self._settled = True
            length_s = now_s - self._bin_from_s  # as long as the next one will be
            current_s = self._line.offset_at(now_s)
            needed = (fit.offset_at(now_s + length_s) - current_s) / length_s
            slope = min(max(needed, fit.slope - params.slew), fit.slope + params.slew)
            self._line = Line(now_s, current_s, slope)
        self._bin_from_s, self._in_bin, self._least_s = now_s, 0, np.inf
        self._losses.forget()

    def _drop_what_was_before_a_rise(self) -> None:
        """Learn the offset anew where the last bins are all late by the same."""
        bins, holds = list(self._bins), self._params.holds
        rise_s = rise_of([self._before_gap, *bins] if self._before_gap else bins, self._max_drift, self._params)
        if len(bins) >= holds:
            self._before_gap = None
        if rise_s is None:
            return
        self._bins = deque(bins[-holds:])
        self._settled = False
        if self._clocked:
            self._restarts += 1
            self._losses.miss(rise_s / self._tick_s)
        now_s, late_s = self._bins[-1]
        self._line = Line(now_s, late_s, self._line.slope)
