"""New answers of somebody who has visits ahead: what waits, who is told, and what stays as a clinician left it."""

from datetime import timedelta

import pytest

from bookings.enums import State
from bookings.models import Appointment
from bookings.services.appointments import book_appointment, check_in
from bookings.services.online import finish_booking
from bookings.services.questions import AGAIN, Questions, begin_round, say_about_medicines
from bookings.services.reviews import review_answers
from bookings.services.visits import AnswersUnread, start_insertion, take_answers
from clinic import audit
from clinic.enums import Role
from clinic.models import AuditEntry, Task
from insurers.enums import CoverState, Payer
from insurers.models import Authorisation, Cover
from insurers.services import set_funding
from messaging.kinds import KINDS
from messaging.models import Message
from messaging.render import render
from patients.enums import Decision, Tier
from patients.models import Intake
from patients.reviewing import Ruling, overrule_finding, stamp_of
from tests.bookings.cast import House, small_clinic
from tests.bookings.test_online import HEALTHY, NOW, hold, visitor
from tests.factories import ServiceFactory, SessionFactory, TechniqueFactory, UserFactory, at
from tests.insurers.builders import an_insurer, approve
from tests.patients.test_carrying import WELL
from treatments.models import Course
from treatments.selectors import standing_of

THE_DAY = at("08:30", "2026-12-03")


@pytest.fixture
def house(db) -> House:
    house = small_clinic()
    house.service.techniques.add(TechniqueFactory(slug="traditional_acupuncture", needles=True))
    house.practitioner.user = UserFactory(role=Role.PRACTITIONER, clinics=[house.clinic])
    house.practitioner.save()
    return house


def booked(house: House, *, answers=HEALTHY, days=("2026-12-03", "2026-12-10"), **more: object) -> list[Appointment]:
    """A first visit booked online, and the next ones."""
    booking = visitor(house, answers=answers, **more)
    hold(house, booking)
    first = finish_booking(booking=booking, now=NOW)
    course = first.session.course
    later = [
        book_appointment(session=SessionFactory(course=course, number=number), slot=house.slot(at("10:00", day)), by=house.desk, now=NOW)
        for number, day in enumerate(days, 2)
    ]
    return [first, *later]


def answer(visit: Appointment, *, now=THE_DAY, **today: object) -> Intake:
    """The questions of the day, answered and sent."""
    visit = Appointment.objects.with_people().get(pk=visit.pk)
    intake = begin_round(questions=Questions(visit, now=now, knows=True), given=WELL | today)
    return take_answers(intake=intake, by=audit.HOLDER_OF_A_LINK, now=now).intake


def states(visits) -> list[tuple[str, bool]]:
    rows = Appointment.objects.filter(pk__in=[visit.pk for visit in visits]).order_by("during")
    return [(row.state, row.waits_for_review) for row in rows]


def clear(intake: Intake, house: House, now=THE_DAY) -> None:
    intake.refresh_from_db()
    ruling = Ruling(decision=Decision.CLEARED, words="Asked by phone")
    review_answers(intake=intake, ruling=ruling, as_read=stamp_of(intake), by=house.practitioner.user, now=now)


def test_nothing_new_leaves_every_visit_as_it_was(house):
    [first, second, third] = booked(house)
    Appointment.objects.filter(pk=first.pk).update(state=State.COMPLETED)

    intake = answer(second)

    assert states([second, third]) == [(State.BOOKED, False)] * 2
    assert (intake.tier, intake.form, intake.visit_key) == (Tier.CLEAR, "visit", second.key)
    assert not Task.objects.exists()
    assert not Message.objects.filter(kind="visits-waiting").exists()
    assert Course.objects.get().intake == intake


def test_a_blood_thinner_lets_every_visit_ahead_wait_in_one_step(house):
    [first, second, third] = booked(house)
    Appointment.objects.filter(pk=first.pk).update(state=State.COMPLETED)

    intake = answer(second, today_health=["anticoagulant_medication"])

    assert states([first, second, third]) == [(State.COMPLETED, False), (State.PROVISIONAL, True), (State.PROVISIONAL, True)]
    assert list(Cover.objects.filter(key__in=[second.key, third.key]).values_list("state", flat=True)) == [CoverState.SELF_PAY] * 2
    task = Task.objects.get()
    assert (task.kind, task.about, task.for_role, task.user) == ("review answers", intake.key, Role.PRACTITIONER, house.practitioner.user)
    assert (task.words, task.due) == ("Read Hannah Lindley’s new answers: 2 visits wait for you", second.start)
    assert Message.objects.filter(kind="visits-waiting", about=intake.key).count() == 1
    assert list(Intake.objects.waiting_for_review()) == [intake]
    assert AuditEntry.objects.filter(verb="answers.give", about=intake.key).count() == 1


