"""The clock's door to the outbox."""

from celery import shared_task

from clinic import clock
from messaging.services import deliver_due as empty_the_outbox


@shared_task(ignore_result=True)
def deliver_due() -> None:
    """Deliver what is due. Beat pokes this every few seconds; any number may run at once."""
    empty_the_outbox(clock=clock.now)
