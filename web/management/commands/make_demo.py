"""Two invented clinics with a few weeks of diary around today; does nothing where there is a clinic already."""

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction
from django.db.models import F

from clinic import clock
from clinic.models import Clinic
from messaging.enums import State
from messaging.models import Message
from treatments.models import Technique
from web.demo.books import Books
from web.demo.diary import Diary
from web.demo.opening import open_clinic
from web.demo.people import sign_ins
from web.demo.places import PLACES
from web.demo.waiting import fill_waitlist

COURSES = {"bloomsbury": 76, "yanaka": 22}
SEED = 1126


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--sign-ins", action="store_true", help="only say who may sign in")

    def handle(self, *, sign_ins: bool, **options: object) -> None:
        if not settings.DEMO:
            raise CommandError("This makes invented people: set DEMO=1 to say that no real ones are kept here.")
        if not sign_ins and not Clinic.objects.exists():
            if not Technique.objects.exists():
                raise CommandError("Load the catalogue first: manage.py load_catalogue, then load_insurers.")
            make_everything()
        for line in sign_in_lines():
            self.stdout.write(line)


@transaction.atomic
def make_everything() -> None:
    """Open both clinics and fill their diaries: all of it or nothing."""
    now = clock.now()
    for number, place in enumerate(PLACES):
        clinic = open_clinic(place)
        Diary(clinic, now=now, seed=SEED + number).fill(courses=COURSES[clinic.slug])
        fill_waitlist(clinic, now=now)
        Books(clinic, now=now).fill()
    count_as_sent(now)


def count_as_sent(now: object) -> None:
    """What would have gone out before today has gone out."""
    Message.objects.in_state(State.DUE).filter(due_at__lt=now).update(state=State.SENT, sent_at=F("due_at"))


def sign_in_lines() -> list[str]:
    """One line per role, for whoever starts the demonstration."""
    return [f"  {each.role:<13} {each.email:<34} {each.how}" for each in sign_ins()]
