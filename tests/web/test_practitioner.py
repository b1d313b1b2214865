import re
from datetime import timedelta

import pytest
from django.urls import reverse
from pytest_django.asserts import assertNumQueries

from bookings.enums import State
from clinic.enums import Role
from insurers.enums import CoverState
from insurers.models import Cover
from patients.enums import Tier
from tests.clock import MovedClock
from tests.factories import NOON, AppointmentFactory, ClinicFactory, PractitionerFactory, UserFactory
from tests.treatments.cast import draft, open_case, prescribe, raise_flag
from treatments.models import SessionRecord
from treatments.services.records import save_draft, sign_record, start_record

pytestmark = pytest.mark.django_db
CANARY = "osteoporosis"


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


@pytest.fixture
def colleague(case):
    return UserFactory(role=Role.RECEPTIONIST, clinics=[case.clinic])


@pytest.fixture
def stranger():
    clinic = ClinicFactory()
    user = UserFactory(role=Role.PRACTITIONER, clinics=[clinic])
    PractitionerFactory(clinic=clinic, user=user)
    return user


def visit(case, state=State.ARRIVED, session=None, **more):
    appointment = AppointmentFactory(
        session=session or case.session(), practitioner=case.practitioner, service=case.service, state=state, **more
    )
    Cover.objects.create(session=appointment.session, key=appointment.key, on=NOON.date(), state=CoverState.SELF_PAY)
    return appointment


def sign(case, number=1, **changes):
    record = start_record(session=case.session(number), practitioner=case.practitioner, now=NOON)
    record = save_draft(record=record, draft=draft(**changes), by=case.user, now=NOON)
    return sign_record(record=record, by=case.user, now=NOON)


def url(name, *args):
    return reverse(f"practitioner:{name}", args=args)


def text(response):
    return " ".join(response.content.decode().split())


# Who may come in


def pages(case):
    intake = raise_flag(case.patient, "osteoporosis_fracture_risk", tier=Tier.REVIEW)
    session = case.session()
    return [
        url("patient", case.patient.key),
        url("history", case.patient.key),
        url("review", intake.key),
        url("course", case.course.key),
        url("prescribe", case.course.key),
        url("record", session.key),
    ]


def test_a_stranger_finds_nothing(client, case, stranger):
    client.force_login(stranger)
    assert {client.get(address).status_code for address in pages(case)} == {404}


def test_reception_sees_the_patient_but_no_clinical_page(client, case, colleague):
    client.force_login(colleague)
    statuses = {address: client.get(address).status_code for address in [*pages(case), url("today"), url("reviews")]}
    assert [address for address, status in statuses.items() if status == 200] == [url("patient", case.patient.key)]
    assert set(statuses.values()) == {200, 404}


def test_reception_learns_that_there_is_an_alert_and_nothing_more(client, case, colleague):
    prescribe(case)
    sign(case, note=f"Scan shows {CANARY}.")
    raise_flag(case.patient, "osteoporosis_fracture_risk", tier=Tier.REVIEW, words=f"Thin bones, {CANARY}")
    client.force_login(colleague)

    shown = text(client.get(url("patient", case.patient.key)))

    assert "There is a safety alert" in shown
    assert reverse("reception:book_course", args=[case.course.key]) in shown
    assert case.patient.email in shown
    assert not [word for word in (CANARY, "Thin bones", "low back", "BL23", "Scan") if word in shown]


def test_looking_changes_nothing(page, case):
    visit(case)
    for address in [*pages(case), url("today"), url("reviews")]:
        assert page.get(address).status_code == 200
    assert not SessionRecord.objects.exists()


# The day


def test_the_day_shows_who_is_here_with_flags_in_words_and_what_to_do_next(page, case):
    prescribe(case)
    raise_flag(case.patient, "anticoagulant_medication", tier=Tier.CAUTION, words="Takes a blood thinner")
    visit(case)

    shown = text(page.get(url("today")))

    assert case.patient.name in shown
    assert "Takes a blood thinner" in shown
    assert "session 1 of 10" in shown
    assert "Start insertion" in shown


def test_a_day_without_visits_says_so_and_a_day_that_does_not_exist_is_not_found(page):
    assert "Nobody is booked with you on this day" in text(page.get(url("day", "2026-11-29")))
    assert page.get(url("day", "2026-02-30")).status_code == 404
    assert page.get(url("day", "tomorrow")).status_code == 404


