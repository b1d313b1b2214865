"""The clinic's rules for what lies beyond, approvals that fit some courses only, letters, history, and asking for more."""

from datetime import date, timedelta
from io import BytesIO

import pytest
from PIL import Image
from pypdf import PdfReader

from clinic.models import Task
from insurers.enums import AuthorisationState, Beyond, CoverState, Missed
from insurers.letters import extension_letter
from insurers.models import Authorisation, Cover, CoverRules, Document
from insurers.services import (
    NotCovered,
    NotKept,
    PolicyKnown,
    add_document,
    ask_in_time,
    consume_cover,
    edit_policy,
    miss_cover,
    note_chase,
    note_refusal,
    note_request,
    record_authorisation,
    reserve_cover,
    waive_missed,
)
from tests.factories import ConditionFactory
from tests.insurers.builders import NOW, a_clinic, a_patient, a_user, an_insured_course, approve
from treatments.models import Technique

pytestmark = pytest.mark.django_db
TODAY = date(2026, 11, 26)


@pytest.fixture
def course():
    return an_insured_course(10, patient=a_patient(a_clinic()))


def rule(course, **answers):
    CoverRules.objects.update_or_create(clinic=course.clinic, defaults=answers)


def book(course, number, days=1):
    return reserve_cover(session=course.sessions.get(number=number), on=TODAY + timedelta(days=days), key=f"v-{course.pk}-{number}")


def test_before_the_first_approval_a_visit_waits_whatever_the_rule(course):
    for beyond in Beyond:
        rule(course, beyond=beyond)
        assert book(course, 1).state == CoverState.AWAITING


def test_beyond_the_units_a_clinic_books_warns_or_lets_the_patient_pay(course):
    approve(course, 1)
    assert [book(course, number).state for number in (1, 2)] == [CoverState.RESERVED, CoverState.AWAITING]

    rule(course, beyond=Beyond.SELF_PAY)
    assert book(course, 3).state == CoverState.SELF_PAY

    rule(course, beyond=Beyond.BLOCK)
    with pytest.raises(NotCovered, match="has approved no session for Fri 27 Nov 2026"):
        book(course, 4)


def test_an_approval_for_another_part_of_the_body_or_clinic_or_technique_covers_nothing(course):
    elsewhere, cupping = a_clinic(), Technique.objects.create(slug="cupping", name="Cupping", family="manual", needles=False, words="-")
    other = Technique.objects.create(slug="tui_na", name="Tui Na", family="manual", needles=False, words="-")
    course.complaint = "lower_back"
    course.save()
    course.techniques.add(other)
    course.condition = ConditionFactory()
    course.save()
    book(course, 1)
    said = {"policy": course.funding.policy, "code": "PRE-1", "units": 3, "first_day": None, "last_day": None, "by": a_user(), "now": NOW}

    for narrow in ({"body_area": "knee"}, {"clinic": elsewhere}, {"techniques": [cupping]}):
        record_authorisation(**said, **narrow)
        assert Cover.objects.get().state == CoverState.AWAITING, narrow
    record_authorisation(**said, body_area="lower_back", clinic=course.clinic, techniques=[other])
    assert Cover.objects.get().state == CoverState.RESERVED


def test_what_an_approval_said_before_is_kept(course):
    by = a_user()
    approve(course, 6, last=date(2026, 12, 31), by=by)
    approval = approve(course, 8, last=date(2027, 1, 31), by=by)

    assert sorted(approval.changes.values_list("field", "before", "after", "by")) == [
        ("last_day", "2026-12-31", "2027-01-31", by.pk),
        ("units", "6", "8", by.pk),
    ]


def test_a_policy_keeps_what_stood_before_and_no_number_twice(course):
    policy, by = course.funding.policy, a_user()
    other = an_insured_course(1, patient=course.patient)

    assert edit_policy(policy=policy, values={"scheme": "Guild", "excess": 10000}, by=by, now=NOW) == ["scheme", "excess"]
    with pytest.raises(PolicyKnown):
        edit_policy(policy=policy, values={"number": other.funding.policy.number}, by=by, now=NOW)

    assert list(policy.changes.order_by("pk").values_list("field", "before", "after")) == [
        ("scheme", "", "Guild"),
        ("excess", "0", "10000"),
    ]


@pytest.mark.parametrize("follows", [Missed.CHARGE, Missed.CONSUME])
def test_a_missed_visit_is_waived_for_a_reason_and_its_unit_goes_to_who_waits(course, follows):
    approve(course, 1)
    book(course, 1)
    miss_cover(key=f"v-{course.pk}-1", follows=follows)
    book(course, 2)

    cover = waive_missed(key=f"v-{course.pk}-1", because="In hospital", by=a_user())

    assert (cover.state, cover.missed, cover.waived_because) == (CoverState.RELEASED, Missed.WAIVE, "In hospital")
    assert Cover.objects.get(session__number=2).state == CoverState.RESERVED


