"""Zero-phase Butterworth filters over the first axis.

scipy is imported inside: it costs more start-up time than an hour of data costs to process.
"""

from functools import lru_cache
from typing import Literal

from imutrack.errors import SignalError
from imutrack.samples import Floats

__all__ = ["highpass", "lowpass"]

_Kind = Literal["lowpass", "highpass"]


def lowpass(values: Floats, cutoff_hz: float, sampling_rate_hz: float, order: int = 4, pad_s: float = 1.0) -> Floats:
    """Low-pass (n,) or (n, k) values forward and backward: -6 dB at the cut-off, twice the order, no delay.

    Args:
        values: (n,) or (n, k), any unit, finite.
        cutoff_hz: at or above the Nyquist rate the values are returned as they are.
        sampling_rate_hz: rate of the values.
        order: of one pass.
        pad_s: odd padding at both ends; shortened where the signal is shorter.

    Raises:
        SignalError: fewer than two samples.
    """
    return _both_ways(values, "lowpass", cutoff_hz, sampling_rate_hz, order, pad_s)


def highpass(values: Floats, cutoff_hz: float, sampling_rate_hz: float, order: int = 2, pad_s: float = 10.0) -> Floats:
    """High-pass (n,) or (n, k) values forward and backward; see `lowpass`."""
    return _both_ways(values, "highpass", cutoff_hz, sampling_rate_hz, order, pad_s)


def _both_ways(
    values: Floats, kind: _Kind, cutoff_hz: float, sampling_rate_hz: float, order: int, pad_s: float
) -> Floats:
    from scipy.signal import sosfiltfilt

    if len(values) < 2:
        raise SignalError(f"{len(values)} samples cannot be filtered, need at least 2")
    if kind == "lowpass" and cutoff_hz >= sampling_rate_hz / 2:
        return values
    sections = _sections(kind, cutoff_hz, sampling_rate_hz, order)
    padding = min(round(pad_s * sampling_rate_hz), len(values) - 1)
    filtered: Floats = sosfiltfilt(sections, values, axis=0, padtype="odd", padlen=padding)
    return filtered


@lru_cache(maxsize=256)
def _sections(kind: _Kind, cutoff_hz: float, sampling_rate_hz: float, order: int) -> Floats:
    """Second-order sections; designing them costs as much as filtering a minute of data."""
    from scipy.signal import butter

    sections: Floats = butter(order, cutoff_hz, kind, fs=sampling_rate_hz, output="sos")
    return sections
