"""Until when an offer may be thought about."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from bookings.fitting import offer_ends


@pytest.mark.parametrize(
    ("now", "until"),
    (
        ("2026-11-26T12:00", "2026-11-26T12:30"),
        ("2026-11-26T20:59", "2026-11-26T21:29"),
        ("2026-11-26T21:30", "2026-11-27T08:30"),
        ("2026-11-27T03:00", "2026-11-27T08:30"),
        ("2026-11-27T08:05", "2026-11-27T08:35"),
        ("2026-11-27T14:40", "2026-11-27T15:10"),
        ("2026-11-27T15:00", "2026-11-27T15:15"),
    ),
)
def test_nobody_has_to_answer_in_the_night(now, until):
    start = datetime.fromisoformat("2026-11-27T15:30").replace(tzinfo=UTC)
    ends = offer_ends(now=datetime.fromisoformat(now).replace(tzinfo=UTC), start=start, zone=ZoneInfo("Europe/London"))
    assert ends == datetime.fromisoformat(until).replace(tzinfo=UTC)
