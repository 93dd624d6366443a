"""Draws which way the axes of a wearable point, as far as public documents say it in words.

A drawing shows the housing from the side that faces away from the skin. An axis that is not drawn is one that no text
that was found tells; pictures of makers are linked from the README, not copied.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from html import escape
from typing import Final

__all__ = ["DRAWINGS", "Drawing", "drawn"]

WIDTH, HEIGHT = 390, 184
CENTRE_X, CENTRE_Y = 95, 84
ARROW: Final = 60  # px, from the centre
TOWARDS: Final = {"up": (0, -1), "down": (0, 1), "left": (-1, 0), "right": (1, 0)}
STYLE: Final = (
    "text{font:13px system-ui,sans-serif;fill:#333}.l{fill:none;stroke:#555;stroke-width:2}.a{stroke:#0b62b8;"
    "stroke-width:2.5;fill:none}.t{fill:#0b62b8;font-weight:600}.d{fill:#0b62b8}"
    "@media(prefers-color-scheme:dark){text{fill:#ddd}.l{stroke:#aaa}.a{stroke:#6db3ff}.t,.d{fill:#6db3ff}}"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawing:
    """One housing.

    Attributes:
        size: width, height and corner radius, px.
        mark: what is seen at its upper end, so that up is known; empty where nothing is.
        axes: axis -> up, down, left, right, out (towards who looks at it) or in (into the skin).
        lines: beside it, a few words each.
    """

    size: tuple[int, int, int]
    mark: str = ""
    axes: Mapping[str, str] = field(default_factory=dict)
    lines: tuple[str, ...]


UNKNOWN: Final = (
    "Axes: no text was found that",
    "says which way they point.",
    "How to find out stands in",
    "collectors/README.md.",
)

DRAWINGS: Final[Mapping[str, Drawing]] = {
    "blue-st": Drawing(size=(76, 76, 8), lines=UNKNOWN),
    "capture2go": Drawing(size=(84, 60, 16), lines=UNKNOWN),
    "infini-time": Drawing(
        size=(76, 84, 18),
        mark="12 o'clock",
        axes={"z": "in"},
        lines=("z into the wrist.", "x and y in the plane of", "the face: not written", "down which way."),
    ),
    "meta-motion": Drawing(size=(60, 88, 12), lines=UNKNOWN),
    "movella-dot": Drawing(
        size=(76, 64, 22), lines=("Axes: drawn in the maker's", "user manual (Coordinate", "systems); no text says it.")
    ),
    "movesense": Drawing(size=(84, 84, 42), lines=UNKNOWN),
    "open-earable": Drawing(size=(44, 84, 20), lines=UNKNOWN),
    "polar-h10": Drawing(
        size=(120, 60, 24),
        axes={"z": "out"},
        lines=("z away from the chest.", "x and y: in the maker's", "picture, linked in the", "README."),
    ),
    "polar-verity": Drawing(
        size=(80, 80, 40),
        mark="button",
        axes={"y": "down"},
        lines=(
            "y away from the button",
            "(seen by a user).",
            "x and z: in the maker's",
            "picture, linked in the",
            "README.",
        ),
    ),
    "sensor-tag": Drawing(
        size=(60, 88, 14),
        mark="logo side",
        axes={"z": "in"},
        lines=("z out of the back (seen", "by users). x and y: not", "written down."),
    ),
    "thingy-52": Drawing(
        size=(84, 84, 14), lines=("z runs through the flat", "sides; which way, and", "x and y: not written down.")
    ),
    "witmotion": Drawing(
        size=(80, 84, 8),
        mark="forward",
        axes={"x": "up", "y": "left", "z": "out"},
        lines=("As the data sheet says:", "x forward, y left, z up.", "The arrows printed on", "the housing count."),
    ),
}
"""Wearable -> its drawing; one that measures no movement needs none."""


def drawn(title: str, drawing: Drawing) -> str:
    """Return the drawing as SVG."""
    width, height, radius = drawing.size
    left, top = CENTRE_X - width // 2, CENTRE_Y - height // 2
    parts = [f'<rect class="l" x="{left}" y="{top}" width="{width}" height="{height}" rx="{radius}"/>']
    if drawing.mark:
        y = 12 if "up" in drawing.axes.values() else top - 8
        parts.append(f'<text x="{CENTRE_X}" y="{y}" text-anchor="middle">{escape(drawing.mark)}</text>')
    parts += [_axis(name, where) for name, where in drawing.axes.items()]
    parts += [f'<text x="190" y="{42 + 19 * row}">{escape(line)}</text>' for row, line in enumerate(drawing.lines)]
    parts.append(f'<text x="{CENTRE_X}" y="{HEIGHT - 8}" text-anchor="middle">seen from outside</text>')
    body = "\n".join(parts)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{HEIGHT}" viewBox="0 0 {WIDTH} {HEIGHT}"'
        f' role="img" aria-label="{escape(title)}: its axes">\n<style>{STYLE}</style>\n{body}\n</svg>\n'
    )


def _axis(name: str, where: str) -> str:
    """Return an arrow in the plane, or the tip (out) or the feathers (in) of one through it."""
    if where in TOWARDS:
        dx, dy = TOWARDS[where]
        x, y = CENTRE_X + ARROW * dx, CENTRE_Y + ARROW * dy
        head = f"M{x - 7 * dx - 5 * dy} {y - 7 * dy - 5 * dx}L{x} {y}L{x - 7 * dx + 5 * dy} {y - 7 * dy + 5 * dx}"
        label_x, label_y = x + 10 * dx + 13 * abs(dy), y - 10 * dy + 5 * abs(dx)
        path = f'<path class="a" d="M{CENTRE_X} {CENTRE_Y}L{x} {y}{head}"/>'
    else:
        inside = f'<circle class="d" cx="{CENTRE_X}" cy="{CENTRE_Y}" r="3"/>'
        if where == "in":
            inside = f'<path class="a" d="M{CENTRE_X - 6} {CENTRE_Y - 6}l12 12m0-12l-12 12"/>'
        path = f'<circle class="a" cx="{CENTRE_X}" cy="{CENTRE_Y}" r="9"/>{inside}'
        label_x, label_y = CENTRE_X + 19, CENTRE_Y + 20
    return f'{path}<text class="t" x="{label_x}" y="{label_y}" text-anchor="middle">{name}</text>'
