from datetime import date, time, timedelta

import pytest

from bookings.clashes import SlotTaken
from bookings.enums import Answer, CancelledBy, Door, Freed, State, Urgency, Waiting
from bookings.fitting import HAS_OFFER, TOO_SOON, fits_for
from bookings.models import Appointment, Booking, FreedTime, Offer, WaitlistEntry
from bookings.services.appointments import book_appointment, cancel_appointment, mark_dna, move_appointment
from bookings.services.online import start_booking, technique_words
from bookings.services.tidying import tidy_up
from bookings.services.waitlist import (
    NOBODY,
    CannotWait,
    OfferGone,
    Passed,
    Wishes,
    accept_offer,
    decline_offer,
    leave_open,
    leave_waitlist,
    offer_freed_times,
    offer_to,
    wait_for_first_visit,
    wait_for_session,
)
from clinic.models import Absence, AuditEntry
from insurers.models import Cover
from messaging.models import Message
from patients.models import Intake
from patients.services import intake_of, save_answers, screen_intake
from tests.bookings.cast import small_clinic
from tests.bookings.test_appointments import overlaps
from tests.bookings.test_online import HEALTHY
from tests.factories import IntakeFactory, PractitionerFactory, ServiceFactory, SessionFactory, at

MORNING, NOON = at("08:00"), at("12:00")
EXPIRES = at("12:30")
AFTERNOONS = Wishes(first_day=date(2026, 11, 20), last_day=date(2026, 12, 20), earliest=time(13))


@pytest.fixture
def house(db):
    return small_clinic()


def book(house, clock="15:00", now=MORNING, **more):
    return book_appointment(
        session=more.pop("session", None) or house.session(), slot=house.slot(at(clock), **more), by=house.desk, now=now
    )


def wait(house, *, session=None, wishes=AFTERNOONS, minute=0, service=None, **more) -> WaitlistEntry:
    """Somebody who waits, each a minute after the one before."""
    wanted = Wishes(**{**wishes.__dict__, **more})
    joined = MORNING + timedelta(minutes=minute)
    return wait_for_session(session=session or house.session(), service=service or house.service, wishes=wanted, by=house.desk, now=joined)


def cancel(house, appointment, now=NOON):
    return cancel_appointment(appointment=appointment, by=house.desk, who=CancelledBy.PATIENT, because="", now=now)


def tick(now=NOON) -> list[Offer]:
    return offer_freed_times(now=now)


def fresh(row):
    return type(row).objects.get(pk=row.pk)


def an_offer(house, count=1, **more):
    """The 15:00 visit is cancelled at noon; the first of so many who wait is offered it."""
    entries = [wait(house, minute=number, **more) for number in range(count)]
    cancel(house, book(house))
    [offer] = tick()
    return offer, entries


def accept(offer, now=NOON):
    return accept_offer(offer=Offer.objects.keyed(offer.key), by="Holder of the link", now=now)


# One person at a time


def test_a_cancelled_visit_is_kept_for_the_first_who_waits_and_nobody_else_hears(house):
    offer, (first, second, third) = an_offer(house, 3)

    assert (offer.entry, offer.start, offer.until) == (first, at("15:00"), EXPIRES)
    assert (offer.held.state, offer.held.door, offer.held.until) == (State.HELD, Door.WAITLIST, EXPIRES)
    assert [fresh(entry).state for entry in (first, second, third)] == [Waiting.OFFERED, Waiting.WAITING, Waiting.WAITING]
    assert list(Message.objects.filter(kind="waitlist-offer").values_list("recipient", "about")) == [(first.patient.key, offer.key)]
    with pytest.raises(SlotTaken):
        book(house, now=NOON)
    assert tick(at("12:10")) == []


def test_an_offer_keeps_the_time_of_the_patient_too(house):
    offer, _ = an_offer(house)

    taken = set(offer.held.occupancies.values_list("timeline_id", flat=True))
    assert taken == {house.practitioner.timeline_id, offer.room.timeline_id, offer.entry.patient.timeline_id}


