"""``imutrack watch``: what is being done now, as it is counted; provisional until a set ends."""

import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from imutrack.cli.options import Config, DataDir
from imutrack.cli.session import ask_collector
from imutrack.cli.watched import line_of, look_lines, session_line, straps_line
from imutrack.errors import ImutrackError

if TYPE_CHECKING:
    from rich.console import Console, ConsoleOptions, RenderResult

__all__ = ["watch"]

_LINES: Final = 8  # of what was said last
_SETS: Final = 64  # of which is remembered how many straps saw them, until their results come


def watch(
    as_json: Annotated[bool, typer.Option("--json", help="Print each event as a JSON line.")] = False,
    data_dir: DataDir = None,
    config: Config = None,
) -> None:
    """Show straps, sessions, counts and angles while sets are being done.

    Counts are provisional; what is stored comes from the same analysis as of a recorded file. Ctrl-C ends it.
    """
    from contextlib import suppress

    heard = _to_its_end(ask_collector({"do": "watch"}, data_dir, config, silent_s=None))
    with suppress(KeyboardInterrupt):
        if as_json or not _can_draw():
            _print_lines(heard, as_json=as_json)
        else:
            _show(heard)


def _to_its_end(heard: Iterator[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Yield what is heard, and at last that the collector has ended: that is how a watch ends.

    Raises:
        ImutrackError: there was nothing to hear at all.
    """
    begun = False
    try:
        for said in heard:
            begun = True
            yield said
    except ImutrackError:
        if not begun:
            raise
    yield {"said": "the collector has ended: imutrack collect starts it again", "session": 0, "refused": False}


@dataclass(slots=True)
class _Sets:
    """Which sets were seen by several straps."""

    straps: dict[tuple[int, int], int] = field(default_factory=dict)

    def hear(self, said: Mapping[str, Any]) -> None:
        """Take one event."""
        for session in said.get("sessions") or said.get("status", {}).get("sessions", ()):
            for each in session["doing"]:
                if each["number"] is not None:
                    self.straps[int(session["session"]), int(each["number"])] = len(each["straps"])
        while len(self.straps) > _SETS:
            del self.straps[next(iter(self.straps))]

    def line_of(self, said: Mapping[str, Any]) -> str:
        """Return an event as a line."""
        key = int(said.get("session") or 0), int(said.get("number") or 0)
        return line_of(said, several=self.straps.get(key, 0) > 1)


@dataclass(slots=True)
class _Screen:
    """What is known of all that was heard."""

    straps: dict[str, str] = field(default_factory=dict)
    sessions: list[Mapping[str, Any]] = field(default_factory=list)
    looks: dict[tuple[int, int], Mapping[str, Any]] = field(default_factory=dict)
    lines: list[str] = field(default_factory=list)
    sets: _Sets = field(default_factory=_Sets)

    def hear(self, said: Mapping[str, Any]) -> None:
        """Take one event."""
        self.sets.hear(said)
        if "status" in said:
            self.straps = {label: str(strap["state"]) for label, strap in said["status"]["straps"].items()}
            self._take_sessions(said["status"]["sessions"])
            self.lines = [*said["status"]["notes"]]
        elif "sessions" in said:
            self._take_sessions(said["sessions"])
        elif "look" in said:
            self._take_look(said)
        elif "state" in said:
            self.straps[str(said["strap"])] = str(said["state"])
        elif line := self.sets.line_of(said):
            self.lines = [*self.lines, line][-_LINES:]

    def look(self, session: Mapping[str, Any], doing: Mapping[str, Any]) -> Mapping[str, Any] | None:
        """Return the last look at a set; None where it has not begun, or nobody has looked yet."""
        if doing["number"] is None:
            return None
        return self.looks.get((int(session["session"]), int(doing["number"])))

    def _take_look(self, said: Mapping[str, Any]) -> None:
        self.looks[int(said["session"]), int(said["number"])] = {**said["look"], "left_s": said["left_s"]}

    def _take_sessions(self, sessions: Sequence[Mapping[str, Any]]) -> None:
        """Take who does what; what is known of a set goes with it."""
        self.sessions = list(sessions)
        there = {(int(each["session"]), doing["number"]) for each in sessions for doing in each["doing"]}
        self.looks = {key: look for key, look in self.looks.items() if key in there}

    def __rich_console__(self, console: "Console", options: "ConsoleOptions") -> "RenderResult":
        """Yield it line by line; what is too long for one goes on below, a little further in."""
        from textwrap import wrap

        from rich.text import Text

        for line, style in self._drawn(options.max_width):
            indent = line[: len(line) - len(line.lstrip())]
            parts = wrap(
                line.lstrip(),
                options.max_width,
                initial_indent=indent,
                subsequent_indent=f"{indent}    ",
                break_on_hyphens=False,
            )
            yield from (Text(part, style=style) for part in parts)

    def _drawn(self, width: int) -> Iterator[tuple[str, str]]:
        """Yield each line and how it is shown."""
        yield straps_line(self.straps), "dim"
        for session in self.sessions:
            doing = session["doing"]
            several = len(doing) > 1
            yield session_line({**session, "doing": [] if several else doing}), "bold"
            for each in doing:
                if several:
                    yield f"  strap {', '.join(each['straps'])}: {each['what']} ({each['phase']})", ""
                look = self.look(session, each)
                left_s = each["left_s"] if look is None else look["left_s"]
                lines = [] if look is None else look_lines(look, {**each, "left_s": left_s}, width)
                yield from ((f"  {line}", "") for line in lines)
        yield from ((line, "dim") for said in self.lines for line in said.splitlines())


def _can_draw() -> bool:
    """Whether lines that were printed can be drawn again."""
    from rich.console import Console

    return sys.stdout.isatty() and not Console().is_dumb_terminal


def _print_lines(heard: Iterator[dict[str, Any]], *, as_json: bool) -> None:
    import json

    sets = _Sets()
    for said in heard:
        sets.hear(said)
        line = json.dumps(said, ensure_ascii=False) if as_json else sets.line_of(said)
        if line:
            print(line, flush=True)


def _show(heard: Iterator[dict[str, Any]]) -> None:
    from rich.live import Live

    screen = _Screen()
    with Live(auto_refresh=False, screen=False) as live:
        for said in heard:
            screen.hear(said)
            live.update(screen, refresh=True)
