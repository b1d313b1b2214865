"""A whole course, online: dates are kept beside a first visit, and wait for a prescription."""

from datetime import date, timedelta
from itertools import pairwise

import pytest

from bookings.enums import Because, CancelledBy, State
from bookings.models import Appointment, Booking
from bookings.services.appointments import book_appointment, cancel_appointment, mark_dna
from bookings.services.course_online import (
    KeptAlready,
    Sketch,
    choose_dates,
    choose_first_only,
    estimate,
    lasted,
    later_of,
    service_after,
    tell_problem,
)
from bookings.services.courses import CourseClash, Wishes
from bookings.services.online import TooManyVisits, finish_booking, hold_time
from bookings.services.own_visits import cancel_own_visit
from bookings.services.prescribing import Prescribed, prescribe, release_if_over
from bookings.services.replanning import apply_changes, propose_changes
from bookings.services.reviews import review_answers
from bookings.services.states import StateChanged
from bookings.services.tidying import tidy_up
from clinic.models import Task
from insurers.enums import CoverState
from insurers.models import Cover
from messaging.models import Message
from messaging.render import render
from patients.enums import Decision
from patients.reviewing import Ruling, stamp_of
from patients.services import intake_of
from tests.bookings.cast import small_clinic
from tests.bookings.test_appointments import overlaps, race
from tests.bookings.test_online import HEALTHY, visitor
from tests.factories import ConditionFactory, ServiceFactory, TechniqueFactory, UserFactory, at
from treatments.enums import Chronicity, CourseState, Severity
from treatments.models import Course

NOW = at("08:00")
EIGHT = range(2, 9)


@pytest.fixture
def house(db):
    return small_clinic()


def looking(house, *, clock="10:00", onset="years", pain=3, **more) -> Booking:
    """Somebody whose first visit is held, and who looks at a whole course: mild and chronic means eight visits."""
    booking = visitor(house, answers=HEALTHY | {"onset": onset}, **more)
    hold_time(booking=booking, slot=house.slot(at(clock)), now=NOW)
    tell_problem(booking=booking, pain=pain, lasted="")
    return booking


def sketch(booking, **wishes) -> Sketch:
    return Sketch(booking, estimate(booking, intake_of(booking.key)), NOW, Wishes(**wishes))


def proposed(booking) -> dict[int, str]:
    return {line.session.number: line.slot.value for line in sketch(booking).lines() if line.slot}


def choose(booking, values=None) -> dict[int, str]:
    values = proposed(booking) if values is None else values
    choose_dates(booking=booking, proposal=estimate(booking, intake_of(booking.key)), values=values, now=NOW)
    return values


def reserved(house, **more) -> Course:
    booking = looking(house, **more)
    choose(booking)
    return finish_booking(booking=booking, now=NOW).session.course


def kept(course) -> list[int]:
    return [visit.session.number for visit in Appointment.objects.of_course(course).kept().select_related("session")]


def first_of(course) -> Appointment:
    return Appointment.objects.of_course(course).with_people().get(session__number=1)


def prescribing(house, course, *, sessions=8, severity=Severity.MILD, chronicity=Chronicity.CHRONIC, service=None, now=None, reason=""):
    return prescribe(
        course=course,
        condition=ConditionFactory(),
        severity=severity,
        chronicity=chronicity,
        techniques=list(house.service.techniques.all()),
        service=service or house.service,
        sessions=sessions,
        reason=reason,
        goal="",
        by=house.desk,
        practitioner=house.practitioner,
        now=now or at("11:00"),
    )


# What is proposed


@pytest.mark.parametrize(
    ("onset", "known"), (("weeks", "acute"), ("months", "subacute"), ("year", "chronic"), ("years", "chronic"), ("again", None))
)
def test_how_long_it_has_lasted_is_known_from_the_safety_answers(house, onset, known):
    booking = visitor(house, answers=HEALTHY | {"onset": onset})
    assert lasted(booking, intake_of(booking.key)) == known


