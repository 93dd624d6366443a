"""What tests of sending share: settings for a server, an outbox with given lines, a clock that nobody waits for."""

import zlib
from pathlib import Path

from imutrack.influx import Access, Client, InfluxSettings, Sender, Token


def access(server, bucket="imutrack", token=None, **settings):
    """Return the way into a server of the rig, or a bucket's."""
    said = {"url": server.url, "org": server.org, "bucket": bucket, "trace_bucket": f"{bucket}/trace", "timeout_s": 2.0}
    return Access(InfluxSettings(**said | settings), Token(token or server.token))


def client(server, bucket="imutrack", token=None, **settings):
    return Client(access(server, bucket, token, **settings))


def put(store, lines, *, trace=False, patient=None, count=None):
    """Let lines wait as one batch."""
    with store.database.transaction() as connection:
        connection.execute(
            "INSERT INTO outbox (trace, patient, points, lines) VALUES (?, ?, ?, ?)",
            (trace, patient, lines.count(b"\n") if count is None else count, zlib.compress(lines)),
        )


def refused(store):
    """Return what was set aside: (why, lines)."""
    with store.database.reading() as connection:
        found = connection.execute(
            "SELECT why, points, lines FROM outbox WHERE why IS NOT NULL ORDER BY seq"
        ).fetchall()
    for _, points, lines in found:
        assert zlib.decompress(lines).count(b"\n") == points
    return [(why, zlib.decompress(lines)) for why, _, lines in found]


class Clock:
    """A clock that only sleeping moves; `slept` is how long each time, `then` what happens in the first ones."""

    def __init__(self, *then):
        self.at, self.slept, self.then = 0.0, [], list(then)

    def now(self):
        return self.at

    def sleep(self, seconds):
        self.slept.append(seconds)
        self.at += seconds
        if self.then:
            self.then.pop(0)()


def sender(store, to, clock=None, chance=1.0, **said):
    clock = clock or Clock()
    return Sender(store, to, clock.now, clock.sleep, chance=lambda: chance, **said)


def settings_file(folder: Path, text: str) -> Path:
    path = folder / "imutrack.toml"
    path.write_text(text)
    return path