def test_a_unit_stays_reserved_while_a_visit_waits_and_is_free_again_when_it_is_called_off(house):
    [first, second, third] = booked(house)
    Appointment.objects.filter(pk=first.pk).update(state=State.COMPLETED)
    course = second.session.course
    company = an_insurer()
    set_funding(course=course, payer=Payer.INSURER, insurer=company, policy_number="BUP1", code="", now=NOW)
    approved = approve(Course.objects.get(pk=course.pk), 6, by=house.desk)
    assert units(approved) == 3

    intake = answer(second, today_health=["anticoagulant_medication"])

    assert states([second, third]) == [(State.PROVISIONAL, True)] * 2
    assert units(approved) == 3
    clear(intake, house)
    assert (states([second, third]), units(approved)) == ([(State.BOOKED, False)] * 2, 3)

    later = answer(second, today_health=["pacemaker_or_icd"], today_skin=["not_sure"])
    assert units(approved) == 3
    ruling = Ruling(decision=Decision.REFUSED, words="See the cardiologist first")
    review_answers(intake=later, ruling=ruling, as_read=stamp_of(later), by=house.practitioner.user, now=THE_DAY)

    assert (states([second, third]), units(approved)) == ([(State.CANCELLED, False)] * 2, 1)
    assert set(Cover.objects.filter(key__in=[second.key, third.key]).values_list("state", flat=True)) == {CoverState.RELEASED}


def units(approved: Authorisation) -> int:
    """How many units of a code are reserved."""
    return Authorisation.objects.with_use().get(pk=approved.pk).reserved


def test_only_visits_of_techniques_that_are_spoken_against_wait(house):
    """A pacemaker closes electro-acupuncture; needles without current go on."""
    electro = ServiceFactory(
        clinic=house.clinic, practitioners=[house.practitioner], techniques=[TechniqueFactory(slug="electroacupuncture")]
    )
    [first, second, third] = booked(house)
    Appointment.objects.filter(pk=third.pk).update(service=electro)
    Appointment.objects.filter(pk=first.pk).update(state=State.COMPLETED)

    answer(second, today_health=["pacemaker_or_icd"])

    assert states([second, third]) == [(State.BOOKED, False), (State.PROVISIONAL, True)]


def test_who_was_cleared_once_is_not_stopped_again_for_the_same_answer(house):
    [first, second, third] = booked(house)
    Appointment.objects.filter(pk=first.pk).update(state=State.COMPLETED)
    clear(answer(second, today_health=["anticoagulant_medication"]), house)
    assert states([second, third]) == [(State.BOOKED, False)] * 2
    Appointment.objects.filter(pk=second.pk).update(state=State.COMPLETED)

    later = answer(third, now=at("08:30", "2026-12-10"))

    assert states([third]) == [(State.BOOKED, False)]
    assert "anticoagulant_medication" in later.flags
    assert (later.decision, later.decision_words) == (Decision.CLEARED, "Asked by phone")
    assert not Intake.objects.waiting_for_review().exists()


def test_something_new_after_a_decision_waits_again(house):
    [first, second, third] = booked(house)
    Appointment.objects.filter(pk=first.pk).update(state=State.COMPLETED)
    clear(answer(second, today_health=["anticoagulant_medication"]), house)
    Appointment.objects.filter(pk=second.pk).update(state=State.COMPLETED)

    answer(third, now=at("08:30", "2026-12-10"), today_pregnant="up_to_12")

    assert states([third]) == [(State.PROVISIONAL, True)]


def test_what_was_overruled_stays_so_while_nothing_new_is_said(house):
    [first, second, _] = booked(house, answers=HEALTHY | {"conditions": ["epilepsy"], "fits": "no"})
    finding = standing_of(first.patient).findings[0]
    overrule_finding(finding=finding, because="Controlled for ten years", by=house.practitioner.user, now=NOW)
    Appointment.objects.filter(pk=first.pk).update(state=State.COMPLETED)

    answer(second)

    standing = standing_of(first.patient)
    assert (standing.findings, [each.overruled_because for each in standing.overruled]) == ((), ["Controlled for ten years"])


