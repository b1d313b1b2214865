"""What the desk has just done, taken back: as it was, once, or refused in words with everything left as it is."""

from datetime import timedelta

import pytest

from bookings.clashes import SlotTaken
from bookings.enums import CancelledBy, Freed, State
from bookings.models import Appointment, FreedTime, Occupancy
from bookings.services.appointments import book_appointment, cancel_appointment, mark_dna, move_appointment
from bookings.services.occupying import BookedAlready
from bookings.services.states import StateChanged
from bookings.services.undoing import NotAsItWas, remember, undo
from bookings.services.waitlist import offer_freed_times
from clinic.models import AuditEntry, Task
from insurers.models import Cover
from messaging.models import Message
from messaging.services import deliver_next
from tests.bookings.cast import small_clinic
from tests.bookings.test_appointments import overlaps, race
from tests.bookings.test_course_online import first_of, reserved
from tests.bookings.test_courses import prescribed
from tests.bookings.test_waitlist import wait
from tests.factories import at

NOW, LATER = at("08:00"), at("08:01")


@pytest.fixture
def house(db):
    return small_clinic()


def book(house, clock="15:00", session=None, room=0):
    return book_appointment(session=session or house.session(), slot=house.slot(at(clock), room=room), by=house.desk, now=NOW)


def of_a_course(house):
    session = prescribed(house, booked=False).sessions.order_by("number")[2]
    return book(house, session=session)


def cancel(house, visit, now=NOW):
    before = remember(visit, now=now)
    cancel_appointment(appointment=visit, by=house.desk, who=CancelledBy.CLINIC, because="Mistyped", now=now)
    return before


def move(house, visit, clock="16:00", now=NOW):
    before = remember(visit, now=now)
    move_appointment(appointment=visit, slot=house.slot(at(clock), room=1), by=house.desk, now=now)
    return before


def back(house, visit, before, now=LATER):
    return undo(appointment=Appointment.objects.with_people().get(pk=visit.pk), before=before, by=house.desk, now=now)


def deliver(now=NOW):
    while deliver_next(now=now):
        pass


def due(visit):
    return sorted(Message.objects.filter(about=visit.key, state="due").values_list("kind", flat=True))


def taken(visit):
    rows = Occupancy.objects.filter(appointment=visit).order_by("timeline_id", "during")
    return [(row.timeline_id, row.during.lower, row.during.upper) for row in rows]


# A cancellation


def test_a_cancelled_visit_is_again_as_it_was(house):
    visit = of_a_course(house)
    stretches = taken(visit)
    deliver()
    before = cancel(house, visit)
    assert (taken(visit), Task.objects.open().count()) == ([], 1)

    again = back(house, visit, before)

    again.refresh_from_db()
    assert (again.pk, again.state, again.start, again.cancelled_because) == (visit.pk, State.BOOKED, at("15:00"), "")
    assert (taken(visit), overlaps()) == (stretches, 0)
    assert Cover.objects.get(key=visit.key).state == "self"
    assert not Task.objects.open().exists()
    assert FreedTime.objects.get().state == Freed.CLOSED
    assert AuditEntry.objects.filter(verb="appointment.undo", about=visit.key).count() == 1


def test_who_has_not_heard_of_the_cancellation_hears_of_nothing(house):
    visit = of_a_course(house)
    deliver()
    before = cancel(house, visit)
    assert due(visit) == ["appointment-cancelled"]

    back(house, visit, before)

    assert due(visit) == []  # it is today: too late for reminders
    assert Message.objects.get(kind="appointment-cancelled").state == "withdrawn"


def test_who_has_heard_of_it_hears_that_the_visit_stands(house):
    visit = of_a_course(house)
    before = cancel(house, visit)
    deliver()
    back(house, visit, before)
    assert due(visit) == ["appointment-booked"]


def test_who_never_heard_of_the_visit_hears_of_it(house):
    visit = of_a_course(house)
    back(house, visit, cancel(house, visit))
    assert due(visit) == ["appointment-booked"]


