"""What patients are told about their visits: posted with each deed, asked again at delivery."""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from functools import partial

from django.conf import settings

from bookings.enums import State
from bookings.ical import calendar
from bookings.models import Appointment
from clinic.enums import LinkPurpose
from clinic.links import mint
from clinic.models import Clinic
from intervals import to_instant
from messaging import samples
from messaging.enums import Channel, Group, Way
from messaging.kinds import Attachment, Kind, loaded, register
from messaging.models import Message
from messaging.services import draft, post_all, withdraw
from patients.addresses import address_of
from treatments.aftercare import Moment, choose, fill
from treatments.words import places, spoken

BOOKED, PROVISIONAL, CONFIRMED_NOW = "appointment-booked", "appointment-provisional", "appointment-confirmed"
COURSE_BOOKED = "course-booked"
MOVED, CANCELLED = "appointment-moved", "appointment-cancelled"
REMIND_BY_MAIL, REMIND_BY_SMS, PREPARE = "reminder-mail", "reminder-sms", "visit-preparation"
BEFOREHAND = (REMIND_BY_MAIL, REMIND_BY_SMS, PREPARE)  # what goes before a visit, and waits with it
PREPARE_HOURS = 72  # before a first visit; who books later reads it in the confirmation
NEEDS_NEW_TIME = "visit-needs-new-time"
NEWS_LASTS = timedelta(days=3)  # what is older is no news: nothing stale goes after an outage or a restore
STANDING = (BOOKED, PROVISIONAL, CONFIRMED_NOW, MOVED, *BEFOREHAND, NEEDS_NEW_TIME)


def promise(appointment: Appointment, *, now: datetime) -> None:
    """Post what follows a booking: the confirmation at once, the reminders when they are due."""
    kind = PROVISIONAL if appointment.state == State.PROVISIONAL else BOOKED
    post_all([_draft(kind, appointment, due=now), *_reminders(appointment, now=now)])


def promise_course(appointments: Sequence[Appointment], *, now: datetime) -> None:
    """Post one confirmation for all visits booked together, and the reminders of each."""
    reminders = [reminder for appointment in appointments for reminder in _reminders(appointment, now=now)]
    post_all([_draft(COURSE_BOOKED, appointments[0], due=now), *reminders])


def tell_moved(appointment: Appointment, *, now: datetime) -> None:
    """Take back what was said of the old time, and say the new one."""
    take_back(appointment, reason="The visit was moved")
    _post(MOVED, appointment, due=now)
    post_reminders(appointment, now=now)


def tell_settled(appointment: Appointment, *, now: datetime) -> None:
    """Say that a provisional visit is now sure."""
    withdraw(about=appointment.key, kinds=[PROVISIONAL], reason="The visit is sure by now")
    _post(CONFIRMED_NOW, appointment, due=now)


def tell_cancelled(appointment: Appointment, *, now: datetime) -> None:
    """Take back what waits, and confirm the cancellation."""
    take_back(appointment, reason="The visit was cancelled")
    _post(CANCELLED, appointment, due=now)


def take_back(appointment: Appointment, *, reason: str) -> None:
    """Withdraw every message about this visit that has not gone yet."""
    withdraw(about=appointment.key, kinds=STANDING, reason=reason)


def post_reminders(appointment: Appointment, *, now: datetime) -> None:
    """Promise what comes before a visit, at the clinic's hours before it on its wall clock; what would be late is not promised."""
    post_all(_reminders(appointment, now=now))


def _reminders(appointment: Appointment, *, now: datetime) -> list[Message]:
    clinic = appointment.clinic
    dues = [(REMIND_BY_MAIL, clinic.remind_mail_hours, 12), (REMIND_BY_SMS, clinic.remind_sms_hours, 2)]
    if appointment.session.number == 1 and not Message.objects.about(appointment.key).of_kinds([PREPARE]).sent().exists():
        dues.append((PREPARE, PREPARE_HOURS, 24))
    return [
        _draft(kind, appointment, due=due, useful_until=appointment.start - timedelta(hours=min(last, hours / 4)))
        for kind, hours, last in dues
        if (due := hours_before(appointment, hours)) > now
    ]


