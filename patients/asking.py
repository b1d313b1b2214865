"""Answers given again, by somebody who is known: taken over from earlier ones, filled in page by page, read anew."""

from collections.abc import Container, Mapping
from datetime import datetime

from django.db import transaction

from clinic.keys import new_key
from patients.carrying import VISIT, Given, known, lasting, told_so_far
from patients.confirming import with_the_patients_word
from patients.enums import Decision, Tier
from patients.models import Finding, Intake, Patient
from patients.questionnaire import Answers
from patients.rulebook import rulebook
from patients.services import answers_of

DECIDED = ("decision", "decision_words", "reviewed_at", "reviewed_by", "limited_techniques", "limited_points", "limited_regions")


def complaint_now(complaint: str) -> str:
    """What brings somebody, as the rules in force know it."""
    return complaint if complaint in rulebook().complaints else "not_sure"


def taken_over(earlier: Intake, *, complaint: str, now: datetime) -> Given:
    """What a patient's earlier answers still say for a new round of the first questions."""
    told = told_before(earlier, now=now)
    return lasting(told, rulebook(), same_problem=earlier.complaint == complaint)


def told_before(earlier: Intake, *, now: datetime) -> Given:
    """All that was said up to these answers, in the questions of the first form."""
    return told_so_far(readable(earlier), rulebook(), today=now.astimezone(earlier.clinic.tz).date())


def readable(intake: Intake) -> Answers:
    """Stored answers as the rules in force can read them."""
    found = answers_of(intake)
    return Answers(complaint=complaint_now(intake.complaint), given=found.given, form=found.form)


def answers_to(intake: Intake, questions: Container[str]) -> Answers:
    """The answers to some questions alone, with the patient's word on the medicines typed there."""
    given = {name: value for name, value in known(intake.answers, rulebook()).items() if name in questions}
    answers = Answers(complaint=complaint_now(intake.complaint), given=given, form=intake.form)
    return with_the_patients_word(answers, intake.medicines, rulebook())


def blank_round(*, patient: Patient, form: str, complaint: str, given: Given, medicines: list, visit_key: str) -> Intake:
    """A round of questions that nobody has answered yet, and that is written down with the first answer only."""
    return Intake(
        booking_key=new_key(),
        visit_key=visit_key,
        form=form,
        clinic=patient.clinic,
        patient=patient,
        complaint=complaint_now(complaint),
        answers=given,
        medicines=medicines,
        rules_version=rulebook().version,
    )


@transaction.atomic
def lock_answers_of(patient: Patient) -> None:
    """Let nobody else answer for this patient until the transaction ends."""
    Patient.objects.select_for_update(no_key=True).get(pk=patient.pk)


@transaction.atomic
def lock_newest_answers(patient: Patient) -> Intake | None:
    """The newest answers of a patient, locked before any visit is, as whoever decides about them does."""
    newest = Intake.objects.newest_of_each([patient.pk]).first()
    return Intake.objects.select_for_update(no_key=True, of=("self",)).with_people().get(pk=newest.pk) if newest else None


@transaction.atomic
def keep_medicines(*, intake: Intake, said: list[Mapping[str, str]]) -> Intake:
    """Keep what the patient says to how their medicines were read; what was said of other words before stays."""
    fresh = Intake.objects.select_for_update(no_key=True).get(pk=intake.pk)
    new = {each["id"] for each in said}
    fresh.medicines = [each for each in fresh.medicines if each["id"] not in new] + [dict(each) for each in said]
    fresh.save(update_fields=["medicines"])
    return fresh


def fold_the_day_in(intake: Intake, *, earlier: Intake | None, now: datetime) -> None:
    """Put what was said on the day among the first answers, and keep it as it was said, too; so with words on medicines."""
    if intake.form == VISIT:
        today = now.astimezone(intake.clinic.tz).date()
        intake.answers = intake.answers | told_so_far(_as_stored(intake), rulebook(), today=today)
        new = {each["id"] for each in intake.medicines}
        intake.medicines = [each for each in (earlier.medicines if earlier else []) if each["id"] not in new] + intake.medicines
        intake.save(update_fields=["answers", "medicines"])


def _as_stored(intake: Intake) -> Answers:
    return Answers(complaint=complaint_now(intake.complaint), given=intake.answers, form=intake.form)


# What a clinician said of earlier answers


def is_decided(rule: str, tier: Tier, said: str, before: Mapping[str, Finding]) -> bool:
    """Whether a clinician has read all this before: the same rule, no graver, for nothing that was not said then."""
    earlier = before.get(rule)
    return bool(earlier) and tier.rank >= earlier.rank and all(part in earlier.said for part in said.split("; "))


def decided_before(patient: Patient) -> dict[str, Finding]:
    """By rule, what a clinician has read and let stand, or set aside, for this patient."""
    reviewed = Intake.objects.newest_decision_of_each([patient.pk]).first()
    read = Finding.objects.of_intakes([reviewed]) if reviewed and reviewed.decision != Decision.REFUSED else Finding.objects.none()
    overruled = Finding.objects.filter(intake__patient=patient, overruled_at__isnull=False).order_by("pk")
    return {finding.rule: finding for finding in [*read, *overruled]}


def keep_overruled(intake: Intake, before: Mapping[str, Finding]) -> None:
    """Let a finding that was set aside stay so while nothing new is said of it."""
    for finding in intake.findings.standing():
        earlier = before.get(finding.rule)
        if earlier and earlier.overruled_at and is_decided(finding.rule, Tier(finding.tier), finding.said, before):
            finding.overruled_at, finding.overruled_by = earlier.overruled_at, earlier.overruled_by
            finding.overruled_because = earlier.overruled_because
            finding.save(update_fields=["overruled_at", "overruled_by", "overruled_because"])


def keep_decision(intake: Intake) -> None:
    """Let the last decision stand for answers that say nothing new."""
    decided = Intake.objects.newest_decision_of_each([intake.patient_id]).first()
    if decided and decided.pk != intake.pk:
        for name in DECIDED:
            setattr(intake, name, getattr(decided, name))
        intake.save(update_fields=DECIDED)


@transaction.atomic
def replace_answers(*, old: Intake, new: Intake) -> None:
    """Let newer answers stand in the place of older ones; what a clinician asked about those is asked about these."""
    old.replaced_by = new
    old.save(update_fields=["replaced_by"])
    old.questions.open().update(intake=new)
