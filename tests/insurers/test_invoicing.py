from datetime import date, timedelta
from itertools import chain

import pytest
from django.db import IntegrityError, transaction

from clinic.models import AuditEntry
from insurers.enums import Grouping, InvoiceState, RefusedFor
from insurers.invoice_sheets import chase_day_of, deadline_of, problems_of, sheet_of
from insurers.models import Charge, Invoice, InvoiceLine
from insurers.services import record_authorisation
from insurers.services.invoicing import (
    InvoiceChanged,
    InvoiceDropped,
    NotReady,
    TooEarlyToChase,
    WrongShares,
    chase_invoice,
    discard_draft,
    draft_invoices,
    pass_shortfall,
    refuse_invoice,
    send_invoice,
    write_off,
)
from tests.bookings.test_appointments import race
from tests.factories import NOON, ClinicFactory
from tests.insurers.billing import TODAY, a_draft, an_admin, an_approved_course, given, grouped, paid_in, sent, somebody, with_policy
from tests.insurers.builders import a_course, a_patient, an_insured_course

pytestmark = pytest.mark.django_db


def state_of(invoice: Invoice) -> str:
    return Invoice.objects.get(pk=invoice.pk).state


def owed(invoice: Invoice) -> int:
    return Invoice.objects.with_sums().get(pk=invoice.pk).owed


# Drafting


def test_a_signed_visit_is_drafted_once_however_often_it_is_asked_for():
    course = an_approved_course()
    visit = given(course)

    [draft] = draft_invoices(visits=[visit], by=an_admin(course), now=NOON)

    assert draft_invoices(visits=[visit], by=an_admin(course), now=NOON) == []
    assert [(line.charge.visit, line.amount) for line in draft.lines.all()] == [(visit.visit, 5_800)]
    assert (draft.state, draft.number, draft.patient) == ("drafted", "", course.patient)
    assert AuditEntry.objects.filter(verb="invoice.draft", about=draft.key).count() == 1


@pytest.mark.parametrize(
    ("grouping", "sizes"), [(Grouping.VISIT, [1, 1, 1, 1]), (Grouping.PATIENT, [2, 2]), (Grouping.INSURER, [4])], ids=lambda each: str(each)
)
def test_visits_go_together_as_the_insurer_wants_them(grouping, sizes):
    clinic = ClinicFactory()
    courses = [an_approved_course(patient=a_patient(clinic, first)) for first in ("Olivia", "Hannah")]
    grouped(courses[0], grouping)
    visits = [given(course, number=number, days_ago=number) for course in courses for number in (1, 2)]

    drafts = draft_invoices(visits=visits, by=an_admin(courses[0]), now=NOON)

    assert sorted(draft.lines.count() for draft in drafts) == sizes
    assert {draft.patient_id is None for draft in drafts} == {grouping == Grouping.INSURER}


def test_an_invoice_never_holds_visits_of_two_clinics():
    courses = [an_approved_course(patient=a_patient()) for _ in range(2)]
    grouped(courses[0], Grouping.INSURER)

    drafts = draft_invoices(visits=[given(course) for course in courses], by=an_admin(courses[0]), now=NOON)

    assert {draft.clinic for draft in drafts} == {course.clinic for course in courses}


def test_nothing_is_drafted_where_the_patient_pays_it_all():
    alone, excess = a_course(), an_approved_course()
    with_policy(excess, excess_kind="yearly", excess=10_000)

    assert draft_invoices(visits=[given(alone), given(excess)], by=an_admin(alone), now=NOON) == []
    assert Charge.objects.count() == 2


def test_a_dropped_draft_is_drafted_anew_by_the_terms_of_that_day():
    course = an_approved_course()
    visit = given(course)
    draft = a_draft(course, visit)
    discard_draft(invoice=draft, by=an_admin(course))
    with_policy(course, excess_kind="visit", excess=1_000)

    assert [line.amount for line in a_draft(course, visit).lines.all()] == [4_800]
    with pytest.raises(InvoiceDropped, match="dropped this draft meanwhile"):
        send_invoice(invoice=draft, by=an_admin(course), now=NOON)


@pytest.mark.django_db(transaction=True)
def test_two_who_draft_at_one_instant_bill_each_visit_once():
    course = an_approved_course()
    grouped(course, Grouping.VISIT)
    visits = [given(course, number=number) for number in (1, 2, 3)]
    by = an_admin(course)

    made = race(6, lambda number: draft_invoices(visits=visits, by=by, now=NOON))

    assert sorted(len(drafts) for drafts in made) == [0, 0, 0, 0, 0, 3]
    assert InvoiceLine.objects.count() == Charge.objects.count() == 3


