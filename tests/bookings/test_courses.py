from datetime import date, timedelta

import pytest

from bookings.enums import State
from bookings.models import Appointment
from bookings.services.appointments import book_appointment, cancel_appointment
from bookings.services.courses import CourseClash, Wishes, book_course, preview_course
from bookings.services.occupying import BookedAlready
from clinic.enums import Role
from clinic.models import Absence
from insurers.enums import CoverState, Payer
from insurers.models import Cover, Policy
from insurers.services import record_authorisation, set_funding
from messaging.models import Message
from tests.bookings.cast import small_clinic
from tests.bookings.test_appointments import overlaps, race
from tests.factories import ConditionFactory, InsurerFactory, UserFactory, at
from treatments.enums import Chronicity, Severity
from treatments.services.courses import prescribe_course

NOW = at("08:00")


@pytest.fixture
def house(db):
    return small_clinic()


def prescribed(house, *, booked=True, now=NOW):
    """A course of ten for chronic back pain: six a week apart, then four a fortnight apart; the first visit is on a Thursday."""
    session = house.session()
    if booked:
        book_appointment(session=session, slot=house.slot(at("10:00")), by=house.desk, now=now)
    return prescribe_course(
        course=session.course,
        condition=ConditionFactory(),
        severity=Severity.MODERATE,
        chronicity=Chronicity.CHRONIC,
        techniques=list(house.service.techniques.all()),
        service=house.service,
        sessions=10,
        reason="",
        goal="",
        by=house.desk,
        practitioner=house.practitioner,
        now=now,
    )


def days(preview):
    return [line.slot.local_date for line in preview.lines]


def test_a_preview_proposes_every_session_at_its_rhythm(house):
    preview = preview_course(course=prescribed(house), now=NOW)

    gaps = [(later - earlier).days for earlier, later in zip([date(2026, 11, 26), *days(preview)], days(preview), strict=False)]
    assert [line.session.number for line in preview.lines] == list(range(2, 11))
    assert gaps == [7, 7, 7, 7, 7, 14, 14, 14, 14]
    assert preview.is_complete
    assert all(len(line.alternatives) == len(line.changes) == 3 and line.reasons for line in preview.lines)


def test_reasons_name_who_was_asked_for_only_where_somebody_was(house):
    course = prescribed(house)
    course.practitioner = house.practitioner
    course.save()
    unasked = preview_course(course=course, now=NOW).lines[0].reasons
    asked = preview_course(course=course, now=NOW, wishes=Wishes(practitioner=house.practitioner)).lines[0].reasons

    assert (unasked[1], asked[1]) == ("With the practitioner of this course.", "With the practitioner asked for.")


def test_what_was_proposed_is_booked_in_one_step_with_one_mail(house):
    course = prescribed(house)
    preview = preview_course(course=course, now=NOW)
    booked = book_course(course=course, values=preview.values, by=house.desk, now=NOW)

    assert [appointment.session.number for appointment in booked] == list(range(2, 11))
    assert [appointment.start.date() for appointment in booked] == days(preview)
    assert Message.objects.filter(kind="course-booked").count() == 1
    assert Message.objects.filter(kind="reminder-mail").count() == 9  # today's visit has none
    assert Cover.objects.count() == 10


def test_booking_the_course_twice_books_it_once(house):
    course = prescribed(house)
    values = preview_course(course=course, now=NOW).values

    first, second = (book_course(course=course, values=values, by=house.desk, now=NOW) for _ in range(2))

    assert {appointment.pk for appointment in first} == {appointment.pk for appointment in second}
    assert preview_course(course=course, now=NOW).lines == ()


def test_one_date_that_is_gone_books_none_and_names_it(house):
    course = prescribed(house)
    preview = preview_course(course=course, now=NOW)
    book_appointment(session=house.session(), slot=preview.lines[2].slot, by=house.desk, now=NOW)

    with pytest.raises(CourseClash) as clash:
        book_course(course=course, values=preview.values, by=house.desk, now=NOW)

    assert clash.value.words == {4: "That time has just gone."}
    assert Appointment.objects.of_course(course).count() == 1


