"""Medians after a warm-up."""

from collections.abc import Callable
from statistics import median
from time import perf_counter, process_time

SEED = 20261120
RUNS = 30
WARM_UP = 5

Work = Callable[[], object]


def median_ms(work: Work, runs: int = RUNS) -> float:
    """The median of so many runs in milliseconds, after a warm-up."""
    return together(runs, work)[0]


def together(runs: int = RUNS, *works: Work) -> list[float]:
    """The medians of several works done in turn, so that a busy machine is as busy for one as for the other."""
    for _ in range(WARM_UP):
        for work in works:
            work()
    times = [[_once_ms(work) for work in works] for _ in range(runs)]
    return [round(median(row), 3) for row in zip(*times, strict=True)]


def cpu_ms(work: Work, runs: int = RUNS) -> float:
    """The median of the processor's own time: what is left when nobody else is at the machine."""
    times = []
    for _ in range(runs):
        began = process_time()
        work()
        times.append((process_time() - began) * 1000)
    return round(median(times), 3)


def _once_ms(work: Work) -> float:
    began = perf_counter()
    work()
    return (perf_counter() - began) * 1000


def ratio(part: float, whole: float) -> float:
    return round(part / whole, 2)
