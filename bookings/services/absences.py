"""Who is away is away: the visits this hits become a worklist, and each is moved by one click."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from django.db import transaction
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange
from django.db.models import F, Q

from bookings import waiting_messages
from bookings.clashes import SlotTaken
from bookings.enums import Answer, State
from bookings.models import Appointment, Offer
from bookings.services.appointments import move_appointment
from bookings.services.freeing import note_days
from bookings.services.states import StateChanged
from bookings.services.waitlist import release
from bookings.slots import Slot
from bookings.worklist import Item, Rearrangement, items_at, that_cannot_stand
from clinic import audit
from clinic.enums import Role, TimelineKind
from clinic.locks import lock
from clinic.models import Absence, Clinic, Equipment, Practitioner, Room, Timeline, User
from clinic.services import set_task, settle_tasks
from intervals import Interval

FIND_TIMES = "find new times"
GONE = "Its time has just gone."


@transaction.atomic
def add_absence(*, clinic: Clinic, timeline: Timeline | None, during: Interval, reason: str, by: User, now: datetime) -> Absence:
    """Note that somebody, something or the whole clinic is away: always possible. Holds and offers in it end, visits need a new time."""
    locked = lock([timeline.pk] if timeline else timelines_of(clinic))
    absence = Absence.objects.create(clinic=clinic, timeline=timeline, during=DateTimeTZRange(during.start, during.end), reason=reason)
    take_back_holds(Appointment.objects.between(during.start, during.end), locked, by=by, now=now)
    ask_for_new_times(clinic, Q(during__overlap=(during.start, during.end)), now=now)
    audit.record(by, "absence.add", absence, timeline=timeline.pk if timeline else None)
    return absence


@transaction.atomic
def remove_absence(*, absence: Absence, by: User, now: datetime) -> None:
    """Note that somebody is there after all: visits stand again, and the time is offered to who waits for one."""
    clinic, during = absence.clinic, Interval(absence.during.lower, absence.during.upper)
    lock([absence.timeline_id] if absence.timeline_id else timelines_of(clinic))
    hit = visits_hit(clinic, Q(during__overlap=(during.start, during.end)), now=now)
    audit.record(by, "absence.remove", absence, timeline=absence.timeline_id)
    if not Absence.objects.filter(pk=absence.pk).delete()[0]:
        return
    stand_again(clinic, hit, now=now)
    for person in _who_is_free_again(absence):
        note_days(person, during, because="There after all", now=now)


def timelines_of(clinic: Clinic) -> list[int]:
    """Every person, room and machine of a clinic."""
    return [row for kind in (Practitioner, Room, Equipment) for row in kind.objects.at(clinic).values_list("timeline_id", flat=True)]


def take_back_holds(within: Iterable[Appointment], timelines: Iterable[int], *, by: User, now: datetime) -> None:
    """End what is only kept for somebody: offers with a word to each, a visitor's hold by the page they are on."""
    held = within.filter(state=State.HELD, occupancies__timeline__in=timelines).order_by("pk").distinct()
    keys = list(held.values_list("pk", flat=True))
    for offer in Offer.objects.open().filter(held__in=keys).with_people().order_by("pk"):
        release(offer, to=Answer.WITHDRAWN, by=by, now=now)
    Appointment.objects.filter(pk__in=keys, state=State.HELD).delete()


def visits_hit(clinic: Clinic, where: Q, *, now: datetime) -> set[int]:
    return set(that_cannot_stand(Appointment.objects.filter(where, clinic=clinic), now=now).values_list("pk", flat=True))


def ask_for_new_times(clinic: Clinic, where: Q, *, now: datetime) -> None:
    """Let the visits hit wait: no reminders of a time that is none; the desk is asked, and the patients later."""
    visits = list(that_cannot_stand(Appointment.objects.filter(where, clinic=clinic), now=now).with_people())
    for visit in visits:
        waiting_messages.ask_for_new_time(visit, now=now)
    if visits:
        words = "Some visits need a new time: look at the worklist"
        set_task(
            clinic=clinic, for_role=Role.RECEPTIONIST, kind=FIND_TIMES, about=clinic.slug[:40], words=words, due=max(visits[0].start, now)
        )


