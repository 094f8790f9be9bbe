"""Hands one message to the mail server: what it says decides whether another attempt may help."""

import asyncio
import ssl
from dataclasses import dataclass, field
from email.message import EmailMessage
from functools import cache

import aiosmtplib

from orchestrator.settings import Settings, SmtpSecurity

ATTEMPT_SECONDS = 30.0
"""For one attempt with all its steps: connect, encrypt, sign in, hand over."""


@dataclass(frozen=True, slots=True)
class SmtpServer:
    """The server that takes our mail. `username` empty: it asks for none.

    `context` None: its certificate is checked by the authorities that the system trusts.
    """

    host: str
    port: int
    security: SmtpSecurity
    sender: str
    username: str = ""
    password: str = field(default="", repr=False)
    context: ssl.SSLContext | None = field(default=None, repr=False)


def server_of(settings: Settings) -> SmtpServer | None:
    """The server that the settings name; None: none."""
    if not settings.smtp_host:
        return None
    password = settings.smtp_password
    return SmtpServer(
        settings.smtp_host,
        settings.smtp_port,
        settings.smtp_security,
        settings.mail_from or f"centrale@{settings.smtp_host}",
        settings.smtp_username,
        password.get_secret_value() if password else "",
    )


class Refused(Exception):
    """The server does not take this message, and will not later."""


class TryLater(Exception):
    """The server could not be reached, or takes the message later (a 4xx answer)."""


@cache
def _trust_of_the_system() -> ssl.SSLContext:
    """Read once: it is a file with hundreds of certificates."""
    return ssl.create_default_context()


async def deliver(server: SmtpServer, message: EmailMessage) -> None:
    """Hand `message` over. Raises Refused or TryLater."""
    client = aiosmtplib.SMTP(
        hostname=server.host,
        port=server.port,
        use_tls=server.security is SmtpSecurity.TLS,
        start_tls=server.security is SmtpSecurity.STARTTLS,
        username=server.username or None,
        password=server.password if server.username else None,
        tls_context=server.context or _trust_of_the_system(),
        timeout=ATTEMPT_SECONDS,
    )
    try:
        async with asyncio.timeout(ATTEMPT_SECONDS):
            await client.connect()
            await client.send_message(message)
    except aiosmtplib.SMTPRecipientsRefused as error:
        # One reader per message, so there is one answer.
        raise _judged(error.recipients[0].code, str(error.recipients[0])) from error
    except aiosmtplib.SMTPResponseException as error:
        raise _judged(error.code, str(error)) from error
    except (aiosmtplib.SMTPException, OSError, ValueError) as error:
        raise TryLater(str(error) or type(error).__name__) from error
    finally:
        # Without a farewell: when we are stopped there is no time to wait for an answer to it.
        client.close()


def _judged(code: int, said: str) -> Refused | TryLater:
    return TryLater(said) if code < 500 else Refused(said)
