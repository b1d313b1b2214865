"""Health questions again: how medicines were read, what has changed, and the short ones on the day of a visit."""

import re

import pytest
from django.test import Client
from django.urls import reverse

from bookings.enums import State
from bookings.models import Appointment
from bookings.services.appointments import book_appointment
from clinic.enums import LinkPurpose, Role
from clinic.links import mint
from clinic.models import Task
from messaging.models import Message
from patients.models import Intake
from patients.rulebook import rulebook
from patients.services import intake_of
from tests.bookings.test_online import HEALTHY
from tests.factories import SessionFactory, TechniqueFactory, UserFactory, at
from tests.patients.test_carrying import WELL
from tests.web.patients import NOW, Visitor, booking_house, snapshot

pytestmark = pytest.mark.django_db
THE_DAY = at("08:30", "2026-12-03")
HEALTH = "/visit/health/"


@pytest.fixture
def house(clock):
    clock.set(NOW)
    house = booking_house()
    house.service.techniques.add(TechniqueFactory(slug="traditional_acupuncture"))
    return house


@pytest.fixture
def visitor(house, clock):
    return Visitor(house, clock)


@pytest.fixture
def visit(visitor, house, clock) -> Appointment:
    """The second visit of somebody who answered online a week ago; it is the morning of that visit."""
    visitor.book()
    first = Appointment.objects.get()
    Appointment.objects.filter(pk=first.pk).update(state=State.COMPLETED)
    session = SessionFactory(course=first.session.course, number=2)
    second = book_appointment(session=session, slot=house.slot(at("10:00", "2026-12-03")), by=house.desk, now=NOW)
    clock.set(THE_DAY)
    return second


def holder_of(visit: Appointment) -> Client:
    client = Client()
    client.get(f"/visit/{mint(purpose=LinkPurpose.VISIT, about=visit.key, expires_at=visit.start)}/")
    return client


def signed_in(visit: Appointment) -> Client:
    client = Client()
    client.force_login(visit.patient.user)
    client.get(f"/plan/visit/{visit.key}/")
    return client


def text(response) -> str:
    return " ".join(response.content.decode().split())


def go_through(client: Client, given: dict[str, object], address: str = HEALTH) -> str:
    """Answer page after page; return the address that is no page of questions."""
    response = client.get(address)
    for _ in range(14):
        address = response["Location"]
        if not re.fullmatch(r"/visit/health/(?!check|medicines|done)\w+/", address):
            return address
        page = client.get(address)
        assert page.status_code == 200, address
        response = client.post(address, Visitor.sent_for(page, given))
    raise AssertionError("The questions never end")


# How typed medicines were read (online booking)


def test_each_medicine_is_shown_as_it_was_read_and_waits_for_a_word(visitor):
    assert visitor.to_times(medicines_typed="bisopralol 2.5 once a day, zorblaxine")["Location"] == visitor.url("medicines/")
    page = text(visitor.get("medicines/"))
    assert "You typed “bisopralol 2.5 once a day”. We read: Bisoprolol. Is that right?" in page
    assert "Your practitioner asks you about this one at your visit" in page
    assert "“zorblaxine”" in page
    assert visitor.get("times/")["Location"] == visitor.url("medicines/")


def test_every_medicine_has_to_be_answered_and_what_was_said_stays(visitor):
    visitor.to_times(medicines_typed="bisopralol, amlodipine")
    first, second = visitor.get("medicines/").context["form"].typed.read
    page = visitor.post("medicines/", **{first.id: "no", f"{first.id}_words": "Bisacodyl"})
    assert page.status_code == 200
    assert "Say whether we read “amlodipine” right" in text(page)
    assert 'value="Bisacodyl"' in text(page)
    page = visitor.post("medicines/", **{first.id: "no", second.id: "yes"})
    assert "Write what you meant, or choose “I’m not sure”" in text(page)
    assert intake_of(visitor.booking.key).medicines == []


