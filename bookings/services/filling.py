"""A visitor fills in a booking, page by page: what they say is kept at once, and the answers decide which page comes next."""

from collections.abc import Mapping
from datetime import date, datetime
from functools import cached_property

from django.db import transaction

from bookings.models import Booking
from bookings.services.online import STOPPING, HoldGone, NotYet, check_complete, held_by, let_go, technique_words
from clinic.locks import limit_waiting
from clinic.models import Clinic
from insurers.enums import Payer
from insurers.models import Insurer
from messaging.codes import check_code
from patients.asking import keep_medicines
from patients.carrying import outdated
from patients.confirming import Typed, typed_medicines
from patients.enums import Tier
from patients.models import Intake
from patients.questionnaire import born, pages_for
from patients.rulebook import rulebook
from patients.ruleset import Page
from patients.screening import Screening
from patients.services import answers_of, change_complaint, intake_of, save_answers, screen_intake, screening_of
from treatments.models import Service

STEPS = ("reason", "service", "safety", "medicines", "result", "times", "payer", "about", "code", "check")


class Progress:
    """How far a booking has come: its answers, the safety pages this person sees, and the step that is next."""

    def __init__(self, booking: Booking, *, now: datetime):
        self.booking, self.now = booking, now

    @cached_property
    def intake(self) -> Intake:
        return intake_of(self.booking.key)

    @cached_property
    def pages(self) -> list[Page]:
        return pages_for(answers_of(self.intake), rulebook(), today=self.today)

    @cached_property
    def typed(self) -> Typed:
        """How the medicines they typed were read, with what they say to that."""
        return typed_medicines(answers_of(self.intake), self.intake.medicines, rulebook(), today=self.today)

    @cached_property
    def outdated(self) -> list[str]:
        """The questions that have changed since they were answered: they are asked again."""
        return outdated(self.intake.answers, rulebook())

    @property
    def can_be_read(self) -> bool:
        """Whether the rules in force still know what brings them."""
        return self.intake.complaint in rulebook().complaints

    @property
    def today(self) -> date:
        return self.now.astimezone(self.booking.clinic.tz).date()

    @cached_property
    def unanswered(self) -> Page | None:
        """The first safety page that still has a question open."""
        return next((page for page in self.pages if not self.is_answered(page)), None)

    def is_answered(self, page: Page) -> bool:
        given = self.intake.answers
        return all(
            question.id in given and (given[question.id] or not question.required) and question.id not in self.outdated
            for question in page.questions
        )

    @cached_property
    def screening(self) -> Screening:
        """What the rules make of the answers so far, for the service that is wanted."""
        return screening_of(self.intake, techniques=technique_words(self.booking), now=self.now)

    @property
    def holds(self) -> bool:
        """Whether a time is held now."""
        try:
            return bool(held_by(self.booking, now=self.now))
        except HoldGone:
            return False

    @property
    def needs_review(self) -> bool:
        return self.intake.tier == Tier.REVIEW

    @cached_property
    def step(self) -> str:
        """The one page that comes next."""
        if not self.booking.service_id:
            return "service"
        screened = self.intake.screened_at is not None
        if screened and self.intake.tier == Tier.EMERGENCY:
            return "result"
        if self.unanswered or not screened:
            return "safety"
        if self.typed.is_open:
            return "medicines"
        if self.intake.tier in STOPPING:
            return "result"
        return "times" if not self.holds else self._paper_step()

    def _paper_step(self) -> str:
        try:
            check_complete(self.booking, self.intake)
        except NotYet as missing:
            return missing.step
        return "check"

    def has_reached(self, step: str) -> bool:
        """Whether that page may be opened: it is the next one, or one that was passed."""
        if step == "result":
            return self.step == "result" or (self.needs_review and STEPS.index(self.step) > STEPS.index("result"))
        return STEPS.index(step) <= STEPS.index(self.step)


def find_booking(*, key: str, clinic: Clinic) -> Booking | None:
    """The booking that goes by this key at this clinic."""
    return Booking.objects.keyed(key, clinic).first()


@transaction.atomic
def change_reason(*, booking: Booking, complaint: str, now: datetime) -> None:
    """Note that something else brings them: the answers are read again for it."""
    _change(booking, complaint=complaint)
    change_complaint(intake=intake_of(booking.key), complaint=complaint)
    _decide(booking, now=now)


@transaction.atomic
def choose_service(*, booking: Booking, service: Service, now: datetime) -> None:
    """Choose what they would like; a time held for something else is given back, and the answers are read again for it."""
    if booking.service_id == service.pk:
        return
    let_go(booking=booking)
    _change(booking, service=service, appointment=None)
    _decide(booking, now=now)


@transaction.atomic
def answer_page(*, booking: Booking, given: dict[str, object], now: datetime) -> None:
    """Keep one page's answers. An emergency is seen at once; the rest when the last page is answered."""
    intake = save_answers(intake=intake_of(booking.key), given=given)
    birth = born(answers_of(intake))
    if birth and birth != booking.date_of_birth:
        _change(booking, date_of_birth=birth)
    _decide(booking, now=now)


def _decide(booking: Booking, *, now: datetime) -> None:
    """Let the rules decide as soon as they can; who may not be treated keeps no time from others."""
    progress = Progress(booking, now=now)
    if progress.unanswered and not progress.screening.emergency:
        return
    intake = screen_intake(intake=progress.intake, techniques=technique_words(booking), now=now)
    if intake.tier in STOPPING:
        let_go(booking=booking)


@transaction.atomic
def confirm_medicines(*, booking: Booking, said: list[Mapping[str, str]], now: datetime) -> None:
    """Keep the patient's word on how their medicines were read, and decide again: it can add to the reading, and takes nothing from it."""
    keep_medicines(intake=intake_of(booking.key), said=said)
    _decide(booking, now=now)


@transaction.atomic
def choose_payer(
    *, booking: Booking, payer: Payer, insurer: Insurer | None = None, policy_number: str = "", code: str = "", code_follows: bool = False
) -> None:
    """Note who pays; who pays alone leaves no number behind."""
    if payer == Payer.SELF:
        insurer, policy_number, code, code_follows = None, "", "", False
    _change(booking, payer=payer, insurer=insurer, policy_number=policy_number, authorisation_code=code, code_follows=code_follows)


@transaction.atomic
def tell_details(*, booking: Booking, first_name: str, last_name: str, email: str, mobile: str, consents: list[list[str]]) -> None:
    """Note who they are and what they agreed to, in the words they saw; another address has to be proved again."""
    _change(booking, first_name=first_name, last_name=last_name, email=email, mobile=mobile, consents=consents)


def prove_address(*, booking: Booking, code: str, now: datetime) -> bool:
    """Say whether the code from the mail is right, and remember that it was."""
    address = booking.email
    if not address or not check_code(address=address, about=booking.key, code=code, now=now):
        return False
    with transaction.atomic():
        _change(booking, proved_address=address)
        hold_one_time(booking, now=now)
    return True


def hold_one_time(booking: Booking, *, now: datetime) -> None:
    """Give back what the same proved address holds in other browsers: nobody keeps more than one time from others."""
    for other in Booking.objects.holding(now).proved_by(booking.proved_address).exclude(pk=booking.pk):
        let_go(booking=other)


def _change(booking: Booking, **fields: object) -> None:
    """Write to a booking that is still being made; a finished one stays as it is."""
    limit_waiting()
    if Booking.objects.unfinished().filter(pk=booking.pk).update(**fields):
        for name, value in fields.items():
            setattr(booking, name, value)
