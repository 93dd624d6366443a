"""One thing is wrong at a time: the doctor names it and its fix, and nothing else; a sound chain is all well."""

import socket
import ssl
import subprocess
from datetime import UTC, datetime, timedelta

import pytest

from imutrack.clinic.patients import Patients
from imutrack.influx import Client, examine, setup
from imutrack.influx.doctor import examine_settings
from imutrack.influx.settings import TOKEN_VARIABLE
from imutrack.stores import outbox
from imutrack.stores.erasing import erase_patient
from imutrack.stores.local import LocalStore
from influx.faulty import Answer, Faulty, Reply, Stall
from influx.front import Front
from influx.sending import access, client, put, sender
from influx.stub import Stub
from stores.store_builders import BERLIN, OTTER, exercise_set

DAY_S = 86_400


@pytest.fixture
def store(tmp_path):
    with LocalStore.open(tmp_path / "data") as opened:
        outbox.switch(opened, on=True)
        outbox.refill(opened)
        Patients(opened).add(OTTER)
        opened.replace(
            "r" * 64, [exercise_set(start=datetime.now(UTC).timestamp() - DAY_S)], clinic="north", zone=BERLIN
        )
        yield opened


@pytest.fixture
def clinic(front, store):
    """A server with all that waits on it."""
    with client(front) as to:
        assert all(finding.ok for finding in setup(to, 90))
        assert sender(store, to).drain().points == 24  # the set, 3 repetitions, 20 points of the curve
    front.asked.clear()
    return front


def look(server, store, ahead=timedelta(), **said):
    now = datetime.now(UTC) + ahead
    with Client(access(server, **said)) as to:
        found = list(examine(to, store, clinic="north", trace_days=90, now=now.timestamp()))
    assert all(finding.ok or finding.fix for finding in found)
    assert not any("\n" in finding.what + finding.fix for finding in found)
    return found


def wrong(server, store, **said):
    return [(finding.what, finding.fix) for finding in look(server, store, **said) if not finding.ok]


def one_wrong(server, store, what, fix, **said):
    ((found, advice),) = wrong(server, store, **said)
    assert what in found
    assert fix in advice


def own_token(clinic, *buckets):
    return clinic.grant(read=buckets, write=buckets)


BOTH = ("imutrack", "imutrack/trace")


def test_where_nothing_is_wrong_nothing_is_found_and_nothing_is_written(clinic, store):
    token = own_token(clinic, *BOTH)
    before = {name: dict(bucket.points) for name, bucket in clinic.buckets.items()}
    found = look(clinic, store, token=token)
    assert all(finding.ok for finding in found)
    assert "the server has what is here: 4 points" in [finding.what for finding in found]
    assert {name: bucket.points for name, bucket in clinic.buckets.items()} == before


@pytest.mark.parametrize(
    ("said", "environment", "what", "fix"),
    [
        ({}, {}, "names no InfluxDB", "[influx]"),
        ({"url": "https://x", "bukket": "y"}, {}, "bukket", "known are"),
        ({"url": "x:8086"}, {}, "url is 'x:8086'", "https://"),
        ({"url": "http://x.example.org"}, {}, "others could read the token", "https"),
        ({"url": "https://x"}, {}, "no token", TOKEN_VARIABLE),
        ({"url": "https://x", "token_file": "open"}, {}, "others can read the token", "chmod 600"),
        ({"url": "https://x", "token_file": "gone"}, {}, "gone", "cannot be read"),
        ({"url": "https://x", "ca_file": "gone.pem"}, {TOKEN_VARIABLE: "x"}, "gone.pem", "ca_file"),
    ],
)
def test_settings_that_cannot_be_used_end_the_walk(tmp_path, said, environment, what, fix):
    (tmp_path / "open").write_text("token")
    (tmp_path / "open").chmod(0o644)
    found, way_in = examine_settings(said, environment, tmp_path / "imutrack.toml")
    assert (found.ok, way_in) == (False, None)
    assert what in found.what + found.fix
    assert fix in found.what + found.fix
    assert found.fix


