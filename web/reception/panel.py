"""The visit beside the diary: what the desk may know of it, and what can be done with it."""

from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse

from bookings.desk import DeskVisit, count_to_book
from bookings.enums import STEPS, State
from bookings.services.questions import Questions
from clinic.access import may
from clinic.models import User
from insurers.enums import CoverState, Payer
from insurers.selectors import Left, cover_words, sessions_left
from intervals import local_date
from messaging.enums import State as MessageState
from treatments.enums import CourseState
from web.reception.look import Look
from web.reception.words import chip_of, count_words, counted, held_words, phase_words, phases_of, when_of

EXPECTED = State.BOOKED, State.CONFIRMED


@dataclass(frozen=True, kw_only=True)
class Actions:
    """What somebody may do with a visit as it stands."""

    check_in: bool = False
    undo_check_in: bool = False
    dna: bool = False
    move: bool = False
    cancel: bool = False
    questions: bool = False

    @property
    def any(self) -> bool:
        return any((self.check_in, self.undo_check_in, self.dna, self.move, self.cancel))


def actions_of(visit: DeskVisit, user: User, now: datetime) -> Actions:
    """Ask the table of permissions and the state; a visit is checked in on its own day, and missed once it should have begun."""
    appointment = visit.appointment
    steps = STEPS[State(appointment.state)]
    zone = appointment.clinic.tz
    is_today = local_date(appointment.start, zone) == local_date(now, zone)
    at_desk = may(user, "appointment.check_in")
    return Actions(
        check_in=at_desk and is_today and State.ARRIVED in steps,
        undo_check_in=at_desk and appointment.state == State.ARRIVED,
        dna=may(user, "appointment.cancel") and State.DNA in steps and appointment.start <= now,
        move=may(user, "appointment.move") and appointment.is_ahead,
        cancel=may(user, "appointment.cancel") and State.CANCELLED in steps,
        questions=at_desk,
    )


@dataclass(frozen=True, kw_only=True)
class Row:
    """A visit in the list of a day, or beside the grid."""

    visit: DeskVisit
    actions: Actions
    href: str
    kind: str
    marks: list[tuple[str, str]]

    @property
    def appointment(self):
        return self.visit.appointment

    @property
    def chip(self) -> tuple[str, str, str]:
        return chip_of(self.visit)

    @property
    def phases(self) -> list[tuple[str, int]]:
        return phases_of(self.appointment)

    @property
    def look(self) -> str:
        """How the phase bar is drawn."""
        return self.kind if self.kind in ("done", "wait") else ""

    @property
    def count(self) -> str:
        return count_words(self.visit)

    @property
    def name(self) -> str:
        patient = self.appointment.patient
        return patient.name if patient else held_words(self.appointment)


