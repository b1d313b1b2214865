"""The calendar file that goes with a mail speaks the reader's language, and tells nothing clinical."""

import pytest
from django.utils import translation
from icalendar import Calendar

from bookings.ical import calendar
from clinic import clock
from tests.factories import AppointmentFactory

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("language", "summary", "words"),
    [
        ("en-gb", "{clinic}: visit with {who}", "Ring {phone} if you can’t come."),
        ("ja", "{clinic}：ご予約（担当：{who}）", "ご来院になれないときは、{phone}へお電話ください。"),
    ],
)
def test_a_visit_is_named_in_the_readers_language(language, summary, words):
    visit = AppointmentFactory()
    told = {"clinic": visit.clinic.name, "who": visit.practitioner.name, "phone": visit.clinic.phone}
    with translation.override(language):
        [event] = Calendar.from_ical(calendar([visit], now=clock.now())).walk("VEVENT")
    assert (str(event["summary"]), str(event["description"])) == (summary.format(**told), words.format(**told))
