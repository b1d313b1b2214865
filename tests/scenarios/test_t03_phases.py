"""T3. Any practitioner, scarce room and machine, phases."""

from datetime import date, timedelta

import pytest

from bookings.clashes import SlotTaken
from bookings.models import Appointment
from bookings.selectors import Openings, Wish
from bookings.services.absences import add_absence
from bookings.services.appointments import book_appointment
from intervals import Interval
from tests.bookings.cast import small_clinic
from tests.bookings.test_appointments import overlaps, race
from tests.factories import EquipmentFactory, PractitionerFactory, RoomFactory, ServiceFactory, at

pytestmark = pytest.mark.django_db(transaction=True)
NOW, DAY = at("08:00"), date(2026, 11, 26)


def make_house():
    """Two practitioners; one room for ultrasound, with its one device; two rooms for needles."""
    house = small_clinic(step_minutes=5)
    house.colleague = PractitionerFactory(clinic=house.clinic)
    house.people = [house.practitioner, house.colleague]
    [house.scan_room, *_] = house.rooms
    house.scan_room.features = ["ultrasound"]
    house.scan_room.save()
    house.device = EquipmentFactory(clinic=house.clinic, kind="ultrasound")
    house.scan = ServiceFactory(
        clinic=house.clinic,
        practitioners=house.people,
        prepare=5,
        hands_in=30,
        rest=0,
        hands_out=0,
        cleaning=10,
        room_feature="ultrasound",
        equipment_kind="ultrasound",
    )
    return house


def openings(house, service, **more):
    return Openings(Wish(service=service, first_day=DAY, last_day=DAY, now=NOW, **more))


def starts(house, service, **more):
    return {chosen.start for chosen in openings(house, service, **more).all()}


def test_two_want_the_one_room_at_nine_with_anybody():
    house = make_house()
    shown = [chosen for chosen in openings(house, house.scan).all() if chosen.start == at("09:00")]
    assert {chosen.practitioner for chosen in shown} == set(house.people)

    sessions = [house.session() for _ in shown]
    results = race(2, lambda number: book_appointment(session=sessions[number], slot=shown[number], by=house.desk, now=NOW))

    assert sorted(type(each).__name__ for each in results) == ["Appointment", "SlotTaken"]
    assert openings(house, house.scan).first().start == at("09:45")  # cleaned, and not a minute sooner
    assert overlaps() == 0


def test_only_the_room_is_taken_while_it_is_prepared_and_cleaned():
    house = make_house()
    visit = book_appointment(session=house.session(), slot=openings(house, house.scan).at(at("09:00")), by=house.desk, now=NOW)

    taken = {row.timeline_id: (row.during.lower, row.during.upper) for row in visit.occupancies.all()}
    assert taken == {
        visit.practitioner.timeline_id: (at("09:05"), at("09:35")),
        house.device.timeline_id: (at("09:05"), at("09:35")),
        house.scan_room.timeline_id: (at("09:00"), at("09:45")),
        visit.patient.timeline_id: (at("09:00"), at("09:35")),
    }
    assert (visit.start, visit.end) == (at("09:00"), at("09:35"))


def test_a_rest_begins_after_the_preparation():
    house = small_clinic(step_minutes=5, max_resting=1)
    house.service.prepare = 10
    house.service.save()
    book_appointment(session=house.session(), slot=house.slot(at("09:00")), by=house.desk, now=NOW)

    [visit] = Appointment.objects.all()
    tick = at("09:00").timestamp() // 300
    assert (visit.rest_start_tick - tick, visit.rest_end_tick - tick) == (5, 10)  # 10 alone and 15 hands-on, then 25 at rest


def test_while_needles_rest_the_practitioner_has_twenty_five_minutes_and_no_more():
    house = make_house()
    rooms = {"room_feature": "needles"}
    needles, short, longer = (
        ServiceFactory(clinic=house.clinic, practitioners=[house.practitioner], cleaning=0, **rooms, **parts)
        for parts in (
            {"hands_in": 10, "rest": 25, "hands_out": 5},
            {"hands_in": 25, "rest": 0, "hands_out": 0},
            {"hands_in": 30, "rest": 0, "hands_out": 0},
        )
    )
    house.rooms = [RoomFactory(clinic=house.clinic, features=["needles"], position=number) for number in (8, 9)]
    book_appointment(session=house.session(), slot=house.slot(at("11:00"), service=needles), by=house.desk, now=NOW)

    assert at("11:10") in starts(house, short) and at("11:10") not in starts(house, longer)
    [found] = [each for each in openings(house, short).all() if each.start == at("11:10")]
    assert found.room == house.rooms[1]
    book_appointment(session=house.session(), slot=found, by=house.desk, now=NOW)
    later = [each for each in openings(house, short).all() if each.start > at("10:35")]
    assert (overlaps(), later[0].start, later[0].room) == (0, at("11:40"), house.rooms[0])


def test_a_room_that_closes_after_the_page_was_shown_is_not_booked():
    house = make_house()
    [shown, *_] = [chosen for chosen in openings(house, house.scan).all() if chosen.start == at("12:30")]
    add_absence(
        clinic=house.clinic,
        timeline=house.scan_room.timeline,
        during=Interval(at("13:00"), at("14:00")),
        reason="Maintenance",
        by=house.desk,
        now=NOW,
    )

    with pytest.raises(SlotTaken):
        book_appointment(session=house.session(), slot=shown, by=house.desk, now=NOW)
    assert not Appointment.objects.exists()
    assert max(start for start in starts(house, house.scan) if start < at("13:00")) == at("13:00") - timedelta(minutes=45)
