"""What patients are told after a session: one kind of message per moment, asked again at delivery."""

from collections import Counter
from datetime import datetime
from functools import partial

from django.conf import settings

from messaging.enums import Channel
from messaging.kinds import Kind, register
from patients.rulebook import rulebook
from treatments.aftercare import Moment, fill
from treatments.catalogue import catalogue
from treatments.catalogue.entries import AdviceItem
from treatments.models import AdviceGiven, Course, SessionRecord

WORDS = {
    Moment.RIGHT_AFTER: ("Aftercare, right after", "After your visit today"),
    Moment.NEXT_DAY: ("Aftercare, next day", "The day after your visit"),
    Moment.THREE_DAYS: ("Aftercare, day 3", "A few days on"),
    Moment.SEVEN_DAYS: ("Aftercare, day 7", "A week on"),
    Moment.MID_COURSE: ("Aftercare, mid-course", "Half-way: looking back together"),
    Moment.END_OF_COURSE: ("Aftercare, end of the course", "After your last visit"),
    Moment.FOUR_WEEKS_AFTER: ("Aftercare, four weeks after", "Four weeks on"),
    Moment.MAINTENANCE: ("Aftercare, keeping well", "Keeping well"),
}
REPLACED_BY_NEXT = (Moment.THREE_DAYS, Moment.SEVEN_DAYS)
LONG_AFTER = (Moment.FOUR_WEEKS_AFTER, Moment.MAINTENANCE)


def kind_of(moment: Moment) -> str:
    return f"aftercare-{moment}"


def register_kinds() -> None:
    """Make the kinds of aftercare known; called once, when the application starts."""
    for moment, (words, _) in WORDS.items():
        register(
            Kind(
                name=kind_of(moment),
                words=words,
                template="aftercare",
                channels=(Channel.MAIL, Channel.SMS),
                still_true=partial(still_true, moment),
                context=partial(says, moment),
            )
        )


def still_true(moment: Moment, about: str, now: datetime) -> str:
    """Say why advice no longer fits, or nothing."""
    record = load(about)
    if record is None or not record.is_signed:
        return "The session’s record is not signed"
    course = record.session.course
    if moment in REPLACED_BY_NEXT and SessionRecord.objects.signed().of_course(course).begun_after(record).exists():
        return "A newer session has its own advice"
    if moment in LONG_AFTER and Course.objects.of_patient(course.patient).open().exists():
        return "The patient is being treated again"
    return ""


def says(moment: Moment, about: str, now: datetime) -> dict[str, object]:
    """What the templates show: the lines written down at signing, safety first, for the clinic's country."""
    record = load(about)
    clinic = record.session.course.clinic
    places = rulebook().countries[clinic.country]
    safety, other = [], []
    for item, text in given(record, moment):
        (safety if item.is_safety else other).append(fill(text, places))
    parts = [("For your safety", safety), ("In the next days" if moment not in LONG_AFTER else "What helps", other)]
    return {
        "title": WORDS[moment][1],
        "subject": WORDS[moment][1],
        "intro": [f"This is from {record.practitioner.name} at {clinic}."],
        "parts": [{"title": title, "lines": lines} for title, lines in parts if lines],
        "book_url": f"{settings.SITE_URL}/" if moment in LONG_AFTER else "",
        "sms": f"{clinic}: we have advice for you for the next days. Ring {clinic.phone} and we read it to you or print it. "
        f"In an emergency call {places['emergency_number']}.",
    }


def given(record: SessionRecord, moment: Moment) -> list[tuple[AdviceItem, str]]:
    """The items chosen at signing with the words for this time: what was said before in this course is said differently."""
    items = catalogue().aftercare.items
    said, lines = Counter(), []
    for row in AdviceGiven.objects.in_course(record.session.course):
        if row.record_id == record.pk and row.moment == moment and row.item in items:
            item = items[row.item]
            lines.append((item, item.again if said[row.item] % 2 and item.again else item.text))
        said[row.item] += 1
    return lines


def load(about: str) -> SessionRecord | None:
    return (
        SessionRecord.objects.select_related("practitioner", "session__course__clinic", "session__course__patient")
        .filter(key=about)
        .first()
    )
