"""Units under eight people at once: never more than approved, sums that equal a recount, and none lost."""

from random import Random

import pytest
from django.db import IntegrityError, transaction
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from insurers.enums import CoverState, Payer
from insurers.models import Authorisation, Cover
from insurers.services import set_funding
from tests.insurers.builders import NOW, a_user, an_insured_course, an_insurer, approve
from tests.insurers.drift import KINDS, SESSIONS, broken_laws, deeds, do, many_deeds
from tests.insurers.test_services import DEC_31, book, together

THREADS, DEEDS = 8, 500
BARE = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example]


@pytest.mark.django_db(transaction=True)
@settings(max_examples=1, deadline=None, phases=[Phase.generate], suppress_health_check=BARE)
@given(chance=st.randoms(use_true_random=False))
def test_units_never_drift_whatever_eight_people_do_at_once(chance):
    drawn = many_deeds(Random(chance.random()), DEEDS)
    courses, admin = two_courses_of_one_policy()

    together([lambda mine=drawn[number::THREADS]: [do(deed, courses, admin) for deed in mine] for number in range(THREADS)])

    assert len(drawn) == DEEDS and set(KINDS) == {deed.kind for deed in drawn}
    assert broken_laws(courses) == []


@pytest.mark.django_db
@settings(max_examples=6, deadline=None, suppress_health_check=BARE)
@given(drawn=st.lists(deeds, min_size=10, max_size=25))
def test_units_never_drift_after_any_single_deed(drawn):
    with transaction.atomic():
        courses, admin = two_courses_of_one_policy(sessions=SESSIONS)
        for deed in drawn:
            do(deed, courses, admin)
            assert broken_laws(courses) == [], deed
        transaction.set_rollback(True)


@pytest.mark.django_db(transaction=True)
def test_the_database_itself_refuses_one_unit_more_than_was_approved():
    course = an_insured_course()
    approval = approve(course, 2, last=DEC_31)
    for number in (1, 2, 3):
        book(course, number)

    with pytest.raises(IntegrityError, match="more sessions taken than approved"), transaction.atomic():
        Cover.objects.awaiting().update(state=CoverState.RESERVED, authorisation=approval)
    with pytest.raises(IntegrityError, match="more sessions taken than approved"), transaction.atomic():
        Authorisation.objects.filter(pk=approval.pk).update(units=1)

    assert (Authorisation.objects.get().units, Cover.objects.reserved().count()) == (2, 2)


def two_courses_of_one_policy(sessions=SESSIONS):
    courses, admin = [an_insured_course(sessions), an_insured_course(sessions)], a_user()
    for course in courses:
        set_funding(course=course, payer=Payer.INSURER, insurer=an_insurer(), policy_number="SHARED", now=NOW)
    approve(courses[0], 6, last=DEC_31, by=admin)
    return courses, admin
