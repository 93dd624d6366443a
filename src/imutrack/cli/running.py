"""What commands that work on the store ask of the collector, where one runs beside them."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from imutrack.errors import SettingsError

if TYPE_CHECKING:
    from imutrack.config import Settings

__all__ = ["ask_if_running", "require_no_session"]

_ANSWER_S: Final = 5.0  # the collector answers at once, unless it is in trouble
_NONE_RUNS: Final = FileNotFoundError | NotADirectoryError | ConnectionRefusedError


def ask_if_running(settings: "Settings", request: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Ask the collector of these settings; there are no answers where none runs.

    Raises:
        ImutrackError: it runs, and refuses or does not answer.
    """
    from imutrack.collector.control.client import ask, socket_path

    said = settings.collector.get("socket")
    path = socket_path(said if isinstance(said, str) else None, settings.data_dir)
    try:
        return list(ask(path, request, silent_s=_ANSWER_S))
    except SettingsError as error:
        if isinstance(error.__cause__, _NONE_RUNS):
            return []
        raise


def require_no_session(settings: "Settings", patient: str) -> None:
    """See that nothing is being captured for a patient: what comes next would still have the pseudonym.

    Raises:
        SettingsError: the patient has a session.
        ImutrackError: a collector runs and does not answer.
    """
    for status in ask_if_running(settings, {"do": "status"}):
        if any(session.get("patient") == patient for session in status.get("sessions", ())):
            raise SettingsError(
                f"{patient} has a session now: end it first (imutrack session stop {patient}), and run this again"
            )
