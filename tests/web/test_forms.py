from datetime import date
from types import SimpleNamespace

import pytest
from django import forms
from django.template.loader import render_to_string

from web.forms import BirthDateField, ChoiceButtons, HouseForm, PhoneField, TickButtons, TicksField, month_number

TODAY = date(2026, 11, 20)


class About(HouseForm):
    name = forms.CharField(label="Full name", max_length=10, help_text="As on your card")
    birth = BirthDateField(label="Date of birth", help_text="For example 27 3 1984")
    mobile = PhoneField(label="Mobile number", required=False)
    email = forms.EmailField(label="E-mail", required=False)
    payer = forms.ChoiceField(
        label="Who pays?",
        choices=[("self", "I pay"), ("insurer", "My insurer pays")],
        widget=ChoiceButtons(more={"self": "By card or cash"}, asides={"self": "£68"}),
    )
    takes = TicksField(label="Do you take any of these?", choices=[("thinner", "A blood thinner"), ("none", "None of these")])


GOOD = {"name": "Hannah", "birth_day": "9", "birth_month": "July", "birth_year": "1981", "payer": "self", "takes": ["none"]}


def about(**changes) -> About:
    return About({**GOOD, **changes}, today=TODAY)


def born(day, month, year, today=TODAY):
    return about(birth_day=day, birth_month=month, birth_year=year)


@pytest.mark.parametrize("month", ["7", "07", "July", "jul", "JUL.", " july ", "７"])
def test_a_month_is_a_number_or_a_name(month):
    form = born("9", month, "1981")
    assert form.is_valid(), form.errors
    assert form.cleaned_data["birth"] == date(1981, 7, 9)


@pytest.mark.parametrize("word", ["j", "ju", "ma", "7th", ""])
def test_a_month_that_could_be_two_or_none_is_refused(word):
    with pytest.raises(ValueError, match=f"^{word}$"):
        month_number(word)


def test_a_month_is_known_from_three_letters():
    assert [month_number(word) for word in ("jun", "June", "Sept", "may")] == [6, 6, 9, 5]


@pytest.mark.parametrize(
    ("parts", "words"),
    [
        (("", "", ""), "Enter your date of birth, like 14 3 1965"),
        (("9", "", "1981"), "Enter your date of birth, like 14 3 1965"),
        (("x", "7", "1981"), "Enter your date of birth, like 14 3 1965"),
        (("31", "Feb", "1981"), "There is no such day. Check your date of birth"),
        (("29", "2", "1981"), "There is no such day. Check your date of birth"),
        (("9", "13", "1981"), "There is no such day. Check your date of birth"),
        (("9", "7", "999999"), "There is no such day. Check your date of birth"),
        (("9", "7", "81"), "Enter the year with four figures, like 1965"),
        (("9", "7", "1899"), "Check the year: it must be 1900 or later"),
        (("21", "11", "2026"), "Your date of birth must be in the past"),
    ],
)
def test_a_date_of_birth_is_refused_in_plain_words(parts, words):
    assert born(*parts).errors == {"birth": [words]}


def test_what_was_typed_into_the_date_boxes_is_kept():
    assert [f'value="{part}"' in str(born("31", "Feb", "1981")["birth"]) for part in ("31", "Feb", "1981")] == [True] * 3


def test_a_known_date_of_birth_fills_the_boxes():
    shown = str(About(initial={"birth": date(1981, 7, 9)})["birth"])
    assert [f'value="{part}"' in shown for part in (9, 7, 1981)] == [True] * 3


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("07700 900461", "07700 900461"),
        (" +44-(0)20/7946.0182 ", "+44 0 20 7946 0182"),
        ("０９０ １２３４ ５６７８", "090 1234 5678"),
        ("", ""),
    ],
)
def test_a_phone_number_is_kept_as_people_write_it(typed, kept):
    form = about(mobile=typed)
    assert form.is_valid(), form.errors
    assert form.cleaned_data["mobile"] == kept


@pytest.mark.parametrize("typed", ["ring my wife", "12345", "1234567890123456", "++44 20 7946 0182", "07700 900461 x"])
def test_a_phone_number_that_nobody_could_ring_is_refused(typed):
    assert about(mobile=typed).errors == {"mobile": ["Enter a phone number, like 07700 900461 or +81 90 1234 5678"]}


