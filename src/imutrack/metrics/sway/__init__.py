"""Balance sway: metrics of two horizontal series, and their preparation from a sensor at the lower back."""

from imutrack.metrics.sway.lumbar import HorizontalAcc, LumbarSway, horizontal_acc, lumbar_sway, stance_signal
from imutrack.metrics.sway.params import SwayParams
from imutrack.metrics.sway.planar import COP_BAND_HZ, Ellipse, PlanarSway, planar_sway
from imutrack.metrics.sway.spectrum import Spectrum, sway_spectrum
from imutrack.metrics.sway.trial import SwayTrial, moved_share, sway_metrics, sway_trial

__all__ = [
    "COP_BAND_HZ",
    "Ellipse",
    "HorizontalAcc",
    "LumbarSway",
    "PlanarSway",
    "Spectrum",
    "SwayParams",
    "SwayTrial",
    "horizontal_acc",
    "lumbar_sway",
    "moved_share",
    "planar_sway",
    "stance_signal",
    "sway_metrics",
    "sway_spectrum",
    "sway_trial",
]