def test_nothing_is_proposed_before_both_questions_are_answered(house):
    booking = visitor(house, answers=HEALTHY | {"onset": "not_sure"})
    assert estimate(booking, intake_of(booking.key)) is None
    tell_problem(booking=booking, pain=8, lasted=Chronicity.SUBACUTE)
    assert (estimate(booking, intake_of(booking.key)).sessions, booking.pain) == (10, 8)


def test_the_course_is_the_tables_and_its_dates_keep_its_rhythm(house):
    booking = looking(house)
    lines = sketch(booking).lines()

    days = [date(2026, 11, 26), *(line.slot.local_date for line in lines)]
    assert [line.session.number for line in lines] == list(EIGHT)
    assert [(later - earlier).days for earlier, later in pairwise(days)] == [7, 7, 7, 7, 7, 14, 14]
    assert all(len(line.alternatives) == len(line.changes) == 3 for line in lines)
    assert "With the practitioner of the first visit." in lines[0].reasons
    [review] = [line for line in lines if line.session.number == 4]
    assert "A review with the practitioner of the first visit." in review.reasons


def test_wishes_are_kept_where_possible(house):
    lines = sketch(looking(house), weekdays=frozenset({1}), earliest=at("14:00").time()).lines()
    assert {line.slot.local_start.weekday() for line in lines[1:]} == {1}


def test_later_visits_are_of_the_kind_that_shares_the_techniques(house):
    ServiceFactory(clinic=house.clinic, practitioners=[house.practitioner], techniques=[TechniqueFactory(slug="cupping", name="Cupping")])
    same = ServiceFactory(clinic=house.clinic, practitioners=[house.practitioner])
    house.service.first_visit = True
    house.service.save()
    assert service_after(visitor(house)) == same


# What is chosen


def test_choosing_takes_nothing_and_another_first_time_forgets_it(house):
    booking = looking(house)
    values = choose(booking)
    assert (later_of(booking), Appointment.objects.count()) == (values, 1)
    hold_time(booking=booking, slot=house.slot(at("14:00")), now=NOW)
    assert later_of(booking) == {}


@pytest.mark.parametrize(
    ("number", "value"),
    (
        (3, "nonsense"),
        (3, "20261203T0300Z-{key}"),
        (3, "20261204T1000Z-{key}"),
        (9, "20270301T1000Z-{key}"),
        (1, "20261127T1000Z-{key}"),
    ),
)
def test_a_tampered_date_is_refused(house, number, value):
    booking = looking(house)
    values = proposed(booking) | {number: value.format(key=house.practitioner.key)}
    with pytest.raises(CourseClash) as clash:
        choose(booking, values)
    assert (list(clash.value.words), booking.later) == ([number], {})


# What is kept


def test_the_first_visit_is_booked_and_the_others_are_kept(house):
    course = reserved(house)

    assert (first_of(course).state, kept(course)) == (State.BOOKED, list(EIGHT))
    assert (course.state, course.service, Cover.objects.count(), overlaps()) == (CourseState.ASSESSMENT, house.service, 8, 0)
    assert Message.objects.filter(kind="reminder-mail", about__in=Appointment.objects.kept().values("key")).count() == 0
    letter = render(message=Message.objects.get(kind="course-kept"), now=NOW)
    assert "You only ever book to the next review" in letter.text
    assert letter.text.count("with Rhea") == 7
    assert Task.objects.get(kind="prescribe").user == house.practitioner.user


def test_the_first_visit_alone_stays_the_default(house):
    booking = looking(house)
    choose(booking)
    choose_first_only(booking=booking)
    course = finish_booking(booking=booking, now=NOW).session.course
    assert (Appointment.objects.count(), course.sessions.count(), course.service) == (1, 1, None)


def test_a_date_that_went_meanwhile_is_named_and_nothing_is_booked(house):
    booking = looking(house)
    choose(booking)
    gone = sketch(booking).lines()[2].slot
    book_appointment(session=house.session(), slot=gone, by=house.desk, now=NOW)

    with pytest.raises(CourseClash) as clash:
        finish_booking(booking=booking, now=NOW)

    assert clash.value.words == {4: "That time has just gone."}
    assert (Course.objects.filter(patient__email="hannah@example.org").count(), Appointment.objects.filter(state=State.HELD).count()) == (
        0,
        1,
    )


