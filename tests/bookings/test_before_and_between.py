"""What comes before a visit, between visits, and to the staff: at the clinic's hours, only while it is true and wanted."""

from datetime import time, timedelta

import pytest
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange

from bookings.enums import State
from bookings.messages import PREPARE, REMIND_BY_MAIL, REMIND_BY_SMS, post_reminders
from bookings.nudges import REBOOK, REVIEW_DUE
from bookings.services.visits import finish_visit, start_insertion
from bookings.services.watch import keep_watch
from bookings.staff_messages import SUMMARY
from clinic.enums import Role
from clinic.models import Task
from clinic.services import set_task
from insurers.enums import CoverState
from insurers.models import Cover
from messaging import kinds
from messaging.models import Message
from messaging.staff import TASK
from tests.factories import NOON, AppointmentFactory, UserFactory
from tests.treatments.cast import draft, open_case, prescribe
from treatments.models import SessionRecord
from treatments.services.records import save_draft

pytestmark = pytest.mark.django_db


@pytest.fixture
def case():
    return open_case()


def visit(case, number=1, days=7, **more):
    start = NOON + timedelta(days=days)
    during = DateTimeTZRange(start, start + timedelta(minutes=45))
    return AppointmentFactory(session=case.session(number), practitioner=case.practitioner, service=case.service, during=during, **more)


def dues():
    return dict(Message.objects.values_list("kind", "due_at"))


def untrue(kind, about, now=NOON):
    return kinds.kind(kind).still_true(about, now)


# Before


def test_reminders_leave_at_the_hours_that_the_clinic_set(case):
    case.clinic.remind_mail_hours, case.clinic.remind_sms_hours = 72, 3
    case.clinic.save()
    prescribe(case)
    start = visit(case, number=2)
    post_reminders(start, now=NOON)
    assert dues() == {REMIND_BY_MAIL: NOON + timedelta(days=4), REMIND_BY_SMS: start.start - timedelta(hours=3)}


def test_a_reminder_in_the_night_waits_for_the_morning(case):
    prescribe(case)
    case.clinic.remind_sms_hours = 14
    case.clinic.save()
    post_reminders(visit(case, number=2), now=NOON)
    assert dues()[REMIND_BY_SMS] == (NOON + timedelta(days=7)).replace(hour=8)


def test_what_would_be_late_is_not_promised(case):
    prescribe(case)
    post_reminders(visit(case, number=2, days=1), now=NOON + timedelta(minutes=1))
    assert dues() == {}


def test_a_first_visit_is_prepared_for_once_and_not_again_in_the_reminder(case):
    first = visit(case)
    post_reminders(first, now=NOON)
    assert dues()[PREPARE] == NOON + timedelta(days=4)
    says = {name: kinds.kind(name).context(first.key, NOON) for name in (PREPARE, REMIND_BY_MAIL, "appointment-booked")}
    assert says[PREPARE]["preparation"]
    assert says[REMIND_BY_MAIL]["preparation"] == says["appointment-booked"]["preparation"] == []
    late = kinds.kind("appointment-booked").context(first.key, NOON + timedelta(days=5))
    assert late["preparation"] == says[PREPARE]["preparation"]


def test_a_moved_first_visit_is_not_prepared_for_twice(case):
    first = visit(case)
    post_reminders(first, now=NOON)
    Message.objects.of_kinds([PREPARE]).update(state="sent")
    first.version += 1
    post_reminders(first, now=NOON)
    assert Message.objects.of_kinds([PREPARE]).count() == 1


@pytest.mark.parametrize(
    ("way", "mail", "sms"),
    [
        (None, "", ""),
        ("both", "", ""),
        ("mail", "", "The patient wants reminders by e-mail"),
        ("sms", "The patient wants reminders by text message", ""),
        ("none", "The patient wants no reminders", "The patient wants no reminders"),
    ],
)
def test_reminders_ask_at_delivery_what_the_patient_wants(case, way, mail, sms):
    booked = visit(case)
    case.patient.ways = {"reminders": way} if way else {}
    case.patient.save()
    assert (untrue(REMIND_BY_MAIL, booked.key), untrue(REMIND_BY_SMS, booked.key)) == (mail, sms)
    assert untrue("appointment-booked", booked.key) == ""


