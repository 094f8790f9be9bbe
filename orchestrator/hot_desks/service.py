"""Hot-desk phones: telephones that belong to whoever logs in there.

They are devices (`devices/hot_desks.py`). Only who manages the phones of the tenant sees their
secrets: that somebody is logged in makes a phone a person's, and no device of theirs.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sqlalchemy.ext.asyncio import AsyncSession

from orchestrator.audit.notes import note
from orchestrator.db.paging import fetch_page
from orchestrator.db.scope import require_version
from orchestrator.db.session import Database
from orchestrator.devices.hot_desks import (
    ID,
    KEYS,
    Phone,
    filtered,
    log_out,
    phone_in,
)
from orchestrator.devices.lookup import add_device, join_codecs
from orchestrator.devices.rules import DeviceKind, new_secret
from orchestrator.devices.schemas import Codec, DeviceDraft, SipSettings
from orchestrator.devices.service import SipAddress
from orchestrator.events.service import EventService
from orchestrator.hot_desks.schemas import (
    HotDeskCreate,
    HotDeskOut,
    HotDeskPage,
    HotDeskPatch,
    HotDeskQuery,
    HotDeskUser,
    HotDeskWithSecret,
)
from orchestrator.people.lookup import names_of
from orchestrator.rights.rules import Right, require
from orchestrator.types import Scope

_RIGHT = Right.PHONES


class HotDeskService:
    """Use cases of hot-desk phones."""

    def __init__(self, database: Database, events: EventService, address: SipAddress) -> None:
        self._database = database
        self._events = events
        self._address = address

    async def list(self, scope: Scope, query: HotDeskQuery) -> HotDeskPage:
        require(scope.actor, _RIGHT)
        statement = filtered(scope, user=query.user, used=query.used, disabled=query.disabled)
        async with self._database.reading() as session:
            rows, following = await fetch_page(session, statement, query, keys=KEYS, id_column=ID)
            names = await names_of(session, scope, [row.user_id for row in rows if row.user_id])
            items = [self._show(row, names) for row in rows]
            return HotDeskPage(items=items, next=following)

    async def get(self, scope: Scope, id: str) -> HotDeskOut:  # noqa: A002
        require(scope.actor, _RIGHT)
        async with self._database.reading() as session:
            return await self._shown(session, scope, await phone_in(session, scope, id))

    async def create(self, scope: Scope, body: HotDeskCreate) -> HotDeskWithSecret:
        """A new phone with its secret, used by nobody; it counts as one of the tenant's devices."""
        require(scope.actor, _RIGHT)
        draft = DeviceDraft(kind=DeviceKind.DESK_PHONE, max_contacts=1, **dict(body))
        async with self._events.limits_recorded(scope), self._changing(scope) as session:
            phone = await add_device(session, scope, None, draft)
            return self._with_secret(phone, {})

    async def update(
        self,
        scope: Scope,
        id: str,  # noqa: A002
        patch: HotDeskPatch,
        version: int | None = None,
    ) -> HotDeskOut:
        async with self._changing(scope) as session:
            phone = await phone_in(session, scope, id)
            require_version(phone, version)
            changes = patch.changes()
            if "codecs" in changes:
                changes["codecs"] = join_codecs(patch.codecs)
            for name, value in changes.items():
                setattr(phone, name, value)
            if phone.disabled:
                await log_out(session, scope, [phone])
            await session.flush()
            return await self._shown(session, scope, phone)

    async def delete(self, scope: Scope, id: str, version: int | None = None) -> None:  # noqa: A002
        async with self._changing(scope) as session:
            phone = await phone_in(session, scope, id)
            require_version(phone, version)
            await log_out(session, scope, [phone])
            await session.delete(phone)

    async def reveal_secret(self, scope: Scope, id: str) -> HotDeskWithSecret:  # noqa: A002
        """The phone with its secret, which is noted."""
        async with self._changing(scope) as session:
            phone = await phone_in(session, scope, id)
            note(session, scope, "tenant:device:secret_revealed", ("device", phone.id))
            return await self._revealed(session, scope, phone)

    async def rotate_secret(self, scope: Scope, id: str) -> HotDeskWithSecret:  # noqa: A002
        """Give the phone a new secret; the old one ends at once."""
        async with self._changing(scope) as session:
            phone = await phone_in(session, scope, id)
            phone.sip_secret = new_secret()
            await session.flush()
            return await self._revealed(session, scope, phone)

    async def log_out(self, scope: Scope, id: str) -> HotDeskOut:  # noqa: A002
        """Log out whoever is logged in there; a call in progress goes on."""
        async with self._changing(scope) as session:
            phone = await phone_in(session, scope, id)
            await log_out(session, scope, [phone])
            return await self._shown(session, scope, phone)

    @asynccontextmanager
    async def _changing(self, scope: Scope) -> AsyncIterator[AsyncSession]:
        """A transaction of somebody who manages phones."""
        require(scope.actor, _RIGHT)
        async with self._database.transaction(scope) as session:
            yield session

    async def _shown(self, session: AsyncSession, scope: Scope, phone: Phone) -> HotDeskOut:
        return self._show(phone, await _name(session, scope, phone))

    async def _revealed(
        self, session: AsyncSession, scope: Scope, phone: Phone
    ) -> HotDeskWithSecret:
        return self._with_secret(phone, await _name(session, scope, phone))

    def _show(self, phone: Phone, names: dict[str, str]) -> HotDeskOut:
        user = phone.user_id
        return HotDeskOut(
            id=phone.id,
            version=phone.version,
            created_at=phone.created_at,
            updated_at=phone.updated_at,
            name=phone.name,
            user=HotDeskUser(id=user, name=names.get(user, user)) if user else None,
            logged_in_at=phone.logged_in_at,
            codecs=[Codec(name) for name in phone.codecs.split(",")],
            srtp=phone.srtp,
            disabled=phone.disabled,
            sip=SipSettings(
                host=self._address.host, port=self._address.port, username=phone.sip_username
            ),
        )

    def _with_secret(self, phone: Phone, names: dict[str, str]) -> HotDeskWithSecret:
        return HotDeskWithSecret(**dict(self._show(phone, names)), sip_secret=phone.sip_secret)


async def _name(session: AsyncSession, scope: Scope, phone: Phone) -> dict[str, str]:
    return await names_of(session, scope, [phone.user_id]) if phone.user_id else {}
