"""What the front desk asks of the diary: a day's visits with what may be known of them, exact times, a patient's visits."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import cached_property

from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce

from bookings import availability
from bookings.enums import State
from bookings.messages import REMIND_BY_MAIL, REMIND_BY_SMS
from bookings.models import Appointment
from bookings.selectors import Openings, Wish, hours_of, public_holidays
from bookings.slots import Slot
from clinic.models import Absence, Clinic, Room, User
from insurers.enums import CoverState
from insurers.models import Cover
from intervals import Interval, expand, intersect, local_days, tick_floor
from messaging.models import Message
from patients.models import Finding, Intake, Patient
from treatments.models import Course, Needling, Session

REMINDERS = (REMIND_BY_MAIL, REMIND_BY_SMS)


@dataclass(frozen=True, kw_only=True)
class DeskVisit:
    """A visit as the desk may know it: that there is a safety alert, never what it is about."""

    appointment: Appointment
    cover: Cover | None = None
    told: tuple[Message, ...] = ()
    away: str = ""  # why nobody can treat then, where leave came after the booking

    @property
    def is_flagged(self) -> bool:
        return self.appointment.is_flagged

    @property
    def planned(self) -> int:
        """How many sessions the course has."""
        return self.appointment.planned

    @property
    def lacks_code(self) -> bool:
        """Whether an insurer's code is missing for it."""
        stands = self.appointment.state not in (State.DNA, State.CANCELLED)
        return stands and (self.appointment.waits_for_code or bool(self.cover and self.cover.state == CoverState.AWAITING))

    @property
    def is_reminded(self) -> bool:
        return any(message.kind in REMINDERS and message.sent_at for message in self.told)


@dataclass(frozen=True, kw_only=True)
class Days:
    """Some local days of one clinic: the visits, and when everybody works."""

    clinic: Clinic
    bounds: dict[date, Interval]
    visits: tuple[DeskVisit, ...]
    absences: tuple[Absence, ...]

    def on(self, day: date) -> list[DeskVisit]:
        """The visits that touch a day, in order."""
        whole = self.bounds[day]
        return [visit for visit in self.visits if whole.overlaps(stay_of(visit.appointment))]

    @cached_property
    def holidays(self) -> dict[date, str]:
        """The days on which the clinic is closed by the calendar."""
        if not self.clinic.closed_on_holidays:
            return {}
        known = public_holidays(self.clinic, {day.year for day in self.bounds})
        return {day: known[day] for day in self.bounds if day in known}

    def away(self, timeline: int, day: date) -> list[tuple[Interval, str]]:
        """When a timeline is away on a day, and why."""
        whole = self.bounds[day]
        if day in self.holidays:
            return [(whole, f"Closed: {self.holidays[day]}")]
        mine = [absence for absence in self.absences if absence.timeline_id in (None, timeline)]
        stretches = ((Interval(absence.during.lower, absence.during.upper).common(whole), absence) for absence in mine)
        return [
            (part, f"Away: {absence.reason}" if absence.timeline_id else f"Closed: {absence.reason}") for part, absence in stretches if part
        ]


def stay_of(appointment: Appointment) -> Interval:
    """From when the patient comes to when the patient goes."""
    return Interval(appointment.start, appointment.end)


def days_at(*, clinic: Clinic, user: User, first_day: date, last_day: date, now: datetime) -> Days:
    """The days from first to last with everything a diary page shows of their visits: four queries, whatever their number."""
    bounds = local_days(clinic.tz, first_day, last_day)
    opens, closes = bounds[first_day].start, bounds[last_day].end
    absences = tuple(Absence.objects.during(opens, closes).at(clinic).order_by("during"))
    rows = list(visits_of(user, now).filter(clinic=clinic).between(opens, closes))
    days = Days(clinic=clinic, bounds=bounds, visits=(), absences=absences)
    return replace(days, visits=tuple(_with_what_is_told(rows, user, days)))


def visits_of(user: User, now: datetime):
    """The visits that stand or were missed, and the times being held, as the desk shows them."""
    rows = Appointment.objects.visible_to(user).exclude(state=State.CANCELLED).filter(Q(until=None) | Q(until__gt=now))
    funding = "session__course__funding__policy__insurer"
    return rows.with_people().with_records().select_related(funding).annotate(is_flagged=_flagged(), is_known=_known(), planned=_planned())


def visit_of(*, user: User, key: str, now: datetime) -> DeskVisit | None:
    """One visit, wherever it stands."""
    found = list(visits_of(user, now).filter(key=key))
    return next(_with_what_is_told(found, user, None), None)


def _flagged() -> Exists:
    """Whether the newest answers of the patient hold a finding that the desk should know to be there."""
    newest = Intake.objects.filter(patient=OuterRef(OuterRef("session__course__patient"))).exclude(screened_at=None).newest_first()
    return Exists(Finding.objects.alerting().filter(intake=Subquery(newest.values("pk")[:1])))