def test_settings_that_can_be_used_are_said(tmp_path):
    found, way_in = examine_settings({"url": "https://x"}, {TOKEN_VARIABLE: "x"}, tmp_path / "imutrack.toml")
    assert found.ok
    assert way_in is not None


def test_a_name_that_nobody_has(stub, store):
    one_wrong(stub, store, "influx.invalid is not found", "url", url="https://influx.invalid:8086")


def test_a_server_that_is_not_running(stub, store):
    with stub.away():
        one_wrong(stub, store, "refused", "start InfluxDB")


class Other(Faulty):
    """Something else that speaks HTTP; `said` is its answer to everything."""

    said = Reply(200, b"<html>It works!</html>", {"Content-Type": "text/html"})
    org, token = "clinic", "token"

    def reply(self, asked):  # noqa: ARG002 - the same to all
        return self.said


@pytest.mark.parametrize(
    ("said", "what", "fix"),
    [
        (Reply(200, b"<html>It works!</html>"), "no InfluxDB", "port"),
        (Reply(404, b"<html>not here</html>"), "404", "path of url"),
        (Reply(502, b"<html>bad gateway</html>"), "502", "proxy"),
        (Reply(302, b"", {"Location": "https://elsewhere"}), "302", "passes on to"),
        (Reply(400, b"Client sent an HTTP request to an HTTPS server.\n"), "HTTPS server", "write https"),
        (Reply(401, {"error": "authorization failed"}), "does not know the token", "make a new token"),
    ],
)
def test_something_else_than_the_server_answers(store, said, what, fix):
    with Other() as other:
        other.said = said
        ((found, advice),) = [one for one in wrong(other, store) if "to be sent" not in one[0]]
    assert what in found
    assert fix in advice


def certificate(folder, name):
    command = f"openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout {folder}/key.pem"
    command += f" -out {folder}/cert.pem -days 2 -subj /CN={name} -addext subjectAltName=DNS:{name}"
    subprocess.run(command.split(), check=True, capture_output=True)
    return folder / "cert.pem"


class Secure(Stub):
    """The stub, spoken to over TLS."""

    def __init__(self, cert):
        super().__init__()
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(cert, cert.with_name("key.pem"))
        self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
        self.url = self.url.replace("http://127.0.0.1", "https://localhost")


@pytest.mark.parametrize(
    ("name", "trusted", "what", "fix"),
    [
        ("localhost", False, "certificate verify failed", "ca_file"),
        ("other.example", True, "other.example", "name that stands on the certificate"),
        ("localhost", True, "", ""),
    ],
)
def test_a_certificate_that_is_not_known_or_of_another_name(tmp_path, store, name, trusted, what, fix):
    cert = certificate(tmp_path, name)
    with Secure(cert) as server:
        way_in = access(server)
        way_in = type(way_in)(way_in.settings, way_in.token, cert if trusted else None)
        with Client(way_in) as to:
            found = list(examine(to, store, clinic="north", trace_days=90, now=datetime.now(UTC).timestamp()))
    if not what:
        assert f"answers at {server.url}" in found[1].what
        return
    assert [finding.ok for finding in found] == [True, False]
    assert what in found[1].what or "mismatch" in found[1].what
    assert fix in found[1].fix


def test_https_where_no_tls_is_spoken(stub, store):
    one_wrong(stub, store, "SSL", "no TLS is spoken there", url=stub.url.replace("http", "https"))


def test_a_server_that_says_nothing(store):
    with socket.create_server(("127.0.0.1", 0)) as silent, Stub() as stub:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        one_wrong(stub, store, "timed out", "firewall", url=url, timeout_s=0.1)


@pytest.mark.parametrize(("hours", "words"), [(2, "behind"), (-2, "ahead of")])
def test_clocks_that_differ(clinic, store, hours, words):
    ahead = timedelta(hours=hours)
    one_wrong(clinic, store, words, "timedatectl", token=own_token(clinic, *BOTH), ahead=ahead)