def test_all_dates_of_a_course_count_as_one_visit_ahead(house):
    reserved(house)
    for clock in ("12:00", "13:00", "14:00"):
        booking = visitor(house)
        hold_time(booking=booking, slot=house.slot(at(clock)), now=NOW)
        finish_booking(booking=booking, now=NOW)
    fifth = visitor(house)
    hold_time(booking=fifth, slot=house.slot(at("16:00")), now=NOW)
    with pytest.raises(TooManyVisits):
        finish_booking(booking=fifth, now=NOW)


def test_nobody_has_two_courses_kept(house):
    reserved(house)
    second = looking(house, clock="15:00")
    choose(second)
    with pytest.raises(KeptAlready):
        finish_booking(booking=second, now=NOW)
    choose_first_only(booking=second)
    assert finish_booking(booking=second, now=NOW).state == State.BOOKED


# What becomes of it


def test_a_kept_date_can_be_let_go_free_of_charge_at_any_time(house):
    course = reserved(house)
    third = Appointment.objects.of_course(course).kept().with_people().get(session__number=3)
    cancel_own_visit(appointment=third, because="", by="Holder of the link", now=third.start - timedelta(hours=1))
    assert (third.state, third.cancelled_late, Task.objects.filter(kind="plan again").count()) == (State.CANCELLED, False, 0)


@pytest.mark.parametrize("lose", ("cancel", "dna"))
def test_without_its_first_visit_nothing_is_kept(house, lose):
    course = reserved(house)
    first = first_of(course)
    if lose == "dna":
        mark_dna(appointment=first, by=house.desk, now=at("10:30"))
    else:
        cancel_appointment(appointment=first, by=house.desk, who=CancelledBy.PATIENT, because="", now=NOW)
    assert (kept(course), Message.objects.filter(kind="course-released").count()) == ([], 1)
    assert Message.objects.get(kind="course-kept").state == "withdrawn"
    covers = {cover.key: cover.state for cover in Cover.objects.all()}
    assert covers.pop(first.key) == CoverState.CHARGED  # it comes too late to cost nothing
    assert list(covers.values()) == [CoverState.RELEASED] * 7


def test_what_fits_the_prescription_becomes_booked_with_reminders_and_one_mail(house):
    course = reserved(house)
    done = prescribing(house, course)

    assert (len(done.sure), done.plan_again, kept(course)) == (7, False, [])
    assert set(Appointment.objects.of_course(course).values_list("state", flat=True)) == {State.BOOKED}
    assert Message.objects.filter(kind="reminder-mail").count() == 7
    assert Message.objects.filter(kind="course-booked").count() == 1
    assert Task.objects.get(kind="prescribe").done_at == at("11:00")


def test_a_shorter_prescription_lets_the_last_dates_go(house):
    course = reserved(house)
    done = prescribing(house, course, sessions=6, reason="Enough for a start")
    assert (len(done.sure), done.plan_again) == (5, False)
    assert Appointment.objects.of_course(course).standing().count() == 6


def test_what_does_not_fit_is_planned_again_and_then_sure(house):
    course = reserved(house)
    done = prescribing(house, course, severity=Severity.SEVERE, sessions=12)  # twice a week
    assert done.plan_again
    assert "the course is prescribed, plan the rest again" in Task.objects.get(kind="plan again").words

    changes = propose_changes(course=done.course, because=Because.PRESCRIBED, now=at("11:00"))
    apply_changes(course=done.course, because=changes.because, values=changes.values, stamp=changes.stamp, by=house.desk, now=at("11:00"))

    assert (kept(course), overlaps()) == ([], 0)
    assert Appointment.objects.of_course(course).filter(state=State.BOOKED).count() == 12


def test_another_kind_of_visit_than_was_kept_moves(house):
    other = ServiceFactory(clinic=house.clinic, practitioners=[house.practitioner], hands_in=30, price=7000)
    course = reserved(house)
    house.service.first_visit = True
    done = prescribing(house, course, service=other)
    assert (done.sure, done.plan_again) == ((), True)
    changes = propose_changes(course=done.course, because=Because.PRESCRIBED, now=at("11:00"))
    apply_changes(course=done.course, because=changes.because, values=changes.values, stamp=changes.stamp, by=house.desk, now=at("11:00"))
    later = Appointment.objects.of_course(course).filter(session__number__gt=1)
    assert set(later.values_list("service", "price", "hands_in", "state")) == {(other.pk, 7000, 30, "booked")}


