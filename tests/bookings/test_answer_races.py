"""Answers that come in while somebody decides about them, or moves or cancels the visits they are about: real commits, no deadlock."""

import pytest

from bookings.enums import CancelledBy, State
from bookings.models import Appointment, Occupancy
from bookings.services.appointments import cancel_appointment, move_appointment
from bookings.services.questions import Questions, begin_round
from bookings.services.rescreening import Rescreened
from bookings.services.reviews import review_answers
from bookings.services.states import StateChanged
from bookings.services.visits import take_answers
from clinic import audit
from clinic.enums import Role
from insurers.enums import CoverState
from insurers.models import Cover
from patients.enums import Decision
from patients.models import Intake
from patients.reviewing import ChangedMeanwhile, Ruling, stamp_of
from tests.bookings.cast import House, small_clinic
from tests.bookings.test_appointments import overlaps, race
from tests.bookings.test_rescreening import THE_DAY, answer, booked, states
from tests.factories import TechniqueFactory, UserFactory, at
from tests.patients.test_carrying import WELL

pytestmark = pytest.mark.django_db(transaction=True)
TURNS = range(4)
BLOOD_THINNER, PACEMAKER = (
    {"today_health": ["anticoagulant_medication"]},
    {"today_health": ["pacemaker_or_icd"], "today_skin": ["not_sure"]},
)


def a_clinic() -> House:
    house = small_clinic()
    house.service.techniques.add(TechniqueFactory(slug="traditional_acupuncture", needles=True))
    house.practitioner.user = UserFactory(role=Role.PRACTITIONER, clinics=[house.clinic])
    house.practitioner.save()
    return house


def treated_once(house: House) -> list[Appointment]:
    """Visits of somebody whose first one lies behind them."""
    [first, *ahead] = booked(house)
    Appointment.objects.filter(pk=first.pk).update(state=State.COMPLETED)
    return ahead


def filled_in(visit: Appointment, **today: object) -> Intake:
    """The questions of the day, answered and not sent yet."""
    fresh = Appointment.objects.with_people().get(pk=visit.pk)
    return begin_round(questions=Questions(fresh, now=THE_DAY, knows=True), given=WELL | today)


def send(intake: Intake):
    return take_answers(intake=intake, by=audit.HOLDER_OF_A_LINK, now=THE_DAY)


def fresh(visit: Appointment) -> Appointment:
    return Appointment.objects.with_people().get(pk=visit.pk)


def at_once(turn: int, *deeds):
    """Run the deeds at one instant, another one first in each turn; what each came to, in the order given."""
    order = [(place + turn) % len(deeds) for place in range(len(deeds))]
    results = race(len(deeds), lambda place: deeds[order[place]]())
    return [results[order.index(which)] for which in range(len(deeds))]


@pytest.mark.parametrize("turn", TURNS)
@pytest.mark.parametrize("decision", (Decision.CLEARED, Decision.REFUSED))
def test_new_answers_and_a_decision_about_the_last_ones_never_clear_what_nobody_read(decision, turn):
    house = a_clinic()
    visits = treated_once(house)
    read = answer(visits[0], **BLOOD_THINNER)
    new, as_read = filled_in(visits[0], **PACEMAKER), stamp_of(Intake.objects.get(pk=read.pk))
    ruling, by = Ruling(decision=decision, words="Rang her."), house.practitioner.user

    sent, decided = at_once(
        turn,
        lambda: send(new),
        lambda: review_answers(intake=read, ruling=ruling, as_read=as_read, by=by, now=THE_DAY),
    )

    assert (type(sent), type(decided)) in ((Rescreened, Intake), (Rescreened, ChangedMeanwhile))
    assert Intake.objects.get(pk=new.pk).reviewed_at is None
    called_off = decision == Decision.REFUSED and isinstance(decided, Intake)
    expected = (State.CANCELLED, False) if called_off else (State.PROVISIONAL, True)
    assert set(states(visits)) == {expected}


@pytest.mark.parametrize("turn", TURNS)
def test_new_answers_while_one_visit_is_moved_and_another_cancelled_leave_all_three_done(turn):
    house = a_clinic()
    moved, cancelled = map(fresh, treated_once(house))
    new, there = filled_in(moved, **BLOOD_THINNER), house.slot(at("14:00", "2026-12-03"), room=1)

    sent, move, cancel = at_once(
        turn,
        lambda: send(new),
        lambda: move_appointment(appointment=moved, slot=there, by=house.desk, now=THE_DAY),
        lambda: cancel_appointment(appointment=cancelled, by=house.desk, who=CancelledBy.CLINIC, because="Away", now=THE_DAY),
    )

    assert type(sent) is Rescreened
    assert {type(move), type(cancel)} <= {Appointment, StateChanged}  # whoever finds the visit changed is told so
    moved, cancelled = fresh(moved), fresh(cancelled)
    assert (moved.state, moved.waits_for_review) == (State.PROVISIONAL, True)
    assert (moved.start == there.start) is isinstance(move, Appointment)
    gone = isinstance(cancel, Appointment)
    assert (cancelled.state, cancelled.waits_for_review) == ((State.CANCELLED, False) if gone else (State.PROVISIONAL, True))
    assert Cover.objects.get(key=moved.key).state == CoverState.SELF_PAY
    assert Occupancy.objects.filter(appointment=cancelled, live=True).exists() is isinstance(cancel, StateChanged)
    assert overlaps() == 0
