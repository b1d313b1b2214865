"""The cast of the security tests: two clinics, patients with everything that can hang on them, and everybody who might ask."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from io import StringIO

from django.contrib.auth.hashers import make_password
from django.core.management import call_command
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange
from django.test import Client

from bookings.billing import given_of
from bookings.fitting import Fit
from bookings.messages import REMIND_BY_MAIL
from bookings.models import Appointment, Booking, FreedTime, Offer, WaitlistEntry
from bookings.services.absences import add_absence
from bookings.services.appointments import book_appointment, check_in
from bookings.services.online import hold_time
from bookings.services.reviews import ask_about_answers, take_reply
from bookings.services.waitlist import Wishes, offer_time, wait_for_session
from clinic import audit
from clinic.enums import LinkPurpose, Role
from clinic.links import mint
from clinic.models import Clinic, Practitioner, Room, Task, User
from clinic.services import set_task
from insurers.charging import Given
from insurers.enums import PaidBy, Payer
from insurers.models import Authorisation, Charge, Document, FeeAgreement, Insurer, Invoice, Payment, Policy
from insurers.services import add_document, note_request, record_authorisation, set_funding
from insurers.services.fees import agree_fee
from insurers.services.invoicing import draft_invoices, send_invoice
from insurers.services.payments import record_insurer_payment, take_payment
from intervals import Interval, local_day
from messaging.enums import State as Sent
from messaging.models import Message
from messaging.stopping import stop_url
from patients.enums import Decision, Tier
from patients.models import Finding, Intake, Patient, Question
from patients.reviewing import Ruling, overrule_finding, review_intake, stamp_of
from patients.rulebook import rulebook
from tests.bookings.test_online import HEALTHY, visitor
from tests.factories import (
    NOON,
    ClinicFactory,
    CourseFactory,
    IntakeFactory,
    PatientFactory,
    PractitionerFactory,
    RoomFactory,
    ServiceFactory,
    UserFactory,
    slot,
)
from tests.treatments.cast import draft, needle, technique
from treatments.enums import Chronicity, Feel, Severity
from treatments.models import CheckBack, Condition, Course, Service, Session, SessionRecord
from treatments.services.check_backs import Said, see_to, take_check_back
from treatments.services.courses import prescribe_course
from treatments.services.records import amend_record, save_draft, sign_record, start_record

PASSWORD = "four-plain-words-here"
INSURER = "bupa_physiotherapy"
CANARY = "kanari"
WHY_AWAY = "Operation on her own knee"
VISITOR = {
    "first_name": "Vera",
    "last_name": "Quist",
    "email": "vera@example.org",
    "proved_address": "vera@example.org",
    "mobile": "07700 900777",
}


def canary(what: str, owner: str) -> str:
    """Words that stand in one clinical field of one patient and nowhere else."""
    return f"{CANARY}-{what}-{owner.lower()}"


@dataclass
class Site:
    """One clinic with its staff, rooms and kinds of visit."""

    clinic: Clinic
    practitioner: Practitioner
    desk: User
    admin: User
    rooms: list[Room]
    first_visit: Service
    other_first_visit: Service
    acupuncture: Service

    def slot(self, start: datetime, room: int = 0):
        return slot(start, service=self.acupuncture, practitioner=self.practitioner, room=self.rooms[room])


@dataclass
class Money:
    """What a patient's visits came to: an invoice in each state that matters, what they paid, and a fee agreed with their insurer."""

    draft: Invoice
    sent: Invoice
    part_paid: Invoice
    payment: Payment
    agreement: FeeAgreement


@dataclass
class File:
    """One patient with a row of every kind."""

    patient: Patient
    user: User
    intake: Intake
    finding: Finding
    course: Course
    assessment: Course
    signed: SessionRecord
    draft: SessionRecord
    here: Appointment
    ahead: Appointment
    hit: Appointment
    entry: WaitlistEntry
    freed: FreedTime
    offer: Offer
    policy: Policy
    authorisation: Authorisation
    message: Message
    task: Task
    token: str
    offer_token: str
    question: Question
    question_token: str
    how_token: str
    stop_token: str
    money: "Money"
    request: Authorisation
    letter: Document


