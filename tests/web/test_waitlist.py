"""The waitlist as people see it: the desk's list, and the patient's offer."""

import csv
import io
import os
from datetime import datetime, time, timedelta
from urllib.parse import urlsplit

import pytest
from django.urls import reverse

from bookings.enums import Answer, CancelledBy, Freed, State, Urgency, Waiting
from bookings.messages import visit_link
from bookings.models import Appointment, Booking, FreedTime, Offer, WaitlistEntry
from bookings.services.appointments import book_appointment, cancel_appointment
from bookings.services.waitlist import Wishes, offer_freed_times, wait_for_session
from bookings.waiting_messages import offer_link
from clinic import clock
from clinic.enums import Role
from messaging.models import Message
from messaging.services import deliver_next
from tests.bookings.cast import House, small_clinic
from tests.bookings.test_online import HEALTHY, visitor
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db
WIDTHS = (320, 1280)


@pytest.fixture
def house() -> House:
    return small_clinic()


@pytest.fixture
def desk(house, client):
    client.force_login(house.desk)
    return house.desk


def tomorrow(house, hour: int = 15) -> datetime:
    day = (clock.now() + timedelta(days=2)).astimezone(house.clinic.tz).date()
    return datetime.combine(day, time(hour), house.clinic.tz)


def wait(house, session=None, **more) -> WaitlistEntry:
    today = clock.now().astimezone(house.clinic.tz).date()
    wishes = Wishes(first_day=today, last_day=today + timedelta(weeks=4), **more)
    return wait_for_session(session=session or house.session(), service=house.service, wishes=wishes, by=house.desk, now=clock.now())


def free(house, hour: int = 15) -> FreedTime:
    """A visit is booked and cancelled."""
    now = clock.now()
    visit = book_appointment(session=house.session(), slot=house.slot(tomorrow(house, hour)), by=house.desk, now=now)
    cancel_appointment(appointment=visit, by=house.desk, who=CancelledBy.PATIENT, because="", now=now)
    return FreedTime.objects.latest("pk")


def offered(house, **more) -> Offer:
    wait(house, **more)
    free(house)
    [offer] = offer_freed_times(now=clock.now())
    return offer


def text(response) -> str:
    return " ".join(response.content.decode().split())


def fresh(row):
    return type(row).objects.get(pk=row.pk)


# The desk's list


def test_the_list_shows_who_waits_for_what_in_the_order_in_which_they_are_asked(client, desk, house):
    later = wait(house, weekdays=("0", "3"), earliest=time(13), latest=time(17, 30), practitioners=(house.practitioner,))
    urgent = wait(house, urgency=Urgency.URGENT)
    page = text(client.get(reverse("reception:waitlist")))

    assert page.index(urgent.name) < page.index(later.name)
    assert "Mon, Thu, 13:00 to 17:30, with R." in page
    assert "2 in the order in which they are asked" in page


def test_an_empty_list_says_what_to_do(client, desk):
    page = text(client.get(reverse("reception:waitlist")))
    assert "Nobody waits for a time." in page and "Put somebody on the list" in page


def test_a_freed_time_shows_whom_it_is_kept_for_and_who_was_passed_over(client, desk, house):
    day = tomorrow(house).weekday()
    other = wait(house, weekdays=(str((day + 1) % 7),), urgency=Urgency.URGENT)
    offer = offered(house)
    page = text(client.get(reverse("reception:waitlist")))

    assert f"kept for {offer.entry.name} until" in page
    assert f"1 passed over: {other.name} (not one of their days)." in page


def test_the_page_of_a_time_names_who_fits_and_why_others_do_not(client, desk, house):
    offer = offered(house)
    second, third = wait(house), wait(house, notice_hours=300)
    page = text(client.get(reverse("reception:freed", args=[offer.freed.key])))

    assert f'Offer it<span class="vh"> to {second.name}' in page
    assert "<b>15:00 to 15:45</b>" in page
    assert f"<dt>{third.name}</dt><dd>Too short notice for them</dd>" in page
    assert f"<dt>{offer.entry.name}</dt><dd>Has until" in page