def test_a_no_is_kept_with_what_was_meant_and_raises_what_that_raises(visitor):
    visitor.to_times(medicines_typed="bisopralol")
    [read] = visitor.get("medicines/").context["form"].typed.read
    assert visitor.post("medicines/", **{read.id: "no", f"{read.id}_words": "Eliquis"})["Location"] == visitor.url("medicines/")
    new = next(each for each in visitor.get("medicines/").context["form"].typed.read if each.name == "Eliquis")
    assert visitor.post("medicines/", **{read.id: "no", f"{read.id}_words": "Eliquis", new.id: "yes"})["Location"] == visitor.url("result/")
    intake = intake_of(visitor.booking.key)
    assert (intake.tier, intake.flags) == ("review", ["anticoagulant_medication"])
    assert [(each["typed"], each["name"], each["answer"], each["words"]) for each in intake.medicines] == [
        ("bisopralol", "bisoprolol", "no", "Eliquis"),
        ("Eliquis", "Eliquis", "yes", ""),
    ]


def test_who_typed_no_medicine_is_not_asked(visitor):
    assert visitor.to_times()["Location"] == visitor.url("times/")
    assert visitor.get("medicines/")["Location"] == visitor.url("times/")


# What the answers come to


def test_a_review_says_what_happens_next_before_a_time_is_chosen(visitor):
    assert visitor.to_times(conditions=["recent_stroke"])["Location"] == visitor.url("result/")
    page = text(visitor.get("result/"))
    assert all(words in page for words in ("A practitioner reads your answers first", "provisional", "Choose a time", "In a day or so"))
    assert visitor.take()["Location"] == visitor.url("payer/")


def test_who_has_nothing_to_report_meets_no_page_about_it(visitor):
    visitor.to_times()
    assert visitor.get("result/")["Location"] == visitor.url("times/")


def test_a_healthy_adult_answers_at_most_twelve_questions(visitor):
    visitor.begin()
    visitor.choose()
    asked, response = [], visitor.get("safety/")
    while "/safety/" in response["Location"]:
        name = response["Location"].split("/book/bloomsbury/")[1]
        page = visitor.get(name)
        asked += [question.id for question in page.context["page"].questions]
        response = visitor.post(name, **Visitor.sent_for(page, HEALTHY | {"medicines_typed": "", "details": ""}))
    assert (response["Location"], len(asked)) == (visitor.url("times/"), 12)


# Bad input


def test_answers_to_questions_that_were_not_shown_are_refused_and_nothing_is_lost(visitor):
    visitor.begin()
    visitor.choose()
    page = visitor.post("safety/about/", born_day="14", born_month="3", born_year="1984", pregnant="no", urgent="none")
    assert "This question is not on this page. Go back and answer the questions you see." in text(page)
    assert 'value="1984"' in text(page)
    assert intake_of(visitor.booking.key).answers == {}


def test_answers_to_another_version_of_the_questions_are_refused_once_with_all_that_was_typed(visitor):
    visitor.begin()
    visitor.choose()
    sent = {"born_day": "14", "born_month": "3", "born_year": "1984", "pregnant": "no"}
    page = visitor.post("safety/about/", **sent, version="0-before")
    assert "We have changed our questions since you opened this page." in text(page)
    assert f'name="version" value="{rulebook().version}"' in text(page)
    assert 'value="1984"' in text(page)
    assert visitor.post("safety/about/", **sent, version=rulebook().version)["Location"] == visitor.url("safety/urgent/")


def test_stored_answers_that_the_rules_no_longer_know_are_asked_again_and_kept(visitor):
    visitor.to_times(conditions=["epilepsy"], fits="no")
    intake = intake_of(visitor.booking.key)
    intake.answers |= {"conditions": ["epilepsy", "retired"], "gone": ["yes"]}
    intake.save()
    assert visitor.get("times/")["Location"] == visitor.url("safety/conditions/")
    assert visitor.get("safety/conditions/").status_code == 200
    visitor.post("safety/conditions/", conditions="epilepsy")
    assert visitor.get("times/").status_code == 200
    assert intake_of(visitor.booking.key).answers["gone"] == ["yes"]