def test_a_slip_put_right_before_anybody_read_it_still_waits_for_a_person(house):
    [first, second, third] = booked(house)
    Appointment.objects.filter(pk=first.pk).update(state=State.COMPLETED)
    answer(second, today_urgent=["fever_unwell"])

    intake = answer(second, now=THE_DAY + timedelta(minutes=2))

    assert (intake.tier, states([second])) == (Tier.REVIEW, [(State.PROVISIONAL, True)])
    assert list(Intake.objects.waiting_for_review()) == [intake]
    clear(intake, house)
    assert states([second, third]) == [(State.BOOKED, False)] * 2


def test_a_warning_sign_tells_the_clinic_at_once_and_the_desk_not_what(house):
    [first, second, _] = booked(house)
    Appointment.objects.filter(pk=first.pk).update(state=State.COMPLETED)

    intake = answer(second, today_urgent=["cauda_equina_saddle_numbness"])

    assert (intake.tier, states([second])) == (Tier.EMERGENCY, [(State.PROVISIONAL, True)])
    told = dict(Task.objects.values_list("for_role", "words"))
    assert {task.due for task in Task.objects.all()} == {THE_DAY}
    assert told == {
        Role.PRACTITIONER: "Read Hannah Lindley’s answers now: they told us of a warning sign",
        Role.RECEPTIONIST: "Tell a practitioner at once: Hannah Lindley’s answers can’t wait, and nobody treats them before that",
    }


def test_who_has_arrived_is_not_treated_before_new_answers_are_read(house):
    [first, second, _] = booked(house)
    Appointment.objects.filter(pk=first.pk).update(state=State.COMPLETED)
    check_in(appointment=second, by=house.desk, now=THE_DAY)
    intake = answer(second, today_pregnant="from_13")

    arrived = Appointment.objects.with_people().get(pk=second.pk)
    assert (arrived.state, arrived.waits_for_review) == (State.ARRIVED, True)
    with pytest.raises(AnswersUnread):
        start_insertion(appointment=arrived, by=house.practitioner.user, now=THE_DAY)

    clear(intake, house)
    arrived = Appointment.objects.with_people().get(pk=second.pk)
    start_insertion(appointment=arrived, by=house.practitioner.user, now=THE_DAY)
    assert arrived.state == State.INSERTING


def test_sending_twice_counts_once(house):
    [first, second, _] = booked(house)
    Appointment.objects.filter(pk=first.pk).update(state=State.COMPLETED)
    intake = begin_round(questions=Questions(second, now=THE_DAY, knows=True), given=WELL | {"today_health": ["anticoagulant_medication"]})
    for _ in range(2):
        take_answers(intake=intake, by=audit.HOLDER_OF_A_LINK, now=THE_DAY)
    assert (Intake.objects.filter(form="visit").count(), Task.objects.count()) == (1, 1)
    assert Message.objects.filter(kind="visits-waiting").count() == 1


def test_a_code_that_is_missing_still_is_after_the_answers_were_read(house):
    [first, second, _] = booked(house)
    Appointment.objects.filter(pk=first.pk).update(state=State.COMPLETED)
    Appointment.objects.filter(pk=second.pk).update(state=State.PROVISIONAL, waits_for_code=True)
    intake = answer(second, today_health=["anticoagulant_medication"])
    clear(intake, house)
    second.refresh_from_db()
    assert (second.state, second.waits_for_review, second.waits_for_code) == (State.PROVISIONAL, False, True)


# Which questions are due


def test_questions_of_the_day_are_due_on_the_day_until_they_are_answered(house):
    [_, second, _] = booked(house)
    whens = (("12:00", "2026-12-02"), ("00:05", "2026-12-03"), ("10:44", "2026-12-03"), ("10:46", "2026-12-03"))
    assert [Questions(second, now=at(*when)).due for when in whens] == ["", "visit", "visit", ""]
    answer(second)
    assert Questions(second, now=THE_DAY, knows=True).due == ""


def test_answers_older_than_the_clinic_lets_them_stand_are_asked_again(house):
    [_, second, _] = booked(house)
    house.clinic.answers_last_days = 5
    house.clinic.save()
    visit = Appointment.objects.with_people().get(pk=second.pk)
    assert [Questions(visit, now=at("08:00", day)).due for day in ("2026-12-01", "2026-12-02")] == ["", AGAIN]


def test_answers_that_the_rules_can_no_longer_read_are_asked_again(house):
    [first, second, _] = booked(house)
    intake = first.session.course.intake
    intake.answers |= {"conditions": ["retired"]}
    intake.save()
    questions = Questions(second, now=NOW, knows=True)
    assert (questions.due, "conditions" in questions.taken_over()) == (AGAIN, False)


