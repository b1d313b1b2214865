"""Who on the waitlist fits a time that came free, which start suits them, and why the others are passed over."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from functools import cached_property
from zoneinfo import ZoneInfo

from django.conf import settings

from bookings.enums import Answer, Waiting
from bookings.given_back import GivenBack, stretches_of
from bookings.models import Appointment, FreedTime, Occupancy, Offer, WaitlistEntry
from bookings.selectors import Wish
from bookings.slots import Parts, Slot
from clinic.models import Absence
from intervals import Interval, local_date, to_instant
from patients.enums import Act, Decision, Tier
from patients.models import Finding, Intake
from treatments.enums import CourseState

ASLEEP, AWAKE = time(21, 30), time(8, 30)  # an offer never runs out while people sleep
LAST_CALL = timedelta(minutes=15)

TOO_SOON = "It starts too soon to offer it"
HAS_OFFER = "Has another offer to answer first"
WAS_ASKED = {
    Answer.DECLINED: "Said no to this time",
    Answer.EXPIRED: "Did not answer in time",
    Answer.WITHDRAWN: "The offer was taken back",
}


@dataclass(frozen=True, kw_only=True)
class Fit:
    """One person on the list beside a freed time: the start that suits them, or why there is none."""

    entry: WaitlistEntry
    slot: Slot | None = None
    skip: str = ""

    @property
    def may_fit_later(self) -> bool:
        """Whether the reason may be gone in a few minutes."""
        return self.skip == HAS_OFFER


def lead() -> timedelta:
    """How long before its start a freed time is still offered."""
    return timedelta(minutes=settings.OFFER_LEAD_MINUTES)


def offer_ends(*, now: datetime, start: datetime, zone: ZoneInfo) -> datetime:
    """Until when somebody may think about an offer made at `now`: half an hour; at night until they have woken up."""
    ends = now + timedelta(minutes=settings.OFFER_MINUTES)
    local = ends.astimezone(zone)
    if local.time() >= ASLEEP or local.time() < AWAKE:
        day = local.date() + timedelta(days=local.time() >= ASLEEP)
        ends = max([ends, *to_instant(day, AWAKE, zone)])
    return max(min(ends, start - LAST_CALL), now + LAST_CALL)


def fits_for(freed: FreedTime, *, now: datetime) -> list[Fit]:
    """Everybody on the clinic's waitlist in the order in which they are asked; a handful of queries, however many wait."""
    entries = list(WaitlistEntry.objects.at(freed.clinic).standing().with_people().next_first())
    return Look(freed, entries, now=now).fits() if entries else []