def test_accepting_books_the_session_and_tells_once(house):
    offer, (first, second) = an_offer(house, 2)
    appointment = accept(offer)

    assert (appointment.session, appointment.state, appointment.door) == (first.session, State.BOOKED, Door.WAITLIST)
    assert (appointment.start, appointment.room, overlaps()) == (at("15:00"), offer.room, 0)
    assert [fresh(row).state for row in (first, second)] == [Waiting.BOOKED, Waiting.WAITING]
    assert (fresh(offer).answer, FreedTime.objects.get().state) == (Answer.ACCEPTED, Freed.TAKEN)
    assert Message.objects.filter(kind="appointment-booked", about=appointment.key).count() == 1
    assert Cover.objects.filter(key=appointment.key).count() == 1
    assert tick() == []


def test_pressing_accept_again_changes_nothing(house):
    offer, _ = an_offer(house)

    assert accept(offer) == accept(offer, now=at("14:00"))
    assert Appointment.objects.filter(state=State.BOOKED).count() == 1


def test_an_offer_that_ran_out_goes_to_the_next_and_says_so(house):
    offer, (first, second, _) = an_offer(house, 3)
    [following] = tick(EXPIRES)

    with pytest.raises(OfferGone, match="ran out"):
        accept(offer, now=at("12:31"))
    assert (following.entry, fresh(first).state, fresh(second).state) == (second, Waiting.WAITING, Waiting.OFFERED)
    assert Appointment.objects.filter(state=State.HELD).count() == 1


def test_an_offer_can_be_accepted_until_it_runs_out_and_not_then(house):
    offer, _ = an_offer(house)
    with pytest.raises(OfferGone):
        accept(offer, now=EXPIRES)
    assert accept(offer, now=EXPIRES - timedelta(seconds=1)).state == State.BOOKED


@pytest.mark.parametrize(("stay", "state"), ((True, Waiting.WAITING), (False, Waiting.CLOSED)))
def test_saying_no_passes_the_time_on(house, stay, state):
    offer, (first, second) = an_offer(house, 2)
    decline_offer(offer=offer, stay=stay, by="Holder of the link", now=at("12:05"))
    [following] = tick(at("12:05"))

    assert (following.entry, fresh(first).state) == (second, state)
    with pytest.raises(OfferGone, match="said no"):
        accept(offer, now=at("12:06"))


def test_who_was_asked_once_is_not_asked_again_about_the_same_time(house):
    an_offer(house)
    assert tick(EXPIRES) == []

    freed = FreedTime.objects.get()
    assert (freed.state, freed.closed_because) == (Freed.CLOSED, NOBODY)
    assert [reason for _, reason in freed.skipped] == ["Did not answer in time"]


def test_two_times_go_to_two_people(house):
    entries = [wait(house, minute=number) for number in range(3)]
    visits = [book(house, "15:00"), book(house, "16:00")]
    for visit in visits:
        cancel(house, visit)

    offers = tick()

    assert [(offer.entry, offer.start) for offer in offers] == [(entries[0], at("15:00")), (entries[1], at("16:00"))]


def test_with_one_person_waiting_the_second_time_waits_for_their_answer(house):
    wait(house)
    for visit in (book(house, "15:00"), book(house, "16:00")):
        cancel(house, visit)

    [offer] = tick()
    waiting = FreedTime.objects.get(state=Freed.OPEN)
    assert (offer.start, waiting.start) == (at("15:00"), at("16:00"))
    decline_offer(offer=offer, stay=True, by="Holder of the link", now=at("12:05"))
    assert [each.start for each in tick(at("12:05"))] == [at("16:00")]


def test_who_took_a_time_and_cancels_it_later_is_off_the_list_and_the_next_is_asked(house):
    offer, (first, second) = an_offer(house, 2)
    appointment = accept(offer)
    later = at("12:20")
    cancel(house, appointment, now=later)
    [following] = tick(later)

    assert (fresh(first).state, following.entry) == (Waiting.BOOKED, second)