def open_site(slug: str) -> Site:
    """Open a clinic with one person in each role."""
    clinic = ClinicFactory(
        slug=slug, name=f"Meridian {slug.title()}", address=f"1 {slug.title()} Yard, London", email=f"{slug}@meridian.example"
    )
    staff = {role: UserFactory(email=f"{role}@{slug}.example", role=role, clinics=[clinic]) for role in Role.staff()}
    person = PractitionerFactory(clinic=clinic, user=staff[Role.PRACTITIONER], name=f"Rhea {slug.title()}", registration="000417")
    return Site(
        clinic=clinic,
        practitioner=person,
        desk=staff[Role.RECEPTIONIST],
        admin=staff[Role.ADMIN],
        rooms=[RoomFactory(clinic=clinic, position=number) for number in (1, 2)],
        first_visit=ServiceFactory(clinic=clinic, name="First visit", first_visit=True, practitioners=[person]),
        other_first_visit=ServiceFactory(
            clinic=clinic,
            name="Physiotherapy, first visit",
            first_visit=True,
            practitioners=[person],
            techniques=[technique("physiotherapy")],
        ),
        acupuncture=ServiceFactory(clinic=clinic, practitioners=[person], techniques=[technique()]),
    )


def open_file(site: Site, first: str, last: str, *, hour: int) -> File:
    """Take a patient through all that happens at a clinic; each clinical field holds words of its own."""
    user = UserFactory(email=f"{first.lower()}@example.org", role=Role.PATIENT, name=f"{first} {last}")
    patient = PatientFactory(
        clinic=site.clinic, user=user, first_name=first, last_name=last, email=user.email, mobile=f"07700 9001{hour:02}"
    )
    intake, finding = screened(patient, first)
    course = treated(site, patient, intake, first)
    signed, begun = recorded(site, course, first)
    set_funding(
        course=course, payer=Payer.INSURER, insurer=Insurer.objects.get(slug=INSURER), policy_number=f"BUPA-{hour}-{first}", now=NOON
    )
    policy = course.funding.policy
    here = book_appointment(session=course.sessions.get(number=2), slot=site.slot(NOON.replace(hour=hour)), by=site.desk, now=NOON)
    check_in(appointment=here, by=site.desk, now=NOON)
    later = NOON.replace(hour=hour) + timedelta(days=7)
    ahead = book_appointment(session=course.sessions.get(number=3), slot=site.slot(later), by=site.desk, now=NOON)
    Appointment.objects.filter(pk=ahead.pk).update(state="provisional", waits_for_review=True, waits_for_code=True)
    ahead.refresh_from_db()
    approved = record_authorisation(
        policy=policy, code=f"PRE-{hour}-{first}", units=1, first_day=None, last_day=None, body_area="", by=site.admin, now=NOON
    )
    offer = offered(site, course, later + timedelta(days=7))
    message = Message.objects.about(ahead.key).first()
    Message.objects.filter(pk=message.pk).update(state=Sent.FAILED, attempts=3, reason="The mailbox is full")
    return File(
        patient=patient,
        user=user,
        intake=intake,
        finding=finding,
        course=course,
        assessment=assessed(patient),
        signed=signed,
        draft=begun,
        here=here,
        ahead=ahead,
        hit=book_appointment(session=course.sessions.get(number=5), slot=site.slot(later + timedelta(days=14)), by=site.desk, now=NOON),
        entry=offer.entry,
        freed=offer.freed,
        offer=offer,
        policy=policy,
        authorisation=approved,
        message=message,
        task=set_task(
            clinic=site.clinic, for_role=Role.RECEPTIONIST, kind="ring", about=patient.key, words=f"Ring {patient.name}", due=NOON
        ),
        token=mint(purpose=LinkPurpose.VISIT, about=ahead.key, expires_at=NOON + timedelta(days=30)),
        offer_token=mint(purpose=LinkPurpose.OFFER, about=offer.key, expires_at=NOON + timedelta(days=30)),
        question=(question := asked(site, intake, first)),
        question_token=mint(purpose=LinkPurpose.QUESTION, about=question.key, expires_at=NOON + timedelta(days=30)),
        how_token=told(signed, first),
        stop_token=stop_url(Message.objects.of_recipient(patient.key).of_kinds([REMIND_BY_MAIL]).first()).split("/")[-2],
        money=billed(site, course, here),
        request=note_request(policy=policy, units=4, rationale="Two points better", course=course, by=site.admin, now=NOON),
        letter=add_document(authorisation=approved, name="Letter.pdf", content=b"%PDF-1.4 letter %%EOF", by=site.admin, now=NOON),
    )


