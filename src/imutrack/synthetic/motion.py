"""Smooth curves with exact first and second derivatives: the angles and displacements a model is driven by.

A curve is a sum of minimum-jerk moves (Flash & Hogan 1985) and of sinusoids. Both have closed-form derivatives, so
angular rate and acceleration follow from the model without numerical differentiation.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from imutrack.samples import Floats

__all__ = ["Motion", "Move", "moves", "sinusoid", "still", "wander"]


class Move(NamedTuple):
    """One minimum-jerk change of a value, from rest to rest."""

    start_s: float
    duration_s: float
    change: float

    @property
    def stop_s(self) -> float:
        """When it has arrived."""
        return self.start_s + self.duration_s


@dataclass(frozen=True, slots=True, eq=False)
class Motion:
    """A curve over given times with its derivatives; each (n,), in any unit, per s and per s2."""

    value: Floats
    rate: Floats
    acc: Floats

    def __add__(self, other: "Motion") -> "Motion":
        return Motion(self.value + other.value, self.rate + other.rate, self.acc + other.acc)

    def __mul__(self, other: "Motion") -> "Motion":
        return Motion(
            self.value * other.value,
            self.rate * other.value + self.value * other.rate,
            self.acc * other.value + 2.0 * self.rate * other.rate + self.value * other.acc,
        )

    def scaled(self, factor: float) -> "Motion":
        """Return the curve times a constant."""
        return Motion(self.value * factor, self.rate * factor, self.acc * factor)


def still(t_s: Floats, value: float = 0.0) -> Motion:
    """Return a curve that stays at one value."""
    return Motion(np.full(len(t_s), value), np.zeros(len(t_s)), np.zeros(len(t_s)))


def moves(t_s: Floats, plan: Iterable[Move], start: float = 0.0) -> Motion:
    """Return the sum of minimum-jerk moves on top of a start value; moves may overlap.

    Args:
        t_s: (n,) increasing times.
        plan: each move holds its change for ever after.
        start: value before the first move.
    """
    steps = np.zeros(len(t_s) + 1)
    value, rate, acc = np.zeros((3, len(t_s)))
    for move in plan:
        begin, stop = np.searchsorted(t_s, [move.start_s, move.stop_s])
        x = (t_s[begin:stop] - move.start_s) / move.duration_s
        value[begin:stop] += move.change * x**3 * (10.0 - 15.0 * x + 6.0 * x**2)
        rate[begin:stop] += move.change / move.duration_s * 30.0 * x**2 * (1.0 - x) ** 2
        acc[begin:stop] += move.change / move.duration_s**2 * 60.0 * x * (1.0 - x) * (1.0 - 2.0 * x)
        steps[stop] += move.change
    return Motion(value + start + np.cumsum(steps)[:-1], rate, acc)


def sinusoid(t_s: Floats, frequency_hz: float, amplitude: float, phase_rad: float = 0.0) -> Motion:
    """Return amplitude * sin(2 pi f t + phase)."""
    omega = 2.0 * np.pi * frequency_hz
    angle = omega * t_s + phase_rad
    sine = amplitude * np.sin(angle)
    return Motion(sine, amplitude * omega * np.cos(angle), -(omega**2) * sine)


def wander(
    t_s: Floats,
    rng: np.random.Generator,
    rms: float,
    band_hz: tuple[float, float] = (0.1, 4.0),
    slope: float = 1.0,
    tones: int = 24,
) -> Motion:
    """Return coloured noise: sinusoids of random phase over a band, amplitude falling as frequency**-slope.

    Args:
        t_s: (n,) times.
        rng: source of the phases and of where in its part of the band each tone lies.
        rms: root mean square over an endless curve; a short one differs by chance.
        band_hz: lowest and highest frequency; the tones are spread evenly over its logarithm.
        slope: of the amplitude.
        tones: how many sinusoids.
    """
    edges = np.geomspace(*band_hz, tones + 1)
    frequencies = edges[:-1] * (edges[1:] / edges[:-1]) ** rng.random(tones)
    amplitudes = frequencies**-slope
    amplitudes *= rms / np.sqrt(np.sum(amplitudes**2) / 2.0)
    phases = rng.uniform(0.0, 2.0 * np.pi, tones)
    total = still(t_s)
    for frequency, amplitude, phase in zip(frequencies, amplitudes, phases, strict=True):
        total = total + sinusoid(t_s, float(frequency), float(amplitude), float(phase))
    return total
