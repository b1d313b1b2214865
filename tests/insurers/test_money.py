from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from insurers.money import Split, Terms, plain, read, renewed, split, terms_left, unpaid, written

FIRST = date(2026, 11, 2)
TERMS = st.builds(
    Terms,
    excess_left=st.integers(0, 20_000),
    visit_excess=st.integers(0, 2_000),
    patient_percent=st.integers(0, 100),
    limit_left=st.none() | st.integers(0, 100_000),
    yearly_excess=st.integers(0, 20_000),
    yearly_limit=st.none() | st.integers(0, 100_000),
    renews_on=st.none() | st.dates(FIRST - timedelta(days=800), FIRST + timedelta(days=400)),
)
VISITS = st.lists(st.tuples(st.dates(FIRST, FIRST + timedelta(days=500)), st.integers(0, 12_000)), max_size=12)


def split_each(visits, terms):
    """Every visit by what those before it have left, as they are charged."""
    taken = []
    for on, fee in visits:
        taken.append((on, split(fee, terms_left(terms, on, taken))))
    return [part for _, part in taken]


@pytest.mark.parametrize(
    ("fee", "terms", "parts"),
    [
        (6000, Terms(), Split(6000)),
        (6000, Terms(excess_left=10_000), Split(0, excess=6000)),
        (6000, Terms(excess_left=1_500), Split(4500, excess=1500)),
        (6000, Terms(visit_excess=1_000), Split(5000, excess=1000)),
        (6001, Terms(patient_percent=25), Split(4501, share=1500)),
        (6000, Terms(limit_left=2_000), Split(2000, beyond_limit=4000)),
        (6000, Terms(excess_left=1_000, patient_percent=10, limit_left=4_000), Split(4000, excess=1000, share=500, beyond_limit=500)),
        (0, Terms(excess_left=1_000), Split(0)),
    ],
)
def test_a_fee_is_split_in_order(fee, terms, parts):
    assert split(fee, terms) == parts


def test_a_yearly_excess_is_taken_once_and_again_after_the_renewal():
    terms = Terms(excess_left=7_000, yearly_excess=10_000, renews_on=date(2026, 11, 16))
    visits = [(date(2026, 11, 2), 6_000), (date(2026, 11, 9), 6_000), (date(2026, 11, 15), 6_000), (date(2026, 11, 16), 6_000)]

    assert [part.excess for part in split_each(visits, terms)] == [6000, 1000, 0, 6000]


@given(fee=st.integers(0, 100_000), terms=TERMS)
def test_parts_add_up_and_none_is_negative(fee, terms):
    parts = split(fee, terms)

    assert parts.fee == fee
    assert min(parts.insurer, parts.excess, parts.share, parts.beyond_limit) >= 0


@given(visits=VISITS, terms=TERMS, order=st.randoms())
def test_in_whatever_order_visits_are_charged_no_excess_is_collected_twice(visits, terms, order):
    """Each visit is split by what the others of its policy year have left."""
    order.shuffle(visits)
    found = split_each(visits, terms)
    years = {}
    for (on, _), part in zip(visits, found, strict=True):
        years.setdefault(renewed(terms, on).renews_on, []).append(part)

    for renewal, parts in years.items():
        first = renewal == terms.renews_on
        excess, limit = (terms.excess_left, terms.limit_left) if first else (terms.yearly_excess, terms.yearly_limit)
        assert sum(part.excess for part in parts) <= excess + len(parts) * terms.visit_excess
        assert limit is None or sum(part.insurer for part in parts) <= limit
    assert [part.fee for part in found] == [fee for _, fee in visits]


def test_a_visit_charged_late_takes_what_its_own_year_has_left():
    terms = Terms(excess_left=7_000, yearly_excess=10_000, renews_on=date(2026, 11, 16))
    taken = [(date(2026, 11, 9), Split(0, excess=6_000)), (date(2026, 11, 16), Split(0, excess=6_000))]

    assert terms_left(terms, date(2026, 11, 10), taken).excess_left == 1_000
    assert terms_left(terms, date(2026, 12, 1), taken).excess_left == 4_000


def test_a_limit_that_was_lowered_later_leaves_nothing():
    assert terms_left(Terms(limit_left=5_000), FIRST, [(FIRST, Split(6_000))]).limit_left == 0


def test_what_was_paid_counts_against_amounts_in_their_order():
    assert unpaid([6_000, 6_000, 6_000], 7_500) == [0, 4_500, 6_000]


@pytest.mark.parametrize("wrong", [{"excess_left": -1}, {"patient_percent": 101}, {"limit_left": -5}])
def test_impossible_terms_are_refused(wrong):
    with pytest.raises(ValueError, match=r"zero|percent"):
        Terms(**wrong)


@pytest.mark.parametrize(
    ("amount", "currency", "text"),
    [(4500, "GBP", "£45.00"), (123456, "GBP", "£1,234.56"), (7000, "JPY", "¥7,000"), (-350, "GBP", "-£3.50")],
)
def test_an_amount_is_written_as_people_read_it(amount, currency, text):
    assert written(amount, currency) == text


@pytest.mark.parametrize(
    ("amount", "currency", "text"), [(4500, "GBP", "45.00"), (123456, "GBP", "1234.56"), (7000, "JPY", "7000"), (-5, "GBP", "-0.05")]
)
def test_an_amount_is_given_to_other_programs_without_signs(amount, currency, text):
    assert plain(amount, currency) == text


@pytest.mark.parametrize(
    ("text", "currency", "amount"), [("£45", "GBP", 4500), ("45.5", "GBP", 4550), ("1,234.56", "GBP", 123456), ("¥7,000", "JPY", 7000)]
)
def test_an_amount_is_read_as_people_type_it(text, currency, amount):
    assert read(text, currency) == amount


@pytest.mark.parametrize(
    ("text", "currency"), [("", "GBP"), ("4.555", "GBP"), ("70.5", "JPY"), ("-3", "GBP"), ("1e3", "GBP"), ("٣", "GBP")]
)
def test_what_is_no_amount_is_refused(text, currency):
    with pytest.raises(ValueError, match="is no amount"):
        read(text, currency)


@given(st.integers(0, 10**9), st.sampled_from(["GBP", "JPY"]))
def test_writing_and_reading_are_mirrors(amount, currency):
    assert read(written(amount, currency), currency) == amount
