"""CPU seconds (user + system) of a process or a call: wall time on a shared machine says little."""

import resource
import statistics
import subprocess
import time
from collections.abc import Callable

__all__ = ["RUNS", "of_call", "of_process"]

RUNS = 3


def of_process(command: list[str], runs: int = RUNS) -> float:
    """Return the median of some runs of a command, after a warm-up."""

    def run() -> float:
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run(command, capture_output=True, check=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime

    run()
    return statistics.median(run() for _ in range(runs))


def of_call(work: Callable[[], object], runs: int = RUNS) -> float:
    """Return the median of some calls, after a warm-up where there are several."""

    def run() -> float:
        before = time.process_time()
        work()
        return time.process_time() - before

    if runs > 1:
        run()
    return statistics.median(run() for _ in range(runs))
