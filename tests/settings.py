"""Settings of the tests: the real ones, on servers of their own, with mail kept in memory and a clock that can be moved."""

import os
import tempfile
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured

if "DATABASE_URL" not in os.environ:
    raise ImproperlyConfigured("The tests need servers: make test, or .venv/bin/python -m clinic.embedded run -- .venv/bin/pytest …")

os.environ |= {"ENV_FILE": "", "DEBUG": "0", "DEMO": "0", "HTTPS": "0"}  # what a developer keeps in .env must not decide a test
os.environ.setdefault("SECRET_KEY", "only-for-tests-only-for-tests-only-for-tests-only-for-tests")

from clinic.settings import *  # noqa: F403
from clinic.settings import CELERY_BEAT_SCHEDULE as _pokes
from clinic.settings import REDIS_URL as _redis
from clinic.settings import STORAGES

_worker = os.environ.get("PYTEST_XDIST_WORKER", "gw0")
_scratch = Path(tempfile.gettempdir()) / f"meridian-tests-{os.getuid()}-{os.getpid()}-{_worker}"

ALLOWED_HOSTS = ["localhost", "127.0.0.1", "testserver"]
SITE_URL = "https://meridian.test"
WHITENOISE_USE_FINDERS = True
PRIVATE_FILES = f"{_scratch}.private"
_private = {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": PRIVATE_FILES}}
STORAGES = {**STORAGES, "private": _private, "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # speed; the strong one has its own test
TEST_CLOCK = os.environ.get("TEST_CLOCK", f"{_scratch}.clock")
SMS_URL = os.environ.get("SMS_URL", f"file://{_scratch}.sms")
if os.environ.get("MAIL_FOLDER"):  # the worker process of the tests cannot hand over mail in memory
    EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    EMAIL_FILE_PATH = os.environ["MAIL_FOLDER"]

REDIS_URL = CELERY_BROKER_URL = f"{_redis.rsplit('/', 1)[0]}/{_worker.removeprefix('gw')}"
CELERY_TASK_DEFAULT_QUEUE = os.environ.get("QUEUE", "celery")  # workers of one test leave the pokes of another alone
CELERY_BEAT_SCHEDULE = {name: {**poke, "schedule": float(os.environ.get("TICK", poke["schedule"]))} for name, poke in _pokes.items()}
EMAIL_TIMEOUT = float(os.environ.get("PATIENCE", "5"))
CELERY_WORKER_SOFT_SHUTDOWN_TIMEOUT = 1
