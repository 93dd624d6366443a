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


def test_rules_from_a_file_are_those_of_the_api_once_grafana_has_read_them():
    def unescaped(value):
        return json.loads(json.dumps(value).replace("$$", "$"))

    (group,) = read("provisioning/alerting/rules.yaml")["groups"]
    assert unescaped(group["rules"]) == alert_group()


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


def test_the_script_that_makes_the_tokens_can_be_read_by_a_shell():
    subprocess.run(["sh", "-n", str(COMMITTED / "influxdb" / "tokens.sh")], check=True)
