import csv
import io
import re
from datetime import timedelta

import pytest
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange
from django.urls import reverse

from bookings.enums import State
from bookings.models import Appointment
from clinic import clock
from clinic.enums import Role
from insurers.directory import directory
from insurers.enums import CoverState, Grouping, InvoiceState, Payer, RefusedFor
from insurers.models import Charge, Cover, FeeAgreement, Insurer, Invoice, Payment
from insurers.services import load_directory, reserve_cover, set_funding
from insurers.services.invoicing import refuse_invoice
from tests.factories import AppointmentFactory, PractitionerFactory, ServiceFactory
from tests.insurers.billing import given as given_on
from tests.insurers.billing import sent as sent_on
from tests.insurers.builders import a_clinic, a_course, a_patient, a_user, an_insured_course, approve
from treatments.models import SessionRecord

pytestmark = pytest.mark.django_db


@pytest.fixture
def clinic():
    return a_clinic()


@pytest.fixture
def admin(clinic, client):
    user = a_user(Role.ADMIN, clinic)
    client.force_login(user)
    return user


@pytest.fixture
def desk(clinic, client):
    user = a_user(Role.RECEPTIONIST, clinic)
    client.force_login(user)
    return user


@pytest.fixture
def course(clinic):
    found = an_insured_course(4, patient=a_patient(clinic))
    approve(found, 4, code="PRE-1")
    return found


def text(response):
    return " ".join(response.content.decode().split())


def visit(course, number=1, *, days=-1, state=State.COMPLETED, **fields) -> Appointment:
    """A visit of that session so many days from now; one that was completed has a signed record, and its unit is used."""
    start = (clock.now() + timedelta(days=days)).replace(minute=0, second=0, microsecond=0)
    session, clinic = course.sessions.get(number=number), course.clinic
    person = PractitionerFactory(clinic=clinic, name="Rhea Mehta", register="British Acupuncture Council", registration="000417")
    appointment = AppointmentFactory(
        session=session, during=DateTimeTZRange(start, start + timedelta(minutes=45)), state=state, practitioner=person, **fields
    )
    cover = reserve_cover(session=session, on=start.astimezone(clinic.tz).date(), key=appointment.key)
    if state == State.COMPLETED:
        sign(session, person, start)
        Cover.objects.filter(pk=cover.pk, state=CoverState.RESERVED).update(state=CoverState.CONSUMED)
    return appointment


def sign(session, person, at):
    by = a_user(Role.PRACTITIONER, session.course.clinic)
    SessionRecord.objects.create(session=session, practitioner=person, started_at=at, saved_at=at, signed_at=at, signed_by=by)


def drafted(client) -> Invoice:
    client.post("/billing/invoices/draft/")
    return Invoice.objects.get()


def page_of(invoice, deed=""):
    return reverse(f"billing:{deed or 'invoice'}", args=[invoice.key])


def send(client, invoice):
    return client.post(page_of(invoice, "send"), {"doubts_seen": "on"}, follow=True)


def pay(client, invoice, amount, once="once", **said):
    answer = {"amount": amount, "paid_on": f"{clock.now():%d %b %Y}", "way": "transfer", "reference": "REM 7", "once": once} | said
    return client.post(page_of(invoice, "paid"), answer, follow=True)


# From a signed session to paid


def test_a_signed_session_is_drafted_sent_and_paid(client, admin, course):
    visit(course)
    assert "1 visit waits for an invoice" in text(client.get("/billing/invoices/"))

    invoice = drafted(client)
    page = text(client.get(page_of(invoice)))
    assert "Everything the insurer asks for is there." in page and "£58.00" in page

    assert "Noted as sent" in text(send(client, invoice))
    assert "part paid" in text(pay(client, invoice, "50", once="first")).lower()
    assert "Still owed" in text(pay(client, invoice, "8.00", once="second"))
    invoice.refresh_from_db()
    assert (invoice.state, Invoice.objects.with_sums().get().owed) == (InvoiceState.PAID, 0)