def test_the_day_asks_the_database_the_same_number_of_times_for_one_visit_and_for_three(page, case, django_assert_max_num_queries):
    prescribe(case)
    sign(case)
    raise_flag(case.patient, "rule_2")
    visit(case, session=case.session(2))
    with django_assert_max_num_queries(15) as few:
        page.get(url("today"))
    for number in (3, 4):
        raise_flag(case.patient, f"rule_{number}")
        visit(case, State.BOOKED, session=case.session(number))

    with assertNumQueries(len(few)):
        page.get(url("today"))


def test_a_visit_is_led_from_the_day(page, case):
    prescribe(case)
    appointment = visit(case, State.BOOKED)

    for deed, state in (
        ("check-in", State.ARRIVED),
        ("insertion", State.INSERTING),
        ("rest", State.RESTING),
        ("removal", State.REMOVING),
    ):
        assert page.post(url("step", appointment.key, deed)).status_code == 302
        appointment.refresh_from_db()
        assert appointment.state == state
    assert SessionRecord.objects.get().session == case.session()


def test_a_step_out_of_turn_is_explained(page, case):
    appointment = visit(case, State.BOOKED)

    answer = page.post(url("step", appointment.key, "insertion"), follow=True)

    assert "Check the patient in first." in text(answer)
    assert page.post(url("step", appointment.key, "dance")).status_code == 404


# The record


def typed(case, **changes):
    """The record's form as a browser would post it, with BL23 on both sides."""
    whole = {
        "needles-TOTAL_FORMS": "1",
        "needles-INITIAL_FORMS": "1",
        "needles-0-point": "BL23",
        "needles-0-side": "both",
        "needles-0-needles": "2",
        "needles-0-depth_mm": "15",
        "needles-0-response": "felt",
        "techniques": ["traditional_acupuncture"],
        "red_flags_asked": "on",
        "consent_confirmed": "on",
        "position": "prone",
        "retention_minutes": "25",
        "needle_make": "Aoki J",
        "needle_lot": "4417B",
        "needle_expiry": "2029-03-31",
        "needles_out": "2",
        "pain_before": "6",
        "pain_after": "4",
        "nrs_sleep": "5.5",
        "adverse_asked": "on",
        "note": "Bends further.",
        "next_plan": "Weekly, then review.",
    }
    return {name: value for name, value in {**whole, **changes}.items() if value is not None}


@pytest.fixture
def begun(page, case):
    prescribe(case)
    appointment = visit(case)
    page.post(url("step", appointment.key, "insertion"))
    return appointment


def post_record(page, case, **changes):
    return page.post(url("record", case.session().key), typed(case, **changes))


def rows():
    return list(SessionRecord.objects.get().needlings.values_list("point__code", "side", "needles", "depth_mm", "response"))


def test_the_record_is_begun_by_a_press_of_a_button_only(page, case):
    prescribe(case)
    address = url("record", case.session().key)

    assert "has not been begun" in text(page.get(address))
    page.post(address)

    assert SessionRecord.objects.get().practitioner == case.practitioner


def test_a_saved_draft_shows_what_was_typed(page, case, begun):
    assert post_record(page, case, save="1").status_code == 302

    record = SessionRecord.objects.get()
    assert rows() == [("BL23", "both", 2, 15, "felt")]
    assert (record.note, record.pain_before, record.needles_out) == ("Bends further.", 6, 2)
    assert dict(case.course.outcomes.values_list("measure", "value")) == {"nrs_pain": 6, "nrs_sleep": 5.5}
    shown = text(page.get(url("record", case.session().key)))
    assert "Draft saved 12:00" in shown
    assert "Bends further." in shown


@pytest.mark.parametrize(
    ("quick", "row"),
    [
        ("bl40 both 20", ("BL40", "both", 2, 20, "")),
        ("gv4 12", ("GV4", "midline", 1, 12, "")),
        ("Zusanli r 25", ("ST36", "right", 1, 25, "")),
        ("GB 34 l 20 x2", ("GB34", "left", 2, 20, "")),
        ("BL23 b 18", ("BL23", "both", 2, 18, "")),
    ],
)
def test_one_line_adds_or_changes_a_point(page, case, begun, quick, row):
    assert post_record(page, case, quick=quick, add="1").status_code == 302
    assert row in rows()
    assert len({code for code, *_ in rows()}) == len(rows())