def test_the_urgent_are_asked_first_then_who_waits_longest(house):
    wait(house, minute=1, urgency=Urgency.ANY_TIME)
    wait(house, minute=2)
    urgent = wait(house, minute=3, urgency=Urgency.URGENT)
    cancel(house, book(house))

    assert [offer.entry for offer in tick()] == [urgent]


# Which times count as free


def test_a_move_frees_the_old_time(house):
    entry = wait(house)
    move_appointment(appointment=book(house), slot=house.slot(at("10:00")), by=house.desk, now=NOON - timedelta(hours=3))

    assert [(offer.entry, offer.start) for offer in tick(NOON - timedelta(hours=3))] == [(entry, at("15:00"))]


def test_who_says_beforehand_that_they_do_not_come_frees_the_time(house):
    wait(house)
    mark_dna(appointment=book(house), by=house.desk, now=NOON)
    assert len(tick()) == 1


def test_nobody_is_told_that_a_time_is_free_because_its_start_has_passed(house):
    wait(house)
    visit = book(house)
    mark_dna(appointment=visit, by=house.desk, now=at("15:10"))
    cancel(house, book(house, "16:00"), now=at("16:05"))

    assert (tick(at("15:10")), tick(at("16:06")), FreedTime.objects.count()) == ([], [], 0)


def test_a_cancelled_visit_stays_cancelled_whatever_is_offered(house):
    wait(house)
    visit = book(house)
    cancel(house, visit)
    tick()
    tidy_up(now=at("12:20"))

    assert fresh(visit).state == State.CANCELLED


@pytest.mark.parametrize(("now", "offered"), ((at("13:59"), 1), (at("14:00"), 1), (at("14:01"), 0)))
def test_inside_the_lead_time_a_freed_time_is_left_open(house, now, offered):
    wait(house, notice_hours=0)
    cancel(house, book(house), now=now)

    assert len(tick(now)) == offered
    if not offered:
        freed = FreedTime.objects.get()
        assert (freed.state, freed.closed_because, freed.skipped[0][1]) == (Freed.CLOSED, TOO_SOON, TOO_SOON)


# Why somebody is passed over


def reason_for(house, entry) -> str:
    """What staff read about somebody who was passed over for the 15:00 that is cancelled at noon."""
    cancel(house, book(house))
    assert tick() == []
    return dict(FreedTime.objects.get().skipped)[entry.key]


@pytest.mark.parametrize(
    ("wishes", "reason"),
    (
        ({"first_day": date(2026, 11, 27)}, "Outside the dates they asked for"),
        ({"last_day": date(2026, 11, 25)}, "Outside the dates they asked for"),
        ({"weekdays": ("0", "4")}, "Not one of their days"),
        ({"earliest": time(15, 50)}, "Outside the hours they asked for"),
        ({"earliest": None, "latest": time(14)}, "Outside the hours they asked for"),
        ({"notice_hours": 24}, "Too short notice for them"),
    ),
)
def test_wishes_are_kept(house, wishes, reason):
    assert reason_for(house, wait(house, **wishes)) == reason


def test_who_waits_for_somebody_else_is_passed_over(house):
    assert reason_for(house, wait(house, practitioners=(PractitionerFactory(clinic=house.clinic),))) == "Would like somebody else"


def test_a_visit_that_the_practitioner_does_not_give_is_no_fit(house):
    other = ServiceFactory(clinic=house.clinic, practitioners=[PractitionerFactory(clinic=house.clinic)])
    assert reason_for(house, wait(house, service=other)) == f"{house.practitioner.short_name} doesn’t give this visit"


def test_who_is_somewhere_else_then_is_passed_over(house):
    other = small_clinic()
    entry = wait(house)
    session = SessionFactory(course=entry.session.course, number=2)
    book_appointment(session=session, slot=other.slot(at("15:20")), by=other.desk, now=MORNING)

    assert reason_for(house, entry) == "Already booked then"


def test_a_blocking_answer_keeps_the_time_for_others_and_the_desk_reads_no_more_than_that(house):
    entry = wait(house)
    intake = IntakeFactory(patient=entry.patient, answers=HEALTHY | {"urgent": ["cauda_equina_saddle_numbness"]})
    screen_intake(intake=intake, techniques=["traditional_acupuncture"], now=MORNING)

    assert reason_for(house, entry) == "Their safety answers speak against this visit"


