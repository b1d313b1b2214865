import csv
import io
from datetime import timedelta

import pytest
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange
from django.urls import reverse

from bookings.enums import State
from bookings.models import Appointment
from clinic import clock
from clinic.enums import Role
from clinic.models import AuditEntry, Task
from clinic.services import set_task
from insurers.enums import AuthorisationState, CoverState
from insurers.models import Authorisation, Cover
from insurers.services import reserve_cover
from messaging.models import Message
from tests.factories import AppointmentFactory
from tests.insurers.builders import a_clinic, a_patient, a_user, an_insured_course, approve

pytestmark = pytest.mark.django_db
BOARD = "/approvals/"


@pytest.fixture
def clinic():
    return a_clinic()


@pytest.fixture
def admin(clinic, client):
    user = a_user(Role.ADMIN, clinic)
    client.force_login(user)
    return user


@pytest.fixture
def course(clinic):
    return an_insured_course(10, patient=a_patient(clinic))


def visit(course, number, days, **fields):
    """A visit of that session at 14:30 in so many days, with its cover."""
    start = (clock.now() + timedelta(days=days)).astimezone(course.clinic.tz).replace(hour=14, minute=30, second=0, microsecond=0)
    session = course.sessions.get(number=number)
    appointment = AppointmentFactory(session=session, during=DateTimeTZRange(start, start + timedelta(minutes=45)), **fields)
    reserve_cover(session=session, on=start.date(), key=appointment.key)
    return appointment


def waiting(course, number, days, **fields):
    return visit(course, number, days, state=State.PROVISIONAL, waits_for_code=True, **fields)


def record(client, course, **said):
    answer = {"code": "PRE-1", "units": "6", "body_area": "lower_back", "first_day": "", "last_day": "2027-12-31"} | said
    return client.post(reverse("approvals:code", args=[course.funding.policy.key]), answer, follow=True)


def text(response):
    return " ".join(response.content.decode().split())


# The board


def test_six_approved_of_ten_booked_shows_the_four_that_are_not_covered_with_their_dates(client, admin, course):
    visits = [visit(course, number, number * 3) for number in range(1, 11)]

    response = record(client, course)

    assert response.redirect_chain == [(BOARD, 302)]
    page = text(response)
    assert "Olivia" in page and "6 sessions recorded. 4 booked visits are still beyond it." in page
    shown = [f'datetime="{appointment.start.date()}"' in page for appointment in visits]
    assert shown == [False] * 6 + [True] * 4
    assert "4 visits:" in page and "0 used, 6 booked" in page


def test_what_has_no_code_and_comes_today_stands_on_top_with_its_hour(client, admin, course):
    visit(course, 1, 0)

    page = text(client.get(BOARD))

    assert "Olivia Marsh has no code, and comes today at 14:30" in page
    assert "Record a code: Olivia Marsh" in page


def test_an_empty_board_says_that_all_is_covered(client, admin):
    assert "Every booked visit that an insurer pays for is covered." in text(client.get(BOARD))


def test_the_board_is_filtered_and_says_so_when_nothing_fits(client, admin, course, clinic):
    visit(course, 1, 5)
    visit(an_insured_course(patient=a_patient(clinic, "Dev", "Patel"), insurer="Aviva"), 1, 5)

    assert [name in text(client.get(BOARD, {"insurer": "aviva"})) for name in ("Dev Patel", "Olivia Marsh")] == [True, False]
    assert [name in text(client.get(BOARD, {"q": "olivia"})) for name in ("Dev Patel", "Olivia Marsh")] == [False, True]
    assert "Nothing here fits what you look for." in text(client.get(BOARD, {"need": "refused"}))
    assert client.get(BOARD, {"need": "nonsense", "page": "many"}).status_code == 200


@pytest.mark.parametrize("many", [1, 5])
def test_the_board_asks_a_fixed_number_of_questions(client, admin, clinic, many, django_assert_max_num_queries):
    for _ in range(many):
        visit(an_insured_course(patient=a_patient(clinic)), 1, 0)

    with django_assert_max_num_queries(12):
        client.get(BOARD)


def test_the_file_of_the_board_holds_no_formula(client, admin, clinic):
    visit(an_insured_course(patient=a_patient(clinic, "=cmd()", "Patel")), 1, 5)

    response = client.get("/approvals/approvals.csv")
    [head, row] = csv.reader(io.StringIO(response.content.decode("utf-8-sig")))

    assert (head[0], row[0], row[4]) == ("Patient", "'=cmd() Patel", "No code")
    assert response["Content-Disposition"] == 'attachment; filename="approvals.csv"'


def test_every_insurer_is_listed_with_its_rules(client, admin, course):
    assert "Bupa" in text(client.get("/approvals/insurers/"))


# Recording an answer