def test_a_time_that_somebody_took_meanwhile_is_refused_and_all_stays(house):
    visit = book(house)
    before = cancel(house, visit)
    other = book(house)
    with pytest.raises(SlotTaken, match="That time has just gone"):
        back(house, visit, before)

    visit.refresh_from_db()
    assert (visit.state, taken(visit), overlaps()) == (State.CANCELLED, [], 0)
    assert Appointment.objects.live().get() == other


def test_a_time_that_is_offered_to_the_waitlist_is_gone(house):
    wait(house)
    visit = book(house)
    before = cancel(house, visit)
    assert len(offer_freed_times(now=NOW)) == 1
    with pytest.raises(SlotTaken):
        back(house, visit, before)


def test_a_session_that_has_another_visit_by_now_keeps_that(house):
    visit = of_a_course(house)
    before = cancel(house, visit)
    book(house, "10:00", session=visit.session)
    with pytest.raises(BookedAlready):
        back(house, visit, before)


def test_it_is_taken_back_once_and_only_for_a_few_minutes(house):
    visit = book(house)
    before = cancel(house, visit)
    with pytest.raises(NotAsItWas, match="too long ago"):
        back(house, visit, before, now=NOW + timedelta(minutes=11))
    assert [back(house, visit, before).version for _ in range(2)] == [2, 2]
    assert AuditEntry.objects.filter(verb="appointment.undo").count() == 1


def test_a_task_that_was_there_before_stays(house):
    first = of_a_course(house)
    second = book(house, "10:00", session=first.session.course.sessions.order_by("number")[4])
    cancel(house, second)
    back(house, first, cancel(house, first))
    assert Task.objects.open().count() == 1


def test_nothing_is_offered_where_kept_dates_go_with_the_first_visit(house):
    assert remember(first_of(reserved(house)), now=NOW) is None


# A move


def test_a_moved_visit_goes_back_and_who_has_not_heard_hears_of_neither(house):
    visit = of_a_course(house)
    stretches = taken(visit)
    deliver()
    before = move(house, visit)
    assert due(visit) == ["appointment-moved"]

    again = back(house, visit, before)

    assert (again.start, again.room, taken(visit)) == (at("15:00"), house.rooms[0], stretches)
    assert due(visit) == []


def test_who_has_heard_of_the_move_hears_of_the_old_time(house):
    visit = of_a_course(house)
    deliver()
    before = move(house, visit)
    deliver()
    back(house, visit, before)
    assert due(visit) == ["appointment-moved"]


def test_an_old_time_that_is_gone_leaves_the_visit_where_it_was_moved_to(house):
    visit = book(house)
    before = move(house, visit)
    book(house)
    with pytest.raises(SlotTaken):
        back(house, visit, before)
    visit.refresh_from_db()
    assert (visit.start, visit.version) == (at("16:00"), 2)


def test_a_move_that_somebody_moved_on_is_not_undone(house):
    visit = book(house)
    before = move(house, visit)
    move(house, Appointment.objects.get(pk=visit.pk), "17:00")
    with pytest.raises(NotAsItWas):
        back(house, visit, before)


# Did not attend


def test_somebody_who_came_after_all_has_their_visit_again(house):
    visit = of_a_course(house)
    when = at("15:20")
    before = remember(visit, now=when)
    mark_dna(appointment=visit, by=house.desk, now=when)

    back(house, visit, before, now=at("15:21"))

    visit.refresh_from_db()
    assert (visit.state, len(taken(visit)), due(visit)) == (State.BOOKED, 4, [])
    assert not Task.objects.open().exists()


# With real commits


@pytest.mark.django_db(transaction=True)
def test_an_undo_and_a_booking_of_the_same_time_have_one_winner():
    house = small_clinic()
    for number in range(8):
        visit = book(house, f"{9 + number:02}:00")
        before = cancel(house, visit)
        session = house.session()
        deeds = [
            lambda visit=visit, before=before: back(house, visit, before),
            lambda visit=visit, before=before: back(house, visit, before),
            lambda number=number, session=session: book(house, f"{9 + number:02}:00", session=session),
        ]
        results = race(3, lambda which, deeds=deeds: deeds[which]())
        winners = {each.pk for each in results if isinstance(each, Appointment)}
        assert (len(winners), overlaps()) == (1, 0)
        assert {type(each) for each in results} <= {Appointment, SlotTaken, StateChanged, NotAsItWas, BookedAlready}