def billed(site: Site, course: Course, here: Appointment) -> Money:
    """Three sessions billed, the visit of today paid in part at the desk, and the insurer's fee agreed."""
    by, insurer, now = site.admin, course.funding.policy.insurer, NOON
    invoices = []
    for number in (1, 6, 7):
        given = Given(
            visit=f"billed-{course.key}-{number}",
            clinic=site.clinic,
            session=course.sessions.get(number=number),
            on=now.date() - timedelta(days=10 - number),
            service=site.acupuncture,
            practitioner=site.practitioner,
            price=5800,
        )
        [draft] = draft_invoices(visits=[given], by=by, now=now)
        Charge.objects.filter(line__invoice=draft).update(authorisation=course.funding.policy.authorisations.get())
        invoices.append(draft if number == 1 else send_invoice(invoice=draft, by=by, now=now, doubts_seen=True))
    paid = {"paid_on": now.date(), "way": PaidBy.TRANSFER, "reference": "REM 1", "by": by, "now": now}
    record_insurer_payment(invoice=invoices[2], amount=4000, once=f"once-{course.key}", **paid)
    let_patient = Given(**{**vars(given_of(here)), "missed": True})  # theirs to pay, whatever the cover says
    payment = take_payment(
        visits=[let_patient], charge_key=here.key, amount=1000, way=PaidBy.CASH, once=f"desk-{course.key}", by=site.desk, now=now
    )
    first = now.date() + timedelta(days=99)
    agreed = FeeAgreement.objects.filter(service=site.acupuncture).first() or agree_fee(
        insurer=insurer, service=site.acupuncture, amount=5500, first_day=first, last_day=None, by=by, now=now
    )
    return Money(*invoices, payment, agreed)


def told(record: SessionRecord, owner: str) -> str:
    """Answers after a session that worry, in the patient's own words, of which one was seen to; and the link to say more."""
    by = record.practitioner.user
    for number in (1, 2):
        said = Said(once=f"form-{number}", feel=Feel.WORSE, answers={"nerve": "lasting"}, words=canary("told", owner))
        answer = take_check_back(record=record, said=said, now=NOON + timedelta(minutes=number))
        if number == 1:
            see_to(check_back=answer, words=canary("seen", owner), by=by, now=NOON + timedelta(minutes=1))
    CheckBack.objects.waiting().update(stops_needling=False)
    return mint(purpose=LinkPurpose.CHECK_BACK, about=record.key, expires_at=NOON + timedelta(days=30))


def asked(site: Site, intake: Intake, owner: str) -> Question:
    """A question that was answered, and one that still is open; and what a clinician said of earlier answers."""
    by = site.practitioner.user
    earlier = IntakeFactory(patient=intake.patient, tier=Tier.REVIEW, screened_at=NOON - timedelta(days=90))
    found = finding_of(earlier, "blood_borne_virus", owner)
    overrule_finding(finding=found, because=canary("overruled", owner), by=by, now=NOON - timedelta(days=89))
    limits = {"techniques": ("moxibustion",), "points": ("ST25",), "regions": ("head",)}
    ruling = Ruling(decision=Decision.LIMITED, words=canary("decision", owner), **limits)
    review_intake(intake=earlier, ruling=ruling, as_read=stamp_of(earlier), by=by, now=NOON - timedelta(days=89))
    first = ask_about_answers(intake=intake, words=canary("asked", owner), as_read=stamp_of(intake), by=by, now=NOON)
    take_reply(question=first, words=canary("replied", owner), urgent=False, now=NOON)
    return ask_about_answers(intake=intake, words=canary("question", owner), as_read=stamp_of(intake), by=by, now=NOON)