def test_answers_that_nobody_has_read_come_first(house):
    entry = wait(house)
    intake = IntakeFactory(patient=entry.patient, answers=HEALTHY | {"medicines": ["anticoagulant_medication"]})
    screen_intake(intake=intake, techniques=["traditional_acupuncture"], now=MORNING)

    assert reason_for(house, entry) == "A practitioner has not read their safety answers yet"


def test_leave_taken_meanwhile_is_the_reason_for_all(house):
    entry = wait(house)
    cancel(house, book(house))
    Absence.objects.create(clinic=house.clinic, timeline=house.practitioner.timeline, during=(at("13:00"), at("18:00")), reason="Ill")

    assert tick() == []
    assert dict(FreedTime.objects.get().skipped) == {entry.key: f"{house.practitioner.short_name} is away then"}


def test_a_visit_longer_than_the_gap_does_not_fit(house):
    long = ServiceFactory(clinic=house.clinic, practitioners=[house.practitioner], hands_in=90, rest=0, hands_out=0)
    book(house, "14:00"), book(house, "15:50")

    assert reason_for(house, wait(house, service=long)) == "No free start is long enough for their visit"


def test_a_session_that_got_a_time_meanwhile_waits_no_longer(house):
    entry = wait(house)
    book(house, "10:00", session=entry.session)
    assert reason_for(house, entry) == "Has a time by now"

    tidy_up(now=at("12:01"))
    assert (fresh(entry).state, fresh(entry).closed_because) == (Waiting.CLOSED, "Has a time by now")


def test_an_offer_to_answer_first_is_a_reason_that_passes(house):
    offer, (_entry,) = an_offer(house)
    cancel(house, book(house, "16:00", now=at("12:01")), now=at("12:02"))
    tick(at("12:02"))

    waiting = FreedTime.objects.exclude(pk=offer.freed_id).get()
    assert waiting.state == Freed.OPEN
    assert [fit.skip for fit in fits_for(waiting, now=at("12:03"))] == [HAS_OFFER]


# An earlier time


def test_who_has_a_later_time_moves_to_the_offered_one(house):
    visit = book(house, "17:00")
    entry = wait(house, session=visit.session)
    assert entry.wants_earlier
    cancel(house, book(house))
    [offer] = tick()
    moved = accept(offer)

    assert (moved.pk, moved.start, moved.version) == (visit.pk, at("15:00"), 2)
    assert [freed.start for freed in FreedTime.objects.open()] == [at("17:00")]
    assert (Appointment.objects.filter(state=State.BOOKED).count(), overlaps()) == (1, 0)


def test_a_later_time_is_no_earlier_one(house):
    visit = book(house, "13:00")
    assert reason_for(house, wait(house, session=visit.session)) == "Has an earlier time already"


def test_a_session_waits_once_and_its_wishes_change(house):
    first = wait(house)
    again = wait(house, session=first.session, notice_hours=48)

    assert (again, fresh(first).notice_hours, WaitlistEntry.objects.count()) == (first, 48, 1)


# A first visit


def visitor(house, email="new@example.org", **more) -> Booking:
    """Somebody whose answers are screened, and who found no time that suits."""
    booking = start_booking(clinic=house.clinic, complaint="lower_back", now=MORNING)
    details = {
        "service": house.service,
        "first_name": "Wilma",
        "last_name": "Field",
        "date_of_birth": date(1980, 5, 6),
        "email": email,
        "consents": [["treatment", "I agree to be examined and treated."]],
    } | more
    Booking.objects.filter(pk=booking.pk).update(**details)
    intake = save_answers(intake=intake_of(booking.key), given=HEALTHY)
    screen_intake(intake=intake, techniques=technique_words(fresh(booking)), now=MORNING)
    return fresh(booking)


