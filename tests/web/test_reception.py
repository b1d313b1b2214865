"""Booking, moving, patients and rooms at the desk."""

from datetime import date, timedelta

import pytest

from bookings.enums import Door, State
from bookings.models import Appointment
from bookings.services.appointments import check_in
from bookings.services.visits import start_insertion, start_removal, start_rest
from clinic.enums import Role
from clinic.models import AuditEntry
from insurers.enums import CoverState, Payer
from insurers.models import Cover, Funding
from patients.models import Patient
from tests.factories import CourseFactory, InsurerFactory, PatientFactory, PractitionerFactory, SessionFactory, UserFactory, at
from tests.web.desk import MOST_QUERIES, NOW, desk, patient_of, text, visit
from treatments.models import Course

FRIDAY = "2026-11-27"
FIRST = {"complaint": "lower_back", "payer": "self"}


@pytest.fixture
def house(db, clock):
    clock.set(NOW)
    return desk()


@pytest.fixture
def at_desk(client, house):
    client.force_login(house.desk)
    return client


def value(house, start):
    return house.slot(start).value


def booking(house, patient, **more):
    return "/diary/book/?" + "&".join(
        f"{k}={v}" for k, v in {"patient": patient.key, "service": house.service.key, "day": FRIDAY, **more}.items()
    )


# Booking


def test_booking_asks_for_whom_for_what_and_when(house, at_desk):
    patient = patient_of(house, first_name="Mei", last_name="Tanaka")

    assert f"?patient={patient.key}" in text(at_desk.get("/diary/book/?q=tana"))
    assert f"&amp;service={house.service.key}" in text(at_desk.get(f"/diary/book/?patient={patient.key}"))
    page = text(at_desk.get(booking(house, patient)))
    assert f'value="{value(house, at("09:00", FRIDAY))}"' in page
    assert "Free on Friday 27 November 2026" in page


def test_the_desk_sees_first_which_times_pack_the_day_well(house, at_desk):
    visit(house, at("11:00", FRIDAY))
    page = at_desk.get(booking(house, patient_of(house)))
    [(person, (suggested, others))] = page.context["week"].by_person
    starts = [[slot.start for slot in slots] for _, slots in (suggested, others)]

    assert (person, suggested[0], others[0]) == (house.practitioner, "Suggested", "Other times")
    assert starts[0] == [at(clock, FRIDAY) for clock in ("09:00", "10:10", "11:20", "11:50", "17:10")]
    assert sorted(starts[0] + starts[1]) == [slot.start for slot in page.context["week"].times]
    assert text(page).index("Suggested</h3>") < text(page).index("<b>11:50</b>") < text(page).index("Other times</h3>")


def test_the_day_of_the_diary_is_kept_on_the_way_to_the_times(house, at_desk):
    patient = patient_of(house)

    assert f"?patient={patient.key}&amp;day={FRIDAY}" in text(at_desk.get(f"/diary/book/?q={patient.first_name}&day={FRIDAY}"))
    assert f"&amp;service={house.service.key}&amp;day={FRIDAY}" in text(at_desk.get(f"/diary/book/?patient={patient.key}&day={FRIDAY}"))
    assert at_desk.post(f"/diary/register/?day={FRIDAY}", ABOUT)["Location"].endswith(f"&day={FRIDAY}")


def test_a_first_visit_is_booked_without_answers(house, at_desk):
    patient = patient_of(house)
    response = at_desk.post(booking(house, patient), {**FIRST, "time": value(house, at("10:00", FRIDAY))}, follow=True)

    booked = Appointment.objects.get()
    assert "is booked: Fri 27 Nov 2026, 10:00" in text(response)
    assert (booked.patient, booked.door, booked.state) == (patient, Door.DESK, State.BOOKED)
    assert (booked.session.course.intake, booked.session.course.complaint) == (None, "lower_back")
    assert Cover.objects.get().state == CoverState.SELF_PAY


def test_the_insurer_is_noted_while_booking(house, at_desk):
    insurer, patient = InsurerFactory(slug="aviva"), patient_of(house)
    sent = {"complaint": "lower_back", "payer": "insurer", "time": value(house, at("10:00", FRIDAY))}

    assert "Choose the insurer" in text(at_desk.post(booking(house, patient), sent))
    assert not Course.objects.exists()
    at_desk.post(booking(house, patient), {**sent, "insurer": "aviva", "policy_number": "1234567"})
    assert (Funding.objects.get().payer, Funding.objects.get().policy.insurer) == (Payer.INSURER, insurer)
    assert Cover.objects.get().state == CoverState.AWAITING


