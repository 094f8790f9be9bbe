"""Migrations on both databases, and what is said when a database cannot be used."""

import asyncio
import os
import re
from pathlib import Path

import pytest
from sqlalchemy import JSON, Connection, func, inspect, select, text

from orchestrator.db.base import Base
from orchestrator.db.engine import WRITES, make_engine
from orchestrator.db.schema import HEAD, alembic_config, current_revision, migrate
from orchestrator.db.session import Database
from orchestrator.db.tables import metadata
from orchestrator.db.views import VIEWS, create_views, drop_views
from orchestrator.departments.model import Department
from orchestrator.devices.model import Device
from orchestrator.errors import Misconfigured, Unavailable
from orchestrator.forwarding.model import StatusProfile
from orchestrator.forwarding.rules import Status
from orchestrator.ivr.model import Ivr, IvrKey
from orchestrator.ivr.rules import KeyAction
from orchestrator.numbers.model import Did
from orchestrator.people.model import Extension, User
from orchestrator.people.pins import weakness
from orchestrator.people.rules import OwnerKind
from orchestrator.queues.model import Queue, QueueAgent, QueueManager
from orchestrator.ring_groups.model import RingGroup
from orchestrator.settings import Settings
from orchestrator.types import DestinationKind, StoredDestination, new_id
from tests.factories.rows import add_customer, add_employee
from tests.phones.ports import free_tcp_port


async def test_an_empty_database_gets_all_tables_and_views(empty_url: str) -> None:
    settings = Settings(database_url=empty_url)
    assert await migrate(settings) is True
    assert await migrate(settings) is False, "the second time there is nothing to do"
    engine = make_engine(empty_url)
    async with engine.connect() as connection:
        tables = await connection.run_sync(lambda c: set(inspect(c).get_table_names()))
        views = await connection.run_sync(lambda c: set(inspect(c).get_view_names()))
        platform = (await connection.execute(text("SELECT slug, kind FROM tenants"))).all()
    await engine.dispose()
    assert tables == set(metadata.tables) | {"alembic_version"}
    assert views == set(VIEWS)
    assert [tuple(row) for row in platform] == [("platform", "platform")]


async def test_two_processes_may_migrate_at_once(empty_url: str) -> None:
    settings = Settings(database_url=empty_url)
    done = await asyncio.gather(*(migrate(settings) for _ in range(4)))
    assert sorted(done) == [False, False, False, True]


async def test_models_and_migrations_agree(database_url: str) -> None:
    def differences(connection: Connection) -> list[object]:
        from alembic.autogenerate import compare_metadata
        from alembic.migration import MigrationContext

        context = MigrationContext.configure(connection, opts={"compare_server_default": True})
        return list(compare_metadata(context, metadata))

    engine = make_engine(database_url)
    async with engine.connect() as connection:
        found = await connection.run_sync(differences)
    await engine.dispose()
    assert found == []


async def test_the_head_in_the_code_is_the_newest_migration(database_url: str) -> None:
    def newest(connection: Connection) -> str | None:
        from alembic.script import ScriptDirectory

        return ScriptDirectory.from_config(alembic_config(connection)).get_current_head()

    engine = make_engine(database_url)
    async with engine.connect() as connection:
        assert await connection.run_sync(newest) == HEAD
    await engine.dispose()


async def test_down_and_up_again(database_url: str) -> None:
    def down(connection: Connection) -> set[str]:
        from alembic import command

        drop_views(connection)
        command.downgrade(alembic_config(connection), "base")
        return set(inspect(connection).get_table_names())

    def up(connection: Connection) -> set[str]:
        from alembic import command

        command.upgrade(alembic_config(connection), "head")
        create_views(connection)
        return set(inspect(connection).get_table_names())

    engine = make_engine(database_url)
    async with engine.execution_options(**{WRITES: True}).begin() as connection:
        assert await connection.run_sync(down) == {"alembic_version"}
        assert await connection.run_sync(up) == set(metadata.tables) | {"alembic_version"}
    assert await current_revision(engine) == HEAD
    await engine.dispose()


