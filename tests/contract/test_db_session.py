"""The database seam: transactions of one tenant, audit, changes, and errors in our words."""

import asyncio
import shutil
import sqlite3
import threading
import time
from pathlib import Path

import pytest
import uvloop
from sqlalchemy import func, select, update

from orchestrator.audit.model import AuditEntry
from orchestrator.db.changes import Change
from orchestrator.db.errors import Taken
from orchestrator.db.origin import ORIGIN
from orchestrator.db.scope import NOWHERE, get_in, require_version, select_in
from orchestrator.db.session import Database
from orchestrator.departments.model import Department
from orchestrator.errors import Conflict, Invalid, NotFound, Stale
from orchestrator.people.model import Membership, User
from orchestrator.routing.model import OutboundRoute, OutboundRule
from orchestrator.tenants.model import Tenant
from orchestrator.trunks.model import Trunk
from orchestrator.trunks.rules import Registration
from orchestrator.types import Actor, ActorKind, Scope
from tests.factories.rows import add_customer, add_employee


async def test_a_new_row_gets_the_tenant_and_times_in_utc(database: Database) -> None:
    scope = await add_customer(database, "acme")
    async with database.transaction(scope) as session:
        session.add(User(id="u1", first_name="Ada"))
    async with database.reading() as session:
        user = await get_in(session, scope, User, "u1")
    assert (user.tenant_id, user.version) == (scope.tenant, 1)
    assert user.created_at.utcoffset().total_seconds() == 0  # type: ignore[union-attr]


async def test_a_row_of_another_tenant_is_refused(database: Database) -> None:
    mine, theirs = await add_customer(database, "mine"), await add_customer(database, "theirs")
    with pytest.raises(RuntimeError, match="another tenant"):
        async with database.transaction(mine) as session:
            session.add(User(tenant_id=theirs.tenant))
    with pytest.raises(Conflict):
        async with database.transaction(NOWHERE) as session:
            session.add(User())


async def test_a_row_of_another_tenant_is_not_found(database: Database) -> None:
    mine, theirs = await add_customer(database, "mine"), await add_customer(database, "theirs")
    employee = await add_employee(database, theirs, "100")
    async with database.reading() as session:
        assert list(await session.scalars(select_in(mine, User))) == []
        with pytest.raises(NotFound, match="no such user"):
            await get_in(session, mine, User, employee.user_id)


async def test_a_reference_into_another_tenant_is_refused_by_the_database(
    database: Database,
) -> None:
    mine, theirs = await add_customer(database, "mine"), await add_customer(database, "theirs")
    employee = await add_employee(database, mine, "100")
    async with database.transaction(theirs) as session:
        session.add(Department(id="d-theirs", name="Sales"))
    with pytest.raises(Conflict):
        async with database.transaction(mine) as session:
            session.add(Membership(user_id=employee.user_id, department_id="d-theirs"))


async def test_a_reading_sees_one_snapshot_to_its_end(database: Database) -> None:
    scope = await add_customer(database, "acme")
    async with database.reading() as session:
        before = await session.scalar(select(func.count()).select_from(Department))
        async with database.transaction(scope) as writing:
            writing.add(Department(id="d-new", name="New"))
        assert await session.scalar(select(func.count()).select_from(Department)) == before
    async with database.reading() as session:
        assert await session.get(Department, "d-new") is not None
    async with database.transaction(scope) as session:
        (await session.get_one(Department, "d-new")).name = "Newer"


async def test_a_failed_transaction_leaves_nothing(database: Database) -> None:
    scope = await add_customer(database, "acme")
    changes: list[Change] = []
    database.feed.subscribe(changes.append)

    async def fail() -> None:
        async with database.transaction(scope) as session:
            session.add(User(id="u1"))
            await session.flush()
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fail()
    async with database.reading() as session:
        assert await session.get(User, "u1") is None
        tags = await session.scalars(select(AuditEntry.tag).where(AuditEntry.object_id == "u1"))
        assert list(tags) == []
    assert changes == []


async def test_taken_values_are_named_by_field(database: Database) -> None:
    scope = await add_customer(database, "acme")
    with pytest.raises(Taken) as taken:
        await add_customer(database, "acme")
    assert [each.field for each in taken.value.fields] == ["slug"]
    for name in ("one@acme.test", "one@acme.test"):
        async with database.transaction(scope) as session:
            session.add(User(email=name))
    with pytest.raises(Taken) as taken:
        async with database.transaction(scope) as session:
            session.add_all(User(email="two@acme.test", password_hash="x") for _ in range(2))
    assert [each.field for each in taken.value.fields] == ["email"]