def test_what_is_not_signed_or_not_the_insurers_is_not_drafted(client, admin, clinic, course):
    visit(course, 1, state=State.REMOVING)
    visit(course, 2, state=State.BOOKED, days=3)
    visit(a_course(patient=a_patient(clinic)))

    assert "No visit waits for an invoice." in text(client.post("/billing/invoices/draft/", follow=True))
    assert not Invoice.objects.exists()


def test_pressing_twice_drafts_sends_and_pays_once(client, admin, course):
    visit(course)
    invoice = drafted(client)
    assert drafted(client) == invoice
    send(client, invoice)
    assert "is sent by now" in text(send(client, invoice))
    pay(client, invoice, "20", once="same")
    pay(client, invoice, "20", once="same")
    assert [payment.amount for payment in Payment.objects.all()] == [2_000]


def test_what_is_missing_is_named_on_the_page_and_nothing_goes_out(client, admin, clinic):
    course = an_insured_course(1, patient=a_patient(clinic))
    Insurer.objects.update(pre_authorisation="required")
    visit(course)
    invoice = drafted(client)

    page = text(send(client, invoice))

    assert "<li><span>The authorisation code is missing.</span></li>" in page and "Needed:</b> The authorisation code" in page
    assert Invoice.objects.get().state == InvoiceState.DRAFTED


def test_what_only_looks_odd_is_sent_by_who_has_looked(client, admin, course):
    Insurer.objects.update(invoice_months=1)
    visit(course, days=-60)
    invoice = drafted(client)

    page = text(client.post(page_of(invoice, "send"), {}))
    assert "had to be invoiced by" in page and "tick that you have looked" in page
    assert "Noted as sent" in text(send(client, invoice))


@pytest.mark.parametrize(
    ("amount", "said"),
    [("58.01", "Only £58.00 is still owed: £58.01 would be more"), ("4.555", "Enter an amount, like £68.00"), ("0", "from £0.01 on")],
)
def test_a_payment_that_cant_be_is_refused_in_words_and_what_was_typed_stays(client, admin, course, amount, said):
    visit(course)
    invoice = drafted(client)
    send(client, invoice)

    page = text(pay(client, invoice, amount))

    assert said in page and f'value="{amount}"' in page
    assert not Payment.objects.exists()


def test_a_payment_of_tomorrow_is_not_noted_today(client, admin, course):
    visit(course)
    invoice = drafted(client)
    send(client, invoice)

    page = text(pay(client, invoice, "58", paid_on=f"{clock.now() + timedelta(days=2):%d %b %Y}"))

    assert "This day is still to come" in page and not Payment.objects.exists()


def test_a_refusal_needs_a_reason_and_leaves_the_rest_to_the_patient(client, admin, course):
    held = visit(course)
    invoice = drafted(client)
    send(client, invoice)
    assert "There is a problem" in text(client.post(page_of(invoice, "refused"), {"refused_for": "", "because": ""}))
    client.post(page_of(invoice, "refused"), {"refused_for": "limit", "because": "Ten a year"})
    line = invoice.lines.get()

    page = text(client.post(page_of(invoice, "shortfall"), {f"of_{line.key}": "58"}, follow=True))

    assert "The patient owes it now" in page and "limit was reached" in page
    assert "£58.00" in text(client.get(reverse("billing:pay", args=[held.key])))


def test_a_shortfall_is_offered_line_by_line_from_the_last(client, admin, course):
    Insurer.objects.update(invoice_grouping=Grouping.PATIENT)
    visit(course, 1, days=-9)
    visit(course, 2, days=-2)
    invoice = drafted(client)
    send(client, invoice)
    pay(client, invoice, "100")

    page = client.get(page_of(invoice)).content.decode()

    offered = [re.search(rf'name="of_{line.key}"[^>]*', page)[0] for line in invoice.lines.all()]
    assert ["£16.00" in box for box in offered] == [False, True]


def test_a_draft_that_is_dropped_waits_again(client, admin, course):
    visit(course)
    invoice = drafted(client)

    assert "1 visit can be drafted again" in text(client.post(page_of(invoice, "drop"), follow=True))
    assert not Charge.objects.exists()
    assert "1 visit waits for an invoice" in text(client.get("/billing/invoices/"))