def test_a_complaint_that_the_rules_no_longer_know_is_asked_again_in_words(visitor):
    visitor.to_times()
    intake = intake_of(visitor.booking.key)
    intake.complaint = "retired"
    intake.save()
    before = intake.answers
    for name in ("times/", "safety/urgent/", "result/"):
        assert visitor.get(name)["Location"] == visitor.url("")
    assert "We have changed our questions since you began." in text(visitor.get())
    visitor.begin("neck")
    assert intake_of(visitor.booking.key).answers == before


def test_a_text_over_the_limit_is_refused_in_words_and_kept_in_its_box(visitor):
    visitor.to_times()
    long = "aspirin " * 300
    page = visitor.post("safety/bleeding/", bleeding="none", medicines="none", medicines_typed=long)
    assert "Keep it to 2000 letters. You can tell us the rest at your visit." in text(page)
    assert long.strip() in page.content.decode()


# Somebody we know books again


@pytest.fixture
def known(visitor, visit, house, clock) -> Visitor:
    """The patient of the visit, signed in, at the booking for something new."""
    again = Visitor(house, clock, now=THE_DAY)
    again.client.force_login(visit.patient.user)
    again.begin("neck")
    again.choose()
    return again


def test_who_signed_in_is_asked_what_changed_and_only_how_they_are_now(known):
    assert known.get("safety/about/")["Location"] == known.url("again/")
    page = text(known.get("again/"))
    assert "Is anything different since Thu 26 Nov 2026?" in page
    assert "Bleeding and medicines" in page
    assert known.post("again/", deed="same")["Location"] == known.url("safety/about/")
    asked = []
    response = known.get("safety/about/")
    while response.status_code == 200:
        asked.append(response.context["page"].id)
        name = response.request["PATH_INFO"].split("/book/bloomsbury/")[1]
        sent = known.post(name, **Visitor.sent_for(response, HEALTHY | {"details": ""}))
        response = known.get(sent["Location"].split("/book/bloomsbury/")[1]) if "/safety/" in sent["Location"] else sent
        if response.status_code == 200 and response.context["page"].id in ("bleeding", "conditions", "history", "treatment"):
            assert all(
                response.context["form"][question.id].value() for question in response.context["page"].questions if question.required
            )
    assert (response["Location"], known.booking.email) == (known.url("times/"), "hannah@example.org")
    assert known.booking.first_name == "Hannah"


def test_who_begins_without_the_earlier_answers_is_asked_everything(known):
    known.post("again/", deed="other")
    assert known.get("safety/about/").status_code == 200
    assert intake_of(known.booking.key).answers == {}


def test_a_stranger_and_staff_are_shown_nobodys_answers(known, house, clock):
    for user in (UserFactory(role=Role.PATIENT), UserFactory(role=Role.RECEPTIONIST, clinics=[house.clinic])):
        other = Visitor(house, clock, now=THE_DAY)
        other.client.force_login(user)
        other.begin("neck")
        other.choose()
        assert other.get("safety/about/").status_code == 200
        assert other.get("again/")["Location"] == other.url("safety/")
    assert known.client.get(f"{known.url('again/')}?of=nobody").status_code == 404


# The questions of the day


def test_on_the_day_the_visit_asks_and_a_well_patient_is_done_in_three_pages(visit):
    client = holder_of(visit)
    assert "Answer today’s questions" in text(client.get("/visit/"))
    assert go_through(client, WELL) == f"{HEALTH}check/"
    page = text(client.get(f"{HEALTH}check/"))
    assert "Since your last visit, is any of these new?" in page
    assert Intake.objects.filter(form="visit", screened_at=None).count() == 1
    assert client.post(f"{HEALTH}check/")["Location"] == f"{HEALTH}done/"
    assert "Your answers are with your practitioner." in text(client.get(f"{HEALTH}done/"))
    assert "Answer today’s questions" not in text(client.get("/visit/"))
    visit.refresh_from_db()
    assert (visit.state, Task.objects.count()) == (State.BOOKED, 0)


