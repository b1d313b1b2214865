from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from intervals import (
    Grid,
    Interval,
    expand,
    fits_from,
    local_date,
    local_day,
    local_days,
    local_label,
    start_mask,
    start_of_day,
    ticks,
    to_instant,
    working_mask,
)

LONDON, BERLIN, TOKYO, AUCKLAND, LORD_HOWE, SANTIAGO = map(
    ZoneInfo, ("Europe/London", "Europe/Berlin", "Asia/Tokyo", "Pacific/Auckland", "Australia/Lord_Howe", "America/Santiago")
)
pytestmark = pytest.mark.usefixtures("zone")  # wherever the machine stands

CHANGES = [
    (LONDON, date(2026, 10, 25)),
    (LONDON, date(2027, 3, 28)),
    (BERLIN, date(2026, 10, 25)),
    (BERLIN, date(2027, 3, 28)),
    (LORD_HOWE, date(2026, 10, 4)),
    (LORD_HOWE, date(2027, 4, 4)),
    (SANTIAGO, date(2026, 9, 6)),
    (SANTIAGO, date(2027, 4, 3)),
    (TOKYO, date(2026, 10, 25)),
    (AUCKLAND, date(2026, 9, 27)),
    (ZoneInfo("America/Havana"), date(2026, 11, 1)),  # midnight comes twice
    (ZoneInfo("Asia/Beirut"), date(2027, 3, 28)),  # no midnight, east of Greenwich
    (ZoneInfo("Asia/Kathmandu"), date(2026, 11, 1)),
]


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)


