"""Who is away, and the worklist, as the desk sees them."""

import os
from datetime import date, datetime, time, timedelta

import pytest
from django.urls import reverse

from bookings.enums import State
from bookings.models import Appointment
from bookings.services.absences import add_absence
from bookings.services.appointments import book_appointment
from bookings.worklist import items_at, worklist
from clinic import clock
from clinic.enums import Role
from clinic.models import Absence, Practitioner
from intervals import Interval
from messaging.models import Message
from tests.bookings.cast import House, small_clinic
from tests.factories import PractitionerFactory, UserFactory, slot
from tests.web.test_waitlist import WIDTHS, fresh, overflow, signed_in, text
from web.templatetags.house import clinic_date

pytestmark = pytest.mark.django_db


@pytest.fixture
def house() -> House:
    return with_a_colleague()


def with_a_colleague() -> House:
    house = small_clinic(closed_on_holidays=False)
    house.service.practitioners.add(PractitionerFactory(clinic=house.clinic, name="Yuki Sato"))
    return house


@pytest.fixture
def desk(house, client):
    client.force_login(house.desk)
    return house.desk


def day_of(house, days: int = 3) -> date:
    return (clock.now().astimezone(house.clinic.tz) + timedelta(days=days)).date()


def at(house, hour: int, days: int = 3) -> datetime:
    return datetime.combine(day_of(house, days), time(hour), house.clinic.tz)


def book(house, hour: int = 10, room: int = 0, who=None) -> Appointment:
    place = slot(at(house, hour), service=house.service, practitioner=who or house.practitioner, room=house.rooms[room])
    return book_appointment(session=house.session(), slot=place, by=house.desk, now=clock.now())


def sick(house) -> Absence:
    during = Interval(at(house, 9), at(house, 17))
    return add_absence(
        clinic=house.clinic, timeline=house.practitioner.timeline, during=during, reason="Ill", by=house.desk, now=clock.now()
    )


def answer(house, **said) -> dict[str, str]:
    first = {"who": house.practitioner.key, "first_day": day_of(house).isoformat(), "reason": "Ill"}
    return {"first_hour": "", "last_day": "", "last_hour": "", **first, **said}


# Noting it down


def test_a_day_away_is_noted_down_and_leads_to_the_worklist(client, desk, house):
    book(house)
    response = client.post(reverse("reception:absences"), answer(house), follow=True)

    absence = Absence.objects.get()
    assert response.redirect_chain == [(reverse("reception:worklist"), 302)]
    assert "Noted. 1 visit needs a new time." in text(response)
    assert (absence.during.lower, absence.during.upper) == (at(house, 0), at(house, 0, 4))


def test_hours_are_the_clinics_and_several_days_are_one_absence(client, desk, house):
    said = answer(house, first_hour="13:00", last_day=day_of(house, 5).isoformat(), last_hour="12:00", who=house.rooms[0].key)
    response = client.post(reverse("reception:absences"), said, follow=True)

    absence = Absence.objects.get()
    assert (absence.during.lower, absence.during.upper, absence.timeline) == (at(house, 13), at(house, 12, 5), house.rooms[0].timeline)
    assert "Noted. No visit is in the way." in text(response)


@pytest.mark.parametrize(
    ("said", "words"),
    (
        ({"who": ""}, "Choose who is away"),
        ({"who": "somebody-else"}, "Choose one of the answers shown"),
        ({"reason": ""}, "Say why, in a word"),
        ({"first_day": "soon"}, "Enter a date, like 2026-11-20"),
        ({"last_day": "2020-01-01"}, "Choose an end that comes after the start"),
        ({"first_hour": "12:00", "last_hour": "11:00"}, "Choose an end that comes after the start"),
        ({"first_day": "2027-03-28", "first_hour": "01:30", "last_hour": "05:00"}, "The clocks skip this hour that day. Choose another"),
    ),
)
def test_what_makes_no_sense_is_answered_in_words(client, desk, house, said, words):
    assert words in text(client.post(reverse("reception:absences"), answer(house, **said)))
    assert not Absence.objects.exists()


def test_an_absence_is_listed_as_it_was_noted_and_can_be_taken_back(client, desk, house):
    visit = book(house)
    absence = sick(house)
    page = text(client.get(reverse("reception:absences")))
    assert house.practitioner.name in page and "1 visit needs a new time." in page

    response = client.post(reverse("reception:absence_remove"), {"absence": absence.pk}, follow=True)
    assert "Visits stand again" in text(response)
    assert (Absence.objects.exists(), items_at(house.clinic, now=clock.now()), fresh(visit).state) == (False, [], State.BOOKED)


@pytest.mark.parametrize("asked", ("", "x", "0", "99999999", "9" * 30))
def test_an_absence_that_is_none_is_not_found(client, desk, house, asked):
    sick(house)
    assert client.post(reverse("reception:absence_remove"), {"absence": asked}).status_code == 404
    assert Absence.objects.count() == 1


def test_who_leaves_is_listed_and_only_an_admin_is_led_to_the_last_day(client, desk, house):
    Practitioner.objects.update(leaves_on=day_of(house))
    page = text(client.get(reverse("reception:absences")))
    assert f"can’t be booked from {clinic_date(day_of(house))}" in page
    assert "/clinic/" not in page

    client.force_login(UserFactory(role=Role.ADMIN, clinics=[house.clinic]))
    assert f"/clinic/people/{house.practitioner.key}/" in text(client.get(reverse("reception:absences")))


