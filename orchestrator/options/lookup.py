"""What other services ask of options, inside their own transactions."""

from sqlalchemy.ext.asyncio import AsyncSession

from orchestrator.db.scope import select_in
from orchestrator.options.model import TenantOptions
from orchestrator.options.rules import Options
from orchestrator.options.schemas import options_of
from orchestrator.types import Destination, DestinationKind, Scope

_DOCUMENTS = (
    "dial_codes",
    "outbound",
    "emergency",
    "statuses",
    "parking",
    "calls",
    "voicemail",
    "hot_desks",
)


async def row_of(session: AsyncSession, scope: Scope) -> TenantOptions | None:
    """The tenant's row; None as long as nobody has changed anything."""
    return await session.scalar(select_in(scope, TenantOptions))


def documents_of(row: TenantOptions | None) -> dict[str, object]:
    """The stored documents, for `options_of`."""
    return {name: getattr(row, name) for name in _DOCUMENTS} if row else {}


async def tenant_options(session: AsyncSession, scope: Scope) -> Options:
    """The options of the tenant, with the defaults."""
    return options_of(documents_of(await row_of(session, scope)))


async def options_leading_to(
    session: AsyncSession, scope: Scope, destination: Destination
) -> list[str]:
    """Readable names of the options that send calls to `destination`."""
    options = await tenant_options(session, scope)
    found = []
    if options.parking.return_to == destination:
        found.append("option parking.return_to")
    if options.voicemail.operator == destination:
        found.append("option voicemail.operator")
    if destination.kind is DestinationKind.USER and destination.ref in options.emergency.call:
        found.append("option emergency.call")
    return found
