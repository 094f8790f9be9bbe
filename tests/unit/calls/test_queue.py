"""Calls that wait in queues, on the fake Asterisk."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest_asyncio

from orchestrator.calls.command import Command, SendTo
from orchestrator.forwarding.rules import Forwarding, Profile, Status
from orchestrator.queues.agents import AgentState
from orchestrator.queues.rules import Strategy
from orchestrator.rights.rules import Right
from orchestrator.routing.plan import AgentLine, Plan, QueueLine
from orchestrator.types import Destination, DestinationKind, TenantId
from tests.factories.plans import TENANT, department, did, person, plan, tenant, trunk
from tests.unit.calls.desk import SILENT, Desk, at_desk, until

K = DestinationKind
REJECTED = 21
OUTSIDE = "+31201234567"
MAY = {"dep-sales": frozenset({Right.DIVERT_TRANSFER_PICKUP.value})}
IN = Forwarding(queues=True)
QUEUE = QueueLine(
    "q1",
    "900",
    "Support",
    "dep-sales",
    "en",
    Strategy.HUNT,
    (AgentLine("user-102"), AgentLine("user-103")),
)
OTHER = replace(QUEUE, id="q2", number="901", name="Sales")


@pytest_asyncio.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    """101, 104 and 106 call; 102 and 103 (two phones) serve 900 and 901; 105 may pick up."""
    people = (
        person("101"),
        person("102", rights=MAY, forwarding=IN),
        person("103", devices=2, forwarding=IN),
        person("104"),
        person("105", rights=MAY),
        person("106"),
    )
    acme = tenant(people, (trunk(),), dids=(did(OUTSIDE, "102"),))
    acme = replace(
        acme,
        departments={"dep-sales": department(number="600")},
        extensions={
            **acme.extensions,
            "900": Destination(K.QUEUE, "q1"),
            "901": Destination(K.QUEUE, "q2"),
        },
        queues={"q1": QUEUE, "q2": OTHER},
    )
    async with at_desk(plan(acme), tmp_path) as desk:
        desk.phones("u101x0", "u104x0", "u105x0", "u106x0")
        desk.phones("u102x0", "u103x0", "u103x1", phone=SILENT)
        yield desk


def change(desk: Desk, queue: QueueLine = QUEUE, **changes: object) -> None:
    """Another queue, or other people."""
    acme = desk.plan.tenants[TENANT]
    people = {**acme.people, **changes.pop("people", {})}  # type: ignore[dict-item]
    queues = {**acme.queues, queue.id: replace(acme.queues[queue.id], **changes)}  # type: ignore[arg-type]
    acme = replace(acme, queues=queues, people=people)
    desk.plan = Plan({TENANT: acme}, desk.plan.endpoints)
    desk.registry.floor.plans_changed([TENANT])


def log_in(desk: Desk, number: str, forwarding: Forwarding) -> None:
    who = desk.plan.tenants[TENANT].people[f"user-{number}"]
    change(desk, people={who.id: replace(who, forwarding=forwarding)})


def steps(desk: Desk, call: str) -> list[tuple[str, str, str]]:
    return [(s.target_kind, s.target, s.reason) for s in desk.entry(call).segments]


def rings(desk: Desk, call: str) -> list[str]:
    """The endpoints that ring for `call`."""
    channels = desk.asterisk.world.channels.values()
    return sorted(
        c.name.split("/")[1].split("-")[0] for c in channels if c.id.startswith(f"{call}~")
    )


def leg(desk: Desk, call: str, endpoint: str) -> str:
    channels = desk.asterisk.world.channels.values()
    return next(c.id for c in channels if c.id.startswith(f"{call}~") and endpoint in c.name)


def state(desk: Desk, number: str) -> AgentState:
    agent = desk.registry.floor.agent(f"user-{number}")
    return agent.state if agent else AgentState.IDLE


async def waiting(desk: Desk, *endpoints: str, number: str = "900", by: str = "u101x0") -> str:
    """A call in the queue, once all of `endpoints` ring for it."""
    call = desk.call(by, number)
    await until(lambda: rings(desk, call) == sorted(endpoints))
    await until(lambda: desk.asterisk.world.channels[call].state == "Up")
    return call


async def answered(desk: Desk, call: str, endpoint: str) -> None:
    desk.asterisk.pick_up(leg(desk, call, endpoint))
    await desk.talking(call)


async def test_the_caller_is_told_who_answered_and_the_agent_goes_on_to_see_the_queue(
    desk: Desk,
) -> None:
    change(desk, caller_name="Support")
    call = await waiting(desk, "u102x0")
    channels = desk.asterisk.world.channels
    agent = channels[leg(desk, call, "u102x0")]
    assert "Support: " in agent.variables["CONNECTEDLINE(all,i)"]
    before = agent.connected
    await answered(desk, call, "u102x0")
    assert channels[call].variables["CONNECTEDLINE(all)"].endswith("<102>")
    assert "CONNECTEDLINE(all)" not in agent.variables
    assert agent.connected == before
    desk.asterisk.hang_up(call)
    await desk.ended(call)


async def test_a_caller_is_answered_and_hears_music_until_an_agent_answers(desk: Desk) -> None:
    call = await waiting(desk, "u102x0")
    await until(lambda: bool(desk.asterisk.world.channels[call].music))
    await answered(desk, call, "u102x0")
    assert state(desk, "102") is AgentState.TALKING
    desk.asterisk.hang_up(call)
    entry = await desk.ended(call)
    assert steps(desk, call) == [("queue", "900", "forwarded"), ("user", "102", "caller_hung_up")]
    assert entry.outcome == "answered"
    assert entry.segments[1].queue == "q1"
    assert entry.segments[0].polled == 1
    await until(lambda: state(desk, "102") is AgentState.IDLE)
    await desk.empty()


async def test_the_next_agent_rings_when_one_declines(desk: Desk) -> None:
    call = await waiting(desk, "u102x0")
    desk.asterisk.hang_up(leg(desk, call, "u102x0"), REJECTED)
    await until(lambda: rings(desk, call) == ["u103x0", "u103x1"])
    assert state(desk, "102") is AgentState.RESTING
    await answered(desk, call, "u103x1")
    desk.asterisk.hang_up(call)
    entry = await desk.ended(call)
    assert entry.segments[0].polled == 2


async def test_two_callers_get_two_agents_in_the_order_of_arrival(desk: Desk) -> None:
    first = await waiting(desk, "u102x0")
    second = await waiting(desk, "u103x0", "u103x1", by="u104x0", number="901")
    third = desk.call("u106x0", "900")
    await until(lambda: len(desk.registry.floor.callers(TENANT, "q1")) == 2)
    await answered(desk, first, "u102x0")
    await answered(desk, second, "u103x0")
    assert rings(desk, third) == []
    desk.asterisk.hang_up(first)
    await until(lambda: rings(desk, third) == ["u102x0"])
    for call in (second, third):
        desk.asterisk.hang_up(call)
        await desk.ended(call)


async def test_a_priority_queue_is_served_first(desk: Desk) -> None:
    change(desk, agents=(AgentLine("user-102"),))
    change(desk, OTHER, agents=(AgentLine("user-102"),), priority=True)
    busy = await waiting(desk, "u102x0")
    await answered(desk, busy, "u102x0")
    early = desk.call("u104x0", "900")
    await until(lambda: len(desk.registry.floor.callers(TENANT, "q1")) == 1)
    late = desk.call("u106x0", "901")
    await until(lambda: len(desk.registry.floor.callers(TENANT, "q2")) == 1)
    desk.asterisk.hang_up(busy)
    await until(lambda: rings(desk, late) == ["u102x0"])
    assert rings(desk, early) == []
    for call in (early, late):
        desk.asterisk.hang_up(call)
        await desk.ended(call)


async def test_ring_all_takes_those_in_who_become_free(desk: Desk) -> None:
    change(desk, strategy=Strategy.RING_ALL)
    own = desk.call("u102x0", "105")
    await desk.talking(own)
    call = await waiting(desk, "u103x0", "u103x1")
    desk.asterisk.hang_up(own)
    await until(lambda: rings(desk, call) == ["u102x0", "u103x0", "u103x1"])
    await answered(desk, call, "u103x0")
    await until(lambda: rings(desk, call) == ["u103x0"])
    assert state(desk, "102") is AgentState.IDLE
    desk.asterisk.hang_up(call)
    await desk.ended(call)


async def test_wrap_up_keeps_an_agent_free_of_calls(desk: Desk) -> None:
    change(desk, agents=(AgentLine("user-102"),), wrap_up_seconds=1)
    first = await waiting(desk, "u102x0")
    await answered(desk, first, "u102x0")
    second = desk.call("u104x0", "900")
    await until(lambda: len(desk.registry.floor.callers(TENANT, "q1")) == 1)
    desk.asterisk.hang_up(first)
    await until(lambda: state(desk, "102") is AgentState.WRAP_UP)
    assert rings(desk, second) == []
    await until(lambda: rings(desk, second) == ["u102x0"])
    desk.asterisk.hang_up(second)
    await desk.ended(second)


async def test_without_anybody_logged_in_the_call_goes_on_at_once(desk: Desk) -> None:
    change(
        desk,
        agents=(AgentLine("user-102", logged_in=False), AgentLine("user-101")),
        no_answer=Destination(K.USER, "user-104"),
    )
    call = desk.call("u106x0", "900")
    await desk.talking(call)
    desk.asterisk.hang_up(call)
    await desk.ended(call)
    assert steps(desk, call)[0] == ("queue", "900", "nobody_available")
    assert steps(desk, call)[1][:2] == ("user", "104")


async def test_when_the_last_agent_leaves_the_callers_go_on(desk: Desk) -> None:
    change(desk, agents=(AgentLine("user-102"),), no_answer=Destination(K.USER, "user-104"))
    call = await waiting(desk, "u102x0")
    log_in(desk, "102", Forwarding(queues=False))
    await desk.talking(call)
    desk.asterisk.hang_up(call)
    await desk.ended(call)
    assert steps(desk, call)[0] == ("queue", "900", "nobody_available")
    assert state(desk, "102") is AgentState.IDLE


async def test_a_status_that_leaves_queues_logs_out_and_one_that_is_away_only_waits(
    desk: Desk,
) -> None:
    change(desk, agents=(AgentLine("user-102"),))
    away = Forwarding(Status.AWAY, profiles={Status.AWAY: Profile(Status.AWAY)}, queues=True)
    log_in(desk, "102", away)
    call = desk.call("u101x0", "900")
    await until(lambda: len(desk.registry.floor.callers(TENANT, "q1")) == 1)
    assert rings(desk, call) == []
    log_in(desk, "102", IN)
    await until(lambda: rings(desk, call) == ["u102x0"])
    leaves = Profile(Status.AVAILABLE, leave_queues=True)
    log_in(desk, "102", Forwarding(profiles={Status.AVAILABLE: leaves}, queues=True))
    await desk.ended(call)
    assert steps(desk, call)[0] == ("queue", "900", "nobody_available")


async def test_a_full_queue_sends_the_call_on(desk: Desk) -> None:
    change(desk, max_callers=1, no_answer=Destination(K.USER, "user-104"))
    first = await waiting(desk, "u102x0")
    second = desk.call("u106x0", "900")
    await desk.talking(second)
    assert steps(desk, second)[0] == ("queue", "900", "queue_full")
    for call in (first, second):
        desk.asterisk.hang_up(call)
        await desk.ended(call)


async def test_who_waited_too_long_goes_on_and_nobody_rings_any_more(desk: Desk) -> None:
    change(desk, max_wait_seconds=1, no_answer=Destination(K.USER, "user-104"))
    call = await waiting(desk, "u102x0")
    await desk.talking(call)
    assert rings(desk, call) == ["u104x0"]
    assert state(desk, "102") is AgentState.IDLE
    desk.asterisk.hang_up(call)
    await desk.ended(call)
    assert steps(desk, call)[0] == ("queue", "900", "no_answer")


async def test_the_star_leaves_the_queue(desk: Desk) -> None:
    change(desk, no_answer=Destination(K.USER, "user-104"))
    call = await waiting(desk, "u102x0")
    desk.asterisk.press(call, "5")
    desk.asterisk.press(call, "*")
    await desk.talking(call)
    desk.asterisk.hang_up(call)
    await desk.ended(call)
    assert steps(desk, call)[0] == ("queue", "900", "left_queue")


async def test_a_caller_who_hangs_up_is_lost_and_the_agent_is_spared(desk: Desk) -> None:
    call = await waiting(desk, "u102x0")
    desk.asterisk.hang_up(call)
    entry = await desk.ended(call)
    assert (entry.outcome, entry.reason) == ("abandoned", "caller_hung_up")
    assert [event.type.value.number for event in desk.posted] == [105]
    assert state(desk, "102") is AgentState.IDLE
    book = desk.registry.floor.book(QUEUE)
    assert (book.served, book.abandoned) == (0, 1)
    await desk.empty()


async def test_a_wait_beyond_the_promise_is_told_once(desk: Desk) -> None:
    change(desk, sla_seconds=1)
    call = await waiting(desk, "u102x0")
    await until(lambda: bool(desk.posted))
    (event,) = desk.posted
    assert event.type.value.number == 104
    assert event.details is not None
    assert (event.details["waiting"], event.details["in_service"]) == ("1", "0")
    await answered(desk, call, "u102x0")
    desk.asterisk.hang_up(call)
    await desk.ended(call)
    assert len(desk.posted) == 1


async def test_a_colleague_picks_up_what_rings_at_an_agent(desk: Desk) -> None:
    call = await waiting(desk, "u102x0")
    picker = desk.call("u105x0", "*20*102")
    await desk.talking(call)
    assert rings(desk, call) == []
    desk.asterisk.hang_up(picker)
    entry = await desk.ended(call)
    assert steps(desk, call) == [("queue", "900", "picked_up"), ("user", "105", "callee_hung_up")]
    assert entry.segments[1].queue == "q1"
    assert state(desk, "102") is AgentState.IDLE


async def test_a_waiting_caller_may_be_sent_elsewhere(desk: Desk) -> None:
    call = await waiting(desk, "u102x0")
    found = desk.registry.get(call)
    assert found is not None
    command = Command(SendTo("104"), "user-102")
    found.mailbox.put(command)
    await desk.talking(call)
    assert state(desk, "102") is AgentState.IDLE
    desk.asterisk.hang_up(call)
    await desk.ended(call)
    assert steps(desk, call)[0][:2] == ("queue", "900")


async def test_an_agent_who_misses_too_many_is_logged_out(desk: Desk) -> None:
    out: list[tuple[TenantId, str]] = []
    desk.registry.floor._log_out = lambda tenant, who: out.append((tenant, who))
    change(desk, agents=(AgentLine("user-102"),), log_out_after_missed=1)
    call = await waiting(desk, "u102x0")
    desk.asterisk.hang_up(leg(desk, call, "u102x0"), REJECTED)
    await until(lambda: out == [(TENANT, "user-102")])
    desk.asterisk.hang_up(call)
    await desk.ended(call)


async def test_announcements_take_the_place_of_the_music_for_a_while(desk: Desk) -> None:
    change(desk, greeting="hello", announce_position=True, announce_seconds=1)
    call = await waiting(desk, "u102x0")
    channel = desk.asterisk.world.channels[call]
    heard: list[tuple[str, ...]] = []

    def now_hears(*wanted: tuple[str, ...]) -> bool:
        heard.extend(each.media for each in channel.playing if each.media not in heard)
        return heard == list(wanted)

    greeting, announcement = ("sound:hello",), ("sound:queue-youarenext", "sound:queue-thankyou")
    await until(lambda: now_hears(greeting))
    assert not channel.music
    await until(lambda: bool(channel.music))
    await until(lambda: now_hears(greeting, announcement))
    await until(lambda: bool(channel.music))
    await answered(desk, call, "u102x0")
    desk.asterisk.hang_up(call)
    await desk.ended(call)


async def test_a_random_hunt_goes_on_in_the_order_of_the_list(desk: Desk) -> None:
    everybody = ("102", "103", "104", "105", "106")
    phones = ("u104x0", "u105x0", "u106x0")
    desk.phones(*phones, phone=SILENT)
    for number in everybody:
        log_in(desk, number, IN)
    agents = tuple(AgentLine(f"user-{number}") for number in everybody)
    change(desk, agents=agents, strategy=Strategy.HUNT_RANDOM_START)
    call = desk.call("u101x0", "900")
    order: list[str] = []
    for _ in everybody:
        await until(lambda: bool(rings(desk, call)) and rings(desk, call)[0][1:4] not in order)
        order.append(rings(desk, call)[0][1:4])
        for endpoint in rings(desk, call):
            desk.asterisk.hang_up(leg(desk, call, endpoint), REJECTED)
    first = everybody.index(order[0])
    assert order == [*everybody[first:], *everybody[:first]]
    desk.asterisk.hang_up(call)
    await desk.ended(call)


async def test_a_group_by_skill_without_anybody_logged_in_keeps_nobody_waiting(desk: Desk) -> None:
    best, second = AgentLine("user-102", 1, logged_in=False), AgentLine("user-103", 2)
    change(
        desk,
        agents=(best, second),
        strategy=Strategy.SKILLS_RING_ALL,
        skill_wait_seconds=600,
    )
    call = await waiting(desk, "u103x0", "u103x1")
    desk.asterisk.hang_up(call)
    await desk.ended(call)


async def test_an_agent_whose_call_is_left_for_adoption_is_free_until_it_comes_back(
    desk: Desk,
) -> None:
    call = await waiting(desk, "u102x0")
    await answered(desk, call, "u102x0")
    found = desk.registry.get(call)
    assert found is not None
    desk.registry.forget(found)
    assert state(desk, "102") is AgentState.IDLE
    await desk.registry.close()
