from datetime import UTC, date, datetime, time, timedelta

import pytest

from bookings.clashes import SlotTaken
from bookings.enums import Answer, State, Waiting
from bookings.models import Appointment, Occupancy, Offer
from bookings.selectors import slots
from bookings.services.absences import add_absence, place_for, rebook, rebook_all, remove_absence
from bookings.services.appointments import book_appointment, check_in, move_appointment
from bookings.services.leaving import set_leaving_day
from bookings.services.online import HoldGone, finish_booking
from bookings.services.waitlist import OfferGone, offer_freed_times
from bookings.worklist import items_at, worklist
from clinic.models import Absence, AuditEntry, Task
from insurers.models import Cover
from intervals import Interval, local_day
from messaging.models import Message
from messaging.services import deliver_next
from tests.bookings.cast import small_clinic
from tests.bookings.test_appointments import overlaps, race
from tests.bookings.test_online import hold, visitor
from tests.bookings.test_waitlist import accept, an_offer, fresh, wait
from tests.factories import PractitionerFactory, RoomFactory, at, slot

NOW = at("08:00")
TOMORROW = "2026-11-27"
DAY = Interval(at("09:00"), at("17:00"))


@pytest.fixture
def house(db):
    return small_clinic()


@pytest.fixture
def colleague(house):
    return join(house)


def join(house):
    """Somebody else who gives the same service."""
    person = PractitionerFactory(clinic=house.clinic, name="Yuki Sato")
    house.service.practitioners.add(person)
    return person


def book(house, clock="10:00", day="2026-11-26", room=0, now=NOW, **more):
    visit = slot(at(clock, day), service=house.service, practitioner=more.get("who", house.practitioner), room=house.rooms[room])
    return book_appointment(session=more.get("session") or house.session(), slot=visit, by=house.desk, now=now)


def sick(house, during=DAY, now=NOW, timeline=None):
    return add_absence(
        clinic=house.clinic, timeline=timeline or house.practitioner.timeline, during=during, reason="Ill", by=house.desk, now=now
    )


def kinds(visit, state="due"):
    return sorted(Message.objects.filter(about=visit.key, state=state).values_list("kind", flat=True))


def values_of(items):
    return {item.appointment.key: item.proposed.slot.value for item in items if item.proposed}


SIX = ("09:00", "10:00", "11:00", "13:00", "14:00", "16:00")


# Being away


def test_six_visits_are_hit_all_are_on_the_worklist_and_none_is_gone(house):
    visits = [book(house, clock) for clock in SIX]
    kept = book(house, "17:10")
    sick(house)

    items = items_at(house.clinic, now=NOW)
    assert [item.appointment for item in items] == visits
    assert {item.because for item in items} == {f"{house.practitioner.short_name} is away: Ill"}
    assert Appointment.objects.filter(state=State.BOOKED).count() == 7
    assert (fresh(kept).start, Occupancy.objects.count()) == (at("17:10"), 28)
    assert Task.objects.get().kind == "find new times"


def test_nothing_can_be_booked_while_somebody_is_away(house):
    sick(house)

    with pytest.raises(SlotTaken):
        book(house)
    free = slots(service=house.service, first_day=date(2026, 11, 26), last_day=date(2026, 11, 26), now=NOW)
    assert {each.start >= at("17:00") for each in free} == {True}