def screened(patient: Patient, owner: str) -> tuple[Intake, Finding]:
    """Answers that wait for a clinician, in the patient's own words: something to every question, and every rule spoke."""
    intake = IntakeFactory(
        patient=patient,
        booking_key=f"booked-{owner.lower()}",
        tier=Tier.REVIEW,
        flags=["osteoporosis_fracture_risk"],
        screened_at=NOON,
        answers={question: canary("answer", owner) for question in rulebook().questions}
        | {"details": canary("details", owner), "medicines_typed": canary("medicine", owner), "born": "1984-03-14"},
    )
    findings = {rule: finding_of(intake, rule, owner) for rule in rulebook().rules}
    return intake, findings["osteoporosis_fracture_risk"]


def finding_of(intake: Intake, rule: str, owner: str) -> Finding:
    return Finding.objects.create(
        intake=intake,
        rule=rule,
        tier=Tier.REVIEW,
        rank=Tier.REVIEW.rank,
        words=canary("finding", owner),
        said=canary("said", owner),
        advice=canary("advice", owner),
        note=canary("why", owner),
        source=canary("source", owner),
    )


def treated(site: Site, patient: Patient, intake: Intake, owner: str) -> Course:
    """A course of ten sessions, with the aim in the patient's words and a reason of the practitioner's."""
    course = CourseFactory(patient=patient, intake=intake)
    Session.objects.create(course=course, number=1)
    course = prescribe_course(
        course=course,
        condition=Condition.objects.get(slug="chronic_low_back_pain"),
        severity=Severity.MODERATE,
        chronicity=Chronicity.CHRONIC,
        techniques=[technique()],
        service=site.acupuncture,
        sessions=10,
        reason="",
        goal=canary("goal", owner),
        by=site.practitioner.user,
        practitioner=site.practitioner,
        now=NOON,
        safety_override=canary("prescribed", owner),
    )
    Course.objects.filter(pk=course.pk).update(reason=canary("reason", owner))
    course.refresh_from_db()
    return course


def recorded(site: Site, course: Course, owner: str) -> tuple[SessionRecord, SessionRecord]:
    """The first session signed and added to, the second begun."""
    person, by = site.practitioner, site.practitioner.user
    words = {
        "safety_override": canary("override", owner),
        "mismatch_reason": canary("mismatch", owner),
        "retention_reason": canary("retention", owner),
        "needles": [needle("BL23", reason=canary("needle", owner))],
    }
    first = start_record(session=course.sessions.get(number=1), practitioner=person, now=NOON)
    first = save_draft(record=first, draft=draft(note=canary("note", owner), next_plan=canary("plan", owner), **words), by=by, now=NOON)
    first = sign_record(record=first, by=by, now=NOON)
    amend_record(record=first, words=canary("amended", owner), by=by, now=NOON)
    second = start_record(session=course.sessions.get(number=2), practitioner=person, now=NOON)
    second = save_draft(record=second, draft=draft(note=canary("begun", owner), **words), by=by, now=NOON)
    return first, second


def offered(site: Site, course: Course, start: datetime) -> Offer:
    """Somebody waits for a time, one comes free, and it is kept for them."""
    wishes = Wishes(
        first_day=NOON.date(), last_day=(start + timedelta(days=30)).date(), note=f"{course.patient.first_name} can come at any hour"
    )
    session = course.sessions.get(number=4)
    entry = wait_for_session(session=session, service=site.acupuncture, wishes=wishes, by=site.desk, now=NOON)
    stretch = DateTimeTZRange(start, start + timedelta(minutes=45))
    freed = FreedTime.objects.create(clinic=site.clinic, practitioner=site.practitioner, during=stretch, because="Cancelled", freed_at=NOON)
    return offer_time(freed=freed, fit=Fit(entry=entry, slot=site.slot(start)), skipped=[], by=audit.THE_HOUSE, now=NOON)


def away(site: Site, hit: Appointment) -> None:
    """The practitioner takes leave on the day of a visit."""
    day = local_day(site.clinic.tz, hit.start.date())
    add_absence(
        clinic=site.clinic,
        timeline=site.practitioner.timeline,
        during=Interval(day.start, day.end),
        reason=WHY_AWAY,
        by=site.desk,
        now=NOON,
    )


