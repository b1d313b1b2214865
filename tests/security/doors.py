"""Who may come in where: one line for each door of the house, written by hand."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from django.http import HttpResponse
from django.urls import reverse
from django.utils.http import int_to_base36

from tests.security.world import ACTORS, World

Args = Callable[[World], Mapping[str, str]]


def nothing(world: World) -> Mapping[str, str]:
    return {}


@dataclass(frozen=True)
class Door:
    """Who comes in, the address as Hannah's rows make it, and other ways to look at it."""

    who: frozenset[str]
    args: Args = nothing
    looks: tuple[str, ...] = field(default=())

    def address(self, name: str, world: World) -> str:
        return reverse(name, kwargs=dict(self.args(world)))


def all_of(who: str) -> frozenset[str]:
    return frozenset(who.split())


EVERYBODY = frozenset(ACTORS)
SIGNED_IN = all_of("A1 A2 A3 A4 A5 A6 B5 B6")
PATIENTS = all_of("A1 A2")
PRACTITIONERS = all_of("A3 A4")
STAFF = all_of("A3 A4 A5 A6 B5 B6")
OFFICE = all_of("A5 A6 B5 B6")
ADMINS = all_of("A6 B6")
# Of Hannah's clinic only
OUR_PRACTITIONER = all_of("A3")
OUR_OFFICE = all_of("A5 A6")
OUR_STAFF = all_of("A3 A5 A6")
OUR_ADMIN = all_of("A6")


def site(world: World) -> dict[str, str]:
    return {"slug": world.here.clinic.slug}


def visit(world: World) -> dict[str, str]:
    return {"key": world.hannah.ahead.key}


def course(world: World) -> dict[str, str]:
    return {"key": world.hannah.course.key}


def freed(world: World) -> dict[str, str]:
    return {"key": world.hannah.freed.key}


def hit(world: World) -> dict[str, str]:
    return {"key": world.hannah.hit.key}


def approval(world: World) -> dict[str, str]:
    return {"key": world.hannah.authorisation.key}


def policy(world: World) -> dict[str, str]:
    return {"key": world.hannah.policy.key}


def draft(world: World) -> dict[str, str]:
    return {"key": world.hannah.money.draft.key}


def sent(world: World) -> dict[str, str]:
    return {"key": world.hannah.money.sent.key}


def part_paid(world: World) -> dict[str, str]:
    return {"key": world.hannah.money.part_paid.key}


def payment(world: World) -> dict[str, str]:
    return {"key": world.hannah.money.payment.key}


def paid_visit(world: World) -> dict[str, str]:
    return {"key": world.hannah.here.key}


def patient(world: World) -> dict[str, str]:
    return {"key": world.hannah.patient.key}


