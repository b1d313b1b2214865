"""Medians after a warm-up."""

from collections.abc import Callable
from statistics import median
from time import perf_counter

SEED = 20261120
RUNS = 30
WARM_UP = 5


def median_ms(work: Callable[[], object], runs: int = RUNS) -> float:
    """The median of so many runs in milliseconds, after a warm-up."""
    for _ in range(WARM_UP):
        work()
    return round(median(_once_ms(work) for _ in range(runs)), 3)


def _once_ms(work: Callable[[], object]) -> float:
    began = perf_counter()
    work()
    return (perf_counter() - began) * 1000


def ratio(part: float, whole: float) -> float:
    return round(part / whole, 2)