def test_pressing_twice_books_once(house, at_desk):
    patient = patient_of(house)
    for _ in range(2):
        response = at_desk.post(booking(house, patient), {**FIRST, "time": value(house, at("10:00", FRIDAY))})

    assert response.status_code == 302
    assert (Appointment.objects.count(), Course.objects.count()) == (1, 1)


def test_the_next_session_of_a_course_is_booked(house, at_desk):
    patient = patient_of(house)
    course = CourseFactory(patient=patient, service=house.service, prescribed_at=NOW)
    session = SessionFactory(course=course, number=2)
    SessionFactory(course=course, number=3)

    assert f"&amp;course={course.key}" in text(at_desk.get(f"/diary/book/?patient={patient.key}"))
    at_desk.post(f"/diary/book/?patient={patient.key}&course={course.key}&day={FRIDAY}", {"time": value(house, at("10:00", FRIDAY))})
    assert Appointment.objects.get().session == session


def test_any_five_minutes_can_be_typed(house, at_desk):
    sent = {**FIRST, "clock": "10:05", "person": house.practitioner.key}
    at_desk.post(booking(house, patient_of(house)), sent)

    assert Appointment.objects.get().start == at("10:05", FRIDAY)


@pytest.mark.parametrize(
    ("sent", "words"),
    [
        ({}, "Choose one of the times, or type another"),
        ({"time": "20261127T1000Z-nobody"}, "That time has just gone. Choose another"),
        ({"time": "nonsense"}, "That time has just gone. Choose another"),
        ({"clock": "10:03"}, "Choose a time on five minutes, like 09:05"),
        ({"clock": "noon"}, "Enter a time, like 09:10"),
        ({"clock": "10:05"}, "Say with whom"),
    ],
)
def test_times_that_cannot_be_are_explained(house, at_desk, sent, words):
    page = text(at_desk.post(booking(house, patient_of(house)), FIRST | sent))

    assert words in page and "There is a problem" in page
    assert not Appointment.objects.exists()


def test_a_time_that_has_just_gone_is_answered_with_the_nearest(house, at_desk):
    visit(house, at("10:00", FRIDAY))
    patient = patient_of(house)
    response = at_desk.post(booking(house, patient), {**FIRST, "time": value(house, at("10:00", FRIDAY))})

    assert response.status_code == 409
    assert "That time has just gone." in text(response) and "Nearest free times" in text(response)
    assert not Course.objects.filter(patient=patient).exists()


def test_a_deliberate_overbook_needs_a_reason_and_keeps_it(house, at_desk):
    visit(house, at("10:00", FRIDAY))
    sent = {**FIRST, "clock": "10:00", "person": house.practitioner.key, "reason": "Back locked this morning"}
    response = at_desk.post(booking(house, patient_of(house)), sent)

    assert response.status_code == 302
    assert Appointment.objects.filter(overbook_reason="Back locked this morning", during__startswith=at("10:00", FRIDAY)).count() == 1
    assert "Overbooked on purpose" in text(at_desk.get(f"/diary/?day={FRIDAY}"))


def test_nobody_is_overbooked_outside_working_hours(house, at_desk):
    sent = {**FIRST, "clock": "20:00", "person": house.practitioner.key, "reason": "Please"}
    response = at_desk.post(booking(house, patient_of(house)), sent)

    assert response.status_code == 409
    assert "That lies outside working hours." in text(response)


@pytest.mark.parametrize("day", ["2026-02-30", "2020-01-01", "2030-01-01"])
def test_a_day_that_cannot_be_booked_is_said_so(house, at_desk, day):
    response = at_desk.get(booking(house, patient_of(house), day=day))

    assert response.status_code == 200
    assert "This is the nearest that can" in text(response)


def test_another_clinics_people_and_services_cannot_be_booked(house, at_desk):
    other = desk()
    mine, theirs = patient_of(house), patient_of(other)

    assert at_desk.get(f"/diary/book/?patient={theirs.key}").status_code == 404
    assert at_desk.get(booking(other, mine)).status_code == 404
    assert theirs.name not in text(at_desk.get(f"/diary/book/?q={theirs.first_name}"))
    course = CourseFactory(patient=theirs, service=other.service, prescribed_at=NOW)
    SessionFactory(course=course, number=2)
    assert "when?" not in text(at_desk.get(f"/diary/book/?patient={mine.key}&course={course.key}"))


