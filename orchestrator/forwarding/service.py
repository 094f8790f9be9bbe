"""Statuses and forwarding of users: their own, and those of the users that the actor manages."""

from collections.abc import Callable
from datetime import timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from orchestrator.clock import Clock
from orchestrator.db.base import utc_now
from orchestrator.db.scope import require_version, select_in
from orchestrator.db.session import Database
from orchestrator.destinations.schemas import DestinationBody, shown
from orchestrator.errors import Invalid, Stale
from orchestrator.forwarding.checks import Checks
from orchestrator.forwarding.model import StatusProfile, UserStatus
from orchestrator.forwarding.rules import (
    DECIDES_IN,
    RINGING_STATUSES,
    STATUS_NAMES,
    CallSource,
    Chosen,
    Forwarding,
    Status,
    When,
    choose,
    present_status,
)
from orchestrator.forwarding.schemas import (
    ForwardingBody,
    ForwardingOut,
    ProfileBody,
    SplitBody,
    StatusBody,
    StatusOut,
)
from orchestrator.hours.rules import ALWAYS_OPEN, Schedule
from orchestrator.options.lookup import tenant_options
from orchestrator.options.rules import StatusOptions
from orchestrator.people.lookup import require_own_or_managed
from orchestrator.rights.rules import STEERS_QUEUES
from orchestrator.routing.plan import Plan
from orchestrator.types import Scope, StoredDestination

_PLAIN = tuple(ProfileBody.model_fields.keys() - {"destinations"})


class ForwardingService:
    """Use cases of statuses and forwarding. `plan` gives the hours of each person."""

    def __init__(self, database: Database, clock: Clock, plan: Callable[[], Plan]) -> None:
        self._database = database
        self._clock = clock
        self._plan = plan

    async def status(self, scope: Scope, user: str) -> StatusOut:
        """The status of `user`; `-` is the actor."""
        async with self._database.reading() as session:
            user = await require_own_or_managed(session, scope, user)
            row = await _row(session, scope, user)
            return await self._show_status(session, scope, row or _new(scope, user))

    async def set_status(
        self, scope: Scope, user: str, body: StatusBody, version: int | None = None
    ) -> StatusOut:
        """Put `user` into a status, for good or for a time."""
        wanted = self._wanted(body)
        async with self._database.transaction(scope) as session:
            user = await require_own_or_managed(session, scope, user)
            row = await _writable(session, scope, user, version)
            hours = self._hours(scope, user)
            chosen = choose(_plain(row), wanted, hours, self._clock.now())
            row.status, row.message = chosen.status, body.message
            row.temporary, row.temporary_until = chosen.temporary, chosen.until
            await session.flush()
            return await self._show_status(session, scope, row)

    async def set_queues(self, scope: Scope, user: str, logged_in: bool) -> None:
        """Log `user` in to all queues, or out of them; also for who steers the calls of the
        user's department."""
        async with self._database.transaction(scope) as session:
            user = await require_own_or_managed(session, scope, user, *STEERS_QUEUES)
            (await _writable(session, scope, user, None)).queues = logged_in

    async def forwarding(self, scope: Scope, user: str) -> ForwardingOut:
        """What calls of `user` do in each status."""
        async with self._database.reading() as session:
            user = await require_own_or_managed(session, scope, user)
            row = await _row(session, scope, user)
            return _show(row or _new(scope, user), await _profiles(session, scope, user))

    async def set_forwarding(
        self, scope: Scope, user: str, body: ForwardingBody, version: int | None = None
    ) -> ForwardingOut:
        """Replace what calls of `user` do in each status."""
        async with self._database.transaction(scope) as session:
            user = await require_own_or_managed(session, scope, user)
            row = await _writable(session, scope, user, version)
            row.auto_switch, row.screening = body.auto_switch, body.screening
            row.leave_queues_when_closed = body.leave_queues_when_closed
            # A change of a profile is a change of the whole: its version must move.
            row.updated_at = utc_now()
            await session.flush()
            checks = Checks(session, scope, user)
            before = await _profiles(session, scope, user)
            for status in Status:
                wanted = body.profiles.get(status, ProfileBody())
                field = f"body.profiles.{status}"
                profile = before.get(status)
                if profile is None:
                    profile = StatusProfile(tenant_id=scope.tenant, user_id=user, status=status)
                with session.no_autoflush:
                    await _assign(checks, profile, wanted, field)
                session.add(profile)
            await session.flush()
            await _refuse_loops(checks, body)
            return _show(row, await _profiles(session, scope, user))

    def _wanted(self, body: StatusBody) -> Chosen:
        """What `body` asks for; raises Invalid for an end that is none."""
        now = self._clock.now()
        if body.until is not None and body.seconds is not None:
            raise Invalid.field("body.until", "is given by seconds already")
        until = now + timedelta(seconds=body.seconds) if body.seconds else body.until
        if not body.temporary:
            if until is not None:
                raise Invalid.field("body.until", "only a temporary status ends")
            return Chosen(body.status)
        if until is not None and until <= now:
            raise Invalid.field("body.until", "must lie in the future")
        return Chosen(body.status, body.status, until)

    def _hours(self, scope: Scope, user: str) -> Schedule:
        """The hours of `user` as calls know them; somebody who is new or disabled has none."""
        tenant = self._plan().tenants.get(scope.tenant)
        person = tenant.people.get(user) if tenant else None
        return person.hours if person else ALWAYS_OPEN

    async def _show_status(self, session: AsyncSession, scope: Scope, row: UserStatus) -> StatusOut:
        now, plain = self._clock.now(), _plain(row)
        present = present_status(plain, self._hours(scope, row.user_id), now)
        expired = row.temporary_until is not None and row.temporary_until <= now
        options = await tenant_options(session, scope)
        return StatusOut(
            version=row.version or 0,
            user=row.user_id,
            status=plain.status,
            temporary=None if expired else row.temporary,
            until=None if expired else row.temporary_until,
            message=plain.message,
            auto_switch=plain.auto_switch,
            present=present,
            name=name_of(present, options.statuses),
        )


