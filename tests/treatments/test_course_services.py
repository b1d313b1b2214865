from datetime import timedelta

import pytest

from clinic.models import AuditEntry
from patients.enums import Decision, Tier
from patients.reviewing import Ruling, review_intake, stamp_of
from tests.factories import NOON, PatientFactory
from tests.treatments.cast import draft, open_case, prescribe, raise_flag, technique
from treatments.enums import CourseState
from treatments.models import Course
from treatments.services.courses import CourseOver, NotPrescribed, TechniqueClosed, open_assessment, stop_course
from treatments.services.records import save_draft, sign_record, start_record

pytestmark = pytest.mark.django_db


@pytest.fixture
def case():
    return open_case()


def numbers(course):
    return list(course.sessions.planned().values_list("number", flat=True))


def test_an_assessment_is_one_session_without_a_plan(case):
    patient = PatientFactory(clinic=case.clinic)

    course = open_assessment(patient=patient, clinic=case.clinic, intake=None, complaint="neck", now=NOON).course

    assert (course.state, course.complaint, numbers(course)) == (CourseState.ASSESSMENT, "neck", [1])


def test_prescribing_plans_the_sessions_of_the_table_with_gaps_and_reviews(case):
    course = prescribe(case)

    assert course.state == CourseState.ACTIVE
    assert numbers(course) == [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]
    gaps = list(course.sessions.values_list("gap_min_days", "gap_max_days"))
    assert gaps[0] == (0, 0)
    assert all(0 < low <= high for low, high in gaps[1:])
    assert list(course.sessions.filter(review=True).values_list("number", flat=True)) == list(course.proposal["reviews"])
    assert course.proposal["planned"] == 10
    assert list(course.techniques.all()) == [technique()]
    assert AuditEntry.objects.get(verb="course.prescribe").detail == {"sessions": 10, "proposed": 10}


def test_another_number_of_sessions_needs_a_reason_and_leaves_no_trace_without(case):
    with pytest.raises(NotPrescribed, match="Please say why this course has 9"):
        prescribe(case, sessions=9)

    case.course.refresh_from_db()
    assert (case.course.state, numbers(case.course)) == (CourseState.ASSESSMENT, [1])
    assert prescribe(case, sessions=9, reason="Works on a building site.").reason == "Works on a building site."
    assert numbers(case.course) == [1, 2, 3, 4, 5, 6, 7, 8, 9]


def test_prescribing_again_drops_what_is_beyond_and_brings_it_back(case):
    prescribe(case)

    prescribe(case, sessions=6, reason="Better already.")
    assert numbers(case.course) == [1, 2, 3, 4, 5, 6]
    prescribe(case)
    assert numbers(case.course) == [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]
    assert case.course.reason == ""


def test_a_course_cannot_become_shorter_than_what_was_held(case):
    prescribe(case)
    for number in range(1, 8):
        record = start_record(session=case.session(number), practitioner=case.practitioner, now=NOON + timedelta(days=number))
        record = save_draft(record=record, draft=draft(), by=case.user, now=NOON)
        sign_record(record=record, by=case.user, now=NOON + timedelta(days=number))

    with pytest.raises(NotPrescribed, match="Session 7 has been held already"):
        prescribe(case, sessions=6, reason="Enough.")


def test_a_stopped_course_keeps_what_was_held_and_takes_no_more(case):
    prescribe(case)

    stop_course(course=case.course, because="Moves to Leeds.", by=case.user, now=NOON)

    case.course.refresh_from_db()
    assert (case.course.state, case.course.ended_because, numbers(case.course)) == (CourseState.STOPPED, "Moves to Leeds.", [])
    with pytest.raises(CourseOver):
        stop_course(course=case.course, because="Again.", by=case.user, now=NOON)
    with pytest.raises(CourseOver):
        prescribe(case)


def test_an_assessment_can_end_without_a_plan(case):
    stop_course(course=case.course, because="After reading", by=case.user, now=NOON)

    case.course.refresh_from_db()
    assert (case.course.state, case.course.prescribed_at) == (CourseState.STOPPED, None)


# Safety


def test_a_closed_technique_is_prescribed_with_a_reason_only(case):
    raise_flag(case.patient, "pacemaker_or_icd", tier=Tier.BLOCK)
    electro = [technique("electroacupuncture")]
    with pytest.raises(TechniqueClosed, match=r"Electroacupuncture is closed for this patient\. Pacemaker"):
        prescribe(case, techniques=electro)
    assert Course.objects.get().prescribed_at is None

    course = prescribe(case, techniques=electro, safety_override="The cardiologist agreed.")

    assert course.safety_override == "The cardiologist agreed."
    assert AuditEntry.objects.filter(verb="safety.overrule", about=course.key).count() == 1


def test_a_technique_to_be_weighed_waits_for_the_review(case):
    intake = raise_flag(case.patient, "anticoagulant_medication", tier=Tier.REVIEW)
    with pytest.raises(TechniqueClosed, match="waits for a review"):
        prescribe(case)
    ruling = Ruling(decision=Decision.CLEARED, words="INR 2.4.")
    review_intake(intake=intake, ruling=ruling, as_read=stamp_of(intake), by=case.user, now=NOON)
    assert prescribe(case, safety_override="Not needed").safety_override == ""


def test_what_a_clinician_closed_is_not_prescribed(case):
    intake = raise_flag(case.patient, "a_cold")
    ruling = Ruling(decision=Decision.LIMITED, words="Thin skin.", techniques=("cupping",))
    review_intake(intake=intake, ruling=ruling, as_read=stamp_of(intake), by=case.user, now=NOON)
    with pytest.raises(TechniqueClosed, match=rf"Cupping is closed for this patient\. Limited by {case.user}: Thin skin"):
        prescribe(case, techniques=[technique("cupping")])