# Registering


ABOUT = {
    "first_name": "Ruth",
    "last_name": "Simmons",
    "born_day": "14",
    "born_month": "March",
    "born_year": "1965",
    "mobile": "07700 900461",
}


def test_somebody_new_is_registered_and_booked_next(house, at_desk):
    response = at_desk.post("/diary/register/", ABOUT | {"email": "ruth@example.org"})

    patient = Patient.objects.get()
    assert (patient.name, patient.date_of_birth, patient.clinic) == ("Ruth Simmons", date(1965, 3, 14), house.clinic)
    assert response["Location"].startswith(f"/diary/book/?patient={patient.key}")
    assert AuditEntry.objects.get(verb="patient.register").by == house.desk


@pytest.mark.parametrize("known", [{"email": "ruth@example.org"}, {"date_of_birth": date(1965, 3, 14), "last_name": "simmons"}])
def test_a_second_record_of_one_person_is_made_only_on_purpose(house, at_desk, known):
    patient_of(house, **known)
    sent = ABOUT | {"email": "ruth@example.org"}

    assert "Somebody like this is known already." in text(at_desk.post("/diary/register/", sent))
    assert Patient.objects.count() == 1
    at_desk.post("/diary/register/", sent | {"sure": "on"})
    assert Patient.objects.count() == 2


def test_somebody_who_cannot_be_reached_is_not_registered(house, at_desk):
    page = text(at_desk.post("/diary/register/", ABOUT | {"mobile": ""}))

    assert "Enter a mobile or an e-mail address" in page
    assert not Patient.objects.exists()


# Moving


def test_a_visit_is_moved_to_one_of_the_nearest_times(house, at_desk):
    booked = visit(house, at("10:00", FRIDAY))
    address = f"/diary/visits/{booked.key}/move/"

    assert f'value="{value(house, at("10:50", FRIDAY))}"' in text(at_desk.get(address))
    response = at_desk.post(address, {"time": value(house, at("15:00", FRIDAY))}, follow=True)
    assert "is moved to Fri 27 Nov 2026, 15:00" in text(response)
    assert Appointment.objects.get().start == at("15:00", FRIDAY)


def test_a_visit_can_move_by_ten_minutes_over_its_own_time(house, at_desk):
    booked = visit(house, at("10:00", FRIDAY))
    at_desk.post(f"/diary/visits/{booked.key}/move/?on={FRIDAY}", {"clock": "10:10", "person": house.practitioner.key})

    moved = Appointment.objects.get()
    assert (moved.start, moved.room) == (at("10:10", FRIDAY), house.rooms[0])


def test_a_move_to_a_taken_time_keeps_the_old_one(house, at_desk):
    visit(house, at("15:00", FRIDAY))
    booked = visit(house, at("10:00", FRIDAY))
    response = at_desk.post(f"/diary/visits/{booked.key}/move/", {"time": value(house, at("15:00", FRIDAY))})

    booked.refresh_from_db()
    assert response.status_code == 409
    assert booked.start == at("10:00", FRIDAY)


def test_a_visit_that_has_begun_is_not_moved(house, at_desk):
    booked = check_in(appointment=visit(house, at("10:00")), by=house.desk, now=NOW)
    address = f"/diary/visits/{booked.key}/move/"

    assert "can’t be moved" in text(at_desk.get(address))
    at_desk.post(address, {"time": value(house, at("15:00", FRIDAY))})
    assert Appointment.objects.get().start == at("10:00")


def test_the_panels_part_offers_three_times(house, at_desk):
    booked = visit(house, at("10:00", FRIDAY))
    page = text(at_desk.get(f"/diary/visits/{booked.key}/move/", headers={"HX-Request": "true"}))

    assert page.count('name="time"') == 3
    assert "<html" not in page


# Patients


def test_patients_are_found_by_name_number_and_address(house, at_desk):
    patient_of(house, first_name="Mei", last_name="Tanaka", mobile="07700 900318", email="mei@example.org")
    patient_of(house, first_name="Ruth", last_name="Simmons", mobile="07700 900555")

    for words in ("tanaka", "Mei", "900318", "mei@"):
        page = text(at_desk.get("/patients/", {"q": words}))
        assert "Mei Tanaka" in page and "Ruth Simmons" not in page
    assert "Nobody by that name, number or address." in text(at_desk.get("/patients/", {"q": "zzz"}))


