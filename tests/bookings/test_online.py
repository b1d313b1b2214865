from datetime import date, timedelta

import pytest

from bookings.clashes import SlotTaken
from bookings.enums import State
from bookings.models import Appointment, Booking, Occupancy
from bookings.services.appointments import book_appointment
from bookings.services.online import (
    HoldGone,
    NotYet,
    TooManyVisits,
    extend_hold,
    finish_booking,
    hold_time,
    let_go,
    start_booking,
    technique_words,
)
from bookings.services.tidying import tidy_up
from clinic.models import Absence, Task
from insurers.enums import CoverState, Payer
from insurers.models import Authorisation, Cover
from messaging.models import Message
from patients.models import Consent, Finding, Intake, Patient
from patients.services import intake_of, save_answers, screen_intake
from tests.bookings.cast import small_clinic
from tests.bookings.test_appointments import overlaps, race
from tests.factories import InsurerFactory, at
from treatments.models import Course

NOW = at("08:00")
HEALTHY = {
    "born": "1984-03-14",
    "where": "lower_back",
    "pregnant": "no",
    "urgent": ["none"],
    "onset": "weeks",
    "warnings": ["none"],
    "bleeding": ["none"],
    "medicines": ["none"],
    "conditions": ["none"],
    "history": ["none"],
    "skin": ["none"],
    "treatment": ["none"],
}


@pytest.fixture
def house(db):
    return small_clinic()


def visitor(house, *, answers=HEALTHY, now=NOW, **more) -> Booking:
    """Somebody who has answered everything and proved their address, but holds no time yet."""
    booking = start_booking(clinic=house.clinic, complaint="lower_back", now=now)
    details = {
        "service": house.service,
        "payer": Payer.SELF,
        "first_name": "Hannah",
        "last_name": "Lindley",
        "date_of_birth": date(1984, 3, 14),
        "email": "hannah@example.org",
        "proved_address": "hannah@example.org",
        "mobile": "07700 900142",
        "consents": [["treatment", "I agree to be examined and treated."]],
    } | more
    Booking.objects.filter(pk=booking.pk).update(**details)
    booking.refresh_from_db()
    intake = save_answers(intake=intake_of(booking.key), given=answers)
    screen_intake(intake=intake, techniques=technique_words(booking), now=now)
    return booking


def hold(house, booking, clock="10:00", now=NOW):
    return hold_time(booking=booking, slot=house.slot(at(clock)), now=now)


def test_a_finished_booking_is_a_patient_a_course_a_visit_and_a_message(house):
    booking = visitor(house)
    hold(house, booking)
    appointment = finish_booking(booking=booking, now=NOW)

    patient = Patient.objects.get()
    assert (appointment.state, appointment.patient, appointment.until) == (State.BOOKED, patient, None)
    assert (patient.name, patient.user.email, patient.user.role) == ("Hannah Lindley", "hannah@example.org", "patient")
    assert (Course.objects.get().state, Intake.objects.get().patient, Consent.objects.get().patient) == ("assessment", patient, patient)
    assert Cover.objects.get().state == CoverState.SELF_PAY
    assert appointment.occupancies.filter(timeline=patient.timeline).count() == 1
    assert Message.objects.filter(kind="appointment-booked", about=appointment.key).count() == 1


def test_finishing_twice_books_once(house):
    booking = visitor(house)
    hold(house, booking)
    again = Booking.objects.get(pk=booking.pk)

    first, second = finish_booking(booking=booking, now=NOW), finish_booking(booking=again, now=NOW)

    assert (first, Appointment.objects.count(), Patient.objects.count(), Course.objects.count()) == (second, 1, 1, 1)


def test_a_later_visit_finds_the_same_record_and_a_twin_gets_their_own(house):
    for clock, name in (("10:00", "Hannah"), ("11:00", "hannah"), ("12:00", "Tom")):
        booking = visitor(house, first_name=name)
        hold(house, booking, clock)
        finish_booking(booking=booking, now=NOW)

    assert sorted(Patient.objects.values_list("first_name", flat=True)) == ["Hannah", "Tom"]


def test_a_held_time_is_taken_for_everybody_else_until_it_runs_out(house):
    hold(house, visitor(house))
    with pytest.raises(SlotTaken):
        hold(house, visitor(house, email="other@example.org"), now=at("08:09"))

    later = hold(house, visitor(house, email="other@example.org"), now=at("08:10"))

    assert list(Appointment.objects.all()) == [later]


def test_a_hold_that_ran_out_is_gone_and_says_so(house):
    booking = visitor(house)
    hold(house, booking)

    with pytest.raises(HoldGone):
        finish_booking(booking=Booking.objects.get(pk=booking.pk), now=at("08:11"))
    assert (Patient.objects.count(), Message.objects.count()) == (0, 0)


def test_a_hold_is_extended_from_now_but_not_for_ever(house):
    booking = visitor(house)
    hold(house, booking)

    assert extend_hold(booking=booking, now=at("08:08")).until == at("08:18")
    extend_hold(booking=booking, now=at("08:17"))
    extend_hold(booking=booking, now=at("08:26"))
    assert extend_hold(booking=booking, now=at("08:35")).until == at("08:40")
    with pytest.raises(HoldGone):
        extend_hold(booking=booking, now=at("08:40"))


