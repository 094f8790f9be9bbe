"""Options of a tenant: what it has chosen for all its calls."""

from sqlalchemy.ext.asyncio import AsyncSession

from orchestrator.db.base import utc_now
from orchestrator.db.scope import require_version
from orchestrator.db.session import Database
from orchestrator.destinations.service import require_destination
from orchestrator.errors import Invalid, Stale
from orchestrator.music.lookup import require_playlist
from orchestrator.options.lookup import documents_of, row_of
from orchestrator.options.model import TenantOptions
from orchestrator.options.schemas import OptionsOut, OptionsPatch, options_of, sound
from orchestrator.people.lookup import names_of
from orchestrator.rights.rules import Right, may, require
from orchestrator.types import Scope

RIGHTS = {
    "outbound": Right.OUTBOUND_RULES,
    "emergency": Right.OUTBOUND_RULES,
    "statuses": Right.CALL_HANDLING,
    "parking": Right.CALL_HANDLING,
    "calls": Right.CALL_HANDLING,
    "voicemail": Right.VOICE_AND_CHAT,
    "hot_desks": Right.PHONES,
}
"""Area -> the right that changing it needs."""


class OptionsService:
    """Use cases of options. Everybody may ask, and sees what they may change."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def get(self, scope: Scope) -> OptionsOut:
        async with self._database.reading() as session:
            return _show(scope, await row_of(session, scope))

    async def update(
        self, scope: Scope, patch: OptionsPatch, version: int | None = None
    ) -> OptionsOut:
        """Change what `patch` names; needs the right of each area that it names."""
        changes = patch.documents()
        for area in changes:
            require(scope.actor, RIGHTS[area])
        if "log_out_at" in changes.get("hot_desks", {}):
            changes["hot_desks"]["since"] = utc_now().isoformat()
        async with self._database.transaction(scope) as session:
            row = await writable(session, scope, version)
            with session.no_autoflush:
                await _check(session, scope, patch)
            for area, fields in changes.items():
                setattr(row, area, sound(area, getattr(row, area)) | fields)
            await session.flush()
            return _show(scope, row)


async def writable(session: AsyncSession, scope: Scope, version: int | None) -> TenantOptions:
    """The row to change, made if there is none; raises Stale unless it is at `version`."""
    row = await row_of(session, scope)
    if row is not None:
        require_version(row, version)
        return row
    if version:
        raise Stale("Somebody else changed this since you read it. Read it again.")
    row = TenantOptions(tenant_id=scope.tenant)
    session.add(row)
    return row


async def _check(session: AsyncSession, scope: Scope, patch: OptionsPatch) -> None:
    """What the options refer to must exist."""
    known = await names_of(session, scope, patch.emergency.call)
    for index, user in enumerate(patch.emergency.call):
        if user not in known:
            raise Invalid.field(f"body.emergency.call.{index}", "there is no such user")
    for destination, field in (
        (patch.parking.return_to, "body.parking.return_to"),
        (patch.voicemail.operator, "body.voicemail.operator"),
    ):
        if destination is not None:
            await require_destination(session, scope, destination, field)
    await require_playlist(session, scope, patch.calls.music, "body.calls.music")


def _show(scope: Scope, row: TenantOptions | None) -> OptionsOut:
    options = options_of(documents_of(row))
    seen = {area for area, right in RIGHTS.items() if may(scope.actor, right)}
    return OptionsOut.model_validate(
        {
            "version": row.version if row else 0,
            **{area: getattr(options, area) if area in seen else None for area in RIGHTS},
            "statuses": options.statuses,
        }
    )
