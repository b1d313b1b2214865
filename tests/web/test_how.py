"""The check-back by its link, and what clinicians see of it."""

import re
from datetime import timedelta

import pytest
from django.urls import reverse

from bookings.enums import State
from bookings.services.visits import NotWellUnread, start_insertion
from clinic.enums import LinkPurpose, Role
from clinic.links import mint
from clinic.models import Task
from messaging import kinds
from tests.clock import MovedClock
from tests.factories import NOON, AppointmentFactory, UserFactory
from tests.treatments.cast import draft, needle, open_case, prescribe
from treatments.enums import Feel
from treatments.models import CheckBack, Outcome
from treatments.services.check_backs import Said, see_to, take_check_back
from treatments.services.records import save_draft, sign_record, start_record

pytestmark = pytest.mark.django_db
HOW, NOTICED = "/how/", "/how/noticed/"


@pytest.fixture(autouse=True)
def noon(clock: MovedClock):
    clock.set(NOON)


@pytest.fixture
def case():
    return open_case()


@pytest.fixture
def record(case):
    return signed(case)


def signed(case, **changes):
    prescribe(case)
    begun = start_record(session=case.session(), practitioner=case.practitioner, now=NOON)
    save_draft(record=begun, draft=draft(**changes), by=case.user, now=NOON)
    return sign_record(record=begun, by=case.user, now=NOON)


def text(response):
    return response.content.decode()


def once(response):
    return re.search(r'name="once" value="(\w+)"', text(response))[1]


@pytest.fixture
def holder(client, record):
    """Somebody who followed the link in the mail of the next day."""
    url = kinds.kind("aftercare-next_day").context(record.key, NOON)["answer_url"]
    answer = client.get(url[url.index("/how/") :])
    assert (answer.status_code, answer["Referrer-Policy"], answer["Location"]) == (302, "no-referrer", HOW)
    return client


def test_looking_does_nothing_and_one_tap_answers(holder):
    shown = holder.get(HOW)
    assert "How are you since your visit?" in text(shown)
    assert not CheckBack.objects.exists()

    answer = holder.post(HOW, {"feel": "better", "once": once(shown)}, follow=True)

    assert CheckBack.objects.get().feel == Feel.BETTER
    assert "Good to hear that it is better." in text(answer)
    assert "Have you noticed any of these?" in text(answer)


def test_worse_says_who_rings_and_asks_how_much(holder, case):
    answer = holder.post(HOW, {"feel": "worse", "once": "a1"}, follow=True)
    assert "Your practitioner has been told, and rings you." in text(answer)
    assert "How much worse is it?" in text(answer)
    assert Task.objects.get().user == case.user


def test_a_worrying_answer_says_what_to_do_now(holder):
    holder.post(HOW, {"feel": "same", "once": "a1"})
    answer = holder.post(NOTICED, {"feel": "same", "once": "a2", "q-chest": "other"}, follow=True)
    assert "Please get help now" in text(answer)
    assert "Call 999" in text(answer)

    answer = holder.post(NOTICED, {"feel": "same", "once": "a3", "q-infection_signs": "spreading"}, follow=True)
    assert "Please get medical help today" in text(answer)
    assert "NHS 111" in text(answer)


def test_none_of_these_is_one_tap_and_keeps_what_was_chosen_beside(holder):
    holder.post(HOW, {"feel": "better", "once": "a1"})
    holder.post(NOTICED, {"feel": "better", "once": "a2", "none": "on", "q-bruising": "small", "pain": "2"})
    kept = CheckBack.objects.newest_first().first()
    assert kept.answers["bruising"] == "small"
    assert {answer for name, answer in kept.answers.items() if name != "bruising"} <= {"no", "none", "well"}
    assert Outcome.objects.get(session=None).value == 2


def test_nothing_said_is_refused_in_words_and_what_was_typed_stays(holder):
    holder.post(HOW, {"feel": "better", "once": "a1"})
    answer = holder.post(NOTICED, {"feel": "better", "once": "a2"})
    assert "There is a problem" in text(answer)
    assert "press “None of these”" in text(answer)
    answer = holder.post(NOTICED, {"feel": "better", "once": "a3", "q-chest": "made up", "words": "My own words"})
    assert "My own words" in text(answer)
    assert CheckBack.objects.count() == 1