async def test_a_missing_value_is_named_by_field(database: Database) -> None:
    scope = await add_customer(database, "acme")
    with pytest.raises(Invalid) as invalid:
        async with database.transaction(scope) as session:
            session.add(Department())
    assert [each.field for each in invalid.value.fields] == ["name"]


async def test_the_second_of_two_edits_is_stale(database: Database) -> None:
    scope = await add_customer(database, "acme")
    async with database.transaction(scope) as session:
        session.add(User(id="u1"))
    async with database.reading() as session:
        old = await get_in(session, scope, User, "u1")
    async with database.transaction(scope) as session:
        (await get_in(session, scope, User, "u1")).first_name = "Ada"
    async with database.reading() as session:
        new = await get_in(session, scope, User, "u1")
    require_version(new, None)
    require_version(new, 2)
    with pytest.raises(Stale):
        require_version(new, old.version)

    async def edit_old() -> None:
        async with database.transaction(scope) as session:
            session.add(old)
            old.first_name = "Eve"

    with pytest.raises(Stale):
        await edit_old()


async def test_the_audit_log_tells_who_changed_what(database: Database) -> None:
    scope = await add_customer(database, "acme")
    ada = Scope(scope.tenant, Actor(ActorKind.OPERATOR, "op1", "Ada", scope.tenant))
    token = ORIGIN.set("192.0.2.7")
    async with database.transaction(ada) as session:
        session.add(User(id="u1", first_name="Bob", password_hash="hash-of-old"))
    async with database.transaction(ada) as session:
        user = await get_in(session, ada, User, "u1")
        user.first_name, user.password_hash = "Rob", "hash-of-new"
    async with database.transaction(ada) as session:
        (await get_in(session, ada, User, "u1")).first_name = "Rob"
    async with database.transaction(ada) as session:
        await session.delete(await get_in(session, ada, User, "u1"))
    ORIGIN.reset(token)
    async with database.reading() as session:
        entries = list(
            await session.scalars(
                select_in(ada, AuditEntry)
                .where(AuditEntry.object_id == "u1")
                .order_by(AuditEntry.id)
            )
        )
    assert [entry.tag for entry in entries] == [
        "tenant:user:created",
        "tenant:user:updated",
        "tenant:user:deleted",
    ], "an edit that changes nothing leaves no entry"
    created, updated, deleted = entries
    assert created.before is None
    assert created.after is not None
    assert created.after["first_name"] == "Bob"
    assert updated.before == {"first_name": "Bob", "password_hash": "***"}
    assert updated.after == {"first_name": "Rob", "password_hash": "***"}
    assert deleted.before is not None
    assert deleted.before["first_name"] == "Rob"
    assert {(e.actor_name, e.ip) for e in entries} == {("Ada", "192.0.2.7")}
    assert "hash-of" not in repr([(e.before, e.after) for e in entries])


async def test_changes_are_told_after_the_commit(database: Database) -> None:
    scope = await add_customer(database, "acme")
    changes: list[Change] = []
    unsubscribe = database.feed.subscribe(changes.append)
    async with database.transaction(scope) as session:
        session.add(User())
        await session.flush()
        assert changes == []
    assert changes == [Change(frozenset({scope.tenant}))]
    async with database.transaction(scope) as session:
        session.add(
            Trunk(
                name="t",
                registration=Registration.NONE,
                endpoint="trunk-a",
                host="192.0.2.1",
                addresses=[],
            )
        )
    assert changes[1] == Change(frozenset({scope.tenant}), frozenset({scope.tenant}))
    unsubscribe()
    async with database.transaction(scope) as session:
        session.add(User())
    assert len(changes) == 2


async def test_changes_of_another_process_are_found(database: Database, database_url: str) -> None:
    scope = await add_customer(database, "acme")
    other = Database(database_url)
    heard: asyncio.Queue[Change] = asyncio.Queue()
    database.feed.subscribe(heard.put_nowait)
    watching = asyncio.create_task(database.watch(seconds=0.02))
    try:
        async with other.transaction(scope) as session:
            session.add(User())
        change = await asyncio.wait_for(heard.get(), 10)
        assert scope.tenant in change.tenants
        assert scope.tenant not in change.registrations
        async with database.transaction(scope) as session:
            session.add(User())
        assert (await asyncio.wait_for(heard.get(), 10)).tenants == {scope.tenant}
    finally:
        watching.cancel()
        await asyncio.gather(watching, return_exceptions=True)
        await other.close()
    assert heard.empty(), "one's own change is not told twice"


