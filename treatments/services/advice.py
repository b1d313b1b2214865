"""The advice that follows a signed session: chosen by what was done, written down, and promised for its hour."""

from collections import Counter
from dataclasses import replace
from datetime import datetime

from messaging.enums import Channel
from messaging.services import Address, post
from patients.addresses import address_of
from patients.models import Patient
from treatments.aftercare import Advice, Moment, choose, moments_after, schedule
from treatments.messages import kind_of
from treatments.models import AdviceGiven, SessionRecord
from treatments.selectors import advice_counts, standing_of


def promise_aftercare(*, record: SessionRecord, now: datetime, visit: str = "") -> None:
    """Post what the patient should read now and in the days to come, in the caller's transaction; nothing is said twice alike."""
    course = record.session.course
    already = Counter(advice_counts(course))
    for moment in moments_of(record):
        advice = advice_for(record, moment, already)
        if not advice:
            continue
        AdviceGiven.objects.bulk_create(AdviceGiven(record=record, moment=moment, item=item) for item in advice.items)
        already.update(advice.items)
        due = schedule(moment, ended=min(record.started_at, now), zone=course.clinic.tz, signed=now)
        post(
            kind_of(moment),
            to=one_way_to(course.patient),
            about=record.key,
            due=due.at,
            useful_until=due.useful_until,
            visit=visit,
        )


def moments_of(record: SessionRecord) -> tuple[Moment, ...]:
    """When this session asks for advice; an assessment without a plan is neither the middle nor the end of anything."""
    session = record.session
    planned = session.course.sessions.planned().count()
    if session.course.prescribed_at is None:
        return moments_after(number=1, sessions=2, review=False)
    return moments_after(number=session.number, sessions=planned, review=session.review)


def advice_for(record: SessionRecord, moment: Moment, already: Counter[str]) -> Advice:
    """The advice for one moment, by techniques, condition, points and what is known of the patient's safety."""
    course, standing = record.session.course, standing_of(record.session.course.patient)
    return choose(
        moment,
        techniques=[technique.slug for technique in record.techniques.all()],
        conditions=[course.condition.slug] if course.condition_id else [],
        flags=standing.flags,
        regions=standing.regions,
        points=[needling.point.code for needling in record.needlings.select_related("point")],
        already_sent=already,
    )


def one_way_to(patient: Patient) -> Address:
    """By mail; whoever has no address for mail gets an SMS."""
    return replace(address_of(patient), channels=(Channel.MAIL,))
