"""T7. Reminder follows the truth: with a real worker, a real mail server and an SMS provider that is asked over HTTP."""

import threading
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from django.db import connection

from bookings.enums import CancelledBy, State
from bookings.messages import REMIND_BY_SMS
from bookings.models import Appointment
from bookings.services.appointments import book_appointment, cancel_appointment, mark_dna, move_appointment
from bookings.services.visits import finish_visit, start_insertion
from messaging.enums import State as Sent
from messaging.models import Message
from messaging.provider import Provider
from messaging.services.claiming import claim, lease
from tests.bookings.cast import House, small_clinic
from tests.clock import MovedClock
from tests.factories import AppointmentFactory, PractitionerFactory, SessionFactory, at
from tests.messaging.storm import Storm
from tests.treatments.cast import draft, open_case, prescribe
from treatments.models import SessionRecord
from treatments.services.records import AlreadySigned, amend_record, save_draft, sign_record

pytestmark = pytest.mark.django_db(transaction=True)
MON, TUE, THU, FRI = "2026-11-23", "2026-11-24", "2026-11-26", "2026-11-27"
BOOKED_AT = at("12:00", "2026-11-19")


@pytest.fixture
def provider() -> Iterator[Provider]:
    provider = Provider()
    provider.start()
    yield provider
    provider.stop()


@pytest.fixture
def storm(tmp_path: Path, clock: MovedClock, provider: Provider) -> Iterator[Storm]:
    clock.set(BOOKED_AT)
    storm = Storm(tmp_path, clock, sms_url=provider.url, workers=1)
    storm.add_scheduler()
    yield storm
    storm.stop()


@pytest.fixture
def house() -> House:
    return small_clinic(slug="bloomsbury", closed_on_holidays=False)


def book(house: House, start: datetime, *, now: datetime = BOOKED_AT) -> Appointment:
    return book_appointment(session=house.session(), slot=house.slot(start), by=house.desk, now=now)


def move(visit: Appointment, house: House, start: datetime, now: datetime, **slot: object) -> Appointment:
    visit = Appointment.objects.get(pk=visit.pk)
    return move_appointment(appointment=visit, slot=house.slot(start, **slot), by=house.desk, now=now)


def cancel(visit: Appointment, house: House, now: datetime) -> None:
    visit = Appointment.objects.get(pk=visit.pk)
    cancel_appointment(appointment=visit, by=house.desk, who=CancelledBy.CLINIC, because="Ill", now=now)


def texts(provider: Provider) -> list[str]:
    return [text["text"].partition(": see you on ")[2].partition(" (")[0] for text in provider.taken]


def subjects(storm: Storm) -> list[str]:
    return [str(mail["Subject"]) for _, mail in storm.sink.accepted]


def test_a_moved_visit_is_reminded_once_a_day_before_its_new_time(storm, house, provider):
    visit = book(house, at("10:00", TUE))
    storm.at(at("10:00", MON))
    assert texts(provider) == ["Tue 24 Nov at 10:00"]

    storm.clock.set(at("11:00", MON))
    move(visit, house, at("10:00", FRI), at("11:00", MON))
    storm.at(at("10:30", TUE))
    storm.at(at("09:59", THU))
    assert len(texts(provider)) == 1
    storm.at(at("10:00", THU))
    storm.at(at("12:00", FRI))
    assert texts(provider) == ["Tue 24 Nov at 10:00", "Fri 27 Nov at 10:00"]


def test_moved_back_and_forth_within_a_minute_it_is_still_one_and_right(storm, house, provider):
    visit = book(house, at("10:00", TUE))
    for step, start in enumerate([at("10:00", FRI), at("10:00", TUE)] * 3 + [at("14:00", FRI)]):
        move(visit, house, start, BOOKED_AT + timedelta(seconds=8 * step))
    storm.at(BOOKED_AT + timedelta(minutes=2))
    assert subjects(storm)[-1].endswith("Fri 27 Nov 2026, 14:00")
    storm.at(at("14:00", THU))
    assert texts(provider) == ["Fri 27 Nov at 14:00"]


def test_a_cancel_while_a_worker_has_claimed_the_row_stops_the_sending(storm, house, provider):
    visit = book(house, at("10:00", FRI))
    storm.settle()
    storm.stop_schedulers()
    storm.clock.set(at("09:59", THU))
    claimed = claim(now=at("10:00", THU), most=50)  # a worker that is about to send, and is slow
    assert REMIND_BY_SMS in {row.kind for row in claimed.rows}

    cancel(visit, house, at("09:59", THU))
    storm.add_scheduler()
    storm.at(at("10:00", THU) + 3 * lease())
    assert texts(provider) == []
    assert subjects(storm)[-1].startswith("Your visit is cancelled")


