from datetime import date, timedelta
from itertools import pairwise

import pytest
from django.db import IntegrityError, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from insurers.charging import Given, charges_for, terms_of, terms_on
from insurers.enums import Collector, CoverState, Excess, Payer
from insurers.models import Charge, Cover, FeeAgreement
from insurers.money import Split, Terms
from insurers.services import set_funding
from insurers.services.fees import FeeOverlaps, agree_fee, charge_visits, end_fee
from tests.factories import NOON, ServiceFactory
from tests.insurers import billing
from tests.insurers.billing import TODAY, an_approved_course, with_policy
from tests.insurers.builders import a_course, a_user, an_insured_course

pytestmark = pytest.mark.django_db


def charged(*visits: Given) -> list[Charge]:
    found = charge_visits(visits=visits, now=NOON)
    return [found[visit.visit] for visit in visits]


def parts(*visits: Given) -> list[Split]:
    return [charge.parts for charge in charged(*visits)]


def test_who_pays_for_themselves_owes_the_price_at_which_they_booked():
    visit = billing.given(a_course(), price=4_900)
    visit.service.price = 9_900
    visit.service.save()

    assert parts(visit) == [Split(insurer=0, own=4_900)]


def test_an_insurer_pays_the_fee_agreed_for_the_day_and_without_one_the_price():
    course = an_approved_course()
    visit = billing.given(course)
    before = billing.given(course, number=3, days_ago=10, service=visit.service)
    agree_fee(
        insurer=course.funding.policy.insurer,
        service=visit.service,
        amount=5_000,
        first_day=TODAY - timedelta(days=9),
        last_day=None,
        by=a_user(),
        now=NOON,
    )

    assert parts(visit, billing.given(course, number=2), before) == [Split(5_000), Split(5_800), Split(5_800)]


def test_who_claims_back_pays_it_all_themselves():
    course = an_insured_course()
    set_funding(course=course, payer=Payer.RECLAIM, insurer=course.funding.policy.insurer, policy_number="HS1", now=NOON)

    assert parts(billing.given(course)) == [Split(insurer=0, own=5_800)]


def test_a_visit_beyond_the_cover_is_the_patients_own():
    visit = billing.given(an_approved_course())
    Cover.objects.of_key(visit.visit).update(state=CoverState.SELF_PAY, authorisation=None)

    assert parts(visit) == [Split(insurer=0, own=5_800)]


def test_a_missed_visit_is_charged_to_the_patient_and_the_session_may_be_held_later():
    course = an_approved_course()
    held = billing.given(course)
    missed = Given(**{**vars(held), "visit": "missedvisit01", "missed": True})

    assert parts(missed, held) == [Split(insurer=0, own=5_800), Split(5_800)]


def test_a_yearly_excess_is_taken_from_visit_to_visit_and_anew_after_the_renewal():
    course = an_approved_course(4)
    with_policy(course, excess_kind=Excess.YEARLY, excess=10_000, renews_on=TODAY)
    visits = [billing.given(course, days_ago=days, number=number) for number, days in enumerate((3, 2, 1, 0), 1)]

    assert parts(*visits) == [Split(0, excess=5_800), Split(1_600, excess=4_200), Split(5_800), Split(0, excess=5_800)]


def test_what_was_left_of_an_excess_counts_from_the_day_on_which_it_was_noted():
    course = an_approved_course()
    early = billing.given(course, days_ago=5)
    charged(early)
    with_policy(
        course, excess_kind=Excess.YEARLY, excess=10_000, excess_left=3_000, excess_left_on=TODAY, renews_on=TODAY + timedelta(days=90)
    )

    assert parts(billing.given(course, number=2), billing.given(course, number=3)) == [Split(2_800, excess=3_000), Split(5_800)]


@pytest.mark.parametrize(
    ("terms", "collector", "split"),
    [
        ({"excess_kind": Excess.VISIT, "excess": 1_500}, Collector.CLINIC, Split(4_300, excess=1_500)),
        ({"excess_kind": Excess.VISIT, "excess": 1_500}, Collector.INSURER, Split(5_800)),
        ({"patient_percent": 25}, Collector.UNKNOWN, Split(4_350, share=1_450)),
        ({"yearly_limit": 5_000}, Collector.UNKNOWN, Split(5_000, beyond_limit=800)),
        ({"yearly_limit": 5_000, "limit_left": 0}, Collector.UNKNOWN, Split(0, beyond_limit=5_800)),
    ],
)
def test_the_terms_of_a_policy_split_the_fee(terms, collector, split):
    course = an_approved_course()
    policy = with_policy(course, **terms)
    policy.insurer.excess_collector = collector
    policy.insurer.save()

    assert parts(billing.given(course)) == [split]


