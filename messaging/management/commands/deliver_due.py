"""The outbox without Celery: from a timer or by hand."""

from django.core.management.base import BaseCommand

from clinic import clock
from messaging.services import deliver_due


class Command(BaseCommand):
    help = "Deliver the messages that are due, as the worker does."

    def handle(self, **options: object) -> None:
        looked_at = deliver_due(clock=clock.now)
        self.stdout.write(f"Looked at {looked_at} due message{'' if looked_at == 1 else 's'}.")
