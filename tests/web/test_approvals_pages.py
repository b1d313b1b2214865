"""Pages around the approvals board: the directory, a policy, an approval with its letters, many at once, and the clinic's rules."""

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command

from bookings.enums import State
from clinic import clock
from clinic.enums import Role
from insurers.enums import AuthorisationState, Beyond, CoverState, Missed
from insurers.models import Authorisation, Change, Cover, Document, Insurer
from insurers.services import add_document, miss_cover, note_request, reserve_cover
from tests.factories import NOON, AppointmentFactory
from tests.insurers.builders import NOW, a_clinic, a_patient, a_user, an_insured_course, approve

pytestmark = pytest.mark.django_db
TODAY = NOON.date()


@pytest.fixture
def clinic():
    return a_clinic()


@pytest.fixture
def admin(clinic, client):
    user = a_user(Role.ADMIN, clinic)
    client.force_login(user)
    return user


@pytest.fixture
def course(clinic):
    return an_insured_course(10, patient=a_patient(clinic), insurer="VitalityHealth", slug="vitality")


def page(client, address, **data):
    return client.get(address, data).content.decode()


def policy_at(course):
    return f"/approvals/{course.funding.policy.key}/"


# The directory


@pytest.fixture
def vitality():
    call_command("load_insurers", verbosity=0)
    return Insurer.objects.get(slug="vitality")


def as_it_is(insurer, **changes):
    """What the form of an insurer sends when nothing is changed."""
    fields = (
        "name",
        "other_names",
        "former_names",
        "group",
        "kind",
        "claim_model",
        "pre_authorisation",
        "referral",
        "acupuncture",
        "limits",
    )
    fields += ("excess", "excess_collector", "requirements", "policy_label", "policy_shapes", "member_label", "member_shapes", "code_label")
    fields += ("code_shapes", "invoices", "invoice_months", "invoice_grouping", "invoice_by", "rules_source", "source")
    said = {name: value for name in fields if (value := getattr(insurer, name)) is not None}
    return said | {"verified": "on", "active": "on", "seen": insurer.changes.count()} | changes


def test_every_insurer_is_shown_with_its_rules_and_the_provider_as_none(client, admin, vitality):
    text = page(client, "/approvals/insurers/")

    assert all(name in text for name in Insurer.objects.values_list("name", flat=True))
    assert "sent within 3 months" in text and "unverified: clinic&#x27;s own practice" in text
    assert "like 123456/12/1234/123" in text and "number of at most 10 characters" in text
    provider = page(client, "/approvals/insurers/", q="nuffield")
    assert "No insurer" in provider and "it can’t be chosen as a payer" in provider


def test_an_insurer_is_found_by_what_it_was_once_called(client, admin, vitality):
    assert "VitalityHealth" in page(client, "/approvals/insurers/", q="pru health")
    assert "No insurer on file goes, or went, by that name." in page(client, "/approvals/insurers/", q="nobody")


def test_an_admin_changes_an_insurer_and_sees_what_stood_before(client, admin, vitality):
    answer = client.post("/approvals/insurers/vitality/", as_it_is(vitality, invoice_months="4", limits="Six sessions"))

    assert answer.status_code == 302, answer.context["form"].errors
    assert sorted(Change.objects.values_list("field", "after", "by")) == [
        ("invoice_months", "4", admin.pk),
        ("limits", "Six sessions", admin.pk),
    ]
    text = page(client, "/approvals/insurers/vitality/")
    assert "What was changed" in text and "Six sessions" in text and str(admin) in text


def test_a_shape_that_is_none_is_refused_in_words_and_a_stale_form_too(client, admin, vitality):
    wrong = client.post("/approvals/insurers/vitality/", as_it_is(vitality, policy_shapes="##~##")).content.decode()
    assert "can’t stand in a number" in wrong

    stale = as_it_is(vitality, limits="Four")
    client.post("/approvals/insurers/vitality/", as_it_is(vitality, limits="Six"))
    assert "Somebody changed this while you were writing" in client.post("/approvals/insurers/vitality/", stale).content.decode()


def test_a_new_insurer_can_be_chosen_at_once(client, admin):
    said = {"name": "Guild Benefit", "kind": "pmi", "claim_model": "direct", "pre_authorisation": "required", "active": "on"}
    client.post("/approvals/insurers/new/", said | {"excess_collector": "clinic", "invoice_grouping": "visit"})

    assert list(Insurer.objects.payers().values_list("name", "added_by")) == [("Guild Benefit", admin.pk)]


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("1234567890", "This is the membership number, which has 10 digits"),
        ("1234567A", "This looks like a membership number of AXA Health."),
        ("12345678", "That looks like a plan number."),
    ],
)
def test_a_hint_says_what_a_number_looks_like_while_it_is_typed(client, admin, vitality, typed, words):
    assert words in page(client, "/approvals/insurers/number/", insurer="vitality", kind="policy", name="n", n=typed)


# A policy


def test_a_number_of_another_insurer_is_doubted_once_and_kept_by_a_tick(client, admin, vitality, course):
    said = {"number": "1234567A", "holder": "Paul Marsh", "excess_kind": "yearly", "excess": "100", "excess_left": "£40.00"}
    doubted = client.post(f"{policy_at(course)}edit/", said).content.decode()
    assert "This looks like a membership number of AXA Health." in doubted and not Change.objects.exists()

    client.post(f"{policy_at(course)}edit/", said | {"keep": "on"})

    policy = course.funding.policy
    policy.refresh_from_db()
    assert (policy.number, policy.excess, policy.excess_left, policy.holder) == ("1234567A", 10000, 4000, "Paul Marsh")
    assert "£100.00 in a policy year, £40.00 left" in page(client, policy_at(course))