def test_answers_of_a_day_do_not_make_the_first_ones_young_again(house):
    [_, second, third] = booked(house)
    answer(second)
    house.clinic.answers_last_days = 5
    house.clinic.save()
    visit = Appointment.objects.with_people().get(pk=third.pk)
    assert Questions(visit, now=at("12:00", "2026-12-04")).due == AGAIN


def test_who_never_answered_is_asked_everything_and_their_birth_date_not_again(house):
    visit = book_appointment(session=house.session(), slot=house.slot(at("10:00", "2026-12-03")), by=house.desk, now=NOW)
    questions = Questions(visit, now=NOW)
    assert (questions.due, questions.intake.answers) == ("first", {"born": visit.patient.date_of_birth.isoformat()})


def test_a_course_opened_at_the_desk_after_the_last_answers_asks_again(house):
    [first, *_] = booked(house)
    course = Course.objects.create(patient=first.patient, clinic=house.clinic, complaint="neck", opened_at=NOW + timedelta(days=1))
    visit = book_appointment(session=SessionFactory(course=course), slot=house.slot(at("14:00", "2026-12-03")), by=house.desk, now=NOW)
    questions = Questions(visit, now=NOW + timedelta(days=2))
    assert (questions.due, questions.asks_what_changed) == (AGAIN, True)
    assert "onset" not in questions.taken_over()


def test_the_patients_word_on_a_medicine_is_kept_and_counts(house):
    [first, second, _] = booked(house)
    Appointment.objects.filter(pk=first.pk).update(state=State.COMPLETED)
    begin_round(questions=Questions(second, now=THE_DAY, knows=True), given=WELL | {"today_medicines": "bisopralol"})
    questions = Questions(second, now=THE_DAY, knows=True)
    [read] = questions.typed.read
    intake = say_about_medicines(questions=questions, said=[read.kept("no", "Eliquis")])
    taken = take_answers(intake=intake, by=audit.HOLDER_OF_A_LINK, now=THE_DAY).intake
    assert "anticoagulant_medication" in taken.flags
    assert [(each["typed"], each["answer"], each["words"]) for each in taken.medicines] == [("bisopralol", "no", "Eliquis")]


def test_something_that_changed_can_be_told_on_any_day(house):
    [first, second, third] = booked(house)
    Appointment.objects.filter(pk=first.pk).update(state=State.COMPLETED)
    now = at("12:00", "2026-11-28")
    questions = Questions(second, now=now, knows=True)
    assert (questions.due, questions.asks_what_changed, questions.form) == ("", True, "first")

    begin_round(questions=questions, given=questions.taken_over())
    intake = begin_round(questions=Questions(second, now=now, knows=True), given=HEALTHY | {"conditions": ["recent_stroke"]})
    taken = take_answers(intake=intake, by=audit.HOLDER_OF_A_LINK, now=now).intake

    assert (taken.form, "recent_stroke" in taken.flags) == ("first", True)
    assert states([second, third]) == [(State.PROVISIONAL, True)] * 2


# What the patient is told


def test_one_mail_tells_of_all_visits_that_wait_and_one_that_they_are_sure_and_neither_says_why(house):
    [first, second, _] = booked(house)
    Appointment.objects.filter(pk=first.pk).update(state=State.COMPLETED)
    intake = answer(second, today_health=["anticoagulant_medication"])
    waits = render(message=Message.objects.get(kind="visits-waiting"), now=THE_DAY)
    assert waits.subject == "2 visits wait until we have read your answers"

    clear(intake, house)
    sure = render(message=Message.objects.get(kind="visits-sure"), now=THE_DAY)

    assert sure.subject == "Your 2 visits are now sure"
    assert not Message.objects.filter(kind="appointment-confirmed").exists()
    for letter in (waits, sure):
        for said in (letter.text, letter.html):
            assert "Thu 3 Dec 2026, 10:00" in said and "Thu 10 Dec 2026, 10:00" in said
            assert "thinner" not in said
    assert KINDS["visits-waiting"].still_true(intake.key, THE_DAY) == "No visit waits any more"


def test_dates_kept_for_a_course_still_wait_for_its_prescription_after_the_answers_were_read(house):
    [first, second, _] = booked(house)
    Appointment.objects.filter(pk=first.pk).update(state=State.COMPLETED)
    Appointment.objects.filter(pk=second.pk).update(state=State.PROVISIONAL, waits_for_prescription=True)
    clear(answer(second, today_health=["anticoagulant_medication"]), house)
    second.refresh_from_db()
    assert (second.state, second.waits_for_review, second.waits_for_prescription) == (State.PROVISIONAL, False, True)
