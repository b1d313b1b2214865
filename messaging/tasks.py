"""The clock's door to the outbox."""

from celery import shared_task

from clinic import clock
from messaging.models import BEAT
from messaging.services import deliver_due as empty_the_outbox
from messaging.services.delivery import beat


@shared_task(ignore_result=True)
def deliver_due() -> None:
    """Deliver what is due. Beat pokes this every few seconds; any number may run at once."""
    beat(name=BEAT, now=clock.now())
    empty_the_outbox(clock=clock.now)