def test_the_desk_offers_it_to_somebody_else_or_to_nobody(client, desk, house):
    offer, second = offered(house), wait(house)
    response = client.post(reverse("reception:freed_offer", args=[offer.freed.key, second.key]), follow=True)
    assert f"Offered to {second.name}" in text(response)
    assert (fresh(offer).answer, fresh(second).state) == (Answer.WITHDRAWN, Waiting.OFFERED)

    response = client.post(reverse("reception:freed_open", args=[offer.freed.key]), follow=True)
    assert "Anybody can book it." in text(response)
    assert (fresh(second).state, fresh(offer.freed).state) == (Waiting.WAITING, Freed.CLOSED)


def test_what_can_not_be_offered_says_why(client, desk, house):
    offer, other = offered(house), wait(house, notice_hours=300)
    response = client.post(reverse("reception:freed_offer", args=[offer.freed.key, other.key]), follow=True)
    assert f"It can’t be offered. {other.name}: Too short notice for them." in text(response)


def test_the_desk_puts_a_visit_on_the_list_changes_it_and_takes_it_off(client, desk, house):
    visit = book_appointment(session=house.session(), slot=house.slot(tomorrow(house)), by=house.desk, now=clock.now())
    name = visit.patient.name
    assert name in text(client.get(reverse("reception:waitlist_who"), {"q": visit.patient.first_name}))
    assert "An earlier time than" in text(client.get(reverse("reception:waitlist_what", args=[visit.patient.key])))
    address = reverse("reception:waitlist_add", args=[visit.patient.key, visit.session.key])
    today = tomorrow(house).date().isoformat()
    said = {
        "days": ["1"],
        "earliest": "09:00",
        "latest": "",
        "first_day": today,
        "last_day": today,
        "notice": "4",
        "urgency": "0",
        "note": "",
    }

    assert f"{name} is on the waitlist." in text(client.post(address, said, follow=True))
    entry = WaitlistEntry.objects.get()
    assert (entry.weekdays, entry.earliest, entry.notice_hours, entry.wants_earlier) == (["1"], time(9), 4, True)
    assert 'value="09:00"' in text(client.get(address))
    client.post(address, said | {"notice": "6"})
    assert (WaitlistEntry.objects.get().notice_hours, WaitlistEntry.objects.count()) == (6, 1)
    client.post(reverse("reception:waitlist_off", args=[entry.key]))
    assert fresh(entry).state == Waiting.CLOSED


@pytest.mark.parametrize(
    ("said", "words"),
    (
        ({"last_day": "2020-01-01"}, "Choose a last day that is not before the first"),
        ({"earliest": "12:00", "latest": "11:00"}, "Choose an hour after “Not before”"),
        ({"notice": "x"}, "Enter a whole number, like 12"),
        ({"first_day": ""}, "Please fill in “From”"),
    ),
)
def test_wishes_that_make_no_sense_are_answered_in_words(client, desk, house, said, words):
    visit = book_appointment(session=house.session(), slot=house.slot(tomorrow(house)), by=house.desk, now=clock.now())
    answer = {"first_day": "2026-12-01", "last_day": "2027-01-01", "notice": "4", "urgency": "0"} | said
    response = client.post(reverse("reception:waitlist_add", args=[visit.patient.key, visit.session.key]), answer)

    assert words in text(response)
    assert not WaitlistEntry.objects.exists()


def test_the_list_is_filtered_and_taken_as_a_file(client, desk, house):
    first, second = wait(house), wait(house)
    page = text(client.get(reverse("reception:waitlist"), {"q": first.name}))
    assert (f"list: {first.name}<" in page, f"list: {second.name}<" in page) == (True, False)
    assert "Nobody by that name waits here." in text(client.get(reverse("reception:waitlist"), {"q": "Xerxes"}))

    rows = list(csv.reader(io.StringIO(client.get(reverse("reception:waitlist_csv")).content.decode("utf-8-sig"))))
    assert [row[0] for row in rows] == ["Name", first.name, second.name]


