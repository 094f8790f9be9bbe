"""Databases of both kinds for the contract tests, empty or with our schema."""

import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from orchestrator.db.schema import migrate
from orchestrator.db.session import Database
from orchestrator.settings import Settings
from tests.postgres import PostgresServer, running_postgres

BOTH = ("sqlite", "postgresql")


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def postgres() -> AsyncIterator[PostgresServer]:
    """One server for all tests; it starts when the first asks for it."""
    async with running_postgres() as server:
        yield server


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file with our schema, to be copied."""
    home = tmp_path_factory.mktemp("template")
    await migrate(Settings(home=home))
    return home / "centrale.db"


@pytest_asyncio.fixture(params=BOTH)
async def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[str]:
    """The URL of an empty database; the test runs once on each kind."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'empty.db'}"
        return
    server: PostgresServer = request.getfixturevalue("postgres")
    name = await server.create(migrated=False)
    yield server.url(name)
    await server.drop(name)


@pytest_asyncio.fixture(params=BOTH)
async def database_url(
    request: pytest.FixtureRequest, tmp_path: Path, sqlite_template: Path
) -> AsyncIterator[str]:
    """The URL of a database with our schema; the test runs once on each kind."""
    if request.param == "sqlite":
        copy = tmp_path / "centrale.db"
        shutil.copy(sqlite_template, copy)
        yield f"sqlite:///{copy}"
        return
    server: PostgresServer = request.getfixturevalue("postgres")
    name = await server.create(migrated=True)
    yield server.url(name)
    await server.drop(name)


@pytest_asyncio.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    """A database with our schema; the test runs once on each kind."""
    database = Database(database_url)
    yield database
    await database.close()
