import re

import pytest
from django.contrib.auth import get_user
from django.core import mail
from django.test import Client

from clinic.enums import Role
from tests.factories import ClinicFactory, UserFactory

pytestmark = pytest.mark.django_db
PASSWORD = "needles rest quietly"


@pytest.fixture
def user():
    user = UserFactory(email="hannah@example.org", role=Role.PATIENT)
    user.set_password(PASSWORD)
    user.save()
    return user


def text(response):
    return " ".join(response.content.decode().split())


def sign_in(client, **said):
    return client.post("/account/login/", {"login": "hannah@example.org", "password": PASSWORD} | said)


# Where everybody starts


@pytest.mark.parametrize(
    ("role", "address"),
    [(Role.PATIENT, "/plan/"), (Role.PRACTITIONER, "/today/"), (Role.RECEPTIONIST, "/diary/"), (Role.ADMIN, "/approvals/")],
)
def test_everybody_starts_at_the_page_of_their_role(client, role, address):
    client.force_login(UserFactory(role=role, clinics=[ClinicFactory()]))

    assert client.get("/start/").url == address


def test_somebody_signed_out_starts_by_signing_in(client):
    assert client.get("/start/").url == "/account/login/?next=/start/"


# By password


def test_a_password_lets_its_owner_in(client, user):
    response = sign_in(client)

    assert response.url == "/start/"
    assert get_user(client) == user


@pytest.mark.parametrize("said", [{"password": "wrong"}, {"login": "nobody@example.org"}])
def test_an_unknown_address_and_a_wrong_password_get_the_same_answer(client, user, said):
    page = text(sign_in(client, **said))

    assert "That address and password don’t belong together." in page
    assert "<title>Error: " in page
    assert not get_user(client).is_authenticated


def test_an_empty_form_says_what_is_missing_with_links_to_the_boxes(client):
    page = text(client.post("/account/login/", {}))

    assert "Please fill in “E-mail”" in page and "Please fill in “Password”" in page
    assert 'href="#id_login"' in page and 'href="#id_password"' in page


def test_somebody_whose_account_was_closed_stays_out(client, user):
    user.is_active = False
    user.save()

    sign_in(client)

    assert not get_user(client).is_authenticated


def test_trying_again_and_again_is_turned_away_even_with_the_right_password(client, user):
    for _ in range(10):
        sign_in(client, password="wrong")

    sign_in(client)

    assert not get_user(client).is_authenticated


@pytest.mark.parametrize("address", ["https://elsewhere.example/", "//elsewhere.example", "/\\elsewhere.example", "javascript:alert(1)"])
def test_signing_in_never_leads_to_another_host(client, user, address):
    response = client.post(f"/account/login/?next={address}", {"login": user.email, "password": PASSWORD, "next": address})

    assert response.url == "/start/"


# By code


def test_a_mailed_code_lets_its_owner_in(client, user):
    client.post("/account/login/code/", {"email": user.email})
    [letter] = mail.outbox
    code = re.search(r"^ {4}(\S+)$", letter.body, re.MULTILINE)[1]

    page = text(client.get("/account/login/code/confirm/"))
    response = client.post("/account/login/code/confirm/", {"code": code})

    assert "Enter the code from your mail" in page
    assert (letter.to, letter.subject) == ([user.email], f"{code} is your sign-in code")
    assert response.url == "/start/"
    assert get_user(client) == user


def test_a_wrong_code_is_said_and_lets_nobody_in(client, user):
    client.post("/account/login/code/", {"email": user.email})

    page = text(client.post("/account/login/code/confirm/", {"code": "000000"}))

    assert "That is not the code we sent." in page
    assert not get_user(client).is_authenticated


def test_asking_for_a_code_tells_nobody_who_has_an_account(user):
    known, unknown = (Client().post("/account/login/code/", {"email": email}) for email in (user.email, "nobody@example.org"))

    assert (known.status_code, known.url) == (unknown.status_code, unknown.url)
    assert [letter.to for letter in mail.outbox] == [[user.email], ["nobody@example.org"]]
    assert "There is no account under it." in mail.outbox[1].body


def test_a_mail_server_that_is_away_is_said_and_breaks_nothing(client, user, settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1

    page = text(client.post("/account/login/code/", {"email": user.email}, follow=True))

    assert "We couldn’t send the mail just now." in page


# Passwords


def test_a_forgotten_password_is_replaced_by_a_link_that_works_once(client, user):
    client.post("/account/password/reset/", {"email": user.email})
    link = re.search(r"http://testserver(\S+)", mail.outbox[0].body)[1]

    form = client.get(link, follow=True)
    done = client.post(form.redirect_chain[-1][0], {"password1": "water, light meal", "password2": "water, light meal"}, follow=True)
    again = client.get(link, follow=True)

    user.refresh_from_db()
    assert user.check_password("water, light meal")
    assert done.status_code == 200
    assert "This link no longer works" in text(again)
    assert mail.outbox[-1].subject == "Your password was changed"


def test_two_passwords_that_differ_are_said(client, user):
    client.force_login(user)

    page = text(client.post("/account/password/change/", {"oldpassword": PASSWORD, "password1": "a long new word", "password2": "another"}))

    assert "The two passwords are not the same" in page


def test_a_short_password_is_refused(client, user):
    client.force_login(user)

    client.post("/account/password/change/", {"oldpassword": PASSWORD, "password1": "short", "password2": "short"})

    user.refresh_from_db()
    assert user.check_password(PASSWORD)


def test_passwords_are_for_those_who_signed_in(client):
    for address in ("/account/password/change/", "/account/password/set/"):
        assert client.get(address).url == f"/account/login/?next={address}"


# Out


def test_signing_out_takes_a_press_and_ends_the_session(client, user):
    client.force_login(user)
    client.get("/account/logout/")
    assert get_user(client).is_authenticated

    assert client.post("/account/logout/").url == "/"
    assert not get_user(client).is_authenticated


@pytest.mark.parametrize(
    "address",
    ["login/", "login/code/", "password/reset/", "password/reset/done/", "password/reset/key/x-y/", "signup/", "inactive/"],
)
def test_every_page_of_signing_in_is_ours(client, address):
    response = client.get(f"/account/{address}", follow=True)

    assert response.status_code == 200
    assert '<main id="main"' in text(response)


@pytest.mark.parametrize("address", ["email/", "reauthenticate/", "confirm-email/x/", "3rdparty/"])
def test_other_doors_of_the_library_stay_shut(client, address):
    client.force_login(UserFactory(role=Role.PATIENT))

    assert client.get(f"/account/{address}").status_code == 404
