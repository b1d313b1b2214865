"""The diary's page: grid, list, week and panel, for each role, and what each of them does."""

from datetime import date

import pytest

from bookings.enums import CancelledBy, State
from bookings.models import Appointment
from bookings.services.appointments import cancel_appointment, check_in
from bookings.services.online import hold_time, start_booking
from clinic.access import PERMISSIONS
from clinic.enums import Role
from clinic.models import Absence
from insurers.enums import Payer
from insurers.services import set_funding
from patients.models import Finding
from tests.factories import AppointmentFactory, InsurerFactory, IntakeFactory, UserFactory, at
from tests.web.desk import MOST_QUERIES, NOW, desk, patient_of, text, visit

CANARY = "warfarin for the heart"
THURSDAY = "2026-11-26"


@pytest.fixture
def house(db, clock):
    clock.set(NOW)
    return desk()


@pytest.fixture
def at_desk(client, house):
    client.force_login(house.desk)
    return client


def diary(client, **asked):
    return client.get("/diary/", {"day": THURSDAY, **asked})


def flagged(patient):
    """A patient whose answers raised something that only clinicians may read."""
    intake = IntakeFactory(patient=patient, screened_at=NOW, tier="review", flags=["anticoagulant"])
    Finding.objects.create(intake=intake, rule="anticoagulant", tier="review", rank=2, words=CANARY, said=CANARY, note=CANARY, source="x")
    return patient


def test_a_visit_stands_in_its_rows_with_its_stretches(house, at_desk):
    booked = visit(house, at("10:00"))
    page = text(diary(at_desk))

    assert f'<li class="slot lane-1 r-012 h-9" data-visit="{booked.key}">' in page
    assert '<span class="tile__hands h-3"></span><span class="tile__rest h-5"></span><span class="tile__hands h-1"></span>' in page
    assert '<li class="rail r-012 h-3" aria-hidden="true">' in page and '<li class="rail r-020 h-1" aria-hidden="true">' in page
    assert "style=" not in page


def test_two_visits_that_rest_in_turn_stand_in_two_lanes(house, at_desk):
    visit(house, at("10:00"))
    visit(house, at("10:15"), room=1)

    page = text(diary(at_desk))

    assert "diary__col lanes-2" in page and "slot lane-2 r-015 h-9" in page
    assert "lanes-2" not in text(diary(at_desk, by="room"))


def test_rooms_are_columns_too(house, at_desk):
    visit(house, at("10:00"))
    page = text(diary(at_desk, by="room"))

    assert page.count("diary__col") == 2
    assert 'class="rail' not in page


def test_the_list_and_the_week_show_the_same_visits(house, at_desk):
    patient = patient_of(house, first_name="Mei", last_name="Tanaka")
    visit(house, at("10:00"), patient=patient)

    assert text(diary(at_desk, **{"as": "list"})).count("Mei Tanaka") >= 1
    week = text(diary(at_desk, view="week"))
    assert "Mei Tanaka" in week and "Thursday 26 November" in week and "Sunday 29 November" in week


@pytest.mark.parametrize(
    ("asked", "shown"),
    [
        ({"q": "tanaka"}, True),
        ({"q": "marsh"}, False),
        ({"s": "booked"}, True),
        ({"s": "dna"}, False),
        ({"m": "new"}, True),
        ({"m": "code"}, False),
    ],
)
def test_the_list_is_narrowed_by_words_state_and_mark(house, at_desk, asked, shown):
    visit(house, at("10:00"), patient=patient_of(house, first_name="Mei", last_name="Tanaka"))

    assert ("Mei Tanaka" in text(diary(at_desk, **{"as": "list"}, **asked))) == shown


def test_the_desk_sees_that_there_is_an_alert_and_never_what(house, at_desk):
    booked = visit(house, at("10:00"), patient=flagged(patient_of(house)))
    set_funding(course=booked.session.course, payer=Payer.INSURER, insurer=InsurerFactory(), policy_number="1234567", now=NOW)

    for asked in ({}, {"visit": booked.key}, {"as": "list"}, {"view": "week"}, {"file": "csv"}):
        page = text(diary(at_desk, **asked))
        assert "Safety alert" in page
        assert CANARY not in page and "anticoagulant" not in page
    assert CANARY not in text(at_desk.get(f"/diary/visits/{booked.key}/move/")) + text(at_desk.get("/rooms/"))