def test_nobody_prescribed_so_the_dates_are_let_go_once(house):
    course = reserved(house)
    over = first_of(course).end + timedelta(days=3)
    tidy_up(now=over - timedelta(minutes=1))
    assert kept(course) == list(EIGHT)
    for _ in range(2):
        tidy_up(now=over)
    assert kept(course) == []
    assert Message.objects.filter(kind="course-released").count() == 1
    assert Message.objects.filter(kind="appointment-cancelled").count() == 0
    course.refresh_from_db()
    assert (course.service, course.proposal, course.sessions.planned().count(), course.state) == (None, {}, 1, CourseState.ASSESSMENT)
    letter = render(message=Message.objects.get(kind="course-released"), now=over)
    assert "nothing to pay" in letter.text


def test_the_clinic_says_how_long_dates_are_kept(house):
    house.clinic.release_days = 1
    house.clinic.save()
    course = reserved(house)
    tidy_up(now=first_of(course).end + timedelta(days=1))
    assert kept(course) == []


def test_refused_answers_cancel_the_visit_and_let_the_dates_go(house):
    course = reserved(house)
    ruling = Ruling(decision=Decision.REFUSED, words="See your doctor first")
    review_answers(intake=course.intake, ruling=ruling, as_read=stamp_of(course.intake), by=UserFactory(), now=NOW)
    assert Appointment.objects.of_course(course).standing().count() == 0
    assert Message.objects.filter(kind="course-released").count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_visitors_finish_the_same_course_at_one_instant():
    """One of them has all of it; the other hears which dates are gone, and keeps the first visit held."""
    house = small_clinic()
    bookings = []
    for number, clock in enumerate(("10:00", "11:00", "12:00", "13:00")):
        booking = looking(house, clock=clock, email=f"v{number}@example.org", proved_address=f"v{number}@example.org")
        bookings.append(booking)
    same = proposed(bookings[0])
    for booking in bookings:
        choose(booking, same)

    results = race(8, lambda number: finish_booking(booking=Booking.objects.get(pk=bookings[number % 4].pk), now=NOW))

    assert {type(each) for each in results} <= {Appointment, CourseClash}
    assert (overlaps(), Appointment.objects.kept().count()) == (0, 7)
    assert Appointment.objects.filter(state=State.HELD).count() == 3


@pytest.mark.django_db(transaction=True)
def test_prescribing_releasing_and_letting_go_at_one_instant_end_in_order():
    """Each kept date ends up booked or let go, whoever was first; nothing overlaps, and nobody waits for ever."""
    house = small_clinic()
    courses = [
        reserved(house, clock=clock, first_name=clock, email=f"v{clock[:2]}@example.org", proved_address=f"v{clock[:2]}@example.org")
        for clock in ("10:00", "12:00", "14:00")
    ]
    over = max(first_of(course).end for course in courses) + timedelta(days=4)
    fifth = [Appointment.objects.of_course(course).kept().with_people().get(session__number=5) for course in courses]
    deeds = (
        lambda at_hand: prescribing(house, courses[at_hand]),
        lambda at_hand: release_if_over(course=courses[at_hand], now=over),
        lambda at_hand: cancel_own_visit(appointment=fifth[at_hand], because="", by="Holder of the link", now=NOW),
    )

    results = race(9, lambda number: deeds[number // 3](number % 3))

    assert {type(each) for each in results} <= {Prescribed, bool, Appointment, StateChanged}
    assert overlaps() == 0
    for course in courses:
        states = set(Appointment.objects.of_course(course).filter(session__number__gt=1).values_list("state", flat=True))
        assert states <= {State.BOOKED, State.PROVISIONAL, State.CANCELLED}
        taken = Appointment.objects.of_course(course).filter(state=State.CANCELLED, occupancies__isnull=False)
        assert not taken.exists()
