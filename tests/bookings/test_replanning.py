"""The rest of a course planned again: only what must change changes, as a whole or not at all."""

from datetime import date, timedelta
from itertools import pairwise

import pytest

from bookings.enums import Because, CancelledBy, State
from bookings.models import Appointment, Occupancy
from bookings.services.appointments import book_appointment, cancel_appointment, mark_dna, move_appointment
from bookings.services.courses import CourseClash, book_course, preview_course
from bookings.services.replanning import Fate, PlanChanged, ReasonMissing, apply_changes, propose_changes
from clinic.models import AuditEntry, Task
from insurers.enums import CoverState
from insurers.models import Cover
from messaging.models import Message
from messaging.render import render
from tests.bookings.cast import small_clinic
from tests.bookings.test_appointments import overlaps, race
from tests.bookings.test_courses import prescribed
from tests.factories import UserFactory, at
from treatments.enums import CourseState
from treatments.models import Outcome, SessionRecord
from treatments.selectors import review_due
from treatments.services.courses import CourseOver

NOW = at("08:00")


@pytest.fixture
def house(db):
    return small_clinic()


def booked(house, *, first=True):
    """A course of ten, every session with its time: Thursdays from 26 Nov, weekly until 31 Dec, then every other week."""
    course = prescribed(house, booked=first)
    book_course(course=course, values=preview_course(course=course, now=NOW).values, by=house.desk, now=NOW)
    course.refresh_from_db()
    return course


def visit(course, number):
    return Appointment.objects.of_course(course).standing().get(session__number=number)


def fates(changes):
    return {line.number: str(line.fate) for line in changes.lines}


def days(course):
    return {each.session.number: each.start.date() for each in Appointment.objects.of_course(course).standing().select_related("session")}


def apply(house, course, changes, *, now, **more):
    return apply_changes(course=course, because=changes.because, values=changes.values, stamp=changes.stamp, by=house.desk, now=now, **more)


def hold(house, course, number, *, pain=None, now=None):
    """Hold a session: its visit is over and its record signed."""
    each = visit(course, number)
    when = now or each.end
    Appointment.objects.filter(pk=each.pk).update(state=State.COMPLETED)
    SessionRecord.objects.create(
        session=each.session, practitioner=house.practitioner, started_at=each.start, saved_at=when, signed_at=when, signed_by=house.desk
    )
    if pain is not None:
        Outcome.objects.create(course=course, session=each.session, measure="nrs_pain", value=pain, at=when)


def missed(house, course, number):
    """A session that nobody came to; returns the next morning."""
    for before in range(1, number):
        hold(house, course, before)
    each = visit(course, number)
    mark_dna(appointment=each, by=house.desk, now=each.start + timedelta(minutes=30))
    return each.start.replace(hour=8) + timedelta(days=1)


def test_a_missed_session_finds_a_new_time_and_all_others_stay(house):
    course = booked(house)
    now = missed(house, course, 4)

    changes = propose_changes(course=course, because=Because.MISSED, now=now)

    assert fates(changes) == {4: "new"} | dict.fromkeys(range(5, 11), "stays")
    assert changes.lines[0].slot.local_date in (date(2026, 12, 18), date(2026, 12, 19))


def test_a_missed_session_makes_one_task_that_the_new_plan_settles(house):
    course = booked(house)
    now = missed(house, course, 4)
    task = Task.objects.get(kind="plan again", about=course.key)
    assert task.words == f"{course.patient.name}: session 4 was missed, plan the rest again"

    ahead = apply(house, course, propose_changes(course=course, because=Because.MISSED, now=now), now=now)

    assert [each.session.number for each in ahead] == list(range(4, 11))
    assert Task.objects.get(pk=task.pk).done_at == now


def test_what_was_too_near_moves_and_says_why(house):
    course = booked(house)
    now = missed(house, course, 4) + timedelta(days=4)  # two days before session 5

    changes = propose_changes(course=course, because=Because.MISSED, now=now)

    by_number = {line.number: line for line in changes.lines}
    assert (by_number[4].fate, by_number[5].fate) == (Fate.NEW, Fate.MOVES)
    assert by_number[5].words[0] in (
        "Its old time is 2 days after the visit before; at least 5 are planned.",
        "The visit before it comes later now.",
    )
    assert sum(line.fate == Fate.MOVES for line in changes.lines) <= 3


