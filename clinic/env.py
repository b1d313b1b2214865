"""The one reader of the environment: every name it knows stands in .env.example."""

import os
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import environ
from django.core.exceptions import ImproperlyConfigured

BASE_DIR = Path(__file__).resolve().parent.parent

env = environ.Env()

_file = Path(os.environ.get("ENV_FILE", BASE_DIR / ".env"))
if _file.is_file():
    env.read_env(_file)


def required(name: str, why: str) -> str:
    """The value of `name`, or a stop that says what it is for."""
    value = env.str(name, default="")
    if not value:
        raise ImproperlyConfigured(f"{name} is not set: {why}. See .env.example.")
    return value


def database() -> dict:
    """Django's description of the database that DATABASE_URL names; `?host=/folder` means a Unix socket."""
    required("DATABASE_URL", "it says which PostgreSQL keeps the records")
    config = env.db_url("DATABASE_URL")
    options = config.setdefault("OPTIONS", {})
    config["HOST"] = options.pop("host", "") or config["HOST"]
    options.setdefault("connect_timeout", 5)
    options["server_side_binding"] = True  # without it nothing can be prepared
    options["prepare_threshold"] = env.int("DATABASE_PREPARE_AFTER", default=5) or None
    return config


def mail(default: str, timeout: int) -> dict:
    """Django's mail settings for EMAIL_URL; `filemail:///folder` writes mail into that folder, `anymail://` names a mail service."""
    url = env.str("EMAIL_URL", default=default)
    if url.startswith("anymail:"):
        return mail_service(url, timeout)
    config = env.email_url_config(url) if url else {}
    if url.startswith("filemail:"):
        config["EMAIL_FILE_PATH"] = "/" + config["EMAIL_FILE_PATH"].lstrip("/")
    return config


def mail_service(url: str, timeout: int) -> dict:
    """Settings for django-anymail: `anymail://postmark?server_token=…` is ANYMAIL's POSTMARK_SERVER_TOKEN."""
    parts = urlsplit(url)
    service = parts.netloc
    given = {f"{service}_{name}".upper(): value for name, value in parse_qsl(parts.query)}
    return {"EMAIL_BACKEND": f"anymail.backends.{service}.EmailBackend", "ANYMAIL": {**given, "REQUESTS_TIMEOUT": timeout}}
