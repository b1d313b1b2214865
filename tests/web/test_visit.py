"""Who holds the link to a visit looks at it, moves it or cancels it; nobody else finds anything."""

import re
import secrets

import pytest
from django.test import Client

from bookings.enums import State
from bookings.models import Appointment
from bookings.services.appointments import book_appointment, cancel_appointment
from clinic.enums import LinkPurpose
from clinic.links import follow, mint
from clinic.models import AuditEntry
from messaging.models import Message
from tests.factories import at
from tests.web.patients import NOW, booking_house, shown_in, snapshot

pytestmark = pytest.mark.django_db
SOON = at("08:00", "2026-11-26")
DAY = "2026-11-30"


@pytest.fixture
def house(clock):
    clock.set(NOW)
    return booking_house()


@pytest.fixture
def visit(house) -> Appointment:
    """A visit on Monday at ten; it is Thursday, eight o'clock."""
    return book_appointment(session=house.session(), slot=house.slot(at("10:00", DAY)), by=house.desk, now=NOW)


@pytest.fixture
def token(visit) -> str:
    return mint(purpose=LinkPurpose.VISIT, about=visit.key, expires_at=visit.start)


@pytest.fixture
def holder(token) -> Client:
    client = Client()
    response = client.get(f"/visit/{token}/")
    assert (response["Location"], response["Referrer-Policy"]) == ("/visit/", "no-referrer")
    return client


def text(response) -> str:
    return response.content.decode()


def value(house, clock: str, day: str = DAY) -> str:
    return f"{at(clock, day):%Y%m%dT%H%MZ}-{house.practitioner.key}"


def test_the_link_leads_to_the_visit_at_an_address_without_its_secret(holder):
    page = text(holder.get("/visit/"))
    assert all(
        words in page
        for words in ("Monday 30 November 2026", "10:00 to 10:45", "London time", "Move to another time", "Sun 29 Nov 2026, 10:00")
    )


def test_without_a_link_there_is_nothing(visit):
    for address in ("/visit/", "/visit/move/", "/visit/cancel/", "/visit/visit.ics"):
        assert Client().get(address).status_code == 404
        assert Client().post(address).status_code == 404


def test_guessing_links_finds_nothing_and_is_turned_away(visit):
    client = Client()
    statuses = [client.get(f"/visit/{secrets.token_urlsafe(32)}/").status_code for _ in range(70)]
    assert statuses == [404] * 60 + [429] * 10


@pytest.mark.parametrize("purpose", (LinkPurpose.CHECK_BACK,))
def test_a_link_for_something_else_opens_nothing(visit, purpose):
    other = mint(purpose=purpose, about=visit.key, expires_at=visit.start)
    assert Client().get(f"/visit/{other}/").status_code == 404


def test_a_link_ends_with_its_visit(token, clock):
    clock.set(at("10:01", DAY))
    assert Client().get(f"/visit/{token}/").status_code == 404


def test_looking_changes_nothing(holder, token):
    before = snapshot()
    for address in ("/visit/", "/visit/move/", "/visit/cancel/", "/visit/visit.ics", f"/visit/{token}/"):
        assert holder.get(address).status_code in (200, 302)
    assert snapshot() == before


def test_a_visit_moves_in_one_step_and_says_so(holder, visit, house):
    assert holder.get("/visit/move/").status_code == 200
    assert holder.post("/visit/move/", {"time": value(house, "14:00")})["Location"] == "/visit/"
    visit.refresh_from_db()
    assert (visit.start, visit.version, visit.state) == (at("14:00", DAY), 2, State.BOOKED)
    page = text(holder.get("/visit/"))
    assert "Your visit is moved to Mon 30 Nov 2026, 14:00" in page
    assert Message.objects.filter(kind="appointment-moved", about=visit.key).count() == 1
    assert AuditEntry.objects.get(verb="appointment.move").by_words == "Holder of the link"


def test_pressing_move_again_moves_once_and_says_so(holder, visit, house):
    for _ in range(2):
        assert holder.post("/visit/move/", {"time": value(house, "14:00")})["Location"] == "/visit/"
    visit.refresh_from_db()
    assert (visit.start, visit.version) == (at("14:00", DAY), 2)
    assert "Your visit is at this time already, so nothing was changed." in text(holder.get("/visit/"))
    assert Message.objects.filter(kind="appointment-moved", about=visit.key).count() == 1


def test_a_visit_moves_by_less_than_its_length(holder, visit, house):
    assert holder.post("/visit/move/", {"time": value(house, "10:20")})["Location"] == "/visit/"
    visit.refresh_from_db()
    assert visit.start == at("10:20", DAY)


def test_a_time_that_is_gone_leaves_the_old_one_and_offers_others(holder, visit, house):
    book_appointment(session=house.session(), slot=house.slot(at("14:00", DAY)), by=house.desk, now=NOW)
    response = holder.post("/visit/move/", {"time": value(house, "14:00")})
    assert response.status_code == 409
    assert "Your old time is still yours" in text(response)
    visit.refresh_from_db()
    assert visit.start == at("10:00", DAY)
    assert holder.post("/visit/move/", {"time": response.context["near"][0]["value"]})["Location"] == "/visit/"


