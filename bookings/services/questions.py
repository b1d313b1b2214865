"""The health questions before a visit: which are due, and how far somebody is with them. Nothing is written until they answer."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from functools import cached_property

from django.db import transaction

from bookings.enums import State
from bookings.models import Appointment
from intervals import local_date
from patients.asking import answers_to, blank_round, complaint_now, keep_medicines, lock_answers_of, readable, taken_over, told_before
from patients.carrying import FIRST, VISIT, in_short, outdated
from patients.confirming import Typed, typed_medicines
from patients.models import Intake
from patients.questionnaire import Answers, pages_for
from patients.rulebook import rulebook
from patients.ruleset import Page
from patients.screening import Screening, screen
from patients.services import save_answers, screening_of

AGAIN = "again"  # the first questions, asked once more


class Questions:
    """What a patient is asked before one visit, and what they have answered so far.

    Who signed in as the patient (`knows`) sees earlier answers; who only holds the visit's link sees what this browser began (`mine`).
    """

    def __init__(self, appointment: Appointment, *, now: datetime, knows: bool = False, mine: str = ""):
        self.appointment, self.now, self.knows, self.mine = appointment, now, knows, mine
        self.patient, self.course, self.clinic = appointment.patient, appointment.session.course, appointment.clinic

    def again(self, mine: str = "") -> "Questions":
        """The same, as it stands now."""
        return Questions(self.appointment, now=self.now, knows=self.knows, mine=mine or self.mine)

    # What is due

    @property
    def is_open(self) -> bool:
        """Whether answers are still taken: until the treatment begins."""
        return self.appointment.state in (*State.ahead(), State.ARRIVED) and self.now < self.appointment.end

    @property
    def is_the_day(self) -> bool:
        return local_date(self.appointment.start, self.clinic.tz) == local_date(self.now, self.clinic.tz)

    @cached_property
    def given(self) -> list[Intake]:
        """All answers of this patient, newest first."""
        return list(Intake.objects.of_patient(self.patient).screened().select_related("clinic").newest_first())

    @property
    def earlier(self) -> Intake | None:
        """The newest answers of this patient."""
        return next(iter(self.given), None)

    @property
    def first_asked(self) -> datetime | None:
        """When the first questions were answered last."""
        return next((each.screened_at for each in self.given if each.form == FIRST), None)

    @property
    def answered_at(self) -> datetime | None:
        """When the questions of the day were answered for this visit."""
        return next((each.screened_at for each in self.given if each.form == VISIT and each.visit_key == self.appointment.key), None)

    @property
    def newest_given(self) -> Intake | None:
        """The newest answers that were sent for this visit, whichever questions they were to."""
        return next((each for each in self.given if each.visit_key == self.appointment.key), None)

    @cached_property
    def due(self) -> str:
        """`first` or `again` for the first questions, `visit` for those of the day, nothing when all is answered."""
        if not self.is_open:
            return ""
        if self.first_asked is None:
            return FIRST
        if self.is_stale:
            return AGAIN
        return VISIT if self.is_the_day and not self.answered_at else ""

    @property
    def is_stale(self) -> bool:
        """Whether the first answers are older than the clinic lets them stand, than a new course, or than the questions."""
        lasts = timedelta(days=self.clinic.answers_last_days)
        unasked = self.course.intake_id is None and self.first_asked < self.course.opened_at
        return unasked or self.now - self.first_asked > lasts or bool(outdated(self.earlier.answers, rulebook()))

    @property
    def form(self) -> str:
        """Which questions are asked now. On any other day than the visit's it is the first ones: something may have changed."""
        is_first = self.due in (FIRST, AGAIN) or self.first_draft or (not self.due and not self.is_the_day)
        return FIRST if is_first else VISIT

    # How far they are

    @cached_property
    def draft(self) -> Intake | None:
        """Answers that were begun for this visit and not sent."""
        return self.first_draft if self.form == FIRST else self._begun(VISIT)

    @cached_property
    def first_draft(self) -> Intake | None:
        return self._begun(FIRST)

    def _begun(self, form: str) -> Intake | None:
        rows = Intake.objects.of_patient(self.patient).before_visit(self.appointment.key).on_form(form).unscreened()
        return rows.shown_to(knows=self.knows, mine=self.mine).select_related("clinic").order_by("-pk").first()

    @property
    def result(self) -> Intake | None:
        """The newest answers for this visit, for whoever may see what they came to."""
        given = self.newest_given
        return given if given and (self.knows or given.key == self.mine) else None

    @cached_property
    def intake(self) -> Intake:
        """The answers so far, or what they begin with."""
        return self.draft or self.begin_with(self.base())

    def begin_with(self, given: Mapping[str, object]) -> Intake:
        takes_over = self.form == FIRST and self.knows and self.earlier
        return blank_round(
            patient=self.patient,
            form=self.form,
            complaint=self.course.complaint,
            given=dict(given),
            medicines=self.earlier.medicines if takes_over else [],
            visit_key=self.appointment.key,
        )

    def base(self) -> dict[str, object]:
        """What is known before the first question: never asked twice."""
        if self.form == VISIT and self.earlier:
            return told_before(self.earlier, now=self.now)
        return {"born": self.patient.date_of_birth.isoformat()}

    def taken_over(self) -> dict[str, object]:
        """What still counts of the earlier answers when nothing has changed."""
        return taken_over(self.earlier, complaint=complaint_now(self.course.complaint), now=self.now) | {
            "born": self.patient.date_of_birth.isoformat()
        }

    @property
    def asks_what_changed(self) -> bool:
        """Whether to begin with “is anything different?”."""
        return self.draft is None and self.earlier is not None and self.form == FIRST

    def last_answers(self) -> list[tuple[str, str]]:
        """The earlier answers that would be taken over, a line a topic."""
        return in_short({name: value for name, value in self.taken_over().items() if name != "born"}, rulebook())

    @property
    def today(self) -> date:
        return local_date(self.now, self.clinic.tz)

    @cached_property
    def pages(self) -> list[Page]:
        return pages_for(readable(self.intake), rulebook(), today=self.today)

    def is_answered(self, page: Page) -> bool:
        given = self.intake.answers
        return all(question.id in given and (given[question.id] or not question.required) for question in page.questions)

    @cached_property
    def unanswered(self) -> Page | None:
        """The first page that still has a question open."""
        return next((page for page in self.pages if not self.is_answered(page)), None)

    @cached_property
    def typed(self) -> Typed:
        """How the medicines typed in this round were read; those of earlier rounds are not shown again."""
        return typed_medicines(self.answers, self.intake.medicines, rulebook(), today=self.today)

    @property
    def answers(self) -> Answers:
        """What was said on the pages of this round."""
        asked = {question.id for page in self.pages for question in page.questions}
        return answers_to(self.intake, asked)

    def rules_raised_by(self, given: Intake) -> set[str]:
        """What the answers of one round alone give rise to."""
        asked = {question.id for name in rulebook().forms[given.form] for question in rulebook().pages[name].questions}
        alone = screen(answers_to(given, asked), rulebook(), today=self.today, country=self.clinic.country)
        return {finding.rule for finding in alone.findings}

    @cached_property
    def screening(self) -> Screening:
        return screening_of(self.intake, techniques=(), now=self.now)


@transaction.atomic
def begin_round(*, questions: Questions, given: Mapping[str, object]) -> Intake:
    """Write down the first answers of a round, with what is taken over; pressing twice begins once."""
    lock_answers_of(questions.patient)
    fresh = questions.again()
    if fresh.draft:
        return save_answers(intake=fresh.draft, given=dict(given))
    intake = fresh.begin_with(fresh.base() | dict(given))
    intake.save()
    return intake


@transaction.atomic
def say_about_medicines(*, questions: Questions, said: list[dict[str, str]]) -> Intake:
    """Keep the patient's word on how their medicines were read."""
    return keep_medicines(intake=questions.intake, said=said)
