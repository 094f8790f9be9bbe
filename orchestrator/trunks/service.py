"""Trunks of a tenant: connections to telephone providers."""

import secrets
from collections.abc import Iterable, Mapping

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from orchestrator.db.paging import fetch_page
from orchestrator.db.scope import count_in, get_in, require_version, select_in
from orchestrator.db.session import Database
from orchestrator.departments.lookup import department_names
from orchestrator.destinations.schemas import DestinationBody, shown
from orchestrator.destinations.service import require_destination
from orchestrator.devices.lookup import join_codecs
from orchestrator.devices.schemas import Codec
from orchestrator.errors import Conflict, FieldError, InUse, Invalid
from orchestrator.events.service import EventService
from orchestrator.numbers.lookup import dids_of_trunk
from orchestrator.rights.rules import Right, require
from orchestrator.routing.lookup import rules_of_trunk
from orchestrator.schemas import Page
from orchestrator.tenants.lookup import limits_of, require_room
from orchestrator.trunks.model import Trunk, TrunkAddress
from orchestrator.trunks.rules import TrunkFacts, network, overlapping, problems
from orchestrator.trunks.schemas import (
    Rewriting,
    TrunkCreate,
    TrunkOut,
    TrunkPatch,
    TrunkQuery,
)
from orchestrator.trunks.state import TrunkStates
from orchestrator.types import Scope

_KEYS = {"name": Trunk.name, "created_at": Trunk.created_at}
_LETTERS = "abcdefghijklmnopqrstuvwxyz23456789"


class TrunkService:
    """Use cases of trunks. `states` is what this node knows of them."""

    def __init__(
        self, database: Database, events: EventService, states: TrunkStates | None = None
    ) -> None:
        self._database = database
        self._events = events
        self._states = states or TrunkStates()

    async def list(self, scope: Scope, query: TrunkQuery) -> Page[TrunkOut]:
        require(scope.actor, Right.VOICE_AND_CHAT)
        statement = select_in(scope, Trunk)
        if query.search:
            statement = statement.where(Trunk.name.icontains(query.search, autoescape=True))
        if query.disabled is not None:
            statement = statement.where(Trunk.disabled.is_(query.disabled))
        async with self._database.reading() as session:
            rows, following = await fetch_page(
                session, statement, query, keys=_KEYS, id_column=Trunk.id
            )
            return Page(items=[self._show(row) for row in rows], next=following)

    async def get(self, scope: Scope, id: str) -> TrunkOut:  # noqa: A002
        require(scope.actor, Right.VOICE_AND_CHAT)
        async with self._database.reading() as session:
            return self._show(await get_in(session, scope, Trunk, id))

    async def create(self, scope: Scope, body: TrunkCreate) -> TrunkOut:
        """A new trunk; LimitReached when the tenant has as many as it may."""
        require(scope.actor, Right.VOICE_AND_CHAT)
        async with (
            self._events.limits_recorded(scope),
            self._database.transaction(scope) as session,
        ):
            limits = await limits_of(session, scope)
            present = await session.scalar(count_in(scope, Trunk)) or 0
            require_room(limits.max_trunks, present, "trunks")
            row = Trunk(tenant_id=scope.tenant, endpoint=_new_endpoint(), addresses=[])
            await _assign(session, scope, row, {name: getattr(body, name) for name in _FIELDS})
            session.add(row)
            await _finish(session, row)
            return self._show(row)

    async def update(
        self,
        scope: Scope,
        id: str,  # noqa: A002
        patch: TrunkPatch,
        version: int | None = None,
    ) -> TrunkOut:
        require(scope.actor, Right.VOICE_AND_CHAT)
        async with self._database.transaction(scope) as session:
            row = await get_in(session, scope, Trunk, id)
            require_version(row, version)
            with session.no_autoflush:
                await _assign(session, scope, row, patch.changes())
            await _finish(session, row)
            return self._show(row)

    async def delete(self, scope: Scope, id: str, version: int | None = None) -> None:  # noqa: A002
        """Refused while DIDs, outbound rules, emergency numbers or caller rules use the trunk."""
        require(scope.actor, Right.VOICE_AND_CHAT)
        async with self._database.transaction(scope) as session:
            row = await get_in(session, scope, Trunk, id)
            require_version(row, version)
            users = await dids_of_trunk(session, scope, id)
            users += await rules_of_trunk(session, scope, id)
            if users:
                raise InUse(f"{row.name} is still used.", users)
            await session.delete(row)

    def _show(self, row: Trunk) -> TrunkOut:
        known = self._states.of(row.id)
        return TrunkOut(
            **{name: getattr(row, name) for name in _PLAIN},
            has_secret=bool(row.secret),
            addresses=sorted(address.address for address in row.addresses),
            codecs=[Codec(name) for name in row.codecs.split(",")],
            department=row.department_id,
            default_destination=shown(row.default_destination),
            caller_id_in=_pairs(row.caller_id_in),
            caller_id_out=_pairs(row.caller_id_out),
            state=known.state,
            state_since=known.since,
            state_reason=known.reason,
        )


