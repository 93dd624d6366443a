"""Carries out a recipe over a link: subscribe, write, read, and ask, which waits for the answer that is judged.

Each step has its time. What the radio fails at is a LinkError; what the device refuses or does not have is a
WearableError: the first is tried again soon, the second needs somebody to look when it stays.
"""

import asyncio
from typing import Final

from imutrack.collector.links.ring import Tap
from imutrack.errors import LinkError, WearableError
from imutrack.sources.radio import Fault, Link
from imutrack.wearables import Answer, Ask, Read, Recipe, Subscribe, Write

__all__ = ["carry_out"]

_NOTHING: Final = b""


async def carry_out(recipe: Recipe, link: Link, tap: Tap, step_s: float) -> dict[str, bytes]:
    """Do what a recipe says, in its order.

    Args:
        recipe: of a wearable.
        link: connected.
        tap: takes what is notified, answers too.
        step_s: for each step, and for each answer.

    Returns:
        What the device said of itself, by the names the recipe gives.

    Raises:
        LinkError: the link failed.
        WearableError: the device refused a command, did not answer one, or lacks what it needs to have.
    """
    facts: dict[str, bytes] = {}
    for action in recipe:
        try:
            async with asyncio.timeout(2 * step_s if isinstance(action, Ask) else step_s):  # an answer has its own
                match action:
                    case Subscribe():
                        await link.subscribe(action.characteristic, tap)
                    case Write():
                        await link.write(action.characteristic, action.data, response=action.response)
                    case Read():
                        facts[action.fact] = await _read(action, link)
                    case Ask():
                        said = await _ask(action, link, tap, step_s)
                        if action.answer.fact:
                            facts[action.answer.fact] = said
        except TimeoutError as error:
            raise LinkError("no answer in time while it was set up", Fault.TIMEOUT) from error
        except LinkError as error:
            if error.kind == Fault.ABSENT:
                raise WearableError(f"{error}: is it the wearable that the settings say?") from error
            raise
    return facts


async def _read(action: Read, link: Link) -> bytes:
    try:
        return await link.read(action.characteristic)
    except LinkError as error:
        if error.kind == Fault.ABSENT and not action.needed:
            return _NOTHING
        raise


async def _ask(action: Ask, link: Link, tap: Tap, step_s: float) -> bytes:
    answered: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
    answer = action.answer

    def overhear(characteristic: str, payload: bytes) -> None:
        if characteristic == answer.characteristic and not answered.done():
            _judge(answer, payload, answered)

    tap.overhear = overhear
    try:
        await link.write(action.write.characteristic, action.write.data, response=action.write.response)
        async with asyncio.timeout(step_s):
            return await answered
    except TimeoutError as error:
        raise WearableError(f"no answer to the command {action.write.data[:4].hex()}") from error
    finally:
        tap.overhear = None
        answered.cancel()


def _judge(answer: Answer, payload: bytes, answered: "asyncio.Future[bytes]") -> None:
    try:
        if answer.judge(payload):
            answered.set_result(payload)
    except WearableError as refusal:
        answered.set_exception(refusal)
