from datetime import timedelta
from threading import Barrier, Thread

import pytest
from django.db import IntegrityError, connection, connections, transaction

from bookings.clashes import SlotTaken
from bookings.enums import CancelledBy, State
from bookings.models import Appointment, Occupancy
from bookings.services.appointments import NotToday, book_appointment, cancel_appointment, check_in, mark_dna, move_appointment
from bookings.services.states import StateChanged
from clinic.models import Absence, AuditEntry
from insurers.enums import CoverState
from insurers.models import Cover
from messaging.models import Message
from tests.bookings.cast import small_clinic
from tests.factories import at

NOW = at("08:00")

OVERLAPS = """
SELECT count(*) FROM bookings_occupancy a JOIN bookings_occupancy b
ON a.timeline_id = b.timeline_id AND a.id < b.id AND a.during && b.during
WHERE a.live AND b.live AND NOT a.yields AND NOT b.yields
"""


def overlaps() -> int:
    with connection.cursor() as cursor:
        cursor.execute(OVERLAPS)
        return cursor.fetchone()[0]


@pytest.fixture
def house(db):
    return small_clinic()


def book(house, clock="10:00", **more):
    return book_appointment(
        session=more.pop("session", None) or house.session(), slot=house.slot(at(clock), **more), by=house.desk, now=NOW
    )


def test_a_booking_takes_each_timeline_in_its_own_parts(house):
    appointment = book(house)

    taken = {(row.timeline_id, row.during.lower, row.during.upper) for row in Occupancy.objects.filter(appointment=appointment)}
    assert taken == {
        (house.practitioner.timeline_id, at("10:00"), at("10:15")),
        (house.practitioner.timeline_id, at("10:40"), at("10:45")),
        (house.rooms[0].timeline_id, at("10:00"), at("10:50")),
        (appointment.patient.timeline_id, at("10:00"), at("10:45")),
    }


@pytest.mark.parametrize("clock", ("09:30", "09:50", "10:00", "10:10"))
def test_a_busy_practitioner_is_refused_and_nothing_is_left(house, clock):
    taken = book(house)
    rows = [Message.objects.count(), AuditEntry.objects.count(), Cover.objects.count(), Occupancy.objects.count()]

    with pytest.raises(SlotTaken):
        book(house, clock, room=1)

    assert list(Appointment.objects.all()) == [taken]
    assert [Message.objects.count(), AuditEntry.objects.count(), Cover.objects.count(), Occupancy.objects.count()] == rows


def test_while_one_patient_rests_another_is_treated_next_door(house):
    book(house)
    second = book(house, "10:15", room=1)

    assert (second.start, overlaps()) == (at("10:15"), 0)


def test_the_room_is_free_again_only_after_cleaning(house):
    book(house)
    with pytest.raises(SlotTaken):
        book(house, "10:45")
    assert book(house, "10:50").state == State.BOOKED


def test_a_patient_is_never_in_two_places(house):
    other = small_clinic()
    first = book(house)
    session = other.session()
    session.course.patient = first.patient
    session.course.save()

    with pytest.raises(SlotTaken):
        book_appointment(session=session, slot=other.slot(at("10:20")), by=other.desk, now=NOW)


@pytest.mark.parametrize("clock", ("07:30", "08:55", "17:30", "18:00"))
def test_outside_working_hours_is_refused(house, clock):
    with pytest.raises(SlotTaken):
        book_appointment(session=house.session(), slot=house.slot(at(clock)), by=house.desk, now=at("06:00"))


def test_a_time_that_has_passed_is_refused(house):
    with pytest.raises(SlotTaken, match="passed"):
        book_appointment(session=house.session(), slot=house.slot(at("10:00")), by=house.desk, now=at("10:01"))


def test_leave_taken_after_the_page_was_shown_is_respected(house):
    shown = house.slot(at("10:00"))
    Absence.objects.create(clinic=house.clinic, timeline=house.practitioner.timeline, during=(at("09:00"), at("12:00")), reason="Ill")

    with pytest.raises(SlotTaken):
        book_appointment(session=house.session(), slot=shown, by=house.desk, now=NOW)


def test_an_overbook_needs_a_reason_and_keeps_its_time_from_others(house):
    book(house)
    extra = book_appointment(
        session=house.session(), slot=house.slot(at("10:10"), room=1), by=house.desk, now=NOW, overbook_reason="Came in pain"
    )

    assert set(extra.occupancies.values_list("yields", flat=True)) == {True}
    with pytest.raises(SlotTaken):
        book(house, "10:55", room=1)


def test_editing_a_service_changes_no_visit(house):
    appointment = book(house)
    house.service.hands_in, house.service.price = 45, 9900
    house.service.save()

    appointment.refresh_from_db()
    assert (appointment.minutes, appointment.price, appointment.end) == (45, 5800, at("10:45"))


def test_a_moved_visit_gives_back_its_old_time_and_tells_once(house):
    appointment = book(house)
    move_appointment(appointment=appointment, slot=house.slot(at("14:00")), by=house.desk, now=NOW)

    assert (appointment.start, appointment.version) == (at("14:00"), 2)
    assert book(house, "10:00").state == State.BOOKED
    assert list(Message.objects.filter(about=appointment.key, kind="appointment-moved").values_list("state", flat=True)) == ["due"]
    assert set(Message.objects.filter(about=appointment.key, version=1).values_list("state", flat=True)) == {"withdrawn"}


