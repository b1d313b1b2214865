"""The waitlist: somebody joins it, a freed time is kept for one of them at a time, and they take it or leave it."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, time

from django.db import transaction

from bookings import waiting_messages
from bookings.clashes import SlotTaken, clash_means
from bookings.enums import Answer, Door, Freed, State, Urgency, Waiting
from bookings.fitting import TOO_SOON, Fit, fits_for, lead, offer_ends, over, standing_visits
from bookings.models import Appointment, Booking, FreedTime, Offer, WaitlistEntry
from bookings.services.appointments import book_appointment, move_appointment
from bookings.services.freeing import note_stretch
from bookings.services.occupying import Promise, clear_the_way, put, refuse_if_busy, timelines_of
from bookings.services.online import finish_booking, slot_of
from bookings.slots import Slot
from clinic import audit
from clinic.models import Practitioner, User
from insurers.enums import Payer
from intervals import Interval, subtract
from patients.models import Patient
from patients.services import find_patient
from treatments.models import Service, Session

NOBODY = "Nobody on the waitlist fits"
LEFT_OPEN = "Left open by the desk"
PASSED = "The last day they asked for has passed"


class OfferGone(Exception):
    """The offer can't be accepted any more; `str()` says why."""


class CannotWait(Exception):
    """Somebody can't be put on the list; `str()` says why."""


class Passed(Exception):
    """Somebody else was faster with this time, or with this person."""


@dataclass(frozen=True, kw_only=True)
class Wishes:
    """When somebody could come: nothing said is no limit. Hours are the clinic's clocks; Monday is "0"."""

    first_day: date
    last_day: date
    weekdays: tuple[str, ...] = ()
    earliest: time | None = None
    latest: time | None = None
    practitioners: tuple[Practitioner, ...] = ()
    notice_hours: int = 2
    urgency: Urgency = Urgency.SOON
    note: str = ""

    @property
    def fields(self) -> dict[str, object]:
        return {
            "first_day": self.first_day,
            "last_day": self.last_day,
            "weekdays": list(self.weekdays),
            "earliest": self.earliest,
            "latest": self.latest,
            "notice_hours": self.notice_hours,
            "urgency": self.urgency,
            "note": self.note,
        }


@dataclass(frozen=True, kw_only=True)
class Hold(Promise):
    """A time kept for somebody who is known, though no session has it yet."""

    whom: Patient | None = field(default=None)

    @property
    def patient(self) -> Patient | None:
        return self.whom


# Joining and leaving


@transaction.atomic
def wait_for_session(*, session: Session, service: Service, wishes: Wishes, by: User | str, now: datetime) -> WaitlistEntry:
    """Put a session on the list: for a time, or for an earlier one than it has. Asked again, the wishes are changed."""
    Session.objects.select_for_update(no_key=True).get(pk=session.pk)
    visit = Appointment.objects.of_session(session).first()
    entry = WaitlistEntry.objects.standing().filter(session=session).first() or WaitlistEntry(session=session, joined_at=now)
    entry.clinic, entry.service, entry.wants_earlier = service.clinic, service, visit is not None
    if visit and not visit.is_ahead:
        raise CannotWait("This session has been held, or is being held.")
    return _keep(entry, wishes, by=by)


@transaction.atomic
def wait_for_first_visit(*, booking: Booking, wishes: Wishes, by: User | str, now: datetime) -> WaitlistEntry:
    """Put a booking that found no time on the list: who it is, the service and the safety answers are the booking's."""
    booking = Booking.objects.select_for_update(no_key=True, of=["self"]).select_related("clinic", "service").get(pk=booking.pk)
    if booking.finished_at:
        raise CannotWait("This visit is booked already.")
    entry = WaitlistEntry.objects.standing().filter(booking=booking).first() or WaitlistEntry(booking=booking, joined_at=now)
    entry.clinic, entry.service = booking.clinic, booking.service
    return _keep(entry, wishes, by=by)


def _keep(entry: WaitlistEntry, wishes: Wishes, *, by: User | str) -> WaitlistEntry:
    for name, value in wishes.fields.items():
        setattr(entry, name, value)
    entry.save()
    entry.practitioners.set(wishes.practitioners)
    audit.record(by, "waitlist.join", entry)
    return entry


