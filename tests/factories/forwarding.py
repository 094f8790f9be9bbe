"""A customer of three people, and the services of their statuses and forwarding."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime

from orchestrator.clock import FixedClock
from orchestrator.db.session import Database
from orchestrator.forwarding.exceptions import ExceptionService
from orchestrator.forwarding.schemas import ExceptionCreate, ForwardingBody
from orchestrator.forwarding.service import ForwardingService
from orchestrator.hours.rules import Period, Schedule
from orchestrator.people.model import User
from orchestrator.routing.plan import Plan
from orchestrator.routing.read_model import ReadModel
from orchestrator.types import Actor, ActorKind, Grant, Scope
from tests.factories.rows import add_customer, add_employee

# A Monday; the hours of everybody here are 9-17 on Mondays.
TEN = datetime(2026, 3, 2, 10, tzinfo=UTC)
WEEK = Schedule("UTC", (Period(0, 540, 1020),))


@dataclass(frozen=True)
class Office:
    """Three people of one customer, and the services under test."""

    database: Database
    clock: FixedClock
    scope: Scope
    forwarding: ForwardingService
    exceptions: ExceptionService
    ann: str
    bob: str
    carol: str

    def acting(self, user: str, *grants: Grant) -> Scope:
        """The scope of a signed-in user."""
        actor = Actor(ActorKind.USER, user, "User", self.scope.tenant, grants)
        return Scope(self.scope.tenant, actor)

    async def put(self, user: str, **fields: object) -> None:
        await self.forwarding.set_forwarding(self.scope, user, forwarding(**fields))


async def open_office(database: Database) -> Office:
    """The office, with hours for everybody."""
    scope = await add_customer(database, "acme")
    people = [await add_employee(database, scope, number) for number in ("101", "102", "103")]
    read_model = ReadModel(database)
    plan = await read_model.load()
    tenant = plan.tenants[scope.tenant]
    with_hours = {k: replace(each, hours=WEEK) for k, each in tenant.people.items()}
    plan = Plan({scope.tenant: replace(tenant, people=with_hours)}, plan.endpoints)
    clock = FixedClock(TEN)
    return Office(
        database,
        clock,
        scope,
        ForwardingService(database, clock, lambda: plan),
        ExceptionService(database),
        *(each.user_id for each in people),
    )


def forwarding(**fields: object) -> ForwardingBody:
    return ForwardingBody.model_validate(fields)


def always(kind: str, ref: str = "", status: str = "away") -> dict[str, object]:
    """The profiles in which all calls go there in `status`."""
    way = {"kind": kind, "ref": ref}
    return {status: {"destinations": {"always": {"internal": way, "external": way}}}}


def exception(kind: str = "busy", ref: str = "", **fields: object) -> ExceptionCreate:
    return ExceptionCreate.model_validate({"destination": {"kind": kind, "ref": ref}} | fields)


async def give_mobile(office: Office, user: str) -> None:
    async with office.database.transaction(office.scope) as session:
        row = await session.get(User, user)
        assert row is not None
        row.mobile = "0612345678"