# The worklist


def test_the_worklist_names_each_visit_why_and_where_it_could_go(client, desk, house):
    visit = book(house)
    sick(house)
    page = text(client.get(reverse("reception:worklist")))

    assert "1 visit, 1 with a proposal." in page
    assert " is away: Ill" in page
    assert "Same time, a colleague" in page and "Same person, another day" in page
    assert f'name="visit-{visit.key}"' in page


def test_an_empty_worklist_says_that_all_is_well(client, desk):
    assert "Every visit ahead can stand" in text(client.get(reverse("reception:worklist")))


def test_one_click_moves_a_visit(client, desk, house):
    visit = book(house)
    sick(house)
    [item] = worklist(house.clinic, now=clock.now())
    response = client.post(reverse("reception:worklist_move", args=[visit.key]), {"time": item.proposed.slot.value}, follow=True)

    assert f"{visit.patient.name} comes" in text(response)
    assert (fresh(visit).practitioner.name, fresh(visit).version) == ("Yuki Sato", 2)
    response = client.post(reverse("reception:worklist_move", args=[visit.key]), {"time": item.proposed.slot.value}, follow=True)
    assert "That visit needs no new time any more." in text(response)


@pytest.mark.parametrize("time", ("", "x", "20200101T1000Z-nobody"))
def test_a_time_that_was_not_proposed_moves_nothing(client, desk, house, time):
    visit = book(house)
    sick(house)
    response = client.post(reverse("reception:worklist_move", args=[visit.key]), {"time": time}, follow=True)

    assert "That time has just gone. These are the times that are free now." in text(response)
    assert fresh(visit).version == 1


def test_one_button_moves_all_that_are_ticked_and_names_those_it_could_not(client, desk, house):
    visits = [book(house, hour) for hour in (10, 11, 12)]
    sick(house)
    colleague = house.service.practitioners.get(name="Yuki Sato")
    values = {f"visit-{item.appointment.key}": item.proposed.slot.value for item in worklist(house.clinic, now=clock.now())}
    del values[f"visit-{visits[2].key}"]
    book(house, 11, room=1, who=colleague)
    response = client.post(reverse("reception:worklist_all"), values, follow=True)

    assert "1 visit moved. Each patient gets one message." in text(response)
    assert f"{visits[1].patient.name} was not moved: Its time has just gone." in text(response)
    assert [fresh(visit).version for visit in visits] == [2, 1, 1]
    assert "Tick the visits to move." in text(client.post(reverse("reception:worklist_all"), follow=True))


def test_the_patient_can_be_asked_at_once(client, desk, house):
    visit = book(house)
    sick(house)
    response = client.post(reverse("reception:worklist_ask", args=[visit.key]), follow=True)

    assert "is asked to choose a new time." in text(response)
    message = Message.objects.get(about=visit.key, kind="visit-needs-new-time")
    assert (message.state, message.due_at <= clock.now()) == ("due", True)


def test_nobody_is_asked_about_a_visit_that_stands(client, desk, house):
    visit = book(house)
    assert client.post(reverse("reception:worklist_ask", args=[visit.key])).status_code == 404


DOORS = (
    ("get", "reception:absences", ()),
    ("post", "reception:absence_remove", ()),
    ("get", "reception:worklist", ()),
    ("post", "reception:worklist_all", ()),
    ("post", "reception:worklist_move", ("visit",)),
    ("post", "reception:worklist_ask", ("visit",)),
)


@pytest.mark.parametrize(("method", "name", "keys"), DOORS)
def test_a_practitioner_and_a_stranger_find_nothing_here(client, house, method, name, keys):
    visit = book(house)
    absence = sick(house)
    address = reverse(name, args=[visit.key for _ in keys])
    said = {"absence": absence.pk, "person": house.practitioner.key, "time": "x"}
    client.force_login(UserFactory(role=Role.PRACTITIONER, clinics=[house.clinic]))
    assert getattr(client, method)(address, said).status_code == 404

    client.force_login(UserFactory(clinics=[small_clinic().clinic]))
    response = getattr(client, method)(address, said)
    assert response.status_code in (302, 404) or visit.patient.name not in text(response)
    assert (Absence.objects.count(), fresh(visit).version) == (1, 1)


# In a real browser


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("width", WIDTHS)
def test_the_desk_uses_it_by_keyboard_and_without_scripts(live_server, new_page, barriers, client, width):
    house = with_a_colleague()
    for hour in (10, 11, 14):
        book(house, hour)
    sick(house)
    page = signed_in(new_page(width=width), client, house.desk, live_server)
    for address in (reverse("reception:absences"), reverse("reception:worklist")):
        page.goto(address)
        if folder := os.environ.get("PICTURES"):
            page.screenshot(path=f"{folder}/absence-{width}{address.replace('/', '-')}.png", full_page=True)
        assert (barriers(page), overflow(page)) == ([], 0)

    plain = signed_in(new_page(width=width, scripts=False), client, house.desk, live_server)
    plain.goto(reverse("reception:worklist"))
    plain.get_by_role("button", name="Move the ticked visits to their first proposal").press("Enter")
    assert "3 visits moved." in plain.get_by_role("status").inner_text()
    assert items_at(house.clinic, now=clock.now()) == []
