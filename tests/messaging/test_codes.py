"""An address is proved by the code that was sent to it, once, soon, and not by trying."""

from datetime import timedelta

import pytest
from django.core import mail

from messaging.codes import MOST_CODES, MOST_TRIES, CodeNotSent, check_code, forget_old_codes, send_code
from messaging.models import EmailCode
from tests.messaging.conftest import NOW

pytestmark = pytest.mark.django_db
PROOF = {"address": "hannah@mail.example", "about": "hold-1"}


def sent_code(**changes: object) -> str:
    return mail.outbox[-1].subject.partition(" is your code")[0]


@pytest.fixture
def code(bloomsbury) -> str:
    send_code(**PROOF, clinic=bloomsbury, now=NOW)
    return sent_code()


def wrong(code: str) -> str:
    return f"{(int(code.replace(' ', '')) + 1) % 1_000_000:06d}"


def test_the_code_that_was_sent_proves_the_address_once(code):
    assert mail.outbox[0].to == ["hannah@mail.example"]
    assert code in mail.outbox[0].body
    assert check_code(**PROOF, code=code, now=NOW) is True
    assert check_code(**PROOF, code=code, now=NOW) is False


def test_it_may_be_typed_with_spaces_hyphens_or_full_width_figures(code, bloomsbury):
    wide = "".join(chr(ord(figure) + 0xFEE0) if figure.isdigit() else figure for figure in code)
    assert check_code(**PROOF, code=f" {wide} ", now=NOW) is True
    send_code(**PROOF, clinic=bloomsbury, now=NOW)
    assert check_code(address="Hannah@Mail.Example ", about="hold-1", code=sent_code().replace(" ", "-"), now=NOW) is True


@pytest.mark.parametrize("change", [{"address": "ben@mail.example"}, {"about": "hold-2"}, {"purpose": "signin"}])
def test_it_proves_nothing_else(code, change):
    assert check_code(**(PROOF | {"code": code, "now": NOW} | change)) is False


def test_it_lasts_a_quarter_of_an_hour(code):
    assert check_code(**PROOF, code=code, now=NOW + timedelta(minutes=15)) is False
    assert check_code(**PROOF, code=code, now=NOW + timedelta(minutes=14, seconds=59)) is True


def test_after_five_wrong_tries_the_right_one_is_refused_too(code):
    for _ in range(MOST_TRIES):
        assert check_code(**PROOF, code=wrong(code), now=NOW) is False
    assert check_code(**PROOF, code=code, now=NOW) is False


@pytest.mark.parametrize("typed", ["", "abcdef", "12345", "9" * 500, "１２"])
def test_nonsense_is_no_code(code, typed):
    assert check_code(**PROOF, code=typed, now=NOW) is False


def test_only_the_newest_code_counts(code, bloomsbury):
    send_code(**PROOF, clinic=bloomsbury, now=NOW)
    newest = sent_code()
    if newest != code:
        assert check_code(**PROOF, code=code, now=NOW) is False
    assert check_code(**PROOF, code=newest, now=NOW) is True


def test_the_database_holds_neither_code_nor_address(code):
    held = " ".join(str(value) for row in EmailCode.objects.values() for value in row.values())
    assert "hannah" not in held
    assert code.replace(" ", "") not in held


def test_one_address_is_not_flooded(bloomsbury):
    for number in range(MOST_CODES):
        send_code(address=PROOF["address"], about=f"hold-{number}", clinic=bloomsbury, now=NOW)
    with pytest.raises(CodeNotSent, match="several codes"):
        send_code(**PROOF, clinic=bloomsbury, now=NOW)
    send_code(**PROOF, clinic=bloomsbury, now=NOW + timedelta(hours=1))
    assert len(mail.outbox) == MOST_CODES + 1


@pytest.mark.django_db(transaction=True)
def test_a_mail_server_that_is_away_is_said_in_words_with_the_phone_number(bloomsbury, sink):
    sink.stop()
    with pytest.raises(CodeNotSent, match="ring us on 020 7946 0182"):
        send_code(**PROOF, clinic=bloomsbury, now=NOW)


@pytest.mark.django_db(transaction=True)
def test_a_mail_server_that_stalls_is_not_waited_for(bloomsbury, sink, settings):
    settings.EMAIL_TIMEOUT = 0.3
    sink.answers[PROOF["address"]] = ["stall"]
    with pytest.raises(CodeNotSent, match="just now"):
        send_code(**PROOF, clinic=bloomsbury, now=NOW)


@pytest.mark.django_db(transaction=True)
def test_an_address_the_server_refuses_is_said_to_need_a_check(bloomsbury, sink):
    sink.answers[PROOF["address"]] = ["550 no such mailbox"]
    with pytest.raises(CodeNotSent, match="check it for a slip"):
        send_code(**PROOF, clinic=bloomsbury, now=NOW)


def test_old_codes_are_forgotten(code):
    forget_old_codes(now=NOW + timedelta(days=1))
    assert EmailCode.objects.exists()
    forget_old_codes(now=NOW + timedelta(days=2))
    assert not EmailCode.objects.exists()
