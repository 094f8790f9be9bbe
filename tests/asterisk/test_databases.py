"""What Asterisk remembers of the tables follows their changes; and all of it on PostgreSQL too."""

import tempfile
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest_asyncio
from sqlalchemy import select

from orchestrator.bootstrap import running
from orchestrator.devices.model import Device
from tests.asterisk.office import Office, opened, story, until_found
from tests.phones.phone import Account, SippPhone
from tests.phones.wire import PhoneFailed
from tests.postgres import running_postgres
from tests.stack import settings_for


@pytest_asyncio.fixture
async def office_on_postgresql(tmp_path: Path) -> AsyncIterator[Office]:
    async with AsyncExitStack() as leaving:
        server = await leaving.enter_async_context(running_postgres())
        home = leaving.enter_context(tempfile.TemporaryDirectory(prefix="centrale-"))
        settings = settings_for(Path(home)).model_copy(
            update={"database_url": server.url(await server.create(migrated=False))}
        )
        centrale = await leaving.enter_async_context(running(settings))
        yield await leaving.enter_async_context(opened(centrale, tmp_path))


async def test_given_postgresql_when_people_and_the_outside_call_then_all_is_as_on_sqlite(
    office_on_postgresql: Office,
) -> None:
    office = office_on_postgresql
    ann, bob = [await office.hire(number) for number in ("101", "102")]
    alice, bert = await office.desk(ann), await office.desk(bob)
    provider = await office.provider()
    await office.books.add_did("31201234567", bob, trunk_id=provider.trunk_id)
    answering = await bert.answer()
    inside = await alice.call("102", talk_ms=200, ended_by="us")
    await inside.finished()
    await answering.until_sent("200 BYE")

    async def known() -> bool:
        return bool(office.plan.dids)

    await until_found(known)
    outside = await provider.phone.call("31201234567", talk_ms=200, ended_by="us")
    await outside.finished()
    await answering.stop()
    first, second = await office.books.journal(2)
    assert story(first)[:2] == ("answered", "caller_hung_up")
    assert (first.direction, second.direction) == ("internal", "inbound")
    assert story(second)[:2] == ("answered", "caller_hung_up")


async def test_given_a_secret_that_was_changed_when_registering_then_only_the_new_one_counts(
    office: Office, tmp_path: Path
) -> None:
    ann = await office.hire("101")
    old = ann.accounts[0]
    phone = await office.desk(ann)
    async with office.books.database.transaction(office.books.scope) as session:
        device = await session.scalar(select(Device).where(Device.sip_username == old.username))
        assert device is not None
        device.sip_secret = "the-new-secret"
    renewed = Account(old.username, "the-new-secret")
    async with SippPhone(office.sip, tmp_path, renewed, name="renewed") as other:
        await until_found(lambda: registers(other, 200))
        await phone.register(expect=401)
        await other.register(expires=0)


async def registers(phone: SippPhone, expect: int) -> bool:
    """Whether the answer is the expected one: some 50 ms after a change it is not yet."""
    try:
        await phone.register(expect=expect)
    except PhoneFailed:
        return False
    return True


async def test_given_a_device_that_was_disabled_when_it_calls_then_it_is_nobody(
    office: Office,
) -> None:
    ann, _ = [await office.hire(number) for number in ("101", "102")]
    phone = await office.desk(ann)
    async with office.books.database.transaction(office.books.scope) as session:
        device = await session.scalar(
            select(Device).where(Device.sip_username == ann.accounts[0].username)
        )
        assert device is not None
        device.disabled = True
    await until_found(lambda: registers(phone, 401))
    await phone.call_refused("102", 401)
