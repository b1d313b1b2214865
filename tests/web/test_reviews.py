"""The review queue, its decisions, and the patient's page of a question."""

import re
from datetime import timedelta

import pytest
from django.urls import reverse
from pytest_django.asserts import assertNumQueries

from bookings.enums import State
from bookings.models import Appointment
from bookings.services.reviews import ask_about_answers, review_answers, take_reply
from clinic.enums import LinkPurpose, Role
from clinic.links import mint
from clinic.models import Task
from patients.enums import Decision, Tier
from patients.models import Finding, Intake, Question
from patients.reviewing import Ruling, overrule_finding, stamp_of
from tests.clock import MovedClock
from tests.factories import NOON, AppointmentFactory, PatientFactory, PractitionerFactory, UserFactory
from tests.treatments.cast import open_case, prescribe, raise_flag, technique
from treatments.services.records import start_record

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def noon(clock: MovedClock):
    clock.set(NOON)


@pytest.fixture
def case():
    return open_case()


@pytest.fixture
def page(client, case):
    client.force_login(case.user)
    return client


@pytest.fixture
def stranger(case):
    elsewhere = open_case()
    return elsewhere.user


def url(name, *args):
    return reverse(f"practitioner:{name}", args=args)


def text(response):
    return " ".join(response.content.decode().split())


def waiting(case, *, starts=None, **more):
    """Answers that need a clinician, and the visit that waits for one."""
    intake = raise_flag(case.patient, "osteoporosis_fracture_risk", tier=Tier.REVIEW, words="Thin bones")
    case.course.intake = intake
    case.course.save()
    when = {"during": (starts, starts + timedelta(minutes=45))} if starts else {}
    AppointmentFactory(
        session=case.session(), practitioner=case.practitioner, service=case.service, state=State.PROVISIONAL, waits_for_review=True, **when
    )
    return intake


def decide(page, intake, decision, words="Rang her.", **more):
    return page.post(url("review", intake.key), {"decision": decision, "words": words, "as_read": stamp_of(intake), **more}, follow=True)


def asked(case, intake, words="Since when?"):
    return ask_about_answers(intake=intake, words=words, as_read=stamp_of(intake), by=case.user, now=NOON)


# The queue


def test_the_queue_shows_what_was_said_which_rule_spoke_and_its_source(page, case):
    waiting(case)
    shown = text(page.get(url("reviews")))
    for words in ("1 to read", "Thin bones", "<q>Yes</q>", "<code>osteoporosis_fracture_risk</code>", "Text book", "decide by"):
        assert words in shown


def another(case, name, *, tier=Tier.REVIEW, said=NOON):
    intake = raise_flag(PatientFactory(clinic=case.clinic, last_name=name), "osteoporosis_fracture_risk", tier=tier)
    intake.screened_at = said
    intake.save()
    return intake


def test_what_is_urgent_comes_first_then_what_is_due_and_last_what_was_asked(page, case):
    waiting(case, starts=NOON + timedelta(hours=2))
    old = another(case, "Old", said=NOON - timedelta(days=3))
    new = another(case, "New")
    urgent = another(case, "Urgent", tier=Tier.EMERGENCY)
    gone_to_patient = another(case, "Asked", said=NOON - timedelta(days=5))
    asked(case, gone_to_patient)

    shown = text(page.get(url("reviews")))

    names = re.findall(r"<b>([^<]+)</b> <span>(?:visit|no visit)", shown)
    rows = [urgent.patient, old.patient, case.patient, new.patient, gone_to_patient.patient]
    assert names == [patient.name for patient in rows]
    assert "overdue since Tue 24 Nov 2026" in shown
    assert "answer by Sat 28 Nov 2026" in shown


def test_the_queue_asks_the_database_the_same_number_of_times_for_one_and_for_four(page, case, django_assert_max_num_queries):
    waiting(case)
    with django_assert_max_num_queries(15) as few:
        page.get(url("reviews"))
    for name in "abc":
        asked(case, another(case, name))
    with assertNumQueries(len(few)):
        page.get(url("reviews"))


# Decisions


def test_a_decision_with_limits_makes_the_visit_sure_and_closes_what_it_names(page, case):
    intake = waiting(case)

    said = decide(page, intake, "limited", techniques=["cupping"], points="LI4, Zusanli", regions=["head"])

    assert "Cleared with limits." in text(said)
    assert "All answers have been read" in text(said)
    assert Appointment.objects.get().state == State.BOOKED
    intake.refresh_from_db()
    assert (intake.limited_techniques, intake.limited_points, intake.limited_regions) == (["cupping"], ["LI4", "ST36"], ["head"])
    banner = text(page.get(url("patient", case.patient.key)))
    assert re.search(r"Rang her. Closed: Cupping[^;]*; points LI4, ST36; needles in the head", banner)
    assert "Closed: Cupping, LI4, ST36, needles in the head." in text(page.get(url("review", intake.key)))


