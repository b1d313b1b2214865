"""A visitor books a first visit, page by page, and can't skip, repeat or talk around anything."""

import re
from datetime import date
from html import unescape

import pytest
from django.core import mail
from django.test import Client

from bookings.enums import State
from bookings.models import Appointment, Booking
from bookings.services.appointments import book_appointment
from bookings.services.online import hold_time
from clinic.models import Absence
from insurers.enums import Payer
from messaging.models import Message
from patients.models import Intake, Patient
from patients.services import intake_of
from tests.bookings.test_online import visitor as other_visitor
from tests.factories import at
from tests.web.patients import ABOUT, Visitor, booking_house, shown_in, snapshot

pytestmark = pytest.mark.django_db


@pytest.fixture
def house():
    return booking_house()


@pytest.fixture
def visitor(house, clock):
    return Visitor(house, clock)


def text(response) -> str:
    return response.content.decode()


# The whole way


def test_a_visitor_books_from_the_first_page_to_the_last(visitor):
    assert visitor.get().status_code == 200
    assert visitor.begin()["Location"] == visitor.url("visit/")
    assert visitor.choose()["Location"] == visitor.url("safety/about/")
    assert visitor.answer()["Location"] == visitor.url("times/")
    assert visitor.take()["Location"] == visitor.url("payer/")
    assert visitor.pay()["Location"] == visitor.url("about/")
    assert visitor.tell()["Location"] == visitor.url("code/")
    assert visitor.prove()["Location"] == visitor.url("check/")
    page = text(visitor.get("check/"))
    assert all(words in page for words in ("Lower back pain", "Thu 26 Nov 2026, 10:00 to 10:45", "London time", "hannah@example.org"))
    assert visitor.post("check/")["Location"] == visitor.url("done/")
    assert "Your visit is booked" in text(visitor.get("done/"))
    assert Appointment.objects.get().state == State.BOOKED
    assert (Patient.objects.get().name, Booking.objects.get().finished_at is not None) == ("Hannah Lindley", True)


def test_pressing_book_again_or_loading_the_last_page_again_books_once_and_says_so(visitor):
    visitor.book()
    again = "This visit is booked already. Pressing again changed nothing."
    assert again not in text(visitor.get("done/"))
    for _ in range(2):
        assert visitor.post("check/")["Location"] == visitor.url("done/")
        assert again in text(visitor.get("done/"))
        assert again not in text(visitor.get("done/"))
    assert (Appointment.objects.count(), Patient.objects.count(), Message.objects.filter(kind="appointment-booked").count()) == (1, 1, 1)


def test_pages_of_a_finished_booking_lead_to_what_was_booked_and_a_new_one_starts_clean(visitor):
    visitor.book()
    first = visitor.booking.key
    for name in ("visit/", "safety/", "times/", "payer/", "about/", "check/"):
        assert visitor.get(name)["Location"] == visitor.url("done/")
    visitor.begin("neck")
    assert visitor.booking.key != first
    assert (visitor.booking.complaint, visitor.booking.email, intake_of(visitor.booking.key).answers) == ("neck", "", {})


def test_a_booking_of_somebody_else_is_not_shown(visitor, house, clock):
    visitor.book()
    stranger = Visitor(house, clock)
    assert stranger.get("done/")["Location"] == stranger.url("")
    assert stranger.get("check/")["Location"] == stranger.url("")


# Steps


@pytest.mark.parametrize("name", ("visit/", "safety/", "safety/urgent/", "result/", "times/", "payer/", "about/", "code/", "check/"))
@pytest.mark.parametrize("method", ("get", "post"))
def test_no_page_opens_before_the_first_one(visitor, name, method):
    assert getattr(visitor, method)(name)["Location"] == visitor.url("")


@pytest.mark.parametrize("name", ("result/", "times/", "payer/", "about/", "code/", "check/"))
@pytest.mark.parametrize("method", ("get", "post"))
def test_no_page_opens_before_the_safety_questions(visitor, name, method):
    visitor.begin()
    visitor.choose()
    assert getattr(visitor, method)(name)["Location"] == visitor.url("safety/about/")