@transaction.atomic
def leave_waitlist(*, entry: WaitlistEntry, because: str, by: User | str, now: datetime) -> None:
    """Take somebody off the list; what is offered to them goes to the next."""
    offer = Offer.objects.open().filter(entry=entry).with_people().first()
    if offer:
        clear_the_way(timelines_of_offer(offer), now=now)
        release(offer, to=Answer.WITHDRAWN, by=by, now=now)
    if WaitlistEntry.objects.standing().filter(pk=entry.pk).update(state=Waiting.CLOSED, closed_because=because[:100]):
        audit.record(by, "waitlist.leave", entry)


def close_stale_entries(*, now: datetime) -> None:
    """Take those off the list whose last day has passed, or who wait for nothing any more."""
    entries = list(WaitlistEntry.objects.filter(state=Waiting.WAITING).with_people().order_by("pk")[:500])
    visits = standing_visits(entries)
    for entry in entries:
        passed = entry.last_day < now.astimezone(entry.clinic.tz).date()
        if because := PASSED if passed else over(entry, visits.get(entry.session_id)):
            leave_waitlist(entry=entry, because=because, by=audit.THE_HOUSE, now=now)


# Offering


def offer_freed_times(*, now: datetime) -> list[Offer]:
    """Let offers run out, then offer each time that is free to the next person it fits. Any number may run at once."""
    for offer in Offer.objects.run_out(now).with_people()[:100]:
        expire_offer(offer=offer, now=now)
    made = [offer_next(freed=freed, now=now) for freed in FreedTime.objects.open().with_people().oldest_first()[:100]]
    return [offer for offer in made if offer]


def offer_next(*, freed: FreedTime, now: datetime) -> Offer | None:
    """Keep a freed time for the first person it fits and tell them; without anybody, leave it open and note why."""
    fits = fits_for(freed, now=now)
    skipped = [[fit.entry.key, fit.skip] for fit in fits if fit.skip]
    for fit in fits:
        if fit.slot:
            try:
                return offer_time(freed=freed, fit=fit, skipped=skipped, by=audit.THE_HOUSE, now=now)
            except (Passed, SlotTaken):
                continue
    if not any(fit.may_fit_later or fit.slot for fit in fits):
        _close(freed, TOO_SOON if freed.start < now + lead() else NOBODY, skipped)
    return None


def _close(freed: FreedTime, because: str, skipped: list[list[str]]) -> None:
    FreedTime.objects.open().filter(pk=freed.pk).update(state=Freed.CLOSED, closed_because=because, skipped=skipped)


@transaction.atomic
def offer_time(*, freed: FreedTime, fit: Fit, skipped: list[list[str]], by: User | str, now: datetime, was: Freed = Freed.OPEN) -> Offer:
    """Keep a start in a freed time for one person, or `Passed` where somebody was faster, or `SlotTaken`."""
    slot, entry, clinic = fit.slot, fit.entry, freed.clinic
    until = offer_ends(now=now, start=slot.start, zone=clinic.tz)
    hold = Hold(slot=slot, session=None, state=State.HELD, door=Door.WAITLIST, until=until, whom=entry.patient)
    with clash_means(SlotTaken):
        clear_the_way(hold.timelines, now=now)
        _claim(freed, entry, skipped, was)
        refuse_if_busy([hold], now=now)
        [held] = put([hold], now=now)
    offer = Offer.objects.create(
        entry=entry,
        freed=freed,
        held=held,
        service=slot.service,
        practitioner=slot.practitioner,
        room=slot.room,
        equipment=slot.equipment,
        during=held.during,
        made_at=now,
        until=until,
    )
    _note_rest(freed, slot, now=now)
    waiting_messages.offer(offer, now=now)
    audit.record(by, "waitlist.offer", offer, entry=entry.key)
    return offer


