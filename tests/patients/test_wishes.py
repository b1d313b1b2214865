"""What a patient wants to hear holds from then on, also for what was promised before."""

from datetime import timedelta

import pytest

from clinic.models import AuditEntry
from messaging import kinds
from messaging.enums import Channel, Group, State
from messaging.kinds import Kind
from messaging.models import Message
from messaging.services import post
from patients.addresses import address_of
from patients.wishes import Wishes, keep_wishes, stop
from tests.factories import NOON, PatientFactory

pytestmark = pytest.mark.django_db
BY = "Holder of the link"


@pytest.fixture
def patient():
    return PatientFactory(mobile="07700 900142")


@pytest.fixture(autouse=True)
def advice(monkeypatch):
    """A kind that goes both ways."""
    both = (Channel.MAIL, Channel.SMS)
    kind = Kind(
        name="advice", words="Advice", still_true=lambda about, now: "", context=lambda about, now: {}, channels=both, group=Group.AFTERCARE
    )
    monkeypatch.setitem(kinds.KINDS, "advice", kind)


def promise(patient, about="a"):
    return post("advice", to=address_of(patient), about=about, due=NOON + timedelta(days=1))


def choose(patient, **ways):
    keep_wishes(patient=patient, wishes=Wishes(ways=ways, language="en-gb", shows_what=False), by=BY)
    patient.refresh_from_db()


def channels():
    return set(Message.objects.in_state(State.DUE).values_list("channel", "address"))


def MAIL(patient):
    return "mail", patient.email


def SMS(patient):
    return "sms", patient.mobile


def test_without_a_word_it_goes_by_mail(patient):
    promise(patient)
    assert channels() == {MAIL(patient)}


@pytest.mark.parametrize(("way", "wanted"), [("mail", [MAIL]), ("sms", [SMS]), ("both", [MAIL, SMS])])
def test_each_way_makes_its_own_rows(patient, way, wanted):
    choose(patient, aftercare=way)
    promise(patient)
    assert channels() == {each(patient) for each in wanted}


def test_a_way_without_an_address_falls_back_to_the_other(patient):
    choose(patient, aftercare="sms")
    patient.mobile = ""
    promise(patient)
    assert channels() == {MAIL(patient)}


def test_what_was_promised_follows_the_choice_back_and_forth(patient):
    promise(patient)
    for way, wanted in (("sms", {SMS}), ("both", {MAIL, SMS}), ("mail", {MAIL}), ("sms", {SMS})):
        choose(patient, aftercare=way)
        assert channels() == {each(patient) for each in wanted}, way
    assert Message.objects.count() == 2
    assert Message.objects.get(channel="mail").reason == "The patient wants it another way"


def test_what_was_handed_over_or_withdrawn_for_a_reason_stays(patient):
    [handed] = promise(patient)
    [gone] = promise(patient, about="b")
    Message.objects.filter(pk=handed.pk).update(handed_at=NOON)
    Message.objects.filter(pk=gone.pk).update(state=State.WITHDRAWN, reason="The visit was cancelled")
    choose(patient, aftercare="sms")
    assert set(Message.objects.values_list("about", "channel", "state")) == {("a", "mail", "due"), ("b", "mail", "withdrawn")}


def test_stopping_is_kept_once_and_audited(patient):
    for _ in range(2):
        stop(patient=patient, group=Group.REMINDERS, by=BY)
    patient.refresh_from_db()
    assert patient.ways == {"reminders": "none"}
    assert AuditEntry.objects.filter(about=patient.key, verb="patient.stop_messages").count() == 1


@pytest.mark.parametrize("ways", [{"reminders": "pigeon"}, {"bills": "mail"}])
def test_ways_that_do_not_exist_are_refused(patient, ways):
    with pytest.raises(ValueError, match="is not a valid"):
        choose(patient, **ways)
