"""Escalation, task mails and summaries without Celery: from a timer or by hand."""

from django.core.management.base import BaseCommand

from bookings.services.watch import keep_watch
from clinic import clock


class Command(BaseCommand):
    help = "Tell others of worrying answers nobody took, and staff of tasks that press and of their day, as the worker does."

    def handle(self, **options: object) -> None:
        keep_watch(now=clock.now())
        self.stdout.write("Looked.")
