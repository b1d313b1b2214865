"""A visitor at the clinic's pages: a small clinic that takes first visits online, and the way through the booking."""

from datetime import datetime

from django.apps import apps
from django.core import mail
from django.test import Client

from bookings.models import Booking
from tests.bookings.cast import House, small_clinic
from tests.bookings.test_online import HEALTHY
from tests.clock import MovedClock
from tests.factories import InsurerFactory, ServiceFactory, TechniqueFactory, at
from tests.insurers.builders import KNOWN
from web.patient.offering import Times

NOW = at("08:00")
ABOUT = {
    "first_name": "Hannah",
    "last_name": "Lindley",
    "mobile": "07700 900142",
    "email": "hannah@example.org",
    "keep": "on",
    "true": "on",
}
PAGES = ("about", "urgent", "pain", "bleeding", "conditions", "history", "skin", "treatment")


def booking_house(**clinic: object) -> House:
    """A clinic with two first visits: acupuncture, and physiotherapy by the same practitioner."""
    house = small_clinic(slug="bloomsbury", **clinic)
    house.service.first_visit = True
    house.service.name = "Acupuncture, first visit"
    house.service.save()
    physio = TechniqueFactory(slug="physiotherapy", name="Physiotherapy", needles=False)
    house.physio = ServiceFactory(
        clinic=house.clinic,
        name="Physiotherapy, first visit",
        first_visit=True,
        practitioners=[house.practitioner],
        techniques=[physio],
        hands_in=45,
        rest=0,
        hands_out=0,
        price=7200,
        position=1,
    )
    return house


def shown_in(times: Times) -> list[dict[str, object]]:
    """Every time that a page of times shows, in its order."""
    return [time for _, group in times.groups for time in group]


class Visitor:
    """Somebody at the booking with a browser; each step does what its page asks and returns the answer."""

    def __init__(self, house: House, clock: MovedClock, now: datetime = NOW):
        self.house, self.clock, self.client = house, clock, Client()
        clock.set(now)

    def url(self, name: str) -> str:
        return f"/book/{self.house.clinic.slug}/{name}"

    def get(self, name: str = "", **asked: str):
        return self.client.get(self.url(name), asked)

    def post(self, name: str = "", **sent: object):
        return self.client.post(self.url(name), sent)

    @property
    def booking(self) -> Booking:
        return Booking.objects.get(key=self.client.session["booking"])

    def begin(self, complaint: str = "lower_back"):
        return self.post(reason=complaint)

    def choose(self, service=None):
        return self.post("visit/", service=(service or self.house.service).key)

    def answer(self, **changes: object):
        """Answer every safety page, healthy but for `changes`."""
        answers = HEALTHY | {"where": None, "medicines_typed": "", "details": ""} | changes
        response = self.get("safety/")
        for _ in range(14):
            if response.status_code != 302 or "/safety/" not in response["Location"]:
                return response
            name = response["Location"].split("/book/bloomsbury/")[1]
            response = self.post(name, **self.sent_for(self.get(name), answers))
        raise AssertionError("The safety pages never end")

    @staticmethod
    def sent_for(page, answers: dict[str, object]) -> dict[str, object]:
        """What the page's own questions are answered with."""
        sent = {}
        for question in page.context["page"].questions:
            value = answers.get(question.id, "")
            if question.kind == "date":
                year, month, day = value.split("-")
                sent |= {f"{question.id}_day": day, f"{question.id}_month": month, f"{question.id}_year": year}
            elif value is not None:
                sent[question.id] = value
        return sent

    def confirm(self, says: str = "yes"):
        """Say the same to how each typed medicine was read."""
        form = self.get("medicines/").context["form"]
        return self.post("medicines/", **{each.id: says for each in form.typed.read})

    def take(self, clock: str = "10:00", day: str = "2026-11-26", practitioner=None):
        who = practitioner or self.house.practitioner
        return self.post("times/", time=f"{at(clock, day):%Y%m%dT%H%MZ}-{who.key}")

    def pay(self, **sent: object):
        return self.post("payer/", **({"payer": "self"} | sent))

    def tell(self, **changes: str):
        return self.post("about/", **(ABOUT | changes))

    def prove(self):
        return self.post("code/", code=mailed_code())

    def to_times(self, **changes: object):
        self.begin()
        self.choose()
        return self.answer(**changes)

    def to_check(self, *, clock: str = "10:00", **changes: object):
        self.to_times(**changes)
        self.take(clock)
        self.pay()
        self.tell()
        return self.prove()

    def book(self, **changes: object):
        self.to_check(**changes)
        return self.post("check/")


def mailed_code() -> str:
    return mail.outbox[-1].subject.partition(" is your code")[0]


def axa():
    """An insurer of the directory."""
    return InsurerFactory(**KNOWN["axa_ppp"] | {"slug": "axa_ppp", "name": "AXA Health"})


def snapshot() -> dict[str, list]:
    """Every row of every table but sessions and the counts of who knocks, to see that nothing changed."""
    ours = ("clinic", "messaging", "patients", "treatments", "insurers", "bookings")
    models = [model for app in ours for model in apps.get_app_config(app).get_models() if model.__name__ != "Throttle"]
    return {model.__name__: list(model.objects.order_by("pk").values()) for model in models}
