"""Settings of the sway analysis: one set for every recording, device and person."""

from dataclasses import dataclass

__all__ = ["SwayParams"]


@dataclass(frozen=True, slots=True, kw_only=True)
class SwayParams:
    """What the sway metrics depend on. Values are comparable only where all of these agree."""

    lowpass_hz: float = 3.5  # zero-phase, as in instrumented sway tests (Mancini et al. 2012); sway lies below
    lowpass_order: int = 4  # of one pass; run forward and backward it acts as order 8 with -6 dB at the cut-off
    lowpass_pad_s: float = 1.0  # several time constants of the filter, so that its start does not show
    resample_hz: float = 100.0  # clock for recordings whose time steps differ by more than 1 %
    band_low_hz: float = 0.15  # slower drift cannot be told from posture in 30-60 s
    band_high_hz: float = 3.5  # nothing is left above the low-pass
    segment_s: float = 10.0  # Welch segments: 0.1 Hz resolution, 5 segments in 30 s
    entropy_rate_hz: float = 20.0  # sample entropy of a finely sampled curve would only see its smoothness
    velocity_highpass_hz: float = 0.15  # integration drifts below the band
    velocity_pad_s: float = 10.0  # longer than one period at the high-pass
    trim_start_s: float = 3.0  # settling, and the hand that started the recording
    trim_end_s: float = 2.0  # the hand that stops it
    good_s: float = 30.0  # shorter stances repeat poorly
    least_rms_mps2: float = 0.015  # nobody stands that still: quiet stances begin at 0.036; a table reads 0.007
    least_s: float = 10.0  # one Welch segment; below it nothing is said
    max_tilt_deg: float = 15.0  # re-mounting by 20-40 deg moves one-axis values by up to 54 %, resultants by nothing
    still_window_s: float = 1.0  # about one step
    still_vertical_mps2: float = 0.6  # rms in a window: standing sways about the ankles and hardly bobs, a step does
    still_lean_deg: float = 12.0  # feet in place, the body cannot lean further from its mean without a step
    moved_share: float = 0.2  # of the stance: beyond it the numbers describe something other than standing
