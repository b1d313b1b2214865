"""What is done with the record of a session: begun, kept as a draft, signed, amended."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import date, datetime
from decimal import Decimal

from django.db import transaction
from django.db.models import prefetch_related_objects

from clinic import audit
from clinic.enums import Role
from clinic.models import Practitioner, User
from clinic.services import set_task
from treatments.catalogue import catalogue
from treatments.models import Amendment, Course, Needling, Outcome, Session, SessionRecord, Technique
from treatments.outcomes import PAIN
from treatments.readiness import Missing, Needle, Refusal, as_needle, closings, explained, missing, overrules, refusal_of, refusals
from treatments.safety import Limits
from treatments.selectors import Standing, record_before, standing_of
from treatments.services.advice import promise_aftercare
from treatments.services.courses import finish_course


class NotReady(Exception):
    """The record can't be signed yet; `missing` says what is to be done first, each with its field."""

    def __init__(self, missing: Sequence[Missing]):
        super().__init__(" ".join(self.sentences_of(missing)))
        self.missing = list(missing)

    @staticmethod
    def sentences_of(missing: Iterable[Missing]) -> list[str]:
        return [lack.words for lack in missing]

    @property
    def sentences(self) -> list[str]:
        return self.sentences_of(self.missing)


class Unsafe(Exception):
    """The draft holds what may not be kept; `refusals` says what and why. Nothing of it was kept."""

    def __init__(self, refusals: Sequence[Refusal]):
        super().__init__(" ".join(refusal.words for refusal in refusals))
        self.refusals = list(refusals)


class SavedElsewhere(Exception):
    """Another window saved this draft since this one opened it; nothing was kept, and `record` is what stands."""

    def __init__(self, record: SessionRecord):
        super().__init__("This draft was changed in another window.")
        self.record = record


class AlreadySigned(Exception):
    """A signed record is final."""

    def __init__(self) -> None:
        super().__init__("This record is signed, and final. Add an amendment instead.")


@dataclass(frozen=True, kw_only=True)
class Draft:
    """All that a practitioner writes into a record before signing it."""

    techniques: Sequence[Technique] = ()
    red_flags_asked: bool = False
    consent_confirmed: bool = False
    position: str = ""
    retention_minutes: int | None = None
    retention_reason: str = ""
    response_sought: str = ""
    electro_hz: str = ""
    electro_strength: str = ""
    needle_make: str = ""
    needle_lot: str = ""
    needle_expiry: date | None = None
    needles_out: int | None = None
    mismatch_reason: str = ""
    pain_before: int | None = None
    pain_after: int | None = None
    adverse_asked: bool = False
    adverse_events: Sequence[str] = ()
    adverse_grades: Mapping[str, str] = field(default_factory=dict)
    note: str = ""
    next_plan: str = ""
    safety_override: str = ""
    needles: Sequence[Needle] = ()
    scores: Mapping[str, Decimal | None] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Window:
    """One page with a draft on it: its own name, and how many saves it knew of when it opened."""

    name: str
    saves: int

    def may_save(self, record: SessionRecord) -> bool:
        """Whether nobody else saved since: a window may always save after itself."""
        return record.saves == self.saves or record.saved_in == self.name


KEPT_APART = {"techniques", "needles", "scores"}
KEPT = [part.name for part in fields(Draft) if part.name not in KEPT_APART]


BOX = ("needle_make", "needle_lot", "needle_expiry")
USUALLY_THE_SAME = ("position", "retention_minutes", "response_sought", "electro_hz", "electro_strength", *BOX)


def draft_of(record: SessionRecord) -> Draft:
    """What stands in an unsigned record, as it was typed."""
    scores = {outcome.measure: outcome.value for outcome in record.session.outcomes.all() if outcome.measure != PAIN}
    needles = [as_needle(needling) for needling in record.needlings.select_related("point")]
    return Draft(**{name: getattr(record, name) for name in KEPT}, techniques=list(record.techniques.all()), needles=needles, scores=scores)


@transaction.atomic
def start_record(*, session: Session, practitioner: Practitioner, now: datetime) -> SessionRecord:
    """Begin the record of a session from the last signed one of its course; what safety no longer allows is left out."""
    record, is_new = SessionRecord.objects.get_or_create(
        session=session, defaults={"practitioner": practitioner, "started_at": now, "saved_at": now}
    )
    if is_new:
        limits = standing_of(session.course.patient).limits
        if before := record_before(session):
            copy_from(before, record, limits)
        else:
            record.techniques.set(still_open(session.course.techniques.all(), limits))
    return record


def still_open(techniques: Iterable[Technique], limits: Limits) -> list[Technique]:
    """Those that nothing closes for this patient."""
    return [technique for technique in techniques if technique.slug not in limits.blocked]


def copy_from(before: SessionRecord, record: SessionRecord, limits: Limits) -> None:
    """What usually stays the same from one session to the next."""
    for name in USUALLY_THE_SAME:
        setattr(record, name, getattr(before, name))
    if record.needle_expiry and record.needle_expiry < local_date(record, record.started_at):
        record.needle_expiry = None
    record.save()
    record.techniques.set(still_open(before.techniques.all(), limits))
    needles = [as_needle(needling) for needling in before.needlings.all()]
    write_needles(record, [needle for needle in needles if refusal_of(needle, limits) is None])