@pytest.mark.parametrize("many", (1, 4))
def test_the_list_asks_a_fixed_number_of_questions(client, desk, house, many, django_assert_max_num_queries):
    for number in range(many):
        wait(house)
        free(house, 10 + number)
    offer_freed_times(now=clock.now())
    with django_assert_max_num_queries(16):
        client.get(reverse("reception:waitlist"))


DOORS = (
    ("get", "reception:waitlist", ()),
    ("get", "reception:waitlist_csv", ()),
    ("get", "reception:freed", ("freed",)),
    ("post", "reception:freed_open", ("freed",)),
    ("post", "reception:freed_offer", ("freed", "entry")),
    ("post", "reception:waitlist_off", ("entry",)),
    ("get", "reception:waitlist_what", ("patient",)),
    ("get", "reception:waitlist_add", ("patient", "session")),
)


@pytest.mark.parametrize(("method", "name", "keys"), DOORS)
def test_a_practitioner_and_a_stranger_find_nothing_here(client, house, method, name, keys):
    offer = offered(house)
    known = {"freed": offer.freed.key, "entry": offer.entry.key}
    known |= {"patient": offer.entry.patient.key, "session": offer.entry.session.key}
    address = reverse(name, args=[known[key] for key in keys])
    client.force_login(UserFactory(role=Role.PRACTITIONER, clinics=[house.clinic]))
    assert getattr(client, method)(address).status_code == 404

    client.force_login(UserFactory(clinics=[small_clinic().clinic]))
    response = getattr(client, method)(address)
    assert response.status_code == 404 or offer.entry.name not in text(response)
    assert (fresh(offer).answer, fresh(offer.entry).state) == (Answer.OPEN, Waiting.OFFERED)


# The patient's offer


def follow(client, offer):
    """The link in the mail; the page it leads to."""
    return client.get(urlsplit(offer_link(offer)).path, follow=True)


def test_the_mail_leads_to_a_page_that_changes_nothing_until_a_button_is_pressed(client, house, mailoutbox):
    offer = offered(house)
    Message.objects.exclude(kind="waitlist-offer").delete()
    deliver_next(now=clock.now())
    [mail] = mailoutbox
    link = next(word for word in mail.body.split() if "/offer/" in word)
    response = client.get(urlsplit(link).path, follow=True)

    assert mail.subject.startswith("A time is free: ")
    assert response.redirect_chain == [("/offer/", 302)]
    assert "Take this time" in text(response)
    assert fresh(offer).answer == Answer.OPEN


def test_taking_it_books_it_and_shows_the_visit(client, house):
    offer = offered(house)
    follow(client, offer)
    response = client.post(reverse("patient:offer_take"), follow=True)

    appointment = Appointment.objects.get(state=State.BOOKED)
    assert response.redirect_chain == [("/visit/", 302)]
    assert (fresh(offer).answer, appointment.session) == (Answer.ACCEPTED, offer.entry.session)
    assert client.post(reverse("patient:offer_take"), follow=True).redirect_chain == [("/visit/", 302)]
    assert Appointment.objects.filter(state=State.BOOKED).count() == 1


@pytest.mark.parametrize(("stay", "state"), (("yes", Waiting.WAITING), ("no", Waiting.CLOSED)))
def test_saying_no_keeps_or_leaves_the_place_on_the_list(client, house, stay, state):
    offer = offered(house)
    follow(client, offer)
    response = client.post(reverse("patient:offer_leave"), {"stay": stay}, follow=True)

    assert (fresh(offer).answer, fresh(offer.entry).state) == (Answer.DECLINED, state)
    assert "You said no to this time" in text(response)


def test_an_offer_that_ran_out_says_so_and_books_nothing(client, house, clock):
    offer = offered(house)
    follow(client, offer)
    clock.move(minutes=31 + 13 * 60)
    response = client.post(reverse("patient:offer_take"), follow=True)

    assert "This offer ran out" in text(response)
    assert "Take this time" not in text(client.get(reverse("patient:offer")))
    assert not Appointment.objects.filter(state=State.BOOKED).exists()