@pytest.mark.parametrize(
    ("posted", "words"),
    [
        ({}, "Choose a decision"),
        ({"decision": "cleared"}, "Say why: it is kept with the record"),
        ({"decision": "limited", "words": "Gentle."}, "Choose what is closed: a technique, a point or a region"),
        ({"decision": "limited", "words": "Gentle.", "points": "B-47"}, "in old books BL52, by WHO numbers BL47: which is meant?"),
        ({"decision": "limited", "words": "Gentle.", "points": "nonsense"}, "No point is called “nonsense”"),
        ({"decision": "limited", "words": "Gentle.", "techniques": ["leeches"]}, "Choose one of the answers shown"),
        ({"decision": "ask", "words": "x"}, "Write your question"),
        ({"decision": "perhaps", "words": "x"}, "Choose one of the answers shown"),
    ],
)
def test_what_is_missing_is_said_and_nothing_is_decided(page, case, posted, words):
    intake = waiting(case)
    answer = page.post(url("review", intake.key), {"as_read": stamp_of(intake), **posted})
    assert answer.status_code == 422
    assert words in text(answer)
    assert (Intake.objects.get().decision, Question.objects.count()) == ("", 0)


def test_limits_that_leave_nothing_of_the_visit_are_explained(page, case):
    intake = waiting(case)
    case.service.techniques.set([technique("cupping")])
    answer = decide(page, intake, "limited", techniques=["cupping"])
    assert answer.status_code == 422
    assert "which you close" in text(answer)


def test_who_decides_second_reads_what_happened_and_keeps_what_they_typed(page, case):
    intake = waiting(case)
    as_read = stamp_of(intake)
    other = PractitionerFactory(clinic=case.clinic, user=UserFactory(role=Role.PRACTITIONER, name="R. Mehta", clinics=[case.clinic])).user
    review_answers(intake=intake, ruling=Ruling(decision=Decision.REFUSED, words="Scan first."), as_read=as_read, by=other, now=NOON)

    answer = page.post(url("review", intake.key), {"decision": "cleared", "words": "Looks fine to me.", "as_read": as_read})

    assert answer.status_code == 409
    shown = text(answer)
    assert "R. Mehta decided about these answers meanwhile: refused." in shown
    assert "Nothing of yours was kept" in shown
    assert "Scan first." in shown
    assert "Looks fine to me." in shown
    assert Intake.objects.get().decision == "refused"
    intake.refresh_from_db()
    again = re.search(r'name="as_read" value="([^"]+)"', answer.content.decode())[1]
    assert again == stamp_of(intake)


def test_a_clinician_of_another_clinic_finds_nothing_to_decide(client, case, stranger):
    intake = waiting(case)
    finding = Finding.objects.get()
    client.force_login(stranger)
    assert client.get(url("review", intake.key)).status_code == 404
    assert decide(client, intake, "cleared").status_code == 404
    assert client.post(url("overrule", intake.key, finding.key), {f"{finding.key}-because": "x"}).status_code == 404
    assert "Thin bones" not in text(client.get(url("reviews")))
    assert Intake.objects.get(pk=intake.pk).decision == ""


# Overruling


def test_a_finding_is_overruled_with_a_reason_that_stands_on_every_page_ever_after(page, case):
    intake = waiting(case)
    finding = Finding.objects.get()
    address = url("overrule", intake.key, finding.key)

    assert "Please fill in" in text(page.post(address, {}))
    page.post(address, {f"{finding.key}-because": "Scan was normal."})

    finding.refresh_from_db()
    assert (finding.overruled_because, finding.overruled_by) == ("Scan was normal.", case.user)
    prescribe(case)
    start_record(session=case.session(), practitioner=case.practitioner, now=NOON)
    case.course.intake = raise_flag(case.patient, "a_cold", words="Has a cold")  # newer answers
    session = case.session().key
    for address in (
        url("patient", case.patient.key),
        url("course", case.course.key),
        url("prescribe", case.course.key),
        url("record", session),
    ):
        assert "Scan was normal." in text(page.get(address)), address
    again = raise_flag(case.patient, "osteoporosis_fracture_risk", tier=Tier.REVIEW)
    assert f"Overruled Thu 26 Nov 2026 by {case.user}: Scan was normal." in text(page.get(url("review", again.key)))