# Asking for more


def test_the_office_is_asked_once_when_two_are_left(course):
    approve(course, 4)
    asked = []
    for number in (1, 2, 3):
        book(course, number)
        consume_cover(key=f"v-{course.pk}-{number}")
        asked.append(ask_in_time(course=course, now=NOW))
        Task.objects.update(done_at=NOW)

    assert [bool(task) for task in asked] == [False, True, False]
    assert Task.objects.get().words == "Olivia Marsh: 2 sessions left with Bupa, ask for more"


def test_a_request_is_tracked_from_asked_to_granted_and_settles_the_task(course):
    policy, by = course.funding.policy, a_user()
    approve(course, 2)
    task = ask_in_time(course=course, now=NOW)

    asked = note_request(policy=policy, units=4, rationale="Two points better", course=course, by=by, now=NOW)
    task.refresh_from_db()
    assert (asked.state, asked.units_asked, asked.asked_at, task.done_at) == (AuthorisationState.ASKED, 4, NOW, NOW)

    later = NOW + timedelta(days=3)
    assert note_chase(policy=policy, by=by, now=later).chased_at == later
    granted = approve(course, 4, code="PRE-2")
    assert (granted.pk, granted.state, granted.units_asked) == (asked.pk, AuthorisationState.GRANTED, 4)
    assert Authorisation.objects.of_policy(policy).count() == 2


def test_a_refusal_keeps_its_reason(course):
    note_request(policy=course.funding.policy, units=4, rationale="-", course=course, by=a_user(), now=NOW)

    refused = note_refusal(policy=course.funding.policy, because="Limit reached", by=a_user(), now=NOW)

    assert (refused.state, refused.refused_because, refused.units_asked) == (AuthorisationState.REFUSED, "Limit reached", 4)


def test_the_letter_says_what_is_asked_why_and_what_was_so_far(course):
    approve(course, 2)
    book(course, 1, -7)
    miss_cover(key=f"v-{course.pk}-1", follows=Missed.CHARGE)
    course.outcomes.create(measure="pain_now", value=7, at=NOW)
    asked = note_request(
        policy=course.funding.policy, units=4, rationale="Łukasz sits for an hour again.", course=course, by=a_user(), now=NOW
    )

    file = PdfReader(BytesIO(extension_letter(asked, now=NOW)))
    text = " ".join(page.extract_text() for page in file.pages)

    assert file.metadata.title == "Request for more sessions: Olivia Marsh"
    for words in (
        "4 more sessions",
        "Łukasz sits for an hour again.",
        "2 sessions under PRE-1; 0 used",
        "Thu 19 Nov 2026",
        "Not attended",
        "Bupa",
    ):
        assert words in text, words


# Letters from the insurer


def picture(kind="JPEG", size=(40, 30), **more):
    made = BytesIO()
    Image.new("RGB", size, "white").save(made, kind, **more)
    return made.getvalue()


def keep(course, content, name="Letter.pdf"):
    return add_document(authorisation=approve(course, 2), name=name, content=content, by=a_user(), now=NOW)


def test_a_picture_is_drawn_anew_and_lies_under_a_name_that_says_nothing(course):
    exif = Image.Exif()
    exif[0x010E] = "secret place"

    document = keep(course, picture(exif=exif), name="../../etc/Olivia <Marsh>.exe")

    content = document.file.open().read()
    assert b"secret place" not in content and Image.open(BytesIO(content)).getexif() == {}
    assert (document.name, document.kind, document.file.name) == ("Olivia Marsh.jpg", "jpeg", f"authorisations/{document.key}")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "The file is empty"),
        (b"<svg onload=alert(1)>", "Only PDF, JPEG and PNG"),
        (b"GIF89a" + b"\0" * 40, "Only PDF, JPEG and PNG"),
        (b"%PDF-1.4 cut off", "ends too early"),
        (b"%PDF-1.4 /OpenAction << /JavaScript (app.alert(1)) >> %%EOF", "can do more than be read"),
        (b"%PDF-" + b"0" * (10 * 1024 * 1024), "larger than 10 MB"),
        (picture("PNG")[:60], "Only PDF, JPEG and PNG"),
    ],
)
def test_what_is_no_letter_is_refused_in_words(course, content, words):
    with pytest.raises(NotKept, match=words):
        keep(course, content)

    assert not Document.objects.exists()
