"""The Celery application: it only pokes; times and messages live in PostgreSQL."""

import gc
import os

from celery import Celery
from celery.signals import worker_process_init

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "clinic.settings")

app = Celery("clinic")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@worker_process_init.connect
def spare_what_stays(**_: object) -> None:
    """Let the collector of garbage pass over all that was loaded before the first task: a sixth of a message's cost."""
    gc.collect()
    gc.freeze()
