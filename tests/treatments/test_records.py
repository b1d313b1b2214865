from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise

import pytest
from django.db import DatabaseError, transaction

from clinic.models import AuditEntry, Task
from messaging import kinds
from messaging.enums import Channel
from messaging.models import Message
from messaging.render import render
from patients.enums import Tier
from tests.factories import NOON
from tests.treatments.cast import draft, needle, open_case, prescribe, raise_flag, technique
from treatments.aftercare import Moment
from treatments.enums import CourseState, Side
from treatments.messages import given
from treatments.models import AdviceGiven, Outcome, SessionRecord
from treatments.services.records import (
    AlreadySigned,
    NotReady,
    SavedElsewhere,
    Unsafe,
    Window,
    amend_record,
    draft_of,
    save_draft,
    sign_record,
    start_record,
    still_missing,
)

MOMENTS = (Moment.RIGHT_AFTER, Moment.NEXT_DAY, Moment.THREE_DAYS, Moment.SEVEN_DAYS)

pytestmark = pytest.mark.django_db


@pytest.fixture
def case():
    case = open_case()
    prescribe(case)
    return case


def begin(case, number=1, now=NOON):
    return start_record(session=case.session(number), practitioner=case.practitioner, now=now)


def keep(case, record, now=NOON, **changes):
    return save_draft(record=record, draft=draft(**changes), by=case.user, now=now)


def sign(case, number=1, now=NOON, **changes):
    return sign_record(record=keep(case, begin(case, number, now), now, **changes), by=case.user, now=now)


def rows(record):
    return list(record.needlings.values_list("point__code", "side", "needles", "depth_mm"))


def kinds_due():
    return {message.kind: message.due_at for message in Message.objects.all()}


# Beginning and keeping


def test_the_first_record_begins_with_the_course_and_the_second_with_the_first(case):
    first = begin(case)
    assert (list(first.techniques.all()), rows(first)) == ([technique()], [])

    sign(case, needles=[needle("BL23"), needle("BL40", depth_mm=20)], needles_out=4, note="Bends further.")
    second = begin(case, 2, NOON + timedelta(days=7))

    assert rows(second) == [("BL23", "both", 2, 15), ("BL40", "both", 2, 20)]
    assert (second.position, second.retention_minutes, second.needle_lot) == ("prone", 25, "4417B")
    assert (second.note, second.needles_out, second.pain_before, second.red_flags_asked) == ("", None, None, False)


def test_beginning_twice_is_beginning_once(case):
    assert begin(case) == begin(case, now=NOON + timedelta(minutes=5))
    assert SessionRecord.objects.count() == 1


def test_what_became_unsafe_since_last_time_is_not_copied(case):
    sign(case, needles=[needle("LI4", depth_mm=12), needle("BL40", depth_mm=20)], needles_out=4)
    raise_flag(case.patient, "pregnancy_second_trimester", tier=Tier.REVIEW)

    second = begin(case, 2, NOON + timedelta(days=7))

    assert "LI4" not in {code for code, *_ in rows(second)}


def test_a_draft_may_be_saved_again_and_again(case):
    record = begin(case)
    keep(case, record, pain_before=7, scores={"nrs_sleep": Decimal(4), "nrs_stress": None})

    record = keep(case, record, NOON + timedelta(minutes=3), pain_before=6, scores={"nrs_sleep": None, "nrs_stress": Decimal(5)})

    assert rows(record) == [("BL23", "both", 2, 15)]
    assert record.saved_at == NOON + timedelta(minutes=3)
    assert dict(Outcome.objects.values_list("measure", "value")) == {"nrs_pain": Decimal(6), "nrs_stress": Decimal(5)}


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ([("BL23", Side.BOTH, 2, 60)], "BL23 Shenshu needs a reason"),
        ([("CV8", Side.MIDLINE, 1, 5)], "CV8 Shenque is never needled"),
        ([("BL23", Side.MIDLINE, 1, 15)], "Say left, right or both for BL23 Shenshu"),
        ([("GV4", Side.BOTH, 2, 10)], "GV4 Mingmen lies on the midline"),
        ([("BL23", Side.BOTH, 2, 15), ("BL23", Side.LEFT, 1, 15)], "BL23 Shenshu is in the list already"),
    ],
)
def test_a_draft_refuses_what_may_not_be_kept_and_keeps_nothing_of_it(case, wrong, words):
    record = keep(case, begin(case), note="Kept before.")

    with pytest.raises(Unsafe, match=words):
        keep(case, record, note="Lost.", needles=[needle(*row) for row in wrong])

    record.refresh_from_db()
    assert (record.note, rows(record)) == ("Kept before.", [("BL23", "both", 2, 15)])