def test_one_that_is_being_handed_over_may_arrive_and_the_cancellation_follows(storm, house, provider):
    visit = book(house, at("10:00", FRI))

    def cancel_meanwhile(text: dict[str, str]) -> None:
        def deed() -> None:
            cancel(visit, house, at("10:00", THU))
            connection.close()

        thread = threading.Thread(target=deed)
        thread.start()
        thread.join()

    provider.on_take = cancel_meanwhile
    storm.at(at("10:00", THU))
    storm.at(at("10:05", THU))
    assert texts(provider) == ["Fri 27 Nov at 10:00"]
    assert Message.objects.get(kind=REMIND_BY_SMS).state == Sent.SENT
    assert subjects(storm)[-1].startswith("Your visit is cancelled")


def test_booked_the_afternoon_before_there_is_a_confirmation_and_no_late_reminder(storm, house, provider):
    storm.clock.set(at("15:00", THU))
    book(house, at("10:00", FRI), now=at("15:00", THU))
    storm.settle()
    storm.at(at("09:00", FRI))
    assert (subjects(storm), texts(provider)) == (["Your visit is booked: Fri 27 Nov 2026, 10:00"], [])


def test_each_occurrence_of_a_series_has_its_own_reminder_and_its_own_mark(storm, house, provider):
    first = house.session()
    sessions = [first, *(SessionFactory(course=first.course, number=number) for number in range(2, 11))]
    starts = [at("10:00", TUE) + timedelta(weeks=week) for week in range(10)]
    visits = [
        book_appointment(session=session, slot=house.slot(start), by=house.desk, now=BOOKED_AT)
        for session, start in zip(sessions, starts, strict=True)
    ]
    storm.clock.set(starts[4] - timedelta(days=1, minutes=1))
    Message.objects.filter(kind=REMIND_BY_SMS, about__in=[visit.key for visit in visits[:4]]).update(state=Sent.SENT)
    storm.settle()
    assert texts(provider) == []
    storm.at(starts[4] - timedelta(days=1))
    assert texts(provider) == ["Tue 22 Dec at 10:00"]
    marks = dict(Message.objects.filter(kind=REMIND_BY_SMS).values_list("about", "state"))
    assert [marks[visit.key] for visit in visits[4:]] == [Sent.SENT, *[Sent.DUE] * 5]


def test_another_practitioner_stands_in_the_text(storm, house):
    colleague = PractitionerFactory(clinic=house.clinic, name="Yuki Sato")
    house.service.practitioners.add(colleague)
    visit = book(house, at("10:00", FRI))
    house.practitioner = colleague
    move(visit, house, at("10:00", FRI), BOOKED_AT)
    storm.at(at("10:00", "2026-11-25"))
    _, reminder = storm.sink.accepted[-1]
    said = reminder.get_body(("plain",)).get_content()
    assert reminder["Subject"] == "Reminder: your visit on Fri 27 Nov 2026, 10:00"
    assert "Yuki Sato" in said


def aftercare(storm: Storm) -> list[str]:
    kinds = dict(Message.objects.values_list("message_id", "kind"))
    return sorted(kind for kind in (kinds[number] for number in storm.sink.ids) if kind.startswith("aftercare"))


def test_aftercare_follows_a_signed_record_once(storm, clock):
    case = open_case()
    prescribe(case)
    noon = at("12:00")
    visit = AppointmentFactory(session=case.session(), practitioner=case.practitioner, service=case.service, state=State.ARRIVED)
    clock.set(noon)
    start_insertion(appointment=visit, by=case.user, now=noon)
    record = SessionRecord.objects.get()
    save_draft(record=record, draft=draft(), by=case.user, now=noon)
    storm.at(noon + timedelta(days=2))
    assert aftercare(storm) == []  # attended, but nobody has signed what was done

    clock.set(noon)
    finish_visit(appointment=visit, by=case.user, now=noon)
    amend_record(record=record, words="Also the left side.", by=case.user, now=noon)
    with pytest.raises(AlreadySigned):
        sign_record(record=record, by=case.user, now=noon)
    for days in (1, 2, 3, 4):
        storm.at(noon + timedelta(days=days))
    told = aftercare(storm)
    assert len(told) == len(set(told)) > 0


def test_no_aftercare_for_who_did_not_come(storm, clock):
    case = open_case()
    prescribe(case)
    visit = AppointmentFactory(session=case.session(), practitioner=case.practitioner, service=case.service)
    mark_dna(appointment=visit, by=case.user, now=at("13:00"))
    storm.at(at("13:00") + timedelta(days=4))
    assert aftercare(storm) == []
