"""Mails go to a real mail server, in words and language of the reader, however it behaves."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from orchestrator.clock import SystemClock
from orchestrator.events.rules import EventLevel
from orchestrator.events.service import NewEvent
from orchestrator.mail.delivery import SmtpServer, server_of
from orchestrator.mail.mailer import MAX_WAITING, Mailer
from orchestrator.mail.message import Mail, Template, written
from orchestrator.settings import Settings, SmtpSecurity
from tests.asterisk.office import until
from tests.smtp import HOST, Certificate, Mailbox, certificate, mail_server

FACTS = {
    "number": "112",
    "caller_number": "101",
    "caller_name": "Ann <Boss>",
    "tenant": "Acme",
    "at": "2026-03-01 13:00 CET",
}
SOON = (0.05, 0.05, 0.05)


def alarm(*to: str, language: str = "en") -> Mail:
    return Mail(to or ("ada@example.test",), Template.EMERGENCY, language, FACTS)


def server(
    mailbox: Mailbox, security: SmtpSecurity = SmtpSecurity.NONE, **more: object
) -> SmtpServer:
    return SmtpServer(HOST, mailbox.port, security, "pbx@acme.test", **more)  # type: ignore[arg-type]


@asynccontextmanager
async def mailing(to: SmtpServer | None, events: list[NewEvent]) -> AsyncIterator[Mailer]:
    mailer = Mailer(to, SystemClock(), events.append, SOON)
    task = asyncio.create_task(mailer.run(), name="mail")
    try:
        yield mailer
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


@pytest.fixture(scope="module")
def certified(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    return certificate(tmp_path_factory.mktemp("tls"))


@pytest.mark.parametrize(
    ("language", "says"),
    [("en", "calls 112"), ("nl-NL", "belt 112"), ("fr", "calls 112")],
)
async def test_a_mail_comes_in_the_language_of_its_reader_as_text_and_html(
    language: str, says: str
) -> None:
    async with mail_server() as mailbox, mailing(server(mailbox), []) as mailer:
        mailer.post(alarm(language=language))
        await until(lambda: len(mailbox.messages) == 1)
    (message,) = mailbox.messages
    assert message["Subject"] == f"101 Ann <Boss> {says}"
    assert (message["From"], message["To"]) == ("pbx@acme.test", "ada@example.test")
    assert message["Auto-Submitted"] == "auto-generated"
    text, html = (part.get_content() for part in message.iter_parts())
    assert "Ann <Boss>" in text
    assert "2026-03-01 13:00 CET" in text
    assert "Ann &lt;Boss&gt;" in html
    assert "<Boss>" not in html


def test_a_line_break_in_a_name_begins_no_header() -> None:
    facts = FACTS | {"caller_name": "Ann\nBcc: everybody@example.test"}
    message = written(Mail(("a@b.test",), Template.EMERGENCY, "en", facts), "a@b.test", "p@b.test")
    assert message["Bcc"] is None
    assert "Ann Bcc: everybody" in message["Subject"]


async def test_each_reader_gets_a_message_and_a_refused_one_harms_no_other() -> None:
    events: list[NewEvent] = []
    async with mail_server() as mailbox, mailing(server(mailbox), events) as mailer:
        mailbox.refused = frozenset({"gone@example.test"})
        mailer.post(alarm("ada@example.test", "gone@example.test", "bob@example.test"))
        await until(lambda: len(mailbox.messages) == 2 and bool(events))
        assert mailer.waiting == 0, "a refused message is not tried again"
    assert [message["To"] for message in mailbox.messages] == [
        "ada@example.test",
        "bob@example.test",
    ]
    (event,) = events
    assert (event.type.value.number, event.details["to"]) == (50026, "gone@example.test")
    assert "550" in event.details["answer"] or "No such user" in event.details["answer"]


async def test_a_server_that_postpones_gets_the_message_later() -> None:
    events: list[NewEvent] = []
    async with mail_server() as mailbox, mailing(server(mailbox), events) as mailer:
        mailbox.answers.extend(["451 Greylisted", "421 Busy"])
        mailer.post(alarm())
        await until(lambda: len(mailbox.messages) == 1)
    assert mailbox.attempts == 3
    assert events == []


async def test_a_server_that_is_down_is_tried_until_patience_ends() -> None:
    events: list[NewEvent] = []
    async with mail_server() as mailbox:
        gone = server(mailbox)
    async with mailing(gone, events) as mailer:
        mailer.post(alarm())
        await until(lambda: bool(events))
        assert mailer.waiting == 0
    assert events[0].details["template"] == "emergency"


@pytest.mark.parametrize("security", [SmtpSecurity.STARTTLS, SmtpSecurity.TLS])
async def test_a_mail_travels_encrypted_after_signing_in(
    certified: Certificate, security: SmtpSecurity
) -> None:
    starttls = certified.server if security is SmtpSecurity.STARTTLS else None
    tls = certified.server if security is SmtpSecurity.TLS else None
    async with mail_server(starttls=starttls, tls=tls, password="pass") as mailbox:
        to = server(mailbox, security, username="pbx", password="pass", context=certified.client)
        async with mailing(to, []) as mailer:
            mailer.post(alarm())
            await until(lambda: len(mailbox.messages) == 1)
    assert mailbox.encrypted
    assert mailbox.users == ["pbx"]


async def test_a_wrong_password_is_a_refusal(certified: Certificate) -> None:
    events: list[NewEvent] = []
    async with mail_server(starttls=certified.server, password="pass") as mailbox:
        to = server(
            mailbox,
            SmtpSecurity.STARTTLS,
            username="pbx",
            password="wrong",
            context=certified.client,
        )
        async with mailing(to, events) as mailer:
            mailer.post(alarm())
            await until(lambda: bool(events))
    assert mailbox.messages == []


@pytest.mark.parametrize("case", ["a stranger's certificate", "no encryption at all"])
async def test_nothing_is_said_to_a_server_that_is_not_the_one(
    certified: Certificate, case: str
) -> None:
    events: list[NewEvent] = []
    starttls = certified.server if case == "a stranger's certificate" else None
    async with (
        mail_server(starttls=starttls) as mailbox,
        mailing(server(mailbox, SmtpSecurity.STARTTLS), events) as mailer,
    ):
        mailer.post(alarm())
        await until(lambda: bool(events))
    assert (mailbox.messages, mailbox.attempts) == ([], 0)


async def test_without_a_mail_server_it_is_said_once_and_nothing_breaks() -> None:
    events: list[NewEvent] = []
    async with mailing(server_of(Settings(home=Path("unused"))), events) as mailer:
        for _ in range(3):
            mailer.post(alarm())
        assert mailer.waiting == 0
    (event,) = events
    assert (event.type.value.number, event.level) == (50026, EventLevel.WARNING)


async def test_more_mails_than_can_wait_are_dropped() -> None:
    async with mail_server() as mailbox:
        mailer = Mailer(server(mailbox), SystemClock(), print)
        for _ in range(MAX_WAITING + 5):
            mailer.post(alarm())
        assert mailer.waiting == MAX_WAITING


def test_the_settings_name_the_server() -> None:
    named = Settings(
        home=Path("unused"), smtp_host="mail.acme.test", smtp_security="tls", smtp_port=465
    )
    found = server_of(named)
    assert found is not None
    assert (found.host, found.port, found.security) == ("mail.acme.test", 465, SmtpSecurity.TLS)
    assert found.sender == "centrale@mail.acme.test"
