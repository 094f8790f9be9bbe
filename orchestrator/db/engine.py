"""Engines for SQLite and PostgreSQL, with the settings that each needs to be safe and quick.

SQLite: WAL, so readers (Asterisk among them) never wait for the writer; transactions that write
begin with BEGIN IMMEDIATE, so that none fails half-way on a lock. PostgreSQL: every statement
and lock wait has a time-out in the server itself.
"""

from pathlib import Path
from typing import Protocol

from sqlalchemy import URL, Connection, event, make_url
from sqlalchemy.exc import ArgumentError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import ConnectionPoolEntry

from orchestrator.errors import Misconfigured

WRITES = "centrale_writes"
"""Execution option of connections that will write."""

BUSY_MILLISECONDS = 10_000
STATEMENT_MILLISECONDS = 30_000
POOL_SIZE = 10

_DRIVERS = {"sqlite": "sqlite+aiosqlite", "postgresql": "postgresql+asyncpg"}


def database_url(text: str) -> URL:
    """The URL with our driver in it. Raises Misconfigured for what we do not support."""
    try:
        url = make_url(text)
    except ArgumentError:
        raise Misconfigured("CENTRALE_DATABASE_URL is not a database URL.") from None
    backend = url.get_backend_name()
    if backend not in _DRIVERS:
        raise Misconfigured(f"CENTRALE_DATABASE_URL: {backend} is not sqlite or postgresql.")
    return url.set(drivername=_DRIVERS[backend])


def make_engine(text: str) -> AsyncEngine:
    """An engine for `text`; nothing is connected yet, but the folder of a SQLite file is made."""
    url = database_url(text)
    return _sqlite(url) if url.get_backend_name() == "sqlite" else _postgresql(url)


def _postgresql(url: URL) -> AsyncEngine:
    return create_async_engine(
        url,
        pool_size=POOL_SIZE,
        max_overflow=POOL_SIZE,
        pool_timeout=10,
        pool_pre_ping=True,
        pool_recycle=1800,
        connect_args={
            "timeout": 10,
            "command_timeout": STATEMENT_MILLISECONDS / 1000 + 5,
            "server_settings": {
                "application_name": "centrale",
                "timezone": "UTC",
                "statement_timeout": str(STATEMENT_MILLISECONDS),
                "lock_timeout": str(BUSY_MILLISECONDS),
                "idle_in_transaction_session_timeout": str(STATEMENT_MILLISECONDS),
            },
        },
    )


def _sqlite(url: URL) -> AsyncEngine:
    if not url.database or url.database == ":memory:":
        raise Misconfigured("CENTRALE_DATABASE_URL: SQLite needs a file; Asterisk reads it too.")
    folder = Path(url.database).parent
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise Misconfigured(f"The folder of the database, {folder}: {error.strerror}.") from None
    engine = create_async_engine(url, pool_size=POOL_SIZE, max_overflow=POOL_SIZE, pool_timeout=10)
    event.listen(engine.sync_engine, "connect", _prepare_sqlite)
    event.listen(engine.sync_engine, "begin", _begin_sqlite)
    return engine


class _DbapiCursor(Protocol):
    def execute(self, statement: str) -> object: ...
    def close(self) -> None: ...


class _DbapiConnection(Protocol):
    isolation_level: str | None

    def cursor(self) -> _DbapiCursor: ...


def _prepare_sqlite(connection: _DbapiConnection, _: ConnectionPoolEntry) -> None:
    # The driver must not begin transactions by itself: `_begin_sqlite` does.
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in (
        f"busy_timeout = {BUSY_MILLISECONDS}",
        "journal_mode = WAL",
        "synchronous = NORMAL",
        "foreign_keys = ON",
        "temp_store = MEMORY",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    writes = connection.get_execution_options().get(WRITES, False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
