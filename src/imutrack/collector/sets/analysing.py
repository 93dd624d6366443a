"""The analyst's process: reads orders from its input, and answers on its output, until its input ends.

Signals are for the collector: it closes the pipe when it ends, and the pipe closes when it is killed. Whatever goes
wrong with one order is its answer, as a line for people.
"""

import logging
import os
import signal
import sys
from typing import IO, Final

from imutrack.collector.sets.framing import HEAD_BYTES, framed, length_of, unpacked
from imutrack.collector.sets.orders import Order
from imutrack.collector.sets.workbench import Workbench
from imutrack.errors import ImutrackError

__all__ = ["main"]

log = logging.getLogger(__name__)

_NICE: Final = 5  # the radio comes first


def main() -> None:
    """Answer orders until there are no more."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    os.nice(_NICE)
    orders, answers = sys.stdin.buffer, os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # what anything prints is no answer
    _warm_up()
    bench = Workbench()
    while (order := _next(orders)) is not None:
        answer = framed(_answer(bench, order))
        try:
            answers.write(answer)
            answers.flush()
        except BrokenPipeError:
            os._exit(0)  # nobody is there any more; closing the file would complain again


def _next(orders: IO[bytes]) -> Order | None:
    head = orders.read(HEAD_BYTES)
    if len(head) < HEAD_BYTES:
        return None
    length = length_of(head)
    packed = orders.read(length)
    if len(packed) < length:
        return None
    order: Order = unpacked(packed)
    return order


def _answer(bench: Workbench, order: Order) -> object:
    try:
        return bench.do(order)
    except ImutrackError as error:
        return str(error)
    except Exception as error:
        log.debug("%s", order.capture.name, exc_info=True)
        return f"{order.capture.name}: internal error ({error!r}); replay it with --debug and report it"


def _warm_up() -> None:
    """Load what the first analysis would load: it takes half a second, which the first look must not."""
    import numpy as np

    from imutrack.pipeline import analyse
    from imutrack.samples import Quantity, Recording, Samples, Sensor

    t_s = np.arange(600) / 60.0
    angle = 0.5 * (1.0 - np.cos(2.0 * np.pi * t_s / 2.5))
    acc = 9.81 * np.column_stack((np.cos(angle), np.sin(angle), 0.0 * angle))
    gyr = np.column_stack((0.0 * angle, 0.0 * angle, np.gradient(angle, t_s)))
    read = {name: Samples(t_s, each, 60.0) for name, each in ((Quantity.ACC, acc), (Quantity.GYR, gyr))}
    analyse(Recording((Sensor("warm-up", read),), content_hash="0" * 64))


if __name__ == "__main__":
    main()
