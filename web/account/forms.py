"""The forms of signing in, in the house's words and shape."""

from allauth.account import forms
from django.core.exceptions import ValidationError
from django.forms import Field

from web.forms import House

ADVICE = "Twelve characters or more. A few words that you can remember make a good one."


class AccountForm(House):
    """One of allauth's forms as a form of the house: our labels, nothing inside the boxes."""

    asks: dict[str, str] = {}
    hints: dict[str, str] = {}

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            self._dress(name, field)

    def _dress(self, name: str, field: Field) -> None:
        field.label = self.asks.get(name, field.label)
        field.help_text = self.hints.get(name, "")
        field.widget.attrs.pop("placeholder", None)
        field.error_messages["required"] = f"Please fill in “{field.label}”"

    def add_error(self, field: str | None, error: ValidationError | str) -> None:
        """Say that two passwords differ in our words."""
        super().add_error(field, "The two passwords are not the same" if field == "password2" else error)


class SignIn(AccountForm, forms.LoginForm):
    asks = {"login": "E-mail", "password": "Password"}


class AskForCode(AccountForm, forms.RequestLoginCodeForm):
    asks = {"email": "E-mail"}


class EnterCode(AccountForm, forms.ConfirmLoginCodeForm):
    asks = {"code": "Code"}


class AskForReset(AccountForm, forms.ResetPasswordForm):
    asks = {"email": "E-mail"}


class ChoosePassword(AccountForm, forms.SetPasswordForm):
    asks = {"password1": "New password", "password2": "The same password again"}
    hints = {"password1": ADVICE}


class ChooseNewPassword(AccountForm, forms.ResetPasswordKeyForm):
    asks = {"password1": "New password", "password2": "The same password again"}


class ChangePassword(AccountForm, forms.ChangePasswordForm):
    asks = {"oldpassword": "Password you use now", "password1": "New password", "password2": "The same new password again"}