class Look:
    """One look at a freed time for some people."""

    def __init__(self, freed: FreedTime, entries: Sequence[WaitlistEntry], *, now: datetime):
        self.freed, self.entries, self.now = freed, entries, now
        self.zone = freed.clinic.tz
        self.stretch = Interval(freed.start, freed.end)

    def fits(self) -> list[Fit]:
        return [self._fit(entry) for entry in self.entries]

    def _fit(self, entry: WaitlistEntry) -> Fit:
        skip = self.standing(entry) or self.outside(entry) or self.screened(entry)
        if skip:
            return Fit(entry=entry, skip=skip)
        possible = self.possible(entry)
        if not possible:
            return Fit(entry=entry, skip=self.nothing_free)
        for words, keeps in (
            ("Outside the hours they asked for", lambda slot: in_hours(entry, slot)),
            ("Too short notice for them", lambda slot: slot.start >= self.now + timedelta(hours=entry.notice_hours)),
            ("Has an earlier time already", lambda slot: self._is_earlier(entry, slot)),
            ("Already booked then", lambda slot: self._is_at_leisure(entry, slot)),
        ):
            possible = [slot for slot in possible if keeps(slot)]
            if not possible:
                return Fit(entry=entry, skip=words)
        return Fit(entry=entry, slot=min(possible, key=lambda slot: (abs(slot.start - self.freed.start), slot.start)))

    # Why somebody is passed over whatever the start

    def standing(self, entry: WaitlistEntry) -> str:
        """Why this person waits for nothing just now, or was asked before."""
        if entry.pk in self.asked:
            return WAS_ASKED[self.asked[entry.pk]]
        if no_longer := over(entry, self.standing_visits.get(entry.session_id)):
            return no_longer
        return HAS_OFFER if entry.state == Waiting.OFFERED else ""

    def outside(self, entry: WaitlistEntry) -> str:
        """Why the day or the person is not among what was asked for."""
        day = local_date(self.freed.start, self.zone)
        if not entry.first_day <= day <= entry.last_day:
            return "Outside the dates they asked for"
        if entry.weekdays and str(day.weekday()) not in entry.weekdays:
            return "Not one of their days"
        wanted = {person.pk for person in entry.practitioners.all()}
        if wanted and self.freed.practitioner_id not in wanted:
            return "Would like somebody else"
        if entry.service_id not in self.given:
            return f"{self.freed.practitioner.short_name} doesn’t give this visit"
        return ""

    def screened(self, entry: WaitlistEntry) -> str:
        """Why safety comes first; the desk reads that it does, never what it is about."""
        intake = self.intakes.get(entry.pk)
        if intake is None:
            return "" if entry.session_id else "The safety questions are not answered"
        if intake.decision == Decision.REFUSED or self._is_blocked(entry, intake):
            return "Their safety answers speak against this visit"
        waits = intake.tier == Tier.REVIEW and not intake.reviewed_at
        return "A practitioner has not read their safety answers yet" if waits and entry.session_id else ""

    def _is_blocked(self, entry: WaitlistEntry, intake: Intake) -> bool:
        techniques = {technique.slug for technique in entry.service.techniques.all()}
        return not techniques.isdisjoint(intake.limited_techniques) or any(
            finding.tier == Tier.EMERGENCY or any(finding.actions.get(technique) == Act.BLOCK for technique in techniques)
            for finding in self.findings[intake.pk]
        )

    # Which starts there are

    def possible(self, entry: WaitlistEntry) -> list[Slot]:
        """The free starts in the stretch for this person's kind of visit, whoever comes."""
        visit = self.standing_visits.get(entry.session_id)
        return self._starts(entry, Parts.of(visit or entry.service))

    def _starts(self, entry: WaitlistEntry, parts: Parts) -> list[Slot]:
        key = (entry.service_id, parts)
        if key not in self._known:
            self._known[key] = self._look_up(entry, parts)
        return self._known[key]

    @cached_property
    def _known(self) -> dict[tuple, list[Slot]]:
        return {}

    def _look_up(self, entry: WaitlistEntry, parts: Parts) -> list[Slot]:
        wish = Wish(
            service=entry.service,
            first_day=local_date(self.freed.start, self.zone),
            last_day=local_date(self.freed.end, self.zone),
            now=self.now,
            practitioner=self.freed.practitioner,
            parts=parts,
            moving=tuple(self.kept),
        )
        return [slot for slot in GivenBack(wish, self.stretches).all() if self._is_in_time(Interval(slot.start, slot.end))]

    def _is_in_time(self, visit: Interval) -> bool:
        """Whether a visit begins in the freed stretch; where its beginning is too soon, the visit must lie in what is left."""
        if self.soonest > self.freed.start:
            return visit.start >= self.soonest and self.stretch.covers(visit)
        return visit.start in self.stretch

    @property
    def soonest(self) -> datetime:
        return self.now + lead()

    @cached_property
    def nothing_free(self) -> str:
        """Why the practitioner can't take this kind of visit then."""
        person = self.freed.practitioner
        if self.soonest > self.freed.start:
            return TOO_SOON
        away = Absence.objects.at(self.freed.clinic).during(self.freed.start, self.freed.end)
        if away.filter(timeline=None).exists() or away.filter(timeline=person.timeline_id).exists():
            return f"{person.short_name} is away then"
        return "No free start is long enough for their visit"

    def _is_earlier(self, entry: WaitlistEntry, slot: Slot) -> bool:
        visit = self.standing_visits.get(entry.session_id)
        return visit is None or slot.start < visit.start

    def _is_at_leisure(self, entry: WaitlistEntry, slot: Slot) -> bool:
        taken = self.busy[entry.patient.timeline_id] if entry.patient else ()
        return not any(stretch.overlaps(Interval(slot.start, slot.end)) for stretch in taken)

    # What is known of everybody, looked up once

    @cached_property
    def given(self) -> set[int]:
        """The kinds of visit that the practitioner gives."""
        return set(self.freed.practitioner.services.values_list("pk", flat=True))

    @cached_property
    def asked(self) -> dict[int, Answer]:
        """Who was offered this time before, by entry, and what came of it."""
        return dict(Offer.objects.of_freed([self.freed]).exclude(answer__in=[Answer.OPEN, Answer.ACCEPTED]).values_list("entry", "answer"))

    @cached_property
    def kept(self) -> list[int]:
        """What an open offer of this time keeps of it: the next offer begins by giving that back."""
        return list(Offer.objects.open().of_freed([self.freed]).exclude(held=None).values_list("held", flat=True))

    @cached_property
    def stretches(self) -> dict[int, list[Interval]]:
        return stretches_of(self.kept)

    @cached_property
    def standing_visits(self) -> dict[int | None, Appointment]:
        return standing_visits(self.entries)

    @cached_property
    def busy(self) -> dict[int, list[Interval]]:
        """When each patient is somewhere on these days, at any clinic."""
        timelines = [entry.patient.timeline_id for entry in self.entries if entry.patient]
        window = (self.freed.start - timedelta(days=1), self.freed.end + timedelta(days=1))
        found: dict[int, list[Interval]] = defaultdict(list)
        for row in Occupancy.objects.counting(self.now).on(timelines).filter(during__overlap=window):
            found[row.timeline_id].append(Interval(row.during.lower, row.during.upper))
        return found

    @cached_property
    def intakes(self) -> dict[int, Intake]:
        """The newest screened answers behind each entry."""
        patients = {entry.patient.pk for entry in self.entries if entry.patient}
        newest = {intake.patient_id: intake for intake in Intake.objects.newest_of_each(patients)}
        keys = [entry.booking.key for entry in self.entries if entry.booking_id]
        typed = {intake.booking_key: intake for intake in Intake.objects.filter(booking_key__in=keys).exclude(screened_at=None)}
        found = {entry.pk: newest.get(entry.patient.pk) if entry.patient else typed.get(entry.booking.key) for entry in self.entries}
        return {key: intake for key, intake in found.items() if intake}

    @cached_property
    def findings(self) -> dict[int, list[Finding]]:
        found: dict[int, list[Finding]] = defaultdict(list)
        for finding in Finding.objects.standing().of_intakes(self.intakes.values()):
            found[finding.intake_id].append(finding)
        return found


def standing_visits(entries: Iterable[WaitlistEntry]) -> dict[int | None, Appointment]:
    """The visits that the sessions of these entries have, by session."""
    sessions = [entry.session_id for entry in entries if entry.session_id]
    return {visit.session_id: visit for visit in Appointment.objects.standing().filter(session__in=sessions)}


def over(entry: WaitlistEntry, visit: Appointment | None) -> str:
    """Why an entry waits for nothing any more, or nothing."""
    if entry.booking_id:
        return "Has booked meanwhile" if entry.booking.finished_at else ""
    if entry.session.dropped_at or entry.session.course.state not in CourseState.open():
        return "The session is no longer planned"
    if visit and (not entry.wants_earlier or not visit.is_ahead):
        return "Has a time by now"
    return ""


def in_hours(entry: WaitlistEntry, slot: Slot) -> bool:
    """Whether a start and its end lie within the hours of the clinic's clocks that somebody asked for."""
    begins, ends = slot.local_start, slot.local_end
    if entry.earliest and begins.time() < entry.earliest:
        return False
    return not entry.latest or (ends.date() == begins.date() and ends.time() <= entry.latest)
