"""What must hold of a destination before a user's calls are forwarded to it.

It exists, it is not the user, it may be called, and calls that always go there do not come back.
"""

from collections import deque
from collections.abc import AsyncIterator

from sqlalchemy.ext.asyncio import AsyncSession

from orchestrator.db.scope import select_in
from orchestrator.destinations.schemas import DestinationBody
from orchestrator.destinations.service import require_destination
from orchestrator.errors import Invalid
from orchestrator.forwarding.model import ForwardingException, StatusProfile
from orchestrator.forwarding.rules import RINGING_STATUSES, CallSource, When
from orchestrator.hours.rules import TimeFilter
from orchestrator.options.lookup import tenant_options
from orchestrator.people.lookup import mobile_of, names_of, user_with_number
from orchestrator.routing.lookup import is_emergency_number
from orchestrator.types import Destination, DestinationKind, Scope

_OUTSIDE = frozenset({DestinationKind.EXTERNAL, DestinationKind.REBOUND, DestinationKind.MOBILE})
_LONGEST_CHAIN = 20


class Checks:
    """Checks for the calls of `user`, in one transaction."""

    def __init__(self, session: AsyncSession, scope: Scope, user: str) -> None:
        self._session = session
        self._scope = scope
        self._user = user

    async def destination(self, body: DestinationBody, field: str) -> DestinationBody:
        """`body`, complete; raises Invalid for `field` unless calls can be forwarded there."""
        if body.kind is DestinationKind.MOBILE:
            await self.mobile(f"{field}.kind")
            if body.ref not in {"", self._user}:
                raise Invalid.field(f"{field}.ref", "must be the user's own mobile, or empty")
            return DestinationBody(kind=body.kind, ref=self._user)
        if body == DestinationBody(kind=DestinationKind.VOICEMAIL):
            body = DestinationBody(kind=body.kind, ref=self._user)
        await require_destination(self._session, self._scope, body, field)
        if body.kind in _OUTSIDE:
            await self._outside(f"{field}.kind")
            if await is_emergency_number(self._session, self._scope, body.ref):
                raise Invalid.field(f"{field}.ref", "is an emergency number")
        elif await self._person(body.plain) == self._user:
            raise Invalid.field(f"{field}.ref", "leads back to the user")
        return body

    async def mobile(self, field: str) -> None:
        """Raise Invalid for `field` unless the user has a mobile that may be called."""
        if not await mobile_of(self._session, self._scope, self._user):
            raise Invalid.field(field, "the user has no mobile number")
        await self._outside(field)

    async def no_loop(self, body: DestinationBody, side: CallSource, field: str) -> None:
        """Raise Invalid for `field` when calls that always go there always come back.

        Asked after the rows were written. Ways that depend on callers, hours or whether somebody
        answers are no loop: a call does not go twice to somebody who was tried.
        """
        chain = await self._chain_back(body.plain, side)
        if chain is not None:
            names = await names_of(self._session, self._scope, chain)
            shown = " -> ".join(names.get(each, each) for each in (self._user, *chain))
            raise Invalid.field(f"{field}.ref", f"calls would come back: {shown}")

    async def _outside(self, field: str) -> None:
        options = await tenant_options(self._session, self._scope)
        if not options.outbound.forward_outside:
            raise Invalid.field(field, "forwarding to outside numbers is switched off")

    async def _person(self, destination: Destination) -> str | None:
        """The user to whom calls for `destination` go."""
        if destination.kind is DestinationKind.EXTENSION:
            return await user_with_number(self._session, self._scope, destination.ref)
        return destination.ref if destination.kind is DestinationKind.USER else None

    async def _chain_back(self, start: Destination, side: CallSource) -> list[str] | None:
        """The shortest chain of users by whom calls sent to `start` come back to the user."""
        first = await self._person(start)
        paths = deque([[first]] if first else [])
        seen: set[str] = set()
        while paths:
            path = paths.popleft()
            if path[-1] == self._user:
                return path
            if path[-1] in seen or len(path) > _LONGEST_CHAIN:
                continue
            seen.add(path[-1])
            async for following in self._always(path[-1], side):
                paths.append([*path, following])
        return None

    async def _always(self, user: str, side: CallSource) -> AsyncIterator[str]:
        """Users to whom all calls of `side` for `user` go, in one of the statuses."""
        for stored in [
            row.destinations.get(When.ALWAYS, {}).get(side)
            for row in await self._session.scalars(
                select_in(self._scope, StatusProfile).where(StatusProfile.user_id == user)
            )
            if row.status not in RINGING_STATUSES
        ]:
            if stored:
                way = Destination(DestinationKind(stored["kind"]), stored.get("ref", ""))
                if person := await self._person(way):
                    yield person
        for row in await self._session.scalars(
            select_in(self._scope, ForwardingException).where(
                ForwardingException.user_id == user,
                ForwardingException.when == When.ALWAYS,
                ForwardingException.hours == TimeFilter.ALL_HOURS,
                ForwardingException.caller == "",
                ForwardingException.source.in_([CallSource.ANY, side]),
            )
        ):
            if person := await self._person(Destination(row.destination_kind, row.destination_ref)):
                yield person
