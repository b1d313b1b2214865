"""How people sign in: by e-mail, with a code or a password; accounts are given, never taken."""

import logging
from smtplib import SMTPException

from allauth.account.adapter import DefaultAccountAdapter
from anymail.exceptions import AnymailError
from django.contrib import messages
from django.http import HttpRequest

log = logging.getLogger(__name__)


class SignIn(DefaultAccountAdapter):
    """Staff are invited and patients arrive by booking, so nobody signs up; everyone starts at their own page."""

    error_messages = {
        **DefaultAccountAdapter.error_messages,
        "account_inactive": "This account is closed. Please ring us.",
        "email_password_mismatch": "That address and password don’t belong together. Try again, or ask for a code by mail",
        "enter_current_password": "That is not the password you use now",
        "incorrect_code": "That is not the code we sent. Check it, or ask for another",
        "invalid_login": "That address and password don’t belong together. Try again, or ask for a code by mail",
        "invalid_password_reset": "This link no longer works. Ask for a new one",
        "rate_limited": "We have sent several codes already. Please wait a few minutes, then ask again.",
        "too_many_login_attempts": "There were several tries that didn’t fit. Please wait a few minutes, then try again.",
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def get_login_redirect_url(self, request: HttpRequest) -> str:
        return "/start/"

    def send_mail(self, template_prefix: str, email: str, context: dict) -> None:
        """Send at once; a mail server that is away is said on the page, never shown as a fault of ours."""
        try:
            super().send_mail(template_prefix, email, context)
        except (OSError, SMTPException, AnymailError) as error:
            log.warning("a mail about signing in could not be sent: %s", type(error).__name__)
            messages.error(self.request, "We couldn’t send the mail just now. Please try again in a minute.")
