"""The thin layer over grafana-api: one request, one answer, and errors that name what to do.

grafana-api reads every answer as JSON, so that an empty one (204) and a page of something else both end in a
JSONDecodeError; here the first is None and the second an error. It knows only numeric ids of datasources, which
Grafana 13 no longer answers, nothing of health and of alert rules: those go through its plain GET, POST and PUT.
Redirects are not followed and no proxy of the environment is used: the tokens are for the server that is named.
"""

import contextlib
from collections.abc import Callable, Generator, Mapping
from typing import Any, Final, Self
from urllib.parse import quote, urlsplit

import requests
from grafana_api.grafana_api import GrafanaClientError, GrafanaException
from grafana_api.grafana_face import GrafanaFace

from imutrack.errors import StoreError
from imutrack.grafana.settings import TOKEN_VARIABLE, Access
from imutrack.servers import Token

__all__ = ["Grafana", "GrafanaError"]

_WORDS_MOST: Final = 300  # characters of a server's words that are kept
_OLDEST: Final = 10
_NEW_TOKEN: Final = f"make a new one in Grafana (Administration, Service accounts) and put it into {TOKEN_VARIABLE}"
_ADMIN: Final = "give the service account or user the role Admin in this organisation"


class GrafanaError(StoreError):
    """Grafana did not do what was asked: mend what is named and run again; nothing is done twice."""


