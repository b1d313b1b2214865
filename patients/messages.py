"""What patients are asked between visits: a clinician's question, behind a private link; the message itself says nothing clinical."""

from datetime import datetime, timedelta

from django.conf import settings

from clinic.enums import LinkPurpose
from clinic.links import mint
from messaging.enums import Channel
from messaging.kinds import Kind, register
from messaging.services import post
from patients.addresses import address_of
from patients.models import Question

QUESTION, QUESTION_AGAIN = "question", "question-again"
LINK_OUTLIVES_DUE = timedelta(days=14)


def post_question(question: Question, *, now: datetime) -> None:
    """Promise the question at once, and one reminder half-way to the day it is hoped for."""
    to = address_of(question.intake.patient)
    post(QUESTION, to=to, about=question.key, due=now, useful_until=question.due)
    post(QUESTION_AGAIN, to=to, about=question.key, due=now + (question.due - now) / 2, useful_until=question.due)


def register_kinds() -> None:
    """Make the kinds of messages about questions known; called once, when the application starts."""
    for name, words in ((QUESTION, "A clinician’s question"), (QUESTION_AGAIN, "Reminder of a clinician’s question")):
        register(
            Kind(
                name=name,
                words=words,
                template="question",
                channels=(Channel.MAIL, Channel.SMS),
                still_true=still_open,
                context=says,
                safety=True,
            )
        )


def still_open(about: str, now: datetime) -> str:
    """Say why nobody needs to be asked any more, or nothing."""
    question = load(about)
    if question is None:
        return "The question is gone"
    return "" if question.is_open else "The question is settled"


def says(about: str, now: datetime) -> dict[str, object]:
    """What the templates show: who asks, until when, and a private link to the question itself."""
    question = load(about)
    token = mint(purpose=LinkPurpose.QUESTION, about=question.key, expires_at=question.due + LINK_OUTLIVES_DUE)
    return {"practitioner": question.asked_by.name, "answer_by": question.due, "answer_url": f"{settings.SITE_URL}/question/{token}/"}


def load(about: str) -> Question | None:
    """The question of that key, with whom it is for."""
    return Question.objects.with_people().filter(key=about).first()
