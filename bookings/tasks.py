"""Doors for the clock."""

from celery import shared_task

from bookings.services import waitlist
from bookings.services.tidying import tidy_up
from bookings.services.watch import keep_watch
from clinic import clock


@shared_task(ignore_result=True)
def tidy() -> None:
    """Drop what has run out. Nothing depends on it: holds that ran out count as free anyway."""
    tidy_up(now=clock.now())


@shared_task(ignore_result=True)
def watch() -> None:
    """Notice what has to be noticed in time. Beat runs this each minute; any number may run at once."""
    keep_watch(now=clock.now())


@shared_task(ignore_result=True)
def offer_freed_times() -> None:
    """Offer what came free to the next person on the waitlist. Beat runs this every few seconds; any number may run at once."""
    waitlist.offer_freed_times(now=clock.now())