@pytest.mark.parametrize(
    ("quick", "words"),
    [
        ("nonsense", "No point is called “nonsense”"),
        ("B-47", "which is meant?"),
        ("CV8 5", "CV8 Shenque is never needled"),
        ("BL23 b 90", "BL23 Shenshu needs a reason"),
    ],
)
def test_a_line_that_cannot_be_kept_is_explained_and_stays(page, case, begun, quick, words):
    answer = post_record(page, case, quick=quick, add="1")

    assert answer.status_code == 422
    assert words in text(answer)
    assert f'value="{quick}"' in answer.content.decode()
    assert "BL23" in text(answer)


def test_a_closed_point_offers_open_ones_and_opens_with_a_reason(page, case, begun):
    raise_flag(case.patient, "pregnancy_second_trimester", tier=Tier.REVIEW, words="Pregnant")
    far = {"needles-0-point": "ST36", "needles-0-depth_mm": "20"}

    answer = post_record(page, case, quick="LI4 b 10", add="1", **far)
    assert "LI4 Hegu is closed for this patient" in text(answer)
    assert "Same area, open:" in text(answer)

    assert post_record(page, case, quick="LI4 b 10", quick_reason="Asked for by the midwife.", add="1", **far).status_code == 302
    assert ("LI4", "both", 2, 10, "") in rows()


def test_a_point_can_be_left_out(page, case, begun):
    post_record(page, case, save="1")
    assert post_record(page, case, remove="0").status_code == 302
    assert rows() == []


def test_what_cannot_be_read_is_said_beside_everything_that_was_typed(page, case, begun):
    answer = post_record(page, case, needles_out="two", save="1", note="Kept on the page.")

    assert answer.status_code == 422
    assert "There is a problem" in text(answer)
    assert "Kept on the page." in text(answer)


@pytest.mark.parametrize(
    "changes",
    [
        {"needles-TOTAL_FORMS": "many"},
        {"needles-0-point": "ZZ99"},
        {"needles-0-side": "behind"},
        {"needles-0-depth_mm": "0"},
        {"needles_out": "-1"},
        {"pain_before": "11"},
        {"needle_expiry": "2026-02-30"},
        {"techniques": ["leeches"]},
        {"adverse_events": ["ae_unheard_of"]},
        {"note": "a\0b"},
    ],
)
def test_impossible_input_is_refused_in_words_and_nothing_is_kept(page, case, begun, changes):
    answer = post_record(page, case, save="1", **changes)

    assert answer.status_code == 422
    assert "There is a problem" in text(answer)
    assert SessionRecord.objects.get().note == ""


@pytest.mark.parametrize("address", ["/sessions/%00/record/", "/courses/..%2f/", "/reviews/%F0%9F%90%99/", "/patients/nobody/"])
def test_addresses_that_lead_nowhere_are_not_found(page, address):
    assert page.get(address).status_code == 404


def test_a_draft_saves_itself_and_says_so(page, case, begun):
    answer = page.post(url("record", case.session().key), typed(case, quick="half typ"), headers={"HX-Request": "true"})

    assert "Draft saved 12:00" in text(answer)
    assert "<html" not in text(answer)
    assert rows() == [("BL23", "both", 2, 15, "felt")]


def test_signing_lists_what_is_missing_with_links(page, case, begun):
    answer = post_record(page, case, sign="1", needles_out=None, next_plan="")

    assert answer.status_code == 422
    assert 'href="#id_needles_out">Count the needles out.' in text(answer)
    assert 'href="#id_next_plan">Say what comes next.' in text(answer)
    assert not SessionRecord.objects.get().is_signed


def test_a_signed_record_completes_the_visit_and_is_read_only_with_amendments(page, case, begun):
    assert post_record(page, case, sign="1").status_code == 302

    begun.refresh_from_db()
    assert begun.state == State.COMPLETED
    address = url("record", case.session().key)
    assert "Signed" in text(page.get(address))
    post_record(page, case, save="1", note="Later.")
    assert SessionRecord.objects.get().note == "Bends further."
    assert "Please fill in" in text(page.post(url("amend", case.session().key), {"words": " "}))
    page.post(url("amend", case.session().key), {"words": "It was the right side."})
    assert "It was the right side." in text(page.get(address))


def test_needles_of_last_time_are_compared(page, case):
    prescribe(case)
    sign(case)
    appointment = visit(case, session=case.session(2))
    page.post(url("step", appointment.key, "insertion"))
    address = url("record", case.session(2).key)

    page.post(address, typed(case, **{"needles-0-depth_mm": "18"}, quick="BL40 b 20", add="1"))

    shown = text(page.get(address))
    assert "deeper, was 15" in shown
    assert "new today" in shown