@pytest.mark.parametrize(
    ("ticks", "words"),
    [
        ([], "Choose what applies, or “None of these”"),
        (["thinner", "none"], "Choose what applies, or “None of these”, not both"),
        (["poison"], "Choose one of the answers shown"),
    ],
)
def test_ticks_are_what_applies_or_none_of_these(ticks, words):
    assert about(takes=ticks).errors == {"takes": [words]}


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"name": ""}, {"name": ["Please fill in “Full name”"]}),
        ({"name": "Hannah Lindley"}, {"name": ["Use 10 characters or fewer; you have 14"]}),
        ({"email": "hannah"}, {"email": ["Enter an e-mail address, like name@example.org"]}),
        ({"payer": "nobody"}, {"payer": ["Choose one of the answers shown"]}),
        ({"name": "Han\x00nah"}, {"name": ["Some characters here can’t be read. Please type it again"]}),
    ],
)
def test_a_form_speaks_plainly_where_django_does_not(changes, words):
    assert about(**changes).errors == words


def test_words_that_a_field_brings_stay():
    class Named(HouseForm):
        name = forms.CharField(error_messages={"required": "Who are you?"})

    assert Named({}).errors == {"name": ["Who are you?"]}


def test_forms_of_other_hands_speak_plainly_too():
    class Stock(forms.Form):
        email = forms.EmailField(label="E-mail")

    assert Stock({"email": "x"}).errors == {"email": ["Enter an e-mail address, like name@example.org"]}


def test_the_error_summary_links_to_the_first_control_of_each_field_in_the_order_of_the_page():
    form = About({"name": "Hannah Lindley", "birth_day": "31", "birth_month": "2", "birth_year": "1981", "takes": []}, today=TODAY)
    assert form.errors_summary == [
        ("#id_name", "Use 10 characters or fewer; you have 14"),
        ("#id_birth_0", "There is no such day. Check your date of birth"),
        ("#id_payer_0", "Please fill in “Who pays?”"),
        ("#id_takes_0", "Choose what applies, or “None of these”"),
    ]


def test_each_link_of_the_summary_leads_to_a_control_that_says_it_is_wrong():
    form = About({}, today=TODAY)
    page = form.render() + render_to_string("components/_errors.html", {"form": form})
    for href, words in form.errors_summary:
        assert page.count(f'id="{href[1:]}"') == 1
        assert page.count(words) == 2  # beside the field and in the summary
    assert page.count('aria-invalid="true"') == 1 + 3 + 2 + 1 + 2  # name, three boxes, two radios and their group, two ticks
    assert 'id="id_name_error"' in page
    assert 'aria-describedby="id_name_helptext id_name_error"' in page
    assert 'aria-describedby="id_birth_helptext id_birth_error"' in page


def test_a_form_without_errors_has_no_summary():
    assert render_to_string("components/_errors.html", {"form": About()}).strip() == ""


def test_a_choice_shows_its_second_line_its_price_and_what_it_reveals():
    form = about(payer="insurer")
    shown = render_to_string("components/_field.html", {"field": form["payer"], "reveals": [("insurer", [form["name"]])]})
    assert shown.index("By card or cash") < shown.index("£68") < shown.index("My insurer pays") < shown.index('class="reveal"')
    assert shown.count("checked") == 1


def test_none_of_these_stands_apart():
    shown = render_to_string("components/_field.html", {"field": about()["takes"]})
    assert shown.index("A blood thinner") < shown.index('<p class="or">or</p>') < shown.index("None of these")
    assert shown.count("data-none") == 1


def test_buttons_of_one_form_do_not_change_those_of_another():
    first, second = About(), About()
    first.fields["payer"].widget.more["self"] = "Now"
    assert second.fields["payer"].widget.more == {"self": "By card or cash"}


def test_a_page_title_says_error_first():
    page = render_to_string("base.html", {"form": About({}), "clinic": SimpleNamespace(place="London")})
    assert "<title>Error: Meridian" in page
    assert "<title>Meridian" in render_to_string("base.html", {"form": About()})


def test_tick_buttons_need_not_have_a_none():
    assert TickButtons(choices=[("a", "A")]).create_option("x", "a", "A", False, 0)["is_none"] is False
