"""Whom a caller's turn comes to next, as the floor asks the strategies."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest_asyncio

from orchestrator.queues.rules import Strategy
from orchestrator.routing.plan import AgentLine, Plan
from tests.factories.plans import TENANT, person, plan
from tests.factories.queues import agent, queue, with_queues
from tests.unit.calls.desk import SILENT, Desk, at_desk, until

REJECTED = 21
TEAM = tuple(agent(number) for number in ("102", "103", "104", "105"))


@pytest_asyncio.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    """101 calls 800, which 102 to 105 serve; 102 and 103 are the best."""
    lines = [AgentLine(each.id, skill) for each, skill in zip(TEAM, (1, 1, 2, 2), strict=True)]
    line = queue(*lines, strategy=Strategy.SKILLS_RING_ALL, ring_seconds=300)
    acme = with_queues(person("101"), *TEAM, queues=(line,))
    async with at_desk(plan(acme), tmp_path) as desk:
        desk.phones("u101x0")
        desk.phones(*(f"u{each.number}x0" for each in TEAM), phone=SILENT)
        yield desk


def change(desk: Desk, **changes: object) -> None:
    acme = desk.plan.tenants[TENANT]
    line = replace(acme.queues["queue-800"], **changes)  # type: ignore[arg-type]
    desk.plan = Plan({TENANT: replace(acme, queues={line.id: line})}, desk.plan.endpoints)
    desk.registry.floor.plans_changed([TENANT])


def rings(desk: Desk, call: str) -> dict[str, str]:
    """Number -> channel of those who ring for `call`."""
    channels = desk.asterisk.world.channels.values()
    return {c.name.split("/")[1][1:4]: c.id for c in channels if c.id.startswith(f"{call}~")}


async def test_the_next_group_rings_when_the_best_does_not_answer(desk: Desk) -> None:
    call = desk.call("u101x0", "800")
    await until(lambda: set(rings(desk, call)) == {"102", "103"})
    desk.registry.floor.stirred("user-104")
    desk.asterisk.hang_up(rings(desk, call)["102"], REJECTED)
    await until(lambda: set(rings(desk, call)) == {"103"})
    assert not desk.registry.floor.agent("user-104"), "the next group waits for the best"
    desk.asterisk.hang_up(rings(desk, call)["103"], REJECTED)
    await until(lambda: set(rings(desk, call)) == {"104", "105"})
    desk.asterisk.hang_up(call)
    await desk.ended(call)
    await desk.empty()


async def test_a_group_that_nobody_is_logged_in_to_keeps_no_caller_waiting(desk: Desk) -> None:
    out = [AgentLine(each.id, 1, logged_in=False) for each in TEAM[:2]]
    there = [AgentLine(each.id, 2) for each in TEAM[2:]]
    change(desk, agents=(*out, *there), skill_wait_seconds=300)
    call = desk.call("u101x0", "800")
    await until(lambda: set(rings(desk, call)) == {"104", "105"})
    desk.asterisk.hang_up(call)
    await desk.ended(call)


async def test_a_hunt_from_a_random_agent_goes_on_in_the_list(desk: Desk) -> None:
    lines = tuple(AgentLine(each.id) for each in TEAM)
    change(desk, agents=lines, strategy=Strategy.HUNT_RANDOM_START)
    call = desk.call("u101x0", "800")
    order: list[str] = []
    for _ in TEAM:
        await until(lambda: len(set(rings(desk, call)) - set(order)) == 1)
        ((number, channel),) = rings(desk, call).items()
        order.append(number)
        desk.asterisk.hang_up(channel, REJECTED)
    numbers = [each.number for each in TEAM]
    start = numbers.index(order[0])
    assert order == numbers[start:] + numbers[:start]
    desk.asterisk.hang_up(call)
    await desk.ended(call)


async def test_an_agent_who_calls_the_own_queue_is_not_rung_for_it(desk: Desk) -> None:
    change(desk, strategy=Strategy.RING_ALL, ring_busy=True)
    desk.phones("u102x0")
    call = desk.call("u102x0", "800")
    await until(lambda: set(rings(desk, call)) == {"103", "104", "105"})
    desk.asterisk.hang_up(call)
    await desk.ended(call)
    await desk.empty()