def hours_before(appointment: Appointment, hours: int) -> datetime:
    """So many hours before on the clinic's clocks: 24 is the same time the day before; where clocks skip that, elapsed hours before."""
    zone = appointment.clinic.tz
    wall = appointment.start.astimezone(zone).replace(tzinfo=None) - timedelta(hours=hours)
    found = to_instant(wall.date(), wall.time(), zone)
    return found[0] if found else appointment.start - timedelta(hours=hours)


def _post(kind: str, appointment: Appointment, *, due: datetime) -> None:
    post_all([_draft(kind, appointment, due=due)])


def _draft(kind: str, appointment: Appointment, *, due: datetime, useful_until: datetime | None = None) -> Message:
    return draft(
        kind,
        to=address_of(appointment.patient),
        about=appointment.key,
        due=due,
        useful_until=useful_until or (None if kind == CANCELLED else min(appointment.start, due + NEWS_LASTS)),
        version=appointment.version,
        visit=appointment.key,
    )


def visit_link(appointment: Appointment, *, until: datetime | None = None) -> str:
    """Mint a private link to this visit, good until it begins, or until then."""
    token = mint(purpose=LinkPurpose.VISIT, about=appointment.key, expires_at=until or appointment.start)
    return f"{settings.SITE_URL}/visit/{token}/"


def load(about: str) -> Appointment | None:
    """The visit with all that a message says of it."""
    return loaded(load_all, about)


def load_all(abouts: Iterable[str]) -> dict[str, Appointment]:
    """Several visits at once, by key."""
    found = Appointment.objects.keyed(abouts).with_people().select_related("session__course__intake")
    return {visit.key: visit for visit in found.prefetch_related("service__techniques")}


def _stands_as(states: tuple[State, ...], about: str, now: datetime) -> str:
    """Say why a message no longer fits the visit, or nothing."""
    state = next(iter(Appointment.objects.keyed([about]).values_list("state", flat=True)), None)
    if state is None:
        return "The visit is gone"
    return "" if state in states else f"The visit is {State(state).label.lower()}"


def _is_wanted(way: Way, states: tuple[State, ...], about: str, now: datetime) -> str:
    """The same, with whether the patient still wants reminders, and this way."""
    row = Appointment.objects.keyed([about]).values_list("state", "session__course__patient__ways").first()
    chosen = row[1].get(Group.REMINDERS) if row and row[1] else None
    if chosen == Way.NONE:
        return "The patient wants no reminders"
    if chosen and not Way(chosen).takes(way):
        return f"The patient wants reminders {Way(chosen).label.lower()}"
    return _stands_as(states, about, now)


def _says(about: str, now: datetime) -> dict[str, object]:
    """What the templates show: when, who, where, and a private link while there is still something to change."""
    appointment = load(about)
    clinic = appointment.clinic
    open_to_change = appointment.is_ahead and appointment.start > now
    free_until = appointment.start - timedelta(hours=clinic.cancel_notice_hours)
    return {
        "starts": appointment.start.astimezone(clinic.tz),
        "ends": appointment.end.astimezone(clinic.tz),
        "practitioner": appointment.practitioner.name,
        "reference": reference(appointment.key),
        "manage_url": visit_link(appointment) if open_to_change else "",
        "free_until": free_until.astimezone(clinic.tz) if open_to_change and free_until > now else None,
        "code_needed": appointment.waits_for_code,
        "review_needed": appointment.waits_for_review,
        "preparation": preparation(appointment) if hours_before(appointment, PREPARE_HOURS) <= now else [],
        "book_url": f"{settings.SITE_URL}/c/{clinic.slug}/",
    }


def _says_before(about: str, now: datetime) -> dict[str, object]:
    """What reminders show: what the visit is for only to who asked for that, and nothing twice of how to get ready."""
    appointment = load(about)
    what = appointment.service.name if appointment.patient.shows_what else ""
    return _says(about, now) | {"preparation": [], "what": what}


def _says_of_preparation(about: str, now: datetime) -> dict[str, object]:
    return _says_before(about, now) | {"preparation": preparation(load(about))}


def _says_of_course(about: str, now: datetime) -> dict[str, object]:
    """Every visit that lies ahead in the course of this one."""
    clinic = load(about).clinic
    ahead = _ahead_with(about, now)
    return {
        "visits": [{"starts": each.start.astimezone(clinic.tz), "practitioner": each.practitioner.name} for each in ahead],
        "plan_url": f"{settings.SITE_URL}/plan/",
    }