@pytest.mark.parametrize("name", ("payer/", "about/", "code/", "check/"))
def test_no_page_opens_before_a_time_is_held(visitor, name):
    visitor.to_times()
    before = snapshot()
    assert visitor.post(name, payer="self", **ABOUT)["Location"] == visitor.url("times/")
    assert snapshot() == before


def test_a_later_safety_page_waits_for_the_earlier_ones(visitor):
    visitor.begin()
    visitor.choose()
    assert visitor.get("safety/skin/")["Location"] == visitor.url("safety/about/")
    assert visitor.get("safety/unheard-of/").status_code == 404


def test_nobody_confirms_without_the_code(visitor):
    visitor.to_times()
    visitor.take()
    visitor.pay()
    visitor.tell()
    assert visitor.post("check/")["Location"] == visitor.url("code/")
    assert Patient.objects.count() == 0


@pytest.mark.parametrize(
    ("name", "sent"),
    (
        ("", {"reason": "lower_back"}),
        ("payer/", {"payer": "reclaim", "plan": ""}),
        ("about/", ABOUT | {"mobile": "07700 900555"}),
    ),
)
def test_a_change_leads_back_to_checking(visitor, name, sent):
    visitor.to_check()
    assert visitor.post(name, **sent)["Location"] == visitor.url("check/")


def test_another_address_has_to_be_proved_again(visitor):
    visitor.to_check()
    assert visitor.tell(email="other@example.org")["Location"] == visitor.url("code/")
    assert mail.outbox[-1].to == ["other@example.org"]
    assert visitor.prove()["Location"] == visitor.url("check/")


def test_another_complaint_is_asked_what_it_needs(visitor):
    visitor.to_check()
    assert visitor.begin("muscle_strain")["Location"] == visitor.url("safety/about/")
    assert visitor.answer(where="lower_back")["Location"] == visitor.url("check/")


def test_another_kind_of_visit_gives_the_time_back(visitor, house):
    visitor.to_check()
    assert visitor.choose(house.physio)["Location"] == visitor.url("times/")
    assert Appointment.objects.count() == 0


# Safety


def test_an_emergency_stops_at_once_says_where_to_go_and_keeps_no_time(visitor):
    visitor.to_check()
    visitor.post("safety/urgent/", urgent="cauda_equina_saddle_numbness")
    page = text(visitor.get("result/"))
    assert all(
        words in page for words in ("Please get help now", "Call 999", "A&amp;E", "Nothing is booked", "I was told to come straight away")
    )
    assert Appointment.objects.count() == 0
    assert visitor.post("check/")["Location"] == visitor.url("result/")
    assert visitor.get("times/")["Location"] == visitor.url("result/")


def test_an_emergency_is_seen_before_the_other_pages_are_answered(visitor):
    visitor.begin()
    visitor.choose()
    visitor.post("safety/about/", born_day="14", born_month="3", born_year="1984", pregnant="no")
    assert visitor.post("safety/urgent/", urgent="chest_pain_breathlessness")["Location"] == visitor.url("result/")
    assert visitor.post("safety/urgent/", urgent="none")["Location"] == visitor.url("safety/pain/")


def test_the_numbers_are_those_of_the_country(clock):
    house = booking_house(country="JP", zone="Asia/Tokyo", currency="JPY", phone="03-5550-0146")
    visitor = Visitor(house, clock)
    visitor.to_times(urgent=["chest_pain_breathlessness"])
    page = text(visitor.get("result/"))
    assert "Call 119" in page
    assert "999" not in page


def test_a_blocked_visit_offers_what_is_still_safe(visitor, house):
    assert visitor.to_times(bleeding=["bleeding_disorder"])["Location"] == visitor.url("result/")
    page = visitor.get("result/")
    assert [offer["service"] for offer in page.context["offers"]] == [house.physio]
    assert "We can’t book this online" in text(page)
    assert visitor.post("result/", service="of-nobody").status_code == 200
    assert visitor.post("result/", service=house.physio.key)["Location"] == visitor.url("times/")
    assert visitor.booking.service == house.physio


def test_answers_for_review_make_the_visit_provisional_and_say_so(visitor):
    visitor.to_times(medicines=["anticoagulant_medication"])
    assert "provisional" in text(visitor.get("times/"))
    visitor.take()
    visitor.pay()
    visitor.tell()
    visitor.prove()
    assert "reads your answers first" in text(visitor.get("check/"))
    visitor.post("check/")
    assert "Your time is kept for you" in text(visitor.get("done/"))
    assert Appointment.objects.get().state == State.PROVISIONAL


