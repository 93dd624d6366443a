"""Metrics of sway in the horizontal plane, from any two horizontal series: acceleration or centre of pressure.

No filter and no trimming here: what goes in is measured. With u the unit of the series, ranges and paths are in u,
rates in u/s, areas in u^2. Sources: Prieto et al. 1996 (time and frequency domain), Schubert & Kirchner 2014 (the
ellipse is one of prediction, not of the mean).
"""

from dataclasses import dataclass

import numpy as np

from imutrack.errors import SignalError
from imutrack.metrics.sway.spectrum import Spectrum, sample_entropy, sway_spectrum
from imutrack.samples import Floats

__all__ = ["COP_BAND_HZ", "Ellipse", "PlanarSway", "planar_sway"]

COP_BAND_HZ = (0.15, 5.0)  # centre of pressure holds more above 3.5 Hz than the trunk
CONFIDENCE = 0.95
MIN_SAMPLES = 4  # the prediction ellipse needs n - 2 > 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Ellipse:
    """The 95 % prediction ellipse, for drawing.

    Attributes:
        centre: (ap, ml), in the unit of the series.
        half_axes: larger and smaller, in the unit of the series.
        angle_deg: of the larger one, from ap towards ml, -90 to 90.
    """

    centre: tuple[float, float]
    half_axes: tuple[float, float]
    angle_deg: float


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanarSway:
    """Sway of two horizontal series; u is their unit. None where a series has no spread to describe."""

    duration_s: float
    rms: float  # u
    rms_ap: float
    rms_ml: float
    dist: float  # u, mean distance from the centre
    range_ap: float  # u
    range_ml: float
    range_2d: float  # u, largest distance between two points
    path: float  # u
    path_ap: float
    path_ml: float
    path_rate: float  # u/s
    mfreq_hz: float | None  # turns per second of a circle with this path and mean distance
    sway_area_rate: float  # u^2/s, area swept about the centre
    area95_pred: float  # u^2, 95 % prediction ellipse
    area95_chi2: float  # u^2, its limit for many samples
    ap: Spectrum | None
    ml: Spectrum | None
    sampen_ap: float | None
    sampen_ml: float | None
    ellipse: Ellipse


def planar_sway(
    ap: Floats,
    ml: Floats,
    sampling_rate_hz: float,
    band_hz: tuple[float, float] = COP_BAND_HZ,
    segment_s: float = 10.0,
    entropy_rate_hz: float = 20.0,
) -> PlanarSway:
    """Measure two horizontal series.

    Args:
        ap, ml: (n,) forward and sideways, one unit for both (m for the centre of pressure, m/s2 for acceleration); a
            constant offset does not matter.
        sampling_rate_hz: uniform rate.
        band_hz: of the spectral metrics.
        segment_s: of the Welch spectrum.
        entropy_rate_hz: rate to which the series are thinned for sample entropy.

    Raises:
        SignalError: the series do not belong together, hold a value that is not a number, or are too short.
    """
    if ap.ndim != 1 or ap.shape != ml.shape:
        raise SignalError(f"sway needs two series of one length, got {ap.shape} and {ml.shape}")
    if len(ap) < MIN_SAMPLES:
        raise SignalError(f"{len(ap)} samples are too few for sway, need at least {MIN_SAMPLES}")
    if not (np.isfinite(ap).all() and np.isfinite(ml).all()):
        raise SignalError("sway cannot be measured: a value is not a number")
    centre = (float(np.mean(ap)), float(np.mean(ml)))
    points = np.stack([ap - centre[0], ml - centre[1]], axis=1)
    duration_s = (len(points) - 1) / sampling_rate_hz
    steps = np.diff(points, axis=0)
    rms_ap, rms_ml = np.sqrt(np.mean(points**2, axis=0)).tolist()
    dist = float(np.mean(np.hypot(*points.T)))
    path = float(np.sum(np.hypot(*steps.T)))
    path_ap, path_ml = np.sum(np.abs(steps), axis=0).tolist()
    range_ap, range_ml = np.ptp(points, axis=0).tolist()
    ellipse, area_pred, area_chi2 = _ellipse(points, centre)
    return PlanarSway(
        duration_s=duration_s,
        rms=float(np.hypot(rms_ap, rms_ml)),
        rms_ap=rms_ap,
        rms_ml=rms_ml,
        dist=dist,
        range_ap=range_ap,
        range_ml=range_ml,
        range_2d=_widest(points),
        path=path,
        path_ap=path_ap,
        path_ml=path_ml,
        path_rate=path / duration_s,
        mfreq_hz=path / (2 * np.pi * dist * duration_s) if dist > 0 else None,
        sway_area_rate=_swept(points) / duration_s,
        area95_pred=area_pred,
        area95_chi2=area_chi2,
        ap=sway_spectrum(points[:, 0], sampling_rate_hz, band_hz, segment_s),
        ml=sway_spectrum(points[:, 1], sampling_rate_hz, band_hz, segment_s),
        sampen_ap=sample_entropy(points[:, 0], sampling_rate_hz, entropy_rate_hz),
        sampen_ml=sample_entropy(points[:, 1], sampling_rate_hz, entropy_rate_hz),
        ellipse=ellipse,
    )


def _swept(points: Floats) -> float:
    """Sum of the triangles that the centre spans with each step."""
    ap, ml = points.T
    return 0.5 * float(np.sum(np.abs(ap[1:] * ml[:-1] - ap[:-1] * ml[1:])))


def _ellipse(points: Floats, centre: tuple[float, float]) -> tuple[Ellipse, float, float]:
    """Return the prediction ellipse, its area, and the area with the chi-square factor."""
    n = len(points)
    covariance = np.cov(points.T)
    variances, directions = np.linalg.eigh(covariance)
    variances = np.maximum(variances, 0.0)
    # F(0.95; 2, n - 2) and chi2(0.95; 2) have closed forms at two degrees of freedom
    f95 = (n - 2) / 2 * ((1 - CONFIDENCE) ** (-2 / (n - 2)) - 1)
    factor = 2 * (n - 1) * (n + 1) / (n * (n - 2)) * f95
    unit_area = np.pi * float(np.sqrt(variances[0] * variances[1]))
    angle_deg = float(np.degrees(np.arctan2(directions[1, 1], directions[0, 1])))
    ellipse = Ellipse(
        centre=centre,
        half_axes=(float(np.sqrt(factor * variances[1])), float(np.sqrt(factor * variances[0]))),
        angle_deg=(angle_deg + 90.0) % 180.0 - 90.0,
    )
    return ellipse, unit_area * factor, unit_area * -2 * float(np.log(1 - CONFIDENCE))


def _widest(points: Floats) -> float:
    """Largest distance between two of (n, 2) points; both lie on the convex hull."""
    from scipy.spatial import ConvexHull, QhullError

    try:
        corners = points[ConvexHull(points).vertices]
    except QhullError:  # all points on one line
        direction = np.linalg.svd(points, full_matrices=False)[2][0]
        return float(np.ptp(points @ direction))
    return max(float(np.max(np.hypot(*(corners - corner).T))) for corner in corners)