def _claim(freed: FreedTime, entry: WaitlistEntry, skipped: list[list[str]], was: Freed) -> None:
    """Let this one offer be the time's and the person's only one."""
    mine = FreedTime.objects.filter(pk=freed.pk, state=was).update(state=Freed.OFFERED, closed_because="", skipped=skipped)
    if not mine or not WaitlistEntry.objects.filter(pk=entry.pk, state=Waiting.WAITING).update(state=Waiting.OFFERED):
        raise Passed


def _note_rest(freed: FreedTime, slot: Slot, *, now: datetime) -> None:
    """What an offer leaves of a long stretch is a freed time of its own."""
    taken = Interval(slot.start, slot.end)
    whole = Interval(freed.start, freed.end)
    for part in subtract([whole], [taken]):
        note_stretch(freed.practitioner, part, because=freed.because, now=now)
    kept = whole.common(taken)
    FreedTime.objects.filter(pk=freed.pk).update(during=(kept.start, kept.end))


def offer_to(*, freed: FreedTime, entry: WaitlistEntry, by: User, now: datetime) -> Offer:
    """Offer a freed time to somebody the desk chose; an offer of it to somebody else is taken back first. `Passed` says why not."""
    leave_open(freed=freed, by=by, now=now)
    fit = next((fit for fit in fits_for(freed, now=now) if fit.entry.pk == entry.pk), None)
    if fit is None or fit.slot is None:
        _open_again(freed)
        raise Passed(f"{entry.name}: {fit.skip if fit else 'off the list by now'}.")
    try:
        return offer_time(freed=freed, fit=fit, skipped=[], by=by, now=now, was=Freed.CLOSED)
    except (Passed, SlotTaken) as gone:
        _open_again(freed)
        raise Passed("That time has just gone.") from gone


def _open_again(freed: FreedTime) -> None:
    """Let the list go on from the top."""
    FreedTime.objects.filter(pk=freed.pk, state=Freed.CLOSED).update(state=Freed.OPEN, closed_because="")


@transaction.atomic
def leave_open(*, freed: FreedTime, by: User, now: datetime) -> None:
    """Offer a freed time to nobody: it can be booked by anyone. What is offered of it already is taken back."""
    offer = Offer.objects.open().filter(freed=freed).with_people().first()
    if offer:
        clear_the_way(timelines_of_offer(offer), now=now)
        release(offer, to=Answer.WITHDRAWN, by=by, now=now)
    if FreedTime.objects.open().filter(pk=freed.pk).update(state=Freed.CLOSED, closed_because=LEFT_OPEN):
        audit.record(by, "waitlist.leave_open", freed)


# Answering


def timelines_of_offer(offer: Offer) -> list[int]:
    """Everything that an offer keeps time of."""
    people: Iterable = (offer.practitioner, offer.room, offer.equipment, offer.entry.patient)
    return [each.timeline_id for each in people if each]


@transaction.atomic
def expire_offer(*, offer: Offer, now: datetime) -> bool:
    """Let an offer run out, unless it was answered meanwhile; its time goes to the next."""
    clear_the_way(timelines_of_offer(offer), now=now)
    return release(offer, to=Answer.EXPIRED, by=audit.THE_HOUSE, now=now)


@transaction.atomic
def decline_offer(*, offer: Offer, stay: bool, by: User | str, now: datetime) -> None:
    """Say no to an offer, and stay on the list or leave it; `OfferGone` where there is nothing to say no to."""
    clear_the_way(timelines_of_offer(offer), now=now)
    if not release(offer, to=Answer.DECLINED, by=by, now=now):
        raise OfferGone(gone_words(Offer.objects.get(pk=offer.pk), now=now))
    if not stay:
        leave_waitlist(entry=offer.entry, because="Asked to be taken off", by=by, now=now)


def release(offer: Offer, *, to: Answer, by: User | str, now: datetime) -> bool:
    """Give back the time an offer keeps, where it is still unanswered; its timelines are locked by the caller."""
    mine = Offer.objects.open().filter(pk=offer.pk)
    if to == Answer.EXPIRED:
        mine = mine.filter(until__lte=now)
    if not mine.update(answer=to, answered_at=now):
        return False
    Appointment.objects.filter(pk=offer.held_id, state=State.HELD).delete()
    WaitlistEntry.objects.filter(pk=offer.entry_id, state=Waiting.OFFERED).update(state=Waiting.WAITING)
    FreedTime.objects.filter(pk=offer.freed_id, state=Freed.OFFERED).update(state=Freed.OPEN)
    waiting_messages.take_back(offer, tell=to == Answer.WITHDRAWN, now=now)
    audit.record(by, f"waitlist.{to.value}", offer)
    return True