@pytest.mark.parametrize("hidden", ({"where": "neck"}, {"urgent": "none"}, {"tier": "clear"}, {"complaint": "neck"}))
def test_an_answer_to_a_question_that_is_not_on_the_page_is_refused(visitor, hidden):
    visitor.begin()
    visitor.choose()
    born = {"born_day": "14", "born_month": "3", "born_year": "1984", "pregnant": "no"}
    assert "not on this page" in text(visitor.post("safety/about/", **born, **hidden))
    assert Intake.objects.get().answers == {}


def test_wrong_answers_come_back_with_words_and_nothing_typed_is_lost(visitor):
    visitor.begin()
    visitor.choose()
    page = text(visitor.post("safety/about/", born_day="31", born_month="February", born_year="1984", pregnant="no"))
    assert "<title>Error: About you" in page
    assert all(words in page for words in ("There is a problem", "There is no such day", 'value="February"'))
    visitor.post("safety/about/", born_day="14", born_month="Mar", born_year="1984", pregnant="no")
    page = text(visitor.post("safety/urgent/", urgent=["none", "suspected_dvt"]))
    assert "not both" in page
    assert len(re.findall("<input[^>]* checked", page)) == 2


def test_who_is_too_old_to_be_pregnant_is_not_asked_again(visitor):
    visitor.begin()
    visitor.choose()
    visitor.post("safety/about/", born_day="14", born_month="3", born_year="1944", pregnant="not_for_me")
    assert [question.id for question in visitor.get("safety/about/").context["page"].questions] == ["born"]


# Times


def test_times_name_the_zone_and_stay_on_the_clinics_clock(clock):
    house = booking_house(country="JP", zone="Asia/Tokyo", currency="JPY")
    visitor = Visitor(house, clock)
    visitor.to_times()
    page = visitor.get("times/", day="2026-11-27")
    assert "Times are Tokyo time" in text(page)
    assert shown_in(page.context["times"])[0]["starts"] == at("00:00", "2026-11-27")
    assert visitor.take("00:00", "2026-11-27")["Location"] == visitor.url("payer/")


def test_times_can_be_asked_for_later_for_one_day_and_for_one_practitioner(visitor, house):
    visitor.to_times()
    later = visitor.get("times/", month="2026-12").context["times"]
    assert (later.first, later.shown_day) == (date(2026, 12, 1), date(2026, 12, 1))
    whole_day = visitor.get("times/", day="2026-11-26", all="1", **{"with": house.practitioner.key}).context["times"]
    assert (whole_day.shown_day, whole_day.person) == (date(2026, 11, 26), house.practitioner)
    assert len(whole_day.slots) == len(shown_in(whole_day)) > len(shown_in(visitor.get("times/").context["times"]))
    nonsense = visitor.get("times/", day="soon", month="9999-99", **{"with": "nobody"})
    assert (nonsense.status_code, nonsense.context["times"].person) == (200, None)


def test_a_month_without_a_time_says_so_and_leads_to_the_waitlist(visitor, house):
    visitor.to_times()
    Absence.objects.create(
        clinic=house.clinic, timeline=house.practitioner.timeline, during=(at("00:00"), at("00:00", "2027-01-01")), reason="Away"
    )
    page = " ".join(text(visitor.get("times/", month="2026-12", **{"with": house.practitioner.key})).split())
    assert f"No free time until Thu 31 Dec with {house.practitioner.short_name}.".replace("\xa0", " ") in page
    piece = " ".join(text(visitor.get("times/month/", month="2026-12", visit=house.service.key)).split())
    assert "No free time in December. Look at January" in piece.replace("<strong>", "").replace("</strong>", "")
    assert all(words in page for words in ("everybody’s times", "Join the waitlist", house.clinic.phone))
    assert 'name="time"' not in page


