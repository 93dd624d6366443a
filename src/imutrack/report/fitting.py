"""Which layout fits on one printed A4 page: the roomiest whose height, estimated from its words, is small enough.

Heights are those of the style sheet's print rules in a wide font (DejaVu Sans); with a narrower one more room is left
for the comment. The estimate needs no browser; the tests print the fullest pages in one.
"""

from collections.abc import Callable, Iterable
from math import ceil
from typing import Final, NamedTuple

from imutrack.report.sheet import Layout, Sheet

__all__ = ["LAYOUTS", "PAGE_MM", "Pictures", "fitting", "height_mm"]

PAGE_MM: Final = 279.0  # of the sheet, between the margins

LAYOUTS: Final = (
    Layout(),
    Layout(dense=True),
    Layout(dense=True, sway=False),
    Layout(dense=True, sway=False, curve=False),
    Layout(dense=True, sway=False, curve=False, treatments=2, effects=1, said=2),
    Layout(dense=True, sway=False, curve=False, how=False, treatments=2, effects=1, said=2),
    Layout(
        dense=True,
        sway=False,
        curve=False,
        how=False,
        reasons=2,
        milestones=1,
        treatments=1,
        effects=1,
        said=1,
        notes=2,
    ),
)
"""From the roomiest on; what comes first is what a reader misses last."""

_ROOMY: Final = 1.04  # of the larger print, in which lines hold fewer letters
_DENSE: Final = 0.92
_ALWAYS_MM: Final = 32.0  # head, foot, and two lines for a comment
_HALF: Final = 56  # letters of a line in small print in half the width
_WHOLE: Final = 118  # the same in the whole width
_SMALL_MM: Final = 3.4  # a line of small print
_LINE_MM: Final = 3.9
_ROW_MM: Final = 5.4
_HEADING_MM: Final = 6.4
_NAME: Final = 29  # letters of an exercise in its column, and of a verdict
_VERDICT: Final = 17


class Pictures(NamedTuple):
    """Which figures there are to be shown."""

    synthetic: bool
    trends: bool
    pain: bool
    curve: bool
    sway: bool


def fitting(sheet_of: Callable[[Layout], Sheet], pictures: Pictures) -> tuple[Layout, Sheet]:
    """Return the roomiest layout that fits, with its words; the last one where none does."""
    for layout in LAYOUTS[:-1]:
        found = sheet_of(layout)
        if height_mm(found, layout, pictures) <= PAGE_MM:
            return layout, found
    return LAYOUTS[-1], sheet_of(LAYOUTS[-1])


def height_mm(sheet: Sheet, layout: Layout, pictures: Pictures) -> float:
    """Return about how high a page gets, the smallest room for a comment included."""
    text = (
        _ALWAYS_MM
        + 9.0 * pictures.synthetic
        + _LINE_MM * ceil(sum(len(fact.name) + len(fact.text) + 6 for fact in sheet.facts) / _WHOLE)
        + _lines([sheet.precautions], _WHOLE) * _SMALL_MM
        + _standing_mm(sheet)
        + _lines([*sheet.sentences, "; ".join((*sheet.milestones, sheet.milestones_more))], _WHOLE) * _LINE_MM
        + _table_mm(sheet)
        + _lines([" ".join(sheet.how)], _WHOLE + 12) * _SMALL_MM
        + (_HEADING_MM if sheet.how else 0.0)
    )
    figures = _week_mm(sheet, pictures) + 45.0 * pictures.trends + (37.0 if pictures.curve and layout.curve else 0.0)
    lower = _lower_mm(sheet, sway=pictures.sway and layout.sway)
    waiting = _SMALL_MM * (not (layout.curve and layout.sway and layout.how))
    return (text + lower + waiting) * (_DENSE if layout.dense else _ROOMY) + figures


def _standing_mm(sheet: Sheet) -> float:
    if sheet.standing is None:
        return 0.0
    return 9.0 + _lines([*sheet.standing.reasons, sheet.standing_more], _WHOLE) * _LINE_MM


def _week_mm(sheet: Sheet, pictures: Pictures) -> float:
    """The figures of the week with the words on pain, beside the pain of four weeks."""
    said = _lines([sheet.stop_line, f"{sheet.pain_line} {sheet.effort_line}".strip()], _HALF) * _SMALL_MM
    left = (21.0 if sheet.figures else 0.0) + (said + _HEADING_MM if sheet.pain_line else 0.0)
    return max(left, 36.0 if pictures.pain else 0.0) + 2.0 * bool(left)


def _table_mm(sheet: Sheet) -> float:
    if not sheet.exercises:
        return 0.0
    rows = (max(_lines([row.name], _NAME), _lines([row.change], _VERDICT), 1) for row in sheet.exercises)
    return 2 * _HEADING_MM + sum(_ROW_MM + _SMALL_MM * (lines - 1) for lines in rows) + 4.0 * bool(sheet.exercises_more)


def _lower_mm(sheet: Sheet, *, sway: bool) -> float:
    """The two columns at the bottom: half of all, but no less than the highest block, and some of it is lost."""
    rows = (max(_lines([row.name], 22), _lines([row.change], 20), 1) for row in sheet.trials)
    table = sum(_ROW_MM + _LINE_MM * (lines - 1) for lines in rows) + 2 * _HEADING_MM if sheet.trials else 0.0
    blocks = [
        table,
        _list_mm(
            [f"{line.about}: {line.text}" for line in sheet.treatments], sheet.treatments_more, sheet.other_treatments
        ),
        _list_mm([f"{note.about}: {note.text}" for note in sheet.said], sheet.said_more),
        _list_mm([f"{note.about}: {note.text}" for note in sheet.notes] or ["-"], sheet.notes_more),
        56.0 if sway else 0.0,
    ]
    return max(max(blocks), sum(blocks) / 2 + min(8.0, max(blocks) / 4))


def _list_mm(lines: list[str], *more: str) -> float:
    filled = [line for line in (*lines, *more) if line]
    return _HEADING_MM + 2.0 + _lines(filled, _HALF) * _SMALL_MM if filled else 0.0


def _lines(texts: Iterable[str], letters: int) -> int:
    return sum(ceil(len(text) / letters) for text in texts)
