"""Mobile numbers: what is accepted, what a provider is given, and what staff read about the others."""

import pytest

from messaging.numbers import NOT_A_NUMBER, abroad, trouble

AT_HOME = "Not a mobile number of the United Kingdom; one of another country begins with +"


@pytest.mark.parametrize(
    ("written", "country", "sent"),
    [
        ("07700 900123", "GB", "+447700900123"),
        ("+44 7700 900123", "GB", "+447700900123"),
        ("+44 (0)7700 900123", "GB", "+447700900123"),
        ("0044 7700 900123", "GB", "+447700900123"),
        ("090-1234-5678", "JP", "+819012345678"),
        ("+81 90 1234 5678", "GB", "+819012345678"),
        ("+1 (212) 555-0182", "GB", "+12125550182"),
        ("07700 900123", "NZ", "07700900123"),
    ],
)
def test_what_can_be_right_goes_with_its_countrys_code(written, country, sent):
    assert (trouble(written, country), abroad(written, country)) == ("", sent)


@pytest.mark.parametrize(
    ("written", "country", "words"),
    [
        ("090-1234-5678", "GB", AT_HOME),
        ("020 7946 0182", "GB", AT_HOME),
        ("07700 90012", "GB", AT_HOME),
        ("07700 900123", "JP", "Not a mobile number of Japan; one of another country begins with +"),
        ("7700900123", "GB", NOT_A_NUMBER),
        ("+4", "GB", NOT_A_NUMBER),
        ("+44 7700 900123 900123", "GB", AT_HOME),
        ("ring me", "GB", NOT_A_NUMBER),
        ("07700 900123\nBcc", "GB", NOT_A_NUMBER),
    ],
)
def test_what_cant_be_right_is_said_in_words(written, country, words):
    assert trouble(written, country) == words
