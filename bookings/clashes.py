"""What PostgreSQL says when two people want the same time, in words the house understands."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import IntegrityError, OperationalError
from psycopg.errors import DeadlockDetected, ExclusionViolation, LockNotAvailable

CLASHES = (ExclusionViolation, DeadlockDetected, LockNotAvailable)


class SlotTaken(Exception):
    """That time has just gone: somebody else was faster, or the people, room or machine are no longer free then."""

    def __init__(self, words: str = "That time has just gone."):
        super().__init__(words)


@contextmanager
def clash_means(error: type[Exception]) -> Iterator[None]:
    """Turn an overlap, a deadlock or a lock that took too long into `error`; everything else stays what it is."""
    try:
        yield
    except (IntegrityError, OperationalError) as problem:
        if isinstance(problem.__cause__, CLASHES):
            raise error from problem
        raise