def test_a_closed_point_opens_with_a_reason_and_one_that_is_never_needled_does_not(case):
    raise_flag(case.patient, "pregnancy_second_trimester", tier=Tier.REVIEW)
    record = begin(case)

    with pytest.raises(Unsafe, match="LI4 Hegu is closed for this patient") as refusal:
        keep(case, record, needles=[needle("LI4", depth_mm=10)])
    assert [found.may_overrule for found in refusal.value.refusals] == [True]

    record = keep(case, record, needles=[needle("LI4", depth_mm=10, reason="In labour, asked for by the midwife.")])
    assert rows(record) == [("LI4", "both", 2, 10)]
    with pytest.raises(Unsafe, match="never needled"):
        keep(case, record, needles=[needle("CV8", Side.MIDLINE, 1, 5, reason="Because.")])


def test_expired_needles_are_refused(case):
    with pytest.raises(Unsafe, match="have expired"):
        keep(case, begin(case), needle_expiry=date(2026, 11, 25))
    assert keep(case, begin(case), needle_expiry=date(2026, 11, 26)).needle_expiry == date(2026, 11, 26)


# Signing


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"red_flags_asked": False}, "red_flags_asked"),
        ({"consent_confirmed": False}, "consent_confirmed"),
        ({"pain_before": None}, "pain_before"),
        ({"techniques": []}, "techniques"),
        ({"needles": []}, "quick"),
        ({"position": ""}, "position"),
        ({"retention_minutes": None}, "retention_minutes"),
        ({"retention_minutes": 45}, "retention_reason"),
        ({"needle_make": ""}, "needle_make"),
        ({"needle_lot": " "}, "needle_lot"),
        ({"needle_expiry": None}, "needle_expiry"),
        ({"needles_out": None}, "needles_out"),
        ({"adverse_asked": False}, "adverse_asked"),
        ({"next_plan": ""}, "next_plan"),
    ],
)
def test_a_record_is_not_signed_while_something_is_missing(case, changes, field):
    record = keep(case, begin(case), **changes)

    with pytest.raises(NotReady) as lacks:
        sign_record(record=record, by=case.user, now=NOON)

    assert field in {lack.field for lack in lacks.value.missing}
    record.refresh_from_db()
    assert not record.is_signed
    assert not Message.objects.exists()


def test_a_needle_that_is_missing_needs_words_and_an_incident(case):
    record = keep(case, begin(case), needles_out=1)
    assert {lack.field for lack in still_missing(record, now=NOON)} == {"mismatch_reason", "adverse_events"}

    record = keep(
        case,
        record,
        needles_out=1,
        mismatch_reason="Found in the towel.",
        adverse_events=["ae_retained_needle"],
        adverse_grades={"ae_retained_needle": "mild"},
    )

    assert sign_record(record=record, by=case.user, now=NOON).is_signed


def test_a_closed_technique_needs_a_reason(case):
    raise_flag(case.patient, "pacemaker_or_icd", tier=Tier.BLOCK)
    closed = [technique("electroacupuncture")]
    record = keep(case, begin(case), techniques=closed)
    assert [lack.field for lack in still_missing(record, now=NOON)] == ["safety_override", "electro_hz", "electro_strength"]

    current = {"electro_hz": "2", "electro_strength": "Just felt"}
    record = keep(case, record, techniques=closed, safety_override="Far from the device, agreed with the cardiologist.", **current)
    assert still_missing(record, now=NOON) == []


def test_a_reason_given_for_depth_opens_no_point_that_is_closed_afterwards(case):
    deep = needle("BL23", depth_mm=60, reason="A deep, muscular back.")
    record = keep(case, begin(case), needles=[deep])
    assert still_missing(record, now=NOON) == []

    raise_flag(case.patient, "pregnancy_second_trimester", tier=Tier.CAUTION)
    [lack] = [lack for lack in still_missing(record, now=NOON) if lack.field == "needles"]
    assert lack.words.startswith("BL23 Shenshu is closed for this patient.")
    assert lack.words.endswith("Your reason was given before this: say why again.")
    with pytest.raises(Unsafe, match="say why again"):
        keep(case, record, needles=[deep])

    record = keep(case, record, needles=[replace(deep, reason="She asked for it, and her midwife agrees.")])
    assert [lack for lack in still_missing(record, now=NOON) if lack.field == "needles"] == []