def stand_again(clinic: Clinic, hit: set[int], *, now: datetime) -> None:
    """Promise anew the visits that nothing is in the way of any more; a higher version, so that their reminders are new ones."""
    still = visits_hit(clinic, Q(pk__in=hit), now=now)
    for visit in Appointment.objects.filter(pk__in=hit - still).with_people().order_by("pk"):
        Appointment.objects.filter(pk=visit.pk).update(version=F("version") + 1)
        visit.version += 1
        waiting_messages.stands_again(visit, now=now)
    settle_if_done(clinic, by=None, now=now)


def _who_is_free_again(absence: Absence) -> list[Practitioner]:
    """Whose time an ended absence frees: that person's, or everybody's where the clinic or a room was closed."""
    people = Practitioner.objects.working().at(absence.clinic).select_related("clinic").by_name()
    if absence.timeline_id and absence.timeline.kind == TimelineKind.PRACTITIONER:
        people = people.filter(timeline=absence.timeline_id)
    return list(people)


# Rebooking


@transaction.atomic
def rebook(*, appointment: Appointment, slot: Slot, by: User, now: datetime) -> Appointment:
    """Move a visit off the worklist: same visit, same place in its course, same cover; the patient hears once."""
    moved = move_appointment(appointment=appointment, slot=slot, by=by, now=now)
    settle_if_done(moved.clinic, by=by, now=now)
    return moved


def place_for(*, clinic: Clinic, key: str, value: str, now: datetime) -> tuple[Appointment, Slot | None]:
    """The visit of the worklist that a form names, and the place its value names, looked for again; `LookupError` for another visit."""
    item = next((item for item in items_at(clinic, now=now) if item.appointment.key == key), None)
    if item is None:
        raise LookupError(key)
    [found] = Rearrangement([item], now=now).free()
    return item.appointment, next((each.slot for each in found if each.slot.value == value), None)


def rebook_all(*, clinic: Clinic, values: Mapping[str, str], by: User, now: datetime) -> tuple[list[Appointment], dict[str, str]]:
    """Move the named visits to the places that go together; return who moved, and for each that did not, why.

    One after another, each by itself: a visit whose new room is still taken by another that moves is tried again after it.
    """
    items = Rearrangement(items_at(clinic, now=now), now=now).chosen(values)
    left = {item.appointment.key: item for item in items if item.proposed}
    failed = {key: GONE for key in values if key not in left}
    moved: list[Appointment] = []
    while left:
        done, later, over = _round(left, by=by, now=now)
        moved += done
        failed |= over
        left = {key: left[key] for key in later}
        if not done:
            return moved, failed | later
    return moved, failed


def _round(left: Mapping[str, Item], *, by: User, now: datetime) -> tuple[list[Appointment], dict[str, str], dict[str, str]]:
    """Who moved; whose place is taken, perhaps only until another moves; and whose visit somebody else has changed meanwhile."""
    moved, later, over = [], {}, {}
    for key, item in left.items():
        try:
            moved.append(rebook(appointment=item.appointment, slot=item.proposed.slot, by=by, now=now))
        except SlotTaken as trouble:
            later[key] = str(trouble)
        except StateChanged as trouble:
            over[key] = str(trouble)
    return moved, later, over


def settle_if_done(clinic: Clinic, *, by: User | None, now: datetime) -> None:
    """Tick off what the desk was asked, once nothing is left on the worklist."""
    if not visits_hit(clinic, Q(), now=now):
        settle_tasks(about=clinic.slug[:40], by=by, now=now, kinds=(FIND_TIMES,))
