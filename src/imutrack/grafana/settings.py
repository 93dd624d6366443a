"""Where Grafana is and how it is spoken to: the ``[grafana]`` table of ``imutrack.toml``, and the two tokens.

One token is for Grafana itself, the other is what Grafana shows InfluxDB to read with. Both come from the environment
or from a file that only its owner can read, and are held in a `Token`, which does not show itself.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import msgspec

from imutrack.errors import SettingsError
from imutrack.servers import Token, certificates, check_url, token_of
from imutrack.settings_errors import converted

__all__ = ["READ_VARIABLE", "TOKEN_VARIABLE", "Access", "GrafanaSettings", "access_of", "grafana_of", "read_token_of"]

TOKEN_VARIABLE: Final = "IMUTRACK_GRAFANA_TOKEN"  # noqa: S105 - where it is looked for, not the token
READ_VARIABLE: Final = "IMUTRACK_INFLUX_READ_TOKEN"


class GrafanaSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The ``[grafana]`` table.

    Attributes:
        url: of Grafana, with the path it is served under.
        org: name of the clinic's organisation; may be left out where there is only one.
        token_file: holds a service account's token, or user:password of an administrator; mode 0600, relative to the
            settings file. ``IMUTRACK_GRAFANA_TOKEN`` goes before it.
        read_token_file: holds the token that Grafana reads InfluxDB with;
            ``IMUTRACK_INFLUX_READ_TOKEN`` goes before it.
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
        check_url(
            self.url,
            like="https://grafana.example.org",
            secrets=f"user:password belongs into {TOKEN_VARIABLE}",
            plain_http=self.plain_http,
        )
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
    where = f"{source or 'imutrack.toml'}: [grafana]"
    return converted(dict(said) | ({"url": url} if url else {}), GrafanaSettings, where)


def access_of(settings: GrafanaSettings, environment: Mapping[str, str], source: Path | None = None) -> Access:
    """Return the Grafana with its token.

    Args:
        settings: of Grafana.
        environment: variables; `TOKEN_VARIABLE` goes before a file.
        source: the settings file, which the names of other files are relative to.

    Raises:
        SettingsError: there is no token, others can read it, or a file cannot be used.
    """
    token = token_of(environment, TOKEN_VARIABLE, settings.token_file, source)
    if token is None:
        raise SettingsError(
            f"no token for Grafana: make a service account with the role Admin there and set {TOKEN_VARIABLE}, or "
            "token_file in [grafana]"
        )
    return Access(settings, token, certificates(source, settings.ca_file))


def read_token_of(settings: GrafanaSettings, environment: Mapping[str, str], source: Path | None = None) -> Token:
    """Return the token that Grafana reads InfluxDB with; arguments and errors as `access_of`."""
    token = token_of(environment, READ_VARIABLE, settings.read_token_file, source)
    if token is None:
        raise SettingsError(
            f"no token for Grafana to read InfluxDB with: make one that may only read the clinic's bucket and set "
            f"{READ_VARIABLE}, or read_token_file in [grafana]"
        )
    return token