def test_looking_at_the_questions_writes_nothing(visit):
    client = holder_of(visit)
    before = snapshot()
    for address in (HEALTH, f"{HEALTH}today_urgent/", f"{HEALTH}check/", f"{HEALTH}medicines/", f"{HEALTH}done/"):
        client.get(address)
    assert snapshot() == before


def test_a_new_blood_thinner_makes_the_visit_wait_and_says_what_happens_next(visit):
    client = holder_of(visit)
    go_through(client, WELL | {"today_health": ["anticoagulant_medication"]})
    client.post(f"{HEALTH}check/")
    page = text(client.get(f"{HEALTH}done/"))
    assert all(words in page for words in ("a practitioner reads your answers first", "We keep your time", "Don’t stop a medicine for us"))
    visit.refresh_from_db()
    assert (visit.state, visit.waits_for_review) == (State.PROVISIONAL, True)
    assert Message.objects.filter(kind="visits-waiting").count() == 1


def test_a_typed_medicine_is_confirmed_before_the_answers_are_sent(visit):
    client = holder_of(visit)
    assert go_through(client, WELL | {"today_medicines": "apixiban 5mg"}) == f"{HEALTH}medicines/"
    assert client.get(f"{HEALTH}check/")["Location"] == f"{HEALTH}medicines/"
    [read] = client.get(f"{HEALTH}medicines/").context["form"].typed.read
    assert client.post(f"{HEALTH}medicines/", {read.id: "yes"})["Location"] == f"{HEALTH}check/"


def test_a_warning_sign_is_told_at_once_with_where_to_go(visit):
    client = holder_of(visit)
    page = client.get(f"{HEALTH}today_urgent/")
    sent = Visitor.sent_for(page, {"today_urgent": ["cauda_equina_saddle_numbness"]})
    assert client.post(f"{HEALTH}today_urgent/", sent)["Location"] == f"{HEALTH}done/"
    page = text(client.get(f"{HEALTH}done/"))
    assert all(words in page for words in ("Please get help now", "Call 999", "A&amp;E", "We have told the clinic"))
    assert set(Task.objects.values_list("for_role", flat=True)) == {Role.PRACTITIONER, Role.RECEPTIONIST}


def test_a_step_that_was_skipped_leads_back_in_words(visit):
    client = holder_of(visit)
    assert client.get(f"{HEALTH}today/")["Location"] == f"{HEALTH}today_urgent/"
    assert "Please answer these questions first." in text(client.get(f"{HEALTH}today_urgent/"))
    assert client.post(f"{HEALTH}check/")["Location"] == HEALTH
    assert client.get(f"{HEALTH}unheard-of/").status_code == 404
    assert not Intake.objects.filter(form="visit").exists()


def test_another_patients_link_reaches_their_own_visit_only(visit, house):
    other = book_appointment(session=house.session(), slot=house.slot(at("11:00", "2026-12-03")), by=house.desk, now=NOW)
    mine, theirs = holder_of(visit), holder_of(other)
    go_through(mine, WELL)
    theirs.post(f"{HEALTH}check/")
    assert not Intake.objects.filter(patient=visit.patient, form="visit").exclude(screened_at=None).exists()
    assert "Before your visit" in text(theirs.get("/visit/"))
    assert Client().get(HEALTH).status_code == 404


def test_a_link_in_another_browser_shows_nothing_of_what_was_answered(visit):
    first, second = holder_of(visit), holder_of(visit)
    go_through(first, WELL | {"today_health": ["anticoagulant_medication"]})
    assert "checked" not in text(second.get(f"{HEALTH}today_urgent/"))
    assert second.get(f"{HEALTH}check/")["Location"] == HEALTH
    first.post(f"{HEALTH}check/")
    assert second.get(f"{HEALTH}done/")["Location"] == "/visit/"