@dataclass(frozen=True, kw_only=True)
class Panel:
    """Everything the side panel says of the chosen visit."""

    visit: DeskVisit
    actions: Actions
    look: Look
    to_book: int
    left: Left | None
    sees_messages: bool
    takes_money: bool = False
    questions: Questions | None = None

    @property
    def appointment(self):
        return self.visit.appointment

    @property
    def patient(self):
        return self.appointment.patient

    @property
    def chip(self) -> tuple[str, str, str]:
        return chip_of(self.visit)

    @property
    def since(self) -> str:
        return when_of(self.appointment.state_since, self.appointment.clinic)

    @property
    def phases(self) -> list[tuple[str, int]]:
        return phases_of(self.appointment)

    @property
    def phase_words(self) -> str:
        return phase_words(self.appointment)

    @property
    def close(self) -> str:
        return self.look.address(visit="")

    @property
    def lines(self) -> list[tuple[str, str, str, bool]]:
        """What to know: mark, words that stand out, the rest, whether it is pressing."""
        found = [*self._pressing(), *self._answers(), *self._booked()]
        return [*found, ("shield", "", self._cover(), False)] if self.patient else found

    def _pressing(self) -> list[tuple[str, str, str, bool]]:
        visit, appointment = self.visit, self.appointment
        found = []
        if visit.away:
            found.append(("alert", "Needs a new time.", f"{visit.away}.", True))
        if visit.lacks_code:
            found.append(("ticket", "Code missing.", f"{self.insurer or 'The insurer'} has not approved this visit yet.", True))
        if visit.is_flagged or appointment.waits_for_review:
            practitioner = appointment.practitioner.short_name
            waits = f"{practitioner} is looking at it. Nothing for you to do." if appointment.waits_for_review else f"Ask {practitioner}."
            found.append(("alert", "Safety alert.", waits, False))
        return found

    def _answers(self) -> list[tuple[str, str, str, bool]]:
        """Whether the health questions are answered, never what was said."""
        asked = self.questions
        if asked is None or not asked.is_open:
            return []
        if asked.due:
            when = "today" if asked.due == "visit" else "before the visit"
            return [("wait", "Health questions to answer.", f"Not answered yet; the patient does it {when}, on their own phone.", False)]
        if asked.answered_at:
            return [("check", "Health questions answered", f"{when_of(asked.answered_at, asked.clinic)}.", False)]
        return []

    @property
    def asks_questions(self) -> bool:
        """Whether a link to the health questions may be sent now: something is due, and there is a way to reach them."""
        return bool(self.actions.questions and self.patient and (self.patient.mobile or self.patient.email) and self.questions.due)

    def _booked(self) -> list[tuple[str, str, str, bool]]:
        appointment = self.appointment
        found = []
        if appointment.until:
            found.append(("wait", f"{held_words(appointment)}.", f"Kept until {when_of(appointment.until, appointment.clinic)}.", False))
        if appointment.waits_for_prescription:
            found.append(
                ("wait", "Kept for a course.", "It becomes sure when the practitioner prescribes; the patient may let it go.", False)
            )
        if appointment.overbook_reason:
            found.append(("stack", "Overbooked on purpose.", appointment.overbook_reason, False))
        if not appointment.until:
            said = f"{appointment.get_door_display()} on {when_of(appointment.created_at, appointment.clinic)}"
            found.append(("globe" if appointment.door == "online" else "calendar", "", said, False))
        return found

    @property
    def may_waive(self) -> bool:
        """Whether something is asked of a patient who did not come."""
        cover = self.visit.cover
        return bool(cover) and (cover.state == CoverState.CHARGED or bool(cover.missed and cover.state == CoverState.CONSUMED))

    def _cover(self) -> str:
        cover = cover_words(self.visit.cover)
        words = [f"{count_words(self.visit).capitalize()}.", f"{cover}." if cover else "", f"{self.left.words}." if self.left else ""]
        return " ".join(word for word in words if word)

    @property
    def funding(self):
        return getattr(self.appointment.session.course, "funding", None) if self.patient else None

    @property
    def insurer(self) -> str:
        funding = self.funding
        return funding.policy.insurer.name if funding and funding.policy else ""

    @property
    def pays(self) -> str:
        funding = self.funding
        if funding is None:
            return "Patient pays"
        return f"{self.insurer}, {funding.get_payer_display().lower()}" if self.insurer else funding.get_payer_display()

    @property
    def policy(self):
        """The policy whose code is missing."""
        return self.funding.policy if self.visit.lacks_code and self.funding else None

    @property
    def told(self) -> list[str]:
        """All that was promised about this visit, in words: what went, what comes, what did not arrive and what was taken back."""
        clinic, found = self.appointment.clinic, {state: [] for state in MessageState}
        for message in self.visit.told:
            found[MessageState.SENT if message.sent_at else MessageState(message.state)].append(message)
        lost = [*found[MessageState.FAILED], *found[MessageState.UNKNOWN]]
        return [
            *(f"{message.words}, {when_of(message.sent_at, clinic)}" for message in found[MessageState.SENT]),
            *(f"Did not arrive: {message.words.lower()}. {message.reason}." for message in lost),
            *(
                f"{'Then' if number else 'Next'}: {message.words.lower()}, {when_of(message.due_at, clinic)}"
                for number, message in enumerate([*found[MessageState.SENDING], *found[MessageState.DUE]])
            ),
            *(f"Withdrawn: {message.words.lower()}. {message.reason}." for message in found[MessageState.WITHDRAWN]),
        ]

    @property
    def book_rest(self) -> str:
        """The address at which the rest of the course is booked, where there is a rest."""
        return reverse("reception:book_course", args=[self.appointment.session.course.key]) if self.to_book else ""

    @property
    def pay(self) -> str:
        """The address at which the patient's part is paid, once they have come."""
        came = self.appointment.state in (*State.in_the_house(), State.COMPLETED)
        return reverse("billing:pay", args=[self.appointment.key]) if self.takes_money and came and self.patient else ""

    @property
    def rest_words(self) -> str:
        return f"Book {counted(self.to_book, 'more visit')}"


def panel_of(visit: DeskVisit, *, look: Look, user: User, now: datetime) -> Panel:
    """The panel, with what only one visit is worth asking for."""
    course = visit.appointment.session.course if visit.appointment.session_id else None
    arranges = course and course.state == CourseState.ACTIVE and course.service_id and may(user, "course.book")
    funding = getattr(course, "funding", None) if course else None
    billed = funding and funding.payer == Payer.INSURER and may(user, "cover.see")
    return Panel(
        visit=visit,
        actions=actions_of(visit, user, now),
        look=look,
        to_book=count_to_book(course) if arranges else 0,
        left=sessions_left(course) if billed else None,
        sees_messages=may(user, "message.see"),
        takes_money=may(user, "payment.take"),
        questions=Questions(visit.appointment, now=now) if course else None,
    )
