"""What patients are told after a session: one kind of message per moment, asked again at delivery."""

from collections import Counter
from datetime import datetime, timedelta
from functools import partial

from django.conf import settings
from django.utils.translation import gettext, gettext_lazy

from clinic.enums import LinkPurpose
from clinic.links import mint
from clinic.models import Clinic
from messaging import samples
from messaging.enums import Channel, Group, Way
from messaging.kinds import Kind, register
from treatments.aftercare import AT_ONCE, Moment, choose, fill
from treatments.catalogue.entries import AdviceItem
from treatments.models import AdviceGiven, Course, SessionRecord
from treatments.words import places, pressing, spoken

WORDS = {
    Moment.RIGHT_AFTER: ("Aftercare, right after", gettext_lazy("After your visit today")),
    Moment.NEXT_DAY: ("Aftercare, next day", gettext_lazy("The day after your visit")),
    Moment.THREE_DAYS: ("Aftercare, day 3", gettext_lazy("A few days on")),
    Moment.SEVEN_DAYS: ("Aftercare, day 7", gettext_lazy("A week on")),
    Moment.MID_COURSE: ("Aftercare, mid-course", gettext_lazy("Half-way: looking back together")),
    Moment.END_OF_COURSE: ("Aftercare, end of the course", gettext_lazy("After your last visit")),
    Moment.FOUR_WEEKS_AFTER: ("Aftercare, four weeks after", gettext_lazy("Four weeks on")),
    Moment.MAINTENANCE: ("Aftercare, keeping well", gettext_lazy("Keeping well")),
}
REPLACED_BY_NEXT = (Moment.THREE_DAYS, Moment.SEVEN_DAYS)
LONG_AFTER = (Moment.FOUR_WEEKS_AFTER, Moment.MAINTENANCE)
SAFETY, NEXT_DAYS = gettext_lazy("For your safety"), gettext_lazy("In the next days")
HEADINGS = {
    Moment.MID_COURSE: gettext_lazy("Half-way through"),
    Moment.END_OF_COURSE: gettext_lazy("Now that the course is over"),
    Moment.FOUR_WEEKS_AFTER: gettext_lazy("What helps"),
    Moment.MAINTENANCE: gettext_lazy("What helps"),
}
PRESS = "press:"  # before the code, an item that is a point to press at home
CHECK_BACK_LASTS = timedelta(days=28)
STOPPED = {Group.AFTERCARE: "The patient wants no advice after visits", Group.NEWS: "The patient wants no invitations"}
Line = tuple[Moment, AdviceItem, str]


def kind_of(moment: Moment) -> str:
    return f"aftercare-{moment}"


def group_of(moment: Moment) -> Group:
    return Group.NEWS if moment in LONG_AFTER else Group.AFTERCARE


def register_kinds() -> None:
    """Make the kinds of aftercare known; called once, when the application starts."""
    for moment, (words, _subject) in WORDS.items():
        register(
            Kind(
                name=kind_of(moment),
                words=words,
                template="aftercare",
                channels=(Channel.MAIL, Channel.SMS),
                still_true=partial(still_true, moment),
                context=partial(says, moment),
                sample=partial(sample, moment),
                group=group_of(moment),
                may_wait=moment not in AT_ONCE,
            )
        )


def still_true(moment: Moment, about: str, now: datetime) -> str:
    """Say why advice no longer fits, or nothing. Who stopped advice is still sent what their safety asks for."""
    record = load(about)
    if record is None or not record.is_signed:
        return "The session’s record is not signed"
    course = record.session.course
    if moment in REPLACED_BY_NEXT and SessionRecord.objects.signed().of_course(course).begun_after(record).exists():
        return "A newer session has its own advice"
    if moment in LONG_AFTER and Course.objects.of_patient(course.patient).open().exists():
        return "The patient is being treated again"
    if has_stopped(record, moment) and not is_for_safety(record, moment):
        return STOPPED[group_of(moment)]
    return ""


def has_stopped(record: SessionRecord, moment: Moment) -> bool:
    return record.session.course.patient.ways.get(group_of(moment)) == Way.NONE


def is_for_safety(record: SessionRecord, moment: Moment) -> bool:
    """Whether some of it has to be read: an invitation never has."""
    return moment not in LONG_AFTER and any(item.is_safety for _, item, _ in lines_of(record, moment))