def test_the_table_holds_that_a_visit_is_billed_once():
    course = an_approved_course()
    line = a_draft(course).lines.get()
    with pytest.raises(IntegrityError), transaction.atomic():
        InvoiceLine.objects.create(invoice=line.invoice, charge=line.charge, amount=1)


# Sending


def test_sending_numbers_the_invoice_and_keeps_its_words_as_they_went_out():
    course = an_approved_course()
    invoice = sent(course)
    person = invoice.lines.get().charge.practitioner
    person.name, person.registration = "Somebody Else", ""
    person.save()
    invoice = Invoice.objects.with_people().get(pk=invoice.pk)

    [line] = sheet_of(invoice, today=TODAY).lines
    assert (invoice.state, len(invoice.number)) == ("sent", 9)
    assert (line.practitioner, line.registration, line.code) == ("Rhea Mehta", "000417", f"PRE-{course.pk}")
    assert (line.policy_number, line.on, line.amount) == (f"BUP{course.pk}", TODAY.isoformat(), 5_800)


def test_what_is_missing_is_named_and_nothing_is_sent_or_numbered():
    course = an_insured_course(slug="axa_ppp")
    course.funding.policy.insurer.pre_authorisation = "required"
    course.funding.policy.insurer.save()
    draft = a_draft(course, given(course, by=somebody(course, registration=""), on=TODAY + timedelta(days=1)))

    with pytest.raises(NotReady) as refused:
        send_invoice(invoice=draft, by=an_admin(course), now=NOON, doubts_seen=True)

    said = [problem.words for problem in refused.value.problems if problem.stops]
    assert said == [
        "The authorisation number is missing.",
        "The registration number of Rhea Mehta is missing.",
        "The visit on Fri 27 Nov 2026 is in the future.",
    ]
    draft.refresh_from_db()
    assert (draft.state, draft.number, draft.sheet) == ("drafted", "", {})


def test_a_doubt_stops_only_who_has_not_seen_it():
    course = an_approved_course()
    insurer = course.funding.policy.insurer
    insurer.invoice_months = 3
    insurer.save()
    draft = a_draft(course, given(course, on=date(2026, 8, 1)))

    with pytest.raises(NotReady, match="had to be invoiced by Sun 1 Nov 2026"):
        send_invoice(invoice=draft, by=an_admin(course), now=NOON)
    assert send_invoice(invoice=draft, by=an_admin(course), now=NOON, doubts_seen=True).state == InvoiceState.SENT


def test_a_code_that_came_after_the_draft_goes_out_with_it():
    course = an_insured_course()
    draft = a_draft(course)
    policy = course.funding.policy
    record_authorisation(policy=policy, code="LATE-1", units=3, first_day=None, last_day=None, by=an_admin(course), now=NOON)

    send_invoice(invoice=draft, by=an_admin(course), now=NOON, doubts_seen=True)

    assert sheet_of(Invoice.objects.with_people().get(pk=draft.pk), today=TODAY).lines[0].code == "LATE-1"


@pytest.mark.django_db(transaction=True)
def test_two_admins_who_send_one_draft_send_it_once():
    course = an_approved_course()
    draft, by = a_draft(course), an_admin(course)

    results = race(2, lambda number: send_invoice(invoice=draft, by=by, now=NOON, doubts_seen=True))

    [lost] = [each for each in results if isinstance(each, Exception)]
    assert isinstance(lost, InvoiceChanged) and "is sent by now" in str(lost)
    assert Invoice.objects.get().number.endswith("-00001")


@pytest.mark.django_db(transaction=True)
def test_numbers_have_no_gap_and_no_twin_however_many_send_and_fail_at_once():
    clinic = ClinicFactory(slug="almond")
    courses = [an_approved_course(1, patient=a_patient(clinic, f"Olivia{number}")) for number in range(8)]
    by = an_admin(courses[0])
    good = [a_draft(course) for course in courses[:5]]
    bad = [a_draft(course, given(course, by=somebody(course, registration=""))) for course in courses[5:]]
    mixed = list(chain(*zip(good, bad, strict=False), good[3:]))

    race(len(mixed), lambda number: send_invoice(invoice=mixed[number], by=by, now=NOON, doubts_seen=True))

    numbers = Invoice.objects.exclude(number="").order_by("number").values_list("number", flat=True)
    assert list(numbers) == [f"ALM-0000{number}" for number in range(1, 6)]


