"""The settings as a whole: what production refuses, what browsers are told, what is logged."""

import logging
import os
import subprocess
import sys

import pytest
from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.core.management import call_command
from django.test import RequestFactory

from clinic import settings as production
from clinic.celery import app as celery
from clinic.env import mail
from clinic.logs import WithoutPeople

PRODUCTION = {
    "ENV_FILE": "",
    "SECRET_KEY": "a-long-and-random-looking-key-0123456789-abcdefghijklmnopqrstuvwxyz",
    "ALLOWED_HOSTS": "clinic.example",
    "DATABASE_URL": "postgresql://meridian@localhost/meridian",
}


def manage(*words: str, **environment: str) -> subprocess.CompletedProcess:
    environment = {"PATH": os.environ["PATH"], **environment}
    return subprocess.run([sys.executable, "manage.py", *words], cwd=settings.BASE_DIR, env=environment, capture_output=True, text=True)


def test_production_raises_no_warning():
    assert (
        manage("check", "--deploy", "--fail-level", "WARNING", **PRODUCTION).stdout == "System check identified no issues (0 silenced).\n"
    )


@pytest.mark.parametrize("name", ["SECRET_KEY", "DATABASE_URL"])
def test_production_does_not_start_without(name):
    said = manage("check", **{**PRODUCTION, name: ""})

    assert said.returncode == 1
    assert f"{name} is not set: " in said.stderr


def test_the_content_policy_lets_in_nothing_from_elsewhere():
    assert settings.CONTENT_SECURITY_POLICY["DIRECTIVES"] == {
        "default-src": ["'self'"],
        "script-src": ["'self'"],
        "object-src": ["'none'"],
        "base-uri": ["'none'"],
        "frame-ancestors": ["'none'"],
        "form-action": ["'self'"],
        "img-src": ["'self'", "data:"],
        "report-uri": "/csp-report",
    }


def test_beat_pokes_tasks_that_exist(settings):
    celery.loader.import_default_modules()

    assert {entry["task"] for entry in settings.CELERY_BEAT_SCHEDULE.values()} - set(celery.tasks) == set()


def test_passwords_are_kept_by_argon2(settings):
    settings.PASSWORD_HASHERS = production.PASSWORD_HASHERS

    assert make_password("a long enough password").startswith("argon2$argon2id$")


def test_static_files_build_for_production(settings, tmp_path):
    settings.STATIC_ROOT = tmp_path
    settings.STORAGES = {**settings.STORAGES, "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.ManifestStaticFilesStorage"}}

    call_command("collectstatic", interactive=False, verbosity=0)

    assert (tmp_path / "staticfiles.json").exists()


def test_a_log_line_about_a_request_names_the_route_and_no_person():
    record = logging.LogRecord("django.request", logging.WARNING, "", 0, "Not Found: %s", ("/visit/sEcReT/",), None)
    record.request, record.status_code = RequestFactory().get("/visit/sEcReT/?email=ann@example.org"), 404

    assert WithoutPeople().format(record).endswith("WARNING django.request: GET (no route) 404")


def test_a_log_line_about_an_error_names_its_kind_and_place_but_not_its_words():
    try:
        int("ann@example.org")
    except ValueError as error:
        record = logging.LogRecord("web", logging.ERROR, "", 0, "It broke for %s", ("Ann",), (type(error), error, error.__traceback__))

    line = WithoutPeople().format(record)

    assert "Ann" not in line and "ann@" not in line
    assert "builtins.ValueError at " in line and "test_settings.py:" in line


def test_a_mail_service_is_set_up_by_one_address(monkeypatch):
    monkeypatch.setenv("EMAIL_URL", "anymail://mailgun?api_key=k%2Fey&sender_domain=mg.clinic.example")
    assert mail(default="", timeout=5) == {
        "EMAIL_BACKEND": "anymail.backends.mailgun.EmailBackend",
        "ANYMAIL": {"MAILGUN_API_KEY": "k/ey", "MAILGUN_SENDER_DOMAIN": "mg.clinic.example", "REQUESTS_TIMEOUT": 5},
    }