def test_old_numbers_and_names_say_what_they_may_mean_and_what_speaks_against_it(page, case, begun):
    raise_flag(case.patient, "pregnancy_second_trimester", tier=Tier.REVIEW, words="Pregnant")
    far = {"needles-0-point": "ST36", "needles-0-depth_mm": "20"}

    shown = text(post_record(page, case, quick="B-47", add="1", **far))
    assert re.search(r"<b>BL52</b> <span>Zhishi</span>.{0,300}closed", shown)
    answer = post_record(page, case, use="BL52", quick="B-47", **far)

    assert "BL52 Zhishi is closed for this patient" in text(answer)
    assert 'value="BL52"' in answer.content.decode()
    assert "Add all the same" in text(answer)
    assert "BL40" in text(post_record(page, case, quick="B-54", add="1", **far))


def test_usual_points_stand_beside_the_record_and_closed_ones_cannot_be_added(page, case, begun):
    raise_flag(case.patient, "pregnancy_second_trimester", tier=Tier.REVIEW, words="Pregnant")
    shown = page.get(url("record", case.session().key)).content.decode()
    assert "Usual points for chronic low back pain" in shown
    assert re.findall(r'name="use" value="(\w+)"', shown) == ["BL40", "GB34", "KI3"]
    assert re.search(r"<b>BL23</b>.{0,200}closed", " ".join(shown.split()))


def test_a_draft_that_another_window_saved_is_shown_beside_what_is_typed(page, case, begun):
    opened = re.search(
        r'name="window" value="(\w+)".*?name="saves" value="(\d+)"', page.get(url("record", case.session().key)).content.decode()
    )
    window = {"window": opened[1], "saves": opened[2]}
    post_record(page, case, save="1", note="From elsewhere.", window="another", saves="0")

    answer = post_record(page, case, save="1", note="From here.", **window)

    assert answer.status_code == 409
    assert "This draft was changed in another window" in text(answer)
    assert "<td>From elsewhere.</td><td>From here.</td>" in text(answer)
    assert SessionRecord.objects.get().note == "From elsewhere."
    quiet = page.post(url("record", case.session().key), typed(case, **window), headers={"HX-Request": "true"})
    assert "changed in another window" in text(quiet)
    again = re.search(r'name="window" value="(\w+)".*?name="saves" value="(\d+)"', answer.content.decode())
    assert post_record(page, case, save="1", note="Both.", window=again[1], saves=again[2]).status_code == 302
    assert SessionRecord.objects.get().note == "Both."


@pytest.mark.parametrize("saves", ["-1", "many", "99999999999999999999"])
def test_a_window_that_cannot_be_read_loses_nothing(page, case, begun, saves):
    assert post_record(page, case, save="1", note="Kept.", window="x", saves=saves).status_code in (302, 409)


def test_what_is_typed_after_the_signature_is_ready_to_be_added(page, case, begun):
    post_record(page, case, sign="1")
    answer = post_record(page, case, save="1", note="One thing more.")
    assert answer.status_code == 409
    assert "This record is signed, and final." in text(answer)
    assert "One thing more.</textarea>" in text(answer)


def test_how_severe_it_was_and_the_current_stand_in_the_record(page, case, begun):
    unwanted = {"adverse_events": ["ae_soreness"], "grade_ae_soreness": "mild", "grade_ae_bruising": "severe"}
    current = {"techniques": ["electroacupuncture"], "electro_hz": "2/100", "electro_strength": "Just felt", "response_sought": "deqi"}
    assert post_record(page, case, sign="1", **{"needles-0-angle_degrees": "90"}, **unwanted, **current).status_code == 302

    record = SessionRecord.objects.get()
    assert (record.adverse_grades, record.needlings.get().angle_degrees) == ({"ae_soreness": "mild"}, 90)
    shown = text(page.get(url("record", case.session().key)))
    for words in ("(mild).", "Current: 2/100 Hz, Just felt.", "Sought: deqi", "90°"):
        assert words in shown


# All pages


@pytest.mark.parametrize("name", ["patient", "course", "record", "prescribe"])
def test_pages_need_a_fixed_number_of_questions(page, case, name, django_assert_max_num_queries):
    prescribe(case)
    for number in (1, 2, 3):
        sign(case, number)
    start_record(session=case.session(4), practitioner=case.practitioner, now=NOON + timedelta(days=1))
    key = {"patient": case.patient.key, "record": case.session(4).key}.get(name, case.course.key)

    with django_assert_max_num_queries(15):
        assert page.get(url(name, key)).status_code == 200
