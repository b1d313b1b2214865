"""Every text reads well, holds no hole, and nothing a person typed breaks out of it."""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy

import pytest
from django.conf import settings as house

from messaging import kinds
from messaging.channels import send
from messaging.enums import Channel, State
from messaging.kinds import Attachment
from messaging.models import Message
from messaging.previews import preview, previews
from messaging.render import MissingWord, mail, reading, render
from messaging.segments import length
from messaging.services import deliver_next, post
from messaging.sheet import UnknownToken, plain
from tests.messaging.conftest import NOW, address

EVERY_MAIL = [each.name for each in previews() if each.by_mail]
EVERY_SMS = [each.name for each in previews() if each.by_sms]

pytestmark = pytest.mark.django_db


def letter(kind, clinic, language="", **says):
    """One message with the sample words, or with these."""
    one = preview(kind)
    return replace(one, sample=lambda clinic, now: one.sample(clinic, now) | says).letter(clinic=clinic, language=language, now=NOW)


@pytest.mark.parametrize("name", EVERY_MAIL)
@pytest.mark.parametrize("language", ["en-gb", "ja"])
def test_every_mail_has_three_parts_that_need_nothing_from_elsewhere(name, language, bloomsbury):
    said = letter(name, bloomsbury, language)
    assert said.subject
    assert "Meridian Bloomsbury" in said.text
    assert "&amp;" not in said.text
    assert "020 7946 0182" in said.text
    assert "020 7946 0182" in said.html
    assert f'lang="{language}"' in said.html
    assert re.findall(r"<(?:img|link|script|iframe|object|form)\b|url\(|@import|var\(|\drem\b", said.html) == []
    assert re.findall(r"class=\"[^\"]*\"(?! ?(?:href|style|role))", said.html) == []


@pytest.mark.parametrize("name", EVERY_MAIL)
@pytest.mark.parametrize("language", ["en-gb", "ja"])
def test_every_text_tells_what_the_html_tells(name, language, bloomsbury):
    said = letter(name, bloomsbury, language)
    for link in re.findall(r'href="(https://[^"]+)"', said.html):
        assert link in said.text
    for word in ("Thu 26 Nov 2026", "2026年11月26日(木)", "10:00", "Rhea Mehta", "佐藤 健一", "London time", "イギリス時間"):
        assert (word in said.html) == (word in said.text)


@pytest.mark.parametrize("name", EVERY_SMS)
def test_every_english_sms_is_one_part(name, bloomsbury):
    text = preview(name).letter(clinic=bloomsbury, language="en-gb", now=NOW, channel=Channel.SMS).text
    assert (length(text.strip()).alphabet, length(text.strip()).parts) == ("GSM-7", 1), text


@pytest.mark.parametrize("name", EVERY_SMS)
def test_every_japanese_sms_is_two_parts_at_most(name, bloomsbury):
    text = preview(name).letter(clinic=bloomsbury, language="ja", now=NOW, channel=Channel.SMS).text
    assert length(text.strip()).parts <= 2, text


def test_every_folder_of_texts_has_a_sample():
    folders = {folder.name for folder in (house.BASE_DIR / "templates/emails").iterdir() if folder.is_dir()}
    assert {each.folder.removeprefix("emails/") for each in previews()} == folders


def test_times_are_the_clinics(bloomsbury):
    bloomsbury.zone = "Asia/Tokyo"
    starts = datetime(2026, 11, 26, 10, tzinfo=UTC)
    said = letter("appointment-booked", bloomsbury, starts=starts, ends=starts + timedelta(minutes=45))
    assert said.subject == "Your visit is booked: Thu 26 Nov 2026, 19:00"
    assert "19:00 to 19:45, Tokyo time" in said.text


def test_the_emergency_numbers_are_the_countrys(bloomsbury):
    assert "call 111, or 999" in letter("appointment-booked", bloomsbury).text
    bloomsbury.country = "JP"
    assert "call 119" in letter("appointment-booked", bloomsbury).text


def test_what_people_typed_is_shown_and_never_obeyed(bloomsbury):
    said = letter("appointment-booked", bloomsbury, name="<script>x</script>", practitioner="R\r\nBcc: a@b.example")
    assert "<script" not in said.html
    assert "Hello <script>x</script>," in said.text