def assessed(patient: Patient) -> Course:
    """Another problem, not prescribed for yet."""
    course = CourseFactory(patient=patient, complaint="neck")
    Session.objects.create(course=course, number=1)
    return course


@dataclass
class World:
    """Everything, and who may ask for it: `hannah` is treated at `here`; `olivia` too, `grace` elsewhere."""

    here: Site
    elsewhere: Site
    hannah: File
    olivia: File
    grace: File
    booking: Booking
    clients: dict[str, Client]
    cookies: dict[str, dict[str, str]]

    def client(self, actor: str) -> Client:
        """The browser of one of the cast, as it was when the world began."""
        client = self.clients[actor]
        client.cookies.clear()
        client.cookies.load(self.cookies[actor])
        return client


ACTORS = {
    "A0": "anonymous",
    "A1": "the patient",
    "A2": "another patient",
    "A3": "the practitioner who treats",
    "A4": "a practitioner elsewhere",
    "A5": "the receptionist",
    "A6": "the admin",
    "A7": "somebody who left, still signed in",
    "B5": "a receptionist elsewhere",
    "B6": "an admin elsewhere",
    "LK": "who followed the patient's link",
    "VI": "a visitor at the end of a booking",
}


def build() -> World:
    """Make the world at NOON; the clock has to stand there."""
    call_command("load_catalogue", stdout=StringIO())
    call_command("load_insurers", stdout=StringIO())
    here, elsewhere = open_site("here"), open_site("elsewhere")
    hannah = open_file(here, "Hannah", "Lindley", hour=12)
    olivia = open_file(here, "Olivia", "Marsh", hour=14)
    grace = open_file(elsewhere, "Grace", "Okafor", hour=13)
    away(here, hannah.hit)
    away(elsewhere, grace.hit)
    said = HEALTHY | {"medicines_typed": "", "details": ""}
    booking = visitor(here_house(here), answers=said, now=NOON, service=here.first_visit, **VISITOR)
    held = slot(NOON + timedelta(days=1), service=here.first_visit, practitioner=here.practitioner, room=here.rooms[0])
    hold_time(booking=booking, slot=held, now=NOON)
    left = UserFactory(email="left@here.example", role=Role.ADMIN, clinics=[here.clinic])
    User.objects.filter(clinics__isnull=False).update(password=make_password(PASSWORD))
    User.objects.filter(pk=hannah.user.pk).update(password=make_password(PASSWORD))
    for file in (hannah, olivia, grace):
        file.user.refresh_from_db()
    for site in (here, elsewhere):
        for user in (site.desk, site.admin, site.practitioner.user):
            user.refresh_from_db()
    left.refresh_from_db()
    users = {
        "A1": hannah.user,
        "A2": olivia.user,
        "A3": here.practitioner.user,
        "A4": elsewhere.practitioner.user,
        "A5": here.desk,
        "A6": here.admin,
        "A7": left,
        "B5": elsewhere.desk,
        "B6": elsewhere.admin,
    }
    clients = {actor: Client(raise_request_exception=False) for actor in ACTORS}
    for actor, user in users.items():
        clients[actor].force_login(user)
    User.objects.filter(pk=left.pk).update(is_active=False)
    keep(
        clients["LK"],
        {"link:visit": hannah.ahead.key, "link:offer": hannah.offer.key, "link:question": hannah.question.key}
        | {"link:check-back": hannah.signed.key, "link:wishes": hannah.patient.key},
    )
    keep(clients["VI"], {"booking": booking.key, "booking-held": held.value})
    cookies = {actor: {name: morsel.value for name, morsel in client.cookies.items()} for actor, client in clients.items()}
    return World(here, elsewhere, hannah, olivia, grace, booking, clients, cookies)


def here_house(site: Site):
    """The clinic as the tests of bookings know it."""
    return type("House", (), {"clinic": site.clinic, "service": site.first_visit})


def keep(client: Client, values: dict[str, str]) -> None:
    """Put something into a browser's session."""
    session = client.session
    session.update(values)
    session.save()
