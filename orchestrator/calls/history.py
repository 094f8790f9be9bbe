"""Reading the journal: everybody sees their own calls, reports see those of the people and of the
queues of their departments."""

from typing import Any

from sqlalchemy import ColumnElement, Select, and_, or_, select

from orchestrator.calls.model import CallRow, SegmentRow
from orchestrator.calls.schemas import CallDetail, CallOut, CallQuery, SegmentOut
from orchestrator.calls.verdict import Direction
from orchestrator.db.paging import fetch_page
from orchestrator.db.session import Database
from orchestrator.errors import NotFound
from orchestrator.people.lookup import numbers_in, users_in
from orchestrator.queues.lookup import queues_in
from orchestrator.rights.rules import Right, departments_with
from orchestrator.schemas import Page
from orchestrator.types import ActorKind, DestinationKind, Scope

_KEYS = {"started_at": CallRow.started_at}


class CallHistory:
    """Use cases of the journal's readers."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def list(self, scope: Scope, query: CallQuery) -> Page[CallOut]:
        """Calls the actor may see."""
        statement = _filtered(_visible(scope), query)
        async with self._database.reading() as session:
            rows, following = await fetch_page(
                session, statement, query, keys=_KEYS, id_column=CallRow.id
            )
            return Page(items=[CallOut.model_validate(row) for row in rows], next=following)

    async def get(self, scope: Scope, id: str) -> CallDetail:  # noqa: A002
        """One call with all steps of its journey."""
        async with self._database.reading() as session:
            row = await session.scalar(_visible(scope).where(CallRow.id == id))
            if row is None:
                raise NotFound("There is no such call.")
            steps = await session.scalars(
                select(SegmentRow).where(SegmentRow.call_id == id).order_by(SegmentRow.seq)
            )
            segments = [SegmentOut.model_validate(step) for step in steps]
            return CallDetail(**dict(CallOut.model_validate(row)), segments=segments)


def _visible(scope: Scope) -> Select[Any]:
    statement = select(CallRow).where(CallRow.tenant_id == scope.tenant)
    reach = departments_with(scope.actor, Right.REPORTS_AND_RECORDINGS)
    if reach is None:
        return statement
    own = [scope.actor.id] if scope.actor.kind is ActorKind.USER else []
    seen = [_involves(scope, own)]
    if reach:
        seen.append(_involves(scope, users_in(reach)))
        # Nobody was reached by those who gave up waiting.
        seen.append(_came_to(queues_in(scope, reach)))
    return statement.where(or_(*seen))


def _involves(scope: Scope, users: Select[str] | list[str]) -> ColumnElement[bool]:
    """One of `users` called, or the call came by them."""
    called = and_(
        CallRow.direction != Direction.INBOUND,
        CallRow.caller_number.in_(numbers_in(scope, users)),
    )
    reached = (
        select(SegmentRow.seq)
        .where(
            SegmentRow.call_id == CallRow.id,
            SegmentRow.destination_kind == DestinationKind.USER.value,
            SegmentRow.destination_ref.in_(users),
        )
        .exists()
    )
    return or_(called, reached)


def _came_to(queues: Select[str] | list[str]) -> ColumnElement[bool]:
    """The call was in one of `queues`."""
    waited = select(SegmentRow.seq).where(SegmentRow.call_id == CallRow.id)
    return waited.where(SegmentRow.queue_id.in_(queues)).exists()


def _filtered(statement: Select[Any], query: CallQuery) -> Select[Any]:
    if query.direction is not None:
        statement = statement.where(CallRow.direction == query.direction)
    if query.verdict is not None:
        statement = statement.where(CallRow.verdict == query.verdict)
    if query.number:
        columns = (CallRow.caller_number, CallRow.dialled)
        found = [column.contains(query.number, autoescape=True) for column in columns]
        statement = statement.where(or_(*found))
    if query.billing_code is not None:
        statement = statement.where(CallRow.billing_code == query.billing_code)
    if query.queue is not None:
        statement = statement.where(_came_to([query.queue]))
    if query.since is not None:
        statement = statement.where(CallRow.started_at >= query.since)
    if query.until is not None:
        statement = statement.where(CallRow.started_at < query.until)
    return statement