@pytest.mark.parametrize(
    ("zone", "day", "hours"),
    (
        ("Pacific/Auckland", date(2026, 11, 17), ("2026-11-16T11:00", "2026-11-17T11:00")),
        ("Europe/London", date(2026, 10, 25), ("2026-10-24T23:00", "2026-10-26T00:00")),
        ("Australia/Lord_Howe", date(2026, 10, 4), ("2026-10-03T13:30", "2026-10-04T13:00")),
    ),
)
def test_a_day_away_is_the_clinics_own_day(db, zone, day, hours):
    """Leave on all of a day closes it from its first to its last instant on the clinic's clocks, and nothing beside it."""
    house = small_clinic(zone=zone, closed_on_holidays=False)
    for row in (house.practitioner, *house.rooms):
        row.timeline.hours.update(starts=time(0), ends=time(0))
    now = datetime(2026, 9, 20, tzinfo=UTC)
    whole = local_day(house.clinic.tz, day)
    week = {"service": house.service, "first_day": day - timedelta(days=3), "last_day": day + timedelta(days=3), "now": now}
    before = [each.start for each in slots(**week)]
    sick(house, whole, now=now)
    after = [each.start for each in slots(**week)]

    opens, closes = (datetime.fromisoformat(f"{hour}+00:00") for hour in hours)
    assert (whole.start, whole.end) == (opens, closes)
    assert [start for start in after if opens <= start < closes] == []
    reaches_in = opens - timedelta(minutes=45)
    assert after == [start for start in before if start <= reaches_in or start >= closes]


def test_the_whole_clinic_can_be_closed(house, colleague):
    visits = [book(house), book(house, "11:00", room=1, who=colleague)]
    add_absence(clinic=house.clinic, timeline=None, during=DAY, reason="No water", by=house.desk, now=NOW)

    items = items_at(house.clinic, now=NOW)
    assert [(item.appointment, item.because) for item in items] == [(visit, "The clinic is closed: No water") for visit in visits]


def test_a_room_can_be_closed_and_the_visit_only_changes_rooms(house):
    visit = book(house)
    sick(house, timeline=house.rooms[0].timeline)
    [item] = worklist(house.clinic, now=NOW)

    assert (item.because, item.proposed.slot.start, item.proposed.slot.room) == (
        f"{house.rooms[0].name} is away: Ill",
        visit.start,
        house.rooms[1],
    )


def test_who_has_arrived_or_been_cancelled_is_not_on_the_worklist(house):
    arrived = book(house, "09:00")
    check_in(appointment=arrived, by=house.desk, now=NOW)
    sick(house)

    assert items_at(house.clinic, now=NOW) == []


def test_a_hold_and_an_offer_in_an_absence_end_with_a_word(house):
    offer, (entry,) = an_offer(house)
    Message.objects.filter(about=offer.key).update(state="sent")
    booking = visitor(house)
    hold(house, booking, "13:00", now=at("12:00"))
    sick(house, now=at("12:05"))

    assert (fresh(offer).answer, fresh(entry).state) == (Answer.WITHDRAWN, Waiting.WAITING)
    assert not Appointment.objects.filter(state=State.HELD).exists()
    assert Message.objects.filter(about=offer.key, kind="waitlist-gone").count() == 1
    with pytest.raises(OfferGone):
        accept(offer, now=at("12:06"))
    with pytest.raises(HoldGone):
        finish_booking(booking=booking, now=at("12:06"))
    assert offer_freed_times(now=at("12:06")) == []


# Patients hear once


def test_reminders_wait_and_the_patient_hears_only_of_the_new_time(house, colleague):
    visit = book(house, "10:00", "2026-11-30")
    sick(house, Interval(at("09:00", "2026-11-30"), at("17:00", "2026-11-30")))
    assert kinds(visit) == ["appointment-booked", "visit-needs-new-time"]

    [item] = worklist(house.clinic, now=NOW)
    rebook(appointment=item.appointment, slot=item.proposed.slot, by=house.desk, now=NOW)

    assert kinds(visit) == ["appointment-moved", "reminder-mail", "reminder-sms", "visit-preparation"]
    assert not Task.objects.open().exists()


def test_without_a_new_time_in_two_hours_the_patient_is_asked_to_choose_one(house, mailoutbox):
    visit = book(house, "10:00", "2026-11-30")
    Message.objects.all().delete()
    sick(house, Interval(at("09:00", "2026-11-30"), at("17:00", "2026-11-30")))
    sick(house, Interval(at("08:00", "2026-11-30"), at("17:00", "2026-11-30")))

    assert not deliver_next(now=NOW + timedelta(minutes=119))
    assert deliver_next(now=NOW + timedelta(hours=2))
    assert not deliver_next(now=NOW + timedelta(hours=3))
    [mail] = mailoutbox
    assert mail.subject == "Your visit on Mon 30 Nov 2026, 10:00 needs a new time"
    assert "/visit/" in mail.body
    assert Message.objects.get(about=visit.key).state == "sent"


