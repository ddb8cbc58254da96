"""Django's SMTP backend with one more step: a call between the message and its final dot."""

import re
import smtplib
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage
from django.core.mail.backends.smtp import EmailBackend
from django.core.mail.message import sanitize_address

Mark = Callable[[], None]
_CRLF = b"\r\n"


class Fenced(Exception):
    """Another sender holds the claim now: the dot must not go out."""


class Marked(smtplib.SMTP):
    """Sends the body, then asks, then sends the dot that makes the server take the message.

    A server keeps nothing before the dot (RFC 5321, 4.1.1.4), so an exception of `before_dot`
    leaves the message unsent once the connection is closed.
    """

    before_dot: Mark | None = None

    def data(self, msg: Any) -> tuple[int, bytes]:
        """As `smtplib.SMTP.data`, in two steps."""
        self.putcmd("data")
        code, reply = self.getreply()
        if code != 354:
            raise smtplib.SMTPDataError(code, reply)
        body = msg.encode("ascii") if isinstance(msg, str) else bytes(msg)
        quoted = re.sub(rb"(?m)^\.", b"..", body)
        if not quoted.endswith(_CRLF):
            quoted += _CRLF
        self.send(quoted)
        if self.before_dot is not None:
            self.before_dot()
        self.send(b"." + _CRLF)
        return self.getreply()


class MarkedOverTls(Marked, smtplib.SMTP_SSL):
    """The same where the connection is encrypted from its first byte."""


class Backend(EmailBackend):
    """One connection, used for several messages, dropped after any doubt about its state."""

    _partial_connection: smtplib.SMTP | None

    @property
    def connection_class(self) -> type[Marked]:
        """Our connection in place of the standard library's."""
        return MarkedOverTls if self.use_ssl else Marked

    def deliver(self, message: EmailMessage, before_dot: Mark) -> None:
        """Send one message over the open connection; raises what `smtplib` raises, and Fenced."""
        if not isinstance(self.connection, Marked):
            raise smtplib.SMTPServerDisconnected("no open connection")
        self.connection.before_dot = before_dot
        encoding = message.encoding or settings.DEFAULT_CHARSET
        content: Any = message.message()
        self.connection.sendmail(
            sanitize_address(message.from_email, str(encoding)),
            [sanitize_address(address, str(encoding)) for address in message.recipients()],
            content.as_bytes(linesep="\r\n"),
        )

    def drop(self) -> None:
        """Cut the connection without a farewell: in the middle of a message QUIT would be text."""
        for connection in (self.connection, self._partial_connection):
            if connection is not None:
                connection.close()
        self.connection = self._partial_connection = None