def test_a_reason_given_for_one_closed_technique_opens_none_that_is_closed_afterwards(case):
    raise_flag(case.patient, "pacemaker_or_icd", tier=Tier.CAUTION)
    both = [technique("electroacupuncture"), technique("deep_tissue_massage")]
    said = {"techniques": both, "electro_hz": "2", "electro_strength": "Just felt", "safety_override": "Agreed with the cardiologist."}
    record = keep(case, begin(case), **said)
    assert still_missing(record, now=NOON) == []

    raise_flag(case.patient, "pacemaker_or_icd", "active_cancer", tier=Tier.CAUTION)
    [lack] = still_missing(record, now=NOON)
    assert (lack.field, lack.words.partition(":")[0]) == ("safety_override", "Say why again, in spite of the answers")
    assert "Deep" in lack.words
    assert "Electro" not in lack.words
    record = keep(case, record, **said, note="Saved once more.")
    assert [lack.field for lack in still_missing(record, now=NOON)] == ["safety_override"]

    record = keep(case, record, **{**said, "safety_override": "Agreed with the cardiologist and the cancer team."})
    assert still_missing(record, now=NOON) == []


def test_hands_on_treatment_needs_no_needle_questions(case):
    record = keep(
        case,
        begin(case),
        techniques=[technique("deep_tissue_massage")],
        needles=[],
        needles_out=None,
        position="",
        retention_minutes=None,
        needle_make="",
        needle_lot="",
        needle_expiry=None,
    )
    assert still_missing(record, now=NOON) == []


def test_a_signed_record_is_final_in_the_house_and_in_the_database(case):
    record = sign(case)

    with pytest.raises(AlreadySigned):
        keep(case, record, note="Later.")
    with pytest.raises(AlreadySigned):
        sign_record(record=record, by=case.user, now=NOON)
    with pytest.raises(DatabaseError, match="a signed record is final"), transaction.atomic():
        SessionRecord.objects.update(note="Later.")
    with pytest.raises(DatabaseError, match="a signed record is final"), transaction.atomic():
        record.needlings.all().delete()
    assert AuditEntry.objects.filter(verb="record.sign").count() == 1


def test_an_amendment_stands_beside_what_was_signed(case):
    record = sign(case, note="Left.")

    amend_record(record=record, words=" It was the right side. ", by=case.user, now=NOON + timedelta(hours=2))

    record.refresh_from_db()
    assert record.note == "Left."
    assert list(record.amendments.values_list("words", "by")) == [("It was the right side.", case.user.pk)]


def test_a_serious_event_asks_the_lead_to_look_without_naming_it(case):
    sign(case, adverse_events=["ae_suspected_pneumothorax"], adverse_grades={"ae_suspected_pneumothorax": "severe"})

    task = Task.objects.get()
    assert (task.kind, task.for_role) == ("serious-event", "admin")
    assert "pneumothorax" not in task.words


# Aftercare


def test_signing_promises_the_advice_for_each_moment_in_the_clinics_morning(case):
    record = sign(case)

    due = kinds_due()
    assert due.keys() <= {f"aftercare-{moment}" for moment in ("right_after", "next_day", "3_days", "7_days")}
    assert due["aftercare-right_after"] == NOON
    assert due["aftercare-next_day"] == NOON.replace(day=27, hour=9)
    assert {message.channel for message in Message.objects.all()} == {Channel.MAIL}
    assert AdviceGiven.objects.filter(record=record, moment="right_after").exists()


def test_the_message_says_what_was_chosen(case):
    record = sign(case)

    says = kinds.kind("aftercare-right_after").context(record.key, NOON)

    lines = [line for part in says["parts"] for line in part["lines"]]
    assert len(lines) == AdviceGiven.objects.filter(record=record, moment="right_after").count()
    assert not any("{" in line for line in lines)


def test_every_moment_can_be_written_in_the_clinics_words(case):
    raise_flag(case.patient, "anticoagulant_medication", tier=Tier.CAUTION, regions=("lower_back",))
    for number in range(1, 11):
        sign(case, number, NOON + timedelta(days=number), safety_override="The doctor’s letter is here.")

    letters = {message.kind: render(message=message, now=NOON) for message in Message.objects.all()}

    assert set(letters) >= {"aftercare-right_after", "aftercare-next_day", "aftercare-mid_course", "aftercare-end_of_course"}
    for letter in letters.values():
        assert "{" not in letter.text + letter.subject
        assert case.practitioner.name in letter.text
        assert not [word for word in ("back pain", "acupuncture") if word in letter.subject.lower()]


