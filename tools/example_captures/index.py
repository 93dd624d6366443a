"""The table of all wearables in ``collectors/README.md``, from what the code knows of them."""

from typing import Any, Final, Literal, get_args, get_origin, get_type_hints

from imutrack.samples import Quantity
from imutrack.wearables import NO_FACTS, WEARABLES, Stream, Wearable

__all__ = ["with_table"]

BEGIN: Final = "<!-- wearables: written by tools/example_captures -->"
END: Final = "<!-- end of wearables -->"
WORDS: Final[dict[Quantity, str]] = {
    Quantity.ACC: "acceleration",
    Quantity.GYR: "turning",
    Quantity.MAG: "magnetic field",
    Quantity.MAG_AU: "magnetic field (relative)",
    Quantity.QUAT: "orientation",
    Quantity.FREE_ACC: "acceleration without gravity",
}


def with_table(page: str) -> str:
    """Return a page with the table of this version between its two marks.

    Raises:
        ValueError: the page lacks the marks.
    """
    before, begin, rest = page.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"the page lacks {BEGIN} or {END}")
    rows = [_row(wearable) for wearable in WEARABLES.values()]
    head = [
        "| id | device | sends, as set by default | readings per second | its own clock |",
        "|---|---|---|---|---|",
    ]
    return "\n".join([before + BEGIN, *head, *rows, END]) + after


def _row(wearable: Wearable[Any]) -> str:
    settings = wearable.set_up({})
    streams = wearable.profile(settings, NO_FACTS).streams
    cells = (
        f"[`{wearable.id}`]({wearable.id}/README.md)",
        wearable.title,
        _sends(streams),
        _rates(wearable, streams),
        _clock(streams),
    )
    return f"| {' | '.join(cells)} |"


def _sends(streams: tuple[Stream, ...]) -> str:
    held = [WORDS[quantity] for stream in streams for quantity in stream.quantities]
    told = [stream.name.replace("_", " ") for stream in streams if not stream.quantities]
    return ", ".join(dict.fromkeys(held + told))


def _rates(wearable: Wearable[Any], streams: tuple[Stream, ...]) -> str:
    """Return the choices with the default in bold; the default alone where any number may be set, or nothing."""
    chosen = get_type_hints(wearable.settings).get("rate_hz")
    default = max(stream.rate_hz for stream in streams)
    if get_origin(chosen) is Literal:
        return ", ".join(f"**{rate}**" if rate == default else str(rate) for rate in get_args(chosen))
    return f"**{default:g}**"


def _clock(streams: tuple[Stream, ...]) -> str:
    moving = [stream for stream in streams if stream.quantities]
    if moving and all(stream.clock for stream in moving):
        return "yes: loss is counted"
    return "none: loss is unknown"
