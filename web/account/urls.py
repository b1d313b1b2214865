"""Signing in and out: of allauth's many doors only these."""

from allauth.account import views as allauth
from django.urls import path, re_path

from web.account.views import no_signup
from web.guard import allow, public

urlpatterns = [
    path("login/", public(allauth.login), name="account_login"),
    path("login/code/", public(allauth.request_login_code), name="account_request_login_code"),
    path("login/code/confirm/", public(allauth.confirm_login_code), name="account_confirm_login_code"),
    path("logout/", public(allauth.logout), name="account_logout"),
    path("signup/", no_signup, name="account_signup"),
    path("inactive/", public(allauth.account_inactive), name="account_inactive"),
    path("password/change/", allow("account.keep")(allauth.password_change), name="account_change_password"),
    path("password/set/", allow("account.keep")(allauth.password_set), name="account_set_password"),
    path("password/reset/", public(allauth.password_reset), name="account_reset_password"),
    path("password/reset/done/", public(allauth.password_reset_done), name="account_reset_password_done"),
    re_path(
        r"^password/reset/key/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>[^/]+)/$",  # a key holds hyphens, the part before it doesn't
        public(allauth.password_reset_from_key),
        name="account_reset_password_from_key",
    ),
    path(
        "password/reset/key/done/",
        public(allauth.password_reset_from_key_done),
        name="account_reset_password_from_key_done",
    ),
]
