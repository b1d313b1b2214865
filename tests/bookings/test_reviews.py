from datetime import timedelta

import pytest

from bookings.enums import State
from bookings.services.reviews import CannotReach, LimitsCloseVisit, ask_about_answers, review_answers, take_reply
from bookings.services.visits import finish_visit
from clinic.enums import Role
from clinic.models import AuditEntry, Link, Task
from insurers.enums import CoverState
from insurers.models import Cover
from messaging.enums import State as Sent
from messaging.models import Message
from messaging.render import render
from patients.enums import Decision, Tier
from patients.models import Intake, Patient, Question
from patients.reviewing import ChangedMeanwhile, QuestionClosed, Ruling, stamp_of
from tests.bookings.test_appointments import race
from tests.factories import NOON, AppointmentFactory, PractitionerFactory, UserFactory
from tests.treatments.cast import draft, open_case, raise_flag, technique
from treatments.enums import CourseState
from treatments.models import Technique
from treatments.selectors import standing_of
from treatments.services.records import NotReady, save_draft, start_record

pytestmark = pytest.mark.django_db
BEFORE = NOON - timedelta(hours=3)
ASKED = "Did the blood clot clear up, and who told you so?"


@pytest.fixture
def case():
    return open_case()


def waiting(case, **more):
    """Answers that need a clinician, and the visit that waits for one."""
    intake = raise_flag(case.patient, "osteoporosis_fracture_risk", tier=Tier.REVIEW)
    case.course.intake = intake
    case.course.save()
    visit = AppointmentFactory(
        session=case.session(),
        practitioner=case.practitioner,
        service=case.service,
        state=State.PROVISIONAL,
        waits_for_review=True,
        **more,
    )
    Cover.objects.create(session=case.session(), key=visit.key, on=NOON.date(), state=CoverState.SELF_PAY)
    return intake, visit


def decide(case, intake, decision=Decision.CLEARED, *, as_read="", by=None, now=BEFORE, **limits):
    ruling = Ruling(decision=decision, words="Rang her.", **limits)
    return review_answers(intake=intake, ruling=ruling, as_read=as_read or stamp_of(intake), by=by or case.user, now=now)


def ask(case, intake, *, now=BEFORE):
    return ask_about_answers(intake=intake, words=ASKED, as_read=stamp_of(intake), by=case.user, now=now)


def reply(question, words="Yes, in May. My doctor did.", *, urgent=False, now=BEFORE + timedelta(hours=1)):
    return take_reply(question=question, words=words, urgent=urgent, now=now)


def queue(user):
    return list(Intake.objects.visible_to(user).waiting_for_review())


# Decisions


@pytest.mark.parametrize("decision", [Decision.CLEARED, Decision.LIMITED])
def test_a_cleared_visit_is_sure_and_the_patient_is_told(case, decision):
    intake, visit = waiting(case)

    decide(case, intake, decision)

    visit.refresh_from_db()
    intake.refresh_from_db()
    assert (visit.state, visit.waits_for_review) == (State.BOOKED, False)
    assert (intake.decision, intake.decision_words, intake.reviewed_by) == (decision, "Rang her.", case.user)
    assert list(Message.objects.values_list("kind", flat=True)) == ["appointment-confirmed"]
    assert AuditEntry.objects.filter(verb=f"answers.{decision}", about=intake.key, by=case.user).count() == 1


def test_a_visit_that_waits_for_a_code_goes_on_waiting(case):
    intake, visit = waiting(case, waits_for_code=True)

    decide(case, intake)

    visit.refresh_from_db()
    assert (visit.state, visit.waits_for_review, visit.waits_for_code) == (State.PROVISIONAL, False, True)
    assert not Message.objects.exists()


def test_a_refused_visit_is_cancelled_its_assessment_ends_and_somebody_rings(case):
    intake, visit = waiting(case)

    decide(case, intake, Decision.REFUSED)

    visit.refresh_from_db()
    case.course.refresh_from_db()
    assert (visit.state, case.course.state) == (State.CANCELLED, CourseState.STOPPED)
    assert Cover.objects.get().state == CoverState.RELEASED
    assert list(Message.objects.values_list("kind", flat=True)) == ["appointment-cancelled"]
    assert Task.objects.get().kind == "ring after review"
    assert "osteoporosis" not in Task.objects.get().words + visit.cancelled_because


