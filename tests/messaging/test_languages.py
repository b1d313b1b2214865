"""A patient who reads Japanese reads nothing else: every message, each with the words of its kind."""

import re

import pytest
from django.conf import settings
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.html import strip_tags

from clinic.models import Clinic
from messaging.enums import Channel
from messaging.previews import previews
from tests.messaging.conftest import NOW

NAMES = ("Meridian", "Bloomsbury", "3 Almond Yard, London WC1Z 4QT", "NHS 111", "A&E", "GP", "7K4P-2DXM")
ALLOWED = re.compile(r"https?://\S+|\S+@\S+|\b[A-Z]{2}\d{1,2}\b|" + "|".join(map(re.escape, NAMES)))

pytestmark = pytest.mark.django_db


@pytest.fixture
def yanaka(bloomsbury: Clinic) -> Clinic:
    bloomsbury.name, bloomsbury.place, bloomsbury.address = "メリディアン鍼灸院", "谷中", "東京都台東区谷中3-5-1"
    bloomsbury.zone, bloomsbury.country, bloomsbury.phone, bloomsbury.language = "Asia/Tokyo", "JP", "03-5550-0146", "ja"
    bloomsbury.opening, bloomsbury.directions = "火〜土 10:00〜19:00", "日暮里駅から徒歩8分です。"
    return bloomsbury


def latin(text: str) -> list[str]:
    return re.findall(r"[A-Za-zÀ-ÿ]+", ALLOWED.sub(" ", text))


def read(html: str) -> str:
    """What a mail program shows of it."""
    html = re.sub(r"<style.*?</style>", " ", html, flags=re.DOTALL)
    return strip_tags(html).replace("&amp;", "&")


MAILS = [each for each in previews() if each.by_mail and not each.for_staff]
TEXTS = [each for each in previews() if each.by_sms and not each.for_staff]


@pytest.mark.parametrize("place", ["bloomsbury", "yanaka"])
@pytest.mark.parametrize("one", MAILS, ids=lambda one: one.name)
def test_no_latin_word_is_left_in_a_japanese_mail(one, place, request):
    clinic = request.getfixturevalue(place)
    clinic.opening = clinic.opening or "Monday to Friday 08:00 to 19:00."
    clinic.directions = clinic.directions or "Six minutes on foot from Russell Square station."
    letter = one.letter(clinic=clinic, language="ja", now=NOW)
    assert (latin(letter.subject), latin(letter.text), latin(read(letter.html))) == ([], [], [])
    assert "様" in letter.text or one.name == "code"


@pytest.mark.parametrize("place", ["bloomsbury", "yanaka"])
@pytest.mark.parametrize("one", TEXTS, ids=lambda one: one.name)
def test_no_latin_word_is_left_in_a_japanese_text(one, place, request):
    text = one.letter(clinic=request.getfixturevalue(place), language="ja", now=NOW, channel=Channel.SMS).text
    assert latin(text) == []


def test_a_left_over_word_would_be_found():
    assert latin("ご予約 Fri 20 Nov、NHS 111、https://meridian.test/visit/Abc/ または a@b.example へ") == ["Fri", "Nov"]


def test_dates_hours_names_and_counts_are_written_as_in_japan(yanaka):
    said = {one.name: one.letter(clinic=yanaka, language="ja", now=NOW) for one in MAILS}
    booked = said["appointment-booked"]
    assert booked.subject == "ご予約を承りました：2026年11月26日(木) 10:00"
    assert booked.text.startswith("山田 花子 様\n")
    assert "2026年11月26日(木)\n10:00〜10:45（日本時間）\n担当：佐藤 健一\n東京都台東区谷中3-5-1\n" in booked.text
    assert said["course-booked"].subject == "3件のご予約を承りました"
    assert "初回のご来院から3日以内に" in said["course-kept"].text
    assert "119に電話" in booked.text
    assert "火〜土 10:00〜19:00" in booked.text


def test_a_text_names_day_and_hour_as_in_japan(yanaka):
    [one] = [one for one in TEXTS if one.name == "reminder-sms"]
    text = one.letter(clinic=yanaka, language="ja", now=NOW, channel=Channel.SMS).text
    assert text == "メリディアン鍼灸院 谷中：ご予約は11月26日(木) 10:00（日本時間）です。変更は03-5550-0146へ。\n"


@pytest.mark.parametrize("one", MAILS, ids=lambda one: one.name)
def test_english_mails_stay_english(one, bloomsbury):
    letter = one.letter(clinic=bloomsbury, language="en-gb", now=NOW)
    assert re.findall(r"[぀-ヿ一-鿿]", letter.subject + letter.text + letter.html) == []


SIGNING_IN = sorted(
    file.name for file in (settings.BASE_DIR / "templates/account/email").glob("*.txt") if not file.name.startswith("base_")
)


@pytest.mark.parametrize("name", SIGNING_IN)
def test_no_latin_word_is_left_in_a_japanese_mail_about_signing_in(name):
    says = {"code": "123 456", "timestamp": NOW, "password_reset_url": "https://meridian.test/account/x/"}
    with translation.override("ja"):
        said = render_to_string(f"account/email/{name}", says)
    assert latin(said) == []
    assert re.search(r"[ぁ-んァ-ヶ一-鿿]", said)


def test_dates_are_written_by_format_and_never_spelled_out():
    texts = (settings.BASE_DIR / "templates/emails").rglob("*.*")
    formats = {found for file in texts if file.suffix in (".txt", ".html") for found in re.findall(r'\|date:"([^"]*)"', file.read_text())}
    assert sorted(formats) == ["DATETIME_FORMAT", "DATE_FORMAT", "MONTH_DAY_FORMAT", "TIME_FORMAT"]
