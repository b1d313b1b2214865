"""T9. Last approved unit, last day."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import connection

from bookings.enums import CancelledBy, State
from bookings.models import Appointment
from bookings.services.appointments import book_appointment, cancel_appointment, mark_dna, move_appointment
from bookings.services.covering import NotCovered
from bookings.services.visits import finish_visit
from insurers.enums import Beyond, CoverState, Missed, Payer
from insurers.models import Authorisation, Cover, CoverRules, Funding
from insurers.selectors import cover_news, covers_of, sessions_left
from insurers.services import consume_cover, record_authorisation, reserve_cover
from tests.bookings.cast import small_clinic
from tests.factories import NOON, AppointmentFactory
from tests.insurers.builders import a_patient, a_user, an_insured_course
from tests.treatments.cast import draft, open_case, prescribe
from treatments.models import SessionRecord
from treatments.services.records import AlreadySigned, amend_record, save_draft, start_record

NEW_YORK = ZoneInfo("America/New_York")
NOW = datetime(2026, 12, 1, 14, tzinfo=UTC)
LAST_DAY = date(2026, 12, 31)
RESERVED, AWAITING, SELF_PAY, CONSUMED, RELEASED, CHARGED = (
    CoverState.RESERVED,
    CoverState.AWAITING,
    CoverState.SELF_PAY,
    CoverState.CONSUMED,
    CoverState.RELEASED,
    CoverState.CHARGED,
)

pytestmark = pytest.mark.django_db(transaction=True)


def local(day, clock):
    return datetime.fromisoformat(f"{day}T{clock}").replace(tzinfo=NEW_YORK)


@pytest.fixture
def house():
    """A course of ten in New York; six approved until the last of December; five used, none reserved; open late."""
    house = small_clinic(zone="America/New_York", horizon_days=365, closed_on_holidays=False)
    for timeline in (house.practitioner.timeline, *(room.timeline for room in house.rooms)):
        timeline.hours.update(starts="08:00", ends="22:00")
    house.course = an_insured_course(patient=a_patient(house.clinic))
    house.approval = approve(house, "PRE-1", 6, last_day=LAST_DAY)
    for number in range(1, 6):
        key = f"past-{number}"
        reserve_cover(session=house.course.sessions.get(number=number), on=date(2026, 11, number), key=key)
        consume_cover(key=key)
    return house


def approve(house, code, units, **days):
    said = {"first_day": None, "last_day": None} | days
    return record_authorisation(policy=house.course.funding.policy, code=code, units=units, by=a_user(), now=NOW, **said)


def book(house, number, start, room=0):
    session = house.course.sessions.get(number=number)
    return book_appointment(session=session, slot=house.slot(start, room=room), by=house.desk, now=NOW)


def cover(visit):
    return Cover.objects.get(key=visit.key)


def state(visit):
    return cover(visit).state


def rule(house, **answers):
    CoverRules.objects.update_or_create(clinic=house.clinic, defaults=answers)


def together(*deeds):
    """What each gets, or the refusal it met."""

    def alone(deed):
        try:
            return deed()
        except NotCovered as refused:
            return refused
        finally:
            connection.close()

    with ThreadPoolExecutor(len(deeds)) as pool:
        return [done.result() for done in [pool.submit(alone, deed) for deed in deeds]]


@pytest.mark.parametrize("beyond", [Beyond.WARN, Beyond.BLOCK, Beyond.SELF_PAY])
def test_two_receptionists_and_one_unit(house, beyond):
    rule(house, beyond=beyond)

    results = together(
        lambda: book(house, 6, local("2026-12-10", "10:00")),
        lambda: book(house, 7, local("2026-12-10", "14:00"), room=1),
    )

    booked = [each for each in results if isinstance(each, Appointment)]
    refused = [str(each) for each in results if isinstance(each, NotCovered)]
    first, *second = sorted(state(visit) for visit in booked)
    if beyond == Beyond.BLOCK:
        assert (first, second) == (RESERVED, [])
        assert refused == ["Bupa has approved no session for Thu 10 Dec 2026: ask it for more, or agree that the patient pays."]
    else:
        assert {first, *second} == {RESERVED, SELF_PAY if beyond == Beyond.SELF_PAY else AWAITING}
        assert refused == []
    row = Authorisation.objects.with_use().get()
    assert (row.consumed, row.reserved, row.units) == (5, 1, 6)


def test_the_last_evening_is_covered_and_the_next_morning_is_not(house):
    approve(house, "PRE-1", 8, last_day=LAST_DAY)
    start = local("2026-12-31", "19:30")
    assert start.astimezone(UTC) == datetime(2027, 1, 1, 0, 30, tzinfo=UTC)

    assert state(book(house, 6, start)) == RESERVED
    assert state(book(house, 7, local("2027-01-01", "09:00"))) == AWAITING


def test_moving_a_covered_session_to_january_releases_the_unit_and_says_so(house):
    visit = book(house, 6, local("2026-12-30", "10:00"))
    before = covers_of([visit.key])[visit.key]

    move_appointment(appointment=visit, slot=house.slot(local("2027-01-05", "10:00")), by=house.desk, now=NOW)

    after = covers_of([visit.key])[visit.key]
    assert (before.state, after.state) == (RESERVED, AWAITING)
    assert cover_news(before, after) == "Code PRE-1 no longer covers it: its last day is Thu 31 Dec 2026. No code covers the new day."
    assert sessions_left(house.course).left == 1


def test_a_move_to_january_is_refused_where_the_clinic_books_nothing_beyond(house):
    rule(house, beyond=Beyond.BLOCK)
    visit = book(house, 6, local("2026-12-30", "10:00"))

    with pytest.raises(NotCovered):
        move_appointment(appointment=visit, slot=house.slot(local("2027-01-05", "10:00")), by=house.desk, now=NOW)

    visit.refresh_from_db()
    assert (visit.start, state(visit)) == (local("2026-12-30", "10:00"), RESERVED)


def test_signing_twice_and_amending_uses_one_unit():
    case = open_case()
    prescribe(case)
    course = an_insured_course(1, patient=case.patient)
    policy = course.funding.policy
    Funding.objects.create(course=case.course, payer=Payer.INSURER, policy=policy)
    record_authorisation(policy=policy, code="PRE-1", units=6, first_day=None, last_day=None, by=case.user, now=NOON)
    visit = AppointmentFactory(session=case.session(), practitioner=case.practitioner, service=case.service, state=State.REMOVING)
    reserve_cover(session=case.session(), on=NOON.date(), key=visit.key)
    start_record(session=case.session(), practitioner=case.practitioner, now=NOON)
    save_draft(record=SessionRecord.objects.get(), draft=draft(), by=case.user, now=NOON)

    for minutes in (0, 0, 5):  # pressed twice, and sent again by a browser that had heard nothing
        with suppress(AlreadySigned):
            finish_visit(appointment=Appointment.objects.get(pk=visit.pk), by=case.user, now=NOON + timedelta(minutes=minutes))
    amend_record(record=SessionRecord.objects.get(), words="Left side, too", by=case.user, now=NOON + timedelta(hours=1))

    row = Authorisation.objects.with_use().get()
    assert (row.consumed, row.reserved, row.units) == (1, 0, 6)


def test_cancelling_releases(house):
    visit = book(house, 6, local("2026-12-10", "10:00"))

    cancel_appointment(appointment=visit, by=house.desk, who=CancelledBy.PATIENT, because="Ill", now=NOW)

    assert (state(visit), sessions_left(house.course).left) == (RELEASED, 1)


@pytest.mark.parametrize(
    ("policy", "after", "left"),
    [(Missed.CHARGE, CHARGED, 1), (Missed.CONSUME, CONSUMED, 0), (Missed.WAIVE, RELEASED, 1)],
)
@pytest.mark.parametrize("how", ["dna", "late"])
def test_who_does_not_come_is_dealt_with_by_the_clinics_rule(house, how, policy, after, left):
    rule(house, dna=policy, late_cancel=policy)
    visit = book(house, 6, local("2026-12-10", "10:00"))

    if how == "dna":
        mark_dna(appointment=visit, by=house.desk, now=visit.start + timedelta(hours=1))
    else:
        hour_before = visit.start - timedelta(hours=1)
        cancel_appointment(appointment=visit, by=house.desk, who=CancelledBy.PATIENT, because="Ill", now=hour_before)

    assert (state(visit), cover(visit).missed, sessions_left(house.course).left) == (after, policy, left)
    assert bool(cover(visit).waived_because) == (policy == Missed.WAIVE)


def test_units_of_two_approvals_come_from_the_one_that_ends_first_and_covers_the_day(house):
    approve(house, "PRE-2", 4, first_day=date(2027, 1, 1), last_day=date(2027, 3, 31))
    approve(house, "PRE-3", 4, first_day=date(2026, 12, 1), last_day=date(2027, 2, 28))

    visits = [
        book(house, number, local(day, "10:00"))
        for number, day in enumerate(["2026-12-30", "2026-12-31", "2027-01-01", "2027-03-01", "2027-04-01"], 6)
    ]

    codes = [cover(visit).authorisation and cover(visit).authorisation.code for visit in visits]
    assert codes == ["PRE-1", "PRE-3", "PRE-3", "PRE-2", None]
    assert Cover.objects.consumed().count() <= house.course.sessions.planned().count()