def test_who_comes_soon_is_told_sooner(house):
    visit = book(house, "10:00")
    sick(house)
    assert Message.objects.get(about=visit.key, kind="visit-needs-new-time").due_at == NOW + timedelta(minutes=15)


def test_somebody_who_is_there_after_all_keeps_their_visits_and_frees_the_rest(house):
    visit = book(house, "10:00", "2026-11-30")
    entry = wait(house, notice_hours=0)
    absence = sick(house, Interval(at("09:00", "2026-11-30"), at("17:00", "2026-11-30")))
    remove_absence(absence=absence, by=house.desk, now=NOW)

    assert (items_at(house.clinic, now=NOW), fresh(visit).start) == ([], at("10:00", "2026-11-30"))
    assert kinds(visit) == ["appointment-booked", "reminder-mail", "reminder-sms", "visit-preparation"]
    [offer] = offer_freed_times(now=NOW)
    assert (offer.entry, offer.start) == (entry, at("13:00", "2026-11-30"))
    assert AuditEntry.objects.filter(verb="absence.remove").count() == 1


def test_what_an_offer_leaves_of_a_long_day_goes_to_others(house):
    entries = [wait(house, minute=number, notice_hours=0, earliest=None) for number in range(3)]
    absence = sick(house, Interval(at("09:00", TOMORROW), at("11:00", TOMORROW)))
    remove_absence(absence=absence, by=house.desk, now=NOW)
    for _ in range(3):
        offer_freed_times(now=NOW)

    offers = Offer.objects.open().order_by("made_at", "pk")
    assert [offer.entry for offer in offers] == entries
    assert [offer.start for offer in offers] == [at(clock, TOMORROW) for clock in ("09:00", "09:50", "10:40")]


def test_an_absence_that_another_covers_frees_nothing(house):
    book(house, "10:00", TOMORROW)
    whole = Interval(at("09:00", TOMORROW), at("17:00", TOMORROW))
    first, _ = sick(house, whole), sick(house, whole)
    remove_absence(absence=first, by=house.desk, now=NOW)

    assert len(items_at(house.clinic, now=NOW)) == 1


# Proposals


def test_the_same_time_with_a_colleague_and_the_nearest_time_with_the_same_person(house, colleague):
    book(house, "10:00")
    sick(house)
    [item] = worklist(house.clinic, now=NOW)

    assert (item.proposed.words, item.proposed.slot.start) == ("Same time, a colleague", at("10:00"))
    nearest = next(each.slot for each in item.proposals if each.words == "Same person, same day")
    assert nearest.start == at("17:00")
    assert (len(item.shown), item.shown[0]) == (3, item.proposed)


def test_two_visits_at_once_that_one_colleague_can_take_are_arranged_together(house, colleague):
    """The second can't be seen at its own time by the same colleague: its hands are taken."""
    RoomFactory(clinic=house.clinic)
    first, second = book(house, "10:00"), book(house, "10:15", room=1)
    book(house, "10:40", room=1, who=colleague, day=TOMORROW)
    sick(house)
    items = worklist(house.clinic, now=NOW)
    moved, failed = rebook_all(clinic=house.clinic, values=values_of(items), by=house.desk, now=NOW)

    assert (sorted(visit.pk for visit in moved), failed) == ([first.pk, second.pk], {})
    assert [visit.start for visit in sorted(moved, key=lambda each: each.pk)] == [at("10:00"), at("10:15")]
    assert ({visit.practitioner for visit in moved}, overlaps()) == ({colleague}, 0)


