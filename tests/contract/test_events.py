"""The event log and the audit log, as people read them."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from orchestrator.audit.schemas import AuditQuery
from orchestrator.audit.service import AuditService
from orchestrator.clock import FixedClock
from orchestrator.db.session import Database
from orchestrator.errors import Denied, NotFound
from orchestrator.events.rules import EventLevel, Events
from orchestrator.events.schemas import EventQuery
from orchestrator.events.service import MAX_WAITING, EventService, NewEvent
from orchestrator.tenants.model import Tenant
from orchestrator.types import SYSTEM_ACTOR, Actor, ActorKind, Grant, Role, Scope, TenantId
from tests.factories.rows import add_customer

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


async def test_events_are_listed_newest_first_with_filters(database: Database) -> None:
    clock = FixedClock(NOON)
    events = EventService(database, clock)
    scope, other = await add_customer(database, "acme"), await add_customer(database, "other")
    await events.record(NewEvent(Events.TRUNK_STATUS, "Trunk Main is up.", scope.tenant))
    clock.move(60)
    await events.record(
        NewEvent(Events.NO_OUTBOUND_RULE, "No rule for a number.", scope.tenant, {"number": "0031"})
    )
    await events.record(NewEvent(Events.TRUNK_STATUS, "Theirs.", other.tenant))
    found = (await events.list(scope, EventQuery())).items
    assert [(event.number, event.tag) for event in found] == [
        (30052, "call:rule:missing"),
        (4100, "trunk:status:changed"),
    ]
    assert found[0].details == {"number": "0031"}
    assert found[0].at == NOON + timedelta(seconds=60)
    warnings = await events.list(scope, EventQuery(level=EventLevel.WARNING))
    assert [event.number for event in warnings.items] == [30052]
    early = await events.list(scope, EventQuery(until=NOON + timedelta(seconds=1)))
    assert [event.number for event in early.items] == [4100]
    assert (await events.get(scope, found[0].id)).message == "No rule for a number."
    with pytest.raises(NotFound):
        await events.get(other, found[0].id)


async def test_events_of_the_installation_are_for_the_platform(database: Database) -> None:
    events = EventService(database, FixedClock(NOON))
    scope = await add_customer(database, "acme")
    await events.record(NewEvent(Events.STARTED, "Centrale started."))
    async with database.reading() as session:
        platform = await session.scalar(select(Tenant.id).where(Tenant.slug == "platform"))
    on_platform = Scope(TenantId(platform or ""), SYSTEM_ACTOR)
    assert [e.number for e in (await events.list(on_platform, EventQuery())).items] == [4097]
    assert (await events.list(scope, EventQuery())).items == []


async def _count(events: EventService, scope: Scope) -> int:
    return len((await events.list(scope, EventQuery())).items)


async def test_posted_events_are_written_by_the_task(database: Database) -> None:
    events = EventService(database, FixedClock(NOON))
    scope = await add_customer(database, "acme")
    running = asyncio.create_task(events.run())
    try:
        for number in range(3):
            events.post(NewEvent(Events.CALL_FAILED, f"Call {number} failed.", scope.tenant))
        async with asyncio.timeout(10):
            while await _count(events, scope) < 3:  # noqa: ASYNC110  Only the table tells.
                await asyncio.sleep(0.02)
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


async def test_a_flood_of_events_keeps_the_newest(database: Database) -> None:
    events = EventService(database, FixedClock(NOON))
    scope = await add_customer(database, "acme")
    for number in range(MAX_WAITING + 5):
        events.post(NewEvent(Events.CALL_FAILED, "Failed.", scope.tenant, {"number": str(number)}))
    await events.flush()
    page = await events.list(scope, EventQuery(limit=200))
    seen = [int(event.details["number"]) for event in page.items]
    while page.next:
        page = await events.list(scope, EventQuery(limit=200, cursor=page.next))
        seen += [int(event.details["number"]) for event in page.items]
    assert sorted(seen) == list(range(5, MAX_WAITING + 5))


async def test_the_audit_log_is_for_those_who_run_the_whole_tenant(database: Database) -> None:
    audit = AuditService(database)
    scope, other = await add_customer(database, "acme"), await add_customer(database, "other")
    page = await audit.list(scope, AuditQuery(object_kind="department"))
    assert [entry.tag for entry in page.items] == ["tenant:department:created"]
    assert page.items[0].actor_kind is ActorKind.SYSTEM
    theirs = await audit.list(other, AuditQuery(object_id=page.items[0].object_id))
    assert theirs.items == []

    def by(role: Role) -> Scope:
        grants = (Grant(role, "d1"),)
        return Scope(scope.tenant, Actor(ActorKind.USER, "u1", "Ada", scope.tenant, grants))

    assert (await audit.list(by(Role.SYSTEM_ADMIN), AuditQuery())).items
    with pytest.raises(Denied):
        await audit.list(by(Role.OWNER), AuditQuery())


async def test_an_event_of_a_tenant_that_is_gone_does_not_hold_up_the_others(
    database: Database,
) -> None:
    events = EventService(database, FixedClock(NOON))
    scope = await add_customer(database, "acme")
    events.post(NewEvent(Events.CALL_FAILED, "First.", scope.tenant))
    events.post(NewEvent(Events.CALL_FAILED, "Gone.", TenantId("no-such-tenant")))
    events.post(NewEvent(Events.CALL_FAILED, "Last\x00.", scope.tenant, {"caller": "A\x00nn"}))
    await events.flush()
    found = (await events.list(scope, EventQuery())).items
    assert {event.message for event in found} == {"First.", "Last."}
    assert {"caller": "Ann"} in [event.details for event in found]
