"""T10. The practitioner is ill today, leaves for good, and is gone."""

from datetime import date, timedelta

import pytest
from django.db.models import ProtectedError
from django.test import Client

from bookings.enums import Answer, State
from bookings.messages import BEFOREHAND
from bookings.models import Appointment, Occupancy, Offer
from bookings.selectors import Openings, Wish
from bookings.services.appointments import book_appointment
from bookings.services.tidying import tidy_up
from bookings.services.waitlist import offer_freed_times
from bookings.worklist import items_at
from clinic.enums import Role
from clinic.models import Practitioner
from insurers.models import Cover
from messaging.models import Message
from messaging.services import deliver_next
from tests.bookings.cast import small_clinic
from tests.bookings.test_appointments import race
from tests.bookings.test_courses import prescribed
from tests.bookings.test_waitlist import an_offer, fresh, wait
from tests.factories import PractitionerFactory, UserFactory, at, slot
from tests.scenarios.people import at_the_desk, choose, making, text
from treatments.models import SessionRecord

pytestmark = pytest.mark.django_db(transaction=True)
NOW, LAST = at("08:00"), date(2026, 12, 1)
BEFORE, AFTER = "2026-11-30", "2026-12-02"


@pytest.fixture
def house(clock):
    """P, who signs in, and a colleague P2; an admin; everybody gives the same visit, which new patients can book."""
    clock.set(NOW)
    house = small_clinic(slug="bloomsbury", closed_on_holidays=False, step_minutes=30)
    house.service.first_visit = True
    house.service.save()
    house.practitioner.user = UserFactory(role=Role.PRACTITIONER, clinics=[house.clinic])
    house.practitioner.save()
    house.colleague = PractitionerFactory(
        clinic=house.clinic, name="Yuki Sato", user=UserFactory(role=Role.PRACTITIONER, clinics=[house.clinic])
    )
    house.service.practitioners.add(house.colleague)
    house.admin = UserFactory(role=Role.ADMIN, clinics=[house.clinic])
    return house


def signed_in(user):
    client = Client()
    client.force_login(user)
    return client


def book(house, clock="10:00", day="2026-11-26", *, who=None, session=None, room=0):
    visit = slot(at(clock, day), service=house.service, practitioner=who or house.practitioner, room=house.rooms[room])
    return book_appointment(session=session or house.session(), slot=visit, by=house.desk, now=NOW)


def say(house, how, leaves_on="", by=None):
    """What the admin's page sends."""
    client = signed_in(by or house.admin)
    return client.post(f"/clinic/people/{house.practitioner.key}/", {"how": how, "leaves_on": leaves_on}, follow=True)


def starts(house, day, **more):
    found = Openings(Wish(service=house.service, first_day=day, last_day=day, now=NOW, **more)).all()
    return {(each.practitioner, each.start) for each in found}


def kinds(visit):
    return sorted(Message.objects.filter(about=visit.key, state="due").values_list("kind", flat=True))


def deliver(now):
    while deliver_next(now=now):
        pass


# (a) ill today


def test_ill_today_closes_the_day_and_loses_nobody(house):
    visits = [book(house, clock) for clock in ("09:00", "10:00", "11:00", "13:00", "14:00", "16:00")]
    said = {"who": house.practitioner.key, "first_day": "2026-11-26", "first_hour": "09:00", "last_hour": "17:00", "reason": "Ill"}

    page = text(at_the_desk(house).post("/absences/", said, follow=True))

    assert "6 visits need a new time." in page
    assert [item.appointment for item in items_at(house.clinic, now=NOW)] == visits
    assert set(Appointment.objects.values_list("state", flat=True)) == {State.BOOKED}
    mine = {start for who, start in starts(house, date(2026, 11, 26)) if who == house.practitioner}
    assert {start for start in mine if start < at("17:00")} == set()


# (b) leaves on a day


def test_from_the_leaving_day_no_door_books_and_until_then_every_door_does(house):
    before, after = book(house, day=BEFORE), book(house, day=AFTER)

    page = text(say(house, "leaves", "2026-12-01"))

    assert f"{house.practitioner.name} leaves on Tue 1 Dec 2026. 1 visit needs a new time." in page
    assert [item.appointment for item in items_at(house.clinic, now=NOW)] == [after]
    assert (fresh(before).state, fresh(after).state) == (State.BOOKED, State.BOOKED)
    for number, day in enumerate((BEFORE, AFTER)):
        client, _ = making(house, number, service=house.service, now=NOW)
        online = choose(client, house, at("14:00", day)).status_code
        anybody = {who for who, _ in starts(house, date.fromisoformat(day))}
        assert (online, anybody) == ((302, {house.practitioner, house.colleague}), (409, {house.colleague}))[number]


def test_offers_and_holds_after_the_leaving_day_end_with_one_message_each(house):
    offer, (entry,) = an_offer(house)
    client, _ = making(house, 1, service=house.service, now=NOW)
    assert choose(client, house, at("16:00")).status_code == 302
    deliver(at("12:01"))

    say(house, "has-left")

    assert fresh(offer).answer == Answer.WITHDRAWN
    assert not Occupancy.objects.filter(until__isnull=False).exists()
    assert not Appointment.objects.filter(state=State.HELD).exists()
    gone = Message.objects.filter(kind="waitlist-gone", about=offer.key)
    assert [message.recipient for message in gone] == [entry.patient.key]
    wait(house, minute=3)
    assert offer_freed_times(now=at("12:30")) == [] and Offer.objects.count() == 1