def test_the_new_plan_is_done_in_one_step_with_one_mail_reminders_and_cover(house):
    course = booked(house)
    now = missed(house, course, 4) + timedelta(days=4)
    changes = propose_changes(course=course, because=Because.MISSED, now=now)
    apply(house, course, changes, now=now)

    proposed = {line.number: line.slot.local_date for line in changes.lines}
    assert {number: day for number, day in days(course).items() if number > 3} == proposed
    assert overlaps() == 0
    mail = Message.objects.get(kind="course-changed")
    moved = visit(course, 5)
    assert moved.version == 2
    assert Message.objects.filter(about=moved.key, kind="reminder-mail", version=1, state="withdrawn").exists()
    assert set(Cover.objects.of_keys([moved.key]).values_list("on", flat=True)) == {moved.start.date()}
    assert Cover.objects.filter(key=visit(course, 4).key).exists()
    assert AuditEntry.objects.filter(verb="course.replan").get().detail["added"] == 1
    letter = render(message=mail, now=now)
    assert moved.start.strftime("%-d %b %Y, %H:%M") in letter.text


def test_pressing_twice_does_it_once(house):
    course = booked(house)
    now = missed(house, course, 4)
    changes = propose_changes(course=course, because=Because.MISSED, now=now)
    first, second = (apply(house, course, changes, now=now) for _ in range(2))

    assert [each.pk for each in first] == [each.pk for each in second]
    assert Message.objects.filter(kind="course-changed").count() == 1


def test_a_course_that_somebody_changed_meanwhile_is_looked_at_again(house):
    course = booked(house)
    now = missed(house, course, 4)
    changes = propose_changes(course=course, because=Because.MISSED, now=now)
    cancel_appointment(appointment=visit(course, 9), by=house.desk, who=CancelledBy.PATIENT, because="", now=now)
    before = days(course)

    with pytest.raises(PlanChanged):
        apply(house, course, changes, now=now)
    assert days(course) == before


def test_a_time_that_is_gone_changes_nothing_and_is_named(house):
    course = booked(house)
    now = missed(house, course, 4)
    changes = propose_changes(course=course, because=Because.MISSED, now=now)
    book_appointment(session=house.session(), slot=changes.lines[0].slot, by=house.desk, now=now)
    rows = (days(course), Message.objects.count(), Occupancy.objects.count())

    with pytest.raises(CourseClash) as clash:
        apply(house, course, changes, now=now)

    assert clash.value.words == {4: "That time has just gone."}
    assert (days(course), Message.objects.count(), Occupancy.objects.count()) == rows


def test_a_cancelled_session_is_planned_again(house):
    course = booked(house)
    cancel_appointment(appointment=visit(course, 3), by=house.desk, who=CancelledBy.PATIENT, because="", now=NOW)

    changes = propose_changes(course=course, because=Because.CANCELLED, now=NOW)

    assert fates(changes)[3] == "new"
    assert sum(line.fate == Fate.STAYS for line in changes.lines) == 9
    assert "session 3 was cancelled" in Task.objects.get(kind="plan again").words


def test_a_visit_moved_within_the_rhythm_asks_nobody_anything(house):
    course = booked(house)
    each = visit(course, 3)
    move_appointment(appointment=each, slot=house.slot(each.start + timedelta(days=1)), by=house.desk, now=NOW)
    assert not Task.objects.filter(kind="plan again").exists()
    assert propose_changes(course=course, because=Because.MOVED, now=NOW).is_nothing


def test_a_visit_moved_out_of_the_rhythm_moves_only_what_stands_in_its_way(house):
    course = booked(house)
    each = visit(course, 3)
    move_appointment(appointment=each, slot=house.slot(each.start + timedelta(days=4)), by=house.desk, now=NOW)

    changes = propose_changes(course=course, because=Because.MOVED, now=NOW)

    assert "session 3 was moved" in Task.objects.get(kind="plan again").words
    assert 1 <= sum(line.fate == Fate.MOVES for line in changes.lines) <= 2
    apply(house, course, changes, now=NOW)
    assert propose_changes(course=course, because=Because.MOVED, now=NOW).is_nothing


def test_a_review_with_much_less_pain_proposes_a_wider_rhythm(house):
    course = booked(house)
    for number, pain in ((1, 7), (2, 6), (3, 4), (4, 2)):
        hold(house, course, number, pain=pain)

    due = review_due(course)

    assert (due.session.number, due.change, due.advice.step) == (4, "improved", "widen")