def test_pieces_of_the_page_know_what_this_browser_holds(visitor, house):
    visitor.to_times()
    visitor.take("10:00")
    asked = {"visit": house.service.key, "day": "2026-11-26"}
    for name in ("times/day/", "times/month/"):
        mine = visitor.get(name, **asked).context["times"]
        assert [time["starts"] for time in shown_in(mine) if time["checked"]] == [at("10:00")]
        strangers = Client().get(visitor.url(name), asked).context["times"]
        assert (at("10:00") in [time["starts"] for time in shown_in(strangers)], len(strangers.slots) < len(mine.slots)) == (False, True)


def test_without_scripts_every_day_and_month_is_a_page(visitor, house):
    visitor.to_times()
    page = text(visitor.get("times/"))
    hrefs = re.findall(r'href="(\?[^"]+)" hx-get="([^"]+)"', page)
    assert len(hrefs) == 5 + 1 + 1  # the days from the 26th to the 30th, the next month, and all times of the day
    for href, piece in hrefs:
        whole = visitor.client.get(visitor.url("times/") + unescape(href)).context["times"]
        part = visitor.client.get(unescape(piece)).context["times"]
        assert (part.shown_day, part.groups) == (whole.shown_day, whole.groups)


def test_times_that_pack_the_day_well_are_suggested_on_the_page_and_in_its_pieces(visitor, house):
    book_appointment(session=house.session(), slot=house.slot(at("11:00")), by=house.desk, now=at("08:00"))
    visitor.to_times()
    asked = {"visit": house.service.key, "day": "2026-11-26"}
    for name in ("times/", "times/day/", "times/month/"):
        page = visitor.get(name, **asked)
        suggested, others = page.context["times"].groups
        assert [time["at"] for time in suggested[1]] == ["09:00", "10:10", "11:20", "17:10"], name
        assert {"10:10", "11:20"}.isdisjoint(time["at"] for time in others[1])
        html = text(page)
        assert html.index(">Suggested <") < html.index(">11:20<") < html.index(">Other times<") < html.index(">12:00<")
        assert html.count('id="id_time"') == 1
    house.clinic.packs_days = False
    house.clinic.save()
    assert "Suggested" not in text(visitor.get("times/"))


def test_a_practitioner_without_hours_has_no_times(visitor, house):
    visitor.to_times()
    house.practitioner.timeline.hours.all().delete()
    assert "No free time until Thu 31 Dec" in text(visitor.get("times/"))


def test_the_page_of_times_asks_little_of_the_database(visitor, django_assert_max_num_queries):
    visitor.to_times()
    with django_assert_max_num_queries(15):
        assert visitor.get("times/").status_code == 200


@pytest.mark.parametrize(
    "value",
    (
        "20261126T0700Z-{who}",  # outside hours
        "20261126T1001Z-{who}",  # off the grid
        "20201126T1000Z-{who}",  # past
        "20991126T1000Z-{who}",  # beyond the horizon
        "20261225T1000Z-{who}",  # a closed day
        "20261126T1000Z-nobody",
    ),
)
def test_a_tampered_time_is_refused_and_holds_nothing(visitor, house, value):
    visitor.to_times()
    response = visitor.post("times/", time=value.format(who=house.practitioner.key), duration="5", all_day="on", patient="1", price="1")
    assert (response.status_code, Appointment.objects.count()) == (409, 0)
    assert "That time has just gone. These are the nearest." in text(response)


@pytest.mark.parametrize("value", ("", "x", "2026-11-26 10:00", "' OR 1=1 --"))
def test_what_is_no_time_is_asked_for_again(visitor, value):
    visitor.to_times()
    response = visitor.post("times/", time=value)
    assert (response.status_code, Appointment.objects.count()) == (200, 0)
    assert "<title>Error: When" in text(response)


def test_the_length_and_the_price_come_from_the_service_whatever_is_sent(visitor, house):
    visitor.to_times()
    visitor.post("times/", time=f"20261126T1000Z-{house.practitioner.key}", price="1", hands_in="5", service=house.physio.key)
    held = Appointment.objects.get()
    assert (held.price, held.minutes, held.service) == (5800, 45, house.service)


def test_a_time_that_somebody_else_has_taken_meanwhile_says_so_and_offers_the_nearest(visitor, house):
    visitor.to_times()
    hold_time(booking=other_visitor(house, email="other@example.org"), slot=house.slot(at("10:00")), now=at("08:00"))
    response = visitor.take("10:00")
    assert response.status_code == 409
    assert len(response.context["near"]) == 6
    assert visitor.post("times/", time=response.context["near"][0]["value"])["Location"] == visitor.url("payer/")