def test_a_hole_in_a_text_is_found_before_it_is_sent(bloomsbury):
    with pytest.raises(MissingWord, match=r"emails/code/subject.txt was not given “code”"), reading(language="", clinic=bloomsbury):
        mail("emails/code", {"clinic": bloomsbury}, to="h@mail.example", name="", clinic=bloomsbury, id="<1@x>")


def test_staff_read_which_word_is_missing(hannah, truth, monkeypatch):
    monkeypatch.setitem(kinds.KINDS, "visit-note", replace(kinds.KINDS["visit-note"], context=lambda about, now: {}))
    [message] = post("visit-note", to=hannah, about="visit-1", due=NOW)
    deliver_next(now=NOW)
    message.refresh_from_db()
    assert (message.state, message.reason) == (State.FAILED, "emails/appointment-reminder/subject.txt was not given “starts”.")


def test_the_mail_as_it_arrives(hannah, truth, mailoutbox, monkeypatch):
    mime = "text/calendar; method=REQUEST; charset=utf-8"
    calendar = Attachment(name="meridian-visit.ics", content="BEGIN:VCALENDAR\r\nSUMMARY:予約\r\nEND:VCALENDAR\r\n", mime=mime)
    with_file = replace(kinds.KINDS["visit-note"], attachments=lambda about, now: [calendar])
    monkeypatch.setitem(kinds.KINDS, "visit-note", with_file)
    [message] = post("visit-note", to=replace(hannah, name="Hannah\r\nBcc: a@b.example"), about="visit-1", due=NOW)
    deliver_next(now=NOW)

    [sent] = mailoutbox
    arrived = message_from_bytes(sent.message().as_bytes(), policy=policy.default)
    assert (arrived["Message-ID"], arrived["Bcc"]) == (message.message_id, None)
    assert arrived["From"] == "Meridian Bloomsbury <clinic@localhost>"
    assert arrived["Reply-To"] == "bloomsbury@meridian.example"
    assert arrived["To"].addresses[0].addr_spec == "hannah@mail.example"
    assert [part.get_content_type() for part in arrived.walk() if not part.is_multipart()] == ["text/plain", "text/html", "text/calendar"]
    file = list(arrived.iter_attachments())[-1]
    assert (file.get_filename(), dict(file["Content-Type"].params)) == ("meridian-visit.ics", {"method": "REQUEST", "charset": "utf-8"})
    assert file.get_content().splitlines() == ["BEGIN:VCALENDAR", "SUMMARY:予約", "END:VCALENDAR"]
    message.refresh_from_db()
    assert message.sent_subject == "Reminder: your visit on Sat 21 Nov 2026, 10:00"


def test_each_reader_has_their_own_language(bloomsbury, truth):
    [message] = post("visit-note", to=address(bloomsbury, "yuki", language="ja"), about="visit-1", due=NOW)
    said = render(message=Message.objects.get(pk=message.pk), now=NOW)
    assert 'lang="ja"' in said.html
    assert said.subject == "ご予約のお知らせ：2026年11月21日(土) 10:00"
    assert "Yuki 様" in said.text


def test_a_name_in_any_script_arrives_as_it_is(bloomsbury, mailoutbox):
    send(replace(letter("code", bloomsbury), name="山田 花子"), channel=Channel.MAIL)
    arrived = message_from_bytes(mailoutbox[0].message().as_bytes(), policy=policy.default)
    assert arrived["To"].addresses[0].display_name == "山田 花子"


def test_the_sheet_takes_its_values_from_the_tokens():
    dark = "@media (prefers-color-scheme: dark)"
    tokens = f":root {{ --ink: #111; --s1: .25rem; --edge: 1px solid var(--ink); }} {dark} {{ :root {{ --ink: #eee; }} }}"
    sheet = f"/* var(--x) */ p {{ border: var(--edge); margin: var(--s1) }} {dark} {{ p {{ color: var(--ink); }} }}"
    assert plain(sheet, tokens).strip() == f"p {{ border: 1px solid #111; margin: 4px }} {dark} {{ p {{ color: #eee; }} }}"
    with pytest.raises(UnknownToken, match="--nothing"):
        plain("p { color: var(--nothing) }", tokens)
