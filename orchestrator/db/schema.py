"""The schema of the database: is it ours, and bring it up to date.

When the schema is current, which is nearly always, one small query says so and Alembic is not
even imported.
"""

from pathlib import Path
from typing import TYPE_CHECKING

import structlog
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError, OperationalError, ProgrammingError
from sqlalchemy.ext.asyncio import AsyncEngine

from orchestrator.db.engine import WRITES, make_engine
from orchestrator.db.views import create_views, drop_views
from orchestrator.errors import Misconfigured
from orchestrator.settings import Settings

if TYPE_CHECKING:
    from alembic.config import Config

HEAD = "0006"
"""The revision this code was written for."""

MIGRATIONS = Path(__file__).resolve().parents[2] / "migrations"

_LOCK = 0x63656E7472616C65
"""Key of the advisory lock in PostgreSQL: the bytes of "centrale"."""

log = structlog.get_logger(__name__)


async def migrate(settings: Settings) -> bool:
    """Bring the schema to `HEAD`; True when there was something to do. Safe to run at any time.

    Raises Misconfigured, with words for the person at the keyboard, when the database cannot be
    reached or read, or was made by a newer version of the product.
    """
    engine = make_engine(settings.database)
    try:
        return await _migrate(engine)
    except DBAPIError as error:
        raise Misconfigured(_explain(engine, str(error.orig))) from error
    except OSError as error:
        raise Misconfigured(_explain(engine, str(error))) from error
    finally:
        await engine.dispose()


async def current_revision(engine: AsyncEngine) -> str | None:
    """The revision the database is at; None for an empty one."""
    try:
        async with engine.connect() as connection:
            found: str | None = await connection.scalar(
                text("SELECT version_num FROM alembic_version")
            )
            return found
    except (OperationalError, ProgrammingError) as error:
        if "alembic_version" in str(error.orig):
            return None
        raise


async def _migrate(engine: AsyncEngine) -> bool:
    if await current_revision(engine) == HEAD:
        return False
    writing = engine.execution_options(**{WRITES: True})
    async with writing.connect() as connection:
        if engine.dialect.name == "sqlite":
            await connection.run_sync(_let_tables_be_replaced)
        async with connection.begin():
            if engine.dialect.name == "postgresql":
                await connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
            return await connection.run_sync(_upgrade)


def _let_tables_be_replaced(connection: Connection) -> None:
    """SQLite changes a column by a new table in the place of the old one.

    With foreign keys on, dropping the old one would delete, or be held by, all rows that refer to
    it. The pragma has no effect inside a transaction; `_upgrade` looks at all keys at its end.
    """
    cursor = connection.connection.cursor()
    cursor.execute("PRAGMA foreign_keys = OFF")
    cursor.close()


def _require_whole(connection: Connection) -> None:
    """Raise when a row of SQLite refers to none: the upgrade then never was."""
    if connection.dialect.name == "sqlite":
        broken = connection.exec_driver_sql("PRAGMA foreign_key_check").all()
        if broken:
            tables = ", ".join(sorted({row[0] for row in broken}))
            raise Misconfigured(f"The upgrade would leave rows of {tables} that refer to none.")


def _upgrade(connection: Connection) -> bool:
    # Imported here because a start with a current schema does without them.
    from alembic import command
    from alembic.migration import MigrationContext

    # Read again: another process may have migrated while this one waited for the lock.
    before = MigrationContext.configure(connection).get_current_revision()
    if before == HEAD:
        return False
    config = alembic_config(connection)
    _require_known(config, before)
    log.info("database schema upgrade", before=before, after=HEAD)
    drop_views(connection)
    command.upgrade(config, "head")
    create_views(connection)
    _require_whole(connection)
    return True


def _require_known(config: "Config", revision: str | None) -> None:
    from alembic.script import ScriptDirectory
    from alembic.util import CommandError

    if revision is None:
        return
    try:
        ScriptDirectory.from_config(config).get_revision(revision)
    except CommandError:
        raise Misconfigured(
            f"The database was made by a newer version of Centrale: its schema is {revision}, "
            f"this version knows {HEAD}. Install that version again, or restore a backup."
        ) from None


def _explain(engine: AsyncEngine, said: str) -> str:
    """What is wrong with the database, in words for the person who runs the installation."""
    url = engine.url
    if engine.dialect.name == "postgresql":
        place = f"{url.host or 'localhost'}:{url.port or 5432}/{url.database}"
        return f"PostgreSQL at {place} cannot be used: {said}"
    if "malformed" in said or "not a database" in said:
        return (
            f"The database {url.database} is damaged or is no SQLite file ({said}). "
            "Restore a backup, or move the file away to begin anew."
        )
    return f"The database {url.database} cannot be used: {said}"


def alembic_config(connection: Connection) -> "Config":
    """Alembic's configuration, to work on `connection`; there is no alembic.ini."""
    from alembic.config import Config

    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", str(MIGRATIONS))
    return config