def test_limits_join_the_rules_and_hold_until_a_clinician_decides_again(case):
    intake, _ = waiting(case)
    decide(case, intake, Decision.LIMITED, techniques=("cupping",), points=("LI4",), regions=("abdomen",))

    raise_flag(case.patient, "a_cold")  # new answers change nothing about it
    limits = standing_of(case.patient).limits
    reasons = [limits.blocked["cupping"][-1], limits.excluded_points["LI4"][0], limits.blocked_regions["abdomen"][0]]
    assert {str(reason) for reason in reasons} == {f"Limited by {case.user}: Rang her."}

    decide(case, intake, Decision.CLEARED, now=BEFORE + timedelta(minutes=1), as_read=stamp_of(Intake.objects.get(pk=intake.pk)))
    limits = standing_of(case.patient).limits
    assert ("cupping" in limits.blocked, limits.excluded_points, limits.blocked_regions) == (False, {}, {})


def test_limits_that_close_all_a_visit_is_for_are_not_taken(case):
    intake, visit = waiting(case)
    case.service.techniques.set(Technique.objects.filter(slug="cupping"))

    with pytest.raises(LimitsCloseVisit, match="which you close"):
        decide(case, intake, Decision.LIMITED, techniques=("cupping",))

    intake.refresh_from_db()
    visit.refresh_from_db()
    assert (intake.decision, visit.state) == ("", State.PROVISIONAL)


def test_refused_answers_open_nothing_that_was_to_be_weighed(case):
    intake = raise_flag(case.patient, "anticoagulant_medication", tier=Tier.REVIEW)
    decide(case, intake, Decision.REFUSED)
    standing = standing_of(case.patient)
    assert (standing.waits, standing.is_cleared) == (False, False)


def test_who_decides_second_is_told_who_was_first_and_nothing_changes(case):
    intake, visit = waiting(case)
    as_read = stamp_of(intake)
    first = UserFactory(role=Role.PRACTITIONER, name="R. Mehta", clinics=[case.clinic])
    decide(case, intake, Decision.REFUSED, by=first)

    with pytest.raises(ChangedMeanwhile, match="Mehta decided about these answers meanwhile: refused"):
        decide(case, intake, Decision.CLEARED, as_read=as_read)

    visit.refresh_from_db()
    assert (Intake.objects.get(pk=intake.pk).decision, visit.state) == (Decision.REFUSED, State.CANCELLED)
    assert not AuditEntry.objects.filter(verb="answers.cleared").exists()


@pytest.mark.parametrize("as_read", ["", "x", "1.2.3.4.5", "\N{SNOWMAN}" * 120])
def test_a_decision_about_nobody_knows_what_is_not_taken(case, as_read):
    intake, _ = waiting(case)
    with pytest.raises(ChangedMeanwhile):
        ruling = Ruling(decision=Decision.CLEARED, words="Rang her.")
        review_answers(intake=intake, ruling=ruling, as_read=as_read, by=case.user, now=BEFORE)


@pytest.mark.django_db(transaction=True)
def test_two_clinicians_decide_at_one_instant():
    case = open_case()
    intake, _ = waiting(case)
    others = [PractitionerFactory(clinic=case.clinic, user=UserFactory(role=Role.PRACTITIONER, clinics=[case.clinic])).user for _ in "ab"]
    as_read, decisions = stamp_of(intake), (Decision.CLEARED, Decision.REFUSED)
    results = race(2, lambda number: decide(case, intake, decisions[number], as_read=as_read, by=others[number]))
    assert sorted(type(each).__name__ for each in results) == ["ChangedMeanwhile", "Intake"]
    assert AuditEntry.objects.filter(about=intake.key, verb__startswith="answers.").count() == 1


# Asking the patient


def test_a_question_waits_with_the_visit_and_says_nothing_clinical(case):
    intake, visit = waiting(case)

    question = ask(case, intake)

    visit.refresh_from_db()
    assert (visit.state, visit.waits_for_review) == (State.PROVISIONAL, True)
    assert (question.words, question.asked_by, question.is_open) == (ASKED, case.user, True)
    messages = {message.kind: message for message in Message.objects.all()}
    assert set(messages) == {"question", "question-again"}
    assert messages["question-again"].due_at == question.asked_at + (question.due - question.asked_at) / 2
    letter = render(message=messages["question"], now=BEFORE)
    assert f"/question/{letter.text.partition('/question/')[2][:43]}/" in letter.html
    assert not [word for word in ("clot", "doctor", "bone", "osteoporosis", "acupuncture") if word in letter.text + letter.subject]
    assert "clot" not in Task.objects.get().words
    assert Link.objects.get().about == question.key