def test_a_whole_sick_day_is_moved_with_one_button(house, colleague):
    visits = [book(house, clock) for clock in SIX]
    book(house, "10:00", room=1, who=colleague)
    sick(house)
    items = worklist(house.clinic, now=NOW)
    moved, failed = rebook_all(clinic=house.clinic, values=values_of(items), by=house.desk, now=NOW)

    assert (len(moved), failed, items_at(house.clinic, now=NOW), overlaps()) == (6, {}, [], 0)
    assert [fresh(visit).start for visit in visits] == [at(clock) for clock in ("09:00", "11:20", "11:00", "13:00", "14:00", "17:00")]
    assert [fresh(visit).practitioner for visit in visits] == [colleague] * 5 + [house.practitioner]
    assert {len(kinds(visit)) for visit in visits} <= {1, 2, 3}
    assert Message.objects.filter(kind="appointment-moved").count() == 6


def test_reassigned_visits_keep_who_they_are_and_conflicts_are_listed_not_forced(house, colleague):
    visits = [book(house, clock) for clock in ("10:00", "11:00")]
    before = [(visit.key, visit.session_id, Cover.objects.get(key=visit.key).pk) for visit in visits]
    sick(house)
    values = values_of(worklist(house.clinic, now=NOW))
    book(house, "11:00", room=1, who=colleague)
    moved, failed = rebook_all(clinic=house.clinic, values=values, by=house.desk, now=NOW)

    assert (moved, failed) == ([visits[0]], {visits[1].key: "Its time has just gone."})
    after = [(visit.key, visit.session_id, Cover.objects.get(key=visit.key).pk) for visit in map(fresh, visits)]
    assert after == before
    assert [item.appointment for item in items_at(house.clinic, now=NOW)] == [visits[1]]


def test_one_click_moves_one_visit(house, colleague):
    visit = book(house)
    sick(house)
    [item] = worklist(house.clinic, now=NOW)
    found, place = place_for(clinic=house.clinic, key=visit.key, value=item.shown[1].slot.value, now=NOW)
    rebook(appointment=found, slot=place, by=house.desk, now=NOW)

    assert fresh(visit).start == item.shown[1].slot.start
    with pytest.raises(LookupError):
        place_for(clinic=house.clinic, key=visit.key, value=item.shown[1].slot.value, now=NOW)


def test_with_nobody_to_take_it_a_visit_waits_without_a_proposal(house):
    visit = book(house)
    add_absence(
        clinic=house.clinic,
        timeline=None,
        during=Interval(at("00:00"), at("00:00") + timedelta(days=60)),
        reason="Flood",
        by=house.desk,
        now=NOW,
    )
    [item] = worklist(house.clinic, now=NOW)

    assert (item.appointment, item.proposed, item.proposals) == (visit, None, ())


def test_a_patient_with_another_visit_then_is_not_sent_to_two_places(house, colleague):
    visit = book(house)
    other = small_clinic()
    second = other.session()
    second.course.patient = visit.patient
    second.course.save()
    book_appointment(session=second, slot=other.slot(at("17:10")), by=other.desk, now=NOW)
    sick(house)
    [item] = worklist(house.clinic, now=NOW)

    own = [each.slot for each in item.proposals if each.words == "Same person, same day"]
    assert own == []


def test_the_worklist_asks_a_fixed_number_of_questions(house, colleague, django_assert_max_num_queries):
    for clock in SIX[:2]:
        book(house, clock)
    sick(house)
    with django_assert_max_num_queries(16):
        worklist(house.clinic, now=NOW)
    for clock in SIX[2:]:
        book(house, clock, now=NOW, who=colleague)
    sick(house, timeline=colleague.timeline)
    with django_assert_max_num_queries(16):
        assert len(worklist(house.clinic, now=NOW)) == 6


# Leaving


LAST = date(2026, 12, 1)


def leave(house, on=LAST, now=NOW):
    set_leaving_day(practitioner=house.practitioner, leaves_on=on, by=house.desk, now=now)


def test_who_leaves_can_be_booked_until_then_and_not_after(house):
    before, after = book(house, "10:00", "2026-11-30"), book(house, "10:00", "2026-12-02")
    leave(house)

    items = items_at(house.clinic, now=NOW)
    assert [(item.appointment, item.because) for item in items] == [(after, f"{house.practitioner.short_name} leaves on Tue 1 Dec 2026")]
    assert fresh(before).state == State.BOOKED
    assert book(house, "11:00", "2026-11-30").state == State.BOOKED
    with pytest.raises(SlotTaken):
        book(house, "11:00", "2026-12-01")


