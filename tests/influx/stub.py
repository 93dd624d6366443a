"""A strict stand-in for the API of InfluxDB 2, for what the real 1.6.7 lacks.

It knows what ``/api/v2/write``, ``delete``, ``buckets``, ``orgs``, ``authorizations`` and ``dbrps`` answer, with the
scopes of tokens, and keeps points as `influx.stored` has them. It refuses what a real server would let pass: a request
without its organisation, a unit of time that is not given, lines that are not of the protocol to the letter. It does
not answer ``/query``: look at its ``buckets`` instead, or take `influx.front`.
"""

import gzip
import secrets
import zlib

from influx.faulty import Asked, Faulty, Reply
from influx.stored import RefusalError, StoredBucket
from influx.stub_api import API

VERSION = "v2.7.12"


class Stub(Faulty):
    """The stand-in; use it in a ``with``.

    Attributes:
        org: the one organisation.
        token: may do everything.
        buckets: by name.
        scopes: token -> (action, name of a bucket), other than `token`.
        max_body: bytes of a write, unpacked; one more is answered with 413.
    """

    def __init__(self) -> None:
        super().__init__()
        self.org, self.org_id = "clinic", secrets.token_hex(8)
        self.token = secrets.token_urlsafe(32)
        self.buckets: dict[str, StoredBucket] = {}
        self.scopes: dict[str, frozenset[tuple[str, str]]] = {}
        self.max_body = 50_000_000

    def make(self, name: str, retention_s: int = 0) -> StoredBucket:
        """Make a bucket, or return the one that is there."""
        return self.buckets.setdefault(name, StoredBucket(name, retention_s))

    def drop(self, name: str) -> None:
        """Delete a bucket."""
        del self.buckets[name]

    def delete(self, bucket: StoredBucket, start: str, stop: str, predicate: str) -> None:
        """Delete points.

        Raises:
            RefusalError: a time or the predicate is not of the grammar of deletes.
        """
        bucket.delete(start, stop, predicate)

    def grant(self, *, read: tuple[str, ...] = (), write: tuple[str, ...] = ()) -> str:
        """Return a token that may read or write these buckets and nothing else."""
        token = secrets.token_urlsafe(32)
        self.scopes[token] = frozenset([("read", name) for name in read] + [("write", name) for name in write])
        return token

    def reply(self, asked: Asked) -> Reply:
        headers = {"X-Influxdb-Version": VERSION}
        try:
            body = unpacked(asked)
            with self.lock:
                return Reply(*API(self, asked, body).answer(), headers)
        except RefusalError as refusal:
            return Reply(refusal.status, {"code": refusal.code, "message": refusal.message}, headers)


def unpacked(asked: Asked) -> bytes:
    """Return the body of a request.

    Raises:
        RefusalError: it is packed in a way that is not known, or wrongly.
    """
    if asked.headers.get("Content-Encoding", "identity") == "identity":
        return asked.body
    if not asked.gzip:
        raise RefusalError(400, "invalid", "unknown content encoding")
    try:
        return gzip.decompress(asked.body)
    except (OSError, EOFError, zlib.error) as error:
        raise RefusalError(400, "invalid", "gzipped HTTP body contains an invalid header") from error
