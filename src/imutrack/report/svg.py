"""From a matplotlib figure to SVG that lives inside a page.

The page sets font and colours: text stays text, and every colour is one of the page's custom properties, so that a
figure follows light, dark and print. Figures are drawn without pyplot and without its global state.
"""

import io
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = [
    "ACCENT",
    "ALARM",
    "BAND",
    "INK",
    "LINE",
    "MUTED",
    "PAPER",
    "WARM",
    "ZONE",
    "axes_with_room",
    "canvas",
    "to_svg",
]

# Stand-ins: no two figures of a page need anything else, and none is a colour somebody would pick
INK: Final = "#010203"
MUTED: Final = "#010204"
LINE: Final = "#010205"
ACCENT: Final = "#010206"
WARM: Final = "#010207"
BAND: Final = "#010208"
PAPER: Final = "#010209"
ZONE: Final = "#01020a"
ALARM: Final = "#01020b"  # an approved limit, a stop: nothing else

_PROPERTIES: Final = {
    INK: "--ink",
    MUTED: "--muted",
    LINE: "--line",
    ACCENT: "--accent",
    WARM: "--warm",
    BAND: "--band",
    PAPER: "--paper",
    ZONE: "--zone",
    ALARM: "--alarm",
}
_FONT_PX: Final = 11.0  # drawn one to one at a phone's width, so no smaller
_POINTS_PER_INCH: Final = 72.0


@contextmanager
def canvas(width_px: float, height_px: float) -> Iterator["Figure"]:
    """Give a figure of a size in CSS pixels, styled for the page; its axes have a lower and a left line only."""
    import matplotlib as mpl
    from matplotlib.figure import Figure

    style: dict[Any, Any] = {  # some releases of matplotlib spell out every key as a type, others do not
        "axes.axisbelow": True,
        "axes.edgecolor": LINE,
        "axes.facecolor": "none",
        "axes.labelcolor": MUTED,
        "axes.labelsize": _FONT_PX,
        "axes.linewidth": 0.8,
        "axes.spines.right": False,
        "axes.spines.top": False,
        "figure.facecolor": "none",
        "font.family": "sans-serif",
        "font.size": _FONT_PX,
        "hatch.color": MUTED,
        "hatch.linewidth": 0.6,
        "path.simplify_threshold": 0.3,
        "svg.fonttype": "none",
        "svg.hashsalt": "imutrack",
        "text.color": INK,
        "xtick.color": LINE,
        "xtick.labelcolor": MUTED,
        "xtick.labelsize": _FONT_PX,
        "xtick.major.size": 3.0,
        "ytick.color": LINE,
        "ytick.labelcolor": MUTED,
        "ytick.labelsize": _FONT_PX,
        "ytick.major.size": 3.0,
    }
    with mpl.rc_context(style):
        yield Figure(figsize=(width_px / _POINTS_PER_INCH, height_px / _POINTS_PER_INCH))


def axes_with_room(
    figure: "Figure", *, left_px: float, bottom_px: float, top_px: float = 3.0, right_px: float = 3.0
) -> "Axes":
    """Add axes with fixed room for their labels: the page's font, which is not known here, must not change the plot."""
    width_px, height_px = (float(inches) * _POINTS_PER_INCH for inches in figure.get_size_inches())
    wide, high = width_px - left_px - right_px, height_px - bottom_px - top_px
    return figure.add_axes((left_px / width_px, bottom_px / height_px, wide / width_px, high / height_px))


def to_svg(figure: "Figure", name: str, title: str, description: str) -> str:
    """Return a figure as an inline SVG element.

    Args:
        figure: drawn inside `canvas`, and saved before it ends.
        name: unique on the page; every id of the figure begins with it.
        title, description: what a reader who cannot see it hears.
    """
    from html import escape

    from matplotlib.backends.backend_svg import FigureCanvasSVG

    out = io.StringIO()
    FigureCanvasSVG(figure)
    figure.savefig(out, format="svg", metadata={"Date": None, "Creator": None, "Format": None, "Type": None})
    drawn = out.getvalue()
    view_box = re.search(r'viewBox="([^"]+)"', drawn)
    body = drawn[drawn.index(">", drawn.index("<svg")) + 1 : drawn.rindex("</svg>")]
    body = re.sub(r"<metadata>.*?</metadata>", "", body, flags=re.DOTALL)
    body = re.sub(r"<!--.*?-->", "", body, flags=re.DOTALL)
    body = body.replace("xlink:href=", "href=")
    body = re.sub(r'\bid="', f'id="{name}-', body)
    body = re.sub(r'href="#', f'href="#{name}-', body)
    body = re.sub(r"url\(#", f"url(#{name}-", body)
    body = re.sub(r"\d+\.\d{3,}", lambda number: f"{float(number[0]):.2f}".rstrip("0").rstrip("."), body)
    for colour, custom_property in _PROPERTIES.items():
        body = body.replace(colour, f"var({custom_property})")
    body = re.sub(r"\s*\n\s*", "\n", body).strip()
    labels = f"{name}-title {name}-desc"
    box = view_box[1] if view_box else "0 0 1 1"
    return (
        f'<svg viewBox="{box}" role="img" aria-labelledby="{labels}">'
        f'<title id="{name}-title">{escape(title)}</title><desc id="{name}-desc">{escape(description)}</desc>'
        f"{body}</svg>"
    )
