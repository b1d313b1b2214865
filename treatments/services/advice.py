"""The advice that follows a signed session: chosen by what was done, written down, and promised for its hour."""

from collections import Counter
from dataclasses import replace
from datetime import datetime

from messaging.enums import Channel
from messaging.services import Address, post
from patients.addresses import address_of
from patients.models import Patient
from treatments.aftercare import AT_ONCE, Advice, Moment, choose, moments_after, schedule
from treatments.messages import PRESS, kind_of
from treatments.models import AdviceGiven, SessionRecord
from treatments.safety import self_acupressure
from treatments.selectors import advice_counts, standing_of

MOST_POINTS, POINTS_AT_A_TIME = 8, 2


def promise_aftercare(*, record: SessionRecord, now: datetime, visit: str = "") -> None:
    """Post what the patient should read now and in the days to come, in the caller's transaction; nothing is said twice alike.

    What is due at once, after the visit and for the middle or the end of the course, is one message.
    """
    already = Counter(advice_counts(record.session.course))
    as_read = sorted(moments_of(record), key=lambda moment: moment not in AT_ONCE)  # the words alternate in this order
    chosen = [moment for moment in as_read if _write_down(record, moment, already)]
    at_once = [moment for moment in chosen if moment in AT_ONCE]
    for moment in [*at_once[-1:], *(moment for moment in chosen if moment not in AT_ONCE)]:
        _post(record, moment, now=now, visit=visit)


def _write_down(record: SessionRecord, moment: Moment, already: Counter[str]) -> bool:
    """Choose and keep the items of one moment; False when there is nothing to say and nothing to ask."""
    advice = advice_for(record, moment, already)
    items = [*advice.items, *(points_to_press(record, already) if moment == Moment.NEXT_DAY else [])]
    AdviceGiven.objects.bulk_create(AdviceGiven(record=record, moment=moment, item=item) for item in items)
    already.update(items)
    return bool(items) or advice.asks_back


def points_to_press(record: SessionRecord, already: Counter[str]) -> list[str]:
    """Up to two points that are safe for this patient to press at home, and that they were not shown before in this course."""
    course = record.session.course
    safe = self_acupressure(standing_of(course.patient).limits, [course.condition.slug] if course.condition_id else [], most=MOST_POINTS)
    new = (f"{PRESS}{point.code}" for point in safe)
    return [item for item in new if not already[item]][:POINTS_AT_A_TIME]


def _post(record: SessionRecord, moment: Moment, *, now: datetime, visit: str) -> None:
    course = record.session.course
    due = schedule(moment, ended=min(record.started_at, now), zone=course.clinic.tz, signed=now)
    to = one_way_to(course.patient)
    post(kind_of(moment), to=to, about=record.key, due=due.at, useful_until=due.useful_until, visit=visit)


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
    """By mail, unless they chose another way; whoever has no address for mail gets an SMS."""
    return replace(address_of(patient), channels=(Channel.MAIL,))
