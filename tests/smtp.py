"""A real mail server on loopback, that refuses, postpones, encrypts and asks who it is."""

import asyncio
import datetime
import ipaddress
import ssl
import warnings
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

HOST = "127.0.0.1"


@dataclass
class Mailbox:
    """What the server took, and what it says to the next messages instead of taking them."""

    port: int = 0
    messages: list[EmailMessage] = field(default_factory=list)
    answers: deque[str] = field(default_factory=deque)
    refused: frozenset[str] = frozenset()
    attempts: int = 0
    encrypted: bool = False
    users: list[str] = field(default_factory=list)

    async def handle_RCPT(  # noqa: N802  Named by aiosmtpd.
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        self.attempts += 1
        if address in self.refused:
            return "550 No such user"
        if self.answers:
            return self.answers.popleft()
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        content = envelope.content
        assert isinstance(content, bytes)
        self.encrypted = session.ssl is not None or server.transport.get_extra_info("ssl_object")
        message = message_from_bytes(content, policy=policy.default)
        assert isinstance(message, EmailMessage)
        self.messages.append(message)
        return "250 Taken"


@dataclass(frozen=True, slots=True)
class Certificate:
    """A certificate for loopback: what the server shows, and a client that trusts it."""

    server: ssl.SSLContext
    client: ssl.SSLContext


def certificate(folder: Path) -> Certificate:
    """A new one, signed by itself; its files are in `folder`."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "loopback")])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(minutes=5))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(HOST))]),
            critical=False,
        )
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    plain = serialization.NoEncryption()
    file = folder / "certificate.pem"
    file.write_bytes(
        key.private_bytes(pem, serialization.PrivateFormat.PKCS8, plain) + made.public_bytes(pem)
    )
    server = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    server.load_cert_chain(file)
    return Certificate(server, ssl.create_default_context(cafile=str(file)))


@asynccontextmanager
async def mail_server(
    *,
    starttls: ssl.SSLContext | None = None,
    tls: ssl.SSLContext | None = None,
    password: str = "",
) -> AsyncIterator[Mailbox]:
    """A server on a port of the system's choice; with a `password` it takes nothing without it."""
    mailbox = Mailbox()

    def authenticate(
        server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: object
    ) -> AuthResult:
        assert isinstance(data, LoginPassword)
        mailbox.users.append(data.login.decode())
        return AuthResult(success=data.password.decode() == password, handled=False)

    def factory() -> SMTP:
        with warnings.catch_warnings():
            # It does not see that it listens encrypted, and finds asking for a password careless.
            warnings.simplefilter("ignore")
            return SMTP(
                mailbox,
                hostname="mail.test",
                tls_context=starttls,
                require_starttls=starttls is not None,
                authenticator=authenticate if password else None,
                auth_required=bool(password),
                auth_require_tls=bool(starttls),
            )

    listening = await asyncio.get_running_loop().create_server(factory, HOST, 0, ssl=tls)
    mailbox.port = listening.sockets[0].getsockname()[1]
    async with listening:
        yield mailbox
