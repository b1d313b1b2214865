"""What each form of the house is sent when it is filled in well: by whom, where, and with which words."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from django.core.files.uploadedfile import SimpleUploadedFile

from bookings.enums import Because
from bookings.services.replanning import propose_changes
from bookings.worklist import worklist
from clinic.models import Absence
from clinic.services import BookingRules
from insurers.models import Invoice
from patients.reviewing import stamp_of
from tests.factories import NOON
from tests.security.doors import DOORS
from tests.security.world import INSURER, PASSWORD, World
from tests.web.patients import ABOUT

Body = dict[str, object]
AN_INSURER = {"name": "Guild Benefit", "kind": "pmi", "claim_model": "direct", "pre_authorisation": "required", "active": "on"}
AN_INSURER |= {"excess_collector": "clinic", "invoice_grouping": "visit"}
COVER_RULES = {
    "beyond": "block",
    "late_cancel": "waive",
    "dna": "consume",
    "code_late": "release",
    "code_hours": "24",
    "remind_hours": "24",
}
WISHES = {"part": "morning", "notice": "3"}


@dataclass(frozen=True)
class Sent:
    """One form filled in: who sends it, and what it says."""

    actor: str
    body: Callable[[World], Body] = lambda world: {}
    at: Callable[[World], str] | None = None
    form: Callable[[World], str] | None = None  # the page it stands on, where that has another address

    def address(self, name: str, world: World) -> str:
        return self.at(world) if self.at else DOORS[name].address(name, world)


def time_in(days: int, hour: int, world: World) -> str:
    """How a form names a time of the practitioner's."""
    return f"{NOON.replace(hour=hour) + timedelta(days=days):%Y%m%dT%H%MZ}-{world.here.practitioner.key}"


def record(world: World) -> Body:
    return {
        "techniques": "traditional_acupuncture",
        "red_flags_asked": "on",
        "consent_confirmed": "on",
        "position": "prone",
        "retention_minutes": "20",
        "needle_make": "Aoki J",
        "needles_out": "2",
        "pain_before": "5",
        "pain_after": "3",
        "note": "Better.",
        "next_plan": "Weekly.",
        "needles-TOTAL_FORMS": "1",
        "needles-INITIAL_FORMS": "1",
        "needles-0-point": "BL23",
        "needles-0-side": "both",
        "needles-0-needles": "2",
        "needles-0-depth_mm": "15",
        "needles-0-reason": "As last time",
        "save": "keep",
    }


def prescription(world: World) -> Body:
    return {
        "condition": "chronic_low_back_pain",
        "severity": "moderate",
        "chronicity": "chronic",
        "service": world.here.acupuncture.key,
        "sessions": "10",
        "reason": "They travel far",
        "techniques": "traditional_acupuncture",
        "goal": "To turn the head",
        "safety_override": "Agreed with the surgeon",
    }


def invoice_page(invoice: Invoice) -> str:
    return f"/billing/invoices/{invoice.key}/"


def at_the_desk(world: World) -> str:
    return f"/diary/book/?patient={world.hannah.patient.key}&service={world.here.first_visit.key}&day=2026-12-04"


def new_time(world: World) -> str:
    """Where the visit that was hit by leave could go."""
    [item] = [item for item in worklist(world.here.clinic, now=NOON) if item.appointment == world.hannah.hit]
    return item.shown[0].slot.value


def replanned(world: World) -> Body:
    """The rest of a course as it is proposed anew after an improvement."""
    changes = propose_changes(course=world.hannah.course, because=Because.IMPROVED, now=NOON)
    dates = {f"date-{number}": value for number, value in changes.values.items()}
    return {"because": Because.IMPROVED, "stamp": changes.stamp, "reason": "Better since the third visit", **dates}


def policy_page(world: World) -> str:
    return f"/approvals/{world.hannah.policy.key}/"


