"""What people are told when a time is offered to them, taken back, or must change."""

from datetime import datetime, timedelta

from django.conf import settings

from bookings.messages import BEFOREHAND, NEEDS_NEW_TIME, load, post_reminders, reference, tell_settled, visit_link
from bookings.models import Appointment, Offer, WaitlistEntry
from bookings.worklist import cannot_stand
from clinic.enums import LinkPurpose
from clinic.links import mint
from messaging.enums import Channel, Group
from messaging.enums import State as Sent
from messaging.kinds import Kind, register
from messaging.models import Message
from messaging.services import Address, post, send_now, withdraw
from patients.addresses import address_of, greeted

OFFER, GONE = "waitlist-offer", "waitlist-gone"
PATIENCE = (  # how far ahead a visit is, and how long the desk has to find a time for it: patients hear once, with the answer
    (timedelta(hours=6), timedelta(hours=2)),
    (timedelta(hours=1), timedelta(minutes=15)),
    (-timedelta(days=1), timedelta()),
)


def offer(made: Offer, *, now: datetime) -> None:
    """Tell somebody that a time is kept for them, and until when."""
    post(OFFER, to=whom(made.entry), about=made.key, due=now, useful_until=made.until)


def take_back(made: Offer, *, tell: bool, now: datetime) -> None:
    """Stop an offer that has not gone; say so to whom it went, unless they know."""
    stopped = withdraw(about=made.key, kinds=[OFFER], reason="The offer is over")
    if tell and not stopped:
        post(GONE, to=whom(made.entry), about=made.key, due=now, useful_until=made.start if made.start > now else None)


def whom(entry: WaitlistEntry) -> Address:
    """Where somebody on the list can be reached; who has no record yet only by the address that the link has to prove."""
    if entry.patient:
        return address_of(entry.patient)
    booking, language = entry.booking, entry.booking.clinic.language
    name = greeted(booking.first_name, booking.last_name, language)
    return Address(recipient=booking.key, clinic=booking.clinic, name=name, mail=booking.email, language=language)


def ask_for_new_time(visit: Appointment, *, now: datetime) -> None:
    """Promise a patient word that the visit can't stand: later, so that the desk may find a time first and there is one mail to read."""
    withdraw(about=visit.key, kinds=BEFOREHAND, reason="The visit waits for a new time")
    wait = next(wait for ahead, wait in PATIENCE if visit.start > now + ahead)
    _post_needed(visit, due=now + wait)


def ask_now(visit: Appointment, *, now: datetime) -> None:
    """Let that word go with the next look."""
    _post_needed(visit, due=now)
    for message in Message.objects.about(visit.key).of_kinds([NEEDS_NEW_TIME]).open():
        send_now(message=message, now=now)


def _post_needed(visit: Appointment, *, due: datetime) -> None:
    post(
        NEEDS_NEW_TIME,
        to=address_of(visit.patient),
        about=visit.key,
        due=due,
        useful_until=max(visit.start, due + timedelta(minutes=1)),
        version=visit.version,
        visit=visit.key,
    )


def stands_again(visit: Appointment, *, now: datetime) -> None:
    """Promise the reminders anew; who was told already that the visit can't stand is told that it can."""
    unheard = withdraw(about=visit.key, kinds=[NEEDS_NEW_TIME], reason="The visit stands after all")
    if not unheard and Message.objects.about(visit.key).of_kinds([NEEDS_NEW_TIME]).in_state(Sent.SENT).exists():
        tell_settled(visit, now=now)
    post_reminders(visit, now=now)


def load_offer(about: str) -> Offer | None:
    return Offer.objects.keyed(about)


def _still_offered(about: str, now: datetime) -> str:
    made = load_offer(about)
    return "" if made and made.is_open(now) else "The offer is over"


def _still_gone(about: str, now: datetime) -> str:
    return "" if load_offer(about) else "The offer is unknown"


def _says_of_offer(about: str, now: datetime) -> dict[str, object]:
    made = load_offer(about)
    clinic = made.entry.clinic
    return {
        "starts": made.start.astimezone(clinic.tz),
        "ends": made.end.astimezone(clinic.tz),
        "until": made.until.astimezone(clinic.tz),
        "practitioner": made.practitioner.name,
        "answer_url": offer_link(made),
        "moves": made.entry.wants_earlier,
    }


def _says_gone(about: str, now: datetime) -> dict[str, object]:
    made = load_offer(about)
    clinic = made.entry.clinic
    return {
        "starts": made.start.astimezone(clinic.tz),
        "ends": made.end.astimezone(clinic.tz),
        "practitioner": made.practitioner.name,
    }


def offer_link(made: Offer) -> str:
    """Mint a private link to answer; it lives as long as somebody may still want to read what became of the offer."""
    token = mint(purpose=LinkPurpose.OFFER, about=made.key, expires_at=made.start)
    return f"{settings.SITE_URL}/offer/{token}/"


def _still_needed(about: str, now: datetime) -> str:
    visit = load(about)
    return "" if visit and visit.start > now and cannot_stand(visit, now=now) else "The visit has a time that stands"


def _says_needed(about: str, now: datetime) -> dict[str, object]:
    visit = load(about)
    clinic = visit.clinic
    return {
        "starts": visit.start.astimezone(clinic.tz),
        "ends": visit.end.astimezone(clinic.tz),
        "practitioner": visit.practitioner.name,
        "manage_url": visit_link(visit),
        "reference": reference(visit.key),
    }


def register_kinds() -> None:
    """Make these kinds known; called once, when the application starts."""
    ways = (Channel.MAIL, Channel.SMS)
    register(
        Kind(
            name=OFFER,
            words="Offer from the waitlist",
            still_true=_still_offered,
            context=_says_of_offer,
            channels=ways,
            group=Group.OFFERS,
        )
    )
    register(Kind(name=GONE, words="Offer taken back", still_true=_still_gone, context=_says_gone, channels=ways))
    register(Kind(name=NEEDS_NEW_TIME, words="Visit needs a new time", still_true=_still_needed, context=_says_needed, channels=ways))
