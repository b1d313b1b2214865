"""What is nobody's business stays out of every byte that is sent to them, and out of every log."""

import json
import logging
import re

import pytest
import redis
from django.conf import settings
from django.contrib.sessions.models import Session as Kept
from django.core import mail
from django.db import connection

from bookings.models import Appointment
from bookings.services.questions import Questions, begin_round, say_about_medicines
from bookings.services.reviews import take_reply
from bookings.services.visits import take_answers
from clinic import audit
from clinic.models import Absence
from messaging.models import Message
from messaging.render import Letter, render
from patients.models import Question
from patients.reviewing import stamp_of
from tests.bookings.cast import small_clinic
from tests.bookings.test_online import HEALTHY
from tests.bookings.test_rescreening import THE_DAY, booked
from tests.factories import NOON, TechniqueFactory, at
from tests.patients.test_carrying import WELL
from tests.security.crawl import in_the_log, undone
from tests.security.world import CANARY, WHY_AWAY, canary
from tests.web.patients import Visitor, booking_house

pytestmark = pytest.mark.django_db
TREATS, IS_TREATED = "A3", ("A1", "LK")


def seen(answers, actors) -> dict[str, set[str]]:
    """Which canaries each of these was sent, with the page where."""
    found = {}
    for answer in answers:
        body = b"" if answer.response.streaming else answer.response.content
        for word in re.findall(rf"{CANARY}-[a-z]+-[a-z]+", body.decode(errors="replace").lower()) if answer.actor in actors else ():
            found.setdefault(word, set()).add(str(answer))
    return found


def test_clinical_words_reach_nobody_but_who_treats(answers):
    outsiders = {answer.actor for answer in answers} - {TREATS, *IS_TREATED, "A4"}
    assert seen(answers, outsiders) == {}


def test_a_practitioner_elsewhere_sees_only_their_own_patients(answers):
    assert {word.rpartition("-")[2] for word in seen(answers, {"A4"})} == {"grace"}


def test_the_patient_is_sent_no_word_that_is_between_clinicians(answers):
    assert {word.rpartition("-")[2] for word in seen(answers, IS_TREATED)} <= {"hannah"}
    assert {word.split("-")[1] for word in seen(answers, IS_TREATED)} <= {"goal", "details", "medicine", "question", "told"}


def test_who_treats_does_see_them(answers):
    """Else the tests above would pass on empty pages."""
    words = {word.split("-")[1] for word in seen(answers, {TREATS}) if word.endswith("-hannah")}
    assert {"finding", "goal", "note", "begun", "amended", "plan", "needle"} <= words
    assert {"said", "source", "answer", "overruled", "decision", "asked", "replied", "question", "prescribed", "told", "seen"} <= words


def test_reception_learns_that_there_is_an_alert(world):
    page = world.client("A5").get(f"/patients/{world.hannah.patient.key}/").content.decode()
    assert "safety alert" in page


@pytest.mark.parametrize("actor", ("A0", "A2", "A4", "B5", "B6", "VI"))
def test_nobody_else_is_sent_a_name_an_address_or_a_number_of_the_patient(answers, world, actor):
    patient = world.hannah.patient
    private = [patient.first_name, patient.last_name, patient.email, patient.mobile, world.hannah.policy.number, patient.key]
    sent = [answer for answer in answers if answer.actor == actor and not answer.response.streaming]
    assert [
        f"{answer}: {word}" for answer in sent for word in private if word.encode() in answer.response.content and word not in answer.look
    ] == []


def test_public_pages_say_when_somebody_is_free_and_never_why_they_are_not(world, clock):
    """A time that is taken is simply not there, whatever takes it."""
    person, visitor = world.here.practitioner, world.client("VI")
    day = {"day": "2026-12-03", "from": "2026-12-03"}
    free = visitor.get("/book/here/times/", day).content.decode()
    with undone():
        Absence.objects.create(
            clinic=world.here.clinic,
            timeline=person.timeline,
            during=(at("15:00", "2026-12-03"), at("16:00", "2026-12-03")),
            reason=WHY_AWAY,
        )
        less = visitor.get("/book/here/times/", day).content.decode()
        front = visitor.get("/c/here/").content.decode()
    stamps = [set(re.findall(r'value="(\d{8}T\d{4}Z-\w+)"', page)) for page in (free, less)]
    assert stamps[1] < stamps[0]
    assert not [page for page in (less, front) if WHY_AWAY in page or "Hannah" in page]
    words = [set(re.sub(r"<[^>]+>|[\d:]+", " ", page).split()) for page in (free, less)]
    assert words[1] <= words[0]  # but for the times themselves nothing differs


# What a visitor tells us about their health


SECRET = canary("secret", "visitor")


def test_answers_about_health_stand_in_one_table_and_in_no_log(db, clock, caplog):
    caplog.set_level(logging.DEBUG)
    visitor = Visitor(booking_house(), clock, now=NOON)
    visitor.to_times(medicines=["anticoagulant_medication"], medicines_typed=SECRET, details=SECRET)
    visitor.confirm()
    visitor.client.post(visitor.url("safety/urgent/"), {"urgent": SECRET})
    visitor.client.get(visitor.url("times/"), {"with": "nobody"})
    visitor.take("14:00")
    visitor.pay()
    visitor.tell()
    visitor.prove()
    visitor.post("check/")
    visitor.get("done/")
    assert holding(SECRET) <= {"patients_intake", "patients_finding"}
    assert holding(SECRET)
    assert SECRET not in "\n".join(map(in_the_log, caplog.records))
    assert [letter.subject for letter in mail.outbox if SECRET in letter.body] == []
    assert [key for key in sessions() if SECRET in key] == []


