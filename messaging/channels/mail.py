"""Mail: by a mail server whose connection stays open for several letters, or by a mail service's own interface."""

import smtplib
from contextlib import suppress
from email.utils import formataddr, parseaddr

from anymail.exceptions import AnymailAPIError, AnymailConfigurationError, AnymailInvalidAddress, AnymailRecipientsRefused
from django.conf import settings
from django.core.mail import EmailMultiAlternatives, get_connection
from django.core.mail.backends.base import BaseEmailBackend

from messaging.channels.trouble import Away, NotSent, Permanent, Temporary
from messaging.render import Letter

BROKE_OFF = "The mail server broke off, or did not answer in time"
CLOSING = 421  # the server ends this connection: nothing of the letter was taken
OUR_SET_UP = {401, 402, 403, 404}  # a mail service that doesn't know us, or wants to be paid


class MailLine:
    """A connection to the mail server, opened with the first letter; each step has `EMAIL_TIMEOUT` seconds."""

    def __init__(self) -> None:
        self.connection: BaseEmailBackend | None = None
        self.carried = 0

    def send(self, letter: Letter) -> None:
        """Hand a mail over; raise `NotSent` if that failed. What went wrong ends the connection, and the next letter opens its own."""
        try:
            self._hand_over(letter)
        except NotSent:
            self.close()
            raise
        self.carried += 1

    def close(self) -> None:
        """Say goodbye, if that is still possible."""
        connection, self.connection, self.carried = self.connection, None, 0
        if connection:
            with suppress(smtplib.SMTPException, OSError):
                connection.close()

    def _hand_over(self, letter: Letter) -> None:
        mail = _mail(letter)
        try:
            self._opened().send_messages([mail])
        except smtplib.SMTPSenderRefused as error:
            if error.smtp_code != CLOSING or not self.carried:
                raise Away(f"The mail server does not accept our mail now ({error.smtp_code})") from None
            self.close()  # it had enough of this connection: once more on a fresh one
            self._hand_over(letter)
        except smtplib.SMTPRecipientsRefused as error:
            raise _refused(*next(iter(error.recipients.values()))) from None
        except smtplib.SMTPDataError as error:
            raise _refused(error.smtp_code, error.smtp_error) from None
        except smtplib.SMTPResponseException as error:  # greeting, sign-in: our own set-up, not this letter
            raise Away(f"The mail server does not accept our mail now ({error.smtp_code})") from None
        except (AnymailRecipientsRefused, AnymailInvalidAddress):
            raise Permanent("The mail service refused this address") from None
        except AnymailAPIError as error:
            raise _answered(error.status_code) from None
        except (smtplib.SMTPException, OSError):
            raise Temporary(BROKE_OFF) from None

    def _opened(self) -> BaseEmailBackend:
        if self.connection is None:
            try:
                connection = get_connection(timeout=settings.EMAIL_TIMEOUT)
                connection.open()
            except AnymailConfigurationError:
                raise Away("The mail service is not set up: EMAIL_URL lacks something") from None
            except smtplib.SMTPResponseException as error:
                raise Away(f"The mail server does not accept our mail now ({error.smtp_code})") from None
            except (smtplib.SMTPServerDisconnected, TimeoutError):
                raise Away(BROKE_OFF) from None
            except (smtplib.SMTPException, OSError):
                raise Away("The mail server could not be reached") from None
            self.connection = connection
        return self.connection


def _mail(letter: Letter) -> EmailMultiAlternatives:
    mail = EmailMultiAlternatives(
        subject=letter.subject,
        body=letter.text,
        from_email=formataddr((" ".join(f"{letter.clinic}".split()), _sender())),
        to=[formataddr((letter.name, letter.to)) if letter.name else letter.to],
        reply_to=[letter.clinic.email] if letter.clinic.email else None,
        headers={"Message-ID": letter.id, "Auto-Submitted": "auto-generated", **_ways_to_stop(letter)},
    )
    mail.attach_alternative(letter.html, "text/html")
    for file in letter.attachments:
        mail.attach(file.name, file.content, file.mime.partition("; charset=")[0])  # Django adds its own
    return mail


def _ways_to_stop(letter: Letter) -> dict[str, str]:
    """The headers behind the button of mail programs: one press, no page (RFC 8058)."""
    if not letter.stop_url:
        return {}
    return {"List-Unsubscribe": f"<{letter.stop_url}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}


def _sender() -> str:
    sender = parseaddr(settings.DEFAULT_FROM_EMAIL)[1]
    if "@" not in sender:
        raise Away("There is no address to send from: DEFAULT_FROM_EMAIL is missing")
    return sender


def _refused(code: int, words: bytes) -> NotSent:
    said = " ".join(words.decode("utf-8", "replace").split())[:120]
    if 500 <= code < 600:
        return Permanent(f"The mail server refused it: {said} ({code})")
    return Temporary(f"The mail server asked to try later: {said} ({code})")


def _answered(code: int | None) -> NotSent:
    """What a mail service's status means."""
    if code is None:
        return Temporary("The mail service could not be reached, or did not answer in time")
    if code in OUR_SET_UP or code == 429:
        return Away(f"The mail service does not accept our mail now ({code})")
    if code >= 500:
        return Temporary(f"The mail service asked to try later ({code})")
    return Permanent(f"The mail service refused it ({code})")
