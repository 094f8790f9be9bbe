"""Notes of calls reach the audit log in their order, and a flood of them stays bounded."""

from sqlalchemy import select

from orchestrator.audit.model import AuditEntry
from orchestrator.audit.trail import MAX_WAITING, AuditTrail, NewNote
from orchestrator.clock import SystemClock
from orchestrator.db.session import Database
from tests.factories.rows import add_customer


async def test_notes_wait_in_order_and_no_more_than_there_is_room_for(database: Database) -> None:
    scope = await add_customer(database, "acme")
    trail = AuditTrail(database, SystemClock())
    for place in range(MAX_WAITING + 5):
        trail.post(NewNote(scope, "call:listen:started", ("call", f"c{place}")))
    await trail.flush()
    wanted = select(AuditEntry.object_id).where(AuditEntry.object_kind == "call")
    async with database.reading() as session:
        found = list(await session.scalars(wanted.order_by(AuditEntry.at, AuditEntry.id)))
    assert found == [f"c{place}" for place in range(MAX_WAITING)]
