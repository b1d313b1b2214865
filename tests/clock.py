"""A clock that tests move for every process at once: the test, its web server and the worker read the same file."""

from datetime import UTC, datetime, timedelta
from pathlib import Path


class MovedClock:
    """The clock of `clinic.clock.now()`, ahead of or behind the real one by what stands in a file."""

    def __init__(self, file: Path):
        self.file = file

    def move(self, **step: float) -> None:
        """Move on (or back) by days, hours, minutes …, from where the clock stands."""
        self._write(self._shift() + timedelta(**step))

    def set(self, instant: datetime) -> None:
        """Let it be `instant` now, and time go on from there."""
        self._write(instant - datetime.now(UTC))

    def reset(self) -> None:
        """Show the real time again."""
        self.file.unlink(missing_ok=True)

    def _shift(self) -> timedelta:
        return timedelta(seconds=float(self.file.read_text())) if self.file.exists() else timedelta()

    def _write(self, shift: timedelta) -> None:
        draft = self.file.with_suffix(".part")
        draft.write_text(str(shift.total_seconds()))
        draft.rename(self.file)  # no reader sees half a number
