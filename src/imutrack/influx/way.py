"""The way to a server: its name, the connection, TLS, what answers there, its clock; each failure with its fix."""

import socket
from collections.abc import Generator
from email.utils import parsedate_to_datetime
from typing import Final
from urllib.parse import urlsplit

from imutrack.influx.client import Client, RefusedError, UnreachableError
from imutrack.influx.findings import Finding

__all__ = ["UNKNOWN_FIX", "way"]

_CLOCKS_DIFFER_S: Final = 60.0  # by the clock a day ends and old points are refused; a minute harms neither

_FIXES: Final = (
    ("self-signed", "set ca_file in [influx] to the certificate (PEM) of who signs for the server"),
    ("self signed", "set ca_file in [influx] to the certificate (PEM) of who signs for the server"),
    ("local issuer", "set ca_file in [influx] to the certificate (PEM) of who signs for the server"),
    ("expired", "renew the server's certificate, and see whether this machine's clock is right"),
    ("not yet valid", "see whether this machine's clock is right"),
    ("mismatch", "write the name that stands on the certificate into url in [influx]"),
    ("doesn't match", "write the name that stands on the certificate into url in [influx]"),
    ("not valid for", "write the name that stands on the certificate into url in [influx]"),
    ("wrong_version_number", "no TLS is spoken there: see to the port in url, or set the server up for https"),
    ("wrong version number", "no TLS is spoken there: see to the port in url, or set the server up for https"),
    ("record layer", "no TLS is spoken there: see to the port in url, or set the server up for https"),
    ("refused", "start InfluxDB there, or correct the port of url in [influx]"),
    ("timed out", "see whether a firewall is on the way and the server has too much to do; or raise timeout_s"),
    ("unreachable", "see whether this machine is on the network"),
    ("closed", "see to the port in url; where https is spoken there, write https"),
    ("reset", "see to the port in url; where https is spoken there, write https"),
    ("aborted", "see to the port in url; where https is spoken there, write https"),
)
UNKNOWN_FIX: Final = (
    "make a new token on the server and put it into IMUTRACK_INFLUX_TOKEN or token_file; InfluxDB 1 wants user:password"
)
_ANY_FIX: Final = "see to url in [influx], the network and the server"


def way(client: Client, now: float) -> Generator[Finding, None, bool]:
    """Yield what is found on the way; return whether an InfluxDB answers at its end.

    Args:
        client: of the server.
        now: Unix epoch s.
    """
    host, url = client.settings.host, client.settings.url
    try:
        socket.getaddrinfo(host, urlsplit(url).port or 0)
    except (OSError, UnicodeError) as error:
        said = getattr(error, "strerror", None) or error
        yield Finding(False, f"the name {host} is not found ({said})", "correct url in [influx], or see to the network")
        return False
    try:
        version = client.version
    except UnreachableError as error:
        yield Finding(False, f"{url} does not answer: {error}", _fix(str(error)))
        return False
    except RefusedError as error:
        if error.status in (401, 403):  # some ask for a token even here
            yield Finding(False, f"the server does not know the token: {error.words}", UNKNOWN_FIX)
        else:
            yield Finding(False, f"{url} answers {error.status}: {error.words}", _refusal_fix(error))
        return False
    if not version:
        what = f"something answers at {url}, but it is no InfluxDB"
        yield Finding(False, what, "correct the port and the path of url in [influx]")
        return False
    yield Finding(True, f"InfluxDB {version} answers at {url}")
    yield from _clock(client, now)
    return True


def _clock(client: Client, now: float) -> Generator[Finding]:
    try:
        there = parsedate_to_datetime(client.greeting.headers.get("date", "")).timestamp()
    except (ValueError, TypeError):
        return  # it does not say
    ahead_s = there - now
    if abs(ahead_s) <= _CLOCKS_DIFFER_S:
        yield Finding(True, "the clocks of server and this machine agree")
        return
    way_off = "ahead of" if ahead_s > 0 else "behind"
    what = f"the server's clock is {abs(ahead_s):.0f} s {way_off} this machine's"
    yield Finding(False, what, "set both by the network: timedatectl set-ntp true")


def _fix(words: str) -> str:
    known = (fix for sign, fix in _FIXES if sign in words.lower())
    return next(known, _ANY_FIX)


def _refusal_fix(error: RefusedError) -> str:
    if "HTTP request to an HTTPS server" in error.words or "plain HTTP request was sent to HTTPS" in error.words:
        return "write https in url in [influx]"
    if error.status in (502, 503, 504):
        return "something in front of InfluxDB answers that it is away: start InfluxDB, or look at that proxy"
    if 300 <= error.status < 400:
        return "write the address that the server passes on to into url in [influx]; the token is sent nowhere else"
    return "correct the port and the path of url in [influx]; a proxy on the way must let /ping through"