def test_chasing_too_early_is_refused_in_words(client, admin, course):
    Insurer.objects.update(chase_after_days=30)
    visit(course)
    invoice = drafted(client)
    send(client, invoice)

    assert "asks not to be chased before" in text(client.post(page_of(invoice, "chased"), follow=True))
    assert "I have asked" not in text(client.get(page_of(invoice)))


def test_a_deadline_is_counted_down(client, admin, course):
    Insurer.objects.update(invoice_months=1)
    visit(course, days=-25)
    waits = re.search(r"The first has to be sent by (\w{3} \d+ \w{3} 20\d\d)\.", text(client.get("/billing/invoices/")))[1]
    drafted(client)
    assert f"Send by {waits}" in text(client.get("/billing/invoices/"))

    assert re.search(r"Send by \w{3} \d+ \w{3} 20\d\d, [3-7] days left", text(client.get("/billing/invoices/")))


def test_the_list_finds_by_state_insurer_patient_and_number(client, admin, course):
    visit(course)
    invoice = drafted(client)
    send(client, invoice)
    number = Invoice.objects.get().number

    for query, is_found in (
        ("q=olivia", True),
        (f"q={number}", True),
        ("q=nobody", False),
        ("state=paid", False),
        ("state=sent&insurer=bupa", True),
        ("insurer=aviva", False),
    ):
        assert (invoice.key in client.get(f"/billing/invoices/?{query}").content.decode()) is is_found, query


@pytest.mark.parametrize("many", (1, 4))
def test_the_list_asks_as_often_for_many_invoices_as_for_one(client, admin, clinic, django_assert_max_num_queries, many):
    for _ in range(many):
        visit(an_insured_course(1, patient=a_patient(clinic)))
    client.post("/billing/invoices/draft/")
    visit(an_insured_course(1, patient=a_patient(clinic)))

    with django_assert_max_num_queries(20):
        client.get("/billing/invoices/")


# Files


def test_files_hold_no_formula_and_money_as_plain_figures(client, admin, clinic):
    course = an_insured_course(1, patient=a_patient(clinic, first="=1+1", last="@SUM(A1)"))
    visit(course)
    invoice = drafted(client)

    for address in ("/billing/invoices/invoices.csv", page_of(invoice, "invoice-csv"), "/billing/desk/open.csv"):
        rows = list(csv.reader(io.StringIO(client.get(address).content.decode("utf-8-sig"))))
        assert not [cell for row in rows for cell in row if cell.startswith(("=", "+", "-", "@"))]
    [head, row] = csv.reader(io.StringIO(client.get(page_of(invoice, "invoice-csv")).content.decode("utf-8-sig")))
    assert dict(zip(head, row, strict=True)) | {"Patient": "'=1+1 @SUM(A1)", "Fee": "58.00", "To pay": "58.00"} == dict(
        zip(head, row, strict=True)
    )


def test_papers_are_kept_not_shown_and_their_names_tell_nobodys(client, admin, course):
    visit(course)
    invoice = drafted(client)
    send(client, invoice)

    paper = client.get(page_of(invoice, "invoice-pdf"))

    assert paper["Content-Type"] == "application/pdf" and paper.content.startswith(b"%PDF")
    assert paper["Content-Disposition"] == f'attachment; filename="invoice-{Invoice.objects.get().number}.pdf"'


# At the desk


def pay_at_desk(client, appointment, amount, once="desk"):
    said = {"amount": amount, "way": "card", "once": once}
    return client.post(reverse("billing:pay", args=[appointment.key]), said, follow=True)


def test_who_pays_for_themselves_pays_at_the_desk_and_takes_a_receipt(client, desk, clinic):
    arrived = visit(a_course(1, patient=a_patient(clinic)), days=0, state=State.ARRIVED)
    assert "Take payment" in text(client.get("/billing/desk/"))

    page = text(pay_at_desk(client, arrived, "58"))

    assert "Receipt R" in page and "British Acupuncture Council, 000417" in page and "£58.00, card on" in page
    assert "Nothing is left to pay." in text(client.get(reverse("billing:pay", args=[arrived.key])))
    receipt = client.get(reverse("billing:receipt-pdf", args=[Payment.objects.get().key]))
    assert receipt.content.startswith(b"%PDF")


