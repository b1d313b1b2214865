"""Questions about who pays: what a visit is covered by, and what is left of a course's approvals."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple

from django.db.models import QuerySet

from insurers.directory import Directory
from insurers.enums import AuthorisationState, CoverState, Payer
from insurers.formats import check_number
from insurers.models import Authorisation, Cover, Funding, Policy
from treatments.models import Course

# One visit, one course


def cover_words(cover: Cover | None) -> str:
    """Say in a few words who pays for a visit."""
    if cover is None or cover.state == CoverState.RELEASED:
        return f"Nothing is asked for it: {cover.waived_because}" if cover and cover.waived_because else ""
    if cover.state == CoverState.CHARGED:
        return "Charged to the patient, who did not come"
    if cover.state == CoverState.SELF_PAY:
        return "Patient pays"
    if cover.authorisation is None:
        return "Not covered yet"
    return f"Covered by {cover.authorisation.policy.insurer.name}, code {cover.authorisation.code}"


def cover_news(before: Cover | None, after: Cover | None) -> str:
    """What changed in who pays when a visit was moved, in a sentence or two; nothing where it is as it was."""
    if before is None or after is None or (before.state, before.authorisation_id) == (after.state, after.authorisation_id):
        return ""
    if after.state == CoverState.RESERVED:
        return f"It is now covered by code {after.authorisation.code}."
    lost = f"{_why_not(before.authorisation, after.on)} " if before.authorisation else ""
    return lost + ("The patient pays for it." if after.state == CoverState.SELF_PAY else "No code covers the new day.")


def _why_not(approval: Authorisation, on: date) -> str:
    why = ""
    if approval.last_day and on > approval.last_day:
        why = f": its last day is {day_words(approval.last_day)}"
    elif approval.first_day and on < approval.first_day:
        why = f": its first day is {day_words(approval.first_day)}"
    return f"Code {approval.code} no longer covers it{why}."


def day_words(day: date) -> str:
    return f"{day:%a} {day.day} {day:%b %Y}"


def covers_of(keys: Iterable[str]) -> dict[str, Cover]:
    """The cover of each visit, by the visit's key, with what its words need."""
    rows = Cover.objects.of_keys(keys).select_related("authorisation__policy__insurer")
    return {cover.key: cover for cover in rows}


@dataclass(frozen=True, kw_only=True)
class Left:
    """What the approvals of a policy have given and still have to give; beyond are the visits that they don't cover."""

    units: int = 0
    used: int = 0
    booked: int = 0
    last_day: date | None = None
    beyond: tuple["Beyond", ...] = ()

    @property
    def left(self) -> int:
        return self.units - self.used - self.booked

    @property
    def words(self) -> str:
        return f"{self.used} used, {self.booked} booked, {self.left} left of {self.units}" if self.units else "No sessions approved yet"


class Beyond(NamedTuple):
    """A visit that stands, by its day and key, and that no approval covers."""

    on: date
    key: str


class Answer(NamedTuple):
    """What an insurer was asked, or said, with the units in use."""

    state: str
    code: str
    units: int | None
    last_day: date | None
    recorded_at: datetime
    consumed: int
    reserved: int


def sessions_left(course: Course) -> Left | None:
    """What the insurer still covers of this course, or None where the patient pays."""
    funding = getattr(course, "funding", None)
    if funding is None or funding.payer != Payer.INSURER:
        return None
    policy = funding.policy_id
    return left_of(answers_of([policy])[policy], beyond_of([policy])[policy])


def sessions_left_of(courses: Iterable[Course]) -> dict[int, Left]:
    """The same for many courses at once, by the course's id; those that the patient pays for are left out."""
    billed = Funding.objects.billed().filter(course__in=[course.pk for course in courses])
    policy_of = dict(billed.values_list("course_id", "policy_id"))
    policies = set(policy_of.values())
    answers, beyond = answers_of(policies), beyond_of(policies)
    return {course: left_of(answers[policy], beyond[policy]) for course, policy in policy_of.items()}


def answers_of(policies: Iterable[int] | QuerySet) -> dict[int, list[Answer]]:
    """What the insurer of each policy was asked and said, oldest first."""
    answers = defaultdict(list)
    rows = Authorisation.objects.filter(policy__in=policies).with_use().oldest_first()
    for policy, *row in rows.values_list("policy_id", *Answer._fields):
        answers[policy].append(Answer(*row))
    return answers


def beyond_of(policies: Iterable[int] | QuerySet) -> dict[int, list[Beyond]]:
    """The visits of each policy that no approval covers, by date."""
    found = defaultdict(list)
    rows = Cover.objects.awaiting().billed_to_any(policies).by_date()
    for policy, *visit in rows.values_list("session__course__funding__policy_id", *Beyond._fields):
        found[policy].append(Beyond(*visit))
    return found


def left_of(answers: Iterable[Answer], beyond: Iterable[Beyond]) -> Left:
    """What is left of these approvals."""
    grants = [row for row in answers if row.state == AuthorisationState.GRANTED]
    days = [grant.last_day for grant in grants]
    return Left(
        units=sum(grant.units for grant in grants),
        used=sum(grant.consumed for grant in grants),
        booked=sum(grant.reserved for grant in grants),
        last_day=max(days) if days and None not in days else None,
        beyond=tuple(beyond),
    )


# One policy


def course_of(policy: Policy) -> Course | None:
    """The newest course that a policy pays for."""
    return Course.objects.filter(funding__policy=policy).order_by("-pk").first()


def visits_of(policy: Policy) -> list[Cover]:
    """The visits that a policy should pay for, by date, each with what covers it."""
    return list(Cover.objects.billed_to(policy).standing().by_date().select_related("authorisation", "session"))


def code_doubts(policy: Policy, code: str, *, book: Directory | None = None) -> list[str]:
    """What speaks against a code, in words: its shape, or another patient who has it. None of it stops anybody."""
    check = check_number(policy.insurer.slug, "authorisation", code, book=book)
    doubts = [check.words] if check.words else []
    others = Authorisation.objects.filter(code=check.number, policy__insurer=policy.insurer).exclude(policy__patient=policy.patient_id)
    if others.exists():
        doubts.append("Another patient has this code on file.")
    return doubts
