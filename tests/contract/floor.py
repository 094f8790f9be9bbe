"""A floor of hot-desk phones in a database, and what is seen of them."""

from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import select

from orchestrator.audit.model import AuditEntry
from orchestrator.clock import FixedClock
from orchestrator.db.session import Database
from orchestrator.devices.service import SipAddress
from orchestrator.events.service import EventService
from orchestrator.features import DialledFeatures
from orchestrator.hot_desks.schemas import (
    HotDeskCreate,
    HotDeskOut,
    HotDeskQuery,
    HotDeskWithSecret,
)
from orchestrator.routing.plan import TenantPlan
from orchestrator.routing.read_model import ReadModel
from orchestrator.types import Scope
from orchestrator.web.services import Ground, build_services
from orchestrator.web.table import Services
from tests.factories.rows import Employee, add_customer, add_employee
from tests.rest import QUICK

MORNING = datetime(2026, 1, 15, 8, tzinfo=UTC)


@dataclass(frozen=True)
class Floor:
    """Two people with a phone of their own, and two hot-desk phones; it is 8:00 UTC."""

    database: Database
    scope: Scope
    services: Services
    clock: FixedClock
    features: DialledFeatures
    read_model: ReadModel
    ann: Employee
    bob: Employee
    lobby: HotDeskWithSecret
    attic: HotDeskWithSecret

    async def log_in(self, who: Employee, desk: HotDeskOut) -> None:
        await self.features.use_hot_desk(self.scope.tenant, who.user_id, desk.id)

    async def log_out(self, who: Employee, desk: HotDeskOut) -> None:
        await self.features.leave_hot_desk(self.scope.tenant, who.user_id, desk.id)

    async def users(self) -> dict[str, str | None]:
        """Who is where, by the names of phones."""
        page = await self.services.hot_desks.list(self.scope, HotDeskQuery())
        return {each.name: each.user.name if each.user else None for each in page.items}

    async def plan(self) -> TenantPlan:
        return (await self.read_model.load()).tenants[self.scope.tenant]

    async def endpoints(self, who: Employee) -> list[str]:
        """The endpoints that ring for a person, the hot-desk phone last."""
        person = (await self.plan()).people[who.user_id]
        own = who.account.username
        return sorted((d.endpoint for d in person.devices), key=lambda each: each != own)

    async def noted(self) -> list[tuple[str, str, str]]:
        """Who was logged in and out by whom and where, oldest first."""
        async with self.database.reading() as session:
            rows = await session.scalars(
                select(AuditEntry)
                .where(AuditEntry.tag.like("tenant:hot_desk:%"))
                .order_by(AuditEntry.at, AuditEntry.id)
            )
            names = {self.lobby.id: "Lobby", self.attic.id: "Attic"}
            return [(r.actor_name, r.tag.rpartition(":")[2], names[r.object_id]) for r in rows]


async def furnished(database: Database) -> Floor:
    """A customer `acme` with such a floor."""
    clock = FixedClock(MORNING)
    events = EventService(database, clock)
    sip = SipAddress("pbx.test", 5060)
    read_model = ReadModel(database)
    services = build_services(Ground(database, events, clock, sip, hasher=QUICK))
    scope = await add_customer(database, "acme")
    ann, bob = [await add_employee(database, scope, number) for number in ("101", "102")]
    lobby, attic = [
        await services.hot_desks.create(scope, HotDeskCreate(name=name))
        for name in ("Lobby", "Attic")
    ]
    features = DialledFeatures(database, clock, lambda: read_model.plan)
    return Floor(*(database, scope, services, clock, features, read_model, ann, bob, lobby, attic))