def test_without_a_link_there_is_no_offer(client, house):
    offered(house)
    assert [client.get(address).status_code for address in ("/offer/", "/offer/guess/")] == [404, 404]
    assert client.post(reverse("patient:offer_take")).status_code == 404


# In a real browser


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("width", WIDTHS)
def test_the_desk_and_the_patient_use_it_without_scripts(live_server, new_page, barriers, client, width, tmp_path):
    house = small_clinic()
    offer = offered(house)
    wait(house, urgency=Urgency.URGENT, weekdays=("0", "2"))
    page = signed_in(new_page(width=width, scripts=True), client, house.desk, live_server)
    for address in (reverse("reception:waitlist"), reverse("reception:freed", args=[offer.freed.key]), reverse("reception:waitlist_who")):
        page.goto(address)
        look(page, f"waitlist-{width}{address.replace('/', '-')}")
        assert (barriers(page), overflow(page)) == ([], 0)

    patient = new_page(width=width, scripts=False)
    patient.goto(urlsplit(offer_link(offer)).path)
    patient.get_by_role("button", name="Take this time").click()
    assert "/visit/" in patient.url
    assert Appointment.objects.filter(state=State.BOOKED).count() == 1


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("width", WIDTHS)
def test_the_offer_page_has_no_barriers(live_server, new_page, barriers, width):
    offer = offered(small_clinic())
    page = new_page(width=width)
    page.goto(urlsplit(offer_link(offer)).path)
    look(page, f"offer-{width}")
    assert (barriers(page), overflow(page)) == ([], 0)


def signed_in(page, client, user, live_server):
    client.force_login(user)
    cookie = client.cookies["session"].value
    page.context.add_cookies([{"name": "session", "value": cookie, "url": live_server.url}])
    return page


def overflow(page) -> int:
    """How many pixels of the page lie beyond its right edge."""
    return page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")


def look(page, name: str) -> None:
    """Keep a picture where somebody asked for pictures."""
    if folder := os.environ.get("PICTURES"):
        page.screenshot(path=f"{folder}/{name}.png", full_page=True)


# Joining


def about_you(**said) -> dict[str, object]:
    first = {"days": ["1", "3"], "part": "afternoon", "weeks": "4", "notice": "3"}
    details = {
        "first_name": "Wilma",
        "last_name": "Field",
        "email": "wilma@example.org",
        "mobile": "07700 900142",
        "keep": "on",
        "true": "on",
    }
    return first | details | said


def a_booking(client, house) -> Booking:
    """A visitor whose answers are screened, in this browser."""
    answers = HEALTHY | {"medicines_typed": "", "details": ""}
    booking = visitor(
        house, answers=answers, now=clock.now(), first_name="", last_name="", email="", proved_address="", mobile="", consents=[]
    )
    session = client.session
    session["booking"] = booking.key
    session.save()
    return booking


def join(client, house, **said):
    return client.post(reverse("book:waitlist", args=[house.clinic.slug]), about_you(**said), follow=True)


def test_a_visitor_who_finds_no_time_joins_and_takes_an_offer(client, house, mailoutbox):
    booking = a_booking(client, house)
    assert "Join the waitlist" in text(client.get(reverse("book:times", args=[house.clinic.slug])))
    page = text(join(client, house, days=[]))
    assert "You are on the waitlist" in page and "We write to wilma@example.org" in page
    entry = WaitlistEntry.objects.get()
    assert (entry.booking, entry.earliest, entry.latest, entry.weekdays) == (booking, time(12), time(17, 30), [])

    free(house)
    [offer] = offer_freed_times(now=clock.now())
    follow(client, offer)
    client.post(reverse("patient:offer_take"))
    visit = Appointment.objects.get(state=State.BOOKED)
    assert (visit.patient.name, visit.patient.email, fresh(entry).state) == ("Wilma Field", "wilma@example.org", Waiting.BOOKED)


