"""Where InfluxDB is and how it is spoken to: the ``[influx]`` table of ``imutrack.toml``, and the token.

The token comes from ``IMUTRACK_INFLUX_TOKEN`` or from a file that only its owner can read, never from the settings
themselves. It is held in a `Token`, which does not show it: not in a log, not in an error, not where it is printed.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import msgspec

from imutrack.errors import SettingsError
from imutrack.servers import Token, certificates, check_url, token_of
from imutrack.settings_errors import converted

__all__ = ["TOKEN_VARIABLE", "Access", "InfluxSettings", "Token", "access_of", "influx_of"]

TOKEN_VARIABLE: Final = "IMUTRACK_INFLUX_TOKEN"  # noqa: S105 - where it is looked for, not the token


class InfluxSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The ``[influx]`` table.

    Attributes:
        url: such as https://influx.example.org:8086.
        org: organisation; InfluxDB 1 and 3 know none and take any.
        bucket: of results, kept; on InfluxDB 1 a database.
        trace_bucket: of curves, kept as long as ``trace_days`` says; after the slash stands the retention policy, which
            is how InfluxDB 1, 2 and 3 all understand it.
        token_file: holds the token, mode 0600; relative to the settings file. ``IMUTRACK_INFLUX_TOKEN`` goes before it.
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
        check_url(
            self.url,
            like="https://influx.example.org:8086",
            secrets=f"the token comes from {TOKEN_VARIABLE} or token_file",
            plain_http=self.plain_http,
        )
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


@dataclass(frozen=True, slots=True)
class Access:
    """A server and the token for it; ``ca_file`` is where the settings' one stands."""

    settings: InfluxSettings
    token: Token
    ca_file: Path | None = None

    def within(self, timeout_s: float) -> "Access":
        """Return the same with less time for one request, where it has more."""
        shorter = msgspec.structs.replace(self.settings, timeout_s=min(timeout_s, self.settings.timeout_s))
        return replace(self, settings=shorter)


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
    return converted(said, InfluxSettings, f"{source}: [influx]")


def access_of(settings: InfluxSettings, environment: Mapping[str, str], source: Path | None = None) -> Access:
    """Return the server with its token.

    Args:
        settings: of the server.
        environment: variables; `TOKEN_VARIABLE` goes before a file.
        source: the settings file, which the names of other files are relative to.

    Raises:
        SettingsError: there is no token, others can read it, or a file cannot be used.
    """
    token = token_of(environment, TOKEN_VARIABLE, settings.token_file, source)
    if token is None:
        raise SettingsError(f"no token for InfluxDB: set {TOKEN_VARIABLE}, or token_file in [influx]")
    return Access(settings, token, certificates(source, settings.ca_file))
