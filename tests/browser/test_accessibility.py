"""Every page and every form of the house in a real browser, for who may see it: no barriers, and errors that find the reader."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
from playwright.sync_api import Page, expect

from tests.factories import NOON
from tests.security.doors import DOORS, spelled
from tests.security.world import World, build

pytestmark = pytest.mark.django_db(transaction=True)
WIDTHS = (1280, 320)
BARE = {  # files, and the mails that test_mails.py looks at: their policy runs no scripts, and so no search for barriers
    "patient:calendar",
    "approvals:csv",
    "approvals:letter",
    "approvals:document",
    "billing:invoices-csv",
    "billing:invoice-csv",
    "billing:invoice-pdf",
    "billing:desk-csv",
    "billing:receipt-pdf",
    "billing:report-csv",
    "manage:outbox-csv",
    "manage:preview-mail",
    "reception:waitlist_csv",
    "pages:robots",
    "manage:health",
    "manage:health-ready",
}
ELSEWHERE = {
    "billing:start",
    "patient:enter",
    "patient:offer_enter",
    "patient:plan_visit",
    "start",
    "account_logout",
    "account_set_password",
}  # lead to other pages
PIECES = {"approvals:number", "patient:move_day", "patient:move_month"}  # fetched into pages that are looked at as a whole
BESIDE_THE_BOOKING = {"book:course", "book:waitlist", "book:done"}  # the others are walked, and looked at, in test_patient_pages.py
LEADS = {"A1": 1, "LK": 1, "A3": 2, "A6": 3, "A5": 4, "VI": 5, "A0": 6}  # who is asked first to show a page


@pytest.fixture
def world(clock) -> World:
    clock.set(NOON)
    return build()


@pytest.fixture
def open_as(new_page, live_server, world) -> Callable[..., Page]:
    """The browser of one of the cast."""
    opened = {}

    def open_page(actor: str) -> Page:
        if actor not in opened:
            opened[actor] = new_page()
            cookies = [{"name": name, "value": value, "url": live_server.url} for name, value in world.cookies[actor].items()]
            opened[actor].context.add_cookies(cookies)
        return opened[actor]

    return open_page


def pages(world: World) -> Iterator[tuple[str, str, str]]:
    """Every door that shows a page: its name, who looks, and where."""
    for name, door in DOORS.items():
        if name in BARE | ELSEWHERE | PIECES or (name.startswith("book:") and name not in BESIDE_THE_BOOKING):
            continue
        actor = "VI" if name.startswith("book:") else min(door.who & LEADS.keys() or {"A0"}, key=lambda who: LEADS[who])
        actor = "A0" if len(door.who) > 10 and not name.startswith("book:") else actor
        looks = [look for look in door.looks if "csv" not in look]
        for look in ("", *looks[:1]):
            address = spelled(look, world)
            yield name, actor, address if address.startswith("/") else door.address(name, world) + address


def wrong_with(page: Page, barriers) -> list[str]:
    """What keeps somebody from using the page, on a desk and on a phone."""
    found = []
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        found += [f"{width} px: {line}" for line in barriers(page)]
        if page.evaluate("document.documentElement.scrollWidth") > width:
            found.append(f"{width} px: scrolls sideways")
    return found


def test_no_page_of_the_house_puts_up_a_barrier(open_as, world, barriers):
    wrong, seen = {}, set()
    for name, actor, address in pages(world):
        page = open_as(actor)
        answer = page.goto(address)
        if answer.status == 405 or (actor, page.url) in seen:
            continue
        seen.add((actor, page.url))
        assert (name, answer.status) == (name, 200)
        if found := wrong_with(page, barriers):
            wrong[f"{name} {page.url}"] = found
    assert wrong == {}
    assert len(seen) > 50


@pytest.mark.parametrize("address", ("/nowhere/", "/today/9999-12-31/"))
def test_a_page_that_is_not_there_puts_up_no_barrier(open_as, barriers, address):
    page = open_as("A3")
    assert page.goto(address).status == 404
    assert wrong_with(page, barriers) == []


# Forms sent empty


@dataclass(frozen=True)
class Form:
    """A form that asks for something: who fills it in, where it stands, and the name of one of its fields."""

    actor: str
    at: Callable[[World], str]
    field: str


FORMS = {
    "what brings you": Form("VI", lambda w: "/book/here/", "reason"),
    "kind of visit": Form("VI", lambda w: "/book/here/visit/", "service"),
    "safety": Form("VI", lambda w: "/book/here/safety/about/", "pregnant"),
    "times": Form("VI", lambda w: "/book/here/times/", "time"),
    "payer": Form("VI", lambda w: "/book/here/payer/", "payer"),
    "about you": Form("VI", lambda w: "/book/here/about/", "first_name"),
    "waitlist": Form("VI", lambda w: "/book/here/waitlist/", "first_name"),
    "assessment": Form("A0", lambda w: "/c/here/assessment/", "phone"),
    "sign in": Form("A0", lambda w: "/account/login/", "login"),
    "code to sign in": Form("A0", lambda w: "/account/login/code/", "email"),
    "new password": Form("A0", lambda w: "/account/password/reset/", "email"),
    "change of password": Form("A5", lambda w: "/account/password/change/", "oldpassword"),
    "move, by link": Form("LK", lambda w: "/visit/move/", "time"),
    "answer to an offer": Form("LK", lambda w: "/offer/", "stay"),
    "review": Form("A3", lambda w: f"/reviews/{w.hannah.intake.key}/", "decision"),
    "finding set aside": Form("A3", lambda w: f"/reviews/{w.hannah.intake.key}/", "{finding}-because"),
    "prescription": Form(
        "A3",
        lambda w: (
            f"/courses/{w.hannah.assessment.key}/prescribe/?condition=chronic_low_back_pain&severity=moderate&chronicity=chronic"
            f"&service={w.here.acupuncture.key}"
        ),
        "sessions",
    ),
    "end of a course": Form("A3", lambda w: f"/courses/{w.hannah.course.key}/replan/?because=stopped", "reason"),
    "amendment": Form("A3", lambda w: f"/sessions/{w.hannah.signed.session.key}/record/", "words"),
    "registration": Form("A5", lambda w: "/diary/register/", "first_name"),
    "cancelling": Form("A5", lambda w: f"/diary/visits/{w.hannah.ahead.key}/cancel/", "because"),
    "moving": Form("A5", lambda w: f"/diary/visits/{w.hannah.ahead.key}/move/", "reason"),
    "booking": Form("A5", lambda w: f"/diary/book/?patient={w.hannah.patient.key}&service={w.here.first_visit.key}", "complaint"),
    "wishes": Form("A5", lambda w: f"/waitlist/add/{w.hannah.patient.key}/{w.hannah.entry.session.key}/", "first_day"),
    "absence": Form("A5", lambda w: "/absences/", "first_day"),
    "leaving": Form("A6", lambda w: f"/clinic/people/{w.here.practitioner.key}/", "how"),
    "code": Form("A6", lambda w: f"/approvals/{w.hannah.policy.key}/", "units"),
    "payment at the desk": Form("A5", lambda w: f"/billing/visits/{w.hannah.here.key}/", "amount"),
    "payment of an insurer": Form("A6", lambda w: f"/billing/invoices/{w.hannah.money.sent.key}/", "paid_on"),
    "refusal of an invoice": Form("A6", lambda w: f"/billing/invoices/{w.hannah.money.sent.key}/", "refused_for"),
    "payment taken back": Form("A6", lambda w: f"/billing/payments/{w.hannah.money.payment.key}/take-back/", "because"),
    "fee of an insurer": Form("A6", lambda w: f"/billing/prices/{w.here.acupuncture.key}/", "amount"),
    "service": Form("A6", lambda w: f"/clinic/services/{w.here.acupuncture.key}/", "price"),
}
EMPTY = """field => {
  for (const each of field.form.elements) {
    if (each.type === "hidden" || each.tagName === "BUTTON") continue;
    if (each.type === "checkbox" || each.type === "radio") each.checked = false;
    else each.value = "";
  }
  field.form.noValidate = true;
  HTMLFormElement.prototype.submit.call(field.form);
}"""
UNCLEAR = """() => {
  const found = [];
  const said = document.querySelector("[data-focus]");
  for (const link of said.querySelectorAll("a[href]")) {
    const control = document.getElementById(link.hash.slice(1));
    if (!control || !control.matches("input, select, textarea, button")) { found.push(`${link.hash} leads to no control`); continue; }
    const group = control.closest("fieldset[aria-invalid]") || control;
    if (group.getAttribute("aria-invalid") !== "true") found.push(`${link.hash} is not marked as wrong`);
    const told = [group, control.closest("fieldset")].map(each => each?.getAttribute("aria-describedby") || "").join(" ").trim().split(" ");
    const words = told.map(id => document.getElementById(id)?.textContent || "").join(" ").replace(/\\s+/g, " ");
    if (!words.includes(link.textContent.trim())) found.push(`${link.hash} is not told "${link.textContent.trim()}"`);
  }
  if (!said.querySelector("li")) found.push("says nothing");
  return found;
}"""


def unclear(page: Page, form: Form, world: World) -> list[str]:
    """What is missing when the form comes back empty."""
    page.goto(form.at(world))
    with page.expect_navigation():
        page.locator(f"[name='{form.field.replace('{finding}', world.hannah.finding.key)}']").first.evaluate(EMPTY)
    summary = page.locator("[data-focus]")
    if not summary.count():
        return [f"shows no summary of errors on “{page.title()}”"]
    expect(summary).to_be_focused()
    expect(summary.get_by_role("heading")).to_have_text("There is a problem")
    return ([] if page.title().startswith("Error: ") else [f"is titled “{page.title()}”"]) + page.evaluate(UNCLEAR)


def test_every_form_sent_empty_says_what_is_missing_where_it_is_missing(open_as, world, barriers):
    wrong = {}
    for name, form in FORMS.items():
        page = open_as(form.actor)
        found = unclear(page, form, world)
        page.set_viewport_size({"width": 320, "height": 900})
        if found := [*found, *barriers(page)]:
            wrong[name] = found
    assert wrong == {}


# Without scripts


@pytest.fixture
def without_scripts(new_page, world, live_server) -> Callable[[str], Page]:
    """A phone that runs no scripts, of one of the cast."""

    def open_page(actor: str) -> Page:
        page = new_page(width=320, scripts=False)
        page.context.add_cookies([{"name": name, "value": value, "url": live_server.url} for name, value in world.cookies[actor].items()])
        return page

    return open_page


def test_a_visit_is_held_longer_and_booked_without_scripts(without_scripts):
    page = without_scripts("VI")
    page.goto("/book/here/check/")
    page.get_by_role("button", name="10 minutes more").click()
    expect(page.get_by_text("We hold your time a little longer")).to_be_visible()
    page.get_by_role("main").get_by_role("button", name="Book this visit").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Your visit is booked")


def test_a_visit_is_moved_and_cancelled_without_scripts(without_scripts):
    page = without_scripts("LK")
    page.goto("/visit/move/")
    page.locator("input[name=time]").first.check()
    page.get_by_role("button", name="Move to this time").click()
    expect(page.get_by_text("Your visit is moved to").first).to_be_visible()
    page.goto("/visit/cancel/")
    page.get_by_role("main").get_by_role("button", name="Cancel").click()
    expect(page.get_by_text("Your visit is cancelled").first).to_be_visible()