def name_of(status: Status, options: StatusOptions) -> str:
    """How the tenant calls a status."""
    renamed = {
        Status.CUSTOM_AVAILABLE: options.custom_available,
        Status.CUSTOM_AWAY: options.custom_away,
    }
    return renamed.get(status) or STATUS_NAMES[status]


async def _row(session: AsyncSession, scope: Scope, user: str) -> UserStatus | None:
    return await session.scalar(select_in(scope, UserStatus).where(UserStatus.user_id == user))


def _new(scope: Scope, user: str) -> UserStatus:
    """The row of somebody who never chose anything."""
    return UserStatus(
        tenant_id=scope.tenant,
        user_id=user,
        status=Status.AVAILABLE,
        message="",
        auto_switch=False,
        screening=False,
        leave_queues_when_closed=False,
    )


async def _writable(
    session: AsyncSession, scope: Scope, user: str, version: int | None
) -> UserStatus:
    """The row to change, made if there is none; raises Stale unless it is at `version`."""
    row = await _row(session, scope, user)
    if row is not None:
        require_version(row, version)
        return row
    if version:
        raise Stale("Somebody else changed this since you read it. Read it again.")
    row = _new(scope, user)
    session.add(row)
    return row


def _plain(row: UserStatus) -> Forwarding:
    return Forwarding(
        row.status, row.message, row.temporary, row.temporary_until, row.auto_switch, row.screening
    )


async def _profiles(session: AsyncSession, scope: Scope, user: str) -> dict[Status, StatusProfile]:
    rows = await session.scalars(
        select_in(scope, StatusProfile).where(StatusProfile.user_id == user)
    )
    return {row.status: row for row in rows}


async def _assign(checks: Checks, row: StatusProfile, body: ProfileBody, field: str) -> None:
    """Put a checked profile into its row."""
    ringing = row.status in RINGING_STATUSES
    if body.no_answer_seconds is not None and not ringing:
        raise Invalid.field(f"{field}.no_answer_seconds", "the phones do not ring in this status")
    if body.ring_mobile:
        if not ringing:
            raise Invalid.field(f"{field}.ring_mobile", "nothing rings in this status")
        await checks.mobile(f"{field}.ring_mobile")
    for name in _PLAIN:
        setattr(row, name, getattr(body, name))
    destinations: dict[str, dict[str, StoredDestination]] = {}
    for when, split in body.destinations.items():
        place = f"{field}.destinations.{when}"
        if when not in DECIDES_IN[row.status]:
            raise Invalid.field(place, "does not happen in this status")
        stored = {
            side.value: (await checks.destination(way, f"{place}.{side}")).stored
            for side, way in _sides(split)
        }
        if stored:
            destinations[when.value] = stored
    row.destinations = destinations


async def _refuse_loops(checks: Checks, body: ForwardingBody) -> None:
    for status, profile in body.profiles.items():
        for side, way in _sides(profile.destinations.get(When.ALWAYS, SplitBody())):
            field = f"body.profiles.{status}.destinations.{When.ALWAYS}.{side}"
            await checks.no_loop(way, side, field)


def _sides(split: SplitBody) -> list[tuple[CallSource, DestinationBody]]:
    sides = {CallSource.INTERNAL: split.internal, CallSource.EXTERNAL: split.external}
    return [(side, way) for side, way in sides.items() if way is not None]


def _show(row: UserStatus, profiles: dict[Status, StatusProfile]) -> ForwardingOut:
    return ForwardingOut(
        version=row.version or 0,
        user=row.user_id,
        auto_switch=row.auto_switch,
        screening=row.screening,
        leave_queues_when_closed=row.leave_queues_when_closed,
        profiles={status: _show_profile(profiles.get(status)) for status in Status},
    )


def _show_profile(row: StatusProfile | None) -> ProfileBody:
    if row is None:
        return ProfileBody()
    return ProfileBody(
        destinations={
            When(when): SplitBody(
                internal=shown(split.get("internal")), external=shown(split.get("external"))
            )
            for when, split in row.destinations.items()
        },
        **{name: getattr(row, name) for name in _PLAIN},
    )