def test_a_visit_can_move_onto_part_of_its_own_time(house):
    appointment = book(house)
    move_appointment(appointment=appointment, slot=house.slot(at("10:10")), by=house.desk, now=NOW)

    assert (appointment.start, overlaps()) == (at("10:10"), 0)


def test_a_move_to_a_taken_time_leaves_the_visit_where_it_was(house):
    appointment, other = book(house), book(house, "14:00")
    with pytest.raises(SlotTaken):
        move_appointment(appointment=appointment, slot=house.slot(at("14:00"), room=1), by=house.desk, now=NOW)

    appointment.refresh_from_db()
    assert (appointment.start, appointment.version, other.start) == (at("10:00"), 1, at("14:00"))
    assert appointment.occupancies.count() == 4


def test_a_cancelled_visit_frees_its_time_and_says_whether_it_was_late(house):
    late, early = book(house), book(house, "14:00")
    cancel_appointment(appointment=late, by="Holder of the link", who=CancelledBy.PATIENT, because="Ill", now=at("09:00"))
    cancel_appointment(appointment=early, by="Holder of the link", who=CancelledBy.PATIENT, because="Ill", now=at("13:00", "2026-11-25"))

    assert (late.state, late.cancelled_late, early.cancelled_late) == (State.CANCELLED, True, False)
    assert not late.occupancies.exists()
    states = dict(Cover.objects.values_list("key", "state"))
    assert (states[late.key], states[early.key]) == (CoverState.CHARGED, CoverState.RELEASED)


def test_a_visit_cannot_be_cancelled_twice_or_after_the_patient_came(house):
    appointment = book(house)
    stale = Appointment.objects.get(pk=appointment.pk)
    check_in(appointment=appointment, by=house.desk, now=NOW)

    with pytest.raises(StateChanged):
        cancel_appointment(appointment=stale, by=house.desk, who=CancelledBy.CLINIC, because="", now=NOW)
    assert Appointment.objects.get().state == State.ARRIVED


@pytest.mark.parametrize("now", (at("09:50", "2026-11-25"), at("00:30", "2026-11-27")))
def test_nobody_arrives_on_another_day(house, now):
    appointment = book(house)
    with pytest.raises(NotToday):
        check_in(appointment=appointment, by=house.desk, now=now)


def test_who_did_not_come_hears_nothing_more_about_the_visit(house):
    appointment = book(house)
    mark_dna(appointment=appointment, by=house.desk, now=at("10:30"))

    assert set(Message.objects.filter(visit=appointment.key).values_list("state", flat=True)) == {"withdrawn"}


def test_the_constraint_itself_refuses_an_overlap(house):
    appointment = book(house)
    with pytest.raises(IntegrityError), transaction.atomic():
        Occupancy.objects.create(
            appointment=appointment, timeline=house.practitioner.timeline, during=(at("10:10"), at("10:20")), live=True
        )


def race(count, act):
    """Run `act(number)` in so many threads at one instant and return what each got, or the error it met."""
    barrier, results = Barrier(count), [None] * count

    def run(number):
        barrier.wait()
        try:
            results[number] = act(number)
        except Exception as error:
            results[number] = error
        finally:
            connections.close_all()

    threads = [Thread(target=run, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


@pytest.mark.django_db(transaction=True)
def test_fifty_bookings_of_one_time_give_one_winner():
    house = small_clinic()
    sessions = [house.session() for _ in range(50)]

    results = race(50, lambda number: book(house, session=sessions[number], room=number % 2))

    winners = [each for each in results if isinstance(each, Appointment)]
    assert len(winners) == 1
    assert {type(each) for each in results if each is not winners[0]} == {SlotTaken}
    assert overlaps() == 0


@pytest.mark.django_db(transaction=True)
def test_overlapping_bookings_and_moves_at_one_instant_never_overlap_or_deadlock():
    house = small_clinic()
    movers = [book(house, "15:00"), book(house, "16:00", room=1)]
    clocks = ["10:00", "10:05", "10:10", "10:15", "10:20", "10:40"]

    def act(number):
        clock = clocks[number % len(clocks)]
        if number < 2:
            return move_appointment(appointment=movers[number], slot=house.slot(at(clock), room=number), by=house.desk, now=NOW)
        return book(house, clock, session=sessions[number], room=number % 2)

    sessions = [house.session() for _ in range(24)]
    results = race(24, act)

    assert {type(each) for each in results} <= {Appointment, SlotTaken}
    assert overlaps() == 0
    assert Appointment.objects.count() == 2 + sum(isinstance(each, Appointment) for each in results[2:])


@pytest.mark.django_db(transaction=True)
def test_two_deeds_on_one_visit_at_one_instant_leave_one_standing():
    house = small_clinic()
    appointment = book(house)

    def act(number):
        mine = Appointment.objects.get(pk=appointment.pk)
        if number % 2:
            return cancel_appointment(appointment=mine, by=house.desk, who=CancelledBy.CLINIC, because="", now=NOW)
        return move_appointment(appointment=mine, slot=house.slot(at("14:00") + timedelta(minutes=10 * number)), by=house.desk, now=NOW)

    results = race(8, act)

    assert sum(isinstance(each, Appointment) and each.state == State.CANCELLED for each in results) <= 1
    assert {type(each) for each in results} <= {Appointment, StateChanged, SlotTaken}
    assert overlaps() == 0