def test_joining_again_changes_what_was_asked_for_and_leaving_is_one_press(client, house):
    a_booking(client, house)
    join(client, house)
    join(client, house, days=["4"], weeks="8")
    assert WaitlistEntry.objects.get().weekdays == ["4"]

    response = client.post(reverse("book:waitlist", args=[house.clinic.slug]), {"off": "1"}, follow=True)
    assert "You are off the waitlist." in text(response)
    assert WaitlistEntry.objects.get().state == Waiting.CLOSED


@pytest.mark.parametrize(
    ("said", "words"),
    (
        ({"email": ""}, "Type your e-mail address"),
        ({"part": ""}, "Choose a time of day"),
        ({"days": ["9"]}, "Choose one of the answers shown"),
        ({"keep": ""}, "Tick that we may keep your answers"),
    ),
)
def test_what_is_missing_is_asked_for_and_nothing_typed_is_lost(client, house, said, words):
    a_booking(client, house)
    page = text(join(client, house, **said))

    assert words in page and 'value="Wilma"' in page
    assert not WaitlistEntry.objects.exists()


def test_nobody_joins_before_the_safety_questions(client, house):
    response = client.get(reverse("book:waitlist", args=[house.clinic.slug]), follow=True)
    assert response.redirect_chain[0][0] == reverse("book:start", args=[house.clinic.slug])


def test_a_patient_asks_for_an_earlier_time_by_the_link_in_the_mail(client, house):
    visit = book_appointment(session=house.session(), slot=house.slot(tomorrow(house)), by=house.desk, now=clock.now())
    client.get(urlsplit(visit_link(visit)).path)
    assert "Hear of an earlier time" in text(client.get(reverse("patient:visit")))
    response = client.post(reverse("patient:earlier"), {"days": [], "part": "morning", "notice": "1"}, follow=True)

    entry = WaitlistEntry.objects.get()
    assert "You are on the waitlist." in text(response)
    assert (entry.session, entry.wants_earlier, entry.latest, entry.last_day) == (visit.session, True, time(12, 30), visit.start.date())
    client.post(reverse("patient:earlier"), {"off": "1"})
    assert (fresh(entry).state, fresh(visit).state) == (Waiting.CLOSED, State.BOOKED)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("width", WIDTHS)
def test_joining_has_no_barriers_and_needs_no_scripts(live_server, new_page, barriers, client, width):
    house = small_clinic()
    a_booking(client, house)
    page = new_page(width=width)
    cookie = {"name": "session", "value": client.session.session_key, "url": live_server.url}
    page.context.add_cookies([cookie])
    page.goto(reverse("book:waitlist", args=[house.clinic.slug]))
    look(page, f"join-{width}")
    assert (barriers(page), overflow(page)) == ([], 0)

    plain = new_page(width=width, scripts=False)
    plain.context.add_cookies([cookie])
    plain.goto(reverse("book:waitlist", args=[house.clinic.slug]))
    for label, words in (("First name", "Wilma"), ("Last name", "Field"), ("E-mail", "w@example.org"), ("Mobile number", "07700 900142")):
        plain.get_by_label(label).fill(words)
    plain.get_by_label("You may keep").check()
    plain.get_by_label("My answers are right").check()
    plain.get_by_role("button", name="Join the waitlist").click()
    assert plain.get_by_role("heading", level=1).inner_text() == "You are on the waitlist"


def test_the_diary_shows_a_strip_for_a_time_that_is_being_offered(client, desk, house):
    offer = offered(house)
    day = offer.start.astimezone(house.clinic.tz).date()
    page = text(client.get(reverse("reception:diary"), {"day": day.isoformat()}))
    assert f"kept for {offer.entry.name} until" in page
    assert "kept for" not in text(client.get(reverse("reception:diary"), {"day": (day + timedelta(days=1)).isoformat()}))

    client.force_login(UserFactory(role=Role.PRACTITIONER, clinics=[house.clinic]))
    assert "kept for" not in text(client.get(reverse("reception:diary"), {"day": day.isoformat()}))
