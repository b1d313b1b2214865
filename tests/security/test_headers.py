"""What every answer tells the browser about itself."""

import pytest
from django.conf import settings

pytestmark = pytest.mark.django_db

POLICY = (
    "default-src 'self'; script-src 'self'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'; "
    "form-action 'self'; img-src 'self' data:; report-uri /csp-report"
)
FILE = "sandbox; default-src 'none'"
LETTER = (
    "sandbox; default-src 'none'; style-src 'unsafe-inline'; object-src 'none'; base-uri 'none'; frame-ancestors 'self'; "
    "form-action 'self'; img-src 'self' data:; report-uri /csp-report"
)
SHUT_IN = {"approvals:document": FILE, "approvals:letter": FILE, "manage:preview-mail": LETTER}  # once opened: nothing runs in them
ENTRANCES = {f"patient:{name}" for name in ("enter", "offer_enter", "question_enter", "how_enter", "wishes_enter")}


def policy_of(answer) -> str:
    return SHUT_IN.get(answer.name, POLICY) if answer.response.status_code == 200 else POLICY


def rules(policy: str) -> set[str]:
    return {rule.strip() for rule in policy.split(";") if rule.strip()}


def without(answers, header: str, value: str) -> list[str]:
    return [f"{answer}: {answer.response.get(header)}" for answer in answers if answer.response.get(header) != value]


def test_every_page_carries_the_whole_security_policy_and_no_weaker_one(answers):
    wrong = [str(answer) for answer in answers if rules(answer.response.get("Content-Security-Policy", "")) != rules(policy_of(answer))]
    assert wrong == []
    assert {answer.name for answer in answers if policy_of(answer) != POLICY} == set(SHUT_IN)
    assert "unsafe" not in POLICY


def test_what_has_a_policy_of_its_own_runs_no_script():
    """Without a `script-src`, scripts come under `default-src`; the sandbox holds even where a frame forgets it."""
    assert [name for name, policy in SHUT_IN.items() if not {"sandbox", "default-src 'none'"} <= rules(policy)] == []
    assert [name for name, policy in SHUT_IN.items() if "script-src" in policy or "allow-" in policy] == []


def test_no_answer_is_kept_in_a_cache(answers):
    kept = [
        f"{answer}: {answer.response.get('Cache-Control')}"
        for answer in answers
        if "no-store" not in answer.response.get("Cache-Control", "")
    ]
    assert kept == []


def test_no_other_site_learns_which_page_was_open(answers):
    by_link = [answer for answer in answers if answer.name in ENTRANCES]
    assert without([answer for answer in answers if answer not in by_link], "Referrer-Policy", "same-origin") == []
    assert without(by_link, "Referrer-Policy", "no-referrer") == []
    assert {answer.name for answer in by_link} == ENTRANCES


def test_nobody_may_guess_the_kind_of_a_file_or_put_a_page_into_a_frame(answers):
    assert without(answers, "X-Content-Type-Options", "nosniff") == []
    framed = [answer for answer in answers if answer.name == "manage:preview-mail" and answer.response.status_code == 200]
    assert without([answer for answer in answers if answer not in framed], "X-Frame-Options", "DENY") == []
    assert framed and without(framed, "X-Frame-Options", "SAMEORIGIN") == []


def test_no_answer_says_what_it_runs_on(answers):
    assert [str(answer) for answer in answers if {"Server", "X-Powered-By"} & set(answer.response.headers)] == []


def test_files_are_named_without_people(answers, world):
    names = [answer.response.get("Content-Disposition", "") for answer in answers]
    people = ("hannah", "lindley", "olivia", "marsh", "grace", "okafor")
    assert [name for name in names if any(person in name.lower() for person in people)] == []
    assert any("visit.ics" in name for name in names)


def test_cookies_cannot_be_read_by_scripts_or_sent_from_other_sites(answers):
    cookies = [cookie for answer in answers for cookie in answer.response.cookies.values()]
    assert cookies
    assert [cookie.key for cookie in cookies if not cookie["httponly"] or cookie["samesite"] != "Lax"] == []


def test_nothing_lies_about_for_strangers(world):
    """Neither the repository nor a page about the inside."""
    client = world.client("A0")
    for path in ("/.git/config", "/.env", "/admin/", "/metrics", "/docs/", "/static/../clinic/settings.py", "/api/", "/debug/"):
        assert client.get(path).status_code == 404
    assert client.get("/health/").json().keys() == {"status"}
    assert settings.DEBUG is False
