from dataclasses import replace

import pytest
from pypdf import PdfReader

from insurers.enums import Payer
from insurers.invoice_papers import invoice_pdf, receipt_of, receipt_pdf
from insurers.invoice_sheets import sheet_of
from insurers.models import Invoice
from insurers.services import set_funding
from tests.factories import NOON, ClinicFactory
from tests.insurers.billing import TODAY, a_draft, an_approved_course, given, grouped, paid_at_desk, sent, somebody, with_policy
from tests.insurers.builders import a_course, a_patient, an_insured_course

pytestmark = pytest.mark.django_db


def read(content: bytes, tmp_path) -> PdfReader:
    (tmp_path / "paper.pdf").write_bytes(content)
    return PdfReader(tmp_path / "paper.pdf")


def words(paper: PdfReader) -> str:
    return " ".join(" ".join(page.extract_text() for page in paper.pages).split())


def of(invoice: Invoice):
    return sheet_of(Invoice.objects.with_people().get(pk=invoice.pk), today=TODAY)


def test_an_invoice_can_be_selected_and_read_aloud_and_says_all_that_insurers_check(tmp_path):
    course = an_approved_course(patient=a_patient(ClinicFactory(slug="almond")))
    with_policy(course, excess_kind="visit", excess=1_500)
    paper = read(invoice_pdf(of(sent(course)), made=NOON), tmp_path)

    said = words(paper)
    for wanted in (
        *("Invoice ALM-00001", "Bupa", "Olivia Marsh", "Born 14 Mar 1984", f"BUP{course.pk}", f"PRE-{course.pk}"),
        *("Rhea Mehta, MBAcC (British Acupuncture Council 000417)", "Thu 26 Nov 2026", "Acupuncture", "£58.00", "£15.00", "£43.00"),
        "3 Almond Yard, London WC1Z 4QT",
    ):
        assert wanted in said
    assert paper.metadata.title == "Invoice ALM-00001"
    assert paper.trailer["/Root"]["/Lang"] == "en-GB"


def test_a_draft_says_that_it_is_one(tmp_path):
    paper = read(invoice_pdf(of(a_draft(an_approved_course())), made=NOON), tmp_path)

    assert "Draft invoice, not sent" in words(paper)


def test_an_invoice_for_several_patients_has_a_part_for_each(tmp_path):
    clinic = ClinicFactory(currency="JPY")
    courses = [an_approved_course(patient=a_patient(clinic, first)) for first in ("Olivia", "Hannah")]
    grouped(courses[0], "insurer")

    said = words(read(invoice_pdf(of(sent(courses[0], *(given(course, price=7_000) for course in courses))), made=NOON), tmp_path))

    assert said.count("Together ¥7,000") == 2
    assert "Bupa owes ¥14,000" in said


def test_a_long_invoice_goes_on_on_further_pages(tmp_path):
    sheet = of(a_draft(an_approved_course()))
    long = replace(sheet, lines=sheet.lines * 80)

    paper = read(invoice_pdf(long, made=NOON), tmp_path)

    assert len(paper.pages) > 2
    assert words(paper).count("Thu 26 Nov 2026") >= 80


def test_what_looks_like_an_address_is_printed_and_never_fetched(tmp_path):
    course = an_approved_course(patient=a_patient(first="<img src=http://elsewhere.example/x>", last="file:///etc/passwd"))
    content = invoice_pdf(of(sent(course)), made=NOON)

    assert "elsewhere.example" in words(read(content, tmp_path)).replace(" ", "")
    assert b"root:" not in content and b"/URI" not in content


def test_a_receipt_says_what_cash_plans_ask_for(tmp_path):
    course = an_insured_course(patient=a_patient(ClinicFactory(slug="almond")))
    insurer = course.funding.policy.insurer
    set_funding(course=course, payer=Payer.RECLAIM, insurer=insurer, policy_number="HS-77", now=NOON)
    person = somebody(course, profession="Acupuncturist")
    payment = paid_at_desk(given(course, by=person), 5_000)

    paper = read(receipt_pdf(receipt_of(payment, owed=800), made=NOON), tmp_path)
    said = words(paper)

    for wanted in (
        *("Receipt RALM-00001", "Olivia Marsh, born 14 Mar 1984", "Bupa, HS-77", "Acupuncture", "Thu 26 Nov 2026"),
        *("Meridian Bloomsbury, London, 3 Almond Yard", "Rhea Mehta", "Acupuncturist, MBAcC", "British Acupuncture Council, 000417"),
        *("£50.00, card on Thu 26 Nov 2026", "Still to pay £8.00", "Fee of the visit £58.00"),
    ):
        assert wanted in said
    assert paper.metadata.title == "Receipt RALM-00001"


def test_a_receipt_of_money_given_back_says_so():
    payment = paid_at_desk(given(a_course()), 5_800)
    payment.undone_because = "Paid twice"

    assert ("Taken back", "Paid twice") in receipt_of(payment, owed=0).facts
