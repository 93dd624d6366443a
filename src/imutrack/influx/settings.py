"""Where InfluxDB is and how it is spoken to: the ``[influx]`` table of ``imutrack.toml``, and the token.

The token comes from ``IMUTRACK_INFLUX_TOKEN`` or from a file that only its owner can read, never from the settings
themselves. It is held in a `Token`, which does not show it: not in a log, not in an error, not where it is printed.
"""

import re
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import msgspec

from imutrack.errors import SettingsError

__all__ = ["TOKEN_VARIABLE", "Access", "InfluxSettings", "Token", "access_of", "influx_of"]

TOKEN_VARIABLE: Final = "IMUTRACK_INFLUX_TOKEN"  # noqa: S105 - where it is looked for, not the token
_TOKEN: Final = re.compile(r"[\x21-\x7e]+")  # what a header can carry; anything else would be shown in an error
_OPEN_TO_OTHERS: Final = stat.S_IRWXG | stat.S_IRWXO


class InfluxSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The ``[influx]`` table.

    Attributes:
        url: such as https://influx.example.org:8086.
        org: organisation; InfluxDB 1 and 3 know none and take any.
        bucket: of results, kept; on InfluxDB 1 a database.
        trace_bucket: of curves, kept as long as ``trace_days`` says; after the slash stands the retention policy, which
            is how InfluxDB 1, 2 and 3 all understand it.
        token_file: holds the token, mode 0600; relative to the settings file. `TOKEN_VARIABLE` goes before it.
        ca_file: certificates to trust besides those of the machine's own list, PEM; for a clinic with its own.
        timeout_s: for one request; a full one takes a server 0.1 s, a loaded one some seconds.
        gzip: pack what is sent; only a slow link gains by it (packing takes longer than a local server).
        plain_http: allow http to another machine, where anybody on the way can read the token and the results.
        quota_mb: how much may wait on this machine; beyond it the oldest curves go first, results never.
    """

    url: str
    org: str = ""
    bucket: str = "imutrack"
    trace_bucket: str = "imutrack/trace"
    token_file: str | None = None
    ca_file: str | None = None
    timeout_s: float = 10.0
    gzip: bool = False
    plain_http: bool = False
    quota_mb: int = 1000

    def __post_init__(self) -> None:
        """Refuse what cannot work or is not safe (a ValueError, which msgspec turns into its own)."""
        _check_url(self.url, plain_http=self.plain_http)
        if not 0 < self.timeout_s <= 600:
            raise ValueError(f"timeout_s is {self.timeout_s}: more than 0 s, at most 600 s")
        if self.quota_mb < 1:
            raise ValueError(f"quota_mb is {self.quota_mb}: at least 1 MB")
        for name, bucket in (("bucket", self.bucket), ("trace_bucket", self.trace_bucket)):
            if not bucket or bucket.count("/") > 1 or not all(bucket.split("/")) or not bucket.isprintable():
                raise ValueError(f"{name} is {bucket!r}: write a name, or database/policy")
            if '"' in bucket or "\\" in bucket:
                raise ValueError(f"{name} is {bucket!r}: leave out quotation marks and backslashes")
        if self.bucket == self.trace_bucket:
            raise ValueError(f"bucket and trace_bucket are both {self.bucket!r}: curves are kept for a shorter time")

    @property
    def buckets(self) -> tuple[str, str]:
        """Of results, then of curves."""
        return self.bucket, self.trace_bucket

    @property
    def host(self) -> str:
        """Name or address of the machine."""
        return urlsplit(self.url).hostname or ""


class Token:
    """A secret that does not show itself."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def __repr__(self) -> str:
        return "Token(***)"

    def __reduce__(self) -> str:
        raise TypeError("a token is not written down")

    def reveal(self) -> str:
        """Return the secret, for the header of a request and nothing else."""
        return self._text

    def masked_in(self, text: str) -> str:
        """Return a text of a server without the secret, should the server have repeated it."""
        return text.replace(self._text, "***")


@dataclass(frozen=True, slots=True)
class Access:
    """A server and the token for it; ``ca_file`` is where the settings' one stands."""

    settings: InfluxSettings
    token: Token
    ca_file: Path | None = None


def influx_of(said: Mapping[str, Any], source: Path | None = None) -> InfluxSettings | None:
    """Return what the ``[influx]`` table says; None where there is none.

    Args:
        said: the table.
        source: the settings file, to name it.

    Raises:
        SettingsError: a setting is unknown or cannot be.
    """
    if not said:
        return None
    try:
        return msgspec.convert(dict(said), InfluxSettings)
    except msgspec.ValidationError as error:
        known = ", ".join(InfluxSettings.__struct_fields__)
        raise SettingsError(f"{source}: [influx]: {error}; known are {known}") from error


def access_of(settings: InfluxSettings, environment: Mapping[str, str], source: Path | None = None) -> Access:
    """Return the server with its token.

    Args:
        settings: of the server.
        environment: variables; `TOKEN_VARIABLE` goes before a file.
        source: the settings file, which the names of other files are relative to.

    Raises:
        SettingsError: there is no token, others can read it, or a file cannot be used.
    """
    ca_file = None if settings.ca_file is None else _beside(source, settings.ca_file)
    if ca_file is not None and not ca_file.is_file():
        raise SettingsError(f"{ca_file}: no such file: ca_file names the certificates to trust")
    return Access(settings, _token(settings, environment, source), ca_file)


def _token(settings: InfluxSettings, environment: Mapping[str, str], source: Path | None) -> Token:
    where, text = TOKEN_VARIABLE, environment.get(TOKEN_VARIABLE, "").strip()
    if not text and settings.token_file is None:
        raise SettingsError(f"no token for InfluxDB: set {TOKEN_VARIABLE}, or token_file in [influx]")
    if not text and settings.token_file is not None:
        path = _beside(source, settings.token_file)
        where, text = str(path), _read_private(path)
    if not _TOKEN.fullmatch(text):
        raise SettingsError(f"{where}: holds no token: put the token there, in one line without blanks")
    return Token(text)


def _read_private(path: Path) -> str:
    try:
        with path.open(encoding="ascii", errors="replace") as file:
            mode = stat.S_IMODE(path.stat().st_mode)
            if mode & _OPEN_TO_OTHERS:
                raise SettingsError(f"{path}: others can read the token (mode {mode:04o}): chmod 600 {path}")
            return file.read(10_000).strip()
    except OSError as error:
        raise SettingsError(f"{path}: the token cannot be read ({error.strerror})") from error


def _beside(source: Path | None, name: str) -> Path:
    path = Path(name).expanduser()
    return path if path.is_absolute() or source is None else source.parent / path


def _check_url(url: str, *, plain_http: bool) -> None:
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError as error:
        raise ValueError("url is no address: write it like https://influx.example.org:8086") from error
    if parts.username is not None or parts.password is not None:
        raise ValueError(f"url holds a password: take it out; the token comes from {TOKEN_VARIABLE} or token_file")
    if parts.scheme not in ("http", "https") or not host:
        raise ValueError(f"url is {url!r}: write it like https://influx.example.org:8086")
    if parts.query or parts.fragment or not url.isprintable() or " " in url:
        raise ValueError(f"url is {url!r}: leave out what follows the address")
    if parts.scheme == "http" and not plain_http and not _is_loopback(host):
        raise ValueError(
            f"url is {url!r}: others could read the token and the results on the way; use https, or set "
            "plain_http = true where the way is safe"
        )


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
