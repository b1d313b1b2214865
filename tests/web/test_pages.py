import json
import logging

import pytest

from tests.factories import ClinicFactory

pytestmark = pytest.mark.django_db


def text(response):
    return " ".join(response.content.decode().split())


@pytest.mark.parametrize(
    ("name", "words"), [("accessibility", "level AA"), ("privacy", "nothing for advertising"), ("complaints", "tell us")]
)
def test_pages_about_the_house_are_open_and_say_how_to_reach_each_clinic(client, name, words):
    ClinicFactory(phone="020 7946 0182")
    ClinicFactory(phone="03 5550 0143")

    page = text(client.get(f"/{name}/"))

    assert words in page
    assert 'href="tel:02079460182"' in page and 'href="tel:0355500143"' in page


def test_search_engines_stay_out_of_what_belongs_to_one_person(client):
    response = client.get("/robots.txt")

    assert response["Content-Type"] == "text/plain"
    assert "Disallow: /account/" in response.content.decode().splitlines()


def test_a_report_notes_rule_and_host_and_nothing_about_who_or_where(client, caplog):
    report = {
        "document-uri": "http://testserver/visit/abc/",
        "violated-directive": "img-src 'self'",
        "blocked-uri": "https://evil.example/x?u=1",
    }

    with caplog.at_level(logging.WARNING, logger="web.csp"):
        response = client.post("/csp-report", json.dumps({"csp-report": report}), content_type="application/csp-report")

    assert response.status_code == 204
    assert caplog.messages == ["content security policy: img-src wanted evil.example"]


@pytest.mark.parametrize(
    "body", ["", "[]", "{", '{"csp-report": 1}', '{"csp-report": {"blocked-uri": "http://[", "violated-directive": "a\\nb"}}']
)
def test_a_report_that_cannot_be_read_is_answered_all_the_same(client, body, caplog):
    assert client.post("/csp-report", body, content_type="application/csp-report").status_code == 204
    assert all("\n" not in message for message in caplog.messages)


def test_reports_are_only_posted_and_not_without_end(client):
    assert client.get("/csp-report").status_code == 405
    answers = [client.post("/csp-report", "{}", content_type="application/json").status_code for _ in range(31)]
    assert (answers[0], answers[-1]) == (204, 429)