def _files_of_course(about: str, now: datetime) -> list[Attachment]:
    """One calendar file with every visit that lies ahead."""
    content = calendar(_ahead_with(about, now), now=now)
    return [Attachment(name="visits.ics", content=content, mime="text/calendar; method=PUBLISH; charset=utf-8")]


def _ahead_with(about: str, now: datetime) -> list[Appointment]:
    course = load(about).session.course
    return list(Appointment.objects.of_course(course).ahead(now).with_people())


def _course_still_ahead(about: str, now: datetime) -> str:
    return "" if load(about) and _ahead_with(about, now) else "No visit of the course lies ahead"


def reference(key: str) -> str:
    """What a patient reads out on the phone: eight letters and figures of a key, in two groups."""
    return f"{key[:4]}-{key[4:8]}".upper()


def preparation(appointment: Appointment) -> list[str]:
    """How to get ready, in lines: for a first visit only."""
    if appointment.session.number > 1:
        return []
    techniques = [technique.slug for technique in appointment.service.techniques.all()]
    flags = appointment.session.course.intake.flags if appointment.session.course.intake else ()
    return _preparation(appointment.clinic, techniques, flags)


def _preparation(clinic: Clinic, techniques: Iterable[str], flags: Iterable[str] = ()) -> list[str]:
    advice = choose(Moment.BEFORE_FIRST_VISIT, techniques=techniques, flags=flags, book=spoken())
    where = places(clinic.country)
    return [fill(line.text, where) for line in advice.lines]


def _sample(clinic: Clinic, now: datetime) -> dict[str, object]:
    return samples.words(clinic, now) | {"preparation": _preparation(clinic, ["traditional_acupuncture"]), "what": ""}


def _file(about: str, now: datetime) -> list[Attachment]:
    appointment = load(about)
    method = "CANCEL" if appointment.state == State.CANCELLED else "REQUEST"
    return [Attachment(name="visit.ics", content=calendar([appointment], now=now), mime=f"text/calendar; method={method}; charset=utf-8")]


def register_kinds() -> None:
    """Make the kinds of messages about visits known; called once, when the application starts."""
    coming = partial(_stands_as, (State.PROVISIONAL, State.BOOKED, State.CONFIRMED))
    sure = partial(_stands_as, (State.BOOKED, State.CONFIRMED))
    begun = (State.PROVISIONAL, State.BOOKED, State.CONFIRMED, State.ARRIVED, *State.in_treatment(), State.COMPLETED)
    _register(BOOKED, "Visit booked", partial(_stands_as, begun), file=True)
    _register(PROVISIONAL, "Visit kept, waiting for an answer", partial(_stands_as, (State.PROVISIONAL,)))
    _register(CONFIRMED_NOW, "Visit now sure", sure, file=True)
    register(
        Kind(
            name=COURSE_BOOKED,
            words="Visits of a course booked",
            still_true=_course_still_ahead,
            context=_says_of_course,
            attachments=_files_of_course,
        )
    )
    _register(MOVED, "Visit moved", coming, file=True)
    _register(CANCELLED, "Visit cancelled", partial(_stands_as, (State.CANCELLED,)), file=True)
    ahead = (State.PROVISIONAL, State.BOOKED, State.CONFIRMED)
    reminds = {"template": "appointment-reminder", "context": _says_before, "group": Group.REMINDERS, "may_wait": True}
    _register(REMIND_BY_MAIL, "Reminder by mail", partial(_is_wanted, Way.MAIL, ahead), **reminds)
    _register(REMIND_BY_SMS, "Reminder by SMS", partial(_is_wanted, Way.SMS, ahead), **reminds, channels=(Channel.SMS,))
    prepares = {"context": _says_of_preparation, "group": Group.REMINDERS, "may_wait": True}
    _register(PREPARE, "Getting ready for a first visit", partial(_is_wanted, Way.MAIL, ahead), **prepares)


def _register(
    name: str,
    words: str,
    still_true: Callable[[str, datetime], str],
    *,
    file: bool = False,
    **more: object,
) -> None:
    if file:
        more["attachments"] = _file
    register(
        Kind(**{"name": name, "words": words, "still_true": still_true, "context": _says, "load_all": load_all, "sample": _sample} | more)
    )