def test_choosing_another_time_gives_the_first_one_back(house):
    booking = visitor(house)
    hold(house, booking)
    hold(house, booking, "14:00")

    assert [row.start for row in Appointment.objects.all()] == [at("14:00")]
    assert book_appointment(session=house.session(), slot=house.slot(at("10:00")), by=house.desk, now=NOW).state == State.BOOKED


def test_letting_go_leaves_nothing(house):
    booking = visitor(house)
    hold(house, booking)
    let_go(booking=booking)

    assert (Appointment.objects.count(), Occupancy.objects.count()) == (0, 0)


@pytest.mark.parametrize(
    ("missing", "step"),
    (
        ({"service": None}, "service"),
        ({"payer": ""}, "payer"),
        ({"last_name": ""}, "about"),
        ({"date_of_birth": None}, "about"),
        ({"proved_address": ""}, "code"),
        ({"proved_address": "somebody@example.org"}, "code"),
        ({"consents": []}, "about"),
    ),
)
def test_no_step_can_be_skipped(house, missing, step):
    booking = visitor(house)
    hold(house, booking)
    Booking.objects.filter(pk=booking.pk).update(**missing)

    with pytest.raises(NotYet) as refused:
        finish_booking(booking=Booking.objects.get(pk=booking.pk), now=NOW)
    assert (refused.value.step, Patient.objects.count()) == (step, 0)


def test_answers_changed_after_screening_must_be_screened_again(house):
    booking = visitor(house)
    hold(house, booking)
    save_answers(intake=intake_of(booking.key), given={"urgent": ["cauda_equina_saddle_numbness"]})

    with pytest.raises(NotYet) as refused:
        finish_booking(booking=booking, now=NOW)
    assert refused.value.step == "safety"


def test_the_server_decides_again_at_the_end(house):
    booking = visitor(house)
    hold(house, booking)
    Intake.objects.update(answers=HEALTHY | {"urgent": ["cauda_equina_saddle_numbness"]})

    with pytest.raises(NotYet) as refused:
        finish_booking(booking=booking, now=NOW)
    assert (refused.value.step, Patient.objects.count()) == ("result", 0)


def test_an_answer_for_review_keeps_the_time_as_provisional_and_asks_a_practitioner(house):
    booking = visitor(house, answers=HEALTHY | {"medicines": ["anticoagulant_medication"]})
    hold(house, booking)
    appointment = finish_booking(booking=booking, now=NOW)

    assert (appointment.state, appointment.waits_for_review) == (State.PROVISIONAL, True)
    assert Task.objects.get().kind == "review answers"
    assert "anticoagulant_medication" in Finding.objects.values_list("rule", flat=True)
    assert Message.objects.get(kind="appointment-provisional").state == "due"


@pytest.mark.parametrize(("code", "state"), (("", State.PROVISIONAL), ("ABC1234", State.BOOKED)))
def test_an_insured_visit_waits_for_its_code(house, code, state):
    booking = visitor(house, payer=Payer.INSURER, insurer=InsurerFactory(), policy_number="12345678", authorisation_code=code)
    hold(house, booking)
    appointment = finish_booking(booking=booking, now=NOW)

    assert (appointment.state, appointment.waits_for_code) == (state, not code)
    assert Cover.objects.get().state == CoverState.AWAITING
    assert list(Authorisation.objects.values_list("code", flat=True)) == ([code] if code else [])


def test_a_patient_books_only_so_many_visits_online(house):
    for clock in ("09:00", "10:00", "11:00", "12:00", "13:00"):
        booking = visitor(house)
        hold(house, booking, clock)
        if clock == "13:00":
            with pytest.raises(TooManyVisits):
                finish_booking(booking=booking, now=NOW)
        else:
            finish_booking(booking=booking, now=NOW)
    assert Appointment.objects.exclude(state=State.HELD).count() == 4


def test_leave_taken_while_the_form_was_filled_in_is_respected(house):
    booking = visitor(house)
    hold(house, booking)
    Absence.objects.create(clinic=house.clinic, timeline=house.practitioner.timeline, during=(at("09:00"), at("12:00")), reason="Ill")

    with pytest.raises(SlotTaken):
        finish_booking(booking=booking, now=NOW)
    assert Patient.objects.count() == 0


def test_what_nobody_finished_is_forgotten(house):
    booking = visitor(house)
    hold(house, booking)
    tidy_up(now=NOW + timedelta(minutes=11))
    assert (Appointment.objects.count(), Booking.objects.count()) == (0, 1)

    tidy_up(now=NOW + timedelta(days=3))
    assert (Booking.objects.count(), Intake.objects.count(), Finding.objects.count()) == (0, 0, 0)


@pytest.mark.django_db(transaction=True)
def test_fifty_visitors_hold_one_time_and_one_gets_it():
    house = small_clinic()
    bookings = [visitor(house, email=f"visitor{number}@example.org") for number in range(50)]

    results = race(50, lambda number: hold(house, bookings[number]))

    assert sorted(type(each).__name__ for each in results) == ["Appointment"] + ["SlotTaken"] * 49
    assert overlaps() == 0


@pytest.mark.django_db(transaction=True)
def test_pressing_the_button_eight_times_at_once_books_once():
    house = small_clinic()
    booking = visitor(house)
    hold(house, booking)

    results = race(8, lambda number: finish_booking(booking=Booking.objects.get(pk=booking.pk), now=NOW))

    assert {each.pk for each in results} == {results[0].pk}
    assert (Appointment.objects.count(), Patient.objects.count(), Message.objects.filter(kind="appointment-booked").count()) == (1, 1, 1)