def _pairs(stored: Iterable[list[str]]) -> list[Rewriting]:
    return [Rewriting(pattern=pattern, replacement=new) for pattern, new in stored]


def _new_endpoint() -> str:
    """A PJSIP name that nobody can guess and that no other trunk has."""
    return "trunk-" + "".join(secrets.choice(_LETTERS) for _ in range(10))


async def _assign(
    session: AsyncSession, scope: Scope, row: Trunk, changes: Mapping[str, object]
) -> None:
    """Put `changes`, fields of the API, into the row, once what they refer to was found."""
    for name, value in changes.items():
        if name == "codecs":
            row.codecs = join_codecs(value)  # type: ignore[arg-type]
        elif name == "addresses":
            _assign_addresses(row, dict.fromkeys(value))  # type: ignore[call-overload]
        elif name == "department":
            if value is not None and value not in await department_names(session, scope):
                raise Invalid.field("body.department", "there is no such department")
            row.department_id = value
        elif isinstance(value, DestinationBody):
            await require_destination(session, scope, value, f"body.{name}")
            setattr(row, name, value.stored)
        elif name in {"caller_id_in", "caller_id_out"}:
            setattr(row, name, [[each.pattern, each.replacement] for each in value])  # type: ignore[attr-defined]
        else:
            setattr(row, name, value)


def _assign_addresses(row: Trunk, wanted: Iterable[str]) -> None:
    present = {address.address: address for address in row.addresses}
    row.addresses = [
        present.get(each) or TrunkAddress(tenant_id=row.tenant_id, address=each) for each in wanted
    ]


async def _finish(session: AsyncSession, row: Trunk) -> None:
    """Check the trunk as a whole and write it."""
    addresses = tuple(address.address for address in row.addresses)
    wrong = problems(TrunkFacts(row.registration, row.username, row.secret, row.inbound, addresses))
    if wrong:
        fields = [FieldError(f"body.{each.field}", each.message) for each in wrong]
        raise Invalid("The trunk cannot work like this.", fields)
    with session.no_autoflush:
        await _refuse_overlap(session, row.id, addresses)
    await session.flush()


async def _refuse_overlap(session: AsyncSession, trunk: str, addresses: tuple[str, ...]) -> None:
    """An address on two trunks, of whatever tenant, would let calls in at the wrong door."""
    if not addresses:
        return
    taken = await session.scalars(
        select(TrunkAddress.address).where(TrunkAddress.trunk_id != (trunk or ""))
    )
    shared = overlapping(map(network, addresses), map(network, taken))
    if shared:
        raise Conflict(f"Another trunk has these addresses: {', '.join(shared)}.")


_FIELDS = tuple(TrunkCreate.model_fields)
_PLAIN = TrunkOut.model_fields.keys() & {column.key for column in Trunk.__table__.columns} - {
    "codecs",
    "default_destination",
    "caller_id_in",
    "caller_id_out",
}
