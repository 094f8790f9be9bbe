"""How colleagues are at this moment: from the read model and the calls, without the database.

Two sides must agree, in one department that both share: the reader's role there may see members
(calls), and the role of the colleague there shows presence (calls). Oneself is always shown.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from orchestrator.errors import Invalid, Unavailable
from orchestrator.forwarding.rules import Status, present_status
from orchestrator.options.rules import StatusOptions
from orchestrator.presence.rules import Activity, Picture, is_registered
from orchestrator.presence.schemas import PhoneState, PresenceOut, PresenceQuery
from orchestrator.rights.rules import Right, departments_with, require
from orchestrator.routing.plan import Person, Plan, TenantPlan
from orchestrator.schemas import Page
from orchestrator.types import ActorKind, Scope


@dataclass(frozen=True, slots=True)
class _Reader:
    """Who looks. `members`, `calls`: departments where they may see them; None: everywhere."""

    person: str | None
    members: frozenset[str] | None
    calls: frozenset[str] | None

    def departments_of(self, person: Person) -> frozenset[str]:
        """The departments of `person` that the reader may see."""
        return person.departments if self.members is None else person.departments & self.members

    def sees(self, person: Person) -> bool:
        everywhere = self.members is None
        return everywhere or person.id == self.person or bool(self.departments_of(person))

    def shown(self, person: Person, right: Right, reach: frozenset[str] | None) -> bool:
        """Whether `person` shows what `right` says in a department of `reach`."""
        if person.id == self.person:
            return True
        places = person.departments if reach is None else person.departments & reach
        return any(right.value in person.rights.get(place, ()) for place in places)


class PresenceService:
    """Use cases of presence. `picture` is what goes on at this instant."""

    def __init__(self, plan: Callable[[], Plan], picture: Callable[[], Picture]) -> None:
        self._plan = plan
        self._picture = picture

    async def list(self, scope: Scope, query: PresenceQuery) -> Page[PresenceOut]:
        """Colleagues in the order of their numbers, then of their ids."""
        require(scope.actor, Right.SEE_GROUP_MEMBERS)
        tenant = self._plan().tenants.get(scope.tenant)
        if tenant is None:
            raise Unavailable("The people of this tenant are not loaded yet.")
        reader = _reader(scope)
        found = [p for p in tenant.people.values() if reader.sees(p) and _fits(p, query, reader)]
        found.sort(key=_key)
        if query.cursor is not None:
            after = _after(query.cursor)
            found = [person for person in found if _key(person) > after]
        page = found[: query.limit]
        more = len(found) > query.limit
        picture = self._picture()
        return Page(
            items=[_show(tenant, person, reader, picture) for person in page],
            next=":".join(_key(page[-1])) if more else None,
        )


def _reader(scope: Scope) -> _Reader:
    actor = scope.actor
    return _Reader(
        actor.id if actor.kind is ActorKind.USER else None,
        departments_with(actor, Right.SEE_GROUP_MEMBERS),
        departments_with(actor, Right.SEE_GROUP_CALLS),
    )


def _key(person: Person) -> tuple[str, str]:
    return person.number, person.id


def _after(cursor: str) -> tuple[str, str]:
    number, colon, person = cursor.partition(":")
    if not colon:
        raise Invalid.field("query.cursor", "does not belong to this list")
    return number, person


def _fits(person: Person, query: PresenceQuery, reader: _Reader) -> bool:
    if query.department is not None and query.department not in reader.departments_of(person):
        return False
    text = (query.search or "").casefold()
    return text in person.name.casefold() or text in person.number


def _show(tenant: TenantPlan, person: Person, reader: _Reader, picture: Picture) -> PresenceOut:
    presence = reader.shown(person, Right.SHOW_PRESENCE_TO_GROUP, reader.members)
    calls = reader.shown(person, Right.SHOW_CALLS_TO_GROUP, reader.calls)
    forwarding = person.forwarding
    status = present_status(forwarding, person.hours, picture.now)
    temporary = forwarding.temporary is not None and _runs(forwarding.temporary_until, picture.now)
    activity = picture.activity_of(person.id)
    return PresenceOut(
        id=person.id,
        number=person.number,
        name=person.name,
        departments=sorted(reader.departments_of(person)),
        status=status if presence else None,
        status_name=_name(tenant.options.statuses, status) if presence else "",
        message=forwarding.message if presence else "",
        status_until=forwarding.temporary_until if presence and temporary else None,
        phone=phone_state(activity) if calls else None,
        phone_since=_time(activity.since) if calls else None,
        registered=is_registered(person, picture.registered) if presence else None,
    )


def _runs(until: datetime | None, now: datetime) -> bool:
    return until is None or now < until


def _name(names: StatusOptions, status: Status) -> str:
    """The tenant's own name of a custom status; empty: the built-in name."""
    custom = {
        Status.CUSTOM_AVAILABLE: names.custom_available,
        Status.CUSTOM_AWAY: names.custom_away,
    }
    return custom.get(status, "")


def phone_state(activity: Activity) -> PhoneState:
    """The one word for what somebody's phones do."""
    if activity.ringing:
        return PhoneState.RINGING
    if activity.talking:
        return PhoneState.TALKING
    return PhoneState.HOLDING if activity.held else PhoneState.IDLE


def _time(seconds: float | None) -> datetime | None:
    return datetime.fromtimestamp(seconds, UTC) if seconds is not None else None
