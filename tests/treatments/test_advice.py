"""Aftercare as it is promised at signing and read in the mail: one message a moment, never twice alike, with a way to answer."""

from datetime import timedelta
from itertools import pairwise

import pytest

from clinic.models import Link
from messaging import kinds
from messaging.enums import Channel, State
from messaging.models import Message
from messaging.render import render
from messaging.services import deliver_next
from patients.enums import Tier
from tests.factories import NOON
from tests.treatments.cast import draft, needle, open_case, prescribe, raise_flag
from treatments.models import AdviceGiven
from treatments.services.records import save_draft, sign_record, start_record

pytestmark = pytest.mark.django_db
AT_ONCE = ("aftercare-right_after", "aftercare-mid_course", "aftercare-end_of_course")


@pytest.fixture
def case():
    case = open_case()
    prescribe(case)
    return case


def sign(case, number=1, now=NOON, **changes):
    begun = start_record(session=case.session(number), practitioner=case.practitioner, now=now)
    save_draft(record=begun, draft=draft(**changes), by=case.user, now=now)
    return sign_record(record=begun, by=case.user, now=now)


def whole_course(case, **changes):
    return [sign(case, number, NOON + timedelta(days=7 * number), **changes) for number in range(1, 11)]


def says(record, moment):
    return kinds.kind(f"aftercare-{moment}").context(record.key, NOON)


def titles(record, moment):
    return [part["title"] for part in says(record, moment)["parts"]]


def test_what_is_due_at_once_is_one_message(case):
    records = whole_course(case)
    review = case.course.proposal["reviews"][0]

    for record in records:
        at_once = Message.objects.about(record.key).of_kinds(AT_ONCE)
        assert at_once.count() == 1, record.session
    assert Message.objects.about(records[review - 1].key).of_kinds(["aftercare-mid_course"]).exists()
    assert "Half-way through" in titles(records[review - 1], "mid_course")
    assert "In the next days" in titles(records[review - 1], "mid_course") or review > 1
    assert "Now that the course is over" in titles(records[-1], "end_of_course")


def test_the_end_of_a_course_is_followed_up_after_four_weeks_and_eight(case):
    last = whole_course(case)[-1]
    due = dict(Message.objects.about(last.key).values_list("kind", "due_at"))
    ended = NOON + timedelta(days=70)
    assert due["aftercare-4_weeks_after"] == ended.replace(hour=9) + timedelta(days=28)
    assert due["aftercare-maintenance"] == ended.replace(hour=8) + timedelta(days=56)  # nine on summer clocks


def test_each_next_day_asks_back_even_when_all_advice_was_given(case):
    for record in whole_course(case):
        assert Message.objects.about(record.key).of_kinds(["aftercare-next_day"]).count() == 1
        assert "/how/" in says(record, "next_day")["answer_url"]


def test_the_same_advice_is_never_said_twice_alike_one_after_the_other(case):
    told = []
    for record in whole_course(case):
        for moment in ("right_after", "next_day", "3_days", "7_days"):
            told.append({line for part in says(record, moment)["parts"] for line in part["lines"]})
    assert [before & after for before, after in pairwise(told)] == [set()] * (len(told) - 1)


def test_new_points_to_press_come_with_each_session_until_all_are_known(case):
    records = whole_course(case)
    shown = [line for record in records for part in says(record, "next_day")["parts"] if "press" in part["title"] for line in part["lines"]]
    assert 2 <= len(shown) == len(set(shown))
    assert all("1 to 2 minutes" in line for line in shown)
    assert len(next(part for part in says(records[0], "next_day")["parts"] if "press" in part["title"])["lines"]) == 2


def test_no_points_to_press_for_whom_pressing_needs_a_review(case):
    raise_flag(case.patient, "pregnancy_second_trimester", tier=Tier.CAUTION)
    sign(case, safety_override="Agreed with her midwife.", needles=[needle("BL23", reason="Agreed with her midwife")])
    assert not AdviceGiven.objects.filter(item__startswith="press:").exists()


def test_every_mail_but_the_last_has_the_link_and_an_sms_has_it_too(case):
    record = sign(case)
    for moment in ("right_after", "next_day", "3_days", "7_days", "4_weeks_after"):
        assert "/how/" in says(record, moment)["answer_url"]
    assert Link.objects.filter(purpose="check-back", about=record.key).count() == 5
    assert says(record, "maintenance")["answer_url"] == ""
    case.patient.email = ""
    case.patient.save()
    second = sign(case, 2, NOON + timedelta(days=7))
    message = Message.objects.about(second.key).of_kinds(["aftercare-next_day"]).get()
    assert message.channel == Channel.SMS
    assert "/how/" in render(message=message, now=NOON).text


# Who stopped it


def stop(case, group="aftercare"):
    case.patient.ways = {group: "none"}
    case.patient.save()


def test_who_stopped_advice_is_sent_only_what_is_for_their_safety(case):
    record = sign(case, needles=[needle("GB21", depth_mm=5, reason="Neck")])
    stop(case)
    right_after = kinds.kind("aftercare-right_after")
    assert right_after.still_true(record.key, NOON) == ""
    assert titles(record, "right_after") == ["For your safety"]
    assert kinds.kind("aftercare-7_days").still_true(record.key, NOON) == "The patient wants no advice after visits"


def test_stopping_is_asked_again_at_delivery(case):
    record = sign(case)
    stop(case)
    seventh = NOON.replace(hour=9) + timedelta(days=7)
    while deliver_next(now=seventh):
        pass
    states = dict(Message.objects.about(record.key).values_list("kind", "state"))
    assert states["aftercare-7_days"] == State.WITHDRAWN


def test_stopping_invitations_leaves_advice_and_the_other_way_round(case):
    last = whole_course(case)[-1]
    week, maintenance = (kinds.kind(f"aftercare-{moment}").still_true for moment in ("7_days", "maintenance"))
    assert (week(last.key, NOON), maintenance(last.key, NOON)) == ("", "")
    stop(case, "news")
    assert (week(last.key, NOON), maintenance(last.key, NOON)) == ("", "The patient wants no invitations")
    stop(case)
    assert (week(last.key, NOON), maintenance(last.key, NOON)) == ("The patient wants no advice after visits", "")
