"""The dashboards against Grafana's own types, with TypeScript's compiler."""

import json
import os
import re
import shutil
import subprocess

import pytest

from imutrack.grafana.files import dashboard_files

PACKAGES = ("@grafana/schema@13.2.3", "typescript@5.9.3")
# An enum of the types is written in JSON as the text or number it stands for.
PLAIN = """
type Plain<T> = T extends string ? `${T}` : T extends number | boolean | null | undefined ? T
  : T extends (infer U)[] ? Plain<U>[] : T extends object ? { [K in keyof T]: Plain<T[K]> } : T;
"""
# an xychart is written in the form before these types
KINDS = ("bargauge", "stat", "table", "text", "timeseries", "trend")
COMPILER = ("--noEmit", "--strict", "--skipLibCheck", "--module", "nodenext", "--moduleResolution", "nodenext")


@pytest.fixture(scope="session")
def node(tmp_path_factory):
    """A folder with the types and the compiler."""
    folder, lacking = tmp_path_factory.mktemp("node"), ""
    if shutil.which("npm") is None or shutil.which("node") is None:
        lacking = "no node or npm here"
    else:
        command = ["npm", "install", "--no-audit", "--no-fund", "--ignore-scripts", "--prefix", str(folder), *PACKAGES]
        made = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=120, check=False)
        lacking = "" if made.returncode == 0 else f"npm cannot install {PACKAGES}: {made.stderr[-300:]}"
    if lacking and os.environ.get("IMUTRACK_REQUIRE_SERVERS") == "1":
        pytest.fail(lacking)
    if lacking:
        pytest.skip(lacking)
    return folder


def complaints(folder, text):
    """What the compiler says of a file."""
    (folder / "board.mts").write_text(text)
    tsc = [str(folder / "node_modules" / ".bin" / "tsc"), *COMPILER, "board.mts"]
    return subprocess.run(tsc, cwd=folder, capture_output=True, text=True, timeout=120, check=False).stdout


def typed(files):
    parts = ['import type { Dashboard } from "@grafana/schema";']
    options = "./node_modules/@grafana/schema/dist/types/raw/composable"
    parts += [f'import type * as {kind} from "{options}/{kind}/panelcfg/x/types.gen.d.ts";' for kind in KINDS]
    parts.append(PLAIN)
    for text in files.values():
        board = json.loads(text)
        for event in board["annotations"]["list"]:
            event["target"] = {"refId": event["target"]["refId"]}  # the rest is the datasource's and has no type
        whole = json.dumps(board)
        parts.append(f"export const {re.sub('[^a-z]', '_', board['uid'])}: Plain<Dashboard> = {whole};")
        for panel in board["panels"]:
            kind = panel["type"]
            if kind in KINDS:
                name = f"{re.sub('[^a-z]', '_', board['uid'])}_{panel['id']}"
                said = json.dumps(panel["options"])
                parts.append(f"export const {name}: Partial<Plain<{kind}.Options>> = {said};")
                if kind in {"table", "timeseries", "trend"}:
                    custom = json.dumps(panel["fieldConfig"]["defaults"]["custom"])
                    parts.append(f"export const {name}_custom: Partial<Plain<{kind}.FieldConfig>> = {custom};")
    return "\n".join(parts)


def test_every_dashboard_is_of_grafanas_types(node):
    assert complaints(node, typed(dashboard_files("Europe/Berlin"))) == ""


@pytest.mark.parametrize(("right", "wrong"), [
    ('"type": "stat"', '"type": 5'),
    ('"h": 4', '"h": "four"'),
    ('"colorMode": "none"', '"colorMode": "loud"'),
    ('"mode": "absolute"', '"mode": "absolutely"'),
    ('"showHeader": true', '"showHeads": true'),
])  # fmt: skip
def test_a_wrong_type_would_be_noticed(node, right, wrong):
    text = typed({"clinic": dashboard_files("UTC")["imutrack/clinic.json"]})
    assert right in text
    assert "error" in complaints(node, text.replace(right, wrong))
