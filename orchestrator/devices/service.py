"""Devices of users: SIP identities. Whoever manages a user manages the user's devices.

Hot-desk phones are not among them, whoever is logged in there: `hot_desks/service.py` has those.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncSession

from orchestrator.audit.notes import note
from orchestrator.db.bulk import RowErrors
from orchestrator.db.paging import fetch_page
from orchestrator.db.scope import get_in, require_version, select_in
from orchestrator.db.session import Database
from orchestrator.devices.lookup import add_device, join_codecs
from orchestrator.devices.model import Device
from orchestrator.devices.rules import new_secret
from orchestrator.devices.schemas import (
    Codec,
    DeviceBulk,
    DeviceBulkOut,
    DeviceCreate,
    DeviceOut,
    DevicePatch,
    DeviceQuery,
    DeviceWithSecret,
    SipSettings,
)
from orchestrator.errors import Invalid, NotFound
from orchestrator.events.service import EventService
from orchestrator.people.lookup import of_managed_users, require_managed, require_outranks
from orchestrator.rights.rules import Right, require
from orchestrator.schemas import Page
from orchestrator.types import Scope

_KEYS = {"name": Device.name, "created_at": Device.created_at}
_RIGHT = Right.MANAGE_USERS_SAME_DEPARTMENT


@dataclass(frozen=True, slots=True)
class SipAddress:
    """Where phones reach us; `port` 0 leaves it to the phone (DNS SRV, 5060)."""

    host: str
    port: int


class DeviceService:
    """Use cases of devices."""

    def __init__(self, database: Database, events: EventService, address: SipAddress) -> None:
        self._database = database
        self._events = events
        self._address = address

    async def list(self, scope: Scope, query: DeviceQuery) -> Page[DeviceOut]:
        require(scope.actor, _RIGHT)
        statement = select_in(scope, Device).where(
            Device.hot_desk.is_(False), of_managed_users(scope, Device.user_id)
        )
        if query.user is not None:
            statement = statement.where(Device.user_id == query.user)
        if query.kind is not None:
            statement = statement.where(Device.kind == query.kind)
        if query.disabled is not None:
            statement = statement.where(Device.disabled.is_(query.disabled))
        async with self._database.reading() as session:
            rows, following = await fetch_page(
                session, statement, query, keys=_KEYS, id_column=Device.id
            )
            return Page(items=[self._show(row) for row in rows], next=following)

    async def get(self, scope: Scope, id: str) -> DeviceOut:  # noqa: A002
        require(scope.actor, _RIGHT)
        async with self._database.reading() as session:
            return self._show(await _managed(session, scope, id))

    async def create(self, scope: Scope, body: DeviceCreate) -> DeviceWithSecret:
        """A new device with its secret; LimitReached when the tenant has as many as it may."""
        require(scope.actor, _RIGHT)
        async with self._writing(scope) as session:
            return self._with_secret(await _add(session, scope, body))

    async def update(
        self,
        scope: Scope,
        id: str,  # noqa: A002
        patch: DevicePatch,
        version: int | None = None,
    ) -> DeviceOut:
        require(scope.actor, _RIGHT)
        async with self._database.transaction(scope) as session:
            return self._show(await _change(session, scope, (id, version), patch))

    async def delete(self, scope: Scope, id: str, version: int | None = None) -> None:  # noqa: A002
        require(scope.actor, _RIGHT)
        async with self._database.transaction(scope) as session:
            await _remove(session, scope, id, version)

    async def bulk(self, scope: Scope, body: DeviceBulk) -> DeviceBulkOut:
        """All of it or nothing; `Invalid` names every wrong row."""
        require(scope.actor, _RIGHT)
        async with self._writing(scope) as session:
            rows = RowErrors(session)
            for index, id_ in enumerate(body.delete):
                await rows.run(f"delete.{index}", _remove(session, scope, id_, None))
            updated = [
                await rows.run(f"update.{index}", _change(session, scope, (row.id, None), row))
                for index, row in enumerate(body.update)
            ]
            created = [
                await rows.run(f"create.{index}", _add(session, scope, row))
                for index, row in enumerate(body.create)
            ]
            rows.raise_found()
            return DeviceBulkOut(
                created=[self._show(row) for row in created if row],
                updated=[self._show(row) for row in updated if row],
                deleted=len(body.delete),
            )

    async def reveal_secret(self, scope: Scope, id: str) -> DeviceWithSecret:  # noqa: A002
        """The device with its secret. Denied for devices of somebody above the actor."""
        require(scope.actor, _RIGHT)
        async with self._database.transaction(scope) as session:
            device = await _managed(session, scope, id)
            await require_outranks(session, scope, _owner(device))
            note(session, scope, "tenant:device:secret_revealed", ("device", device.id))
            return self._with_secret(device)

    async def rotate_secret(self, scope: Scope, id: str) -> DeviceWithSecret:  # noqa: A002
        """Give the device a new secret; the old one ends at once."""
        require(scope.actor, _RIGHT)
        async with self._database.transaction(scope) as session:
            device = await _managed(session, scope, id)
            await require_outranks(session, scope, _owner(device))
            device.sip_secret = new_secret()
            await session.flush()
            return self._with_secret(device)

    @asynccontextmanager
    async def _writing(self, scope: Scope) -> AsyncIterator[AsyncSession]:
        """A transaction that may run into a limit of the tenant, which is then an event."""
        async with (
            self._events.limits_recorded(scope),
            self._database.transaction(scope) as session,
        ):
            yield session

    def _show(self, device: Device) -> DeviceOut:
        return DeviceOut(
            id=device.id,
            version=device.version,
            created_at=device.created_at,
            updated_at=device.updated_at,
            user=_owner(device),
            name=device.name,
            kind=device.kind,
            codecs=[Codec(name) for name in device.codecs.split(",")],
            srtp=device.srtp,
            max_contacts=device.max_contacts,
            disabled=device.disabled,
            sip=SipSettings(
                host=self._address.host, port=self._address.port, username=device.sip_username
            ),
        )

    def _with_secret(self, device: Device) -> DeviceWithSecret:
        return DeviceWithSecret(**dict(self._show(device)), sip_secret=device.sip_secret)


async def _managed(session: AsyncSession, scope: Scope, id: str) -> Device:  # noqa: A002
    """The device, if the actor manages its user; else there is no such device."""
    device = await get_in(session, scope, Device, id)
    if device.hot_desk:
        raise NotFound("There is no such device.")
    await require_managed(session, scope, _owner(device), "device")
    return device


def _owner(device: Device) -> str:
    """The user (id) of a device that is no hot-desk phone: it always has one."""
    assert device.user_id is not None
    return device.user_id


async def _add(session: AsyncSession, scope: Scope, body: DeviceCreate) -> Device:
    try:
        await require_managed(session, scope, body.user, "user")
    except NotFound as error:
        raise Invalid.field("body.user", "there is no such user") from error
    return await add_device(session, scope, body.user, body)


async def _change(
    session: AsyncSession, scope: Scope, target: tuple[str, int | None], patch: DevicePatch
) -> Device:
    """Change what `patch` names; `target` is the device's id and the version that was read."""
    device = await _managed(session, scope, target[0])
    require_version(device, target[1])
    changes = patch.changes()
    if "codecs" in changes:
        changes["codecs"] = join_codecs(patch.codecs)
    for name, value in changes.items():
        setattr(device, name, value)
    await session.flush()
    return device


async def _remove(session: AsyncSession, scope: Scope, id: str, version: int | None) -> None:  # noqa: A002
    device = await _managed(session, scope, id)
    require_version(device, version)
    await session.delete(device)
    await session.flush()