@pytest.mark.parametrize(("upto", "pain", "step"), ((3, (7, 6, 3), None), (4, (7, 7, 7, 7), None), (6, (7,) * 6, "change_plan")))
def test_only_a_review_that_asks_for_another_plan_is_due(house, upto, pain, step):
    course = booked(house)
    for number in range(1, upto + 1):
        hold(house, course, number, pain=pain[number - 1])
    due = review_due(course)
    assert (due.advice.step if due else None) == step


def test_after_an_early_improvement_the_rest_is_a_fortnight_apart(house):
    course = booked(house)
    for number, pain in ((1, 7), (2, 6), (3, 4), (4, 2)):
        hold(house, course, number, pain=pain)
    now = visit(course, 4).end + timedelta(hours=1)

    changes = propose_changes(course=course, because=Because.IMPROVED, now=now)
    with pytest.raises(ReasonMissing):
        apply(house, course, changes, now=now)
    apply(house, course, changes, now=now, reason="Much better by session 4")

    found = list(days(course).values())[3:]
    gaps = [(later - earlier).days for earlier, later in pairwise(found)]
    assert all(11 <= gap <= 18 for gap in gaps[:2])
    course.refresh_from_db()
    assert (course.reason, course.proposal["widened_after"]) == ("Much better by session 4", [4])
    assert {session.gap_min_days for session in course.sessions.filter(number__in=(5, 6))} == {11}
    assert review_due(course) is None
    assert AuditEntry.objects.filter(verb="course.widen").count() == 1


def test_a_review_without_change_ends_the_course_and_lets_go_the_rest(house):
    course = booked(house)
    for number in range(1, 7):
        hold(house, course, number, pain=7)
    now = visit(course, 6).end
    changes = propose_changes(course=course, because=Because.STOPPED, now=now)

    assert set(fates(changes).values()) == {"goes"}
    apply(house, course, changes, now=now, reason="No change: referred to their doctor")

    course.refresh_from_db()
    assert (course.state, course.ended_because) == (CourseState.STOPPED, "No change: referred to their doctor")
    assert set(days(course)) == set(range(1, 7))
    assert Cover.objects.filter(state=CoverState.RELEASED).count() == 4
    assert Message.objects.filter(kind="appointment-cancelled").count() == 0
    letter = render(message=Message.objects.get(kind="course-changed"), now=now)
    assert "nothing to pay" in letter.text
    with pytest.raises(CourseOver):
        apply(house, course, changes, now=now, reason="again")


def test_a_visit_whose_session_is_no_longer_planned_goes(house):
    course = booked(house)
    course.sessions.filter(number=10).update(dropped_at=NOW)
    changes = propose_changes(course=course, because=Because.PRESCRIBED, now=NOW)
    apply(house, course, changes, now=NOW)
    assert 10 not in days(course)


@pytest.mark.django_db(transaction=True)
def test_many_plans_at_one_instant_never_overlap_deadlock_or_do_half():
    """Two people re-plan each of five courses, while their patients' visits are cancelled one by one."""
    house = small_clinic()
    courses = [booked(house, first=False) for _ in range(5)]
    for course in courses:
        cancel_appointment(appointment=visit(course, 3), by=house.desk, who=CancelledBy.PATIENT, because="", now=NOW)
    plans = [propose_changes(course=course, because=Because.CANCELLED, now=NOW) for course in courses]
    others = [visit(course, 8) for course in courses]

    def act(number):
        course = courses[number % 5]
        if number >= 10:
            return cancel_appointment(appointment=others[number % 5], by=house.desk, who=CancelledBy.CLINIC, because="", now=NOW)
        return apply(house, course, plans[number % 5], now=NOW)

    results = race(15, act)

    assert {type(each) for each in results} <= {list, CourseClash, PlanChanged, Appointment}
    assert overlaps() == 0
    for course, plan in zip(courses, plans, strict=True):
        found = days(course)
        asked = {line.number: line.slot.local_date for line in plan.lines}
        assert 3 not in found or all(found[number] == asked[number] for number in found if number not in (1, 8))


def test_somebody_else_may_not_be_booked_twice_by_a_tampered_form(house):
    course = booked(house)
    now = missed(house, course, 4)
    changes = propose_changes(course=course, because=Because.MISSED, now=now)
    other = UserFactory(clinics=[house.clinic])
    for value in ("nonsense", f"20261218T0300Z-{house.practitioner.key}"):
        with pytest.raises(CourseClash):
            apply_changes(course=course, because=Because.MISSED, values=changes.values | {4: value}, stamp=changes.stamp, by=other, now=now)
