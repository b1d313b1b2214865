"""Admins read every message in every language before anybody gets one."""

import re

import pytest
from django.urls import reverse
from django.utils.html import escape

from clinic.enums import Role
from messaging.models import Message
from messaging.previews import languages, previews
from tests.factories import ClinicFactory, UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def admin(client):
    user = UserFactory(role=Role.ADMIN, clinics=[ClinicFactory(phone="020 7946 0182")])
    client.force_login(user)
    return user


def test_the_list_leads_to_every_kind_by_group(client, admin):
    page = client.get(reverse("manage:previews")).content.decode()
    there = re.findall(r'href="/outbox/previews/([^/]+)/">([^<]+)<', page)
    assert there == [(one.name, escape(one.words)) for one in previews()]
    groups = list(dict.fromkeys(one.group for one in previews()))
    assert re.findall(r'<h2 id="group-\d+">([^<]+)<', page) == [escape(group) for group in groups]


@pytest.mark.parametrize("one", previews(), ids=lambda one: one.name)
def test_every_message_is_shown_in_every_language(client, admin, one):
    page = client.get(reverse("manage:preview", args=[one.name])).content.decode()
    assert re.findall(r'<h2 id="in-[^"]+">([^<]+)<', page) == [name for _, name in languages()]
    assert len(re.findall(r"<iframe[^>]* sandbox ", page)) == (len(languages()) if one.by_mail else 0)
    assert len(re.findall(r"places of (?:GSM-7|UCS-2), sent in", page)) == (len(languages()) if one.by_sms else 0)
    assert Message.objects.count() == 0


def test_a_mail_is_framed_by_us_alone_and_runs_nothing(client, admin):
    answer = client.get(reverse("manage:preview-mail", args=["appointment-booked", "ja"]))
    assert "ご予約を承りました" in answer.content.decode()
    assert answer["X-Frame-Options"] == "SAMEORIGIN"
    rules = answer["Content-Security-Policy"]
    assert ("default-src 'none'" in rules, "frame-ancestors 'self'" in rules, "script-src" in rules) == (True, True, False)


@pytest.mark.parametrize("address", ["nothing/", "reminder-sms/en-gb.html", "appointment-booked/fr.html"])
def test_what_cannot_be_sent_cannot_be_looked_at(client, admin, address):
    assert client.get(f"/outbox/previews/{address}").status_code == 404


def test_the_outbox_leads_there_only_who_may(client, admin):
    assert 'href="/outbox/previews/"' in client.get("/outbox/").content.decode()
    client.force_login(UserFactory(role=Role.RECEPTIONIST, clinics=[admin.clinics.get()]))
    assert 'href="/outbox/previews/"' not in client.get("/outbox/").content.decode()