def test_nothing_is_asked_any_more_once_the_visit_is_over(visit, clock):
    client = holder_of(visit)
    clock.set(at("10:50", "2026-12-03"))
    assert client.get(HEALTH)["Location"] == "/visit/"
    assert client.post(f"{HEALTH}today_urgent/", {"today_urgent": "none"})["Location"] == "/visit/"
    assert not Intake.objects.filter(form="visit").exists()


# Answers that are old


@pytest.fixture
def old(visit, house, clock) -> Appointment:
    house.clinic.answers_last_days = 7
    house.clinic.save()
    clock.set(at("09:00", "2026-12-03"))
    Intake.objects.update(screened_at=at("08:00", "2026-11-20"))
    return visit


def test_by_the_link_alone_old_answers_are_not_shown(old):
    page = text(holder_of(old).get(HEALTH))
    assert "Is anything different since Fri 20 Nov 2026?" in page
    assert "Sign in and look" in page
    assert "Bleeding and medicines" not in page


def test_signed_in_old_answers_are_shown_and_nothing_has_changed_asks_only_how_they_are_now(old):
    client = signed_in(old)
    assert "Bleeding and medicines" in text(client.get(HEALTH))
    assert client.post(HEALTH, {"deed": "same"})["Location"] == f"{HEALTH}about/"
    assert go_through(client, HEALTHY | {"details": "", "medicines_typed": ""}) == f"{HEALTH}check/"
    client.post(f"{HEALTH}check/")
    newest = Intake.objects.exclude(screened_at=None).newest_first().first()
    assert (newest.form, newest.tier, newest.answers["conditions"]) == ("first", "clear", ["none"])
    assert "Answer today’s questions" in text(client.get("/visit/"))


def test_nothing_has_changed_can_be_said_by_who_signed_in_only(old):
    client = holder_of(old)
    assert client.post(HEALTH, {"deed": "same"}).status_code == 200
    assert not Intake.objects.filter(screened_at=None).exists()


def test_the_plan_leads_a_patient_to_the_questions(visit):
    client = Client()
    client.force_login(visit.patient.user)
    assert "Answer today’s questions" in text(client.get("/plan/"))
    assert client.get(f"/plan/visit/{visit.key}/?to=answers")["Location"] == HEALTH


# What the clinic sees


def test_the_desk_sees_that_it_is_done_and_that_there_is_an_alert_never_what(visit, house):
    desk = Client()
    desk.force_login(house.desk)
    panel = f"/diary/?visit={visit.key}&day=2026-12-03"
    assert "Health questions to answer." in text(desk.get(panel))
    client = holder_of(visit)
    go_through(client, WELL | {"today_health": ["anticoagulant_medication"]})
    client.post(f"{HEALTH}check/")
    page = text(desk.get(panel))
    assert "Health questions answered" in page
    assert "Safety alert." in page
    assert "blood thinner" not in page.lower()


def test_a_check_in_without_answers_says_so(visit, house):
    desk = Client()
    desk.force_login(house.desk)
    page = desk.post(reverse("reception:step", args=[visit.key, "check-in"]), follow=True)
    assert "The health questions are not answered yet." in text(page)


def test_the_practitioner_sees_the_answers_of_the_day_with_each_medicine_as_read(visit, house):
    user = UserFactory(role=Role.PRACTITIONER, clinics=[house.clinic])
    house.practitioner.user = user
    house.practitioner.save()
    practitioner = Client()
    practitioner.force_login(user)
    address = f"/today/2026-12-03/?visit={visit.key}"
    assert "The health questions are not answered yet." in text(practitioner.get(address))
    client = holder_of(visit)
    go_through(client, WELL | {"today": ["empty_stomach_today"], "today_medicines": "bisopralol"})
    [read] = client.get(f"{HEALTH}medicines/").context["form"].typed.read
    client.post(f"{HEALTH}medicines/", {read.id: "unsure"})
    client.post(f"{HEALTH}check/")
    page = text(practitioner.get(address))
    assert "Today’s answers" in page
    assert "I haven’t eaten for more than 3 hours" in page
    assert "read as Bisoprolol; the patient isn’t sure" in page
