import pytest
from hypothesis import given
from hypothesis import strategies as st

from treatments.catalogue import catalogue
from treatments.point_names import find_point, find_points


@pytest.mark.parametrize(
    ("typed", "codes"),
    [
        ("BL23", ("BL23",)),
        ("bl-23", ("BL23",)),
        ("UB 23", ("BL23",)),
        ("Shenshu", ("BL23",)),
        ("B23", ("BL23",)),
        ("V60", ("BL60",)),
        ("He Gu", ("LI4",)),
        ("hé gǔ", ("LI4",)),
        ("Leg Three Miles", ("ST36",)),
        ("EX-B2", ("EX-B2L",)),
        ("BL54", ("BL54",)),
        ("UB54", ("BL54",)),
        ("BL40", ("BL40",)),
        ("B-47", ("BL52", "BL47")),
        ("B-54", ("BL40", "BL54")),
        ("b 54", ("BL40", "BL54")),
        ("V47", ("BL52", "BL47")),
        ("B-48", ("BL53",)),
        ("Sea of Vitality", ("BL23", "BL52")),
        ("BL99", ()),
    ],
)
def test_a_point_is_found_under_its_names(typed, codes):
    assert find_point(typed).codes == codes


@pytest.mark.parametrize("number", range(36, 55))
def test_a_bare_old_number_is_never_taken_for_sure(number):
    match = find_point(f"B-{number}")

    assert not match.sure
    assert match.note.endswith("which is meant?")


def test_a_line_of_points_is_read_whole():
    found = find_points("BL 23, Zusanli; B-47 and Leg Three Miles Hegu + warm stones")

    assert found.codes == ("BL23", "ST36", "BL52", "BL47", "LI4")
    assert found.unknown == ("warm", "stones")


def test_every_code_and_alias_finds_its_point():
    for code, point in catalogue().points.items():
        for name in (code, code.lower(), point.pinyin, point.english, *point.aliases):
            assert code in find_point(name).codes, name


@given(st.text(max_size=200))
def test_any_text_gets_an_answer(text):
    found = find_points(text)

    assert set(found.codes) <= set(catalogue().points)
