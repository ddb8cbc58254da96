"""Sending one message and knowing what came of it: sent, refused, later, or nobody can tell."""

import smtplib
from dataclasses import dataclass
from enum import StrEnum
from types import TracebackType

from django.conf import settings
from django.core.mail import EmailMessage, get_connection

from followup.core.mail.smtp import Backend, Fenced, Mark

_SMTP = "django.core.mail.backends.smtp.EmailBackend"


class DeliveryOutcome(StrEnum):
    """What came of an attempt."""

    SENT = "sent"
    REFUSED = "refused"  # for good: the address or the message
    LATER = "later"  # refused for now
    AWAY = "away"  # no server to talk to; nothing else needs to be tried now
    UNKNOWN = "unknown"  # the dot went out, no answer came back
    FENCED = "fenced"  # another sender has it


@dataclass(frozen=True, slots=True)
class Result:
    """An outcome with the server's words."""

    outcome: DeliveryOutcome
    error: str = ""


def _words(error: Exception) -> str:
    if isinstance(error, smtplib.SMTPResponseException):
        said = error.smtp_error
        text = said.decode(errors="replace") if isinstance(said, bytes) else str(said)
        return f"{error.smtp_code} {text}"
    return f"{type(error).__name__}: {error}"


def _for_good(code: int) -> DeliveryOutcome:
    return DeliveryOutcome.REFUSED if 500 <= code < 600 else DeliveryOutcome.LATER


class Mailer:
    """One connection for a batch, opened when the first message needs it.

    With another mail backend than SMTP (console, memory) the mark comes just before the message.
    """

    def __init__(self) -> None:
        self._smtp = Backend() if settings.EMAIL_BACKEND == _SMTP else None

    def __enter__(self) -> "Mailer":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._smtp is None:
            return
        try:
            self._smtp.close()
        except (OSError, smtplib.SMTPException):
            self._smtp.drop()

    def send(self, message: EmailMessage, before_dot: Mark) -> Result:
        """Send one message; `before_dot` puts the attempt on record or raises Fenced."""
        if self._smtp is None:
            return self._elsewhere(message, before_dot)
        try:
            self._smtp.open()
        except (OSError, smtplib.SMTPException) as error:
            self._smtp.drop()
            return Result(DeliveryOutcome.AWAY, _words(error))
        return self._converse(self._smtp, message, before_dot)

    def _converse(self, smtp: Backend, message: EmailMessage, before_dot: Mark) -> Result:
        marked = False

        def mark() -> None:
            nonlocal marked
            before_dot()
            marked = True

        try:
            smtp.deliver(message, mark)
        except smtplib.SMTPRecipientsRefused as error:
            codes = [code for code, _said in error.recipients.values()]
            outcome = _for_good(min(codes))  # one "try later" is enough to try later
            return Result(outcome, _words(error))
        except smtplib.SMTPDataError as error:
            return Result(_for_good(error.smtp_code), _words(error))
        except smtplib.SMTPResponseException as error:
            # A refused sender is our own setting: no reason to give up on the notice.
            return Result(DeliveryOutcome.LATER, _words(error))
        except (OSError, smtplib.SMTPException) as error:
            smtp.drop()
            return Result(
                DeliveryOutcome.UNKNOWN if marked else DeliveryOutcome.AWAY, _words(error)
            )
        except BaseException as error:
            smtp.drop()
            if isinstance(error, Fenced):
                return Result(DeliveryOutcome.FENCED)
            raise
        return Result(DeliveryOutcome.SENT)

    def _elsewhere(self, message: EmailMessage, before_dot: Mark) -> Result:
        try:
            before_dot()
        except Fenced:
            return Result(DeliveryOutcome.FENCED)
        get_connection().send_messages([message])
        return Result(DeliveryOutcome.SENT)
