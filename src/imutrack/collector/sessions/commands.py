"""What is asked of the running collector, by name: ``imutrack session``, ``task``, ``watch`` and ``note --stop``.

Each command takes what came until now first, so that it is carried out in the order in which things happened.
"""

from collections.abc import AsyncGenerator, Callable, Mapping
from typing import Any, Final

from imutrack.collector.control.feed import Feed, Follower
from imutrack.collector.sessions.sessions import Sessions
from imutrack.collector.sessions.tasks import Phase
from imutrack.collector.sessions.told import Outcome, Said
from imutrack.collector.sessions.wanted import Asked
from imutrack.collector.sessions.wrong_clock import check_clock, clock_note
from imutrack.errors import SettingsError

__all__ = ["Commands"]

Request = Mapping[str, Any]
Answers = AsyncGenerator[Mapping[str, Any], None]

_NOT_YET: Final = (Phase.CHECK, Phase.COUNTDOWN)


class Commands:
    """Carries out commands.

    Args:
        sessions: decide.
        decide: lets them decide of all that came until now, and has it carried out.
        feed: of what people are told.
        status: how everything stands.
        ahead_s: how far the machine's clock is ahead of the collector's, s.
    """

    def __init__(
        self,
        sessions: Sessions,
        decide: Callable[[Callable[[int], Outcome]], Outcome],
        feed: Feed,
        status: Callable[[], Mapping[str, Any]],
        ahead_s: Callable[[], float] = lambda: 0.0,
    ) -> None:
        self._sessions, self._decide, self._feed, self._status = sessions, decide, feed, status
        self._ahead_s = ahead_s
        self._known: dict[str, Callable[[Request], Answers]] = {
            "status": self._ask_status,
            "watch": self._watch,
            "session start": self._session_start,
            "session wear": self._session_wear,
            "session stop": self._session_stop,
            "task start": self._task_start,
            "task stop": self._task_stop,
            "note stop": self._note_stop,
        }

    async def handle(self, request: dict[str, Any]) -> Answers:
        """Answer a request.

        Raises:
            SettingsError: it is not known, or cannot be carried out.
        """
        command = self._known.get(str(request.get("do")))
        if command is None:
            raise SettingsError(f"the collector knows no {request.get('do')!r}: is it of another version?")
        async for answer in command(request):
            yield answer

    async def _ask_status(self, _request: Request) -> Answers:
        yield self._status()

    async def _watch(self, _request: Request) -> Answers:
        with self._feed.follow() as heard:
            yield {"status": self._status()}
            async for said in heard:
                yield said

    async def _session_start(self, request: Request) -> Answers:
        ahead_s = self._ahead_s()
        if not request.get("force"):
            check_clock(ahead_s, self._sessions.sessions)
        outcome = self._decide(lambda now: self._sessions.start(_text(request, "patient"), _wear(request), now))
        for answer in _lines(outcome):
            yield answer
        if note := clock_note(ahead_s):
            yield Said(0, note).event

    async def _session_wear(self, request: Request) -> Answers:
        outcome = self._decide(lambda now: self._sessions.wear(request.get("patient"), _wear(request), now))
        for answer in _lines(outcome):
            yield answer

    async def _session_stop(self, request: Request) -> Answers:
        outcome = self._decide(lambda now: self._sessions.stop(request.get("patient"), now))
        for answer in _lines(outcome):
            yield answer

    async def _task_start(self, request: Request) -> Answers:
        asked = Asked(request.get("exercise"), request.get("trial"), request.get("side"))
        patient, force = request.get("patient"), bool(request.get("force"))
        with self._feed.follow() as heard:
            outcome = self._decide(lambda now: self._sessions.start_task(patient, asked, now, force=force))
            numbers = {line.session for line in outcome.said}
            async for answer in self._until_begun(heard, numbers, len(outcome.said)):
                yield answer

    async def _task_stop(self, request: Request) -> Answers:
        outcome = self._decide(lambda now: self._sessions.stop_task(request.get("patient"), now))
        for answer in _lines(outcome):
            yield answer

    async def _note_stop(self, request: Request) -> Answers:
        patient, source = _text(request, "patient"), str(request.get("source") or "typed")
        outcome = self._decide(lambda now: self._sessions.note_stop(now, source, patient=patient))
        for answer in _lines(outcome):
            yield answer

    async def _until_begun(self, heard: Follower, numbers: set[int], left: int) -> Answers:
        """Yield what is said to a session until its set has begun, or will not."""
        while left > 0 or self._is_beginning(numbers) or heard.waiting:
            said = await anext(heard)
            if "said" in said and said.get("session") in numbers:
                left -= 1
                yield said

    def _is_beginning(self, numbers: set[int]) -> bool:
        return any(
            session.number in numbers and session.current is not None and session.current.phase in _NOT_YET
            for session in self._sessions.sessions
        )


def _lines(outcome: Outcome) -> list[Mapping[str, Any]]:
    return [line.event for line in outcome.said]


def _text(request: Request, name: str) -> str:
    said = request.get(name)
    if not isinstance(said, str):
        raise SettingsError(f"the command says no {name}")
    return said


def _wear(request: Request) -> list[str]:
    said = request.get("wear") or []
    if not isinstance(said, list) or not all(isinstance(each, str) for each in said):
        raise SettingsError("what is worn is not a list of texts such as 3=left_shank")
    return said
