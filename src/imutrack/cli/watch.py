"""``imutrack watch``: what is being done now, as it is counted; provisional until a set ends."""

import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from imutrack.cli.options import Config, DataDir
from imutrack.cli.session import ask_collector

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

    heard = ask_collector({"do": "watch"}, data_dir, config, silent_s=None)
    with suppress(KeyboardInterrupt):
        if as_json or not sys.stdout.isatty():
            _print_lines(heard, as_json=as_json)
        else:
            _show(heard)


@dataclass(slots=True)
class _Screen:
    """What is known of all that was heard."""

    straps: dict[str, str] = field(default_factory=dict)
    patients: dict[int, str] = field(default_factory=dict)
    looks: dict[int, Mapping[str, Any]] = field(default_factory=dict)
    lines: list[str] = field(default_factory=list)

    def hear(self, said: Mapping[str, Any]) -> None:
        """Take one event."""
        if "status" in said:
            self._take_status(said["status"])
        elif "look" in said:
            self.looks[int(said["session"])] = said["look"]
        elif "state" in said:
            self.straps[str(said["strap"])] = str(said["state"])
        if line := line_of(said):
            self.lines = [*self.lines, line][-_LINES:]

    def _take_status(self, status: Mapping[str, Any]) -> None:
        self.straps = {label: str(strap["state"]) for label, strap in status["straps"].items()}
        self.patients = {int(each["session"]): str(each["patient"] or "nobody") for each in status["sessions"]}


def line_of(said: Mapping[str, Any]) -> str:
    """Return an event as a line; empty where it is none for people."""
    if "said" in said:
        return str(said["said"])
    if "result" in said:
        return _result_line(said["result"], stored=bool(said["stored"]))
    if "missed" in said:
        return f"({said['missed']} events missed)"
    return ""


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

    straps = "  ".join(f"{label}: {_STATES.get(state, state)}" for label, state in sorted(screen.straps.items()))
    parts: list[RenderableType] = [Text(f"straps  {straps}", style="dim")]
    for session, look in sorted(screen.looks.items()):
        aim = (look.get("aim") or {}).get("reps")
        parts.append(
            Text(
                f"{screen.patients.get(session, '')}  {count_text(look)}" + (f" of {aim}" if aim else ""), style="bold"
            )
        )
        parts.append(
            Text("  ".join(each for each in (bar(look), tempo_text(look), str(look.get("why_not") or "")) if each))
        )
    parts += [Text(line) for line in screen.lines]
    return Group(*parts)