POSTS: dict[str, Sent] = {
    "book:start": Sent("VI", lambda w: {"reason": "neck"}),
    "book:service": Sent("VI", lambda w: {"service": w.here.other_first_visit.key}),
    "book:safety": Sent("VI", lambda w: {"born_day": "15", "born_month": "3", "born_year": "1984", "pregnant": "no"}),
    "book:times": Sent("VI", lambda w: {"time": time_in(1, 15, w)}),
    "book:hold": Sent("VI"),
    "book:course": Sent("VI", lambda w: {"pain": "5"}),
    "book:payer": Sent("VI", lambda w: {"payer": "insurer", "insurer": INSURER, "number": "BUPA9", "code_when": "later"}),
    "book:about": Sent("VI", lambda w: ABOUT | {"email": "vera@example.org", "first_name": "Anna"}),
    "book:code": Sent("VI", lambda w: {"code": "123456"}),
    "book:code_again": Sent("VI"),
    "book:check": Sent("VI"),
    "book:waitlist": Sent("VI", lambda w: ABOUT | WISHES | {"email": "vera@example.org", "weeks": "4"}),
    "patient:earlier": Sent("LK", lambda w: WISHES),
    "patient:offer_take": Sent("LK"),
    "patient:stop": Sent("A0"),
    "patient:wishes": Sent(
        "LK",
        lambda w: {"reminders": "sms", "aftercare": "mail", "offers": "both", "news": "none", "language": "ja", "shows_what": "on"},
    ),
    "patient:how": Sent("LK", lambda w: {"feel": "worse", "once": "form-9"}),
    "patient:how_noticed": Sent("LK", lambda w: {"feel": "worse", "once": "form-8", "q-soreness": "strong"}),
    "practitioner:check_back": Sent("A3", lambda w: {"words": "Rang: easing"}),
    "patient:question": Sent("LK", lambda w: {"answer": "No, never."}),
    "patient:offer_leave": Sent("LK", lambda w: {"stay": "yes"}, form=lambda w: "/offer/"),
    "patient:answers": Sent("LK", lambda w: {"deed": "afresh"}),
    "patient:plan_let_go": Sent("A1"),
    "patient:plan_wait": Sent("A1", lambda w: WISHES | {"weeks": "4"}),
    "patient:plan_stop_waiting": Sent("A1"),
    "patient:ask": Sent("A0", lambda w: {"name": "Anna Berg", "phone": "07700 900300", "when": "morning"}),
    "patient:move": Sent("LK", lambda w: {"time": time_in(8, 15, w)}),
    "patient:cancel": Sent("LK", lambda w: {"because": "Away"}),
    "practitioner:step": Sent("A3"),
    "practitioner:review": Sent("A3", lambda w: {"decision": "cleared", "words": "Asked by phone", "as_read": stamp_of(w.hannah.intake)}),
    "practitioner:overrule": Sent(
        "A3", lambda w: {f"{w.hannah.finding.key}-because": "Scan was clear"}, form=lambda w: f"/reviews/{w.hannah.intake.key}/"
    ),
    "practitioner:prescribe": Sent("A3", prescription, lambda w: f"/courses/{w.hannah.assessment.key}/prescribe/"),
    "practitioner:record": Sent("A3", record),
    "practitioner:amend": Sent(
        "A3", lambda w: {"words": "Left and right were swapped"}, form=lambda w: f"/sessions/{w.hannah.signed.session.key}/record/"
    ),
    "reception:book": Sent("A5", lambda w: {"time": time_in(8, 15, w), "complaint": "neck", "payer": "self"}, at_the_desk),
    "reception:register": Sent(
        "A5",
        lambda w: {
            "first_name": "Anna",
            "last_name": "Berg",
            "born_day": "1",
            "born_month": "2",
            "born_year": "1980",
            "mobile": "07700 900300",
            "email": "anna@example.org",
        },
    ),
    "reception:move": Sent("A5", lambda w: {"time": time_in(8, 15, w)}),
    "reception:undo": Sent("A5"),
    "reception:waive": Sent("A5", lambda w: {"because": "Train strike"}),
    "reception:cancel": Sent("A5", lambda w: {"who": "patient", "because": "Away"}),
    "reception:step": Sent("A5"),
    "reception:book_course": Sent("A5"),
    "practitioner:replan": Sent("A3", replanned),
    "reception:waitlist_add": Sent("A5", lambda w: {"first_day": "2026-12-01", "last_day": "2026-12-20", "urgency": "1", "notice": "2"}),
    "reception:waitlist_off": Sent("A5"),
    "reception:freed_open": Sent("A5"),
    "reception:freed_offer": Sent("A5"),
    "reception:absences": Sent(
        "A5", lambda w: {"who": w.here.rooms[1].key, "first_day": "2026-12-20", "last_day": "2026-12-21", "reason": "Paint"}
    ),
    "reception:absence_remove": Sent("A5", lambda w: {"absence": str(Absence.objects.get(clinic=w.here.clinic).pk)}),
    "reception:worklist_all": Sent("A5", lambda w: {f"visit-{w.hannah.hit.key}": new_time(w)}, form=lambda w: "/worklist/"),
    "reception:worklist_move": Sent("A5", lambda w: {"time": new_time(w)}, form=lambda w: "/worklist/"),
    "reception:worklist_ask": Sent("A5", form=lambda w: "/worklist/"),
    "approvals:code": Sent(
        "A6", lambda w: {"code": "PRE-9", "units": "6", "body_area": "lower_back", "last_day": "2027-12-31", "keep": "on"}, form=policy_page
    ),
    "approvals:many": Sent("A6", lambda w: {"deed": "asked", "policy": w.hannah.policy.key}, form=lambda w: "/approvals/"),
    "approvals:insurer": Sent("A6", lambda w: {**AN_INSURER, "seen": "0"}),
    "approvals:insurer-new": Sent("A6", lambda w: AN_INSURER),
    "approvals:clinic-rules": Sent("A6", lambda w: COVER_RULES),
    "approvals:authorisation": Sent("A6", lambda w: {"code": w.hannah.authorisation.code, "units": "8", "keep": "on"}),
    "approvals:upload": Sent(
        "A6",
        lambda w: {"file": SimpleUploadedFile("Card.pdf", b"%PDF-1.4 card %%EOF")},
        form=lambda w: f"/approvals/codes/{w.hannah.authorisation.key}/",
    ),
    "approvals:policy-edit": Sent("A6", lambda w: {"number": "BUPA-NEW-1", "keep": "on"}),
    "approvals:chased": Sent("A6", form=policy_page),
    "approvals:extend": Sent("A6", lambda w: {"units": "4", "rationale": "Two points better"}),
    "approvals:asked": Sent("A6", form=policy_page),
    "approvals:refused": Sent("A6", form=policy_page),
    "approvals:patient-pays": Sent("A6"),
    "billing:draft": Sent("A6"),
    "billing:send": Sent("A6", lambda w: {"doubts_seen": "on"}, form=lambda w: invoice_page(w.hannah.money.draft)),
    "billing:paid": Sent(
        "A6",
        lambda w: {"amount": "10", "paid_on": "26 Nov 2026", "way": "transfer", "reference": "", "once": "paid-once"},
        form=lambda w: invoice_page(w.hannah.money.sent),
    ),
    "billing:refused": Sent(
        "A6", lambda w: {"refused_for": "code", "because": "Not known"}, form=lambda w: invoice_page(w.hannah.money.sent)
    ),
    "billing:shortfall": Sent(
        "A6",
        lambda w: {f"of_{w.hannah.money.part_paid.lines.get().key}": "18"},
        form=lambda w: invoice_page(w.hannah.money.part_paid),
    ),
    "billing:written-off": Sent("A6", lambda w: {"because": "Too old"}, form=lambda w: invoice_page(w.hannah.money.sent)),
    "billing:chased": Sent("A6"),
    "billing:drop": Sent("A6"),
    "billing:pay": Sent("A5", lambda w: {"amount": "10", "way": "card", "once": "paid-again"}),
    "billing:take-back": Sent("A6", lambda w: {"because": "Typed twice"}),
    "billing:agree": Sent("A6", lambda w: {"insurer": INSURER, "amount": "50", "first_day": "1 Dec 2026", "last_day": "31 Dec 2026"}),
    "billing:end-fee": Sent("A6"),
    "manage:message": Sent("A5"),
    "manage:task-done": Sent("A5"),
    "manage:message-rules": Sent(
        "A6",
        lambda w: {
            "remind_mail_hours": "72",
            "remind_sms_hours": "12",
            "quiet_from": "20:00",
            "quiet_until": "09:00",
            "escalate_minutes": "30",
            "summary_at": "06:30",
        },
    ),
    "manage:answers": Sent("A6", lambda w: {"days": "90"}),
    "manage:rules": Sent("A6", lambda w: vars(BookingRules.of(w.here.clinic)) | {"hold_minutes": 20}),
    "manage:service": Sent("A6", lambda w: {"name": "Acupuncture, longer", "price": "61.00", "online": "on"}),
    "manage:person": Sent("A6", lambda w: {"how": "leaves", "leaves_on": "2027-03-01"}),
    "account_login": Sent("A0", lambda w: {"login": w.hannah.user.email, "password": PASSWORD}),
    "account_logout": Sent("A5"),
    "account_request_login_code": Sent("A0", lambda w: {"email": w.hannah.user.email}),
    "account_confirm_login_code": Sent("A0", lambda w: {"code": "ABCDEF"}),
    "account_reset_password": Sent("A0", lambda w: {"email": w.hannah.user.email}),
    "account_reset_password_from_key": Sent("A0", lambda w: {"password1": PASSWORD, "password2": PASSWORD}),
    "account_change_password": Sent("A5", lambda w: {"oldpassword": PASSWORD, "password1": f"{PASSWORD}2", "password2": f"{PASSWORD}2"}),
    "account_set_password": Sent("A5", lambda w: {"password1": f"{PASSWORD}2", "password2": f"{PASSWORD}2"}),
}
# Doors that answer to POST and have no form: they lead elsewhere, or take a report
WITHOUT_FORM = {
    "pages:csp-report",
    "manage:receipt",
    "start",
    "account_signup",
    "account_inactive",
    "account_reset_password_done",
    "account_reset_password_from_key_done",
}
WITHOUT_FORM |= {
    "book:safety_first",
    "book:result",
    "practitioner:today",
    "practitioner:day",
    "practitioner:patient",
    "practitioner:history",
}
WITHOUT_FORM |= {"book:again", "book:medicines", "patient:answers_page", "patient:answers_medicines", "patient:answers_check"}
WITHOUT_FORM |= {"practitioner:reviews", "practitioner:course"}
