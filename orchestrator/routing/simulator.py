"""The route simulator: answers, for a tenant, what would happen to a call. Reads no database."""

from collections.abc import Callable
from dataclasses import dataclass

from orchestrator.clock import Clock
from orchestrator.errors import Invalid, NotFound, Unavailable
from orchestrator.hot_desks.rules import HotDeskLine
from orchestrator.rights.rules import Right, require
from orchestrator.routing.facts import Facts
from orchestrator.routing.inbound import find_did, shown_number
from orchestrator.routing.outside_lines import TrunkLine
from orchestrator.routing.plan import Person, Plan, TenantPlan
from orchestrator.routing.schemas import NoteOut, SimulatedOut, SimulationOut, SimulationQuery
from orchestrator.routing.simulate import Simulated, simulate
from orchestrator.types import DestinationKind, Scope


@dataclass(frozen=True, slots=True)
class _Caller:
    """Who calls: one of the tenant's people, a number that comes in by a trunk, or a hot-desk
    phone."""

    person: Person | None = None
    trunk: TrunkLine | None = None
    desk: HotDeskLine | None = None


class RouteSimulator:
    """Use cases of the simulator; `plan` gives the read model that decides real calls."""

    def __init__(self, plan: Callable[[], Plan], clock: Clock) -> None:
        self._plan = plan
        self._clock = clock

    async def simulate(self, scope: Scope, query: SimulationQuery) -> SimulationOut:
        """What happens if `query.caller` calls `query.to`; now, unless `at` says when."""
        require(scope.actor, Right.CALL_HANDLING)
        tenant = self._plan().tenants.get(scope.tenant)
        if tenant is None:
            raise Unavailable("The routing of this tenant is not loaded yet.")
        caller = _caller(tenant, query)
        now = query.at or self._clock.now()
        facts = Facts(
            tenant,
            now,
            caller=_shown(tenant, caller, query.caller),
            name=caller.person.name if caller.person else "",
            person=caller.person,
            hot_desk=caller.desk,
            trunk=caller.trunk,
        )
        return SimulationOut(
            at=now,
            caller=query.caller or facts.caller,
            to=query.to,
            trunk=caller.trunk.name if caller.trunk else None,
            first=_show(simulate(facts, query.to)),
        )


def _caller(tenant: TenantPlan, query: SimulationQuery) -> _Caller:
    if query.hot_desk is not None:
        return _at_hot_desk(tenant, query)
    if not query.caller:
        raise Invalid.field("query.from", "who calls?")
    if query.trunk is not None:
        trunk = tenant.trunks.get(query.trunk)
        if trunk is None:
            raise NotFound("There is no such trunk, or it is disabled.")
        return _Caller(trunk=trunk)
    owner = tenant.extensions.get(query.caller)
    if owner is not None:
        if owner.kind is not DestinationKind.USER:
            raise Invalid.field("query.from", "only people make calls")
        return _Caller(person=tenant.people[owner.ref])
    return _Caller(trunk=_trunk_of(tenant, query.to))


def _at_hot_desk(tenant: TenantPlan, query: SimulationQuery) -> _Caller:
    if query.caller or query.trunk:
        raise Invalid.field("query.hot_desk", "goes without from and trunk")
    desk = next((d for d in tenant.hot_desks.values() if d.id == query.hot_desk), None)
    if desk is None:
        raise NotFound("There is no such hot-desk phone, or it is disabled.")
    return _Caller(tenant.people.get(desk.user or ""), desk=desk)


def _shown(tenant: TenantPlan, caller: _Caller, number: str) -> str:
    """The calling number as rules compare it: of an outside call as its trunk shows it."""
    if caller.person is not None:
        return caller.person.number
    return shown_number(tenant, caller.trunk, number) if caller.trunk else number


def _trunk_of(tenant: TenantPlan, number: str) -> TrunkLine:
    """The trunk by which a call for `number` would come: that of its DID, else the first."""
    open_ones = [trunk for trunk in tenant.trunks.values() if trunk.inbound]
    for trunk in open_ones:
        if find_did(tenant, trunk, number) is not None:
            return trunk
    if not open_ones:
        raise Invalid.field("query.from", "no extension of this tenant, and no trunk takes calls")
    return open_ones[0]


def _show(step: Simulated) -> SimulatedOut:
    return SimulatedOut(
        kind=step.kind,
        target=step.target,
        seconds=step.seconds,
        ways=list(step.ways),
        verdict=step.verdict,
        reason=step.reason,
        notes=[NoteOut(step=n.step, rule=n.rule, why=n.why) for n in step.notes],
        then={what: _show(following) for what, following in step.then.items()},
    )
