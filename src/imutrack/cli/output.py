"""What the commands print: a table per kind of result, then a line for everything a reader must know."""

import sys
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, tzinfo

from rich.console import Console
from rich.table import Table
from rich.text import Text

from imutrack import words
from imutrack.corrections import Corrected
from imutrack.exercises import leg_of
from imutrack.flags import FlagCode
from imutrack.report.wording import exercise_name, of_side, trial_name
from imutrack.results import ChairTest, ExerciseSet, Result, StanceTrial, UpAndGo

__all__ = ["StatusLine", "console", "one_line", "print_results", "valid_unicode", "warn"]

Rows = tuple[tuple[str, ...], list[tuple[str, ...]]]


def console() -> Console:
    """Return a console on stdout; a pipe gets enough width for every column, a terminal at least the usual one."""
    out = Console(width=None if sys.stdout.isatty() else 140, highlight=False, soft_wrap=False)
    out.width = max(out.width, 80)
    return out


def warn(message: str) -> None:
    """Print one line on stderr."""
    print(f"imutrack: {one_line(message)}", file=sys.stderr)


def one_line(text: str) -> str:
    """Return text as one line that no terminal obeys: file names may hold line breaks and control characters."""
    return "".join(
        sign if sign.isprintable() or unicodedata.category(sign) == "Zs" else sign.encode("unicode_escape").decode()
        for sign in text
    )


def valid_unicode(text: str) -> str:
    """Return text that can be encoded: a file name in another encoding than the system's cannot."""
    return text.encode("utf-8", "backslashreplace").decode()


class StatusLine:
    """One line on stderr that says how far it is; only on a terminal, and gone before anything else is printed."""

    def __init__(self) -> None:
        self._shown = 0

    def __enter__(self) -> "StatusLine":
        return self

    def __exit__(self, *_: object) -> None:
        self.clear()

    def show(self, text: str) -> None:
        """Replace the line."""
        if sys.stderr.isatty():
            self.clear()
            text = one_line(text)
            print(text, end="", file=sys.stderr, flush=True)
            self._shown = len(text)

    def clear(self) -> None:
        """Remove the line."""
        if self._shown:
            print("\r" + " " * self._shown, end="\r", file=sys.stderr, flush=True)
            self._shown = 0


def print_results(found: Sequence[Corrected], zone: tzinfo, title: str) -> None:
    """Print the results of one recording, as they count now."""
    out = console()
    results = [now.result for now in found]
    counts = {
        now.result.set_id: words.count_text(
            now.result.reps, now.result.reps_low, now.result.reps_high, now.counted, now.by
        )
        for now in found
        if isinstance(now.result, ExerciseSet)
    }
    for rows in (
        _sets([result for result in results if isinstance(result, ExerciseSet)], counts, zone),
        _stances([result for result in results if isinstance(result, StanceTrial)], zone),
        _chair_tests([result for result in results if isinstance(result, ChairTest)], zone),
        _up_and_goes([result for result in results if isinstance(result, UpAndGo)], zone),
    ):
        if rows[1]:
            out.print(_table(title, rows, out.width))
    for line in (*_lines(results), *_corrections(found)):
        out.print(line, markup=False)
    out.print()


def _table(title: str, rows: Rows, width: int) -> Table:
    headings, cells = rows
    gap = 2 if width >= _ROOMY else 1
    table = Table(
        title=Text(one_line(title), style="bold"),
        title_justify="left",
        header_style="dim",
        box=None,
        padding=(0, gap, 0, 0),
    )
    widths = _widths(list(zip(headings, *cells, strict=True)), width - gap * len(headings))
    for heading, column_width in zip(headings, widths, strict=True):
        table.add_column(
            heading,
            justify="left" if heading in _WORDS else "right",
            overflow="fold",  # a narrow terminal makes tall rows, it loses nothing
            no_wrap=heading == "set",  # it is there to be typed
            width=column_width,
        )
    for row in cells:
        table.add_row(*row)
    return table


def _widths(columns: Sequence[Sequence[str]], room: int) -> list[int] | list[None]:
    """Return the width of each column so that rows break between words; None for all where the words have no room."""
    widths = [max(map(len, column)) for column in columns]
    words_long = [max(map(len, " ".join(column).split(" "))) for column in columns]
    if sum(words_long) > room:
        return [None] * len(columns)
    while sum(widths) > room:
        spare = [width - longest for width, longest in zip(widths, words_long, strict=True)]
        widths[spare.index(max(spare))] -= 1
    return widths


_ROOMY = 100  # columns: a narrower terminal has room for one blank between two
_WORDS = {"set", "start", "exercise", "trial", "side", "quality"}
_SAID_ONCE = {FlagCode.FILE_TIME}  # of all recordings together, at the end


