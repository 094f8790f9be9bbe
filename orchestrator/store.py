"""The data of an installation: its tables, what calls see of them, and what calls write."""

from contextlib import AsyncExitStack
from dataclasses import dataclass

import structlog
from sqlalchemy.exc import SQLAlchemyError

from orchestrator.audit.trail import AuditTrail
from orchestrator.calls.journal import JournalWriter
from orchestrator.calls.spool import Spool
from orchestrator.clock import Clock
from orchestrator.db.schema import migrate
from orchestrator.db.session import Database
from orchestrator.errors import Unavailable
from orchestrator.events.service import EventService
from orchestrator.routing.read_model import ReadModel, spare_the_collector
from orchestrator.settings import Settings

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Store:
    """The data: tables, what calls see of them, and what calls write."""

    database: Database
    events: EventService
    read_model: ReadModel
    spool: Spool
    journal: JournalWriter
    audit: AuditTrail


async def open_store(stack: AsyncExitStack, settings: Settings, clock: Clock) -> Store:
    """Bring the schema up to date, read the plan, open the spool."""
    await migrate(settings)
    database = Database(settings.database)
    stack.push_async_callback(database.close)
    events = EventService(database, clock)
    read_model = ReadModel(database)
    await read_model.load()
    spare_the_collector()
    spool = Spool(settings.home / "spool")
    stack.callback(spool.close)
    journal = JournalWriter(database.engine, spool)
    # Last in the way down: what the ending calls wrote still goes into the database.
    audit = AuditTrail(database, clock)
    stack.push_async_callback(_write_down, journal, events, audit)
    return Store(database, events, read_model, spool, journal, audit)


async def _write_down(journal: JournalWriter, events: EventService, audit: AuditTrail) -> None:
    try:
        while await journal.drain():
            pass
        await events.flush()
        await audit.flush()
    except (OSError, SQLAlchemyError, Unavailable) as error:
        log.warning("journal-left-in-spool", error=type(error).__name__)
