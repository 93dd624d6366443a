"""The tables on the screen: wide or narrow, a row breaks between words and loses nothing."""

import io

import pytest
from rich.console import Console

from imutrack.cli.output import _table

HEADINGS = ("set", "start", "exercise", "side", "reps", "ROM best 3", "out/hold/back", "quality")
ROW = (
    "qcxi-f2ht",
    "2026-11-20 08:29",
    "shoulder external rotation",
    "left",
    "19 to 20, not sure",
    "131\u00a0±\u00a05\u00a0deg",
    "0.5/0.2/0.4\u00a0s",
    "withheld",
)


def shown(width):
    """Return the lines of a table on a terminal of this width."""
    out = io.StringIO()
    Console(file=out, width=width).print(_table("set.csv", (HEADINGS, [ROW]), width))
    return out.getvalue().splitlines()


@pytest.mark.parametrize("width", [80, 100, 140, 200])
def test_every_word_stands_whole(width):
    words = " ".join(shown(width)).replace("\u00a0", " ").split()
    for text in (*HEADINGS, *ROW):
        for word in text.replace("\u00a0", " ").split():
            assert word in words


@pytest.mark.parametrize("width", [20, 40, 60, 80, 140])
def test_no_line_is_wider_than_the_terminal(width):
    assert max(map(len, shown(width))) <= width


def test_a_wide_terminal_shows_a_result_in_one_line():
    assert len(shown(140)) == 3  # file, headings, result
