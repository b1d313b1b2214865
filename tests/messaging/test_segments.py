"""A text is counted as a phone network bills it."""

import pytest

from messaging.segments import GSM, GSM_TWICE, Length, length, plain


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", Length("GSM-7", 0, 1)),
        ("x" * 160, Length("GSM-7", 160, 1)),
        ("x" * 161, Length("GSM-7", 161, 2)),
        ("x" * 306, Length("GSM-7", 306, 2)),
        ("x" * 307, Length("GSM-7", 307, 3)),
        ("£68 [each]", Length("GSM-7", 12, 1)),
        ("予" * 70, Length("UCS-2", 70, 1)),
        ("予" * 71, Length("UCS-2", 71, 2)),
        ("予" * 134, Length("UCS-2", 134, 2)),
        ("予" * 135, Length("UCS-2", 135, 3)),
        ("\N{GRINNING FACE}", Length("UCS-2", 2, 1)),
        ("can’t", Length("UCS-2", 5, 1)),
    ],
)
def test_a_text_is_counted_in_parts(text, found):
    assert length(text) == found


def test_the_small_alphabet_is_whole():
    assert (len(set(GSM)), len(set(GSM_TWICE))) == (127, 10)


def test_printers_marks_do_not_cost_the_small_alphabet():
    assert plain("We can’t – “sorry”…\N{NO-BREAK SPACE}Bye") == 'We can\'t - "sorry"... Bye'
    assert plain("ご予約（東京）") == "ご予約（東京）"