@pytest.mark.parametrize("when", (("07:00", DAY), ("10:00", "2020-11-30"), ("10:00", "2026-12-25"), ("10:00", "2099-11-30")))
def test_a_tampered_time_moves_nothing(holder, visit, house, when):
    assert holder.post("/visit/move/", {"time": value(house, *when), "minutes": "5", "price": "1"}).status_code == 409
    visit.refresh_from_db()
    assert (visit.start, visit.price) == (at("10:00", DAY), 5800)


def test_what_is_no_time_is_asked_for_again(holder):
    response = holder.post("/visit/move/", {"time": ""})
    assert (response.status_code, "<title>Error: Move" in text(response)) == (200, True)


def test_after_the_notice_it_moves_by_phone_only(holder, visit, house, clock):
    clock.set(at("12:00", "2026-11-29"))
    assert "Please ring us to move it" in text(holder.get("/visit/move/"))
    assert "please ring us" in text(holder.get("/visit/"))
    holder.post("/visit/move/", {"time": value(house, "14:00")})
    visit.refresh_from_db()
    assert visit.start == at("10:00", DAY)


def test_cancelling_is_asked_first_then_done_and_the_link_stops_working(holder, visit, token):
    assert "free of charge" in text(holder.get("/visit/cancel/"))
    assert holder.post("/visit/cancel/", {"because": "Feeling better"})["Location"] == "/visit/"
    visit.refresh_from_db()
    assert (visit.state, visit.cancelled_by, visit.cancelled_because, visit.cancelled_late) == (
        State.CANCELLED,
        "patient",
        "Feeling better",
        False,
    )
    assert "is cancelled" in text(holder.get("/visit/"))
    assert follow(purpose=LinkPurpose.VISIT, token=token, now=NOW) is None
    assert Client().get(f"/visit/{token}/").status_code == 404
    assert visit.occupancies.filter(live=True).count() == 0


def test_a_late_cancellation_says_what_it_means(holder, visit, clock):
    clock.set(at("12:00", "2026-11-29"))
    assert "This is a late cancellation" in text(holder.get("/visit/cancel/"))
    holder.post("/visit/cancel/")
    visit.refresh_from_db()
    assert visit.cancelled_late is True


def test_cancelling_twice_cancels_once(holder, visit):
    for _ in range(2):
        assert holder.post("/visit/cancel/")["Location"] == "/visit/"
    assert Message.objects.filter(kind="appointment-cancelled").count() == 1


def test_a_visit_that_changed_meanwhile_is_shown_as_it_stands(holder, visit, house):
    cancel_appointment(appointment=Appointment.objects.get(pk=visit.pk), by=house.desk, who="clinic", because="Ill", now=NOW)
    for address in ("/visit/move/", "/visit/cancel/"):
        page = text(holder.post(address, {"time": value(house, "14:00")}, follow=True))
        assert "This visit has changed meanwhile" in page


def test_the_calendar_file_names_neither_people_nor_treatment(holder, visit):
    response = holder.get("/visit/visit.ics")
    file = response.content.decode()
    assert response["Content-Disposition"] == 'attachment; filename="visit.ics"'
    assert "DTSTART:20261130T100000Z" in file
    assert re.search("Lindley|Acupuncture|Hannah", file) is None


def test_times_to_move_to_ask_little_of_the_database(holder, django_assert_max_num_queries):
    with django_assert_max_num_queries(15):
        holder.get("/visit/move/")


def test_every_form_wants_its_token(token, house, visit):
    careful = Client(enforce_csrf_checks=True)
    careful.get(f"/visit/{token}/")
    assert careful.post("/visit/move/", {"time": value(house, "14:00")}).status_code == 403
    assert careful.post("/visit/cancel/").status_code == 403
    visit.refresh_from_db()
    assert (visit.state, visit.start) == (State.BOOKED, at("10:00", DAY))


def test_pieces_of_the_times_show_its_own_time_as_free_and_end_with_the_notice(holder, visit, clock):
    for name in ("day", "month"):
        page = holder.get(f"/visit/move/{name}/", {"day": DAY, "all": "1"})
        assert at("10:00", DAY) in [time["starts"] for time in shown_in(page.context["times"])]
        assert f"/visit/move/{name}/?" in text(page) or name == "day"
    clock.set(at("12:00", "2026-11-29"))
    assert [holder.get(f"/visit/move/{name}/").status_code for name in ("day", "month")] == [404, 404]


def test_times_to_move_to_that_pack_the_day_well_are_suggested_as_if_the_old_time_were_free(holder, house):
    book_appointment(session=house.session(), slot=house.slot(at("12:00", DAY)), by=house.desk, now=NOW)
    suggested, others = holder.get("/visit/move/", {"day": DAY}).context["times"].groups
    assert (suggested[0], [time["at"] for time in suggested[1]]) == ("Suggested", ["09:00", "11:10", "12:20", "17:10"])
    assert (others[0], "10:00" in [time["at"] for time in others[1]]) == ("Other times", True)