def test_what_a_policy_has_left_is_told_for_a_day():
    course = an_approved_course()
    policy = with_policy(course, excess_kind=Excess.YEARLY, excess=10_000, renews_on=TODAY + timedelta(days=30))
    charged(billing.given(course))

    assert terms_on(policy, TODAY).excess_left == 4_200
    assert terms_on(policy, TODAY + timedelta(days=30)).excess_left == 10_000
    assert terms_of(policy) == Terms(excess_left=10_000, yearly_excess=10_000, renews_on=TODAY + timedelta(days=30))


def test_charging_twice_is_charging_once_and_looking_writes_nothing():
    visit = billing.given(a_course())

    assert charges_for([visit])[visit.visit].pk is None and not Charge.objects.exists()
    assert charged(visit) == charged(visit)
    assert Charge.objects.count() == 1


def test_looking_takes_as_many_queries_for_one_visit_as_for_three(django_assert_num_queries):
    course = an_approved_course()
    visits = [billing.given(course, number=number) for number in (1, 2, 3)]
    for shown in (visits[:1], visits):
        with django_assert_num_queries(5):
            charges_for(shown)


def test_the_table_holds_that_parts_add_up_and_that_a_session_is_charged_once():
    [charge] = charged(billing.given(a_course()))
    with pytest.raises(IntegrityError, match="parts_add_up_to_the_fee"), transaction.atomic():
        Charge.objects.filter(pk=charge.pk).update(own=1)
    charge.pk, charge.key, charge.visit = None, "anotherkey000001", "anothervisit0001"
    with pytest.raises(IntegrityError, match="a_session_is_charged_once"), transaction.atomic():
        charge.save(force_insert=True)


@settings(max_examples=25, suppress_health_check=list(HealthCheck))
@given(
    days=st.lists(st.integers(0, 300), min_size=1, max_size=5, unique=True),
    excess=st.integers(0, 20_000),
    percent=st.integers(0, 100),
    limit=st.none() | st.integers(0, 30_000),
    renewal=st.none() | st.integers(0, 300),
)
def test_whatever_the_policy_parts_add_up_and_no_excess_is_collected_twice_in_a_year(days, excess, percent, limit, renewal):
    with transaction.atomic():
        course = an_approved_course(len(days))
        renews_on = None if renewal is None else TODAY - timedelta(days=renewal)
        with_policy(
            course,
            excess_kind=Excess.YEARLY,
            excess=excess,
            patient_percent=percent,
            yearly_limit=limit,
            renews_on=renews_on,
        )
        found = [charged(billing.given(course, days_ago=ago, number=number))[0] for number, ago in enumerate(days, 1)]
        for year in (True, False):
            of_year = [charge for charge in found if (renews_on is not None and charge.on >= renews_on) is year]
            assert sum(charge.excess for charge in of_year) <= excess
            assert limit is None or sum(charge.insurer_part for charge in of_year) <= limit
        for charge in found:
            assert charge.parts.fee == charge.fee == 5_800
            assert min(charge.insurer_part, charge.excess, charge.share, charge.beyond_limit, charge.own) >= 0
        transaction.set_rollback(True)


# Fees agreed


def agree(service, insurer, first: date, last: date | None = None, amount: int = 5_000) -> FeeAgreement:
    return agree_fee(insurer=insurer, service=service, amount=amount, first_day=first, last_day=last, by=a_user(), now=NOON)


def test_a_new_fee_ends_the_one_before_on_the_day_before():
    insurer, service = an_insured_course().funding.policy.insurer, ServiceFactory()
    agree(service, insurer, date(2026, 1, 1))
    agree(service, insurer, date(2027, 1, 1), amount=5_500)

    days = FeeAgreement.objects.order_by("first_day").values_list("first_day", "last_day", "amount")
    assert list(days) == [(date(2026, 1, 1), date(2026, 12, 31), 5_000), (date(2027, 1, 1), None, 5_500)]
    assert all(before[1] < after[0] for before, after in pairwise(days))


def test_a_fee_in_the_middle_of_another_is_refused_in_words():
    insurer, service = an_insured_course().funding.policy.insurer, ServiceFactory()
    agree(service, insurer, date(2027, 1, 1))

    with pytest.raises(FeeOverlaps, match="Another fee is agreed from Fri 1 Jan 2027"):
        agree(service, insurer, date(2026, 6, 1))
    with pytest.raises(IntegrityError, match="one_fee_at_a_time"), transaction.atomic():
        FeeAgreement.objects.create(
            insurer=insurer, service=service, amount=1, first_day=date(2028, 1, 1), last_day=None, made_by=a_user(), made_at=NOON
        )


def test_a_fee_that_ended_gives_way_to_the_price_list():
    course = an_approved_course()
    visit = billing.given(course)
    agreed = agree(visit.service, course.funding.policy.insurer, TODAY - timedelta(days=30))
    end_fee(agreement=agreed, last_day=TODAY - timedelta(days=1), by=a_user())

    assert parts(visit) == [Split(5_800)]