_LONG_REST_S = 120.0  # together: more is several sets rather than one


def _lines(results: Iterable[Result]) -> Iterable[str]:
    for result in results:
        if flags := tuple(flag for flag in result.flags if flag.code not in _SAID_ONCE):
            rest_s = max((dict(f.values)["total_s"] for f in flags if f.code is FlagCode.RESTS_INSIDE), default=0.0)
            hint = " (--split-rest 20 cuts there)" if rest_s > _LONG_REST_S else ""
            yield f"{result.set_id}: {words.flags_text(flags)}{hint}"


def _corrections(found: Iterable[Corrected]) -> Iterable[str]:
    for now in found:
        if now.text:
            yield f"{now.result.set_id}: corrected by {now.by}: {now.text}"


def _start(result: Result, zone: tzinfo) -> str:
    if result.start is None:
        return f"at {result.start_s:.0f} s"
    return datetime.fromtimestamp(result.start, zone).strftime("%Y-%m-%d %H:%M")


def _sets(results: Sequence[ExerciseSet], counts: Mapping[str, str], zone: tzinfo) -> Rows:
    headings = ("set", "start", "exercise", "side", "reps", "ROM best 3", "out/hold/back", "quality")
    return headings, [
        (
            result.set_id,
            _start(result, zone),
            _name(result),
            result.task.side or "-",
            counts[result.set_id],
            _range(result),
            "/".join(_number(value, "", 1) for value in (result.outward_s, result.hold_s, result.return_s)) + "\u00a0s"
            if result.outward_s is not None
            else "-",
            result.quality,
        )
        for result in results
    ]


def _name(result: Result) -> str:
    """Name what was done as the report does; the options take names and ids alike."""
    if isinstance(result, ExerciseSet):
        return exercise_name(result.task.name)
    return of_side(trial_name(result.task.name, result.task.kind), leg_of(result.task.name, result.task.side))


def _range(result: ExerciseSet) -> str:
    if result.rom_best3_deg is None:
        return "-"
    error = "" if result.rom_error_deg is None else f"\u00a0±\u00a0{words.error_whole(result.rom_error_deg)}"
    return f"{result.rom_best3_deg:.0f}{error}\u00a0deg"


def _stances(results: Sequence[StanceTrial], zone: tzinfo) -> Rows:
    headings = ("set", "start", "trial", "length", "sway RMS", "path rate", "area 95 %", "jerk rate", "quality")
    return headings, [
        (
            result.set_id,
            _start(result, zone),
            _name(result),
            f"{result.duration_s:.0f} s",
            *_sway(result.sway),
            result.quality,
        )
        for result in results
    ]


def _sway(sway: dict[str, float]) -> tuple[str, ...]:
    if "cop_rms_m" in sway:
        return (
            _number(1e3 * sway["cop_rms_m"], "mm", 1),
            _number(1e3 * sway["cop_path_rate_mps"], "mm/s", 1),
            _number(1e4 * sway["cop_area95_m2"], "cm2", 2),
            "-",
        )
    return (
        _number(sway.get("rms_mps2"), "m/s2", 3),
        _number(sway.get("path_rate_mps3"), "m/s3", 2),
        _number(sway.get("area95_m2ps4"), "m2/s4", 4),
        _number(sway.get("jerk_rate_m2ps6"), "m2/s6", 3),
    )


def _chair_tests(results: Sequence[ChairTest], zone: tzinfo) -> Rows:
    headings = ("set", "start", "trial", "rises", "total", "to last stand", "in 30 s", "rise", "quality")
    return headings, [
        (
            result.set_id,
            _start(result, zone),
            _name(result),
            "-" if result.rises is None else str(result.rises),
            _number(result.total_s, "s", 1),
            _number(result.total_to_stand_s, "s", 1),
            "-" if result.rises_in_30_s is None else str(result.rises_in_30_s),
            _number(result.rise_median_s, "s", 1),
            result.quality,
        )
        for result in results
    ]


def _up_and_goes(results: Sequence[UpAndGo], zone: tzinfo) -> Rows:
    headings = ("set", "start", "trial", "total", "stand up", "out", "turn 1", "back", "turn 2", "sit down", "quality")
    return headings, [
        (
            result.set_id,
            _start(result, zone),
            _name(result),
            *(
                _number(value, "s", 1)
                for value in (
                    result.total_s,
                    result.sit_to_stand_s,
                    result.walk_out_s,
                    result.turn1_s,
                    result.walk_back_s,
                    result.turn2_s,
                    result.stand_to_sit_s,
                )
            ),
            result.quality,
        )
        for result in results
    ]


def _number(value: float | None, unit: str, digits: int) -> str:
    if value is None:
        return "-"
    return f"{value:.{digits}f} {unit}".rstrip()
