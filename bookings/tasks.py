"""Doors for the clock."""

from celery import shared_task

from bookings.services.tidying import tidy_up
from clinic import clock


@shared_task(ignore_result=True)
def tidy() -> None:
    """Drop what has run out. Nothing depends on it: holds that ran out count as free anyway."""
    tidy_up(now=clock.now())
