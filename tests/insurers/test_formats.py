import pytest
from hypothesis import given
from hypothesis import strategies as st

from insurers.directory import directory
from insurers.formats import Fit, check_number, help_words, label, tidy


@pytest.mark.parametrize(
    ("insurer", "kind", "typed", "number", "fit"),
    [
        ("vitality", "policy", "1234 5678", "12345678", Fit.FITS),
        ("vitality", "policy", "1234567", "1234567", Fit.DOUBTFUL),
        ("axa_ppp", "policy", "1234567a", "1234567A", Fit.FITS),
        ("axa_ppp", "policy", "axa/r1234567", "AXA/R1234567", Fit.FITS),
        ("axa_ppp", "authorisation", "abc 1234", "ABC1234", Fit.FITS),
        ("axa_corporate_health_insurance", "authorisation", "AXACLM123456", "AXACLM123456", Fit.FITS),
        ("aviva", "authorisation", "123456/12/1234/123", "123456/12/1234/123", Fit.FITS),
        ("aviva", "authorisation", "123456", "123456", Fit.DOUBTFUL),
        ("wpa", "policy", "WP 99-1", "WP99-1", Fit.UNKNOWN),
        ("wpa", "policy", "  ", "", Fit.IMPOSSIBLE),
        ("wpa", "policy", "none", "NONE", Fit.IMPOSSIBLE),
        ("wpa", "policy", "1" * 41, "1" * 41, Fit.IMPOSSIBLE),
        ("wpa", "policy", "=1+1", "=1+1", Fit.IMPOSSIBLE),
    ],
)
def test_a_number_is_read_as_its_insurer_writes_it(insurer, kind, typed, number, fit):
    checked = check_number(insurer, kind, typed)

    assert (checked.number, checked.fit) == (number, fit)
    assert bool(checked.words) == (fit in (Fit.DOUBTFUL, Fit.IMPOSSIBLE))


def test_the_membership_number_of_vitality_is_told_from_the_plan_number():
    assert check_number("vitality", "policy", "1234567890").words == (
        "This is the membership number, which has 10 digits and starts with 12. The plan number has 8 digits; both are on the card."
    )


def test_the_plan_number_of_vitality_given_as_its_membership_number_is_named():
    assert check_number("vitality", "member", "1234567890").fit == Fit.FITS
    assert check_number("vitality", "member", "12345678").words.startswith("This is the plan number, which has 8 digits.")


def test_a_number_in_another_insurers_format_says_whose_it_looks_like():
    assert check_number("vitality", "policy", "1234567A").words == (
        "This looks like a membership number of AXA Health. We expected a plan number like 12345678; please check the card or letter."
    )
    assert check_number("wpa", "authorisation", "123456/12/1234/123").words == "This looks like a claim number of Aviva."


def test_a_membership_number_given_as_a_code_is_named():
    assert check_number("axa_ppp", "authorisation", "1234567A").words.startswith("This is the membership number.")


def test_the_field_speaks_the_insurers_words():
    assert help_words("axa_ppp", "authorisation") == "The authorisation number, like ABC1234 or AXACLM123456"
    assert label("aviva", "authorisation") == "claim number"
    assert (help_words("wpa", "policy"), label("wpa", "policy")) == ("", "policy or membership number")


@given(st.sampled_from(sorted(directory().insurers)), st.sampled_from(["policy", "authorisation"]), st.text(max_size=60))
def test_any_text_gets_an_answer_and_tidying_is_done_once(insurer, kind, typed):
    checked = check_number(insurer, kind, typed)

    assert tidy(checked.number) == checked.number
    assert checked.usable or checked.words
