"""Writes docs/settings.md: every key of imutrack.toml with its default, from where the code describes it.

Run ``python tools/settings_page.py docs/settings.md``.
"""

import inspect
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import msgspec

from imutrack.clinic.days.params import DayParams
from imutrack.clinic.pain_rules import PainParams
from imutrack.collector.settings import CollectorSettings, StrapSettings
from imutrack.grafana.settings import GrafanaSettings
from imutrack.influx.settings import InfluxSettings

TABLES: tuple[tuple[str, type[msgspec.Struct], str], ...] = (
    ("[pain]", PainParams, "What pain says about the next day; see `imutrack today`."),
    ("[triage]", DayParams, "What asks for a look at a patient; see `imutrack today`."),
    ("[influx]", InfluxSettings, "A server for the results; see [influxdb.md](influxdb.md)."),
    ("[grafana]", GrafanaSettings, "Where the dashboards go; see [dashboards](../dashboards/README.md)."),
    ("[collector]", CollectorSettings, "The daemon that records wearables; see [collector.md](collector.md)."),
    ("[[strap]]", StrapSettings, "One of these for each wearable; examples are under [collectors](../collectors)."),
)

HEAD = """# Settings

One `imutrack.toml` per clinic, read once at the start. It is looked for in this order: `--config`, `IMUTRACK_CONFIG`,
`imutrack.toml` in the current folder, the platform's configuration folder. None is needed: every key has a default. An
unknown key is an error, so that a typo is noticed. Secrets never stand in it: tokens come from the environment or from
a file of their own that only its owner can read (0600).

```toml
clinic = "north"                 # short name that goes with every result: a-z, 0-9, - and _
timezone = "Europe/Berlin"       # days begin at its midnight; the machine's own where nothing is said
data_dir = "/var/lib/imutrack"   # the local store; else IMUTRACK_DATA_DIR, then the platform's folder
trace_days = 90                  # how long the curves of single sets are kept

[influx]
url = "https://influx.example.org:8086"
org = "north"

[grafana]
url = "https://grafana.example.org"
org = "Clinic North"
```

| variable | holds |
|---|---|
| `IMUTRACK_CONFIG` | path of the settings file |
| `IMUTRACK_DATA_DIR` | folder of the local store |
| `IMUTRACK_INFLUX_TOKEN` | token that imutrack writes to InfluxDB with |
| `IMUTRACK_GRAFANA_TOKEN` | token of a service account of Grafana, for `imutrack dashboards deploy` |
| `IMUTRACK_INFLUX_READ_TOKEN` | token that Grafana reads InfluxDB with, for the same command |

This page is made from the code by `python tools/settings_page.py docs/settings.md`.
"""


def page() -> str:
    """Return the page."""
    return "\n".join([HEAD, *(_section(*table) for table in TABLES)])


def _section(name: str, kind: type[msgspec.Struct], text: str) -> str:
    rows = [f"| `{key}` | {default} | {said} |" for key, default, said in _keys(kind)]
    return "\n".join([f"## `{name}`", "", text, "", "| key | default | what it is |", "|---|---|---|", *rows, ""])


def _keys(kind: type[msgspec.Struct]) -> Iterator[tuple[str, str, str]]:
    texts = _texts(kind)
    for field in msgspec.structs.fields(kind):
        yield field.encode_name, _default(field), texts[field.name]


def _default(field: msgspec.structs.FieldInfo) -> str:
    value = field.default if field.default_factory is msgspec.NODEFAULT else field.default_factory()
    if value is msgspec.NODEFAULT:
        return "needed"
    if value in (None, "", {}, ()):
        return ""
    if isinstance(value, tuple):
        return "`[" + ", ".join(f'"{each}"' for each in value) + "]`"
    if isinstance(value, bool):
        return "`true`" if value else "`false`"
    return f"`{value!r}`".replace("'", '"')


def _texts(kind: type[msgspec.Struct]) -> dict[str, str]:
    """Return what the docstring says of each attribute; attributes that share a line share their text."""
    listed = (inspect.getdoc(kind) or "").partition("Attributes:\n")[2]
    found: dict[str, str] = {}
    for entry in re.split(r"\n(?=    \S)", f"\n{listed}"):
        names, colon, text = entry.strip().partition(": ")
        if colon:
            said = re.sub(r"\s+", " ", text).replace("``", "`").replace("|", "/")
            found |= dict.fromkeys(names.split(", "), said[:1].upper() + said[1:])
    return found


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(page(), encoding="utf-8")