def says(moment: Moment, about: str, now: datetime) -> dict[str, object]:
    """What the templates show: the lines written down at signing, safety first, for the clinic's country, and the way to answer."""
    record = load(about)
    clinic = record.session.course.clinic
    lines, points = lines_of(record, moment), pressed(record, moment)
    if has_stopped(record, moment):
        lines, points = [line for line in lines if line[1].is_safety], []
    back = "" if moment == Moment.MAINTENANCE else check_back_link(record, now)
    return shown(moment, clinic, record.practitioner.name, lines, points, back)


def sample(moment: Moment, clinic: Clinic, now: datetime) -> dict[str, object]:
    """The same after acupuncture of somebody invented."""
    book = spoken()
    advice = choose(moment, techniques=["traditional_acupuncture"], conditions=["chronic_low_back_pain"], book=book)
    lines = [(moment, book.aftercare.items[line.item], line.text) for line in advice.lines]
    points = [pressing(book.points["BL23"])] if moment == Moment.NEXT_DAY else []
    back = "" if moment == Moment.MAINTENANCE else f"{settings.SITE_URL}/how/{samples.TOKEN}/"
    return shown(moment, clinic, str(samples.words(clinic, now)["practitioner"]), lines, points, back)


def shown(moment: Moment, clinic: Clinic, practitioner: str, lines: list[Line], points: list[str], back: str) -> dict[str, object]:
    where = places(clinic.country)
    parts: dict[str, list[str]] = {str(SAFETY): [fill(text, where) for _, item, text in lines if item.is_safety]}
    for at, item, text in lines:
        if not item.is_safety:
            parts.setdefault(str(HEADINGS.get(at, NEXT_DAYS)), []).append(fill(text, where))
    parts[gettext("Points you can press yourself")] = points
    return {
        "title": str(WORDS[moment][1]),
        "subject": str(WORDS[moment][1]),
        "intro": [gettext("This is from %(practitioner)s at %(clinic)s.") % {"practitioner": practitioner, "clinic": clinic}],
        "parts": [{"title": title, "lines": told} for title, told in parts.items() if told],
        "answer_url": back,
        "answer_words": gettext("Better, the same or worse? Tell us with one tap"),
        "book_url": f"{settings.SITE_URL}/" if moment in LONG_AFTER else "",
        "sms": sms_of(clinic, back, where["emergency_number"]),
    }


def sms_of(clinic: Clinic, back: str, emergency: str) -> str:
    """The whole of it in a text: how to say how one is, and where to turn."""
    told = {"clinic": clinic.name, "phone": clinic.phone, "back": back, "emergency": emergency}
    if back:
        words = gettext("%(clinic)s: better, same or worse since your visit? %(back)s or ring %(phone)s. Emergency %(emergency)s")
    else:
        words = gettext("%(clinic)s: we have advice for you. Ring %(phone)s and we read it to you. In an emergency call %(emergency)s.")
    return words % told


def check_back_link(record: SessionRecord, now: datetime) -> str:
    """Mint a private link to say how one is after this session."""
    token = mint(purpose=LinkPurpose.CHECK_BACK, about=record.key, expires_at=now + CHECK_BACK_LASTS)
    return f"{settings.SITE_URL}/how/{token}/"


def given(record: SessionRecord, moment: Moment) -> list[tuple[AdviceItem, str]]:
    """The items of one message with the words for this time."""
    return [(item, text) for _, item, text in lines_of(record, moment)]


def lines_of(record: SessionRecord, moment: Moment) -> list[Line]:
    """The items chosen at signing: what was said before in this course is said differently, what is said at once is one message."""
    items, moments = spoken().aftercare.items, AT_ONCE if moment in AT_ONCE else (moment,)
    said, lines = Counter(), []
    for row in AdviceGiven.objects.in_course(record.session.course):
        if row.record_id == record.pk and row.moment in moments and row.item in items:
            item = items[row.item]
            lines.append((Moment(row.moment), item, item.again if said[row.item] % 2 and item.again else item.text))
        said[row.item] += 1
    return lines


def pressed(record: SessionRecord, moment: Moment) -> list[str]:
    """The points that were chosen at signing for pressing at home, with how to find and press each."""
    points = spoken().points
    rows = AdviceGiven.objects.in_course(record.session.course).to_press(record, moment)
    codes = [row.item.removeprefix(PRESS) for row in rows]
    return [pressing(points[code]) for code in codes if code in points]


def load(about: str) -> SessionRecord | None:
    return SessionRecord.objects.with_course().filter(key=about).first()