def test_what_is_asked_and_answered_by_link_stands_in_one_table_and_in_no_log(world, caplog):
    caplog.set_level(logging.DEBUG)
    reader = world.client("A3")
    with undone():
        asked, replied = canary("asking", "visitor"), canary("replying", "visitor")
        decision = {"decision": "ask", "question": asked, "as_read": stamp_of(world.hannah.intake)}
        assert reader.post(f"/reviews/{world.hannah.intake.key}/", decision).status_code == 302
        question = world.hannah.intake.questions.last()
        take_reply(question=question, words=replied, urgent=False, now=NOON)
        assert (holding(asked), holding(replied)) == ({"patients_question"}, {"patients_question"})
        outbox = [f"{letter.subject} {letter.text} {letter.html}" for letter in letters_about(question)]
        assert outbox
        assert [letter for letter in outbox if asked in letter or replied in letter] == []
    said = "\n".join(map(in_the_log, caplog.records))
    assert (asked in said, replied in said) == (False, False)


def test_what_is_told_on_the_day_of_a_visit_stands_where_answers_do_and_in_no_log(db, clock, client, caplog):
    """Typed medicines, the patient's word on how they were read, and what is raised by them; the front desk sees none of it."""
    caplog.set_level(logging.DEBUG)
    clock.set(THE_DAY)
    house = small_clinic()
    house.service.techniques.add(TechniqueFactory(slug="traditional_acupuncture", needles=True))
    nobody_known = {"email": "visitor@example.org", "proved_address": "visitor@example.org"}  # else it is Hannah of the world
    visit = Appointment.objects.with_people().get(pk=booked(house, **nobody_known)[1].pk)
    typed, meant = canary("typed", "visitor"), canary("meant", "visitor")
    questions = Questions(visit, now=THE_DAY, knows=True)
    begin_round(questions=questions, given=WELL | {"today_medicines": f"warfarin, {typed}"})
    said = [each.kept("no", meant) for each in questions.again().typed.read]
    intake = say_about_medicines(questions=questions.again(), said=said)
    take_answers(intake=intake, by=audit.HOLDER_OF_A_LINK, now=THE_DAY)
    assert said
    for words in (typed, meant):
        assert holding(words) and holding(words) <= {"patients_intake", "patients_finding"}
        assert words not in "\n".join(map(in_the_log, caplog.records))
    outbox = [render(message=message, now=THE_DAY) for message in Message.objects.about(intake.key)]
    assert outbox
    assert [letter for letter in outbox if typed in f"{letter.text}{letter.html}" or meant in f"{letter.text}{letter.html}"] == []
    client.force_login(house.desk)
    for path in (f"/diary/?visit={visit.key}&day=2026-12-03", f"/patients/{visit.patient.key}/", "/tasks/"):
        page = client.get(path).content.decode()
        assert [word for word in (typed, meant, "warfarin", "blood") if word in page.lower()] == []
    assert [kept for kept in sessions() if typed in kept or meant in kept] == []
    broker = redis.Redis.from_url(settings.REDIS_URL)
    kept = b"".join(broker.dump(key) or b"" for key in broker.scan_iter())
    assert (typed.encode() in kept, meant.encode() in kept) == (False, False)


def letters_about(question: Question) -> list[Letter]:
    return [render(message=message, now=NOON) for message in Message.objects.about(question.key)]


def test_a_page_that_breaks_logs_no_answer(world, monkeypatch, caplog):
    """Even the error itself may quote what was typed."""
    caplog.set_level(logging.DEBUG)
    monkeypatch.setattr("web.patient.safety.answer_page", broken)
    said = {"bleeding": "none", "medicines": "anticoagulant_medication", "medicines_typed": SECRET}
    response = world.client("VI").post("/book/here/safety/bleeding/", said)
    assert response.status_code == 500
    assert SECRET not in response.content.decode()
    assert SECRET not in "\n".join(in_the_log(record) for record in caplog.records)


def broken(**said):
    raise RuntimeError(f"could not keep {said}")


def holding(words: str) -> set[str]:
    """The tables with a row that holds these words."""
    with connection.cursor() as cursor:
        found = set()
        for table in connection.introspection.table_names():
            cursor.execute(f'SELECT 1 FROM "{table}" t WHERE t::text ILIKE %s LIMIT 1', [f"%{words}%"])
            if cursor.fetchone():
                found.add(table)
    return found


def sessions() -> list[str]:
    return [json.dumps(kept.get_decoded()) for kept in Kept.objects.all()]


def test_nothing_of_a_patient_lies_in_the_broker(world):
    """Celery is only poked: its messages name a task and nothing else."""
    broker = redis.Redis.from_url(settings.REDIS_URL)
    kept = b"".join(broker.dump(key) or b"" for key in broker.scan_iter())
    assert CANARY.encode() not in kept
    assert HEALTHY["born"].encode() not in kept