def test_the_list_of_patients_comes_in_pages_and_as_a_file_without_formulas(house, at_desk, django_assert_max_num_queries):
    PatientFactory.create_batch(31, clinic=house.clinic, last_name="Marsh")
    patient_of(house, first_name="@SUM(A1)", last_name="Aardvark")
    stranger = PatientFactory()

    with django_assert_max_num_queries(MOST_QUERIES):
        page = text(at_desk.get("/patients/"))
    assert "Page 1 of 2" in page
    assert "Page 2 of 2" in text(at_desk.get("/patients/?page=2"))
    lines = at_desk.get("/patients/?file=csv").content.decode("utf-8-sig").splitlines()
    assert len(lines) == 33
    assert lines[1].startswith("'@SUM(A1),Aardvark,")
    assert stranger.email not in "".join(lines)


def test_a_clinic_without_patients_says_what_to_do(house, at_desk):
    assert "Register the first" in text(at_desk.get("/patients/"))


# Rooms


def test_the_board_says_what_happens_in_each_room(house, at_desk, clock):
    booked = visit(house, at("09:00"))
    check_in(appointment=booked, by=house.desk, now=at("08:50"))
    clock.set(at("08:55"))
    page = text(at_desk.get("/rooms/"))
    assert "Arrived 08:50, waiting 5 min" in page and "next, in 5 minutes" in page and "nobody else today" in page

    start_insertion(appointment=booked, by=house.practitioner.user, now=at("09:00"))
    clock.set(at("09:11"))
    assert "Inserting" in text(at_desk.get("/rooms/"))
    start_rest(appointment=booked, by=house.practitioner.user, now=at("09:15"))
    clock.set(at("09:23"))
    page = text(at_desk.get("/rooms/"))
    assert "Resting" in page and "Out at 09:40, in 17 min" in page
    clock.set(at("09:47"))
    assert "Overdue by 7 min" in text(at_desk.get("/rooms/")) and "Should be out since 09:40" in text(at_desk.get("/rooms/"))
    start_removal(appointment=booked, by=house.practitioner.user, now=at("09:48"))
    assert "Removing" in text(at_desk.get("/rooms/"))


def test_names_are_short_on_the_board(house, at_desk):
    visit(house, at("10:00"), patient=patient_of(house, first_name="Mei", last_name="Tanaka"))
    page = text(at_desk.get("/rooms/"))

    assert "Mei T." in page and "Tanaka" not in page


def test_the_board_renews_only_itself(house, at_desk):
    page = text(at_desk.get("/rooms/", headers={"HX-Request": "true"}))

    assert page.startswith('<div id="board"') and 'hx-trigger="every 20s"' in page


def test_only_who_treats_gets_the_next_step_on_the_board(house, client):
    booked = check_in(appointment=visit(house, at("10:00")), by=house.desk, now=NOW)
    step = f"/visits/{booked.key}/insertion/"
    client.force_login(house.desk)
    assert step not in text(client.get("/rooms/"))
    client.force_login(house.practitioner.user)
    assert step in text(client.get("/rooms/"))


# Who may


@pytest.mark.parametrize("address", ["/diary/book/", "/diary/register/"])
def test_practitioners_do_not_book(house, client, address):
    client.force_login(house.practitioner.user)
    assert (client.get(address).status_code, client.post(address, {}).status_code) == (404, 404)


@pytest.mark.parametrize("address", ["/patients/", "/rooms/", "/diary/book/", "/diary/register/"])
def test_patients_find_nothing_at_the_desk(db, client, address):
    client.force_login(UserFactory(role=Role.PATIENT))
    assert client.get(address).status_code == 404


@pytest.mark.parametrize("count", [1, 6])
def test_pages_of_the_desk_ask_little_whatever_the_number_of_visits(house, at_desk, django_assert_max_num_queries, count):
    booked, *_ = [visit(house, at("09:00", FRIDAY) + timedelta(hours=hour)) for hour in range(count)]
    PractitionerFactory.create_batch(count, clinic=house.clinic)
    for address in ("/rooms/", "/patients/", f"/diary/visits/{booked.key}/move/", booking(house, patient_of(house))):
        with django_assert_max_num_queries(MOST_QUERIES):
            assert at_desk.get(address).status_code == 200
