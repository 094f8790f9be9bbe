"""The services without a running orchestrator, for single commands of the command line.

They may be used beside a running one: it hears of the changes within a second.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from orchestrator.address import own_address
from orchestrator.clock import SystemClock
from orchestrator.db.schema import migrate
from orchestrator.db.session import Database
from orchestrator.devices.service import SipAddress
from orchestrator.events.service import EventService
from orchestrator.routing.read_model import ReadModel
from orchestrator.settings import Settings
from orchestrator.web.services import Ground, build_services
from orchestrator.web.table import Services


@asynccontextmanager
async def offline_services(settings: Settings) -> AsyncIterator[Services]:
    """The services over the database of `settings`, whose schema is brought up to date."""
    await migrate(settings)
    database = Database(settings.database)
    try:
        clock = SystemClock()
        events = EventService(database, clock)
        sip = SipAddress(own_address(settings), settings.sip_port)
        read_model = ReadModel(database)
        await read_model.load()
        yield build_services(Ground(database, events, clock, sip, lambda: read_model.plan))
        await events.flush()
    finally:
        await database.close()