def test_reminders_of_who_has_nobody_wait_and_each_patient_hears_once(house):
    visits = [book(house, clock, AFTER) for clock in ("10:00", "11:00")]
    deliver(NOW)
    say(house, "leaves", "2026-12-01")
    say(house, "leaves", "2026-11-30")

    assert [kinds(visit) for visit in visits] == [["visit-needs-new-time"], ["visit-needs-new-time"]]
    for moment in (NOW + timedelta(hours=3), at("10:00", "2026-12-01"), at("09:00", AFTER)):
        tidy_up(now=moment)
        deliver(moment)
    told = Message.objects.filter(kind="visit-needs-new-time", state="sent", channel="mail")
    assert sorted(told.values_list("about", flat=True)) == sorted(visit.key for visit in visits)
    assert not Message.objects.filter(kind__in=BEFOREHAND, state="sent").exists()


# (c) reassigned


def test_a_visit_that_a_colleague_takes_is_the_same_visit_and_a_conflict_is_not_forced(house):
    course = prescribed(house, booked=False)
    session = course.sessions.order_by("number")[3]
    visit, busy = book(house, "10:00", AFTER, session=session), book(house, "10:00", AFTER, room=1, who=house.colleague)
    hidden = book(house, "11:00", AFTER)
    cover = Cover.objects.get(key=visit.key)
    say(house, "leaves", "2026-12-01")

    rows = {item.appointment: item for item in items_at(house.clinic, now=NOW)}
    assert set(rows) == {visit, hidden}
    desk = at_the_desk(house)
    forced = desk.post(f"/worklist/{visit.key}/move/", {"time": f"20261202T1000Z-{house.colleague.key}"}, follow=True)
    assert "These are the times that are free now." in text(forced)
    assert fresh(visit).practitioner == house.practitioner
    desk.post(f"/worklist/{visit.key}/move/", {"time": f"20261202T1300Z-{house.colleague.key}"})

    moved = fresh(visit)
    assert (moved.pk, moved.practitioner, moved.start, moved.session) == (visit.pk, house.colleague, at("13:00", AFTER), session)
    kept = Cover.objects.get(key=visit.key)
    assert (kept.pk, kept.state, kept.authorisation) == (cover.pk, cover.state, cover.authorisation)
    assert kinds(moved) == ["appointment-moved", "reminder-mail", "reminder-sms"]
    assert fresh(busy).start == at("10:00", AFTER)


# (d) gone


def test_who_has_left_can_do_nothing_more_and_their_records_stay(house):
    course = prescribed(house, booked=False)
    session = course.sessions.order_by("number")[0]
    about = {"practitioner": house.practitioner, "signed_by": house.practitioner.user}
    SessionRecord.objects.create(session=session, started_at=NOW, saved_at=NOW, signed_at=NOW, **about)
    working = signed_in(house.practitioner.user)
    assert working.get("/today/").status_code == 200

    page = text(say(house, "has-left"))

    assert f"{house.practitioner.name} left on Thu 26 Nov 2026. No visit is in the way." in page
    turned_away = working.get("/today/")
    assert (turned_away.status_code, turned_away["Location"].split("?")[0]) == (302, "/account/login/")
    with pytest.raises(ProtectedError):
        fresh(house.practitioner).delete()
    shown = text(signed_in(house.colleague.user).get(f"/sessions/{session.key}/record/"))
    assert f"by {house.practitioner.user}, Thu 26 Nov 2026" in shown


def test_on_the_leaving_day_the_house_closes_their_sign_in_by_itself(house):
    say(house, "leaves", "2026-12-01")
    tidy_up(now=at("23:59", BEFORE))
    assert (fresh(house.practitioner).active, fresh(house.practitioner.user).is_active) == (True, True)

    tidy_up(now=at("00:00", "2026-12-01"))

    assert (fresh(house.practitioner).active, fresh(house.practitioner.user).is_active) == (False, False)
    assert list(Practitioner.objects.working()) == [house.colleague]


def test_an_admin_who_stops_treating_goes_on_being_an_admin(house):
    owner = house.practitioner.user
    owner.role = Role.ADMIN
    owner.save()
    say(house, "has-left", by=owner)
    assert (fresh(house.practitioner).active, fresh(owner).is_active) == (False, True)


def test_who_stays_after_all_treats_and_signs_in_again(house):
    visit = book(house, day=AFTER)
    say(house, "has-left")
    assert [item.because for item in items_at(house.clinic, now=NOW)] == [f"{house.practitioner.short_name} has left"]

    page = text(say(house, "stays"))

    assert f"{house.practitioner.name} stays. No visit is in the way." in page
    person = fresh(house.practitioner)
    assert (person.active, person.leaves_on, fresh(person.user).is_active) == (True, None, True)
    assert "reminder-mail" in kinds(visit)


# (e) in the same instant


def test_a_booking_in_the_same_instant_is_refused_or_on_the_worklist(house):
    for number in range(8):
        client, _ = making(house, number, service=house.service, now=NOW)
        desk_session = house.session()
        deeds = [
            lambda client=client: choose(client, house, at("14:00", AFTER)).status_code,
            lambda session=desk_session: book(house, "10:00", AFTER, session=session),
            lambda: say(house, "leaves", "2026-12-01").status_code,
        ]
        online, desk, said = race(3, lambda which, deeds=deeds: deeds[which]())

        assert (said, online in (302, 409)) == (200, True)
        listed = {item.appointment for item in items_at(house.clinic, now=NOW)}
        assert listed == ({desk} if isinstance(desk, Appointment) else set())
        assert not Appointment.objects.filter(state=State.HELD).exists()
        say(house, "stays")
        Appointment.objects.all().delete()
