"""A queue that is set up, staffed and watched over the services of the API, with real phones."""

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime

from orchestrator.queues.agents import AgentState
from orchestrator.queues.schemas import CallerState, QueueCreate, QueueLiveOut
from orchestrator.types import Actor, ActorKind, Grant, Role, Scope
from tests.asterisk.office import Colleague, Office, story, until, until_found
from tests.phones.phone import LONG

COUNTED = 0.3
"""Seconds that are not rounded to none."""


def age(since: datetime | None) -> float:
    assert since is not None
    return (datetime.now(UTC) - since).total_seconds()


def acting(office: Office, who: Colleague) -> Scope:
    """Somebody of the office with no more rights than everybody has."""
    tenant = office.books.scope.tenant
    department = office.plan.people[who.user_id].department
    grants = (Grant(Role.USER, department),)
    return Scope(tenant, Actor(ActorKind.USER, who.user_id, who.number, tenant, grants))


@dataclass(frozen=True, slots=True)
class Support:
    """The queue 900, which Bob and Carol serve and Mona manages, with nobody else's rights."""

    office: Office
    id: str
    bob: Colleague
    carol: Colleague
    mona: Colleague

    @property
    def manager(self) -> Scope:
        return acting(self.office, self.mona)

    async def live(self) -> QueueLiveOut:
        """What the manager sees."""
        return await self.office.centrale.services.queue_board.get(self.manager, self.id)

    async def are(self, *wanted: AgentState) -> bool:
        """Whether Bob and Carol are in these states."""
        return tuple(each.state for each in (await self.live()).agents) == wanted

    async def log_in(self, by: Scope, agent: str, *, on: bool) -> None:
        """To this queue, or out of it."""
        await self.office.centrale.services.queue_agents.log_in(by, self.id, agent, on=on)


async def support(office: Office, **fields: object) -> Support:
    """The queue, whose agents have logged themselves in, once calls know of it."""
    bob, carol, mona = [await office.hire(number) for number in ("102", "103", "104")]
    people = {"agents": [{"user": each.user_id} for each in (bob, carol)]}
    body = {"number": "900", "name": "Support", "managers": [mona.user_id], **people, **fields}
    services = office.centrale.services
    made = await services.queues.create(office.books.scope, QueueCreate.model_validate(body))
    for who in (bob, carol):
        await services.queue_agents.log_in_to_all(acting(office, who), "-", on=True)
    found = Support(office, made.id, bob, carol, mona)
    await until_found(lambda: found.are(AgentState.IDLE, AgentState.IDLE))
    return found


async def test_given_a_caller_who_waits_when_the_manager_logs_an_agent_in_then_that_phone_rings_too(
    office: Office,
) -> None:
    queue, ann = await support(office, strategy="ring_all"), await office.hire("101")
    carol = queue.carol.user_id
    await queue.log_in(queue.manager, carol, on=False)
    await until_found(lambda: queue.are(AgentState.IDLE, AgentState.LOGGED_OUT))
    desks = [await office.desk(who) for who in (queue.bob, queue.carol)]
    first, second = [await desk.answer(ring_ms=LONG, ended_by="us") for desk in desks]
    call = await (await office.desk(ann)).call("900")
    await first.until_sent("180")
    (caller,) = (await queue.live()).waiting
    assert (caller.number, caller.position, caller.state) == ("101", 1, CallerState.RINGING)
    assert caller.rings == [queue.bob.user_id]
    assert not second.received("INVITE")
    await queue.log_in(queue.manager, carol, on=True)
    await second.until_sent("180")
    assert await queue.are(AgentState.RINGING, AgentState.RINGING)
    await second.end_ringing()
    await until_found(lambda: queue.are(AgentState.IDLE, AgentState.TALKING))
    await second.hang_up()
    await call.finished()
    await asyncio.gather(first.stop(), second.stop())
    (entry,) = await office.journal()
    assert story(entry)[2] == [("queue", "900", "forwarded"), ("user", "103", "callee_hung_up")]


async def test_given_a_call_when_it_is_served_then_the_board_counts_it_until_the_reset(
    office: Office,
) -> None:
    queue = await support(office, strategy="hunt", wrap_up_seconds=300)
    ann, board = await office.hire("101"), office.centrale.services.queue_board
    agent = await (await office.desk(queue.bob)).answer(ring_ms=LONG, ended_by="us")
    call = await (await office.desk(ann)).call("900")
    await agent.until_sent("180")
    (caller,) = (await queue.live()).waiting
    await until(lambda: age(caller.since) > COUNTED)
    await agent.end_ringing()
    await until_found(lambda: queue.are(AgentState.TALKING, AgentState.IDLE))
    seen = await queue.live()
    assert (seen.waiting, seen.totals.served, seen.totals.average_talk_seconds) == ([], 1, 0.0)
    assert 0.2 < seen.totals.average_wait_seconds == seen.totals.longest_wait_seconds

    # A talk goes on, and is counted, though the agent has logged out meanwhile.
    await queue.log_in(acting(office, queue.bob), "-", on=False)
    assert await queue.are(AgentState.TALKING, AgentState.IDLE)
    await until(lambda: age(seen.agents[0].since) > COUNTED)
    await agent.hang_up()
    await call.finished()
    await until_found(lambda: queue.are(AgentState.WRAP_UP, AgentState.IDLE))
    assert (await queue.live()).totals.average_talk_seconds > 0.2

    since = (await board.reset_statistics(queue.manager, queue.id)).since
    await until(lambda: office.plan.queues[queue.id].since == since.timestamp())
    anew = (await queue.live()).totals
    assert (anew.since, anew.served, anew.longest_wait_seconds) == (since, 0, 0.0)
    await agent.stop()
    await office.journal()
