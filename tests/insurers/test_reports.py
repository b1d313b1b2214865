from datetime import timedelta

import pytest

from clinic.enums import Role
from insurers.enums import RefusedFor
from insurers.reports import Debt, Outstanding, outstanding, patients_owe, refusals, uses
from insurers.services import reserve_cover
from insurers.services.invoicing import refuse_invoice
from tests.factories import NOON, ClinicFactory
from tests.insurers.billing import TODAY, a_draft, an_admin, an_approved_course, given, paid_at_desk, paid_in, sent
from tests.insurers.builders import a_course, a_patient, a_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def clinic():
    return ClinicFactory()


@pytest.fixture
def admin(clinic):
    return a_user(Role.ADMIN, clinic)


def insured(clinic, **about):
    return an_approved_course(patient=a_patient(clinic), **about)


def test_what_insurers_owe_stands_by_its_age(clinic, admin):
    for days in (0, 30, 31, 61, 91):
        course = insured(clinic)
        sent(course, given(course, days_ago=days), now=NOON - timedelta(days=days))
    paid_in(sent(insured(clinic)), 5_000)
    a_draft(insured(clinic))

    assert outstanding(user=admin, now=NOON) == [
        Outstanding("Bupa", "bupa", "GBP", invoices=6, ages=[5_800 + 5_800 + 800, 5_800, 5_800, 5_800])
    ]


def test_currencies_are_never_added_together():
    clinics = [ClinicFactory(currency=currency) for currency in ("GBP", "JPY")]
    for clinic in clinics:
        sent(insured(clinic))
        paid_at_desk(given(a_course(patient=a_patient(clinic))), 800, once=clinic.currency)
    admin = a_user(Role.ADMIN, *clinics)

    assert [(row.currency, row.total) for row in outstanding(user=admin, now=NOON)] == [("GBP", 5_800), ("JPY", 5_800)]
    assert patients_owe(user=admin) == [Debt("GBP", 1, 5_000), Debt("JPY", 1, 5_000)]


def test_sessions_stand_side_by_side_for_each_approval(clinic, admin):
    course = insured(clinic, sessions=6)
    paid = sent(course, given(course, number=1))
    paid_in(paid, 5_800)
    sent(course, given(course, number=2))
    a_draft(course, given(course, number=3))
    given(course, number=4)
    reserve_cover(session=course.sessions.get(number=5), on=TODAY + timedelta(days=7), key="ahead00000001")

    [use] = uses(user=admin)

    assert (use.authorised, use.booked, use.attended, use.invoiced, use.paid) == (6, 5, 4, 2, 1)
    assert (use.not_invoiced, use.awaited, use.code) == (2, 1, f"PRE-{course.pk}")


def test_refusals_are_counted_by_their_reason(clinic, admin):
    for reason in (RefusedFor.LATE, RefusedFor.CODE, RefusedFor.CODE):
        refuse_invoice(invoice=sent(insured(clinic)), refused_for=reason, because="", by=admin)

    found = refusals(user=admin)

    assert [(row.reason, row.count, row.insurers, row.amounts) for row in found] == [
        ("No code, or another one", 2, "Bupa", (("GBP", 11_600),)),
        ("It came too late", 1, "Bupa", (("GBP", 5_800),)),
    ]


def test_reports_show_nothing_of_other_clinics(clinic):
    refuse_invoice(invoice=sent(insured(clinic)), refused_for=RefusedFor.LATE, because="", by=an_admin(insured(clinic)))
    sent(insured(clinic))
    paid_at_desk(given(a_course(patient=a_patient(clinic))), 800)
    stranger = a_user(Role.ADMIN, ClinicFactory())

    assert (outstanding(user=stranger, now=NOON), patients_owe(user=stranger), uses(user=stranger), refusals(user=stranger)) == (
        [],
        [],
        [],
        [],
    )


@pytest.mark.parametrize("many", (1, 4))
def test_a_report_asks_as_often_for_many_as_for_one(clinic, admin, django_assert_max_num_queries, many):
    for _ in range(many):
        sent(insured(clinic))

    with django_assert_max_num_queries(6):
        outstanding(user=admin, now=NOON), patients_owe(user=admin), uses(user=admin), refusals(user=admin)