@transaction.atomic
def accept_offer(*, offer: Offer, by: User | str, now: datetime) -> Appointment:
    """Take the offered time: booked, or moved from a later one. Pressing twice books once; too late is `OfferGone`."""
    entry = offer.entry
    visit = Appointment.objects.of_session(entry.session).first() if entry.session_id else None
    with clash_means(SlotTaken):
        clear_the_way([*timelines_of_offer(offer), *_timelines_beside(entry, visit)], now=now)
    if not Offer.objects.open().filter(pk=offer.pk, until__gt=now).update(answer=Answer.ACCEPTED, answered_at=now):
        return _accepted_before(offer, now=now)
    WaitlistEntry.objects.filter(pk=entry.pk).update(state=Waiting.BOOKED)
    FreedTime.objects.filter(pk=offer.freed_id).update(state=Freed.TAKEN)
    held = Appointment.objects.filter(pk=offer.held_id, state=State.HELD).with_people().first()
    if held is None:
        raise OfferGone("This time could not be kept any longer. You are still on the waitlist.")
    appointment = _book(entry, held, visit, by=by, now=now)
    Offer.objects.filter(pk=offer.pk).update(appointment=appointment)
    audit.record(by, "waitlist.accepted", offer, appointment=appointment.key)
    return appointment


def _timelines_beside(entry: WaitlistEntry, visit: Appointment | None) -> list[int]:
    """What else accepting touches: the later visit that moves, or the record of somebody who comes for the first time again."""
    if visit:
        return timelines_of(visit)
    known = known_patient(entry.booking) if entry.booking_id else None
    return [known.timeline_id] if known else []


def known_patient(booking: Booking) -> Patient | None:
    return find_patient(email=booking.email, born=booking.date_of_birth, first_name=booking.first_name)


def _book(entry: WaitlistEntry, held: Appointment, visit: Appointment | None, *, by: User | str, now: datetime) -> Appointment:
    if entry.booking_id:
        return _finish(entry.booking, held, now=now)
    slot = slot_of(held)
    Appointment.objects.filter(pk=held.pk).delete()
    if visit:
        return move_appointment(appointment=visit, slot=slot, by=by, now=now)
    return book_appointment(session=entry.session, slot=slot, by=by, now=now, door=Door.WAITLIST)


def _finish(booking: Booking, held: Appointment, *, now: datetime) -> Appointment:
    """Finish the booking with the offered time: who followed the mailed link has proved the address."""
    if booking.finished_at:
        raise OfferGone("You have booked a visit meanwhile. The time goes to the next person.")
    known = {"appointment": held, "proved_address": booking.email, "payer": booking.payer or Payer.SELF}
    Booking.objects.unfinished().filter(pk=booking.pk).update(**known)
    for name, value in known.items():
        setattr(booking, name, value)
    return finish_booking(booking=booking, now=now)


def _accepted_before(offer: Offer, *, now: datetime) -> Appointment:
    """The visit that an earlier press booked, or `OfferGone`."""
    fresh = Offer.objects.with_people().get(pk=offer.pk)
    if fresh.answer == Answer.ACCEPTED and fresh.appointment:
        return fresh.appointment
    raise OfferGone(gone_words(fresh, now=now))


def gone_words(offer: Offer, *, now: datetime) -> str:
    """Why an offer can't be answered any more, for whom it was made to."""
    match offer.answer:
        case Answer.ACCEPTED:
            return "You have taken this time already."
        case Answer.DECLINED:
            return "You said no to this time, so it went to the next person."
        case Answer.WITHDRAWN:
            return "We had to take this offer back. We are sorry. You are still on the waitlist."
    return "This offer ran out, and the time goes to the next person. You are still on the waitlist."
