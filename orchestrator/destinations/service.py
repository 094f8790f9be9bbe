"""Destinations of a tenant: they must exist when something leads to them, and stay while it does.

Used by other services inside their own transactions.
"""

import re

from sqlalchemy.ext.asyncio import AsyncSession

from orchestrator.conferences.lookup import has_conference
from orchestrator.departments.lookup import department_names
from orchestrator.destinations.schemas import DestinationBody
from orchestrator.errors import InUse, Invalid
from orchestrator.forwarding.lookup import forwarding_leading_to
from orchestrator.hours.lookup import hours_leading_to
from orchestrator.ivr.lookup import has_ivr, ivrs_leading_to
from orchestrator.numbers.lookup import dids_leading_to
from orchestrator.options.lookup import options_leading_to
from orchestrator.parking.lookup import has_parking_place
from orchestrator.people.lookup import has_number, names_of
from orchestrator.queues.lookup import has_queue, queues_leading_to
from orchestrator.ring_groups.lookup import has_ring_group, ring_groups_leading_to
from orchestrator.routing.lookup import caller_rules_leading_to
from orchestrator.trunks.lookup import trunks_leading_to
from orchestrator.types import Destination, DestinationKind, Scope
from orchestrator.voicemail.lookup import has_box

_OUTSIDE = re.compile(r"\+?[0-9]{2,30}")
_MOST_NAMED = 20


async def require_destination(
    session: AsyncSession,
    scope: Scope,
    destination: DestinationBody,
    field: str = "body.destination",
) -> None:
    """Raise Invalid for `field` unless calls can go there."""
    wrong = await _wrong(session, scope, destination)
    if wrong:
        raise Invalid.field(f"{field}.ref", wrong)


async def _wrong(session: AsyncSession, scope: Scope, destination: DestinationBody) -> str:
    ref = destination.ref
    match destination.kind:
        case DestinationKind.USER | DestinationKind.MOBILE:
            found = bool(await names_of(session, scope, [ref]))
            return "" if found else "there is no such user"
        case DestinationKind.EXTENSION:
            found = await has_number(session, scope, ref)
            return "" if found else "there is no such extension"
        case DestinationKind.CONFERENCE:
            found = await has_conference(session, scope, ref)
            return "" if found else "there is no such conference room"
        case DestinationKind.PARKING:
            found = await has_parking_place(session, scope, ref)
            return "" if found else "there is no such parking place"
        case DestinationKind.RING_GROUP:
            found = await has_ring_group(session, scope, ref)
            return "" if found else "there is no such ring group"
        case DestinationKind.QUEUE:
            return "" if await has_queue(session, scope, ref) else "there is no such queue"
        case DestinationKind.IVR:
            return "" if await has_ivr(session, scope, ref) else "there is no such IVR"
        case DestinationKind.DEPARTMENT:
            found = ref in await department_names(session, scope)
            return "" if found else "there is no such department"
        case DestinationKind.VOICEMAIL:
            found = await has_box(session, scope, ref)
            return "" if found else "there is no such user or ring group with voicemail"
        case DestinationKind.DIAL_BY_NAME:
            return "must be empty to dial by name" if ref else ""
        case DestinationKind.EXTERNAL | DestinationKind.REBOUND:
            return "" if _OUTSIDE.fullmatch(ref) else "must be a telephone number"
        case DestinationKind.BUSY | DestinationKind.END_CALL:
            return "must be empty to end the call" if ref else ""


async def require_unused(
    session: AsyncSession, scope: Scope, *destinations: Destination, name: str
) -> None:
    """Raise InUse, with what leads there, while calls go to one of `destinations`.

    `name` is how people know what is to be deleted.
    """
    used_by = [
        line for destination in destinations for line in await uses_of(session, scope, destination)
    ]
    if used_by:
        raise InUse(f"Calls still lead to {name}.", list(dict.fromkeys(used_by))[:_MOST_NAMED])


async def uses_of(session: AsyncSession, scope: Scope, destination: Destination) -> list[str]:
    """Readable names of everything that leads to `destination`."""
    return [
        *await dids_leading_to(session, scope, destination),
        *await caller_rules_leading_to(session, scope, destination),
        *await trunks_leading_to(session, scope, destination),
        *await options_leading_to(session, scope, destination),
        *await forwarding_leading_to(session, scope, destination),
        *await hours_leading_to(session, scope, destination),
        *await ivrs_leading_to(session, scope, destination),
        *await ring_groups_leading_to(session, scope, destination),
        *await queues_leading_to(session, scope, destination),
    ]