def test_a_closed_day_is_avoided_and_the_rest_stays_in_rhythm(house):
    away = at("00:00", "2026-12-10")
    Absence.objects.create(
        clinic=house.clinic, timeline=house.practitioner.timeline, during=(away, away + timedelta(days=1)), reason="Leave"
    )

    preview = preview_course(course=prescribed(house), now=NOW)

    assert preview.is_complete
    assert date(2026, 12, 10) not in days(preview)
    assert date(2026, 12, 25) not in days(preview)


def test_wishes_for_days_and_hours_are_kept_where_possible(house):
    preview = preview_course(course=prescribed(house), now=NOW, wishes=Wishes(weekdays=frozenset({1}), earliest=at("14:00").time()))

    assert {line.slot.local_start.weekday() for line in preview.lines[1:]} == {1}
    assert all(line.slot.local_start.hour >= 14 for line in preview.lines)


def test_days_away_are_always_kept(house):
    wishes = Wishes(away=((date(2026, 12, 1), date(2026, 12, 4)), (date(2026, 12, 14), date(2026, 12, 18))))
    found = days(preview_course(course=prescribed(house), now=NOW, wishes=wishes))

    assert not [day for day in found if day.isoformat() in ("2026-12-03", "2026-12-17")]
    assert all(not first <= day <= last for day in found for first, last in wishes.away)


def test_one_date_can_be_swapped_while_the_others_stay(house):
    course = prescribed(house)
    before = preview_course(course=course, now=NOW)
    other = before.lines[3].alternatives[0]
    after = preview_course(course=course, now=NOW, chosen={5: other.value})

    assert after.values == before.values | {5: other.value}


@pytest.mark.parametrize("value", ("", "nonsense", "20261203T0300Z-{key}", "20261203T1000Z-nobody"))
def test_a_tampered_date_is_refused(house, value):
    course = prescribed(house)
    values = preview_course(course=course, now=NOW).values | {3: value.format(key=house.practitioner.key)}

    with pytest.raises(CourseClash) as clash:
        book_course(course=course, values=values, by=house.desk, now=NOW)
    assert (list(clash.value.words), Appointment.objects.of_course(course).count()) == ([3], 1)


def test_a_cancelled_session_is_proposed_again(house):
    course = prescribed(house)
    booked = book_course(course=course, values=preview_course(course=course, now=NOW).values, by=house.desk, now=NOW)
    cancel_appointment(appointment=booked[-1], by=house.desk, who="clinic", because="", now=NOW)

    assert [line.session.number for line in preview_course(course=course, now=NOW).lines] == [10]


def test_a_session_with_a_time_is_moved_and_not_booked_again(house):
    course = prescribed(house)
    session = course.sessions.get(number=1)
    with pytest.raises(BookedAlready):
        book_appointment(session=session, slot=house.slot(at("14:00")), by=house.desk, now=NOW)


def test_six_units_cover_six_visits_and_four_wait(house):
    course = prescribed(house)
    set_funding(course=course, payer=Payer.INSURER, insurer=InsurerFactory(), policy_number="12345678", now=NOW)
    book_course(course=course, values=preview_course(course=course, now=NOW).values, by=house.desk, now=NOW)
    record_authorisation(
        policy=Policy.objects.get(), code="ABC1234", units=6, first_day=None, last_day=None, by=UserFactory(role=Role.ADMIN), now=NOW
    )

    states = list(Cover.objects.by_date().values_list("state", flat=True))
    assert states == [CoverState.RESERVED] * 6 + [CoverState.AWAITING] * 4


@pytest.mark.django_db(transaction=True)
def test_many_courses_at_one_instant_never_overlap_deadlock_or_book_half():
    house = small_clinic()
    courses = [prescribed(house, booked=False) for _ in range(6)]
    previews = [preview_course(course=course, now=NOW).values for course in courses]

    results = race(12, lambda number: book_course(course=courses[number % 6], values=previews[number % 6], by=house.desk, now=NOW))

    assert {type(each) for each in results} <= {list, CourseClash}
    assert overlaps() == 0
    assert {Appointment.objects.of_course(course).filter(state=State.BOOKED).count() for course in courses} == {0, 10}