def starts(zone: ZoneInfo, day: date, opens: time, closes: time, *, minutes: int, step: int) -> list[str]:
    """The labels of the starts of a service within one shift."""
    grid = Grid.over(local_day(zone, day))
    free = working_mask(((day.weekday(), opens, closes),), zone, day, day, grid)
    return [local_label(grid.instant(bit), zone) for bit in ticks(fits_from(free, minutes // 5) & start_mask(zone, day, day, step, grid))]


@pytest.mark.parametrize(
    ("place", "day", "hours"),
    (
        (LONDON, date(2027, 3, 28), 23),
        (LONDON, date(2026, 10, 25), 25),
        (LORD_HOWE, date(2026, 10, 4), 23.5),
        (LORD_HOWE, date(2027, 4, 4), 24.5),
        (SANTIAGO, date(2026, 9, 6), 23),
        (SANTIAGO, date(2027, 4, 3), 25),
        (TOKYO, date(2026, 10, 25), 24),
    ),
)
def test_a_local_day_has_the_hours_it_has(place, day, hours):
    assert local_day(place, day).duration == timedelta(hours=hours)


def test_a_day_without_midnight_starts_when_its_clocks_do():
    assert start_of_day(SANTIAGO, date(2026, 9, 6)) == utc(2026, 9, 6, 4)
    assert local_label(start_of_day(SANTIAGO, date(2026, 9, 6)), SANTIAGO) == "01:00"


def test_a_day_without_midnight_east_of_greenwich_starts_when_its_clocks_do():
    assert start_of_day(ZoneInfo("Asia/Beirut"), date(2027, 3, 28)) == utc(2027, 3, 27, 22)


def test_a_day_with_two_midnights_starts_at_the_first():
    assert start_of_day(ZoneInfo("America/Havana"), date(2026, 11, 1)) == utc(2026, 11, 1, 4)


def test_a_date_that_a_zone_left_out_has_no_day():
    with pytest.raises(ValueError, match="ends after it starts"):
        local_day(ZoneInfo("Pacific/Apia"), date(2011, 12, 30))


def test_all_day_far_away_spans_two_dates_of_utc():
    assert local_day(AUCKLAND, date(2026, 11, 17)) == Interval(utc(2026, 11, 16, 11), utc(2026, 11, 17, 11))
    assert local_date(utc(2026, 11, 16, 11), AUCKLAND) == date(2026, 11, 17)


@pytest.mark.parametrize(("place", "change"), CHANGES)
def test_local_days_follow_each_other_without_a_gap(place, change):
    days = list(local_days(place, change - timedelta(days=3), change + timedelta(days=3)).values())
    assert len(days) == 7
    assert [day.end for day in days[:-1]] == [day.start for day in days[1:]]


def test_a_skipped_time_is_no_instant_and_a_repeated_one_two():
    assert to_instant(date(2027, 3, 28), time(2, 30), BERLIN) == []
    assert to_instant(date(2026, 10, 25), time(2, 30), BERLIN) == [utc(2026, 10, 25, 0, 30), utc(2026, 10, 25, 1, 30)]
    assert to_instant(date(2026, 10, 26), time(2, 30), BERLIN) == [utc(2026, 10, 26, 1, 30)]
    assert to_instant(date(2026, 10, 4), time(2, 15), LORD_HOWE) == []
    assert to_instant(date(2026, 9, 6), time(0), SANTIAGO) == []


def test_a_series_at_nine_keeps_its_clock_time_across_the_change():
    tuesdays = [date(2026, 10, 6) + timedelta(weeks=week) for week in range(8)]
    assert [to_instant(day, time(9), BERLIN) for day in tuesdays] == [
        [utc(day.year, day.month, day.day, 7 if day < date(2026, 10, 25) else 8)] for day in tuesdays
    ]


def test_a_repeated_time_is_labelled_with_its_offset():
    assert local_label(utc(2026, 10, 25, 0), BERLIN) == "02:00 (UTC+2)"
    assert local_label(utc(2026, 10, 25, 1), BERLIN) == "02:00 (UTC+1)"
    assert local_label(utc(2026, 10, 25, 2), BERLIN) == "03:00"
    assert local_label(utc(2026, 10, 25, 1, 30), LONDON) == "01:30 (UTC+0)"
    assert local_label(utc(2027, 4, 3, 15), LORD_HOWE) == "01:30 (UTC+10:30)"
    assert local_label(utc(2027, 4, 4, 3), SANTIAGO) == "23:00 (UTC-4)"


def test_a_night_shift_in_spring_has_four_starts():
    assert starts(BERLIN, date(2027, 3, 28), time(1), time(4), minutes=30, step=30) == ["01:00", "01:30", "03:00", "03:30"]


def test_a_night_shift_in_autumn_has_eight_starts():
    assert starts(BERLIN, date(2026, 10, 25), time(1), time(4), minutes=30, step=30) == [
        "01:00",
        "01:30",
        "02:00 (UTC+2)",
        "02:30 (UTC+2)",
        "02:00 (UTC+1)",
        "02:30 (UTC+1)",
        "03:00",
        "03:30",
    ]


def test_a_half_hour_change_moves_half_an_hour():
    assert starts(LORD_HOWE, date(2026, 10, 4), time(1), time(4), minutes=30, step=30) == ["01:00", "01:30", "02:30", "03:00", "03:30"]
    assert starts(LORD_HOWE, date(2026, 10, 4), time(1), time(5), minutes=30, step=60) == ["01:00", "03:00", "04:00"]
    assert starts(LORD_HOWE, date(2027, 4, 4), time(1), time(3), minutes=30, step=30) == [
        "01:00",
        "01:30 (UTC+11)",
        "01:30 (UTC+10:30)",
        "02:00",
        "02:30",
    ]


def test_a_shift_from_a_midnight_that_does_not_exist_starts_at_one():
    assert starts(SANTIAGO, date(2026, 9, 6), time(0), time(2), minutes=30, step=30) == ["01:00", "01:30"]


def test_hours_that_end_at_24_reach_into_the_next_day():
    friday = date(2026, 11, 20)
    hours = [(4, time(22), time(0)), (5, time(0), time(0, 15))]
    assert expand(hours, AUCKLAND, friday, friday + timedelta(days=1)) == [Interval(utc(2026, 11, 20, 9), utc(2026, 11, 20, 11, 15))]
    assert expand(hours, AUCKLAND, friday, friday) == [Interval(utc(2026, 11, 20, 9), utc(2026, 11, 20, 11))]


def test_a_repeated_stretch_is_worked_twice_with_its_hour_between():
    half_past = [(6, time(2), time(2, 30))]
    assert expand(half_past, BERLIN, date(2026, 10, 25), date(2026, 10, 25)) == [
        Interval(utc(2026, 10, 25, 0), utc(2026, 10, 25, 0, 30)),
        Interval(utc(2026, 10, 25, 1), utc(2026, 10, 25, 1, 30)),
    ]


def test_hours_that_end_before_they_start_are_refused():
    with pytest.raises(ValueError, match="end after they start"):
        expand([(0, time(17), time(9))], LONDON, date(2026, 11, 16), date(2026, 11, 16))


@pytest.mark.parametrize("step", (0, 7, -5))
def test_a_step_off_the_grid_is_refused(step):
    day = date(2026, 11, 16)
    with pytest.raises(ValueError, match="multiple of 5"):
        start_mask(LONDON, day, day, step, Grid.over(local_day(LONDON, day)))


quarters = st.integers(0, 95).map(lambda quarter: time(quarter // 4, quarter % 4 * 15))
rows = st.tuples(st.integers(0, 6), quarters, quarters).filter(lambda row: row[1] < row[2] or row[2] == time(0))


def reads_within(local: datetime, hours: list[tuple[int, time, time]]) -> bool:
    return any(
        local.weekday() == weekday and opens <= local.time() and (local.time() < closes or closes == time(0))
        for weekday, opens, closes in hours
    )


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from(CHANGES), st.lists(rows, max_size=5), st.sampled_from((5, 10, 15, 25, 30, 45, 60, 90)), st.integers(0, 60))
def test_hours_and_starts_agree_with_a_look_at_every_minute(change, hours, step, late):
    zone, day = change
    first, last = day - timedelta(days=1), day + timedelta(days=1)
    grid = Grid.over(Interval(start_of_day(zone, first) + timedelta(hours=late), start_of_day(zone, last + timedelta(days=1))))
    clocks = [grid.instant(bit).astimezone(zone) for bit in range(grid.length)]

    worked = working_mask(tuple(hours), zone, first, last, grid)
    assert ticks(worked) == [bit for bit, local in enumerate(clocks) if reads_within(local, hours)]
    assert grid.offered(expand(hours, zone, first, last)) == worked

    stepped = [bit for bit, local in enumerate(clocks) if (local.hour * 60 + local.minute) % step == 0]
    assert ticks(start_mask(zone, first, last, step, grid)) == stepped