def test_each_clinic_counts_for_itself_under_letters_of_its_own():
    courses = [an_approved_course(patient=a_patient(ClinicFactory(slug=slug))) for slug in ("bloomsbury", "bloomsbury-two")]
    numbers = [sent(course).number for course in courses]

    assert numbers == ["BLO-00001", f"BL{courses[1].clinic.pk % 10}-00001"]
    assert max(map(len, numbers)) <= 10


# Afterwards


def test_a_refused_invoice_says_why_and_goes_again_under_its_number():
    course = an_approved_course()
    invoice = refuse_invoice(invoice=sent(course), refused_for=RefusedFor.CODE, because="Unknown code", by=an_admin(course))
    number = invoice.number

    again = send_invoice(invoice=invoice, by=an_admin(course), now=NOON + timedelta(days=3), doubts_seen=True)

    assert (again.state, again.number, again.refused_for) == ("sent", number, "code")
    assert problems_of(again, today=TODAY) == []


def test_a_shortfall_becomes_the_patients_and_the_invoice_is_settled():
    course = an_approved_course()
    invoice = sent(course)
    line = invoice.lines.get()
    paid_in(invoice, 4_000)

    pass_shortfall(invoice=invoice, shares={line.key: 1_800}, by=an_admin(course))

    assert (state_of(invoice), owed(invoice)) == ("paid", 0)
    assert Charge.objects.with_sums().get(pk=line.charge_id).owed == 1_800


def test_what_a_refusal_leaves_to_the_patient_is_not_asked_of_the_insurer_again():
    course = an_approved_course()
    invoice = refuse_invoice(invoice=sent(course), refused_for=RefusedFor.LIMIT, because="", by=an_admin(course))
    pass_shortfall(invoice=invoice, shares={invoice.lines.get().key: 5_800}, by=an_admin(course))

    assert (state_of(invoice), owed(invoice)) == ("refused", 0)
    with pytest.raises(WrongShares, match="Patients owe"):
        send_invoice(invoice=invoice, by=an_admin(course), now=NOON)


@pytest.mark.parametrize("share", [0, 1_801])
def test_patients_never_take_over_more_than_is_owed(share):
    course = an_approved_course()
    invoice = sent(course)
    paid_in(invoice, 4_000)

    with pytest.raises(WrongShares, match=r"between £0.01 and £18.00"):
        pass_shortfall(invoice=invoice, shares={invoice.lines.get().key: share}, by=an_admin(course))
    assert owed(invoice) == 1_800


def test_of_several_lines_none_takes_over_more_than_it_asked_for():
    course = an_approved_course()
    invoice = sent(course, given(course), given(course, number=2))
    paid_in(invoice, 1_000)

    with pytest.raises(WrongShares, match="more than was asked"):
        pass_shortfall(invoice=invoice, shares={invoice.lines.first().key: 10_600}, by=an_admin(course))


def test_writing_off_ends_it_with_a_reason():
    course = an_approved_course()
    invoice = write_off(invoice=sent(course), because="Insurer closed", by=an_admin(course))

    assert (invoice.state, invoice.because) == ("written_off", "Insurer closed")
    with pytest.raises(InvoiceChanged, match="is written off by now"):
        refuse_invoice(invoice=invoice, refused_for=RefusedFor.LATE, because="", by=an_admin(course))


def test_an_insurer_that_wants_time_is_not_chased_before_it_is_over():
    course = an_approved_course()
    insurer = course.funding.policy.insurer
    insurer.name, insurer.chase_after_days = "AXA Health", 30
    insurer.save()
    invoice = sent(course)

    with pytest.raises(TooEarlyToChase, match="AXA Health asks not to be chased before Sat 26 Dec 2026"):
        chase_invoice(invoice=invoice, by=an_admin(course), now=NOON + timedelta(days=29))
    chase_invoice(invoice=invoice, by=an_admin(course), now=NOON + timedelta(days=30))

    invoice.refresh_from_db()
    assert (invoice.chased_at, chase_day_of(invoice)) == (NOON + timedelta(days=30), date(2026, 12, 26))


def test_a_deadline_counts_from_the_first_visit():
    course = an_approved_course()
    insurer = course.funding.policy.insurer
    insurer.invoice_months, insurer.invoice_grouping = 6, Grouping.PATIENT
    insurer.save()
    draft = a_draft(course, given(course, days_ago=30), given(course, number=2))

    assert deadline_of(Invoice.objects.with_people().with_sums().get(pk=draft.pk)) == date(2027, 4, 27)
