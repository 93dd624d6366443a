"""What Grafana reads when it starts, and the compose file: well formed, without secrets, and all in their place."""

import json
import re
import subprocess
from pathlib import Path

import pytest

from imutrack.grafana.alerts import RULES
from imutrack.grafana.boards import BOARDS
from imutrack.grafana.files import contents
from imutrack.grafana.provisioning import alert_group, provisioning
from imutrack.grafana.rendering import CURVES_UID, DATA_UID

COMMITTED = Path(__file__).parents[2] / "dashboards"
yaml = pytest.importorskip("yaml", reason="no PyYAML here to read YAML with")


def read(name):
    return yaml.safe_load((COMMITTED / name).read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", provisioning())
def test_the_yaml_says_what_was_meant(name):
    assert yaml.safe_load(contents("UTC")[f"provisioning/{name}"]) == provisioning()[name][0]


def test_rules_from_a_file_are_those_of_the_api_with_every_dollar_written_once():
    (group,) = read("provisioning/alerting/rules.yaml")["groups"]
    assert group["rules"] == alert_group()  # Grafana takes what a rule asks as it is written
    assert "$$" not in json.dumps(group)
    for rule in group["rules"]:
        everything_else = {name: value for name, value in rule.items() if name != "data"}
        assert "$" not in json.dumps(everything_else)  # there it would be a name of the environment


def test_no_folder_of_dashboards_has_the_title_of_the_folder_of_rules_which_grafana_makes_first():
    (group,) = read("provisioning/alerting/rules.yaml")["groups"]
    folders = [each["folder"] for each in read("provisioning/dashboards/imutrack.yaml")["providers"]]
    assert group["folder"] not in folders


@pytest.mark.parametrize("version", ["influxdb-1", "influxdb-2", "influxdb-3", "compose"])
def test_both_datasources_of_each_version_have_their_fixed_uid_and_send_a_token(version):
    found = read(f"provisioning/datasources/{version}.yaml")["datasources"]
    assert [each["uid"] for each in found] == [DATA_UID, CURVES_UID]
    assert [each["isDefault"] for each in found] == [True, False]
    for each in found:
        assert each["jsonData"]["httpHeaderName1"] == "Authorization"
        assert each["secureJsonData"]["httpHeaderValue1"].startswith("Token $")
        assert each["jsonData"]["maxSeries"] > 10_000
        assert each["jsonData"]["httpMode"] == "POST"
        assert each["database"] == each["jsonData"]["dbName"]
    assert (found[1]["database"] != found[0]["database"]) == (version == "influxdb-3")


def test_each_folder_of_dashboards_has_a_provider():
    providers = read("provisioning/dashboards/imutrack.yaml")["providers"]
    assert [each["folder"] for each in providers] == list(dict.fromkeys(board.folder for board in BOARDS))
    for each in providers:
        assert any((COMMITTED / Path(each["options"]["path"]).name).glob("*.json"))


def test_one_digest_a_day_except_for_red():
    (policy,) = read("provisioning/optional/policies.yaml")["policies"]
    (red,) = policy["routes"]
    assert policy["group_interval"] == policy["repeat_interval"] == "1d"
    assert red["object_matchers"] == [["severity", "=", "red"]]
    assert red["group_wait"] == "30s"
    assert all(rule["labels"]["severity"] == each.severity for rule, each in zip(alert_group(), RULES, strict=True))


def test_compose_starts_nothing_without_its_secrets():
    text = (COMMITTED / "compose.yaml").read_text(encoding="utf-8")
    for name in ("INFLUX_ADMIN_PASSWORD", "INFLUX_ADMIN_TOKEN", "GRAFANA_ADMIN_PASSWORD"):
        assert re.search(rf"\$\{{{name}:\?[^}}]+\}}", text)
        assert re.search(rf"(?m)^{name}=$", (COMMITTED / ".env.example").read_text(encoding="utf-8"))
    assert "GF_SECURITY_ADMIN_PASSWORD: ${" in text
    assert ".env" in (COMMITTED / ".gitignore").read_text(encoding="utf-8").splitlines()


def test_compose_mounts_what_is_there_and_listens_on_this_computer_only():
    services = read("compose.yaml")["services"]
    ports = [port for service in services.values() for port in service.get("ports", [])]
    assert ports
    assert all(port.startswith("127.0.0.1:") for port in ports)
    mounts = [mount.split(":")[0] for service in services.values() for mount in service["volumes"]]
    assert all((COMMITTED / mount).exists() for mount in mounts if mount.startswith("."))
    closed = services["grafana"]["environment"]
    for name in ("GF_AUTH_ANONYMOUS_ENABLED", "GF_USERS_ALLOW_SIGN_UP", "GF_PUBLIC_DASHBOARDS_ENABLED"):
        assert closed[name] == "false"


def test_every_server_of_compose_says_whether_it_is_well():
    services = read("compose.yaml")["services"]
    assert {name for name, service in services.items() if "ports" in service} == {
        name for name, service in services.items() if "healthcheck" in service
    }


def test_the_script_leaves_the_tokens_of_the_server_and_only_the_reading_one_for_others(tmp_path):
    influx = tmp_path / "influx"
    influx.write_text(
        '#!/bin/sh\ncase "$*" in\n'
        '"bucket list --name imutrack "*) printf "1a\\timutrack\\n" ;;\n'
        '"bucket list --name imutrack/trace "*) printf "2b\\timutrack/trace\\n" ;;\n'
        '*"--read-bucket 1a --read-bucket 2b") printf \'{\\n "id": "9", "token": "reading=="\\n}\\n\' ;;\n'
        '*"--write-bucket 1a --write-bucket 2b") printf \'{\\n "id": "8", "token": "writing=="\\n}\\n\' ;;\n'
        "esac\n"
    )
    influx.chmod(0o700)
    script = (COMMITTED / "influxdb" / "tokens.sh").read_text(encoding="utf-8").replace("/run/imutrack", str(tmp_path))
    environment = {"PATH": f"{tmp_path}:/usr/bin:/bin"}
    subprocess.run(["sh", "-c", script], check=True, env=environment)
    kept = {name: tmp_path / f"{name}_token" for name in ("read", "write")}
    assert {name: path.read_text() for name, path in kept.items()} == {"read": "reading==\n", "write": "writing==\n"}
    assert {name: path.stat().st_mode & 0o777 for name, path in kept.items()} == {"read": 0o644, "write": 0o600}
