from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from insurers.invoice_checks import Asks, BilledVisit, Problem, chase_from, deadline, invoice_problems

TODAY = date(2026, 11, 20)
AXA = Asks(slug="axa_ppp", approval=True, within_months=6, number_length=10, chase_after_days=30)
AVIVA = Asks(slug="aviva", approval=True, one_a_day=True)
GOOD = BilledVisit(
    on=date(2026, 11, 2),
    patient="Olivia Marsh",
    policy_number="1234567A",
    code="ABC1234",
    practitioner="Rhea Mehta",
    registration="000417",
)


def problems(asks: Asks, *visits: BilledVisit, number: str = "BLO-00001", used: frozenset[str] = frozenset()) -> list[Problem]:
    return invoice_problems(asks, number=number, visits=visits, today=TODAY, used_numbers=used)


def test_a_good_invoice_has_no_problem():
    assert problems(AXA, GOOD) == []


@pytest.mark.parametrize(
    ("asks", "visit", "said"),
    [
        (AXA, replace(GOOD, policy_number=" "), Problem("The membership number is missing.")),
        (AXA, replace(GOOD, code=""), Problem("The authorisation number is missing.")),
        (AXA, replace(GOOD, registration=" "), Problem("The registration number of Rhea Mehta is missing.")),
        (AXA, replace(GOOD, on=date(2026, 11, 21)), Problem("The visit on Sat 21 Nov 2026 is in the future.")),
        (
            AXA,
            replace(GOOD, on=date(2026, 5, 19)),
            Problem("The visit on Tue 19 May 2026 had to be invoiced by Thu 19 Nov 2026.", stops=False),
        ),
        (
            AXA,
            replace(GOOD, code="1234567A"),
            Problem(
                "This is the membership number. The authorisation number looks like ABC1234 or AXACLM123456; "
                "AXA gives it when treatment is approved.",
                stops=False,
            ),
        ),
        (
            Asks(slug="vitality"),
            replace(GOOD, policy_number="1234567890", code=""),
            Problem(
                "This is the membership number, which has 10 digits and starts with 12. "
                "The plan number has 8 digits; both are on the card.",
                stops=False,
            ),
        ),
        (
            AXA,
            replace(GOOD, policy_number="no number"),
            Problem("A number has letters, digits, slashes and hyphens, and at least one digit; please check what was typed."),
        ),
    ],
)
def test_each_thing_that_is_missing_or_odd_is_named(asks, visit, said):
    assert problems(asks, visit) == [said]


def test_an_invoice_on_its_last_day_is_in_time():
    assert problems(AXA, replace(GOOD, on=date(2026, 5, 20))) == []


def test_a_number_is_used_once_and_short_enough():
    assert problems(AXA, GOOD, number="LONDON-000012", used=frozenset({"LONDON-000012"})) == [
        Problem("Invoice number LONDON-000012 has been used before."),
        Problem("This insurer takes invoice numbers of at most 10 characters; LONDON-000012 has 13."),
    ]


def test_one_session_a_day_is_counted_for_each_patient():
    mine = replace(GOOD, policy_number="A1", code="123456/12/1234/123")

    assert problems(AVIVA, mine, replace(mine, patient="Hannah Lindley")) == []
    assert problems(AVIVA, mine, mine) == [
        Problem("This insurer pays one session a day for each patient; Olivia Marsh has 2 on Mon 2 Nov 2026.", stops=False)
    ]


def test_on_an_invoice_for_several_each_problem_says_whose_it_is_and_is_said_once():
    other = replace(GOOD, patient="Hannah Lindley", code="")

    assert problems(AXA, GOOD, other, replace(other, on=date(2026, 11, 9))) == [
        Problem("Hannah Lindley: The authorisation number is missing.")
    ]


def test_an_invoice_without_a_visit_stays_here():
    assert problems(AXA) == [Problem("The invoice has no visit.")]


@pytest.mark.parametrize(
    ("months", "visit", "last"),
    [
        (3, date(2026, 11, 30), date(2027, 2, 28)),
        (6, date(2026, 8, 31), date(2027, 2, 28)),
        (6, date(2026, 1, 15), date(2026, 7, 15)),
        (None, date(2026, 1, 15), None),
    ],
)
def test_an_invoice_has_a_last_day(months, visit, last):
    assert deadline(Asks(slug="any", within_months=months), visit) == last


def test_an_insurer_is_not_chased_before_its_day():
    assert (chase_from(AXA, TODAY), chase_from(AVIVA, TODAY)) == (date(2026, 12, 20), TODAY)


@given(
    st.builds(BilledVisit, on=st.dates(), **dict.fromkeys(("patient", "policy_number", "code", "practitioner", "registration"), st.text()))
)
def test_whatever_is_typed_gets_an_answer_in_words(visit):
    assert all(problem.words.strip() for problem in problems(AXA, visit))
