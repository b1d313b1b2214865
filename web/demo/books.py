"""The clinic's books: fees agreed, visits paid at the desk, and a few invoices in every state."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import groupby

from bookings.billing import given_of, payable, unbilled
from clinic.models import Clinic, User
from insurers.charging import Given
from insurers.enums import Excess, PaidBy, Payer, RefusedFor
from insurers.models import Charge, Funding, Insurer, Invoice, Policy
from insurers.services import set_funding
from insurers.services.fees import agree_fee, charge_visits
from insurers.services.invoicing import NotReady, draft_invoices, pass_shortfall, refuse_invoice, send_invoice, write_off
from insurers.services.payments import record_insurer_payment, take_payment
from intervals import local_date, to_instant
from treatments.models import Service

CASH_PLANS = ("health_shield", "paycare", "bhsf")
AGREED = {"acupuncture": 0.9, "electro-acupuncture": 0.9, "physiotherapy": 0.95}
OPEN_AT_DESK, DRAFTS = 3, 3
WAYS = PaidBy.CARD, PaidBy.CASH, PaidBy.CARD, PaidBy.TRANSFER


@dataclass
class Books:
    """Filled in as an admin and a desk would have done over some weeks."""

    clinic: Clinic
    now: datetime

    def __post_init__(self) -> None:
        staff = User.objects.filter(clinics=self.clinic).order_by("pk")
        self.desk = staff.filter(role="receptionist").first()
        self.admin = staff.filter(role="admin").first() or self.desk
        self.today = local_date(self.now, self.clinic.tz)

    def fill(self) -> None:
        self.claim_back()
        self.set_terms()
        self.agree_fees()
        self.bill()
        self.take_money()

    def claim_back(self) -> None:
        """A few who pay themselves claim it back from a cash plan."""
        own = Funding.objects.filter(course__clinic=self.clinic, payer=Payer.SELF).order_by("pk").select_related("course")
        for funding, slug in zip(own, CASH_PLANS if self.clinic.country == "GB" else (), strict=False):
            insurer = Insurer.objects.get(slug=slug)
            set_funding(
                course=funding.course, payer=Payer.RECLAIM, insurer=insurer, policy_number=f"{20_417_000 + funding.pk}", now=self.now
            )

    def set_terms(self) -> None:
        """Every other policy has an excess, yearly or at each visit."""
        policies = Policy.objects.filter(patient__clinic=self.clinic, fundings__payer=Payer.INSURER).order_by("pk").distinct()
        renewal = date(self.today.year + 1, 4, 1)
        for number, policy in enumerate(policies):
            terms = [(Excess.NONE, 0), (Excess.YEARLY, 10_000), (Excess.NONE, 0), (Excess.VISIT, 1_000)][number % 4]
            Policy.objects.filter(pk=policy.pk).update(excess_kind=terms[0], excess=terms[1], renews_on=renewal)

    def agree_fees(self) -> None:
        billed = Insurer.objects.filter(policies__patient__clinic=self.clinic, policies__fundings__payer=Payer.INSURER).distinct()
        services = Service.objects.at(self.clinic).offered().filter(slug__in=AGREED)
        for insurer in billed.order_by("name")[:3]:
            for service in services:
                amount = round(service.price * AGREED[service.slug], -2)
                first = date(self.today.year, 1, 1)
                agree_fee(insurer=insurer, service=service, amount=amount, first_day=first, last_day=None, by=self.admin, now=self.now)

    def bill(self) -> None:
        """An invoice for each patient with visits before last week: sent, and answered in every way; of later ones some are drafted."""
        before = self.today - timedelta(days=7)
        waiting = [given for given in unbilled(user=self.admin) if given.clinic == self.clinic]
        sent = [invoice for invoice in map(self.send, _by_course(given for given in waiting if given.on < before)) if invoice]
        for visits in _by_course(given for given in waiting if given.on >= before)[:DRAFTS]:
            draft_invoices(visits=visits, by=self.admin, now=self.now)
        for invoice, answer in zip(sent, (self.pay, self.refuse, self.pay_part, self.give_up, self.leave_rest, self.pay), strict=False):
            answer(invoice)

    def send(self, visits: list[Given]) -> Invoice | None:
        """Drafted the day after the last of them, sent where nothing is missing."""
        [draft, *_] = draft_invoices(visits=visits, by=self.admin, now=self.now) or [None]
        try:
            return draft and send_invoice(invoice=draft, by=self.admin, now=_day_after(visits[-1]), doubts_seen=True)
        except NotReady:
            return None

    def pay(self, invoice: Invoice) -> None:
        self._pay(invoice, 1.0)

    def pay_part(self, invoice: Invoice) -> None:
        self._pay(invoice, 0.6)

    def leave_rest(self, invoice: Invoice) -> None:
        """The insurer pays most of it, and the patient owes the rest."""
        owed = self._pay(invoice, 0.8)
        if owed:
            pass_shortfall(invoice=invoice, shares={invoice.lines.last().key: owed}, by=self.admin)

    def refuse(self, invoice: Invoice) -> None:
        refuse_invoice(invoice=invoice, refused_for=RefusedFor.CODE, because="The code belongs to another body area.", by=self.admin)

    def give_up(self, invoice: Invoice) -> None:
        write_off(invoice=invoice, because="The policy had ended; a goodwill visit.", by=self.admin)

    def _pay(self, invoice: Invoice, part: float) -> int:
        """Note that part of it came in; what is left is returned."""
        owed = Invoice.objects.with_sums().get(pk=invoice.pk).owed
        amount = round(owed * part, -2) or owed
        record_insurer_payment(
            invoice=invoice,
            amount=amount,
            paid_on=self.today - timedelta(days=1),
            way=PaidBy.TRANSFER,
            reference=f"REM {invoice.pk:06}",
            once=f"demo-{invoice.key}",
            by=self.admin,
            now=self.now,
        )
        return owed - amount

    def take_money(self) -> None:
        """Everybody has paid at the desk for what lies before today, but for a few."""
        visits = payable().filter(clinic=self.clinic, during__startswith__lt=self.now - timedelta(hours=20))
        ended = {visit.key: visit.end for visit in visits}
        charge_visits(visits=[given_of(visit) for visit in visits.with_people()], now=self.now)
        for number, charge in enumerate(Charge.objects.of_visits(ended).owing().by_date()):
            if number % 40 != OPEN_AT_DESK:
                self.take(charge, WAYS[number % len(WAYS)], ended[charge.visit])

    def take(self, charge: Charge, way: PaidBy, now: datetime) -> None:
        paid = {"amount": charge.owed, "way": way, "once": f"demo-{charge.key}"}
        take_payment(visits=[], charge_key=charge.visit, by=self.desk, now=now, **paid)


def _by_course(visits: Iterable[Given]) -> list[list[Given]]:
    """The visits of each course together, the course that was seen last at the end."""
    ordered = sorted(visits, key=lambda given: (given.session.course_id, given.on))
    grouped = [list(group) for _, group in groupby(ordered, key=lambda given: given.session.course_id)]
    return sorted(grouped, key=lambda group: group[-1].on)


def _day_after(given: Given) -> datetime:
    """The next morning at its clinic."""
    [morning] = to_instant(given.on + timedelta(days=1), time(9, 30), given.clinic.tz)
    return morning