@transaction.atomic
def save_draft(*, record: SessionRecord, draft: Draft, by: User, now: datetime, window: Window | None = None) -> SessionRecord:
    """Keep everything as it is typed, as often as wanted; or `Unsafe` or `SavedElsewhere`, and nothing is kept."""
    record = lock_draft(record)
    if window and not window.may_save(record):
        raise SavedElsewhere(record)
    limits = standing_of(record.session.course.patient).limits
    needles = with_reasons_for(draft.needles, record, limits)
    if found := refused(record, needles, draft, limits, now):
        raise Unsafe(found)
    if draft.safety_override.strip() != record.safety_override.strip():
        record.override_for = closings(limits)
    for name in KEPT:
        value = getattr(draft, name)
        setattr(record, name, list(value) if name == "adverse_events" else value)
    record.saved_at, record.saves, record.saved_in = now, record.saves + 1, window.name if window else ""
    record.save()
    record.techniques.set(draft.techniques)
    write_needles(record, needles)
    write_scores(record, {PAIN: draft.pain_before, **draft.scores}, now)
    return record


def with_reasons_for(needles: Iterable[Needle], record: SessionRecord, limits: Limits) -> list[Needle]:
    """Each needle with what its reason was given for: what spoke against it when those words were first kept here."""
    kept = {(each.point_id, each.side, each.reason): tuple(each.reason_for) for each in record.needlings.all()}
    given = [(needle, (needle.point.pk, needle.side, needle.reason.strip())) for needle in needles]
    return [
        replace(needle, reason_for=kept[same]) if needle.reason and same in kept else explained(needle, limits) for needle, same in given
    ]


def refused(record: SessionRecord, needles: Iterable[Needle], draft: Draft, limits: Limits, now: datetime) -> list[Refusal]:
    """What a draft may not hold: points that are closed for this patient, needles that have expired."""
    found = refusals(needles, limits)
    if draft.needle_expiry and draft.needle_expiry < local_date(record, now):
        found.append(Refusal(needle=None, field="needle_expiry", words="These needles have expired: look at the box."))
    return found


@transaction.atomic
def sign_record(*, record: SessionRecord, by: User, now: datetime, visit: str = "") -> SessionRecord:
    """Make a record final, promise its aftercare, and end the course after its last session; or `NotReady`."""
    record = lock_draft(record)
    course = Course.objects.select_for_update(no_key=True).get(pk=record.session.course_id)
    standing = standing_of(record.session.course.patient)
    if lacks := still_missing(record, now=now, standing=standing):
        raise NotReady(lacks)
    record.signed_at, record.signed_by = now, by
    record.save(update_fields=["signed_at", "signed_by"])
    write_scores(record, {PAIN: record.pain_before}, now)
    promise_aftercare(record=record, now=now, visit=visit)
    report_serious(record, now)
    audit.record(by, "record.sign", record, session=record.session.key)
    if overrules(record.techniques.all(), map(as_needle, record.needlings.all()), standing.limits):
        audit.record(by, "safety.overrule", record)
    finish_course(course=course, by=by, now=now)
    return record


def still_missing(record: SessionRecord, *, now: datetime, standing: Standing | None = None) -> list[Missing]:
    """What stands between this record and a signature; `standing` spares asking again what is known of the patient."""
    standing = standing or standing_of(record.session.course.patient)
    prefetch_related_objects([record], "techniques", "needlings__point")
    return missing(
        record,
        needlings=list(record.needlings.all()),
        techniques=list(record.techniques.all()),
        limits=standing.limits,
        reviewed=standing.is_cleared,
        today=local_date(record, now),
    )


@transaction.atomic
def amend_record(*, record: SessionRecord, words: str, by: User, now: datetime) -> Amendment:
    """Add words to a signed record, under a name and a time; what was signed stays as it is."""
    amendment = Amendment.objects.create(record=record, by=by, at=now, words=words.strip())
    audit.record(by, "record.amend", record)
    return amendment


def lock_draft(record: SessionRecord) -> SessionRecord:
    """The record as it stands, locked until the transaction ends; `AlreadySigned` when somebody signed it."""
    record = SessionRecord.objects.select_for_update(no_key=True, of=["self"]).select_related("session__course__patient").get(pk=record.pk)
    if record.is_signed:
        raise AlreadySigned
    return record


def write_needles(record: SessionRecord, needles: Iterable[Needle]) -> None:
    """Keep exactly these needles, in this order."""
    record.needlings.all().delete()
    Needling.objects.bulk_create(
        Needling(
            record=record,
            point=needle.point,
            side=needle.side,
            needles=needle.needles,
            depth_mm=needle.depth_mm,
            angle_degrees=needle.angle_degrees,
            response=needle.response,
            reason=needle.reason.strip(),
            reason_for=list(needle.reason_for),
        )
        for needle in needles
    )


def write_scores(record: SessionRecord, scores: Mapping[str, Decimal | int | None], now: datetime) -> None:
    """Keep the scores of this session, one per measure; an empty one is taken back."""
    session = record.session
    Outcome.objects.filter(session=session, measure__in=[name for name, value in scores.items() if value is None]).delete()
    Outcome.objects.bulk_create(
        [
            Outcome(course_id=session.course_id, session=session, measure=name, value=value, at=now)
            for name, value in scores.items()
            if value is not None
        ],
        update_conflicts=True,
        unique_fields=["session", "measure"],
        update_fields=["value"],
    )


def report_serious(record: SessionRecord, now: datetime) -> None:
    """Ask the clinic's lead to look at once when something serious happened."""
    known = catalogue().adverse_events
    if any(known[event].serious for event in record.adverse_events if event in known):
        set_task(
            clinic=record.session.course.clinic,
            for_role=Role.ADMIN,
            kind="serious-event",
            about=record.key,
            words="A serious event is in a session record. Speak with the practitioner today, and report it.",
            due=now,
        )


def local_date(record: SessionRecord, instant: datetime) -> date:
    """The day at the clinic."""
    return instant.astimezone(record.session.course.clinic.tz).date()