DOORS: dict[str, Door] = {
    # Pages for everybody
    "home": Door(EVERYBODY),
    "clinic": Door(EVERYBODY, site),
    "pages:accessibility": Door(EVERYBODY),
    "pages:complaints": Door(EVERYBODY),
    "pages:csp-report": Door(EVERYBODY),
    "manage:receipt": Door(EVERYBODY),
    "pages:privacy": Door(EVERYBODY),
    "pages:robots": Door(EVERYBODY),
    "patient:ask": Door(EVERYBODY, site),
    "patient:asked": Door(EVERYBODY, site),
    "patient:urgent": Door(EVERYBODY, site),
    "manage:health": Door(EVERYBODY),
    "manage:health-ready": Door(EVERYBODY),
    # Signing in
    "account_login": Door(EVERYBODY),
    "account_request_login_code": Door(EVERYBODY),
    "account_confirm_login_code": Door(EVERYBODY),
    "account_logout": Door(EVERYBODY),
    "account_signup": Door(EVERYBODY),
    "account_inactive": Door(EVERYBODY),
    "account_reset_password": Door(EVERYBODY),
    "account_reset_password_done": Door(EVERYBODY),
    "account_reset_password_from_key": Door(EVERYBODY, lambda world: {"uidb36": int_to_base36(world.hannah.user.pk), "key": "cx-0"}),
    "account_reset_password_from_key_done": Door(EVERYBODY),
    "account_change_password": Door(SIGNED_IN),
    "account_set_password": Door(SIGNED_IN),
    "start": Door(SIGNED_IN),
    # Booking: a page shows what this browser's own booking holds, or leads back to the first
    "book:start": Door(EVERYBODY, site),
    "book:service": Door(EVERYBODY, site),
    "book:safety_first": Door(EVERYBODY, site),
    "book:safety": Door(EVERYBODY, lambda world: site(world) | {"page_id": "about"}),
    "book:again": Door(EVERYBODY, site),
    "book:medicines": Door(EVERYBODY, site),
    "book:result": Door(EVERYBODY, site),
    "book:times": Door(EVERYBODY, site),
    "book:day_times": Door(EVERYBODY, site),
    "book:month_days": Door(EVERYBODY, site),
    "book:hold": Door(EVERYBODY, lambda world: site(world) | {"page": "check"}),
    "book:course": Door(EVERYBODY, site),
    "book:payer": Door(EVERYBODY, site),
    "book:about": Door(EVERYBODY, site),
    "book:code": Door(EVERYBODY, site),
    "book:code_again": Door(EVERYBODY, site),
    "book:check": Door(EVERYBODY, site),
    "book:waitlist": Door(EVERYBODY, site),
    "book:done": Door(EVERYBODY, site),
    # A visit, by its link
    "patient:enter": Door(EVERYBODY, lambda world: {"token": world.hannah.token}),
    "patient:visit": Door(all_of("LK")),
    "patient:move": Door(all_of("LK")),
    "patient:visit_offer": Door(all_of("LK")),
    "patient:move_day": Door(all_of("LK")),
    "patient:move_month": Door(all_of("LK")),
    "patient:cancel": Door(all_of("LK")),
    "patient:calendar": Door(all_of("LK")),
    "patient:earlier": Door(all_of("LK")),
    # A time from the waitlist, by its link
    "patient:offer_enter": Door(EVERYBODY, lambda world: {"token": world.hannah.offer_token}),
    "patient:offer": Door(all_of("LK")),
    "patient:offer_take": Door(all_of("LK")),
    "patient:offer_leave": Door(all_of("LK")),
    "patient:answers": Door(all_of("LK")),
    "patient:answers_page": Door(all_of("LK"), lambda world: {"page_id": "about"}),
    "patient:answers_medicines": Door(all_of("LK")),
    "patient:answers_check": Door(all_of("LK")),
    "patient:answers_done": Door(all_of("LK")),
    "patient:question_enter": Door(EVERYBODY, lambda world: {"token": world.hannah.question_token}),
    "patient:question": Door(all_of("LK")),
    # How it was after a session, by its link
    "patient:how_enter": Door(EVERYBODY, lambda world: {"token": world.hannah.how_token}),
    "patient:how": Door(all_of("LK"), looks=("?again=1",)),
    "patient:how_noticed": Door(all_of("LK")),
    # What we send, by the link of a mail
    "patient:stop": Door(EVERYBODY, lambda world: {"token": world.hannah.stop_token}),
    "patient:wishes_enter": Door(EVERYBODY, lambda world: {"token": world.hannah.stop_token}),
    "patient:wishes": Door(all_of("LK")),
    # Patients
    "patient:plan": Door(PATIENTS, looks=("?of={hannah}",)),
    "patient:plan_wishes": Door(all_of("A1"), patient),
    "patient:plan_let_go": Door(all_of("A1"), course),
    "patient:plan_visit": Door(all_of("A1"), visit),
    "patient:plan_offer": Door(all_of("A1"), lambda world: {"key": world.hannah.offer.key}),
    "patient:plan_wait": Door(all_of("A1"), lambda world: {"key": world.hannah.entry.session.key}),
    "patient:plan_stop_waiting": Door(all_of("A1"), lambda world: {"key": world.hannah.entry.key}),
    # Practitioners
    "practitioner:today": Door(PRACTITIONERS, looks=("?visit={here}", "?visit={ahead}")),
    "practitioner:day": Door(PRACTITIONERS, lambda world: {"day": "2026-12-03"}, looks=("?visit={ahead}",)),
    "practitioner:patient": Door(OUR_STAFF, patient),
    "practitioner:history": Door(OUR_PRACTITIONER, patient),
    "practitioner:reviews": Door(PRACTITIONERS),
    "practitioner:review": Door(OUR_PRACTITIONER, lambda world: {"key": world.hannah.intake.key}),
    "practitioner:overrule": Door(OUR_PRACTITIONER, lambda world: {"key": world.hannah.intake.key, "finding": world.hannah.finding.key}),
    "practitioner:course": Door(OUR_PRACTITIONER, course),
    "practitioner:prescribe": Door(OUR_PRACTITIONER, course, looks=("/courses/{assessment}/prescribe/",)),
    "practitioner:replan": Door(OUR_STAFF, course),
    "practitioner:record": Door(
        OUR_PRACTITIONER,
        lambda world: {"key": world.hannah.draft.session.key},
        looks=("?view=front&point=BL23", "/sessions/{signed}/record/"),
    ),
    "practitioner:check_back": Door(OUR_PRACTITIONER, lambda world: {"key": world.hannah.signed.key}),
    "practitioner:amend": Door(OUR_PRACTITIONER, lambda world: {"key": world.hannah.signed.session.key}),
    "practitioner:step": Door(OUR_PRACTITIONER, lambda world: {"key": world.hannah.here.key, "deed": "insertion"}),
    # The desk
    "reception:diary": Door(
        STAFF,
        looks=(
            "?visit={here}",
            "?visit={ahead}&day=2026-12-03",
            "?shape=list&span=week",
            "?columns=room",
            "?file=csv",
            "?clinic=here",
            "?q=Hannah&shape=list",
        ),
    ),
    "reception:patients": Door(STAFF, looks=("?q=Hannah", "?q=Lindley&file=csv", "?file=csv")),
    "reception:rooms": Door(STAFF, looks=("?clinic=here",)),
    "reception:book": Door(OFFICE, looks=("?q=Hannah", "?q=Grace", "?q=Hannah&patient=")),
    "reception:register": Door(OFFICE),
    "reception:visit": Door(OUR_STAFF, visit),
    "reception:move": Door(OUR_OFFICE, visit),
    "reception:cancel": Door(OUR_OFFICE, visit),
    "reception:waive": Door(OUR_OFFICE, visit),
    "reception:undo": Door(OUR_OFFICE, visit),
    "reception:book_course": Door(OUR_OFFICE, course),
    "reception:step": Door(OUR_STAFF, lambda world: {"key": world.hannah.here.key, "deed": "undo-check-in"}),
    # Who waits, and who is away
    "reception:waitlist": Door(OFFICE, looks=("?q=Hannah", "?clinic=here")),
    "reception:waitlist_csv": Door(OFFICE),
    "reception:waitlist_who": Door(OFFICE, looks=("?q=Hannah",)),
    "reception:waitlist_what": Door(OUR_OFFICE, patient),
    "reception:waitlist_add": Door(OUR_OFFICE, lambda world: patient(world) | {"session": world.hannah.entry.session.key}),
    "reception:waitlist_off": Door(OUR_OFFICE, lambda world: {"key": world.hannah.entry.key}),
    "reception:freed": Door(OUR_OFFICE, freed),
    "reception:freed_open": Door(OUR_OFFICE, freed),
    "reception:freed_offer": Door(OUR_OFFICE, lambda world: freed(world) | {"entry": world.hannah.entry.key}),
    "reception:absences": Door(OFFICE, looks=("?clinic=here",)),
    "reception:absence_remove": Door(OUR_OFFICE),
    "reception:worklist": Door(OFFICE, looks=("?clinic=here",)),
    "reception:worklist_all": Door(OFFICE),
    "reception:worklist_move": Door(OUR_OFFICE, hit),
    "reception:worklist_ask": Door(OUR_OFFICE, hit),
    # Who pays
    "approvals:board": Door(OFFICE, looks=("?q=Hannah", "?code={policy}", "?insurer=bupa_physiotherapy")),
    "approvals:csv": Door(OFFICE, looks=("?q=Hannah",)),
    "approvals:insurers": Door(OFFICE),
    "approvals:many": Door(ADMINS),
    "approvals:insurer": Door(ADMINS, lambda world: {"slug": "vitality"}),
    "approvals:insurer-new": Door(ADMINS),
    "approvals:number": Door(OFFICE, looks=("?insurer=vitality&kind=policy&name=number&number=1234567890",)),
    "approvals:rules": Door(ADMINS),
    "approvals:clinic-rules": Door(OUR_ADMIN, lambda world: {"slug": world.hannah.patient.clinic.slug}),
    "approvals:authorisation": Door(OUR_ADMIN, approval),
    "approvals:upload": Door(OUR_ADMIN, approval),
    "approvals:letter": Door(OUR_ADMIN, lambda world: {"key": world.hannah.request.key}),
    "approvals:document": Door(OUR_ADMIN, lambda world: {"key": world.hannah.letter.key}),
    "approvals:policy": Door(OUR_OFFICE, policy),
    "approvals:policy-edit": Door(OUR_OFFICE, policy),
    "approvals:chased": Door(OUR_ADMIN, policy),
    "approvals:extend": Door(OUR_ADMIN, policy),
    "approvals:code": Door(OUR_ADMIN, policy),
    "approvals:asked": Door(OUR_ADMIN, policy),
    "approvals:refused": Door(OUR_ADMIN, policy),
    "approvals:patient-pays": Door(OUR_ADMIN, policy),
    # Money
    "billing:start": Door(OFFICE),
    "billing:invoices": Door(ADMINS, looks=("?q=Hannah", "?state=drafted", "?insurer=bupa_physiotherapy")),
    "billing:invoices-csv": Door(ADMINS, looks=("?q=Hannah",)),
    "billing:draft": Door(ADMINS),
    "billing:invoice": Door(OUR_ADMIN, part_paid),
    "billing:invoice-pdf": Door(OUR_ADMIN, sent),
    "billing:invoice-csv": Door(OUR_ADMIN, sent),
    "billing:send": Door(OUR_ADMIN, draft),
    "billing:paid": Door(OUR_ADMIN, sent),
    "billing:refused": Door(OUR_ADMIN, sent),
    "billing:shortfall": Door(OUR_ADMIN, part_paid),
    "billing:written-off": Door(OUR_ADMIN, sent),
    "billing:chased": Door(OUR_ADMIN, sent),
    "billing:drop": Door(OUR_ADMIN, draft),
    "billing:desk": Door(OFFICE, looks=("?q=Hannah",)),
    "billing:desk-csv": Door(OFFICE),
    "billing:pay": Door(OUR_OFFICE, paid_visit),
    "billing:receipt": Door(OUR_OFFICE, payment),
    "billing:receipt-pdf": Door(OUR_OFFICE, payment),
    "billing:take-back": Door(OUR_ADMIN, payment),
    "billing:prices": Door(OFFICE),
    "billing:agree": Door(OUR_ADMIN, lambda world: {"key": world.here.acupuncture.key}),
    "billing:end-fee": Door(OUR_ADMIN, lambda world: {"key": world.hannah.money.agreement.key}),
    "billing:reports": Door(ADMINS),
    "billing:report-csv": Door(ADMINS, looks=("?which=approvals", "?which=refusals")),
    # The house
    "manage:outbox": Door(OFFICE, looks=("?q=Hannah", "?state=failed", "?state=due")),
    "manage:outbox-csv": Door(OFFICE, looks=("?state=due",)),
    "manage:previews": Door(ADMINS),
    "manage:preview": Door(ADMINS, lambda world: {"name": "appointment-booked"}),
    "manage:preview-mail": Door(ADMINS, lambda world: {"name": "appointment-booked", "language": "ja"}),
    "manage:message": Door(OUR_OFFICE, lambda world: {"key": world.hannah.message.key, "deed": "told"}),
    "manage:tasks": Door(STAFF),
    "manage:task-done": Door(all_of("A5"), lambda world: {"key": world.hannah.task.key}),
    "manage:home": Door(ADMINS),
    "manage:service": Door(OUR_ADMIN, lambda world: {"key": world.here.acupuncture.key}),
    "manage:person": Door(OUR_ADMIN, lambda world: {"key": world.here.practitioner.key}),
    "manage:message-rules": Door(OUR_ADMIN, site),
    "manage:answers": Door(OUR_ADMIN, site),
    "manage:rules": Door(OUR_ADMIN, site),
    "manage:health-page": Door(ADMINS),
}


def spelled(look: str, world: World) -> str:
    """A look with Hannah's keys in it."""
    file = world.hannah
    return look.format(
        signed=file.signed.session.key,
        assessment=file.assessment.key,
        hannah=file.patient.key,
        here=file.here.key,
        ahead=file.ahead.key,
        policy=file.policy.key,
        course=file.course.key,
    )


def outcome(response: HttpResponse) -> str:
    """What an answer says to whoever asked: `in`, `hidden`, `sign in first`, `not that way` or `broken`."""
    if response.status_code >= 500:
        return "broken"
    if response.status_code == 302 and "/account/login/?next=" in response["Location"]:
        return "sign in first"
    return {404: "hidden", 405: "not that way", 403: "refused"}.get(response.status_code, "in")
