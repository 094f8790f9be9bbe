"""A queue that is set up, staffed and watched over the services of the API, with real phones."""

import asyncio
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


async def test_given_a_caller_who_waits_when_the_manager_logs_an_agent_in_then_that_phone_rings_too(
    office: Office,
) -> None:
    ann, bob, carol, mona = [await office.hire(n) for n in ("101", "102", "103", "104")]
    services, manager = office.centrale.services, acting(office, mona)
    body = {
        "number": "900",
        "name": "Support",
        "strategy": "ring_all",
        "wrap_up_seconds": 300,
        "agents": [{"user": bob.user_id}, {"user": carol.user_id}],
        "managers": [mona.user_id],
    }
    queue = (await services.queues.create(office.books.scope, QueueCreate.model_validate(body))).id
    agents, board = services.queue_agents, services.queue_board

    async def live() -> QueueLiveOut:
        return await board.get(manager, queue)

    async def states(*wanted: AgentState) -> bool:
        return tuple(each.state for each in (await live()).agents) == wanted

    for who in (bob, carol):
        await agents.log_in_to_all(acting(office, who), "-", on=True)
    await agents.log_in(manager, queue, carol.user_id, on=False)
    await until_found(lambda: states(AgentState.IDLE, AgentState.LOGGED_OUT))
    await until(lambda: [a.logged_in for a in office.plan.queues[queue].agents] == [True, False])

    desks = [await office.desk(who) for who in (bob, carol)]
    first, second = [await desk.answer(ring_ms=LONG, ended_by="us") for desk in desks]
    call = await (await office.desk(ann)).call("900")
    await first.until_sent("180")
    (caller,) = (await live()).waiting
    assert (caller.number, caller.position, caller.state) == ("101", 1, CallerState.RINGING)
    assert caller.rings == [bob.user_id]
    assert not second.received("INVITE")

    await agents.log_in(manager, queue, carol.user_id, on=True)
    await second.until_sent("180")
    assert await states(AgentState.RINGING, AgentState.RINGING)
    await until(lambda: age(caller.since) > COUNTED)
    await first.end_ringing()
    await until_found(lambda: states(AgentState.TALKING, AgentState.IDLE))
    seen = await live()
    assert (seen.waiting, seen.totals.served, seen.totals.average_talk_seconds) == ([], 1, 0.0)
    assert 0.2 < seen.totals.average_wait_seconds == seen.totals.longest_wait_seconds

    # A talk goes on, and is not counted as if it were over when the agent logs out.
    await agents.log_in(acting(office, bob), queue, "-", on=False)
    assert await states(AgentState.TALKING, AgentState.IDLE)
    await until(lambda: age(seen.agents[0].since) > COUNTED)
    await first.hang_up()
    await call.finished()
    await until_found(lambda: states(AgentState.WRAP_UP, AgentState.IDLE))
    done = await live()
    assert done.agents[0].since is not None
    assert done.totals.average_talk_seconds > 0.2

    since = (await board.reset_statistics(manager, queue)).since
    await until(lambda: office.plan.queues[queue].since == since.timestamp())
    anew = (await live()).totals
    assert (anew.since, anew.served, anew.longest_wait_seconds) == (since, 0, 0.0)
    await asyncio.gather(first.stop(), second.stop())
    (entry,) = await office.journal()
    assert story(entry)[2] == [("queue", "900", "forwarded"), ("user", "102", "callee_hung_up")]