def test_more_left_than_the_whole_is_refused_in_words(client, admin, vitality, course):
    said = {"number": "12345678", "excess_kind": "yearly", "excess": "100", "excess_left": "140"}

    assert "There can’t be more left than the whole excess" in client.post(f"{policy_at(course)}edit/", said).content.decode()


# An approval


def test_an_approval_of_another_clinic_or_body_area_is_flagged_in_words(client, admin, course):
    other = a_clinic()
    course.complaint = "lower_back"
    course.save()
    said = {"code": "PRE-1", "units": "6", "body_area": "knee", "clinic": other.slug}

    text = client.post(f"{policy_at(course)}code/", said).content.decode()

    assert f"it is made out to {other.place}" in text and "it is for the knee" in text
    assert not Authorisation.objects.exists()


def test_a_letter_is_kept_and_served_to_keep_and_not_to_run(client, admin, course):
    approval = approve(course, 6)
    file = SimpleUploadedFile("../Letter <b>.exe", b"%PDF-1.4 words %%EOF", content_type="text/html")
    client.post(f"/approvals/codes/{approval.key}/documents/", {"file": file})
    document = Document.objects.get()

    answer = client.get(f"/approvals/documents/{document.key}/")

    assert b"".join(answer.streaming_content) == b"%PDF-1.4 words %%EOF"
    assert answer["Content-Disposition"].startswith("attachment") and "Letter b.pdf" in answer["Content-Disposition"]
    assert (answer["Content-Type"], answer["X-Content-Type-Options"]) == ("application/pdf", "nosniff")
    assert answer["Content-Security-Policy"] == "sandbox; default-src 'none'" and "no-store" in answer["Cache-Control"]


def test_a_page_sent_as_a_letter_is_refused_in_words(client, admin, course):
    approval = approve(course, 6)
    file = SimpleUploadedFile("letter.pdf", b"<script>alert(1)</script>", content_type="application/pdf")

    text = client.post(f"/approvals/codes/{approval.key}/documents/", {"file": file}).content.decode()

    assert "Only PDF, JPEG and PNG files can be kept." in text and not Document.objects.exists()


def test_nobody_of_another_clinic_opens_a_letter(client, course):
    approval = approve(course, 6)
    document = add_document(authorisation=approval, name="a.pdf", content=b"%PDF-1.4 %%EOF", by=a_user(), now=NOW)
    client.force_login(a_user(Role.ADMIN, a_clinic()))

    assert client.get(f"/approvals/documents/{document.key}/").status_code == 404


def test_a_request_makes_a_letter(client, admin, course):
    approve(course, 2)

    client.post(f"{policy_at(course)}more/", {"units": "4", "rationale": "Two points better"})
    asked = Authorisation.objects.get(state=AuthorisationState.ASKED)
    letter = client.get(f"/approvals/codes/{asked.key}/letter.pdf")

    assert (asked.units_asked, asked.course) == (4, course)
    assert letter.content.startswith(b"%PDF-") and letter["Content-Type"] == "application/pdf"


# Many at once


def test_many_are_noted_at_once_and_what_cannot_be_is_named(client, admin, course, clinic):
    other = an_insured_course(patient=a_patient(clinic, "Dev", "Patel"))
    keys = [each.funding.policy.key for each in (course, other)]
    note_request(policy=course.funding.policy, by=admin, now=clock.now() - timedelta(days=9))

    text = client.post("/approvals/many/", {"deed": "chased", "policy": keys}, follow=True).content.decode()
    assert "1 noted as chased." in text and "Dev Patel: Bupa was not asked yet" in text

    client.post("/approvals/many/", {"deed": "refused", "because": "Limit reached", "policy": keys})
    assert set(Authorisation.objects.values_list("state", "refused_because")) == {(AuthorisationState.REFUSED, "Limit reached")}
    assert "Tick the ones you mean" in client.post("/approvals/many/", {"deed": "asked"}, follow=True).content.decode()


def test_many_of_another_clinic_are_left_alone(client, course):
    client.force_login(a_user(Role.ADMIN, a_clinic()))

    client.post("/approvals/many/", {"deed": "asked", "policy": [course.funding.policy.key]})

    assert not Authorisation.objects.exists()


# The clinic's rules


def test_the_rules_of_a_clinic_are_set_and_shown(client, admin, clinic):
    said = {"beyond": "block", "late_cancel": "waive", "dna": "consume", "code_late": "self_pay", "code_hours": "48", "remind_hours": "24"}
    client.post(f"/approvals/rules/{clinic.slug}/", said)

    clinic.refresh_from_db()
    assert (clinic.cover_rules.beyond, clinic.cover_rules.code_hours) == (Beyond.BLOCK, 48)
    assert "48 hours before the visit" in page(client, "/approvals/rules/")


# Who did not come


def test_the_desk_lets_a_patient_off_for_a_reason(client, clinic, course):
    client.force_login(a_user(Role.RECEPTIONIST, clinic))
    visit = AppointmentFactory(session=course.sessions.get(number=1), state=State.DNA)
    reserve_cover(session=visit.session, on=TODAY, key=visit.key)
    miss_cover(key=visit.key, follows=Missed.CHARGE)
    address = f"/diary/visits/{visit.key}/waive/"

    assert "Say why, in a few words" in client.post(address, {"because": ""}).content.decode()
    client.post(address, {"because": "Train strike"})
    again = client.post(address, {"because": "Again"}, follow=True).content.decode()

    assert Cover.objects.values_list("state", "waived_because").get() == (CoverState.RELEASED, "Train strike")
    assert "Nothing is asked for this visit any more." in again