def test_the_diary_leads_to_the_payment_once_the_patient_has_come(client, desk, clinic):
    ahead, arrived = (
        visit(a_course(1, patient=a_patient(clinic)), days=0, state=state, clinic=clinic) for state in (State.BOOKED, State.ARRIVED)
    )
    links = [reverse("billing:pay", args=[held.key]) in text(client.get(f"/diary/?visit={held.key}")) for held in (ahead, arrived)]
    assert links == [False, True]


def test_an_insured_patient_sees_their_excess_apart(client, desk, course):
    policy = course.funding.policy
    policy.excess_kind, policy.excess = "visit", 1_500
    policy.save()
    held = visit(course, days=0)

    page = text(client.get(reverse("billing:pay", args=[held.key])))
    assert "Excess, the patient’s</dt><dd>£15.00" in page and "Bupa</dt><dd>£43.00" in page
    assert "Only £15.00 is still owed" in text(pay_at_desk(client, held, "58"))
    assert "Nothing is owed any more" in text((pay_at_desk(client, held, "15"), pay_at_desk(client, held, "1", once="again"))[1])


def test_tokyo_pays_in_whole_yen(client):
    tokyo = a_clinic("Asia/Tokyo")
    tokyo.currency = "JPY"
    tokyo.save()
    client.force_login(a_user(Role.RECEPTIONIST, tokyo))
    held = visit(a_course(1, patient=a_patient(tokyo)), days=-3, price=7_000)

    assert "¥7,000" in text(client.get("/billing/desk/"))
    assert "Enter an amount, like ¥9,000" in text(pay_at_desk(client, held, "70.50"))
    assert "¥7,000, card on" in text(pay_at_desk(client, held, "7000"))


def test_a_visit_ahead_and_one_without_a_debt_are_no_business_of_the_desk(client, desk, course):
    ahead = visit(course, 1, days=2, state=State.BOOKED)
    visit(course, 2, days=-2)

    assert client.get(reverse("billing:pay", args=[ahead.key])).status_code == 404
    assert "Nobody owes anything." in text(client.get("/billing/desk/"))


def test_a_missed_visit_that_is_charged_stands_at_the_desk(client, desk, course):
    missed = visit(course, days=-1, state=State.DNA)
    assert client.get(reverse("billing:pay", args=[missed.key])).status_code == 404
    Cover.objects.of_key(missed.key).update(state=CoverState.CHARGED, authorisation=None)

    assert "Missed visit" in text(client.get("/billing/desk/"))
    assert "Fee of the visit" in text(pay_at_desk(client, missed, "58"))


def test_only_an_admin_takes_a_payment_back_and_says_why(client, admin, desk, clinic):
    held = visit(a_course(1, patient=a_patient(clinic)), days=0)
    pay_at_desk(client, held, "58")
    payment = Payment.objects.get()
    address = reverse("billing:take-back", args=[payment.key])
    assert client.get(address).status_code == 404

    client.force_login(admin)
    assert "There is a problem" in text(client.post(address, {"because": ""}))
    assert "stays on file with your reason" in text(client.post(address, {"because": "Card refused"}, follow=True))
    assert "To pay now</dt><dd>£58.00" in text(client.get(reverse("billing:pay", args=[held.key])))
    assert "Taken back" in text(client.get(reverse("billing:receipt", args=[payment.key])))


def test_the_desk_asks_as_often_for_many_visits_as_for_one(client, desk, clinic, django_assert_max_num_queries):
    for _ in range(6):
        visit(a_course(1, patient=a_patient(clinic)), days=-2)

    with django_assert_max_num_queries(15):
        client.get("/billing/desk/")


# Prices