def test_a_token_that_the_server_does_not_know(clinic, store):
    one_wrong(clinic, store, "does not know the token", "make a new token", token="unknown")  # noqa: S106 - it is none


def test_a_token_that_may_not_write(clinic, store):
    token = clinic.grant(read=BOTH, write=("imutrack/trace",))
    one_wrong(clinic, store, "may not write to imutrack:", "grant it write on imutrack", token=token)


def test_a_token_that_may_only_write_is_well_and_what_cannot_be_compared_is_said(clinic, store):
    found = look(clinic, store, token=clinic.grant(write=BOTH))
    assert all(finding.ok for finding in found)
    assert sum("not compared" in finding.what for finding in found) == 2


def test_on_influxdb_1_too_a_token_that_may_only_write_is_well(influx, bucket, store):
    if influx.major != 1:
        pytest.skip("InfluxDB 1 tells how long points are kept only to who may read them")
    influx.make(f"{bucket.name}/trace")
    assert wrong(influx, store, bucket=bucket.name, token=bucket.write_token) == []


def test_a_token_that_reads_another_clinic_s_bucket(clinic, store):
    clinic.make("south")
    token = clinic.grant(read=(*BOTH, "south"), write=BOTH)
    one_wrong(clinic, store, "may also read south", "this clinic's two buckets only", token=token)


def test_an_organisation_that_is_not_there(clinic, store):
    one_wrong(clinic, store, "the server has no organisation 'elsewhere'", "org in [influx]", org="elsewhere")


@pytest.mark.parametrize("missing", BOTH)
def test_a_bucket_that_is_not_there(clinic, store, missing):
    token = own_token(clinic, *BOTH)
    clinic.drop(missing)
    ((what, fix),) = wrong(clinic, store, token=token)
    assert f"the server has no bucket {missing}" in what
    assert "imutrack influx setup" in fix


@pytest.mark.parametrize(("bucket", "days"), [("imutrack", 30), ("imutrack/trace", 7), ("imutrack/trace", 0)])
def test_a_bucket_that_keeps_points_for_another_time(clinic, store, bucket, days):
    clinic.buckets[bucket].retention_s = days * DAY_S
    one_wrong(clinic, store, f"{bucket} keeps points", "influx setup", token=own_token(clinic, *BOTH))


class Unmapped(Front):
    """A server that finds no bucket by its name: `mappings` are made by hand, and none means that none is asked."""

    mappings = ()

    def reply(self, asked):
        if "dbrps" in asked.path:
            return Reply(200, {"content": list(self.mappings)})
        if asked.path == "/query" and not self.mappings:
            return Reply(404, {"code": "not found", "message": "database not found: no dbrp mapping found"})
        return super().reply(asked)


def test_influxql_does_not_find_a_bucket_or_finds_another(own_influx, store):
    with Unmapped(own_influx) as server:
        for name, days in zip(BOTH, (0, 90), strict=True):
            server.make(name, days * DAY_S)
        token = own_token(server, *BOTH)
        found = wrong(server, store, token=token)
        assert ["InfluxQL knows no imutrack/" in what for what, _ in found[:2]] == [True, True]
        assert "influx setup" in found[0][1]
        server.mappings = [
            {"id": "m", "database": "imutrack", "retention_policy": "autogen", "bucketID": "another"},
            {"database": "imutrack", "retention_policy": "trace", "bucketID": server.buckets["imutrack/trace"].id},
        ]
        with client(server) as to:
            sender(store, to).drain()
        one_wrong(server, store, "another bucket than imutrack", "dbrp delete --id m", token=token)


def test_a_field_of_another_type(clinic, store):
    with client(clinic) as to:
        assert to.write("imutrack", b'stance,patient=x duration_s="long" 5\n').status == 204
    token = own_token(clinic, *BOTH)
    one_wrong(clinic, store, "stance.duration_s is string in imutrack, and float here", "sync --all", token=token)