def _add(connection: Connection, table: str, **values: object) -> str:
    """A row of `table` as some revision has it; what is needed and not named is a plain value."""
    tenant = connection.execute(text("SELECT id FROM tenants")).scalar()
    row: dict[str, object] = {"id": f"{table}-1", "tenant_id": tenant, **values}
    for column in inspect(connection).get_columns(table):
        if column["name"] in row or column["nullable"] or column["default"] is not None:
            continue
        kind = column["type"].python_type
        row[column["name"]] = "[]" if isinstance(column["type"], JSON) else kind()
    names = ", ".join(row)
    marks = ", ".join(f":{name}" for name in row)
    connection.execute(text(f"INSERT INTO {table} ({names}) VALUES ({marks})"), row)
    return f"{table}-1"


async def test_an_installation_of_the_first_version_keeps_all_its_rows(empty_url: str) -> None:
    def first(connection: Connection) -> None:
        from alembic import command

        command.upgrade(alembic_config(connection), "0001")
        trunk = _add(connection, "trunks", endpoint="t1")
        _add(connection, "trunk_addresses", trunk_id=trunk, address="192.0.2.1")
        _add(connection, "outbound_rules", trunk_id=trunk)
        _add(connection, "dids", trunk_id=trunk, number="31201234567")
        user = _add(connection, "users", first_name="Ada")
        _add(connection, "devices", user_id=user)

    def counts(connection: Connection) -> dict[str, object]:
        tables = ("trunks", "trunk_addresses", "outbound_routes", "dids", "users", "devices")
        count = "SELECT count(*) FROM "
        return {each: connection.execute(text(count + each)).scalar() for each in tables}

    engine = make_engine(empty_url)
    async with engine.execution_options(**{WRITES: True}).begin() as connection:
        await connection.run_sync(first)
    assert await migrate(Settings(database_url=empty_url)) is True
    async with engine.connect() as connection:
        assert set((await connection.run_sync(counts)).values()) == {1}
    await engine.dispose()


async def test_people_from_before_get_a_pin_and_keep_all_they_have(database: Database) -> None:
    def down_and_up(connection: Connection) -> None:
        from alembic import command

        drop_views(connection)
        command.downgrade(alembic_config(connection), "0002")
        assert "pin" not in {each["name"] for each in inspect(connection).get_columns("users")}
        command.upgrade(alembic_config(connection), "head")
        create_views(connection)

    scope = await add_customer(database, "acme")
    for number in ("100", "1234"):
        await add_employee(database, scope, number)
    async with database.transaction(scope) as session:
        session.add_all(User() for _ in range(50))
    async with database.engine.execution_options(**{WRITES: True}).begin() as connection:
        await connection.run_sync(down_and_up)
    async with database.reading() as session:
        people = list(await session.scalars(select(User)))
        devices = await session.scalar(select(func.count()).select_from(Device))
    assert (len(people), devices) == (52, 2)
    pins = [each.pin or "" for each in people]
    assert all(re.fullmatch("[0-9]{4}", pin) for pin in pins)
    assert not any(weakness(pin) for pin in pins)
    assert len(set(pins)) > 40, "everybody has one of their own"
    assert {(each.pin_protected, each.pin_seconds) for each in people} == {(False, 300)}


def _leading_to_a_queue(
    department: str, queue: str, agent: str, away: StoredDestination
) -> list[Base]:
    """Rows that lead to `queue`, of which some lead `away` too."""
    there: StoredDestination = {"kind": "queue", "ref": queue}
    ivr = new_id()
    return [
        Extension(number="800", owner_kind=OwnerKind.QUEUE, owner_id=queue),
        QueueAgent(queue_id=queue, user_id=agent, position=0),
        QueueManager(queue_id=queue, user_id=agent),
        Did(number="1", destination_kind=DestinationKind.QUEUE, destination_ref=queue),
        Did(number="2", destination_kind=DestinationKind.USER, destination_ref=agent),
        RingGroup(id=new_id(), name="G", department_id=department, no_answer=there),
        Ivr(id=ivr, name="I", department_id=department, no_input=there, sms_to=there),
        IvrKey(ivr_id=ivr, keys="1", action=KeyAction.GO, destination=there),
        IvrKey(ivr_id=ivr, keys="2", action=KeyAction.GO, destination=away),
        StatusProfile(
            user_id=agent, status=Status.AWAY, destinations={"always": {"internal": there}}
        ),
    ]


