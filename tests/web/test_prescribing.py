"""A course as its practitioner sees it: prescribed, shown, ended."""

import pytest

from bookings.enums import State
from tests.clock import MovedClock
from tests.factories import NOON
from tests.treatments.cast import open_case, prescribe
from tests.web.test_practitioner import sign, text, url, visit
from treatments.enums import CourseState
from treatments.services.courses import stop_course

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def noon(clock: MovedClock):
    clock.set(NOON)


@pytest.fixture
def case():
    return open_case()


@pytest.fixture
def page(client, case):
    """Ask for a page as the practitioner of the case."""
    client.force_login(case.user)
    return client


def chosen(case, **changes):
    return {
        "condition": "chronic_low_back_pain",
        "severity": "moderate",
        "chronicity": "chronic",
        "service": case.service.key,
        **changes,
    }


def test_the_table_proposes_and_the_practitioner_prescribes(page, case):
    address = url("prescribe", case.course.key)
    shown = text(page.get(address, chosen(case)))
    assert "<b>10</b> sessions" in shown

    page.post(address, chosen(case, sessions="10", techniques=["traditional_acupuncture"], goal="Out of the car"))

    case.course.refresh_from_db()
    assert (case.course.state, case.course.goal, case.course.sessions.count()) == (CourseState.ACTIVE, "Out of the car", 10)


def test_another_number_needs_a_reason_said_on_the_page(page, case):
    answer = page.post(url("prescribe", case.course.key), chosen(case, sessions="7", techniques=["traditional_acupuncture"]))

    assert answer.status_code == 422
    assert "Please say why this course has 7." in text(answer)


def test_the_course_leads_to_its_early_end(page, case):
    way = f"{url('replan', case.course.key)}?because=stopped"
    assert way in text(page.get(url("course", case.course.key)))
    prescribe(case)
    assert way in text(page.get(url("course", case.course.key)))
    stop_course(course=case.course, because="Moves to Leeds.", by=case.user, now=NOON)

    shown = text(page.get(url("course", case.course.key)))

    assert "Moves to Leeds." in shown
    assert way not in shown


def test_the_course_shows_sessions_scores_and_messages(page, case, django_assert_max_num_queries):
    prescribe(case)
    sign(case)
    visit(case, State.BOOKED, session=case.session(2))

    with django_assert_max_num_queries(15):
        shown = text(page.get(url("course", case.course.key)))

    assert "1 held, 1 today, 8 planned" in shown
    assert "Aftercare, right after" in shown
