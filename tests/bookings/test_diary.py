"""The geometry of the diary: rows, spans, lanes and closed stretches."""

from datetime import date, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from bookings.diary import Band, Place, Sheet, bands, lanes, rows_of
from intervals import Interval
from tests.factories import at

LONDON = ZoneInfo("Europe/London")
DAY = date(2026, 11, 26)


def stretch(starts: str, ends: str) -> Interval:
    return Interval(at(starts), at(ends))


def sheet(*stretches: Interval) -> Sheet:
    return Sheet.around(stretches, day=DAY, zone=LONDON)


def test_a_sheet_holds_every_stretch_between_full_hours():
    assert sheet(stretch("08:40", "12:00"), stretch("13:00", "17:05")).during == stretch("08:00", "18:00")


def test_an_empty_day_is_drawn_from_nine_to_five():
    assert sheet().during == stretch("09:00", "17:00")


def test_what_reaches_beyond_midnight_is_cut_there():
    shown = Sheet.around([Interval(at("22:30"), at("01:00", "2026-11-27"))], day=DAY, zone=LONDON)

    assert shown.during == Interval(at("22:00"), at("00:00", "2026-11-27"))


def test_a_start_off_the_grid_rounds_outwards():
    shown = sheet(stretch("09:00", "17:00"))

    assert shown.place(stretch("09:07", "09:52")) == Place(1, 10)
    assert shown.place(stretch("16:55", "17:30")) == Place(95, 1)
    assert shown.place(stretch("17:00", "17:30")) is None


def test_hours_are_labelled_by_the_clinics_clocks_and_the_one_that_comes_twice_says_which():
    autumn = Sheet(Interval(at("00:00", "2026-10-25"), at("02:00", "2026-10-25")), LONDON)

    assert autumn.hours() == [(Place(0, 12), "01:00 (UTC+1)"), (Place(12, 12), "01:00 (UTC+0)")]


def test_now_is_a_row_and_a_minute_in_it_and_nothing_on_another_day():
    shown = sheet(stretch("08:00", "18:00"))

    assert shown.now(at("10:52")) == (34, 2)
    assert shown.now(at("10:52", "2026-11-27")) is None


def test_lanes_are_as_few_as_overlap_needs():
    assert lanes([Place(0, 9), Place(3, 9), Place(9, 9), Place(12, 9)]) == ([1, 2, 1, 2], 2)
    assert lanes([]) == ([], 1)


@given(st.lists(st.builds(Place, st.integers(0, 60), st.integers(1, 24)), max_size=20))
def test_no_two_places_of_a_lane_share_a_row_and_no_lane_is_wasted(places):
    found, count = lanes(places)

    for lane in range(1, count + 1):
        rows = [row for place, mine in zip(places, found, strict=True) if mine == lane for row in range(place.row, place.end)]
        assert len(rows) == len(set(rows))
    crowd = [sum(place.row <= row < place.end for place in places) for row in range(90)]
    assert count == max([1, *crowd])


@given(st.lists(st.integers(0, 70), min_size=1, max_size=3))
def test_phases_add_up_to_the_rows_of_the_visit(minutes):
    assert sum(rows_of(minutes)) == -(-sum(minutes) // 5)


def test_bands_say_why_nobody_is_there():
    shown = sheet(stretch("08:00", "18:00"))
    hours = [stretch("09:00", "12:00"), stretch("13:00", "17:00")]

    assert bands(shown, hours, [(stretch("14:30", "20:00"), "Training")]) == [
        Band(Place(0, 12), "Starts 09:00"),
        Band(Place(48, 12), "Break"),
        Band(Place(78, 42), "Training", is_leave=True),
    ]
    assert bands(shown, [stretch("09:00", "17:00")], [])[-1] == Band(Place(108, 12), "Ends 17:00")
    assert bands(shown, [], [], never="Closed today") == [Band(Place(0, 120), "Closed today")]


def test_a_sheet_of_a_day_with_a_clock_change_keeps_elapsed_rows():
    spring = Sheet.around([Interval(at("00:00", "2027-03-28"), at("03:00", "2027-03-28"))], day=date(2027, 3, 28), zone=LONDON)

    assert spring.rows == timedelta(hours=3) // timedelta(minutes=5)
    assert [label for _, label in spring.hours()] == ["00:00", "02:00", "03:00"]