async def test_without_queues_nothing_leads_to_one_and_all_else_stays(database: Database) -> None:
    scope, queue = await add_customer(database, "acme"), new_id()
    agent = (await add_employee(database, scope, "101")).user_id
    away: StoredDestination = {"kind": "user", "ref": agent}
    async with database.transaction(scope) as session:
        department = await session.scalar(
            select(Department.id).where(Department.tenant_id == scope.tenant)
        )
        assert department is not None
        session.add(Queue(id=queue, name="Support", department_id=department))
        await session.flush()
        session.add_all(_leading_to_a_queue(department, queue, agent, away))

    def down_and_up(connection: Connection) -> None:
        from alembic import command

        drop_views(connection)
        command.downgrade(alembic_config(connection), "0004")
        assert not [name for name in inspect(connection).get_table_names() if "queue" in name]
        assert "queue_id" not in {c["name"] for c in inspect(connection).get_columns("segments")}
        command.upgrade(alembic_config(connection), "head")
        create_views(connection)

    async with database.engine.execution_options(**{WRITES: True}).begin() as connection:
        await connection.run_sync(down_and_up)
    async with database.reading() as session:
        dids = {row.number: row.destination_kind for row in await session.scalars(select(Did))}
        keys = [row.keys for row in await session.scalars(select(IvrKey))]
        (menu,) = await session.scalars(select(Ivr))
        (members,) = await session.scalars(select(RingGroup))
        (profile,) = await session.scalars(select(StatusProfile))
        numbers = list(await session.scalars(select(Extension.number)))
        assert not list(await session.scalars(select(Queue)))
    assert dids == {"1": DestinationKind.END_CALL, "2": DestinationKind.USER}
    assert (menu.no_input, menu.sms_to, keys) == (None, None, ["2"])
    assert (members.no_answer, profile.destinations, numbers) == (None, {}, ["101"])


async def test_a_newer_schema_is_refused_in_plain_words(database_url: str) -> None:
    engine = make_engine(database_url)
    async with engine.execution_options(**{WRITES: True}).begin() as connection:
        await connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    await engine.dispose()
    with pytest.raises(Misconfigured, match="newer version") as refused:
        await migrate(Settings(database_url=database_url))
    assert "9999" in refused.value.message


async def test_a_broken_file_is_refused_in_plain_words(tmp_path: Path) -> None:
    path = tmp_path / "centrale.db"
    path.write_bytes(os.urandom(8192))
    with pytest.raises(Misconfigured, match="damaged or is no SQLite file"):
        await migrate(Settings(database_url=f"sqlite:///{path}"))


def _copy_damaged(source: Path, target: Path) -> None:
    """A file that begins like a database and goes on with noise."""
    content = source.read_bytes()
    target.write_bytes(content[:100] + os.urandom(len(content) // 2))


async def test_a_damaged_file_is_refused_in_plain_words(
    sqlite_template: Path, tmp_path: Path
) -> None:
    path = tmp_path / "centrale.db"
    _copy_damaged(sqlite_template, path)
    with pytest.raises(Misconfigured, match="damaged"):
        await migrate(Settings(database_url=f"sqlite:///{path}"))


async def test_no_postgresql_there_is_said_in_plain_words() -> None:
    url = f"postgresql://centrale:guessme@127.0.0.1:{free_tcp_port()}/centrale"
    with pytest.raises(Misconfigured, match=r"PostgreSQL at 127\.0\.0\.1:\d+/centrale") as refused:
        await migrate(Settings(database_url=url))
    assert "guessme" not in refused.value.message
    database = Database(url)
    with pytest.raises(Unavailable):
        await database.check()
    await database.close()


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("nonsense", "not a database URL"),
        ("mysql://localhost/centrale", "mysql is not sqlite or postgresql"),
        ("sqlite://", "SQLite needs a file"),
        ("sqlite:////proc/nowhere/centrale.db", "folder of the database"),
    ],
)
async def test_a_wrong_url_is_refused_in_plain_words(url: str, said: str) -> None:
    with pytest.raises(Misconfigured, match=said):
        await migrate(Settings(database_url=url))
