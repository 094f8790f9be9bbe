"""Databases for contract tests: each test gets its own, of both kinds."""

import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from orchestrator.db.schema import migrate
from orchestrator.db.session import Database
from orchestrator.settings import Settings
from tests.postgres import PostgresServer, running_postgres

Source = PostgresServer | Path


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def postgres_server() -> AsyncIterator[PostgresServer]:
    """One PostgreSQL for the session; it starts when the first test asks for it."""
    async with running_postgres() as server:
        yield server


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file with our schema, to be copied."""
    path = tmp_path_factory.mktemp("template") / "centrale.db"
    await migrate(Settings(database_url=f"sqlite:///{path}"))
    return path


@pytest.fixture(params=["sqlite", "postgresql"])
def source(request: pytest.FixtureRequest) -> Source:
    """Where a test's database comes from.

    Not async: an async fixture cannot ask for another one, and a server must start only for
    tests that need it.
    """
    needed = "sqlite_template" if request.param == "sqlite" else "postgres_server"
    found: Source = request.getfixturevalue(needed)
    return found


@pytest_asyncio.fixture
async def empty_url(source: Source, tmp_path: Path) -> AsyncIterator[str]:
    """The URL of a database without tables."""
    if isinstance(source, Path):
        yield f"sqlite:///{tmp_path / 'home' / 'centrale.db'}"
        return
    name = await source.create(migrated=False)
    yield source.url(name)
    await source.drop(name)


@pytest_asyncio.fixture
async def database_url(source: Source, tmp_path: Path) -> AsyncIterator[str]:
    """The URL of a database with our schema and the platform tenant."""
    if isinstance(source, Path):
        path = tmp_path / "centrale.db"
        shutil.copy(source, path)
        yield f"sqlite:///{path}"
        return
    name = await source.create(migrated=True)
    yield source.url(name)
    await source.drop(name)


@pytest_asyncio.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    """The seam to such a database."""
    database = Database(database_url)
    yield database
    await database.close()
