"""A real InfluxDB for the tests: Debian's 1.6.7 behind nginx, which gives it the write API of InfluxDB 2.

``running()`` starts both in a folder of their own and ends them. They end as well when the process that started them is
killed: the kernel tells them so (``setpriv --pdeathsig``). No port is guessed: influxd listens on a socket in the
folder, and nginx shares a port that is kept for it.

A token here is ``user:password`` in base64, which nginx passes on as Basic credentials; so any user is a token, new
ones need no new configuration, and what InfluxDB grants the user is the scope of the token.
"""

import contextlib
import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import urllib3

from influx.instance import HttpError, Influx, basic_token

PROGRAMS = ("influxd", "nginx", "setpriv")
PACKAGES = "influxdb influxdb-client nginx-light"
ORG = "clinic"
START_S = 10.0  # it takes 0.1 s; a loaded machine more

INFLUXD = """
reporting-disabled = true
bind-address = "127.0.0.1:0"
[meta]
dir = "{folder}/meta"
[data]
dir = "{folder}/data"
wal-dir = "{folder}/wal"
index-version = "{index}"
query-log-enabled = false
max-values-per-tag = 0
max-series-per-database = 0
[http]
bind-address = "127.0.0.1:0"
unix-socket-enabled = true
bind-socket = "{folder}/influxd.sock"
auth-enabled = true
log-enabled = false
[monitor]
store-enabled = false
[continuous_queries]
enabled = false
"""

NGINX = """
daemon off;
master_process off;
pid {folder}/nginx.pid;
error_log {folder}/nginx.log;
events {{}}
http {{
    access_log off;
    client_max_body_size 100m;
    client_body_buffer_size 16m;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    keepalive_requests 1000000;
    map $http_authorization $credentials {{ default $http_authorization; "~^Token (?<basic>.+)$" "Basic $basic"; }}
    map $arg_precision $unit {{ default n; ns n; us u; ms ms; s s; }}
    map $arg_bucket $database {{ default $arg_bucket; "~*^(?<before>.+?)(/|%2F)(?<after>.+)$" $before; }}
    map $arg_bucket $policy {{ default ""; "~*^(?<before>.+?)(/|%2F)(?<after>.+)$" $after; }}
    upstream influxd {{ server unix:{folder}/influxd.sock; keepalive 16; }}
    proxy_http_version 1.1;
    proxy_set_header Connection "";
    proxy_set_header Authorization $credentials;
    server {{
        listen 127.0.0.1:{port} reuseport;
        location = /api/v2/write {{ proxy_pass http://influxd/write?db=$database&rp=$policy&precision=$unit; }}
        location = /health {{
            default_type application/json;
            return 200 '{{"name":"influxdb","message":"ready","status":"pass","checks":[],"version":"1.6.7~rc0"}}';
        }}
        location / {{ proxy_pass http://influxd; }}
    }}
}}
"""


def missing() -> str:
    """Say what is missing to run the tests with a server; nothing when all is there."""
    return "" if os.environ.get("IMUTRACK_TEST_INFLUX_URL") else missing_of_own()


def missing_of_own() -> str:
    """Say what is missing to start a server of our own; nothing when all is there."""
    wanted = [name for name in PROGRAMS if shutil.which(name, path=_path()) is None]
    if not wanted:
        return ""
    advice = f"apt-get install --no-install-recommends {PACKAGES}, or set IMUTRACK_TEST_INFLUX_URL"
    return f"no {', '.join(wanted)} here: {advice}"


@contextlib.contextmanager
def running(index: str = "tsi1") -> Iterator[Influx]:
    """Give an InfluxDB to write to: the one the environment names, or one of our own.

    Args:
        index: of our own, ``tsi1`` or ``inmem``.
    """
    given = _given()
    with contextlib.ExitStack() as stack:
        influx = given or stack.enter_context(own(index))
        stack.callback(influx.close)
        yield influx


def _given() -> Influx | None:
    """Return the InfluxDB that ``IMUTRACK_TEST_INFLUX_URL`` names; None when it names none."""
    said = {name: os.environ.get(f"IMUTRACK_TEST_INFLUX_{name}", "") for name in ("URL", "ORG", "TOKEN")}
    if not said["URL"]:
        return None
    lacking = [f"IMUTRACK_TEST_INFLUX_{name}" for name, text in said.items() if not text]
    if lacking:
        raise RuntimeError(f"IMUTRACK_TEST_INFLUX_URL is set, so set {', '.join(lacking)} as well")
    tokens = [os.environ.get(f"IMUTRACK_TEST_INFLUX_{name}_TOKEN", "") for name in ("WRITE", "READ")]
    return Influx(said["URL"].rstrip("/"), said["ORG"], said["TOKEN"], *tokens)


@contextlib.contextmanager
def own(index: str = "tsi1") -> Iterator[Influx]:
    """Give an InfluxDB of our own, whatever the environment names; see `running`."""
    with (
        tempfile.TemporaryDirectory(prefix="imutrack-influx-", ignore_cleanup_errors=True) as name,
        socket.socket() as reserved,
        contextlib.ExitStack() as stack,
    ):
        reserved.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        reserved.bind(("127.0.0.1", 0))  # never listens, so what connects to the port comes to nginx
        folder, port = Path(name), reserved.getsockname()[1]
        (folder / "influxd.conf").write_text(INFLUXD.format(folder=folder, index=index))
        (folder / "nginx.conf").write_text(NGINX.format(folder=folder, port=port))
        influxd = ["influxd", "run", "-config", str(folder / "influxd.conf")]
        nginx = ["nginx", "-p", name, "-c", str(folder / "nginx.conf"), "-e", str(folder / "nginx.log")]
        processes = tuple(stack.enter_context(_process(command, folder)) for command in (influxd, nginx))
        tokens = [basic_token(user) for user in ("admin", "writer", "reader")]
        influx = Influx(f"http://127.0.0.1:{port}", ORG, *tokens, processes=processes)
        _wait(influx, folder, processes)
        influx.query("CREATE USER writer WITH PASSWORD 'writer'; CREATE USER reader WITH PASSWORD 'reader'")
        yield influx


@contextlib.contextmanager
def _process(command: list[str], folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Run a program that ends with this thread's process, whatever ends it."""
    with (folder / f"{command[0]}.out").open("wb") as log:
        process = subprocess.Popen(
            ["setpriv", "--pdeathsig", "KILL", *command],
            env={**os.environ, "PATH": _path()},
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
        )
    try:
        yield process
    finally:
        process.kill()  # nothing of it is kept
        process.wait()


def _wait(influx: Influx, folder: Path, processes: tuple[subprocess.Popen[bytes], ...]) -> None:
    give_up = time.monotonic() + START_S
    while True:
        try:
            influx.query("CREATE USER admin WITH PASSWORD 'admin' WITH ALL PRIVILEGES", token="")
        except (HttpError, urllib3.exceptions.HTTPError) as error:
            dead = any(process.poll() is not None for process in processes)
            if dead or time.monotonic() > give_up:
                said = "".join(path.read_text() for path in folder.glob("*.out"))
                raise RuntimeError(f"InfluxDB does not start: {error}\n{said[-2000:]}") from error
            time.sleep(0.005)
        else:
            return


def _path() -> str:
    return os.environ.get("PATH", "") + ":/usr/sbin:/sbin"  # where Debian keeps nginx