def test_points_that_are_missing_on_the_server(clinic, store):
    with client(clinic) as to:
        to.ask("POST", "/api/v2/delete", org="clinic", bucket="imutrack",
               body={"start": "1970-01-01T00:00:00Z", "stop": "2262-01-01T00:00:00Z",
                     "predicate": '_measurement="rep"'})  # fmt: skip
    one_wrong(clinic, store, "rep: 3 points here, 0 on the server", "sync --all", token=own_token(clinic, *BOTH))


def test_points_that_are_on_the_server_only(clinic, store):
    with client(clinic) as to:
        assert to.write("imutrack", b"plan,clinic=north,patient=x withdrawn=false 5\n").status == 204
        assert to.write("imutrack", b"plan,clinic=south,patient=x withdrawn=false 5\n").status == 204
    token = own_token(clinic, *BOTH)
    one_wrong(clinic, store, "plan: 0 points here, 1 on the server", "another folder or machine", token=token)


def test_points_that_wait_or_were_set_aside(clinic, store):
    put(store, b"rep x=1.5 1\n")
    (waits,) = [finding for finding in look(clinic, store) if "to be sent" in finding.what]
    assert (waits.ok, waits.fix) == (True, "run imutrack sync")
    (batch,) = outbox.batches(store, 100)
    outbox.set_aside(store, batch.seq, "400: because")
    what = "1 point set aside, as the server refused them: 400: because"
    one_wrong(clinic, store, what, "sync --all", token=own_token(clinic, *BOTH))


def test_a_patient_who_is_not_erased_on_the_server_yet(clinic, store):
    erase_patient(store, OTTER)
    found = wrong(clinic, store, token=own_token(clinic, *BOTH))
    assert found[0] == (
        "1 pseudonym erased or renamed here, not known to be gone from the server",
        "run imutrack sync with a token that may read and delete, as an administrator's",
    )
    assert {what.partition(":")[0] for what, _ in found[1:]} == {"exercise_set", "rep"}  # more there than here


def test_changes_that_are_not_sent_at_all(clinic, store):
    outbox.switch(store, on=False)
    one_wrong(clinic, store, "not sent to InfluxDB yet", "sync --all", token=own_token(clinic, *BOTH))


def test_what_was_here_before_and_is_not_all_sent(clinic, tmp_path):
    with LocalStore.open(tmp_path / "another") as store:
        outbox.switch(store, on=True)
        assert wrong(clinic, store)[0] == ("not all that was here before is sent to InfluxDB yet", "run imutrack sync")


def test_without_a_store_the_server_is_looked_at_all_the_same(clinic):
    assert wrong(clinic, None, token=own_token(clinic, *BOTH)) == []
    clinic.drop("imutrack")
    one_wrong(clinic, None, "no bucket imutrack:", "influx setup", token=own_token(clinic, *BOTH))


@pytest.mark.parametrize("fault", [Answer(503, "busy"), Answer(500), Stall()])
def test_a_server_that_takes_nothing(clinic, store, fault):
    clinic.then(fault)
    token = own_token(clinic, *BOTH)
    one_wrong(clinic, store, "takes nothing for imutrack:", "the server's own log", token=token, timeout_s=0.5)


def test_on_a_real_server_a_sound_chain_is_well_and_a_bucket_of_others_is_seen(influx, store):
    if influx.major == 3:
        pytest.skip("InfluxDB 3 Core knows admin tokens only")
    name, other = influx.spare_name(), influx.spare_name()
    influx.make(other)
    with client(influx, name) as to:
        assert all(finding.ok for finding in setup(to, 90))
        assert sender(store, to).drain().points == 24
    both = (name, f"{name}/trace")
    token = influx.grant(read=both, write=both)
    assert wrong(influx, store, bucket=name, token=token) == []
    token = influx.grant(read=(*both, other), write=both)
    one_wrong(influx, store, f"may also read {other}", "two buckets only", bucket=name, token=token)
    influx.drop(name)
    influx.drop(other)