def test_a_fee_agreed_holds_from_its_day_and_can_be_ended(client, admin, clinic, course):
    service = ServiceFactory(clinic=clinic)
    address = reverse("billing:agree", args=[service.key])
    today = clock.now().astimezone(clinic.tz).date()

    answer = client.post(address, {"insurer": "bupa", "amount": "52", "first_day": f"{today:%d %b %Y}", "last_day": ""}, follow=True)
    assert "Bupa <b>£52.00</b> from" in text(answer)
    assert "Another fee is agreed from" in text(
        client.post(address, {"insurer": "bupa", "amount": "50", "first_day": f"{today - timedelta(days=3):%d %b %Y}", "last_day": ""})
    )
    client.post(reverse("billing:end-fee", args=[FeeAgreement.objects.get().key]))
    assert FeeAgreement.objects.get().last_day == today


def test_a_provider_of_care_is_no_insurer_to_agree_with(client, admin, clinic):
    load_directory(book=directory(), now=clock.now())

    page = client.get(reverse("billing:agree", args=[ServiceFactory(clinic=clinic).key])).content.decode()

    assert 'value="nuffield_health"' not in page and page.count("<option") == 1 + 27


# Reports


def test_reports_say_who_owes_what_was_used_and_why_it_was_refused(client, admin, course):
    sent = sent_on(course, given_on(course, number=1))
    refuse_invoice(invoice=sent, refused_for=RefusedFor.LATE, because="", by=admin)
    sent_on(course, given_on(course, number=2))

    page = text(client.get("/billing/reports/"))

    assert "It came too late" in page and "PRE-1" in page and "£58.00" in page
    for which, cells in (("outstanding", "58.00"), ("approvals", "PRE-1"), ("refusals", "It came too late")):
        assert cells in client.get(f"/billing/reports/report.csv?which={which}").content.decode()
    assert client.get("/billing/reports/report.csv?which=others").status_code == 404


# Who may


def test_another_clinic_s_money_is_not_there(client, course):
    invoice = sent_on(course, given_on(course))
    held = visit(course, 2, days=0)
    client.force_login(a_user(Role.ADMIN, a_clinic()))

    for address in (page_of(invoice), page_of(invoice, "invoice-pdf"), reverse("billing:pay", args=[held.key])):
        assert client.get(address).status_code == 404
    assert client.post(page_of(invoice, "paid"), {}).status_code == 404
    assert "Olivia" not in text(client.get("/billing/invoices/")) + text(client.get("/billing/desk/"))


def test_reception_comes_to_the_desk_and_not_to_the_books(client, desk, course):
    invoice = sent_on(course, given_on(course))

    assert client.get("/billing/").url == "/billing/desk/"
    for address in ("/billing/invoices/", page_of(invoice), "/billing/reports/"):
        assert client.get(address).status_code == 404


# Every insurer of the directory


@pytest.mark.parametrize("slug", sorted(directory().insurers))
def test_every_insurer_is_billed_to_the_end_or_gets_a_receipt_or_is_no_insurer(client, admin, clinic, slug):
    load_directory(book=directory(), now=clock.now())
    insurer = Insurer.objects.get(slug=slug)
    if not insurer.is_insurer:
        assert insurer not in Insurer.objects.payers() and "not an insurer" in insurer.requirements
        return
    reclaims = insurer.claim_model == "reclaim"
    course = a_course(1, patient=a_patient(clinic))
    formats = {each.kind: each.examples[0] for each in directory().formats if slug in each.insurers}
    payer = Payer.RECLAIM if reclaims else Payer.INSURER
    set_funding(course=course, payer=payer, insurer=insurer, policy_number=formats.get("policy", "P-2026-77-X"), now=clock.now())
    if not reclaims:
        approve(course, 1, code=formats.get("authorisation", "OK-2026-77-X"))
    held = visit(course)
    if reclaims:
        assert insurer.name.partition(" (")[0] in text(pay_at_desk(client, held, "58"))
        assert not Invoice.objects.exists()
    else:
        invoice = drafted(client)
        assert "Everything the insurer asks for is there." in text(client.get(page_of(invoice)))
        client.post(page_of(invoice, "send"), {})
        pay(client, invoice, "58")
        invoice.refresh_from_db()
        assert (invoice.state, len(invoice.number) <= 10) == (InvoiceState.PAID, True)