async def test_many_writers_take_turns(database: Database) -> None:
    scope = await add_customer(database, "acme")

    async def add() -> None:
        async with database.transaction(scope) as session:
            session.add(User())

    await asyncio.gather(*(add() for _ in range(40)))
    async with database.reading() as session:
        assert len(list(await session.scalars(select_in(scope, User)))) == 40


async def test_bulk_statements_cannot_pass_the_audit_log_by(database: Database) -> None:
    scope = await add_customer(database, "acme")
    with pytest.raises(RuntimeError, match="through the session"):
        async with database.transaction(scope) as session:
            await session.execute(update(User).values(disabled=True))


async def test_a_reading_session_cannot_write(database: Database) -> None:
    scope = await add_customer(database, "acme")
    async with database.reading() as session:
        session.add(User(tenant_id=scope.tenant))
        with pytest.raises(RuntimeError, match="cannot write"):
            await session.flush()


async def test_a_deleted_tenant_takes_everything_along(database: Database) -> None:
    scope = await add_customer(database, "acme")
    employee = await add_employee(database, scope, "100")
    async with database.transaction(scope) as session:
        trunk = Trunk(name="t", registration=Registration.NONE, endpoint="trunk-a", host="a.test")
        session.add(trunk)
        await session.flush()
        session.add(OutboundRule(name="all", routes=[OutboundRoute(trunk_id=trunk.id)]))
    async with database.transaction(scope) as session:
        tenant = await session.get_one(Tenant, scope.tenant)
        await session.delete(tenant)
    async with database.reading() as session:
        assert await session.get(User, employee.user_id) is None
        assert list(await session.scalars(select_in(scope, OutboundRule))) == []
        parents = await session.scalars(
            select(AuditEntry.tenant_id).where(AuditEntry.tag == "tenant:tenant:deleted")
        )
        assert list(parents) == [tenant.parent_id], "the history is the parent's"


async def test_a_transaction_inside_a_transaction_is_refused_at_once_on_sqlite(
    sqlite_template: Path, tmp_path: Path
) -> None:
    shutil.copy(sqlite_template, tmp_path / "centrale.db")
    database = Database(f"sqlite:///{tmp_path / 'centrale.db'}")
    scope = await add_customer(database, "acme")
    with pytest.raises(RuntimeError, match="inside a transaction"):
        async with database.transaction(scope), database.transaction(scope):
            pass
    await database.close()


async def test_closing_waits_for_connections_that_are_still_out(database: Database) -> None:
    out, back = asyncio.Event(), asyncio.Event()

    async def use() -> None:
        async with database.reading():
            out.set()
            await back.wait()

    using = asyncio.create_task(use())
    await out.wait()
    closing = asyncio.create_task(database.close())
    done, _ = await asyncio.wait({closing}, timeout=0.1)
    assert not done
    back.set()
    await asyncio.gather(using, closing)


def test_a_connection_that_is_cancelled_is_over_before_the_loop(
    sqlite_template: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As when the product stops while the disk is slow: a task is cancelled while it connects, and
    the loop ends right after. The driver's thread must not find the loop closed."""
    shutil.copy(sqlite_template, tmp_path / "centrale.db")
    crashed: list[threading.ExceptHookArgs] = []
    monkeypatch.setattr(threading, "excepthook", crashed.append)
    opening, connect, before = threading.Event(), sqlite3.connect, set(threading.enumerate())

    def slowly(path: str, **how: object) -> sqlite3.Connection:
        opening.set()
        time.sleep(0.2)
        return connect(path, **how)  # type: ignore[call-overload, no-any-return]

    monkeypatch.setattr(sqlite3, "connect", slowly)

    async def stop() -> None:
        database = Database(f"sqlite:///{tmp_path / 'centrale.db'}")
        asking = asyncio.create_task(database.check())
        await asyncio.to_thread(opening.wait, 10)
        asking.cancel()
        await asyncio.gather(asking, return_exceptions=True)
        await database.close()

    uvloop.run(stop())
    for thread in set(threading.enumerate()) - before:
        thread.join(10)
    assert not crashed