def test_recording_a_code_books_the_visits_that_waited_only_for_it(client, admin, course, clinic):
    only_code, review_too = waiting(course, 1, 3), waiting(course, 2, 6, waits_for_review=True)
    set_task(clinic=clinic, for_role=Role.ADMIN, kind="code missing", about=only_code.key, words="Code?", due=clock.now())

    page = text(record(client, course, units="2"))

    assert "2 sessions recorded. 1 visit is booked now." in page
    found = Appointment.objects.order_by("during").values_list("state", "waits_for_code", "waits_for_review")
    assert list(found) == [(State.BOOKED, False, False), (State.PROVISIONAL, False, True)]
    assert list(Message.objects.of_kinds(["appointment-confirmed"]).values_list("about", flat=True)) == [only_code.key]
    assert list(AuditEntry.objects.order_by("pk").values_list("verb", flat=True)) == ["authorisation.record", "appointment.booked"]
    assert not Task.objects.open().exists()
    assert review_too.key in Cover.objects.reserved().values_list("key", flat=True)


def test_a_visit_beyond_the_units_goes_on_waiting(client, admin, course):
    waiting(course, 1, 3)
    late = waiting(course, 2, 6)

    record(client, course, units="1")

    late.refresh_from_db()
    assert (late.state, late.waits_for_code) == (State.PROVISIONAL, True)


def test_a_doubtful_code_is_kept_by_a_tick(client, admin, clinic):
    course = an_insured_course(patient=a_patient(clinic), insurer="AXA Health", slug="axa_ppp")

    refused = record(client, course, code="12")
    assert not Authorisation.objects.exists()
    assert "Keep this code as it is" in text(refused)
    assert text(refused).count("There is a problem") == 1

    record(client, course, code="12", keep="on")
    assert Authorisation.objects.get().code == "12"


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"code": ""}, "Please fill in"),
        ({"units": "0"}, "Enter 1 or more"),
        ({"units": "six"}, "Enter a whole number, like 12"),
        ({"first_day": "2027-03-02", "last_day": "2027-03-01"}, "The last day can’t come before the first"),
        ({"last_day": "2027-02-30"}, "Enter a date"),
        ({"code": "no digits"}, "at least one digit"),
    ],
)
def test_an_answer_that_can_not_be_is_said_in_words_and_keeps_what_was_typed(client, admin, course, said, words):
    response = record(client, course, **said)

    assert not Authorisation.objects.exists()
    page = text(response)
    assert words in page and "<title>Error: " in page and 'value="lower_back" selected' in page


def test_fewer_sessions_than_were_held_are_refused_in_words(client, admin, course):
    approve(course, 2)
    for number in (1, 2):
        visit(course, number, -number)
    Cover.objects.update(state=CoverState.CONSUMED)

    page = text(record(client, course, units="1"))

    assert "2 sessions were already used under this code" in page
    assert Authorisation.objects.get().units == 2


def test_asking_and_a_refusal_are_noted(client, admin, course):
    visit(course, 1, 5)
    key = course.funding.policy.key

    client.post(f"/approvals/{key}/asked/")
    assert "Asked" in text(client.get(f"/approvals/{key}/"))
    client.post(f"/approvals/{key}/refused/")

    assert list(Authorisation.objects.values_list("state", flat=True)) == [AuthorisationState.REFUSED]
    assert "Refused" in text(client.get(BOARD))


def test_a_patient_who_pays_leaves_the_board_and_the_waiting_visit_is_booked(client, admin, course):
    waits = waiting(course, 1, 5)

    page = text(client.post(f"/approvals/{course.funding.policy.key}/patient-pays/", follow=True))

    waits.refresh_from_db()
    assert (waits.state, Cover.objects.get().state) == (State.BOOKED, CoverState.SELF_PAY)
    assert "Olivia Marsh pays from now on. 1 waiting visit is booked now." in page
    assert client.get(f"/approvals/{course.funding.policy.key}/").status_code == 404


# Who may come in


def test_reception_sees_cover_and_records_nothing(client, clinic, course):
    visit(course, 1, 0)
    client.force_login(a_user(Role.RECEPTIONIST, clinic))
    key = course.funding.policy.key

    seen = text(client.get(BOARD)) + text(client.get(f"/approvals/{key}/"))

    assert "Olivia Marsh" in seen and "Record the code" not in seen
    for deed in ("code", "asked", "refused", "patient-pays"):
        assert client.post(f"/approvals/{key}/{deed}/").status_code == 404
    assert not Authorisation.objects.exists()


@pytest.mark.parametrize("deed", ["", "code/", "asked/", "refused/", "patient-pays/"])
def test_the_admin_of_another_clinic_finds_nothing(client, course, deed):
    client.force_login(a_user(Role.ADMIN, a_clinic()))
    address = f"/approvals/{course.funding.policy.key}/{deed}"

    assert (client.post(address) if deed else client.get(address)).status_code == 404
    assert not Authorisation.objects.exists()


@pytest.mark.parametrize("role", [Role.PATIENT, Role.PRACTITIONER])
def test_nobody_else_finds_the_board(client, clinic, role):
    client.force_login(a_user(role, clinic))

    assert [client.get(address).status_code for address in (BOARD, "/approvals/approvals.csv", "/approvals/insurers/")] == [404] * 3


def test_somebody_signed_out_is_led_to_sign_in(client):
    assert client.get(BOARD).url == "/account/login/?next=/approvals/"