def test_a_second_answer_is_kept_too_and_the_newest_is_shown(holder):
    holder.post(HOW, {"feel": "worse", "once": "a1"})
    again = holder.get(f"{HOW}?again=1")
    holder.post(HOW, {"feel": "better", "once": once(again)})

    shown = text(holder.get(HOW))
    assert shown.index(": Better</b>") < shown.index(": Worse</b>")
    assert CheckBack.objects.count() == 2


def test_a_page_sent_twice_is_one_answer(holder):
    for _ in range(2):
        holder.post(HOW, {"feel": "worse", "once": "a1"})
    assert (CheckBack.objects.count(), Task.objects.count()) == (1, 1)


def test_needles_near_the_lungs_put_the_breath_first(client, case):
    record = signed(case, needles=[needle("GB21", depth_mm=5, reason="Neck")])
    token = mint(purpose=LinkPurpose.CHECK_BACK, about=record.key, expires_at=NOON + timedelta(days=1))
    client.get(reverse("patient:how_enter", args=[token]))
    assert "Short of breath" in text(client.get(HOW))
    shown = text(client.post(HOW, {"feel": "same", "once": "a1"}, follow=True))
    assert shown.index("Chest pain, sharp pain on breathing") < shown.index("Redness, heat, swelling")


def test_an_unknown_or_old_link_is_a_page_that_is_not_there(client, record, clock):
    for address in (HOW, NOTICED, reverse("patient:how_enter", args=["nobody"])):
        assert client.get(address).status_code == 404
    token = mint(purpose=LinkPurpose.CHECK_BACK, about=record.key, expires_at=NOON + timedelta(days=28))
    clock.set(NOON + timedelta(days=28))
    answer = client.get(reverse("patient:how_enter", args=[token]))
    assert answer.status_code == 404
    assert "404" not in text(answer)
    question = mint(purpose=LinkPurpose.QUESTION, about=record.key, expires_at=NOON + timedelta(days=90))
    assert client.get(reverse("patient:how_enter", args=[question])).status_code == 404


# For clinicians


def said(record, feel=Feel.WORSE, **more):
    return take_check_back(record=record, said=Said(once="a1", feel=feel, words="Since the morning.", **more), now=NOON)


def test_it_stands_on_the_record_the_patient_and_the_day_read_only(client, case, record):
    said(record, answers={"nerve": "lasting"})
    AppointmentFactory(session=case.session(2), practitioner=case.practitioner, service=case.service)
    client.force_login(case.user)
    for address in (f"/sessions/{record.session.key}/record/", f"/patients/{case.patient.key}/", "/today/"):
        shown = text(client.get(address))
        assert "Since the morning." in shown, address
        assert "A practitioner rings" in shown, address


def test_the_desk_sees_nothing_of_it(client, case, record):
    said(record)
    client.force_login(UserFactory(role=Role.RECEPTIONIST, clinics=[case.clinic]))
    assert "Since the morning." not in text(client.get(f"/patients/{case.patient.key}/"))
    assert client.get(reverse("practitioner:check_back", args=[record.key])).status_code == 404


def test_a_task_leads_to_the_page_where_it_is_done_in_words(client, case, record):
    waiting = said(record, answers={"nerve": "lasting"})
    client.force_login(case.user)
    tasks = text(client.get("/tasks/"))
    page = reverse("practitioner:check_back", args=[record.key])
    assert page in tasks
    assert ">Done<" not in tasks
    assert "still there after a day" in text(client.get(page)).lower()
    assert "Write what you did" in text(client.post(page, {"words": " "}))

    shown = text(client.post(page, {"words": "Rang: easing."}, follow=True))

    waiting.refresh_from_db()
    assert (waiting.seen_by, waiting.seen_words) == (case.user, "Rang: easing.")
    assert "Rang: easing." in shown
    assert "<textarea" not in shown
    assert not Task.objects.open().exists()


def test_no_needle_before_somebody_has_looked(case, record):
    waiting = said(record)
    visit = AppointmentFactory(session=case.session(2), practitioner=case.practitioner, service=case.service, state=State.ARRIVED)
    with pytest.raises(NotWellUnread, match="before the first needle"):
        start_insertion(appointment=visit, by=case.user, now=NOON)
    see_to(check_back=waiting, words="Rang: fine.", by=case.user, now=NOON)
    assert start_insertion(appointment=visit, by=case.user, now=NOON).state == State.INSERTING
