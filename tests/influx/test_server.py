"""The servers of the tests: quick to start, gone with whoever started them, refusing what a real one refuses."""

import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest
import urllib3

from influx.instance import Bucket, HttpError
from influx.server import missing, running

TESTS = Path(__file__).parents[1]
STARTED = """
import sys, time
sys.path.insert(0, sys.argv[1])
from influx.server import running
with running() as influx:
    print(*(process.pid for process in influx.processes), flush=True)
    time.sleep(600)
"""


@pytest.fixture
def ours(influx):
    if not influx.processes:
        pytest.skip("IMUTRACK_TEST_INFLUX_URL names a server that is not ours to start and stop")
    return influx


@pytest.fixture
def short_path():
    """A folder in which a socket has room: its path may have 107 letters, and pytest's own are long."""
    with tempfile.TemporaryDirectory(prefix="it-", ignore_cleanup_errors=True) as folder:
        yield folder


def alive(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2][0] not in "ZX"
    except (FileNotFoundError, ProcessLookupError):
        return False


def gone(pids, within_s=10.0):
    give_up = time.monotonic() + within_s
    while any(map(alive, pids)) and time.monotonic() < give_up:
        time.sleep(0.01)
    return not any(map(alive, pids))


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT, signal.SIGTERM])
def test_the_servers_end_with_the_process_that_started_them(ours, short_path, how):
    with subprocess.Popen(
        [sys.executable, "-c", STARTED, TESTS],
        env={**os.environ, "TMPDIR": short_path},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as started:
        assert started.stdout is not None
        pids = [int(pid) for pid in started.stdout.readline().split()]
        assert len(pids) == 2
        assert all(map(alive, pids))
        os.kill(started.pid, how)
    assert gone(pids)


def test_another_server_of_ours_leaves_nothing_behind(ours):
    with running(index="inmem") as other:
        pids = [process.pid for process in other.processes]
        assert other.url != ours.url
        with other.bucket() as made:
            made.write(b"rep x=1.5 1\n")
            assert made.points("rep") == [{"time": 1, "x": 1.5}]
    assert not any(map(alive, pids))
    with pytest.raises(urllib3.exceptions.HTTPError):
        other.query("SHOW DATABASES")


def test_buckets_with_a_policy_are_apart_and_go_together(influx):
    name = influx.spare_name()
    influx.make(name)
    influx.make(f"{name}/trace")
    writer, reader = influx.grant(write=[name, f"{name}/trace"]), influx.grant(read=[name, f"{name}/trace"])
    for bucket, value in ((name, 1.5), (f"{name}/trace", 2.5)):
        Bucket(influx, bucket, writer, reader).write(f"rep x={value} 1\n".encode())
    assert influx.points("rep", name, reader) == [{"time": 1, "x": 1.5}]
    assert influx.points("rep", f"{name}/trace", reader) == [{"time": 1, "x": 2.5}]
    influx.drop(name)
    with pytest.raises(HttpError):
        influx.query("SELECT * FROM rep", name)


def test_a_token_that_may_read_one_bucket_cannot_read_another(influx, bucket):
    bucket.write(b"rep x=1.5 1\n")
    with influx.bucket() as other, pytest.raises(HttpError) as refused:
        influx.query("SELECT * FROM rep", bucket.name, influx.grant(read=[other.name]))
    assert refused.value.status in (200, 401, 403, 404)  # 2.x finds no such database for that token


def test_a_missing_server_says_what_to_install(monkeypatch):
    monkeypatch.setattr("influx.server.PROGRAMS", ("no-such-influxd",))
    monkeypatch.delenv("IMUTRACK_TEST_INFLUX_URL", raising=False)
    assert "apt-get install" in missing()
    monkeypatch.setenv("IMUTRACK_TEST_INFLUX_URL", "http://localhost:1")
    assert not missing()


def test_a_failing_test_does_not_print_tokens(influx, bucket):
    for token in (influx.token, bucket.write_token, bucket.read_token):
        assert token not in repr(influx) + repr(bucket)
