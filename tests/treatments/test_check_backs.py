"""What patients say after a session: judged at once, kept beside what they said before, and never left lying."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from clinic.enums import Role
from clinic.models import AuditEntry, Task
from messaging.models import Message
from messaging.staff import TASK
from tests.factories import NOON, UserFactory
from tests.treatments.cast import draft, open_case, prescribe
from treatments.aftercare import Told, judge_told, questions
from treatments.enums import Action, Feel
from treatments.models import CheckBack, Outcome
from treatments.services.check_backs import Said, escalate_check_backs, see_to, take_check_back
from treatments.services.records import save_draft, sign_record, start_record

pytestmark = pytest.mark.django_db
LATER = NOON + timedelta(hours=20)


@pytest.fixture
def case():
    return open_case()


@pytest.fixture
def record(case):
    prescribe(case)
    begun = start_record(session=case.session(), practitioner=case.practitioner, now=NOON)
    save_draft(record=begun, draft=draft(), by=case.user, now=NOON)
    return sign_record(record=begun, by=case.user, now=NOON)


def say(record, feel=Feel.SAME, *, once="form-1", now=LATER, **more):
    return take_check_back(record=record, said=Said(once=once, feel=feel, **more), now=now)


def open_tasks():
    return {(task.kind, task.for_role): task for task in Task.objects.open()}


@pytest.mark.parametrize(
    ("told", "action"),
    [
        (Told(feel=Feel.BETTER), Action.NOTE),
        (Told(feel=Feel.SAME), Action.NOTE),
        (Told(feel=Feel.WORSE), Action.TELL_PRACTITIONER),
        (Told(feel=Feel.WORSE, answers={"symptom_change": "bit_worse"}), Action.SELF_CARE),
        (Told(feel=Feel.BETTER, pain=7), Action.NOTE),
        (Told(feel=Feel.BETTER, pain=8), Action.TELL_PRACTITIONER),
        (Told(feel=Feel.BETTER, answers={"infection_signs": "spreading"}), Action.MEDICAL_HELP_TODAY),
        (Told(feel=Feel.BETTER, answers={"chest": "after_trunk_needles"}, pain=9), Action.EMERGENCY),
        (Told(feel=Feel.BETTER, answers={"soreness": "mild"}, urgent_words=True), Action.EMERGENCY),
    ],
)
def test_the_gravest_of_all_that_is_said_decides(told, action):
    assert judge_told(told).action == action
    assert judge_told(told).is_worrying == (action.rank >= 2)


def test_pain_that_was_as_strong_before_is_no_alarm():
    assert judge_told(Told(feel=Feel.SAME, pain=9), pain_before=9).action == Action.NOTE
    assert judge_told(Told(feel=Feel.SAME, pain=9), pain_before=8).action == Action.TELL_PRACTITIONER


def test_the_lungs_are_asked_about_first_after_needles_near_them():
    assert questions({"pneumothorax_risk_points"})[0].id == "chest"
    asked = questions()
    urgent = [any(answer.action == Action.EMERGENCY for answer in question.answers.values()) for question in asked]
    assert urgent == sorted(urgent, reverse=True)


def test_how_much_worse_is_asked_only_of_who_feels_worse():
    def ids(feel):
        return [question.id for question in questions(feel=feel)]

    assert "symptom_change" in ids(Feel.WORSE)
    assert ids(Feel.BETTER) == [name for name in ids(Feel.WORSE) if name != "symptom_change"]


def test_a_good_answer_is_kept_and_asks_nobody(record):
    said = say(record, Feel.BETTER)

    assert (said.feel, said.action, said.needs_by, said.stops_needling) == (Feel.BETTER, Action.NOTE, None, False)
    assert not Task.objects.exists()
    assert list(AuditEntry.objects.filter(about=said.key).values_list("verb", "by_words")) == [("check-back.answer", "Holder of the link")]


def test_a_worrying_answer_is_a_task_and_a_mail_to_who_treated_at_once(case, record):
    said = say(record, answers={"infection_signs": "spreading"})

    task = Task.objects.get()
    assert (task.kind, task.user, task.due, task.about) == ("check-back", case.user, LATER, record.key)
    assert case.patient.name in task.words
    assert "infection" not in task.words
    [mail] = Message.objects.of_kinds([TASK])
    assert (mail.about, mail.address, mail.due_at) == (task.key, case.user.email, LATER)
    assert said.said == [["Redness, heat, swelling, pus or fever near a treated place?", "spreading redness, heat or pus"]]
    assert said.adverse_events == {"ae_local_infection": "moderate"}
    assert any("NHS 111" in words for words in said.told)


def test_an_emergency_is_told_to_the_desk_as_well(case, record):
    UserFactory(role=Role.RECEPTIONIST, clinics=[case.clinic])
    say(record, answers={"chest": "other"})

    assert set(open_tasks()) == {("check-back", "practitioner"), ("check-back ring", "receptionist")}
    assert Message.objects.of_kinds([TASK]).count() == 2
    assert "chest" not in open_tasks()["check-back ring", "receptionist"].words


def test_words_that_name_an_emergency_are_one(record):
    said = say(record, Feel.BETTER, words="Since last night I cannot feel between my legs and cannot pass urine")
    assert said.action == Action.EMERGENCY
    assert "999" in said.told[0]


def test_the_numbers_are_those_of_the_clinics_country(case, record):
    case.clinic.country = "JP"
    case.clinic.save()
    assert "119" in say(record, answers={"chest": "other"}).told[0]


def test_a_form_sent_twice_is_one_answer_and_one_task(record):
    first, second = say(record, Feel.WORSE), say(record, Feel.BETTER)

    assert first == second
    assert CheckBack.objects.get().feel == Feel.WORSE
    assert Task.objects.count() == Message.objects.of_kinds([TASK]).count() == 1


def test_a_second_answer_stands_beside_the_first(record):
    first = say(record, Feel.WORSE)
    second = say(record, Feel.BETTER, once="form-2", now=LATER + timedelta(hours=1))

    assert list(CheckBack.objects.of_record(record).newest_first()) == [second, first]
    assert first.waits
    assert Task.objects.open().count() == 1


def test_a_graver_second_answer_is_told_anew(record):
    say(record, Feel.WORSE)
    say(record, answers={"nerve": "weak_or_numb"}, once="form-2", now=LATER + timedelta(minutes=1))

    task = open_tasks()["check-back", "practitioner"]
    assert task.due == LATER + timedelta(minutes=1)
    assert Message.objects.of_kinds([TASK]).filter(about=task.key).count() == 1
    assert Task.objects.filter(kind="check-back").count() == 2


def test_a_pain_score_joins_the_scores_of_the_course(case, record):
    say(record, Feel.BETTER, pain=3)
    score = Outcome.objects.get(session=None)
    assert (score.course, score.measure, score.value, score.at) == (case.course, "nrs_pain", 3, LATER)


def test_an_answer_that_was_not_offered_keeps_nothing(record):
    with pytest.raises(ValueError, match="no answer"):
        say(record, answers={"chest": "fine"})
    assert not CheckBack.objects.exists()


# Escalation


def test_nobody_took_it_so_admins_and_the_other_practitioners_hear_of_it_once(case, record):
    UserFactory(role=Role.ADMIN, clinics=[case.clinic])
    UserFactory(role=Role.PRACTITIONER, clinics=[case.clinic])
    said = say(record, answers={"infection_signs": "spreading"})
    case.clinic.escalate_minutes = 45
    case.clinic.save()

    assert escalate_check_backs(now=LATER + timedelta(minutes=44)) == 0
    assert escalate_check_backs(now=LATER + timedelta(minutes=45)) == 1
    assert [escalate_check_backs(now=LATER + timedelta(hours=hours)) for hours in (1, 2, 24)] == [0, 0, 0]

    tasks = open_tasks()
    assert set(tasks) == {("check-back", "practitioner"), ("check-back open", "admin")}
    assert tasks["check-back", "practitioner"].user is None
    assert Message.objects.of_kinds([TASK]).filter(about__in=[task.key for task in tasks.values()]).count() == 3
    said.refresh_from_db()
    assert said.escalated_at == LATER + timedelta(minutes=45)


def test_a_call_within_hours_has_those_hours_first(record):
    say(record, Feel.WORSE)
    assert escalate_check_backs(now=LATER + timedelta(hours=4, minutes=59)) == 0
    assert escalate_check_backs(now=LATER + timedelta(hours=5)) == 1


def test_what_was_seen_to_is_not_escalated_and_its_tasks_are_done(case, record):
    said = say(record, answers={"chest": "other"})

    see_to(check_back=said, words="Rang: already at A&E, x-ray clear.", by=case.user, now=LATER + timedelta(minutes=5))

    assert not Task.objects.open().exists()
    assert escalate_check_backs(now=LATER + timedelta(days=1)) == 0
    said.refresh_from_db()
    assert (said.seen_by, said.seen_words, said.waits) == (case.user, "Rang: already at A&E, x-ray clear.", False)


def test_ticking_the_task_alone_does_not_stop_the_escalation(record):
    say(record, answers={"chest": "other"})
    Task.objects.update(done_at=LATER)
    assert escalate_check_backs(now=LATER + timedelta(hours=2)) == 1


def test_the_first_word_about_an_answer_stands(case, record):
    said = say(record, Feel.WORSE)
    see_to(check_back=said, words="First.", by=case.user, now=LATER)
    see_to(check_back=said, words="Second.", by=UserFactory(role=Role.PRACTITIONER), now=LATER + timedelta(minutes=1))
    assert CheckBack.objects.get().seen_words == "First."


def test_an_answer_that_came_after_what_was_read_goes_on_waiting(case, record):
    read = say(record, Feel.WORSE)
    newer = say(record, answers={"chest": "other"}, once="form-2", now=LATER + timedelta(minutes=5))

    see_to(check_back=read, words="Rang.", by=case.user, now=LATER + timedelta(minutes=6))

    newer.refresh_from_db()
    assert newer.waits
    assert ("check-back", "practitioner") in open_tasks()


def test_nobody_sees_to_it_without_a_word(record):
    said = say(record, Feel.WORSE)
    with pytest.raises(IntegrityError, match="seen_by_somebody_in_words"), transaction.atomic():
        CheckBack.objects.filter(pk=said.pk).update(seen_at=LATER)


def test_whoever_left_gets_no_task_the_others_do(case, record):
    case.user.is_active = False
    case.user.save()
    other = UserFactory(role=Role.PRACTITIONER, clinics=[case.clinic])
    say(record, Feel.WORSE)
    assert Task.objects.get().user is None
    assert [mail.address for mail in Message.objects.of_kinds([TASK])] == [other.email]