@pytest.mark.parametrize(("hours", "due"), [(100, 48), (24, 20), (2, 1)])
def test_an_answer_is_hoped_for_before_the_visit(case, hours, due):
    intake, visit = waiting(case)
    assert ask(case, intake, now=visit.start - timedelta(hours=hours)).due == visit.start - timedelta(hours=hours - due)


def test_reception_rings_who_has_not_answered_and_reads_only_that(case):
    intake, _ = waiting(case)
    question = ask(case, intake)
    task = Task.objects.get(for_role=Role.RECEPTIONIST)
    assert (task.due, task.about, task.done_at) == (question.due, question.key, None)
    assert case.patient.name in task.words


def test_an_answer_comes_back_to_who_asked_and_stops_the_reminder(case):
    intake, visit = waiting(case)
    question = ask(case, intake)

    reply(question)

    question.refresh_from_db()
    assert question.answer == "Yes, in May. My doctor did."
    assert set(Message.objects.values_list("state", flat=True)) == {Sent.WITHDRAWN}
    [task] = Task.objects.filter(done_at=None)
    assert (task.user, task.kind, task.due) == (case.user, "review answers", visit.start)
    assert queue(case.user) == [intake]
    with pytest.raises(QuestionClosed):
        reply(question, "Something else")
    question.refresh_from_db()
    assert question.answer == "Yes, in May. My doctor did."


def test_an_urgent_answer_is_due_at_once(case):
    intake, _ = waiting(case)
    reply(ask(case, intake), urgent=True)
    task = Task.objects.get(done_at=None)
    assert task.due == BEFORE + timedelta(hours=1)
    assert task.words.endswith("answered your question: read it now, and ring them")


def test_who_decides_without_having_read_the_answer_is_told(case):
    intake, _ = waiting(case)
    question = ask(case, intake)
    as_read = stamp_of(intake)
    reply(question)
    with pytest.raises(ChangedMeanwhile, match="The patient answered meanwhile"):
        decide(case, intake, as_read=as_read)


def test_a_decision_settles_the_open_question_and_its_link(case):
    intake, _ = waiting(case)
    question = ask(case, intake)
    render(message=Message.objects.get(kind="question"), now=BEFORE)

    decide(case, intake)

    assert not Task.objects.filter(done_at=None, about=question.key).exists()
    assert set(Message.objects.filter(about=question.key).values_list("state", flat=True)) == {Sent.WITHDRAWN}
    assert not Link.objects.filter(revoked_at=None).exists()
    with pytest.raises(QuestionClosed):
        reply(question)


def test_a_question_after_the_decision_brings_the_answers_back(case):
    intake, visit = waiting(case)
    decide(case, intake)
    intake.refresh_from_db()
    assert queue(case.user) == []

    reply(ask(case, intake))

    visit.refresh_from_db()
    assert visit.state == State.BOOKED
    assert queue(case.user) == [intake]
    intake.refresh_from_db()
    decide(case, intake, now=BEFORE + timedelta(hours=2))
    assert queue(case.user) == []


def test_a_second_question_takes_the_place_of_the_first(case):
    intake, _ = waiting(case)
    first = ask(case, intake)
    second = ask(case, intake, now=BEFORE + timedelta(minutes=1))
    first.refresh_from_db()
    assert (first.withdrawn_at is None, list(Question.objects.open())) == (False, [second])


def test_nobody_can_be_asked_without_an_address(case):
    Patient.objects.filter(pk=case.patient.pk).update(email="", mobile="")
    intake, _ = waiting(case)
    intake.patient.refresh_from_db()
    with pytest.raises(CannotReach):
        ask(case, intake)
    assert not Question.objects.exists()


# What a decision means at the chair


def test_what_a_clinician_closed_needs_a_reason_before_the_record_is_signed(case):
    intake, visit = waiting(case)
    decide(case, intake, Decision.LIMITED, techniques=("cupping",))
    visit.refresh_from_db()
    visit.state = State.ARRIVED
    visit.save()
    record = start_record(session=case.session(), practitioner=case.practitioner, now=NOON)
    both = [technique(), technique("cupping")]
    save_draft(record=record, draft=draft(techniques=both), by=case.user, now=NOON)
    with pytest.raises(NotReady, match=r"Cupping \(Limited by"):
        finish_visit(appointment=visit, by=case.user, now=NOON)

    visit.refresh_from_db()
    save_draft(record=record, draft=draft(techniques=both, safety_override="Light, she asked for it."), by=case.user, now=NOON)
    finish_visit(appointment=visit, by=case.user, now=NOON)
    assert AuditEntry.objects.filter(verb="safety.overrule", about=record.key, by=case.user).count() == 1