def test_an_offer_after_somebody_leaves_is_taken_back(house):
    offer, (entry,) = an_offer(house)
    leave(house, on=date(2026, 11, 26), now=at("12:05"))

    assert (fresh(offer).answer, fresh(entry).state) == (Answer.WITHDRAWN, Waiting.WAITING)
    assert offer_freed_times(now=at("12:06")) == []


def test_who_stays_after_all_keeps_their_visits(house):
    visit = book(house, "10:00", "2026-12-02")
    leave(house)
    assert kinds(visit) == ["appointment-booked", "visit-needs-new-time"]
    leave(house, on=None)

    assert items_at(house.clinic, now=NOW) == []
    assert kinds(visit) == ["appointment-booked", "reminder-mail", "reminder-sms", "visit-preparation"]


# Races, with real commits


@pytest.mark.django_db(transaction=True)
def test_a_booking_at_the_instant_somebody_leaves_is_refused_or_on_the_worklist():
    house = small_clinic()
    for _ in range(10):
        session = house.session()
        deeds = [lambda session=session: book(house, "10:00", "2026-12-02", session=session), lambda: leave(house)]
        results = race(2, lambda which, deeds=deeds: deeds[which]())

        listed = [item.appointment for item in items_at(house.clinic, now=NOW)]
        if isinstance(results[0], Appointment):
            assert listed == [results[0]]
        else:
            assert (type(results[0]), listed) == (SlotTaken, [])
        assert results[1] is None
        leave(house, on=None)
        Appointment.objects.filter(session=session).delete()


@pytest.mark.django_db(transaction=True)
def test_bookings_moves_and_an_absence_at_one_instant_leave_nothing_silently_kept():
    house = small_clinic()
    movers = [book(house, "10:00", TOMORROW), book(house, "11:00", TOMORROW)]
    sessions = [house.session() for _ in range(6)]
    clocks = ["10:00", "11:00", "12:00", "13:00", "14:00", "15:00"]

    def act(number):
        if number == 0:
            return sick(house)
        if number < 3:
            mine = movers[number - 1]
            return move_appointment(appointment=mine, slot=house.slot(at(clocks[number]), room=1), by=house.desk, now=NOW)
        return book(house, clocks[number - 3], session=sessions[number - 3])

    results = race(9, act)

    assert isinstance(results[0], Absence)
    assert {type(each) for each in results[1:]} <= {Appointment, SlotTaken}
    today = Appointment.objects.filter(state=State.BOOKED, during__startswith__lt=at("18:00"))
    assert {item.appointment for item in items_at(house.clinic, now=NOW)} == set(today)
    assert overlaps() == 0


@pytest.mark.django_db(transaction=True)
def test_an_offer_taken_at_the_instant_of_an_absence_is_gone_or_on_the_worklist():
    house = small_clinic()
    offer, _ = an_offer(house)

    taken, absence = race(2, lambda which: sick(house, now=at("12:05")) if which else accept(offer, now=at("12:05")))

    listed = [item.appointment for item in items_at(house.clinic, now=at("12:05"))]
    assert isinstance(absence, Absence)
    assert (type(taken), listed) in ((OfferGone, []), (SlotTaken, [])) or listed == [taken]
    assert not Appointment.objects.filter(state=State.HELD).exists()


@pytest.mark.django_db(transaction=True)
def test_two_receptionists_who_accept_all_at_once_move_each_visit_once():
    house = small_clinic()
    join(house)
    for clock in SIX[:4]:
        book(house, clock)
    sick(house)
    values = values_of(worklist(house.clinic, now=NOW))

    race(2, lambda _: rebook_all(clinic=house.clinic, values=values, by=house.desk, now=NOW))

    assert items_at(house.clinic, now=NOW) == []
    assert set(Appointment.objects.values_list("version", flat=True)) == {2}
    assert (Message.objects.filter(kind="appointment-moved").count(), overlaps()) == (4, 0)
