"""Visits that were held, as the tests of money need them."""

from datetime import date, timedelta

from clinic.enums import Role
from clinic.models import Practitioner, User
from insurers.charging import Given
from insurers.enums import Grouping, PaidBy
from insurers.models import Invoice, Payment, Policy
from insurers.services import consume_cover, reserve_cover
from insurers.services.invoicing import draft_invoices, send_invoice
from insurers.services.payments import record_insurer_payment, take_payment
from tests.factories import NOON, PractitionerFactory, ServiceFactory
from tests.insurers.builders import a_user, an_insured_course, approve
from treatments.models import Course

TODAY = NOON.date()
PRICE = 5800


def an_approved_course(sessions: int = 3, **about: object) -> Course:
    """A course whose insurer approved every session, under a code of its own."""
    course = an_insured_course(sessions, **about)
    approve(course, sessions, code=f"PRE-{course.pk}")
    return course


def with_policy(course: Course, **terms: object) -> Policy:
    """The course's policy, with these terms."""
    policy = course.funding.policy
    for name, value in terms.items():
        setattr(policy, name, value)
    policy.save()
    return policy


def grouped(course: Course, grouping: Grouping) -> None:
    insurer = course.funding.policy.insurer
    insurer.invoice_grouping = grouping
    insurer.save()


def somebody(course: Course, **about: object) -> Practitioner:
    """Who treats the course, with everything that an invoice says of them."""
    known = {"name": "Rhea Mehta", "register": "British Acupuncture Council", "registration": "000417"} | about
    return PractitionerFactory(clinic=course.clinic, **known)


def given(course: Course, *, days_ago: int = 0, number: int = 1, price: int = PRICE, by: Practitioner | None = None, **about) -> Given:
    """One visit of a course as it was given; its unit is used where the course is insured."""
    on = about.pop("on", TODAY - timedelta(days=days_ago))
    session = course.sessions.get(number=number)
    key = f"visit{course.pk:05}{number:03}"
    reserve_cover(session=session, on=on, key=key)
    consume_cover(key=key)
    service = about.pop("service", None) or ServiceFactory(clinic=course.clinic, price=price)
    return Given(
        visit=key, clinic=course.clinic, session=session, on=on, service=service, practitioner=by or somebody(course), price=price, **about
    )


def an_admin(course: Course) -> User:
    return a_user(Role.ADMIN, course.clinic)


def a_draft(course: Course, *visits: Given) -> Invoice:
    [draft] = draft_invoices(visits=visits or [given(course)], by=an_admin(course), now=NOON)
    return draft


def sent(course: Course, *visits: Given, now=NOON) -> Invoice:
    return send_invoice(invoice=a_draft(course, *visits), by=an_admin(course), now=now, doubts_seen=True)


def paid_in(invoice: Invoice, amount: int, *, once: str = "once", on: date = TODAY) -> Payment:
    by = a_user(Role.ADMIN, invoice.clinic)
    return record_insurer_payment(
        invoice=invoice, amount=amount, paid_on=on, way=PaidBy.TRANSFER, reference="REM 1", once=once, by=by, now=NOON
    )


def paid_at_desk(visit: Given, amount: int, *, once: str = "desk") -> Payment:
    by = a_user(Role.RECEPTIONIST, visit.session.course.clinic)
    return take_payment(visits=[visit], charge_key=visit.visit, amount=amount, way=PaidBy.CARD, once=once, by=by, now=NOON)