def _known() -> Exists:
    """Whether the patient has been in care here before this course."""
    before = Course.objects.filter(patient=OuterRef("session__course__patient"), opened_at__lt=OuterRef("session__course__opened_at"))
    return Exists(before)


def _planned() -> Coalesce:
    of_course = Session.objects.planned().filter(course=OuterRef("session__course")).order_by().values("course")
    return Coalesce(Subquery(of_course.annotate(count=Count("pk")).values("count")), 0)


def _with_what_is_told(rows: list[Appointment], user: User, days: Days | None) -> Iterable[DeskVisit]:
    keys = [row.key for row in rows]
    covers = {cover.key: cover for cover in Cover.objects.visible_to(user).of_keys(keys).select_related("authorisation__policy__insurer")}
    told: dict[str, list[Message]] = {}
    for message in Message.objects.visible_to(user).of_visits(keys).soonest_first():
        told.setdefault(message.visit or message.about, []).append(message)
    for row in rows:
        away = _away(row, days) if days and row.is_ahead else ""
        yield DeskVisit(appointment=row, cover=covers.get(row.key), told=tuple(told.get(row.key, ())), away=away)


def _away(appointment: Appointment, days: Days) -> str:
    """Why the practitioner or the clinic is away during a visit that stands, or nothing."""
    stay = stay_of(appointment)
    day = appointment.start.astimezone(days.clinic.tz).date()
    found = days.away(appointment.practitioner.timeline_id, day) if day in days.bounds else []
    return next((words for stretch, words in found if stretch.overlaps(stay)), "")


def working_hours(clinic: Clinic, timelines: Iterable[int], day: date) -> dict[int, list[Interval]]:
    """When each timeline works by its weekly hours on a local day."""
    timelines = list(timelines)
    hours, whole = hours_of(timelines), local_days(clinic.tz, day, day)[day]
    return {key: intersect(expand(hours[key], clinic.tz, day, day), [whole]) for key in timelines}


# Times that somebody names


def slot_at(*, wish: Wish, start: datetime, room: Room | None = None) -> Slot | None:
    """A visit at exactly this five-minute start: in what is free, or where least stands in the way. None when nobody could give it."""
    openings = Openings(wish)
    if openings.is_empty or not openings.rooms:
        return None
    only = 1 << max(tick_floor(start) - openings.grid.base, 0)
    found = availability.openings(replace(openings.search, starts=only))
    if found and start >= wish.now:
        return openings.slot(found[0])
    slots = [_slot(openings, start, each) for each in ([room] if room else openings.rooms.values())]
    return min(slots, key=lambda slot: len(openings.obstacles(slot)))


def _slot(openings: Openings, start: datetime, room: Room) -> Slot:
    return Slot(
        service=openings.wish.service,
        parts=openings.parts,
        practitioner=next(iter(openings.practitioners.values())),
        room=room,
        equipment=next(iter((openings.machines or {}).values()), None),
        start=start,
    )


# One patient


def courses_to_book(*, user: User, patient: Patient) -> list[tuple[Course, Session]]:
    """What somebody at the clinic may book for a patient: open courses that have a session without a time, each with its next one."""
    return next_without_a_time(courses=Course.objects.bookable_by(user), patient=patient)


def next_without_a_time(*, courses: QuerySet, patient: Patient) -> list[tuple[Course, Session]]:
    """Those of the courses that are open, are this patient's, and have a session without a time, each with its next one."""
    standing = Appointment.objects.standing().of_patient(patient).values("session")
    sessions = Session.objects.planned().unheld().filter(course__patient=patient, course__in=courses.open())
    found: dict[int, Session] = {}
    for session in sessions.exclude(pk__in=standing).with_course().select_related("course__service").order_by("course", "number"):
        found.setdefault(session.course_id, session)
    return [(session.course, session) for session in found.values()]


def count_to_book(course: Course) -> int:
    """How many planned sessions of a course have no time yet."""
    standing = Appointment.objects.standing().of_course(course).values("session")
    return course.sessions.planned().unheld().exclude(pk__in=standing).count()


def next_visits(*, user: User, patients: Iterable[Patient], now: datetime) -> dict[int, Appointment]:
    """The next visit of each of these patients, by the patient's id."""
    rows = Appointment.objects.visible_to(user).ahead(now).filter(session__course__patient__in=list(patients))
    found: dict[int, Appointment] = {}
    for row in rows.select_related("session__course", "clinic", "practitioner"):
        found.setdefault(row.session.course.patient_id, row)
    return found


# The rooms


def visits_today(*, clinic: Clinic, user: User, today: date) -> list[Appointment]:
    """Today's visits with the needles counted in so far, each under `needles`, for the room board."""
    whole = local_days(clinic.tz, today, today)[today]
    rows = Appointment.objects.visible_to(user).promised().filter(clinic=clinic).between(whole.start, whole.end)
    counted = Needling.objects.filter(record__session=OuterRef("session")).order_by().values("record")
    needles = Coalesce(Subquery(counted.annotate(count=Sum("needles")).values("count")), 0)
    return list(rows.with_people().with_records().annotate(needles=needles))