class Grafana:
    """Speaks to one Grafana, in one organisation; use it in a ``with``."""

    def __init__(self, access: Access) -> None:
        self.settings = access.settings
        self._secrets = [access.token]
        parts, secret = urlsplit(access.settings.url), access.token.reveal()
        name, colon, password = secret.partition(":")
        host = parts.hostname or ""
        path = parts.path.strip("/")
        self._face = GrafanaFace(
            (name, password) if colon else secret,  # no token of Grafana's holds a colon
            host=f"[{host}]" if ":" in host else host,
            port=parts.port,
            url_path_prefix=f"{path}/" if path else "",
            protocol=parts.scheme,
            verify=True if access.ca_file is None else str(access.ca_file),
            timeout=access.settings.timeout_s,
        )
        self.by_user = bool(colon)
        self._session: requests.Session = self._face.api.s
        self._session.max_redirects = 0
        self._session.trust_env = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._session.close()

    def __repr__(self) -> str:
        return f"Grafana({self.settings.url!r})"

    def hide(self, token: Token) -> None:
        """Keep another secret out of errors, should the server repeat it."""
        self._secrets.append(token)

    def turn_to(self, org_id: int) -> None:
        """Ask everything from now on of one organisation."""
        self._session.headers["X-Grafana-Org-Id"] = str(org_id)

    def health(self) -> str:
        """Return Grafana's version; empty where it does not say.

        Raises:
            GrafanaError: there is no Grafana, it is not well, or it is too old.
        """
        said = self.get("/health")
        if not isinstance(said, Mapping) or "database" not in said:
            raise GrafanaError(f"{self.settings.url}: something answers, but it is no Grafana: correct url")
        if said["database"] != "ok":
            raise GrafanaError(f"{self.settings.url}: Grafana's own database is not well: look into Grafana's log")
        version = str(said.get("version", ""))
        major = version.partition(".")[0]
        if major.isdigit() and int(major) < _OLDEST:
            raise GrafanaError(f"{self.settings.url}: Grafana {version} is too old: update it to 10.4 or later")
        return version

    def get(self, *path: str) -> Any:
        """Return what is there: the first part of a path is written as it is, names after it are quoted.

        Raises:
            GrafanaError: the answer is no, or there is none.
        """
        return self._asked("GET", _joined(path))

    def find(self, *path: str) -> dict[str, Any] | None:
        """Return what is there, None where nothing is; the rest as `get`."""
        try:
            found = self._asked("GET", _joined(path), missing_is_none=True)
        except _MissingError:
            return None
        if not isinstance(found, dict):
            raise GrafanaError(f"{self.settings.url}: {_joined(path)}: an answer that is not Grafana's: correct url")
        return found

    def post(self, body: Mapping[str, Any], *path: str) -> bool:
        """Make something; return whether Grafana said more than that it was done (False: look whether it is there)."""
        return self._asked("POST", _joined(path), dict(body)) is not None

    def put(self, body: Mapping[str, Any], *path: str) -> bool:
        """Change something; as `post`."""
        return self._asked("PUT", _joined(path), dict(body)) is not None

    def save_dashboard(self, dashboard: Mapping[str, Any], folder_uid: str, message: str) -> bool:
        """Save a dashboard over the one of the same uid; as `post`."""
        body = {"dashboard": dict(dashboard), "folderUid": folder_uid, "overwrite": True, "message": message}
        return self._called("/dashboards/db", lambda: self._face.dashboard.update_dashboard(body)) is not None

    def make_folder(self, uid: str, title: str) -> bool:
        """Make a folder; as `post`."""
        return self._called("/folders", lambda: self._face.folder.create_folder(title, uid)) is not None

    def rename_folder(self, uid: str, title: str) -> bool:
        """Rename a folder, whichever version of it is there; as `post`."""
        named = quote(uid, safe="")
        rename = self._face.folder.update_folder
        return self._called(f"/folders/{named}", lambda: rename(named, title, overwrite=True)) is not None

    def annotations(self) -> bool:
        """Return whether Grafana lists annotations, of which dashboards draw what changed."""
        found = self._called("/annotations", lambda: self._face.annotations.get_annotation(limit=1))
        return isinstance(found, list)

    def answers(self, datasource_uid: str) -> str:
        """Return what is wrong with a datasource as Grafana itself finds it; empty where it answers."""
        path = f"/datasources/uid/{quote(datasource_uid, safe='')}/health"
        try:
            with self._explained(path):
                said = self._face.api.GET(path)
        except _EmptyAnswer:
            return "no answer"
        except GrafanaException as error:
            if error.status_code not in (400, 500, 502, 503, 504):  # how Grafana passes on that it is not well
                raise self._refused(path, error) from None
            return self._theirs(_words(error)) or "no answer"
        well = isinstance(said, Mapping) and said.get("status", "OK") == "OK"
        return "" if well else self._theirs(str(said))

    def _asked(self, method: str, path: str, body: Any = None, *, missing_is_none: bool = False) -> Any:
        def ask() -> Any:
            return getattr(self._face.api, method)(path, json=body)

        return self._called(path, ask, missing_is_none=missing_is_none)

    def _called(self, path: str, ask: Callable[[], Any], *, missing_is_none: bool = False) -> Any:
        """Ask, and return the answer; None where it is empty."""
        try:
            with self._explained(path):
                return ask()
        except _EmptyAnswer:
            return None
        except GrafanaException as error:
            if missing_is_none and error.status_code == 404 and not _is_page(error):
                raise _MissingError from None
            raise self._refused(path, error) from None

    @contextlib.contextmanager
    def _explained(self, path: str) -> Generator[None]:
        """Turn what requests and grafana-api raise, refusals apart, into one line."""
        url = self.settings.url
        try:
            yield
        except requests.exceptions.JSONDecodeError as error:
            if not error.doc.strip():
                raise _EmptyAnswer from None
            raise GrafanaError(f"{url}: answers with a page where Grafana's API was expected: correct url") from None
        except TypeError:  # grafana-api on a refusal whose page, no JSON, holds the word "message"
            raise GrafanaError(f"{url}: refuses with a page that is not Grafana's: correct url") from None
        except requests.exceptions.TooManyRedirects as error:
            to = "" if error.response is None else error.response.headers.get("Location", "")
            to = self._theirs(to) or "elsewhere"
            raise GrafanaError(f"{url}: passes on to {to}: write the address that holds Grafana into url") from None
        except requests.exceptions.SSLError as error:
            why = self._theirs(_last(error))
            fix = "write http, or correct the port of url" if "wrong version" in why else "set ca_file in [grafana]"
            raise GrafanaError(f"{url}: no connection can be trusted ({why}): {fix}") from None
        except requests.exceptions.Timeout:
            raise GrafanaError(
                f"{url}: no answer to {path} within {self.settings.timeout_s:g} s: see whether Grafana has too much to "
                "do, or raise timeout_s in [grafana]"
            ) from None
        except requests.exceptions.RequestException as error:
            why = self._theirs(_last(error))
            raise GrafanaError(f"{url}: no Grafana answers ({why}): start it, or correct url") from None

    def _refused(self, path: str, error: GrafanaException) -> GrafanaError:
        """Return the error for a refusal, with what to do."""
        url, words, status = self.settings.url, self._theirs(_words(error)), error.status_code
        if _is_page(error):
            said = f"{url}: answers {status} with a page that is not Grafana's: correct url, or look at the proxy there"
        elif status == 401:
            said = f"{url}: Grafana does not know the token ({words}): {_NEW_TOKEN}"
        elif status == 403:
            said = f"{url}: the token may not use {path} ({words}): {_ADMIN}"
        elif status in (409, 412):
            said = f"{url}: {path}: {words}: rename or delete in Grafana what has this name already"
        elif status == 404:
            said = f"{url}: Grafana has no {path} ({words}): update it to 10.4 or later, or correct url"
        elif isinstance(error, GrafanaClientError):
            said = f"{url}: Grafana refuses {path} ({status}: {words}): run imutrack dashboards check"
        else:
            said = f"{url}: Grafana could not do {path} ({status}: {words}): look into Grafana's log"
        return GrafanaError(said)

    def _theirs(self, text: str) -> str:
        """Return words of the other side as one short line without a secret."""
        for secret in self._secrets:
            for piece in {secret.reveal(), secret.reveal().partition(":")[2]} - {""}:  # user:password, or the password
                text = text.replace(piece, "***")
        return " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())[:_WORDS_MOST]


class _EmptyAnswer(Exception):  # noqa: N818 - no error: it was done
    """An answer of nothing, which is how 204 looks."""


class _MissingError(Exception):
    """Grafana says that there is no such thing."""


def _joined(path: tuple[str, ...]) -> str:
    return "/".join((path[0], *(quote(name, safe="") for name in path[1:])))


def _is_page(error: GrafanaException) -> bool:
    """Return whether somebody else refused: Grafana answers with JSON, or with nothing (a rule that is not there)."""
    return not isinstance(error.response, Mapping) and bool(str(error.response).strip())


def _words(error: GrafanaException) -> str:
    """Return what Grafana says about a refusal."""
    said = error.response
    return str(said.get("message") or said) if isinstance(said, Mapping) else str(said)


def _last(error: Exception) -> str:
    """Return the reason at the end of what requests says, which begins with objects in memory."""
    return str(error).rpartition(": ")[2].rpartition("] ")[2].partition(" (_ssl")[0].rstrip("'\")>(")
