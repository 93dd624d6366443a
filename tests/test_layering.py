"""Imports go one way: device -> samples -> signals -> metrics -> results -> pipeline -> stores -> what people see."""

import ast
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "src" / "imutrack"

# Each layer may import itself and the layers above it in this list.
LAYERS = (
    ("errors", "settings_errors", "units", "flags", "task", "placements", "zones"),
    ("samples", "clock", "alignment"),
    ("wearables",),
    ("results",),  # plain values; the metrics and the pipeline make them
    ("signals",),
    ("metrics",),
    ("exercises",),
    ("words",),
    ("pipeline",),
    ("labels", "corrections"),
    ("capture",),
    ("marks", "recordings", "synthetic"),
    ("sources", "simulation"),
    ("config", "servers", "stores"),
    ("clinic", "replay", "influx", "grafana"),
    ("report", "collector"),
    ("demo", "validation"),
    ("cli", "__main__", "__init__"),
)
RANK = {name: rank for rank, names in enumerate(LAYERS) for name in names}

# The same within the collector; what stands beside its rooms may be used in all of them.
ROOMS_OF_THE_COLLECTOR = ("links", "captures", "sets", "control", "sessions", "health")

MODULES = sorted(PACKAGE.rglob("*.py"))


def room_of(module: str) -> str:
    parts = module.split(".")
    return parts[1] if len(parts) > 1 else "__init__"


def imports(path: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {f"{node.module}.{alias.name}" for alias in node.names} | {node.module}
    return found


def of_module(path: Path) -> str:
    parts = ["imutrack", *path.relative_to(PACKAGE).with_suffix("").parts]
    return ".".join(parts)


@pytest.mark.parametrize("path", MODULES, ids=[str(path.relative_to(PACKAGE)) for path in MODULES])
def test_a_module_imports_only_what_stands_before_it(path):
    room = room_of(of_module(path))
    assert room in RANK, f"{room} has no place in the order of imports"
    for name in imports(path):
        if name.startswith("imutrack."):
            other = room_of(name)
            if other in RANK:  # names of the top-level package are public names, not modules
                assert RANK[other] <= RANK[room], f"{path.name} imports {name}"


@pytest.mark.parametrize("room", ROOMS_OF_THE_COLLECTOR)
def test_a_room_of_the_collector_imports_only_what_stands_before_it(room):
    later = ROOMS_OF_THE_COLLECTOR[ROOMS_OF_THE_COLLECTOR.index(room) + 1 :]
    paths = list((PACKAGE / "collector" / room).glob("*.py"))
    assert paths
    for path in paths:
        for name in imports(path):
            assert name.split(".")[1:3] not in [["collector", other] for other in (*later, "daemon")], f"{path}: {name}"


@pytest.mark.parametrize("room", ["signals", "metrics", "pipeline"])
def test_the_analysis_knows_no_files_sockets_asyncio_or_logging(room):
    forbidden = {"asyncio", "io", "logging", "os", "pathlib", "socket", "sqlite3", "subprocess", "time", "urllib"}
    for path in (PACKAGE / room).rglob("*.py"):
        roots = {name.split(".")[0] for name in imports(path)}
        assert not roots & forbidden, f"{path.name} imports {roots & forbidden}"


@pytest.mark.parametrize("room", ["cli", "config", "errors", "task", "flags"])
def test_start_up_is_quick_because_heavy_libraries_are_imported_late(room):
    heavy = {"numpy", "scipy", "matplotlib", "vqf", "jinja2"}
    paths = [PACKAGE / f"{room}.py"] if (PACKAGE / f"{room}.py").exists() else (PACKAGE / room).glob("*.py")
    for path in paths:
        top_level = {
            name.split(".")[0]
            for node in ast.parse(path.read_text(encoding="utf-8")).body
            if isinstance(node, ast.Import | ast.ImportFrom)
            for name in ([node.module or ""] if isinstance(node, ast.ImportFrom) else [a.name for a in node.names])
        }
        assert not top_level & heavy, f"{path.name} imports {top_level & heavy} at the top"
