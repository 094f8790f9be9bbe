"""Live calls for the API: who sees them, and who may have them do what.

Only the calls of this node are here. A call that the actor may not see does not exist. Orders go
by message to the call's own task, which answers within `ANSWER_SECONDS`.
"""

import asyncio

from orchestrator.calls.call import Call
from orchestrator.calls.command import (
    ENDED,
    Command,
    HangUp,
    Hold,
    JoinWith,
    Mute,
    Order,
    Record,
    SendTo,
)
from orchestrator.calls.entry import CallEntry
from orchestrator.calls.leg import Leg
from orchestrator.calls.live import people_in, show, state_of
from orchestrator.calls.registry import CallRegistry
from orchestrator.calls.reports import refusal
from orchestrator.calls.rules import is_self, may_listen_in, may_see, may_steer, may_supervise
from orchestrator.calls.schemas import ActiveCallOut, CallMade, CallMake, CallState, RecordAction
from orchestrator.errors import Conflict, Denied, Invalid, NotFound, Unavailable
from orchestrator.rights.rules import Right, departments_with, require
from orchestrator.routing.decision import (
    End,
    Feature,
    Monitor,
    MonitorMode,
    RecordPrompt,
    Summon,
)
from orchestrator.routing.facts import Facts
from orchestrator.routing.first_step import first_step
from orchestrator.routing.plan import Person, TenantPlan
from orchestrator.schemas import Page
from orchestrator.types import ActorKind, Scope, new_id
from orchestrator.verbs import Next

ANSWER_SECONDS = 5.0


class CallControl:
    """Use cases of live calls. `registry` None: no calls run here (the command line)."""

    def __init__(self, registry: CallRegistry | None) -> None:
        self._registry = registry

    async def list(self, scope: Scope) -> Page[ActiveCallOut]:
        """The calls that the actor may see, oldest first."""
        calls = self._registry.calls() if self._registry else []
        seen = [call for call in calls if _visible(scope, call)]
        return Page(items=[show(call) for call in sorted(seen, key=lambda c: c.entry.started_at)])

    async def get(self, scope: Scope, id: str) -> ActiveCallOut:  # noqa: A002
        return show(self.call(scope, id))

    async def hang_up(self, scope: Scope, id: str, user: str | None) -> None:  # noqa: A002
        await self._order(scope, id, user, HangUp())

    async def send(self, scope: Scope, id: str, user: str | None, to: str) -> None:  # noqa: A002
        """Transfer (of a conversation) or divert (of a call that rings) to the number `to`."""
        await self._order(scope, id, user, SendTo(to))

    async def divert(self, scope: Scope, id: str, user: str | None, to: str) -> None:  # noqa: A002
        """As `send`, of a call that has not been answered yet."""
        if self.call(scope, id).partner is not None:
            raise Conflict("The call is answered: transfer it.")
        await self._order(scope, id, user, SendTo(to))

    async def transfer(self, scope: Scope, id: str, user: str | None, to: str) -> None:  # noqa: A002
        """As `send`, of a conversation."""
        if self.call(scope, id).partner is None:
            raise Conflict("The call is not answered yet: divert it.")
        await self._order(scope, id, user, SendTo(to))

    async def join(self, scope: Scope, id: str, user: str | None, other: str) -> None:  # noqa: A002
        """Attended transfer: connect the far ends of two calls of one person."""
        first, second = self.call(scope, id), self._registered(scope, other)
        if second is None or second is first:
            raise Invalid.field("body.with", "is no other call of yours")
        person = _party(scope, first, user)
        far = _far_end(second, person)
        if far is None:
            raise Conflict("The person does not talk in the other call.")
        await self._order(scope, id, person.id, JoinWith(far.id))

    async def hold(self, scope: Scope, id: str, user: str | None, *, on: bool) -> None:  # noqa: A002
        await self._order(scope, id, user, Hold(on))

    async def mute(self, scope: Scope, id: str, user: str | None, *, on: bool) -> None:  # noqa: A002
        await self._order(scope, id, user, Mute(on))

    async def record(
        self,
        scope: Scope,
        id: str,  # noqa: A002
        user: str | None,
        action: RecordAction,
    ) -> None:
        await self._order(scope, id, user, Record(action))

    async def make(self, scope: Scope, body: CallMake) -> CallMade:
        """Click to call; refused at once when the number leads nowhere for that person."""
        registry = self._node()
        tenant = self._tenant(scope)
        person = _person(scope, tenant, body.from_)
        if person is None or not may_steer(scope.actor, person):
            raise Invalid.field("body.from", "there is no such user")
        facts = Facts(
            tenant,
            registry.ports.clock.now(),
            caller=person.number,
            name=person.name,
            person=person,
            live=registry,
        )
        step = first_step(facts, body.to, registry.calls_in(tenant.id))
        if isinstance(step, End):
            raise Invalid.field("body.to", f"cannot be called: {step.verdict.reason.value}")
        if isinstance(step, Feature) and not is_self(scope.actor, person):
            raise Invalid.field("body.to", "is a dial code, which only its own person may use")
        return self._summon(tenant, Summon(person, body.to))

    async def supervise(
        self,
        scope: Scope,
        id: str,  # noqa: A002
        user: str,
        mode: MonitorMode,
    ) -> CallMade:
        """Ring the devices of `user`, who then is in the conversation `id`.

        The first of its people is supervised whom the actor, and `user`, may listen in on.
        """
        call, tenant = self.call(scope, id), self._tenant(scope)
        if call.partner is None:
            raise Conflict("Nobody talks yet.")
        supervisor = _person(scope, tenant, user)
        if supervisor is None or not _acts_for(scope, supervisor):
            raise Invalid.field("body.user", "there is no such user")
        people = [
            person
            for person in people_in(call)
            if may_supervise(scope.actor, person) and may_listen_in(supervisor, person)
        ]
        if not people:
            self._node().ports.note(refusal(scope, supervisor, call, mode))
            raise Denied(f"This needs the right {Right.BARGE_LISTEN_WHISPER.value}.")
        step = Summon(supervisor, people[0].number, Monitor(people[0], mode))
        return self._summon(tenant, step)

    async def record_prompt(self, user: str, wanted: RecordPrompt) -> CallMade:
        """Ring the devices of `user`: whoever answers speaks the prompt that `wanted` names."""
        scope = wanted.by
        require(scope.actor, Right.VOICE_AND_CHAT)
        tenant = self._tenant(scope)
        person = _person(scope, tenant, user)
        if person is None or not may_steer(scope.actor, person):
            raise Invalid.field("body.user", "there is no such user")
        return self._summon(tenant, Summon(person, person.number, wanted))

    def _summon(self, tenant: TenantPlan, step: Summon) -> CallMade:
        """Begin a call at a desk. Raises Conflict when the person has no device."""
        registry, person = self._node(), step.person
        if not person.devices:
            raise Conflict("The person has no device.")
        id_ = new_id()
        now = registry.ports.clock.now().timestamp()
        entry = CallEntry(
            *(id_, tenant.id, "internal", person.number, person.name, step.number), started_at=now
        )
        # A stand-in until a device answers (`verbs/summon.py`): it has no channel.
        caller = Leg(id_, "", person.number, person.name, person=person.id)
        call = Call(id_, tenant, caller, entry, registry)
        del call.legs[id_]
        registry.start(call, Next(step))
        return CallMade(id=id_)

    # ------------------------------------------------------------------------------------------

    async def _order(self, scope: Scope, id: str, user: str | None, order: Order) -> None:  # noqa: A002
        """Have the call carry `order` out. Conflict says why it does not."""
        call = self.call(scope, id)
        command = Command(order, _party(scope, call, user).id)
        if not call.mailbox.put(command):
            raise Unavailable("The call does not answer.")
        try:
            why = await asyncio.wait_for(command.reply, ANSWER_SECONDS)
        except TimeoutError:
            raise Unavailable("The call did not answer in time.") from None
        if why == ENDED:
            raise NotFound("There is no such call.")
        if why is not None:
            raise Conflict(why)

    def call(self, scope: Scope, id: str) -> Call:  # noqa: A002
        """The live call `id`, if the actor may see it."""
        call = self._registered(scope, id)
        if call is None:
            raise NotFound("There is no such call.")
        return call

    def _registered(self, scope: Scope, id: str) -> Call | None:  # noqa: A002
        call = self._registry.get(id) if self._registry else None
        return call if call is not None and _visible(scope, call) else None

    def _node(self) -> CallRegistry:
        if self._registry is None:
            raise Unavailable("No calls run here.")
        return self._registry

    def _tenant(self, scope: Scope) -> TenantPlan:
        tenant = self._node().ports.plan().tenants.get(scope.tenant)
        if tenant is None:
            raise Unavailable("The tenant is not known to calls yet.")
        return tenant


