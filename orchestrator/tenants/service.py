"""The tenant tree: platform > reseller > customer, administered by operators from above."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from orchestrator.audit.notes import is_noted, note
from orchestrator.db.paging import fetch_page
from orchestrator.db.scope import require_version
from orchestrator.db.session import Database
from orchestrator.departments.lookup import add_default_department
from orchestrator.errors import Conflict, Denied, InUse, Invalid, NotFound
from orchestrator.routing.lookup import add_emergency_numbers
from orchestrator.schemas import Page
from orchestrator.tenants.model import Tenant
from orchestrator.tenants.rules import TenantKind, check_from_above, emergency_numbers
from orchestrator.tenants.schemas import TenantCreate, TenantOut, TenantPatch, TenantQuery
from orchestrator.types import Actor, ActorKind, Scope, TenantId

_KEYS = {"name": Tenant.name, "slug": Tenant.slug, "created_at": Tenant.created_at}

ENTERED = "tenant:tenant:entered"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a tenant stands: its id, and the ids of all tenants above it."""

    id: TenantId
    ancestors: frozenset[TenantId]


class TenantService:
    """Use cases of tenants. Operators reach their own tenant and all below it."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def place_of(self, reference: str) -> Place | None:
        """Where the tenant with this id or slug stands; None when there is none."""
        async with self._database.reading() as session:
            row = await session.scalar(
                select(Tenant).where(or_(Tenant.id == reference, Tenant.slug == reference))
            )
            if row is None:
                return None
            return Place(TenantId(row.id), frozenset(await _ancestors(session, row)))

    async def note_entry(self, scope: Scope, sign_in: str) -> None:
        """Leave an audit entry in the tenant that somebody from above entered it."""
        thing = ("sign_in", sign_in)
        async with self._database.reading() as session:
            if await is_noted(session, scope, ENTERED, thing):
                return
        async with self._database.transaction(scope) as session:
            note(session, scope, ENTERED, thing)

    async def list(self, actor: Actor, query: TenantQuery) -> Page[TenantOut]:
        """The tenants the actor may enter: their own, and for operators all below it."""
        async with self._database.reading() as session:
            statement = _filtered(_reach(actor), query)
            rows, following = await fetch_page(
                session, statement, query, keys=_KEYS, id_column=Tenant.id
            )
            return Page(items=[_show(row) for row in rows], next=following)

    async def get(self, scope: Scope) -> TenantOut:
        """The tenant of the scope."""
        async with self._database.reading() as session:
            return _show(await _present(session, scope))

    async def create(self, actor: Actor, body: TenantCreate) -> TenantOut:
        """A new tenant with its default department and its country's emergency numbers."""
        _require_operator(actor)
        parent = await self._parent(actor, body.parent)
        scope = Scope(parent, actor)
        async with self._database.transaction(scope) as session:
            above = await _present(session, scope)
            _check_parent(body.kind, above.kind)
            row = Tenant(parent_id=parent, **body.model_dump(exclude={"parent"}))
            session.add(row)
            await session.flush()
            add_default_department(session, TenantId(row.id))
            add_emergency_numbers(session, TenantId(row.id), emergency_numbers(body.country))
            await session.flush()
            return _show(row)

    async def update(
        self, scope: Scope, patch: TenantPatch, version: int | None = None
    ) -> TenantOut:
        """Change what `patch` names; limits and suspension only from above."""
        _require_operator(scope.actor)
        changes = patch.changes()
        if scope.actor.kind is ActorKind.OPERATOR:
            check_from_above(scope.tenant, scope.actor.tenant, set(changes))
        async with self._database.transaction(scope) as session:
            row = await _present(session, scope)
            require_version(row, version)
            if row.kind is TenantKind.PLATFORM and changes.get("suspended"):
                raise Invalid.field("body.suspended", "the platform cannot be suspended")
            for name, value in changes.items():
                setattr(row, name, value)
            await session.flush()
            return _show(row)

    async def delete(self, scope: Scope, version: int | None = None) -> None:
        """Delete a suspended tenant without tenants below, with all that is its."""
        _require_operator(scope.actor)
        if scope.tenant == scope.actor.tenant:
            raise Denied("Nobody can delete their own tenant.")
        async with self._database.transaction(scope) as session:
            row = await _present(session, scope)
            require_version(row, version)
            below = await session.scalars(
                select(Tenant.name).where(Tenant.parent_id == row.id).order_by(Tenant.name)
            )
            if names := list(below):
                raise InUse(f"{row.name} still has tenants below it.", names[:20])
            if not row.suspended:
                raise Conflict("Suspend the tenant first.", id="not-suspended")
            await session.delete(row)

    async def _parent(self, actor: Actor, reference: str | None) -> TenantId:
        """The tenant below which `actor` may create; equal words for unknown and foreign."""
        if reference is None and actor.tenant is not None:
            return actor.tenant
        place = await self.place_of(reference or "platform")
        reachable = place is not None and (
            actor.kind is ActorKind.SYSTEM
            or place.id == actor.tenant
            or actor.tenant in place.ancestors
        )
        if place is None or not reachable:
            raise Invalid.field("body.parent", "there is no such tenant")
        return place.id


async def _present(session: AsyncSession, scope: Scope) -> Tenant:
    row = await session.get(Tenant, scope.tenant)
    if row is None:
        raise NotFound("There is no such tenant.")
    return row


async def _ancestors(session: AsyncSession, row: Tenant) -> list[TenantId]:
    """Ids of the tenants above, nearest first; the tree is three deep."""
    found = []
    above = row.parent_id
    while above is not None:
        found.append(TenantId(above))
        above = await session.scalar(select(Tenant.parent_id).where(Tenant.id == above))
    return found


def _reach(actor: Actor) -> Select[Any]:
    if actor.kind is ActorKind.SYSTEM:
        return select(Tenant)
    if actor.kind is not ActorKind.OPERATOR:
        return select(Tenant).where(Tenant.id == actor.tenant)
    below = select(Tenant.id).where(Tenant.id == actor.tenant).cte(recursive=True)
    below = below.union(select(Tenant.id).join(below, Tenant.parent_id == below.c.id))
    return select(Tenant).where(Tenant.id.in_(select(below.c.id)))


def _filtered(statement: Select[Any], query: TenantQuery) -> Select[Any]:
    if query.kind is not None:
        statement = statement.where(Tenant.kind == query.kind)
    if query.parent is not None:
        statement = statement.where(Tenant.parent_id == query.parent)
    if query.suspended is not None:
        statement = statement.where(Tenant.suspended.is_(query.suspended))
    if query.search:
        columns = (Tenant.name, Tenant.slug)
        found = [column.icontains(query.search, autoescape=True) for column in columns]
        statement = statement.where(or_(*found))
    return statement


def _check_parent(kind: TenantKind, above: TenantKind) -> None:
    """Platform > reseller > customer; customers may also hang on the platform itself."""
    fits = above is TenantKind.PLATFORM or (kind, above) == (
        TenantKind.CUSTOMER,
        TenantKind.RESELLER,
    )
    if not fits:
        raise Invalid.field("body.parent", f"a {kind.value} cannot be below a {above.value}")


def _require_operator(actor: Actor) -> None:
    if actor.kind not in {ActorKind.OPERATOR, ActorKind.SYSTEM}:
        raise Denied("Only operators may do this.")


def _show(row: Tenant) -> TenantOut:
    values = {name: getattr(row, name) for name in TenantOut.model_fields if name != "parent"}
    return TenantOut(parent=row.parent_id, **values)
