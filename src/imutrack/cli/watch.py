"""``imutrack watch``: what is being done now, as it is counted; provisional until a set ends."""

import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from imutrack.cli.options import Config, DataDir
from imutrack.cli.session import ask_collector
from imutrack.errors import ImutrackError

if TYPE_CHECKING:
    from rich.console import RenderableType

__all__ = ["watch"]

_BAR: Final = 30  # cells of the angle's bar
_LINES: Final = 8  # of what was said last
_STATES: Final = {"streaming": "sends", "degraded": "silent, being probed", "backoff": "lost, is tried again"}


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
        if as_json or not sys.stdout.isatty():
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
class _Screen:
    """What is known of all that was heard."""

    straps: dict[str, str] = field(default_factory=dict)
    sessions: list[Mapping[str, Any]] = field(default_factory=list)
    looks: dict[int, Mapping[str, Any]] = field(default_factory=dict)
    lines: list[str] = field(default_factory=list)

    def hear(self, said: Mapping[str, Any]) -> None:
        """Take one event."""
        if "status" in said:
            self.straps = {label: str(strap["state"]) for label, strap in said["status"]["straps"].items()}
            self._take_sessions(said["status"]["sessions"])
            self.lines = [*said["status"]["notes"]]
        elif "sessions" in said:
            self._take_sessions(said["sessions"])
        elif "look" in said:
            self.looks[int(said["session"])] = said["look"]
        elif "state" in said:
            self.straps[str(said["strap"])] = str(said["state"])
        elif line := line_of(said):
            self.lines = [*self.lines, line][-_LINES:]

    def _take_sessions(self, sessions: Sequence[Mapping[str, Any]]) -> None:
        self.sessions = list(sessions)
        there = {int(each["session"]) for each in sessions}
        self.looks = {session: look for session, look in self.looks.items() if session in there}


def line_of(said: Mapping[str, Any]) -> str:
    """Return an event as a line; empty where it is none for people."""
    if "said" in said:
        return str(said["said"])
    if "result" in said:
        return _result_line(said["result"], stored=bool(said["stored"]))
    if "missed" in said:
        return f"({said['missed']} events missed)"
    if "status" in said:
        status = said["status"]
        straps = {label: str(strap["state"]) for label, strap in status["straps"].items()}
        return "\n".join([_straps_line(straps), *map(_session_line, status["sessions"]), *status["notes"]])
    return ""


def _straps_line(straps: Mapping[str, str]) -> str:
    return "straps  " + "  ".join(f"{label}: {_STATES.get(state, state)}" for label, state in sorted(straps.items()))


def _session_line(session: Mapping[str, Any]) -> str:
    worn = ", ".join(f"strap {strap} {where}" for strap, where in session["worn"].items())
    doing = ", ".join(f"{each['what']} ({each['phase']})" for each in session["doing"])
    return "  ".join(each for each in (str(session["patient"] or "nobody"), doing or worn) if each)


def count_text(look: Mapping[str, Any]) -> str:
    """Return the count of a look, such as ``7`` or ``1 to 3``; a dash where nobody can tell."""
    if look.get("reps") is not None:
        return str(look["reps"])
    low, high = look.get("reps_low"), look.get("reps_high")
    return "–" if low is None or high is None else f"{low} to {high}"


def bar(look: Mapping[str, Any]) -> str:
    """Return the angle now as a bar, with the target of the plan where it has one."""
    angle, aim = look.get("angle_deg"), look.get("aim") or {}
    if angle is None:
        return ""
    target = aim.get("target_deg")
    full = max(target or 0.0, look.get("largest_deg") or 0.0, 30.0)
    cells = ["█" if index < round(_BAR * max(angle, 0.0) / full) else "·" for index in range(_BAR)]
    if target:
        cells[min(round(_BAR * target / full), _BAR) - 1] = "|"
    return f"{''.join(cells)} {angle:3.0f} deg" + (f", target {target:.0f} deg" if target else "")


def tempo_text(look: Mapping[str, Any]) -> str:
    """Return the tempo of the last repetition; empty where it is not known."""
    phases = [look.get(name) for name in ("outward_s", "hold_s", "return_s")]
    if any(phase is None for phase in phases):
        return ""
    return "out/hold/back " + "/".join(f"{phase:.1f}" for phase in phases) + " s"


def _result_line(result: Mapping[str, Any], *, stored: bool) -> str:
    from imutrack.exercises import spoken

    counted = count_text(result)
    rom = result.get("rom_best3_deg")
    parts = [
        f"{spoken(str(result['name']), result.get('side'))}: {counted} repetitions" if counted != "–" else "analysed",
        f"{rom:.0f} deg" if rom is not None else "",
        str(result.get("quality") or ""),
        str(result["set_id"]) if stored else "not stored",
    ]
    return ", ".join(part for part in parts if part)


def _print_lines(heard: Iterator[dict[str, Any]], *, as_json: bool) -> None:
    import json

    for said in heard:
        line = json.dumps(said, ensure_ascii=False) if as_json else line_of(said)
        if line:
            print(line, flush=True)


def _show(heard: Iterator[dict[str, Any]]) -> None:
    from rich.live import Live

    screen = _Screen()
    with Live(auto_refresh=False, screen=False) as live:
        for said in heard:
            screen.hear(said)
            live.update(_drawn(screen), refresh=True)


def _drawn(screen: _Screen) -> "RenderableType":
    from rich.console import Group
    from rich.text import Text

    parts: list[RenderableType] = [Text(_straps_line(screen.straps), style="dim")]
    for session in screen.sessions:
        parts.append(Text(_session_line(session), style="bold"))
        look = screen.looks.get(int(session["session"]))
        if look is not None:
            parts += [Text(line) for line in _look_lines(look) if line]
    parts += [Text(line, style="dim") for line in screen.lines]
    return Group(*parts)


def _look_lines(look: Mapping[str, Any]) -> Sequence[str]:
    aim = (look.get("aim") or {}).get("reps")
    count = f"  {count_text(look)}" + (f" of {aim}" if aim else "") + " repetitions"
    if look.get("why_not"):
        return (f"  {look['why_not']}",)
    return ("  ".join(each for each in (count, tempo_text(look)) if each), f"  {bar(look)}" if bar(look) else "")