def test_the_panel_says_who_pays_what_is_missing_and_what_was_told(house, at_desk):
    booked = visit(house, at("10:00", "2026-12-03"), patient=patient_of(house, mobile="07700 900142"))
    set_funding(course=booked.session.course, payer=Payer.INSURER, insurer=InsurerFactory(name="Aviva"), policy_number="1234567", now=NOW)
    page = text(at_desk.get("/diary/", {"day": "2026-12-03", "visit": booked.key}))

    assert "<b>Code missing.</b> Aviva has not approved this visit yet." in page
    assert '<a href="tel:07700900142">07700 900142</a>' in page
    assert "Aviva, insurer billed" in page
    assert "Next: " in page
    assert "Booked at the desk on Thu 26 Nov 2026, 08:00" in page


def test_a_held_time_is_shown_without_anybody(house, at_desk):
    booking = start_booking(clinic=house.clinic, complaint="lower_back", now=NOW)
    hold_time(booking=booking, slot=house.slot(at("11:00")), now=NOW)
    page = text(diary(at_desk, visit=Appointment.objects.get().key))

    assert "Being booked online" in page and "Kept until Thu 26 Nov 2026, 08:10" in page
    assert "/move/" not in page


def test_leave_is_drawn_and_the_visits_it_hits_need_a_new_time(house, at_desk):
    visit(house, at("15:00"))
    Absence.objects.create(clinic=house.clinic, timeline=house.practitioner.timeline, during=(at("14:30"), at("23:00")), reason="Training")
    page = text(diary(at_desk))

    assert 'class="band band-leave r-066 h-42"><b>Away: Training</b>' in page
    assert "Needs new time" in page
    assert "<b>1</b> needs a new time" in page


def test_cancelled_visits_leave_the_diary(house, at_desk):
    booked = visit(house, at("10:00"))
    cancel_appointment(appointment=booked, by=house.desk, who=CancelledBy.PATIENT, because="Ill", now=NOW)

    assert booked.key not in text(diary(at_desk))


def test_a_public_holiday_is_closed(house, at_desk):
    assert "Closed: Christmas Day" in text(diary(at_desk, day="2026-12-25"))


@pytest.mark.parametrize("day", ["2026-02-30", "tomorrow", "0001-01-01", "9999-12-31"])
def test_a_day_that_does_not_exist_is_said_so(house, at_desk, day):
    response = diary(at_desk, day=day)

    assert response.status_code == 200
    assert "There is no such day. This is today." in text(response)


def test_the_day_stays_on_the_clinics_calendar_on_the_day_clocks_change(client, db, clock):
    clock.set(at("08:00", "2026-10-24"))
    house = desk(closed_on_holidays=False)
    client.force_login(house.desk)
    booked = visit(house, at("10:00", "2026-10-25"), now=at("08:00", "2026-10-24"))

    page = text(diary(client, day="2026-10-25"))
    assert f'r-012 h-9" data-visit="{booked.key}"' in page  # 10:00 on London's clocks by then


# What is done


def test_a_patient_is_checked_in_and_it_can_be_undone(house, at_desk):
    booked = visit(house, at("10:00"))
    page = text(diary(at_desk, visit=booked.key))
    assert f"/diary/visits/{booked.key}/check-in/" in page

    response = at_desk.post(f"/diary/visits/{booked.key}/check-in/?day={THURSDAY}&as=list", follow=True)
    assert "is checked in." in text(response)
    assert response.redirect_chain == [(f"/diary/?day={THURSDAY}&as=list&visit={booked.key}&clinic={house.clinic.slug}", 302)]
    assert Appointment.objects.get().state == State.ARRIVED

    at_desk.post(f"/diary/visits/{booked.key}/undo-check-in/")
    assert Appointment.objects.get().state == State.BOOKED


def test_checking_in_twice_says_where_the_visit_stands(house, at_desk):
    booked = visit(house, at("10:00"))
    for _ in range(2):
        response = at_desk.post(f"/diary/visits/{booked.key}/check-in/", follow=True)

    assert "This visit is arrived already. Pressing again changed nothing." in text(response)


def test_only_todays_visits_are_checked_in_and_only_late_ones_missed(house, at_desk, clock):
    tomorrow, today = visit(house, at("10:00", "2026-11-27")), visit(house, at("10:00"))

    assert f"{tomorrow.key}/check-in/" not in text(at_desk.get("/diary/", {"day": "2026-11-27", "visit": tomorrow.key}))
    assert f"{today.key}/dna/" not in text(diary(at_desk, visit=today.key))
    clock.set(at("10:20"))
    assert f"{today.key}/dna/" in text(diary(at_desk, visit=today.key))
    at_desk.post(f"/diary/visits/{today.key}/dna/")
    assert Appointment.objects.get(key=today.key).state == State.DNA


def test_a_visit_is_cancelled_with_a_reason(house, at_desk):
    booked = visit(house, at("10:00"))
    address = f"/diary/visits/{booked.key}/cancel/"

    assert "Say who cancels" in text(at_desk.post(address, {}))
    response = at_desk.post(address, {"who": "patient", "because": "Ill"})

    found = Appointment.objects.get()
    assert response.status_code == 302
    assert (found.state, found.cancelled_by, found.cancelled_because, found.cancelled_late) == (State.CANCELLED, "patient", "Ill", True)
    assert "can’t be cancelled" in text(at_desk.get(address))


