"""Buckets are made where they are missing, and what the token may not do is said."""

import json

import pytest

from imutrack.influx import setup
from influx.faulty import Reply
from influx.sending import client
from influx.stub import Stub

DAY_S = 86_400


class Mapped(Stub):
    """A server that finds no bucket by its name: `mappings` are made by hand."""

    def __init__(self):
        super().__init__()
        self.mappings = []

    def reply(self, asked):
        if asked.path != "/api/v2/dbrps":
            return super().reply(asked)
        if asked.method == "POST":
            self.mappings.append(json.loads(asked.body) | {"id": "m"})
            return Reply(201, self.mappings[-1])
        return Reply(200, {"content": [one for one in self.mappings if one["database"] == asked.query["db"]]})


@pytest.fixture
def mapped():
    with Mapped() as server:
        yield server


def done(server, trace_days=90, **said):
    with client(server, **said) as to:
        found = setup(to, trace_days)
    assert all(finding.ok or finding.fix for finding in found)
    return found


def test_both_buckets_are_made_with_what_they_keep_and_again_changes_nothing(stub):
    for words in ("made", "was there"):
        assert [(finding.ok, words in finding.what) for finding in done(stub)] == [(True, True)] * 2
        assert {name: made.retention_s for name, made in stub.buckets.items()} == {
            "imutrack": 0,
            "imutrack/trace": 90 * DAY_S,
        }
    assert [asked.method for asked in stub.asked].count("POST") == 2
    assert "PATCH" not in [asked.method for asked in stub.asked]


def test_what_differs_is_mended_and_points_stay(stub):
    stub.make("imutrack", 7 * DAY_S)
    stub.make("imutrack/trace").write(b"trace x=1.5 1\n")
    assert "changed" in done(stub, 30)[0].what
    assert [made.retention_s for made in stub.buckets.values()] == [0, 30 * DAY_S]
    assert len(stub.buckets["imutrack/trace"].points) == 1


def test_a_token_of_less_rights_is_told_what_it_could_not_do(stub):
    stub.make("imutrack")
    token = stub.grant(read=("imutrack",), write=("imutrack",))
    first, second = done(stub, token=token)
    assert (first.ok, second.ok) == (True, False)
    assert "imutrack/trace cannot be made" in second.what
    assert "administrator" in second.fix


def test_an_unknown_organisation_or_token_is_said(stub):
    (org,) = done(stub, org="elsewhere")
    assert "elsewhere" in org.what
    assert not org.ok
    (token,) = done(stub, token="unknown")  # noqa: S106 - it is none
    assert "unauthorized" in token.what


def test_without_an_organisation_none_is_guessed(stub):
    (said,) = done(stub, org="")
    assert not said.ok
    assert "org is not set" in said.what
    assert stub.buckets == {}


def test_where_influxql_does_not_find_a_bucket_it_is_mapped_once(mapped):
    assert sum("mapped" in finding.what for finding in done(mapped)) == 2
    assert sum("mapped" in finding.what for finding in done(mapped)) == 0
    assert [(one["database"], one["retention_policy"], one["default"]) for one in mapped.mappings] == [
        ("imutrack", "autogen", True),
        ("imutrack", "trace", False),
    ]


def test_a_name_that_leads_to_another_bucket_is_not_taken_over(mapped):
    done(mapped)
    mapped.mappings[0]["bucketID"] = "another"
    (wrong,) = [finding for finding in done(mapped) if not finding.ok]
    assert "another bucket than imutrack" in wrong.what
    assert "dbrp delete --id m" in wrong.fix


def policies(influx, name):
    (series,) = influx.query(f'SHOW RETENTION POLICIES ON "{name}"')
    return {values[0]: (values[1], values[2], values[4]) for values in series["values"]}


def test_on_a_real_server_writing_and_asking_work_at_once(influx):
    if influx.major == 3:
        pytest.skip("InfluxDB 3 makes what is written to by itself")
    name = influx.spare_name()
    for words in ("made", "there"):
        assert all(finding.ok and words in finding.what for finding in done(influx, bucket=name))
    if influx.major == 1:
        assert policies(influx, name) == {
            "autogen": ("0s", "720h0m0s", True),
            "trace": ("2160h0m0s", "168h0m0s", False),
        }
    with client(influx, name) as to:
        assert to.write(name, b"rep,patient=otter-maple-47 x=1.5 1\n").status == 204
        assert to.write(f"{name}/trace", b"trace,patient=otter-maple-47 x=1.5 4102444800000000000\n").status == 204
    assert len(influx.points("rep", name)) == 1
    assert len(influx.points("trace", f"{name}/trace")) == 1
    influx.drop(name)


def test_on_a_real_server_a_token_that_may_only_write_is_told_so(influx, bucket):
    if influx.major == 3:
        pytest.skip("InfluxDB 3 Core knows admin tokens only")
    found = done(influx, bucket=bucket.name, token=bucket.write_token)
    assert not any(finding.ok for finding in found)
    assert all("administrator" in finding.fix or "org" in finding.fix for finding in found)
