"""What Grafana puts into a query before it asks: variables, and the period."""

import re
from collections.abc import Mapping, Sequence
from typing import Final

from imutrack.errors import SettingsError

__all__ = ["VARIABLE", "expanded"]

VARIABLE: Final = re.compile(r"\$\{(\w+):(\w+)\}")
_SPECIAL: Final = re.compile(r"[\\^$*+?.()|[\]{}/-]")


def expanded(
    queries: Sequence[str],
    variables: Mapping[str, str | Sequence[str]],
    start_ms: int,
    stop_ms: int,
    least_ms: int = 1,
) -> list[str]:
    r"""Return queries as they reach InfluxDB.

    Args:
        queries: InfluxQL with ``${name:raw}``, ``${name:regex}``, ``$timeFilter`` and ``$__interval``; the names
            ``__from`` and ``__to`` are the period's own.
        variables: a text goes in as it is, as the clinic's zone or what All stands for; of a list, the texts that
            were chosen are put together by the format.
        start_ms: begin of the period, Unix epoch ms.
        stop_ms: its end.
        least_ms: the shortest that ``$__interval`` may be.

    Raises:
        SettingsError: a variable is missing, or its format is unknown.

    >>> expanded(['"side" =~ /^(${side:regex})$/ AND $timeFilter'], {"side": ["left", "a.b"]}, 5, 9)
    ['"side" =~ /^((left|a\\.b))$/ AND time >= 5ms and time <= 9ms']
    """
    known: dict[str, str | Sequence[str]] = {**variables, "__from": f"{start_ms}", "__to": f"{stop_ms}"}

    def fill(match: re.Match[str]) -> str:
        name, form = match[1], match[2]
        if name not in known:
            raise SettingsError(f"no variable {name}")
        value = known[name]
        if isinstance(value, str):
            return value
        if form == "raw":
            return ",".join(value)
        if form != "regex":
            raise SettingsError(f"variable {name} in the format {form}: use raw or regex")
        escaped = [_SPECIAL.sub(r"\\\g<0>", each) for each in value]
        return escaped[0] if len(escaped) == 1 else f"({'|'.join(escaped)})"

    period = f"time >= {start_ms}ms and time <= {stop_ms}ms"
    step = f"{max(least_ms, (stop_ms - start_ms) // 1000)}ms"  # a thousand points across a chart
    return [VARIABLE.sub(fill, query).replace("$timeFilter", period).replace("$__interval", step) for query in queries]