def test_a_finding_is_overruled_once_and_who_comes_second_reads_whose_reason_stands(page, case):
    intake = waiting(case)
    finding = Finding.objects.get()
    other = UserFactory(role=Role.PRACTITIONER, name="R. Mehta", clinics=[case.clinic])
    overrule_finding(finding=finding, because="Old fracture.", by=other, now=NOON)

    answer = page.post(url("overrule", intake.key, finding.key), {f"{finding.key}-because": "Mine."}, follow=True)

    assert "R. Mehta overruled this meanwhile: Old fracture." in text(answer)
    finding.refresh_from_db()
    assert finding.overruled_because == "Old fracture."
    other = raise_flag(case.patient, "another_rule")
    assert page.post(url("overrule", other.key, finding.key), {f"{finding.key}-because": "x"}).status_code == 404


# Asking the patient


def test_a_question_goes_out_and_its_answer_comes_back(page, client, case):
    intake = waiting(case)

    said = decide(page, intake, "ask", words="", question="Which <b>bone</b> broke?")
    assert "Asked." in text(said)
    assert "the answer comes back here" in text(said)
    assert Appointment.objects.get().state == State.PROVISIONAL
    assert "Which &lt;b&gt;bone&lt;/b&gt; broke?" in text(said)
    take_reply(question=Question.objects.get(), words="The wrist.", urgent=False, now=NOON)

    shown = text(page.get(url("reviews")))
    assert "<q>The wrist.</q>" in shown
    assert "Has answered" in shown


def test_a_question_without_an_address_is_not_asked(page, case):
    intake = waiting(case)
    type(case.patient).objects.update(email="", mobile="")
    answer = decide(page, intake, "ask", question="Which bone?")
    assert answer.status_code == 422
    assert "please ring, and decide then" in text(answer)


@pytest.fixture
def holder(client, case):
    """Somebody who followed the link of a question, and the question."""
    question = asked(case, waiting(case), "Which bone broke?")
    token = mint(purpose=LinkPurpose.QUESTION, about=question.key, expires_at=question.due)
    answer = client.get(reverse("patient:question_enter", args=[token]))
    assert (answer.status_code, answer["Referrer-Policy"], answer["Location"]) == (302, "no-referrer", "/question/")
    return client, question


def test_the_patient_reads_the_question_and_answers_once(holder):
    client, question = holder
    address = reverse("patient:question")
    assert "Which bone broke?" in text(client.get(address))
    assert "Write your answer, or ring us" in text(client.post(address, {"answer": "  "}))

    client.post(address, {"answer": "The wrist."})
    client.post(address, {"answer": "Another."})

    question.refresh_from_db()
    assert question.answer == "The wrist."
    shown = text(client.get(address))
    assert "Thank you" in shown
    assert "The wrist." in shown
    assert "<textarea" not in shown


def test_an_answer_that_sounds_urgent_says_where_to_go_and_is_read_at_once(holder):
    client, _ = holder
    shown = text(client.post(reverse("patient:question"), {"answer": "I can't feel anything when I wipe and I wet myself"}, follow=True))
    assert "Please get help now" in shown
    assert "999" in shown
    assert "read it now, and ring them" in Task.objects.get(done_at=None).words


def test_a_settled_question_asks_for_nothing(holder, case):
    client, question = holder
    intake = Intake.objects.get()
    review_answers(intake=intake, ruling=Ruling(decision=Decision.CLEARED, words="Rang."), as_read=stamp_of(intake), by=case.user, now=NOON)
    shown = text(client.get(reverse("patient:question")))
    assert "This question is settled" in shown
    assert "Rang." not in shown
    client.post(reverse("patient:question"), {"answer": "Late"})
    question.refresh_from_db()
    assert question.answer == ""


@pytest.mark.parametrize("words", ["x" * 4001, "a\0b"])
def test_an_answer_that_cannot_be_kept_is_refused_in_words(holder, words):
    client, question = holder
    answer = client.post(reverse("patient:question"), {"answer": words})
    assert "There is a problem" in text(answer)
    question.refresh_from_db()
    assert question.is_open


def test_without_the_link_there_is_no_question(client, case):
    assert client.get(reverse("patient:question")).status_code == 404
    assert client.get(reverse("patient:question_enter", args=["nobody"])).status_code == 404
