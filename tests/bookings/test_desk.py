"""What the desk asks of the diary, and the first visit it books."""

import pytest

from bookings.clashes import SlotTaken
from bookings.desk import courses_to_book, days_at, next_visits, slot_at
from bookings.models import Appointment
from bookings.selectors import Wish
from bookings.services.appointments import book_appointment
from bookings.services.desk import book_first_visit, booked_before
from bookings.services.online import hold_time, start_booking
from insurers.models import Funding
from tests.bookings.cast import small_clinic
from tests.bookings.test_appointments import race
from tests.bookings.test_courses import prescribed
from tests.factories import CourseFactory, PatientFactory, UserFactory, at
from treatments.models import Course

NOW = at("08:00")
THURSDAY = NOW.date()


@pytest.fixture
def house(db):
    return small_clinic()


def wish(house, **more):
    return Wish(service=house.service, first_day=THURSDAY, last_day=THURSDAY, now=NOW, practitioner=house.practitioner, **more)


def days(house, now=NOW):
    return days_at(clinic=house.clinic, user=house.desk, first_day=THURSDAY, last_day=THURSDAY, now=now)


def first_visit(house, patient, start):
    return book_first_visit(patient=patient, complaint="lower_back", slot=house.slot(start), by=house.desk, now=NOW)


def test_a_typed_time_takes_a_free_room_where_there_is_one(house):
    book_appointment(session=house.session(), slot=house.slot(at("10:00")), by=house.desk, now=NOW)

    assert slot_at(wish=wish(house), start=at("10:15")).room == house.rooms[1]
    assert slot_at(wish=wish(house), start=at("11:05")).start == at("11:05")


def test_a_typed_time_that_is_taken_is_still_a_slot_for_the_service_to_judge(house):
    book_appointment(session=house.session(), slot=house.slot(at("10:00")), by=house.desk, now=NOW)
    found = slot_at(wish=wish(house), start=at("10:00"))

    assert (found.start, found.room) == (at("10:00"), house.rooms[1])  # where least stands in the way
    with pytest.raises(SlotTaken):
        book_appointment(session=house.session(), slot=found, by=house.desk, now=NOW)
    overbooked = book_appointment(session=house.session(), slot=found, by=house.desk, now=NOW, overbook_reason="Back locked")
    assert overbooked.room == house.rooms[1]


def test_a_first_visit_that_is_refused_leaves_no_course(house):
    first_visit(house, PatientFactory(clinic=house.clinic), at("10:00"))
    patient = PatientFactory(clinic=house.clinic)

    with pytest.raises(SlotTaken):
        first_visit(house, patient, at("10:00"))
    assert not Course.objects.filter(patient=patient).exists()
    assert Funding.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_pressing_twice_at_once_books_once():
    house = small_clinic()
    patient = PatientFactory(clinic=house.clinic)

    answers = race(4, lambda number: first_visit(house, patient, at("10:00")))

    assert sorted(isinstance(answer, SlotTaken) for answer in answers) == [False, True, True, True]
    assert (Appointment.objects.count(), Course.objects.count()) == (1, 1)
    assert booked_before(patient, house.slot(at("10:00"))) == Appointment.objects.get()


def test_a_hold_leaves_the_day_when_it_runs_out(house):
    booking = start_booking(clinic=house.clinic, complaint="lower_back", now=NOW)
    held = hold_time(booking=booking, slot=house.slot(at("11:00")), now=NOW)

    assert [visit.appointment for visit in days(house).visits] == [held]
    assert days(house, now=at("08:10")).visits == ()


def test_somebody_who_was_here_before_is_not_new(house):
    patient = PatientFactory(clinic=house.clinic)
    first_visit(house, patient, at("10:00"))
    assert [visit.appointment.is_known for visit in days(house).visits] == [False]

    CourseFactory(patient=patient, opened_at=at("08:00", "2026-01-15"))
    assert [visit.appointment.is_known for visit in days(house).visits] == [True]


def test_each_open_course_names_its_next_session(house):
    course = prescribed(house)

    assert courses_to_book(user=house.desk, patient=course.patient) == [(course, course.sessions.get(number=2))]
    assert courses_to_book(user=UserFactory(), patient=course.patient) == []


def test_the_next_visit_of_each_patient_is_the_first_ahead(house):
    patient, other = PatientFactory(clinic=house.clinic), PatientFactory(clinic=house.clinic)
    soon = first_visit(house, patient, at("10:00"))
    first_visit(house, patient, at("15:00"))

    assert next_visits(user=house.desk, patients=[patient, other], now=NOW) == {patient.pk: soon}
