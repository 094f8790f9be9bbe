"""What tests of queues share: bodies, and a customer on whose floor goes on what a test says."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from orchestrator.devices.service import SipAddress
from orchestrator.queues.agents import AgentState
from orchestrator.queues.live import AgentNow, QueueTotals, WaitingCaller
from orchestrator.queues.schemas import QueueCreate, QueuePatch
from orchestrator.routing.read_model import ReadModel
from orchestrator.types import Actor, ActorKind, Grant, Role, Scope, TenantId
from orchestrator.web.table import Services

SIP = SipAddress("pbx.test", 5060)


def queue(number: str = "800", name: str = "Support", **fields: object) -> QueueCreate:
    return QueueCreate.model_validate({"number": number, "name": name, **fields})


def patch(**fields: object) -> QueuePatch:
    return QueuePatch.model_validate(fields)


def agents(*users: str, skills: tuple[int, ...] = ()) -> list[dict[str, object]]:
    given = skills or (1,) * len(users)
    return [{"user": u, "skill": s} for u, s in zip(users, given, strict=True)]


@dataclass
class ScriptedFloor:
    """A floor where goes on what a test says."""

    callers: list[WaitingCaller] = field(default_factory=list)
    doing: list[AgentNow] = field(default_factory=list)
    done: QueueTotals = field(default_factory=QueueTotals)
    asked: set[tuple[TenantId, str]] = field(default_factory=set)

    def waiting(self, tenant: TenantId, queue: str) -> Sequence[WaitingCaller]:
        self.asked.add((tenant, queue))
        return self.callers

    def agents(self, tenant: TenantId, queue: str) -> Sequence[AgentNow]:
        return self.doing

    def totals(self, tenant: TenantId, queue: str) -> QueueTotals:
        return self.done


@dataclass
class World:
    """A customer with the queue Support (800) of the default department: Ann and Bob serve it, in
    this order, Mona manages it; Carl has nothing to do with it. Sales is another department."""

    services: Services
    model: ReadModel
    floor: ScriptedFloor
    scope: Scope
    people: dict[str, str]
    queue: str
    home: str
    sales: str

    def user(self, name: str, role: Role = Role.USER, department: str | None = None) -> Scope:
        """Acting as one of them, or as somebody else, with a role in a department (the default
        one)."""
        grants = (Grant(role, department or self.home),)
        who = self.people.get(name, name)
        return Scope(self.scope.tenant, Actor(ActorKind.USER, who, name, self.scope.tenant, grants))

    async def known(self) -> None:
        """The plan has heard of everything."""
        await self.model.refresh({self.scope.tenant})

    async def log_in(self, *names: str) -> None:
        """To all queues."""
        for name in names:
            await self.services.queue_agents.log_in_to_all(self.scope, self.people[name], on=True)
        await self.known()

    async def why_not(self, name: str) -> str | None:
        listed = await self.services.queue_agents.list(self.scope, self.queue)
        (found,) = [each for each in listed.items if each.user == self.people[name]]
        assert found.present is (found.why_not is None)
        return found.why_not

    async def states(self) -> dict[str, AgentState]:
        live = await self.services.queue_board.get(self.scope, self.queue)
        names = {user: name for name, user in self.people.items()}
        return {names[each.user]: each.state for each in live.agents}