def test_nothing_is_done_by_looking(house, at_desk):
    booked = visit(house, at("10:00"))

    assert at_desk.get(f"/diary/visits/{booked.key}/check-in/").status_code == 405
    at_desk.get(f"/diary/visits/{booked.key}/cancel/")
    assert Appointment.objects.get().state == State.BOOKED


def test_a_visits_own_address_leads_to_the_diary_of_its_day(house, at_desk):
    booked = visit(house, at("10:00", "2026-12-03"))

    response = at_desk.get(f"/diary/visits/{booked.key}/")
    assert response["Location"] == f"/diary/?day=2026-12-03&visit={booked.key}&clinic={house.clinic.slug}"
    assert at_desk.get(f"/diary/visits/{AppointmentFactory().key}/").status_code == 404


def test_a_deed_that_nobody_knows_is_no_page(house, at_desk):
    assert at_desk.post(f"/diary/visits/{visit(house, at('10:00')).key}/explode/").status_code == 404


# Who may


def test_practitioners_see_the_diary_and_check_in_but_book_and_move_nothing(house, client):
    booked = visit(house, at("10:00"))
    client.force_login(house.practitioner.user)
    page = text(diary(client, visit=booked.key))

    assert "Book a visit" not in page and "/move/" not in page and "/cancel/" not in page
    assert "Told" not in page  # messages are the desk's
    assert f"{booked.key}/check-in/" in page
    assert client.post(f"/diary/visits/{booked.key}/dna/").status_code == 404
    assert client.get(f"/diary/visits/{booked.key}/move/").status_code == 404


def test_patients_and_strangers_find_no_diary(house, client):
    client.force_login(UserFactory(role=Role.PATIENT))
    assert diary(client).status_code == 404
    client.logout()
    assert diary(client).status_code == 302


def test_another_clinics_visit_is_not_there(house, at_desk):
    other = AppointmentFactory(during=(at("10:00"), at("10:45")))

    assert other.patient.name not in text(diary(at_desk, visit=other.key))
    for deed in ("check-in", "undo-check-in", "dna", "cancel", "move"):
        assert at_desk.post(f"/diary/visits/{other.key}/{deed}/", {"who": "clinic", "because": "x"}).status_code == 404
    other.refresh_from_db()
    assert other.state == State.BOOKED


def test_somebody_without_a_clinic_finds_nothing(client, db):
    client.force_login(UserFactory(role=Role.RECEPTIONIST))
    assert diary(client).status_code == 404


# How much it costs


@pytest.mark.parametrize("asked", [{}, {"by": "room"}, {"as": "list"}, {"view": "week"}])
def test_the_diary_asks_as_little_for_many_visits_as_for_one(house, at_desk, django_assert_max_num_queries, asked):
    first = visit(house, at("09:00"), patient=flagged(patient_of(house)), number=2)
    set_funding(course=first.session.course, payer=Payer.INSURER, insurer=InsurerFactory(), policy_number="1234567", now=NOW)
    with django_assert_max_num_queries(MOST_QUERIES):
        diary(at_desk, visit=first.key, **asked)
    for hour in range(10, 17):
        check_in(appointment=visit(house, at(f"{hour}:00"), patient=flagged(patient_of(house))), by=house.desk, now=NOW)
    with django_assert_max_num_queries(MOST_QUERIES):
        diary(at_desk, visit=first.key, **asked)


def test_the_csv_holds_no_formula(house, at_desk):
    visit(house, at("10:00"), patient=patient_of(house, first_name="=1+1", last_name="Marsh"))
    lines = diary(at_desk, file="csv").content.decode("utf-8-sig").splitlines()

    assert lines[1].split(",")[:4] == ["Thu 26 Nov 2026", "10:00", "10:45", "'=1+1 Marsh"]


def test_the_page_names_its_day(house, at_desk):
    assert date(2026, 11, 26).strftime("<h1>%A %-d %B %Y</h1>") in text(diary(at_desk))


def test_the_panel_opens_for_those_who_may_see_a_visit(house, at_desk, monkeypatch):
    booked = visit(house, at("10:00"))
    address = f"/diary/?visit={booked.key}"
    assert 'id="panel-title"' in text(at_desk.get(address))
    monkeypatch.setitem(PERMISSIONS, "appointment.see", frozenset())
    assert 'id="panel-title"' not in text(at_desk.get(address))
    assert at_desk.get(f"/diary/visits/{booked.key}/").status_code == 404
