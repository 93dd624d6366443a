"""Where Grafana is and how it is spoken to: the ``[grafana]`` table of ``imutrack.toml``, and the two tokens.

One token is for Grafana itself, the other is what Grafana shows InfluxDB to read with. Both come from the environment
or from a file that only its owner can read, and are held in a `Token`, which does not show itself.
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
from imutrack.influx.settings import Token

__all__ = ["READ_VARIABLE", "TOKEN_VARIABLE", "Access", "GrafanaSettings", "access_of", "grafana_of", "read_token_of"]

TOKEN_VARIABLE: Final = "IMUTRACK_GRAFANA_TOKEN"  # noqa: S105 - where it is looked for, not the token
READ_VARIABLE: Final = "IMUTRACK_INFLUX_READ_TOKEN"
_TOKEN: Final = re.compile(r"[\x21-\x7e]+")  # what a header can carry; anything else would be shown in an error
_OPEN_TO_OTHERS: Final = stat.S_IRWXG | stat.S_IRWXO


class GrafanaSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The ``[grafana]`` table.

    Attributes:
        url: of Grafana, with the path it is served under.
        org: name of the clinic's organisation; may be left out where there is only one.
        token_file: holds a service account's token, or user:password of an administrator; mode 0600, relative to the
            settings file. `TOKEN_VARIABLE` goes before it.
        read_token_file: holds the token that Grafana reads InfluxDB with; `READ_VARIABLE` goes before it.
        influx_url: of InfluxDB as Grafana reaches it, where that is another address than this machine's.
        ca_file: certificates to trust in place of those of the machine's own list, PEM; for a clinic with its own.
        timeout_s: for one request; saving a dashboard takes a busy Grafana some seconds.
        plain_http: allow http to another machine, where anybody on the way can read both tokens.
    """

    url: str = "http://localhost:3000"
    org: str = ""
    token_file: str | None = None
    read_token_file: str | None = None
    influx_url: str = ""
    ca_file: str | None = None
    timeout_s: float = 20.0
    plain_http: bool = False

    def __post_init__(self) -> None:
        """Refuse what cannot work or is not safe (a ValueError, which msgspec turns into its own)."""
        _check_url(self.url, plain_http=self.plain_http)
        if not 0 < self.timeout_s <= 600:
            raise ValueError(f"timeout_s is {self.timeout_s}: more than 0 s, at most 600 s")


@dataclass(frozen=True, slots=True)
class Access:
    """A Grafana and the token for it; ``ca_file`` is where the settings' one stands."""

    settings: GrafanaSettings
    token: Token
    ca_file: Path | None = None


def grafana_of(said: Mapping[str, Any], source: Path | None = None, url: str | None = None) -> GrafanaSettings:
    """Return what the ``[grafana]`` table says; without it, a Grafana on this machine.

    Args:
        said: the table.
        source: the settings file, to name it.
        url: of the command line, which goes before the table's.

    Raises:
        SettingsError: a setting is unknown or cannot be.
    """
    try:
        return msgspec.convert(dict(said) | ({"url": url} if url else {}), GrafanaSettings)
    except msgspec.ValidationError as error:
        known = ", ".join(GrafanaSettings.__struct_fields__)
        raise SettingsError(f"{source or 'imutrack.toml'}: [grafana]: {error}; known are {known}") from error


def access_of(settings: GrafanaSettings, environment: Mapping[str, str], source: Path | None = None) -> Access:
    """Return the Grafana with its token.

    Args:
        settings: of Grafana.
        environment: variables; `TOKEN_VARIABLE` goes before a file.
        source: the settings file, which the names of other files are relative to.

    Raises:
        SettingsError: there is no token, others can read it, or a file cannot be used.
    """
    ca_file = None if settings.ca_file is None else _beside(source, settings.ca_file)
    if ca_file is not None and not ca_file.is_file():
        raise SettingsError(f"{ca_file}: no such file: ca_file names the certificates to trust")
    token = _secret(environment, TOKEN_VARIABLE, settings.token_file, source)
    if token is None:
        raise SettingsError(
            f"no token for Grafana: make a service account with the role Admin there and set {TOKEN_VARIABLE}, or "
            "token_file in [grafana]"
        )
    return Access(settings, token, ca_file)


def read_token_of(settings: GrafanaSettings, environment: Mapping[str, str], source: Path | None = None) -> Token:
    """Return the token that Grafana reads InfluxDB with; arguments and errors as `access_of`."""
    token = _secret(environment, READ_VARIABLE, settings.read_token_file, source)
    if token is None:
        raise SettingsError(
            f"no token for Grafana to read InfluxDB with: make one that may only read the clinic's bucket and set "
            f"{READ_VARIABLE}, or read_token_file in [grafana]"
        )
    return token


def _secret(environment: Mapping[str, str], variable: str, file: str | None, source: Path | None) -> Token | None:
    where, text = variable, environment.get(variable, "").strip()
    if not text:
        if file is None:
            return None
        path = _beside(source, file)
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
        raise ValueError("url is no address: write it like https://grafana.example.org") from error
    if parts.username is not None or parts.password is not None:
        raise ValueError(f"url holds a password: take it out; user:password belongs into {TOKEN_VARIABLE}")
    if parts.scheme not in ("http", "https") or not host:
        raise ValueError(f"url is {url!r}: write it like https://grafana.example.org")
    if parts.query or parts.fragment or not url.isprintable() or " " in url:
        raise ValueError(f"url is {url!r}: leave out what follows the address")
    if parts.scheme == "http" and not (plain_http or _is_loopback(host)):
        raise ValueError(
            f"url is {url!r}: others could read the tokens on the way; use https, or set plain_http = true where the "
            "way is safe"
        )


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