def _visible(scope: Scope, call: Call) -> bool:
    if call.tenant.id != scope.tenant:
        return False
    people = people_in(call)
    if state_of(call) is CallState.SUPERVISING:
        # Whom a supervisor listens to is for the supervisor, and for those above.
        above = departments_with(scope.actor, Right.BARGE_LISTEN_WHISPER) is None
        return above or any(is_self(scope.actor, person) for person in people)
    return may_see(scope.actor, people)


def _party(scope: Scope, call: Call, user: str | None) -> Person:
    """On behalf of which party the actor steers the call: `user`, itself, or the first it may."""
    people = people_in(call)
    wanted = scope.actor.id if user == "-" else user
    if wanted is not None:
        people = [person for person in people if person.id == wanted]
        if not people:
            raise Invalid.field("body.user", "is no party of the call")
    people.sort(key=lambda person: not is_self(scope.actor, person))
    for person in people:
        if may_steer(scope.actor, person):
            return person
    raise Denied(f"This needs the right {Right.DIVERT_TRANSFER_PICKUP.value}.")


def _person(scope: Scope, tenant: TenantPlan, user: str) -> Person | None:
    """The person `user`, `-` for the actor."""
    own = scope.actor.id if scope.actor.kind is ActorKind.USER else ""
    return tenant.people.get(own if user == "-" else user)


def _acts_for(scope: Scope, person: Person) -> bool:
    """A user supervises by the own devices only; operators and programs name a person."""
    return scope.actor.kind is not ActorKind.USER or is_self(scope.actor, person)


def _far_end(call: Call, person: Person) -> Leg | None:
    """The one that `person` talks with."""
    if call.partner is None:
        return None
    ends = (call.caller, call.partner)
    if not any(leg.person == person.id for leg in ends):
        return None
    return next((leg for leg in ends if leg.person != person.id), None)