def test_the_time_one_holds_is_still_shown_and_can_be_chosen_again(visitor):
    visitor.to_times()
    visitor.take("10:00")
    held = Appointment.objects.get()
    shown = shown_in(visitor.get("times/").context["times"])
    assert [time["starts"] for time in shown if time["checked"]] == [at("10:00")]
    assert visitor.take("10:00")["Location"] == visitor.url("payer/")
    assert Appointment.objects.get() == held


def test_a_time_that_overlaps_ones_own_hold_can_be_taken_instead(visitor):
    visitor.to_times()
    visitor.take("10:00")
    assert visitor.take("10:30")["Location"] == visitor.url("payer/")
    assert Appointment.objects.get().start == at("10:30")


def test_a_hold_can_be_kept_longer_from_the_page_one_is_on(visitor):
    visitor.to_times()
    visitor.take()
    visitor.clock.set(at("08:08"))
    assert visitor.post("longer/payer/")["Location"] == visitor.url("payer/")
    assert Appointment.objects.get().until > at("08:17")
    assert visitor.get("longer/payer/").status_code == 405
    assert visitor.post("longer/elsewhere/").status_code == 404


def test_what_was_typed_after_the_time_ran_out_is_kept(visitor):
    visitor.to_times()
    visitor.take()
    visitor.clock.set(at("08:11"))
    response = visitor.client.post(visitor.url("payer/"), {"payer": "self"}, follow=True)
    assert response.redirect_chain == [(visitor.url("times/"), 302)]
    assert "could not keep your time" in text(response)
    assert visitor.booking.payer == Payer.SELF
    assert visitor.take()["Location"] == visitor.url("about/")


def test_confirming_after_the_time_ran_out_says_so_and_offers_times(visitor):
    visitor.to_check()
    visitor.clock.set(at("08:30"))
    response = visitor.post("check/")
    assert (response.status_code, Patient.objects.count()) == (409, 0)
    assert "could not keep your time" in text(response)


def test_leave_taken_meanwhile_is_said_at_the_end(visitor, house):
    visitor.to_check()
    Absence.objects.create(clinic=house.clinic, timeline=house.practitioner.timeline, during=(at("09:00"), at("12:00")), reason="Ill")
    response = visitor.post("check/")
    assert (response.status_code, Patient.objects.count()) == (409, 0)
    assert visitor.post("times/", time=response.context["near"][0]["value"])["Location"] == visitor.url("check/")


def test_too_many_visits_ahead_are_booked_by_phone(visitor, house, clock):
    for hour in ("09:00", "10:00", "11:00", "12:00"):
        Visitor(house, clock).book(clock=hour)
    visitor.to_check(clock="14:00")
    response = visitor.client.post(visitor.url("check/"), follow=True)
    assert "You already have 4 visits ahead" in text(response)


# What is kept where


def test_the_session_keeps_the_key_and_no_answer(visitor):
    visitor.to_check(medicines=["anticoagulant_medication"], details="my secret story")
    kept = dict(visitor.client.session)
    assert set(kept) == {"booking", "booking-held"}
    assert kept["booking"] == visitor.booking.key


def test_looking_changes_nothing(visitor):
    visitor.to_check()
    before = snapshot()
    names = ("", "visit/", "safety/", "safety/about/", "result/", "times/", "payer/", "about/", "code/", "check/", "done/")
    statuses = [visitor.get(name).status_code for name in names]
    assert set(statuses) == {200, 302}
    assert snapshot() == before


def test_every_form_wants_its_token(visitor, house):
    visitor.to_check()
    careful = Client(enforce_csrf_checks=True)
    careful.cookies = visitor.client.cookies
    for name in ("", "visit/", "safety/about/", "times/", "longer/check/", "payer/", "about/", "code/again/", "check/"):
        assert careful.post(visitor.url(name)).status_code == 403
    assert Patient.objects.count() == 0


def test_a_clinic_that_is_not_there_is_not_found(visitor, house):
    assert visitor.client.get("/book/elsewhere/").status_code == 404
    house.clinic.active = False
    house.clinic.save()
    assert visitor.get().status_code == 404
