"""Every colour in which something is written stands out: in light, in dark, and on paper."""

import re
from importlib.resources import files

import pytest

CSS = (files("imutrack.report") / "templates" / "report.css").read_text(encoding="utf-8")
THEMES = [
    dict(re.findall(r"--(\w+): (#[0-9a-f]{6})", block)) for block in re.findall(r":root \{(.*?)\}", CSS, re.DOTALL)
]


def luminance(colour):
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return sum(share * part for share, part in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


@pytest.mark.parametrize("theme", THEMES, ids=["light", "dark", "print"])
@pytest.mark.parametrize("ground", ["paper", "panel", "zone"])
def test_every_colour_of_words_stands_out_from_the_ground(theme, ground):
    for ink in ("ink", "muted", "accent", "warm", "alarm"):
        light, dark = sorted((luminance(theme[ink]), luminance(theme[ground])), reverse=True)
        assert (light + 0.05) / (dark + 0.05) >= 4.5, f"{ink} on {ground}"  # WCAG 2.1, 1.4.3


def test_a_theme_leaves_no_colour_out():
    assert len(THEMES) == 3
    assert len({frozenset(theme) for theme in THEMES}) == 1