def test_a_visitor_who_waited_becomes_a_patient_by_taking_the_offer(house):
    entry = wait_for_first_visit(booking=visitor(house), wishes=AFTERNOONS, by="Visitor", now=MORNING)
    cancel(house, book(house))
    [offer] = tick()
    assert list(Message.objects.filter(about=offer.key).values_list("address", flat=True)) == ["new@example.org"]
    appointment = accept(offer)

    assert (appointment.patient.name, appointment.state, appointment.door) == ("Wilma Field", State.BOOKED, Door.WAITLIST)
    assert (fresh(entry).state, fresh(entry.booking).finished_at) == (Waiting.BOOKED, NOON)
    assert accept(offer) == appointment


def test_answers_are_kept_while_somebody_waits_and_forgotten_when_they_do_not(house):
    booking = visitor(house)
    entry = wait_for_first_visit(booking=booking, wishes=AFTERNOONS, by="Visitor", now=MORNING)
    tidy_up(now=MORNING + timedelta(days=10))
    assert Booking.objects.filter(pk=booking.pk).exists()

    tidy_up(now=MORNING + timedelta(days=40))
    assert fresh_or_none(entry) is None
    assert (Booking.objects.filter(pk=booking.pk).exists(), Intake.objects.filter(booking_key=booking.key).exists()) == (False, False)


def fresh_or_none(row):
    return type(row).objects.filter(pk=row.pk).first()


def test_a_booked_visit_needs_no_list(house):
    booking = visitor(house)
    Booking.objects.filter(pk=booking.pk).update(finished_at=NOON)
    with pytest.raises(CannotWait):
        wait_for_first_visit(booking=booking, wishes=AFTERNOONS, by="Visitor", now=MORNING)


# What the desk does


def test_the_desk_offers_a_time_to_whom_it_likes(house):
    offer, (first, second, third) = an_offer(house, 3)
    chosen = offer_to(freed=fresh(offer.freed), entry=third, by=house.desk, now=at("12:05"))

    assert [fresh(entry).state for entry in (first, second, third)] == [Waiting.WAITING, Waiting.WAITING, Waiting.OFFERED]
    assert (fresh(offer).answer, chosen.until) == (Answer.WITHDRAWN, at("12:35"))
    assert Message.objects.get(about=offer.key).state == "withdrawn"


def test_a_time_that_the_desk_can_not_offer_goes_on_down_the_list(house):
    offer, (_first, second) = an_offer(house, 2)
    late = wait(house, weekdays=("0",))
    with pytest.raises(Passed, match="Not one of their days"):
        offer_to(freed=fresh(offer.freed), entry=late, by=house.desk, now=at("12:05"))

    assert [each.entry for each in tick(at("12:05"))] == [second]


def test_a_time_left_open_is_offered_to_nobody_and_can_be_booked(house):
    offer, _ = an_offer(house, 2)
    leave_open(freed=fresh(offer.freed), by=house.desk, now=at("12:05"))

    assert (tick(at("12:06")), book(house, now=at("12:06")).state) == ([], State.BOOKED)
    with pytest.raises(OfferGone, match="take this offer back"):
        accept(offer, now=at("12:07"))


def test_who_is_told_of_an_offer_hears_that_it_is_taken_back(house):
    offer, _ = an_offer(house)
    Message.objects.filter(about=offer.key).update(state="sent")
    leave_open(freed=fresh(offer.freed), by=house.desk, now=at("12:05"))

    assert list(Message.objects.filter(about=offer.key).order_by("pk").values_list("kind", "state")) == [
        ("waitlist-offer", "sent"),
        ("waitlist-gone", "due"),
    ]


def test_taking_somebody_off_the_list_passes_their_offer_on(house):
    _offer, (first, second) = an_offer(house, 2)
    leave_waitlist(entry=first, because="Rang", by=house.desk, now=at("12:05"))

    assert ([each.entry for each in tick(at("12:05"))], fresh(first).state) == ([second], Waiting.CLOSED)


def test_every_deed_is_written_down(house):
    offer, _ = an_offer(house)
    accept(offer)

    verbs = list(AuditEntry.objects.filter(verb__startswith="waitlist.").order_by("pk").values_list("verb", flat=True))
    assert verbs == ["waitlist.join", "waitlist.offer", "waitlist.accepted"]
