"""What people do with patients' records: answers taken and screened, records made and matched."""

from collections.abc import Iterable
from datetime import date, datetime

from django.db import IntegrityError, transaction

from clinic import audit
from clinic.enums import Role, TimelineKind
from clinic.models import Clinic, Timeline, User
from patients.carrying import known
from patients.confirming import with_the_patients_word
from patients.enums import Act, Tier
from patients.models import Consent, Finding, Intake, Patient
from patients.questionnaire import Answers
from patients.rulebook import rulebook
from patients.screening import Finding as Found
from patients.screening import Screening, screen


def open_intake(*, booking_key: str, clinic: Clinic, complaint: str, now: datetime) -> Intake:
    """Begin the answers that hang on a booking's key."""
    return Intake.objects.create(booking_key=booking_key, clinic=clinic, complaint=complaint, rules_version=rulebook().version)


def intake_of(booking_key: str) -> Intake:
    """The answers that hang on a booking's key."""
    return Intake.objects.select_related("clinic").get(booking_key=booking_key)


def answers_of(intake: Intake) -> Answers:
    """The stored answers as the rules in force can read them, with what the patient said to how their medicines were read."""
    answers = Answers(complaint=intake.complaint, given=known(intake.answers, rulebook()), form=intake.form)
    return with_the_patients_word(answers, intake.medicines, rulebook())


@transaction.atomic
def save_answers(*, intake: Intake, given: dict[str, object]) -> Intake:
    """Keep one page's answers; what was screened before no longer counts."""
    fresh = Intake.objects.select_for_update(no_key=True).get(pk=intake.pk)
    fresh.answers = fresh.answers | given
    fresh.screened_at = None
    fresh.save(update_fields=["answers", "screened_at"])
    return fresh


@transaction.atomic
def change_complaint(*, intake: Intake, complaint: str) -> Intake:
    """Note that something else brings them: screening looks again."""
    Intake.objects.filter(pk=intake.pk).update(complaint=complaint, screened_at=None)
    intake.refresh_from_db()
    return intake


def screening_of(intake: Intake, *, techniques: Iterable[str], now: datetime) -> Screening:
    """What the rules in force make of the stored answers; pure, nothing is written."""
    today, country = now.astimezone(intake.clinic.tz).date(), intake.clinic.country
    return screen(answers_of(intake), rulebook(), today=today, techniques=techniques, country=country)


@transaction.atomic(savepoint=False)  # it stands or falls with the deed it is part of
def screen_intake(*, intake: Intake, techniques: Iterable[str], now: datetime) -> Intake:
    """Let the rules in force decide on the stored answers, and write down what they found."""
    wanted = sorted(techniques)
    screening = screening_of(intake, techniques=wanted, now=now)
    intake.tier, intake.flags, intake.regions = screening.tier, sorted(screening.flags), sorted(screening.regions)
    intake.techniques, intake.rules_version, intake.screened_at = wanted, screening.version, now
    intake.save(update_fields=["tier", "flags", "regions", "techniques", "rules_version", "screened_at"])
    _write_findings(intake, screening)
    return intake


def _write_findings(intake: Intake, screening: Screening) -> None:
    intake.findings.filter(overruled_at=None).delete()
    Finding.objects.bulk_create([_finding(intake, found) for found in screening.findings], ignore_conflicts=True)


def _finding(intake: Intake, found: Found) -> Finding:
    return Finding(
        intake=intake,
        rule=found.rule,
        tier=found.tier,
        rank=Tier(found.tier).rank,
        words=found.name[:200],
        said=found.said,
        advice=found.advice,
        note=found.note or found.why,
        source=found.source,
        unsourced=found.unsourced,
        actions={technique: str(act) for technique, act in found.actions.items()},
        alerts=found.tier.rank < Tier.CAUTION.rank or bool({Act.BLOCK, Act.REVIEW} & set(found.actions.values())),
    )


def find_patient(*, email: str, born: date, first_name: str) -> Patient | None:
    """The record of who proved this address: same birth date and same first letter, so that a family may share a mailbox."""
    candidates = Patient.objects.known_as(email=email, born=born).select_related("clinic")
    same = [patient for patient in candidates if patient.first_name[:1].casefold() == first_name[:1].casefold()]
    exact = [patient for patient in same if patient.first_name.casefold() == first_name.casefold()]
    return next(iter(exact or same), None)


@transaction.atomic(savepoint=False)  # it stands or falls with the deed it is part of
def register_patient(
    *,
    clinic: Clinic,
    first_name: str,
    last_name: str,
    born: date,
    email: str,
    mobile: str,
    now: datetime,
    by: User | str = audit.VISITOR,
    language: str = "",
) -> Patient:
    """Make a record, with a way to sign in by an e-mailed code to the address."""
    patient = Patient.objects.create(
        clinic=clinic,
        timeline=Timeline.objects.create(kind=TimelineKind.PATIENT),
        user=_patient_user(email, f"{first_name} {last_name}") if email else None,
        first_name=first_name,
        last_name=last_name,
        date_of_birth=born,
        email=email,
        mobile=mobile,
        language=language or clinic.language,
        created_at=now,
    )
    audit.record(by, "patient.register", patient)
    return patient


def _patient_user(email: str, name: str) -> User | None:
    """Who signs in with this address; staff who are patients too keep their account for work, and get none for this."""
    try:
        with transaction.atomic():
            user, _ = User.objects.get_or_create(email=email.lower(), defaults={"name": name, "role": Role.PATIENT, "password": "!"})
    except IntegrityError:
        user = User.objects.get(email__iexact=email)
    return user if user.role == Role.PATIENT else None


def adopt_intake(*, intake: Intake, patient: Patient) -> None:
    """Hang the answers on the record of whoever gave them."""
    intake.patient = patient
    intake.save(update_fields=["patient"])


def give_consents(*, patient: Patient, words: list[list[str]], now: datetime) -> None:
    """Write down each thing agreed to, as pairs of kind and the words that were shown."""
    Consent.objects.bulk_create(Consent(patient=patient, kind=kind, words=text[:400], given_at=now) for kind, text in words)


@transaction.atomic
def drop_answers(*, booking_key: str) -> None:
    """Forget answers that never came to belong to a patient."""
    nobodys = Intake.objects.filter(booking_key=booking_key, patient=None)
    Finding.objects.filter(intake__in=nobodys).delete()
    nobodys.delete()