@pytest.mark.parametrize("asked", [False, True])
def test_a_reminder_says_what_it_is_for_only_to_who_asked(case, asked):
    booked = visit(case)
    case.patient.shows_what = asked
    case.patient.save()
    assert kinds.kind(REMIND_BY_MAIL).context(booked.key, NOON)["what"] == (case.service.name if asked else "")


# Between


def finish(case, number):
    appointment = AppointmentFactory(
        session=case.session(number), practitioner=case.practitioner, service=case.service, state=State.ARRIVED
    )
    Cover.objects.create(session=appointment.session, key=appointment.key, on=NOON.date(), state=CoverState.SELF_PAY)
    start_insertion(appointment=appointment, by=case.user, now=NOON)
    save_draft(record=SessionRecord.objects.get(session=appointment.session), draft=draft(), by=case.user, now=NOON)
    finish_visit(appointment=appointment, by=case.user, now=NOON)


def test_who_has_no_next_visit_is_told_once_in_time_to_book_it(case):
    prescribe(case)
    finish(case, 1)
    [nudge] = Message.objects.of_kinds([REBOOK])
    following = case.session(2)
    assert nudge.about == following.key
    wait = max(2, following.gap_max_days - 3)
    assert nudge.due_at == NOON.replace(hour=10) + timedelta(days=wait)
    assert untrue(REBOOK, following.key) == ""

    booked = visit(case, number=3)
    assert untrue(REBOOK, following.key) == "There is a next visit"
    booked.state = State.CANCELLED
    booked.save()
    assert untrue(REBOOK, following.key) == ""
    case.patient.ways = {"news": "none"}
    case.patient.save()
    assert untrue(REBOOK, following.key) == "The patient wants no invitations"


def test_before_a_review_the_word_is_of_the_review(case):
    prescribe(case)
    review = case.course.proposal["reviews"][0]
    finish(case, review - 1)
    assert Message.objects.of_kinds([REVIEW_DUE]).get().about == case.session(review).key
    assert not Message.objects.of_kinds([REBOOK]).exists()


def test_nobody_is_nudged_after_the_last_session(case):
    prescribe(case)
    finish(case, 10)
    assert not Message.objects.of_kinds([REBOOK, REVIEW_DUE]).exists()


# To the staff


def test_a_task_that_presses_is_told_once_by_a_mail_that_names_nobody(case):
    desk = UserFactory(role=Role.RECEPTIONIST, clinics=[case.clinic])
    set_task(clinic=case.clinic, for_role=Role.RECEPTIONIST, kind="ring", about="x", words="Ring Hannah about her neck", due=NOON)
    set_task(clinic=case.clinic, for_role=Role.RECEPTIONIST, kind="ring", about="y", words="Later", due=NOON + timedelta(hours=5))
    for _ in range(3):
        keep_watch(now=NOON)
    mail = Message.objects.of_kinds([TASK]).get()
    assert mail.address == desk.email
    assert "Hannah" not in str(kinds.kind(TASK).context(mail.about, NOON))
    Task.objects.update(done_at=NOON)
    assert untrue(TASK, mail.about) == "The task is done"


def test_everybody_gets_one_summary_of_their_day_at_the_clinics_hour(case):
    UserFactory(role=Role.RECEPTIONIST, clinics=[case.clinic])
    visit(case, days=0)
    case.clinic.summary_at = time(6, 30)
    case.clinic.save()
    keep_watch(now=NOON.replace(hour=6, minute=29))
    assert not Message.objects.of_kinds([SUMMARY]).exists()
    for hour in (7, 8, 12):
        keep_watch(now=NOON.replace(hour=hour))
    rows = Message.objects.of_kinds([SUMMARY])
    assert {row.address for row in rows} == {user.email for user in case.clinic.staff.all()}
    assert {row.due_at for row in rows} == {NOON.replace(hour=6, minute=30)}
    for row in rows:
        assert untrue(SUMMARY, row.about, NOON) == ""
        assert kinds.kind(SUMMARY).context(row.about, NOON)["lines"][0] == "1 visit, from 12:00 to 12:45."
    assert untrue(SUMMARY, rows[0].about, NOON + timedelta(days=1)) == "The day is over"


def test_an_empty_day_is_not_told(case):
    keep_watch(now=NOON)
    row = Message.objects.of_kinds([SUMMARY]).get()
    assert untrue(SUMMARY, row.about) == "Nothing is planned, and nothing waits"
