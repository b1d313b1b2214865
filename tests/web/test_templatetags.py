from datetime import UTC, date, datetime
from decimal import Decimal
from types import SimpleNamespace
from zoneinfo import ZoneInfo

import pytest
from django.template import Context, Template

from web.templatetags import charts, house

TOKYO = SimpleNamespace(tz=ZoneInfo("Asia/Tokyo"), zone="Asia/Tokyo")
LONDON = SimpleNamespace(tz=ZoneInfo("Europe/London"), zone="Europe/London")
LATE = datetime(2026, 11, 20, 23, 5, tzinfo=UTC)


def render(source: str, **context) -> str:
    return Template("{% load house charts %}" + source).render(Context(context)).strip()


@pytest.mark.parametrize(
    ("amount", "currency", "written"),
    [
        (68, "GBP", "£68"),
        (Decimal("68.50"), "GBP", "£68.50"),
        (Decimal("1234.00"), "GBP", "£1,234"),
        (9000, "JPY", "¥9,000"),
        (12, "CHF", "CHF 12"),
        (None, "GBP", ""),
    ],
)
def test_money_is_written_as_people_write_it(amount, currency, written):
    assert house.money(amount, currency) == written


@pytest.mark.parametrize(
    ("clinic", "hour", "day", "in_full"),
    [
        (LONDON, "23:05", "Fri 20 Nov 2026", "Friday 20 November 2026"),
        (TOKYO, "08:05", "Sat 21 Nov 2026", "Saturday 21 November 2026"),
    ],
)
def test_an_instant_is_shown_on_the_clock_and_calendar_of_the_clinic(clinic, hour, day, in_full):
    assert house.clinic_time(LATE, clinic) == hour
    assert house.clinic_date(LATE, clinic) == day
    assert house.clinic_day(LATE, clinic) == in_full
    assert house.clinic_datetime(LATE, clinic) == f"{day}, {hour}"


def test_a_plain_day_needs_no_clinic_and_nothing_shows_nothing():
    assert house.clinic_date(date(2026, 3, 1)) == "Sun 1 Mar 2026"
    assert house.clinic_short(date(2026, 3, 1)) == "Sun 1 Mar"
    assert house.clinic_datetime(None, LONDON) == ""


@pytest.mark.parametrize(
    ("zone", "said"), [("Asia/Tokyo", "Tokyo time"), ("America/Argentina/Buenos_Aires", "Buenos Aires time"), ("", "")]
)
def test_a_zone_is_named_by_its_city(zone, said):
    assert house.zone_name(SimpleNamespace(zone=zone)) == said


@pytest.mark.parametrize(
    ("name", "letters"), [("Rhea Mehta", "RM"), ("Y. Sato", "YS"), ("Tobi", "T"), ("Ana Maria de Souza", "AS"), ("", "")]
)
def test_initials_are_those_of_first_and_last_name(name, letters):
    assert house.initials(name) == letters


@pytest.mark.parametrize(("number", "address"), [("020 7946 0182", "02079460182"), ("+81 (0)3-1234", "+81031234")])
def test_a_phone_link_has_digits_only(number, address):
    assert house.tel(number) == address


def test_an_icon_is_silent_and_a_chip_has_mark_and_word():
    icon = render('{% icon "phone" %}')
    assert icon == '<svg class="icon" aria-hidden="true" focusable="false"><use href="/static/img/sprite.svg#i-phone"/></svg>'
    assert render('{% chip "clear" "Arrived" %}') == f'<span class="chip chip--clear">{icon.replace("phone", "check")}Arrived</span>'


def test_a_chip_says_names_as_text_not_as_markup():
    assert "<script>" not in render('{% chip "info" word %}', word="<script>alert(1)</script>")


def test_a_phase_bar_is_to_scale_and_says_its_minutes():
    bar = charts.phase_bar([("hands", 15), ("rest", 25), ("hands", 5)], now_at=22)
    assert [(rect["x"], rect["minutes"]) for rect in bar["rects"]] == [(0, 15), (15, 25), (40, 5)]
    assert bar["words"] == "15 min hands-on, 25 min rest, 5 min hands-on; now at minute 22"


@pytest.mark.parametrize(("minute", "shown"), [(-3, 0), (99, 45), (None, None), ("", None)])
def test_the_present_stays_inside_the_phase_bar(minute, shown):
    assert charts.phase_bar([("hands", 15), ("rest", 30)], now_at=minute)["now_at"] == shown


def test_a_units_meter_has_one_cell_for_each_visit_and_says_the_sums():
    meter = charts.units_meter(used=2, kept=1, beyond=1)
    assert [kind for kind, _ in meter["cells"]] == ["used", "used", "kept", "beyond"]
    assert meter["words"] == "2 used, 1 kept for a booked visit, 1 not covered yet"
    assert charts.units_meter()["words"] == "No visits approved"


def test_a_score_line_puts_zero_at_the_foot_ten_at_the_top_and_skips_what_was_not_asked():
    line = charts.score_line([("1 Nov", 10), ("8 Nov", None), ("15 Nov", 0), ("22 Nov", 7)], "Pain")
    assert [(dot.x, dot.y, dot.last) for dot in line["dots"]] == [(12.5, 0, False), (62.5, 100, False), (87.5, 30, True)]
    assert line["band"] == {"y": 0, "height": 20, "start": 0}
    assert line["rows"] == [("1 Nov", "10", "start"), ("8 Nov", "not asked", ""), ("15 Nov", "0", "−10"), ("22 Nov", "7", "−3")]
    assert line["caption"] == "Pain: 10 on 1 Nov, 0 on 15 Nov, 7 on 22 Nov."


def test_a_score_line_without_scores_says_so():
    line = charts.score_line([], "Sleep")
    assert (line["band"], line["dots"], line["caption"]) == (None, [], "Sleep: no scores yet.")
    assert "score__plot" in render('{% score_line points "Sleep" %}', points=[])


@pytest.mark.parametrize(("view", "points"), [("back", 61), ("front", 55)])
def test_every_point_of_a_drawing_becomes_a_link_with_its_side(view, points):
    chart = render('{% body_chart view states "/record/" %}', view=view, states={})
    assert chart.count('tabindex="-1"') == points
    assert chart.count("is-free") == points


def test_a_body_chart_marks_side_by_side_and_closes_a_point_on_both():
    marks = {(m["code"], m["side"]): m["state"] for m in charts.body_chart("back", {("BL23", "left"): "in", "GB21": "never"})["marks"]}
    assert marks["BL23", "left"] == "in"
    assert marks["BL23", "right"] == "free"
    assert marks["GB21", "left"] == marks["GB21", "right"] == "never"
