"""Straps that move and rest, block by block."""

import numpy as np

from imutrack.collector.sessions.movement import Block, Movement

S = 1_000_000_000
RATE_HZ = 20
STEP_NS = S // 4


def blocks_of(acc, gyr, rate_hz, block_s):
    size = round(block_s * rate_hz)
    return [
        Block(
            round(at / rate_hz * S),
            round((at + size) / rate_hz * S),
            acc[at : at + size],
            None if gyr is None else gyr[at : at + size],
        )
        for at in range(0, len(acc) - size + 1, size)
    ]


def follow(acc, gyr, rate_hz, block_s):
    movement = Movement()
    return [movement.take(block) for block in blocks_of(acc, gyr, rate_hz, block_s)]


class Strap:
    """A strap whose acceleration swings while it moves, in blocks of a quarter of a second."""

    def __init__(self, at_ns=0):
        self.at_ns = at_ns
        self.movement = Movement()
        self.motion = None

    def step(self, moves, strength=1.0):
        """Return how it moves after another quarter of a second."""
        t_s = (self.at_ns + np.arange(RATE_HZ // 4) * S / RATE_HZ) / S
        swing = 3.0 * strength * np.sin(2 * np.pi * 0.5 * t_s) if moves else 0 * t_s
        acc = np.column_stack([swing, 0 * t_s, 9.81 + 0 * t_s])
        self.motion = self.movement.take(Block(self.at_ns, self.at_ns + STEP_NS, acc))
        self.at_ns += STEP_NS
        return self.motion

    def move(self, for_s, strength=1.0):
        for _ in range(round(4 * for_s)):
            self.step(moves=True, strength=strength)

    def rest(self, for_s):
        for _ in range(round(4 * for_s)):
            self.step(moves=False)
