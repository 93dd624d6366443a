"""What every server that the settings name has in common: an address, a token, and files beside the settings.

A token comes from the environment or from a file that only its owner can read, never from the settings themselves. It
is held in a `Token`, which does not show it: not in a log, not in an error, not where it is printed.
"""

import re
import stat
from collections.abc import Mapping
from ipaddress import ip_address
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from imutrack.errors import SettingsError

__all__ = ["Token", "certificates", "check_url", "token_of"]

_TOKEN: Final = re.compile(r"[\x21-\x7e]+")  # what a header can carry; anything else would be shown in an error
_OPEN_TO_OTHERS: Final = stat.S_IRWXG | stat.S_IRWXO


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


def token_of(environment: Mapping[str, str], variable: str, file: str | None, source: Path | None) -> Token | None:
    """Return a token; None where nobody says one.

    Args:
        environment: variables; ``variable`` goes before the file.
        variable: that may hold it.
        file: that may hold it, relative to the settings file.
        source: the settings file.

    Raises:
        SettingsError: others can read the file, it cannot be read, or there is no token in it.
    """
    where, text = variable, environment.get(variable, "").strip()
    if not text:
        if file is None:
            return None
        path = _beside(source, file)
        where, text = str(path), _read_private(path)
    if not _TOKEN.fullmatch(text):
        raise SettingsError(f"{where}: holds no token: put the token there, in one line without blanks")
    return Token(text)


def certificates(source: Path | None, name: str | None) -> Path | None:
    """Return the file of certificates to trust; None where none is named.

    Raises:
        SettingsError: there is no such file.
    """
    path = None if name is None else _beside(source, name)
    if path is not None and not path.is_file():
        raise SettingsError(f"{path}: no such file: ca_file names the certificates to trust")
    return path


def check_url(url: str, *, like: str, secrets: str, plain_http: bool) -> None:
    """Refuse an address that cannot be or is not safe.

    Args:
        url: the address.
        like: one that could be.
        secrets: where a password belongs instead of the address.
        plain_http: http to another machine is allowed.

    Raises:
        ValueError: it cannot be, or others could listen on the way.
    """
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError as error:
        raise ValueError(f"url is no address: write it like {like}") from error
    if parts.username is not None or parts.password is not None:
        raise ValueError(f"url holds a password: take it out; {secrets}")
    if parts.scheme not in ("http", "https") or not host:
        raise ValueError(f"url is {url!r}: write it like {like}")
    if parts.query or parts.fragment or not url.isprintable() or " " in url:
        raise ValueError(f"url is {url!r}: leave out what follows the address")
    if parts.scheme == "http" and not (plain_http or _is_loopback(host)):
        raise ValueError(
            f"url is {url!r}: others could read the token and what is sent on the way; use https, or set "
            "plain_http = true where the way is safe"
        )


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


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