def test_who_has_no_mail_gets_an_sms(case):
    case.patient.email = ""
    case.patient.save()

    sign(case)

    assert {message.channel for message in Message.objects.all()} == {Channel.SMS}


def test_what_is_said_again_is_said_in_other_words(case):
    first = sign(case)
    second = sign(case, 2, NOON + timedelta(days=7))

    told = [pair for record in (first, second) for moment in MOMENTS for pair in given(record, moment)]
    again = {item.id: [text for other, text in told if other == item] for item, _ in told}
    assert all(before != after for texts in again.values() for before, after in pairwise(texts))


def test_the_review_looks_back_and_the_last_session_looks_ahead(case):
    review = case.course.proposal["reviews"][0]
    for number in range(1, 11):
        sign(case, number, NOON + timedelta(days=7 * number))

    about = dict(SessionRecord.objects.values_list("key", "session__number"))
    told = {(about[message.about], message.kind) for message in Message.objects.all()}
    assert (review, "aftercare-mid_course") in told
    assert {number for number, kind in told if kind == "aftercare-end_of_course"} == {10}
    case.course.refresh_from_db()
    assert case.course.state == CourseState.COMPLETED


def test_older_advice_gives_way_to_a_newer_session(case):
    first = sign(case)
    still_true = kinds.kind("aftercare-7_days").still_true
    assert still_true(first.key, NOON) == ""

    second = sign(case, 2, NOON + timedelta(days=4))

    assert still_true(first.key, NOON) == "A newer session has its own advice"
    assert still_true(second.key, NOON) == ""
    assert still_true("nobody", NOON) == "The session’s record is not signed"


# Two windows


def test_a_window_that_knows_of_every_save_may_save_and_one_that_does_not_may_not(case):
    record = begin(case)
    one, other = Window(name="one", saves=0), Window(name="other", saves=0)
    save_draft(record=record, draft=draft(note="One."), by=case.user, now=NOON, window=one)
    save_draft(record=record, draft=draft(note="One, again."), by=case.user, now=NOON, window=one)

    with pytest.raises(SavedElsewhere) as elsewhere:
        save_draft(record=record, draft=draft(note="Other."), by=case.user, now=NOON, window=other)

    assert elsewhere.value.record.note == "One, again."
    stands = save_draft(record=record, draft=draft(note="Both."), by=case.user, now=NOON, window=replace(other, saves=2))
    assert (stands.note, stands.saves) == ("Both.", 3)
    with pytest.raises(SavedElsewhere):
        save_draft(record=record, draft=draft(note="One, late."), by=case.user, now=NOON, window=one)


# What else a record holds


def test_what_is_closed_is_left_out_of_a_new_record(case):
    case.course.techniques.set([technique(), technique("electroacupuncture")])
    raise_flag(case.patient, "pacemaker_or_icd", tier=Tier.BLOCK)
    assert [each.slug for each in begin(case).techniques.all()] == ["traditional_acupuncture"]


def test_a_straight_needle_over_the_lung_needs_a_reason(case):
    record = begin(case)
    straight = needle("BL13", depth_mm=5, angle_degrees=90)
    with pytest.raises(Unsafe, match="can reach the lung"):
        keep(case, record, needles=[straight])
    kept = keep(case, record, needles=[replace(straight, angle_degrees=25)])
    assert kept.needlings.get().angle_degrees == 25


def test_what_was_unwanted_is_graded_before_signing(case):
    record = keep(case, begin(case), adverse_events=["ae_soreness"])
    assert [lack.field for lack in still_missing(record, now=NOON)] == ["adverse_events"]
    record = keep(case, record, adverse_events=["ae_soreness"], adverse_grades={"ae_soreness": "mild"})
    assert still_missing(record, now=NOON) == []


def test_the_draft_that_stands_reads_as_it_was_typed(case):
    typed = draft(response_sought="deqi", note="Said.", adverse_grades={"ae_soreness": "mild"}, adverse_events=["ae_soreness"])
    assert draft_of(save_draft(record=begin(case), draft=typed, by=case.user, now=NOON)) == replace(typed, scores={})
