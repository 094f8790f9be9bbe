"""Calls to ring groups and department menus, on the fake Asterisk."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest_asyncio

from orchestrator.ari.fake import FakePhone, Reaction
from orchestrator.calls.command import Command, SendTo
from orchestrator.forwarding.rules import Forwarding, Profile, Status
from orchestrator.hours.rules import HoursState
from orchestrator.rights.rules import Right
from orchestrator.ring_groups.rules import Strategy
from orchestrator.routing.plan import HoursRouteLine, Plan, RingGroupLine
from orchestrator.types import Destination, DestinationKind
from tests.factories.plans import TENANT, department, did, person, plan, tenant, trunk
from tests.unit.calls.desk import SILENT, Desk, at_desk, until

K = DestinationKind
OUTSIDE = "+31201234567"
MAY = {"dep-sales": frozenset({Right.DIVERT_TRANSFER_PICKUP.value})}
GROUP = RingGroupLine(
    "g1", "800", "Support", "dep-sales", Strategy.RING_ALL, ("user-102", "user-103", "user-104")
)


@pytest_asyncio.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    """101 calls; 102, 103 (two phones) and 104 (none) are in group 800; 105 may pick up."""
    away = Forwarding(Status.AWAY, profiles={Status.AWAY: Profile(Status.AWAY)})
    people = (
        person("101"),
        person("102", rights=MAY),
        person("103", devices=2, language="fr"),
        person("104", devices=0),
        person("105", rights=MAY, forwarding=away),
    )
    acme = tenant(people, (trunk(),), dids=(did(OUTSIDE, "102"),))
    acme = replace(acme, departments={"dep-sales": department(language="fr", number="600")})
    acme = replace(
        acme,
        extensions={
            **acme.extensions,
            "800": Destination(K.RING_GROUP, "g1"),
            "600": Destination(K.DEPARTMENT, "dep-sales"),
        },
        ring_groups={"g1": GROUP},
    )
    async with at_desk(plan(acme), tmp_path) as desk:
        desk.phones("u101x0", "u105x0")
        desk.phones("u102x0", "u103x0", "u103x1", phone=SILENT)
        yield desk


def change(desk: Desk, **changes: object) -> None:
    """Another group 800."""
    acme = desk.plan.tenants[TENANT]
    groups = {"g1": replace(GROUP, **changes)}  # type: ignore[arg-type]
    desk.plan = Plan({TENANT: replace(acme, ring_groups=groups)}, desk.plan.endpoints)


def steps(desk: Desk, call: str) -> list[tuple[str, str, str]]:
    return [(s.target_kind, s.target, s.reason) for s in desk.entry(call).segments]


def legs(desk: Desk, call: str) -> list[str]:
    return [c.name for c in desk.asterisk.world.channels.values() if c.id.startswith(f"{call}~")]


async def ringing(desk: Desk, count: int, endpoint: str = "u101x0") -> str:
    call = desk.call(endpoint, "800")
    await until(lambda: len(legs(desk, call)) == count)
    await until(lambda: desk.asterisk.world.channels[call].rung)
    return call


async def test_all_devices_ring_and_the_first_answer_stops_the_others(desk: Desk) -> None:
    call = await ringing(desk, 3)
    desk.asterisk.pick_up(f"{call}~2")
    await desk.talking(call)
    await until(lambda: len(legs(desk, call)) == 1)
    desk.asterisk.hang_up(call)
    await desk.ended(call)
    await desk.empty()
    assert steps(desk, call) == [
        ("ring_group", "800", "forwarded"),
        ("user", "103", "caller_hung_up"),
    ]
    group, talk = desk.entry(call).segments
    assert group.answered_at
    assert talk.answered_at == desk.entry(call).answered_at


async def test_who_declines_leaves_the_others_ringing(desk: Desk) -> None:
    desk.phones("u102x0", phone=FakePhone(Reaction.REJECTS))
    call = desk.call("u101x0", "800")
    await until(lambda: len(legs(desk, call)) == 2)
    desk.asterisk.pick_up(f"{call}~3")
    await desk.talking(call)
    desk.asterisk.hang_up(call)
    await desk.ended(call)
    await desk.empty()


async def test_nobody_at_all_is_told_and_refused(desk: Desk) -> None:
    change(desk, members=("user-104", "user-105"))
    call = desk.call("u101x0", "800")
    entry = await desk.ended(call)
    await desk.empty()
    assert (entry.outcome, entry.reason) == ("refused", "nobody_available")
    assert steps(desk, call) == [
        ("ring_group", "800", "nobody_available"),
        ("announcement", "vm-nobodyavail", "nobody_available"),
    ]


async def test_a_hunt_goes_on_at_once_after_a_refusal_and_ends_after_one_round(
    desk: Desk,
) -> None:
    change(desk, strategy=Strategy.HUNT, ring_seconds=1, no_answer=Destination(K.BUSY))
    desk.phones("u102x0", phone=FakePhone(Reaction.BUSY))
    call = desk.call("u101x0", "800")
    await until(lambda: len(legs(desk, call)) == 2)
    entry = await desk.ended(call)
    await desk.empty()
    assert entry.reason == "busy"
    assert steps(desk, call) == [("ring_group", "800", "no_answer")]


async def test_a_picked_up_group_call_is_the_pickers(desk: Desk) -> None:
    call = await ringing(desk, 3)
    picking = desk.call("u105x0", "*20*800")
    await desk.talking(call)
    await until(lambda: len(desk.asterisk.world.channels) == 2)
    assert (await desk.ended(picking)).reason == "picked_up"
    desk.asterisk.hang_up(call)
    await desk.ended(call)
    await desk.empty()
    assert steps(desk, call) == [
        ("ring_group", "800", "picked_up"),
        ("user", "105", "caller_hung_up"),
    ]


async def test_only_the_groups_own_calls_are_picked_up_by_its_number(desk: Desk) -> None:
    own = desk.call("u101x0", "103")
    await until(lambda: len(legs(desk, own)) == 2)
    picking = desk.call("u105x0", "*20*800")
    assert (await desk.ended(picking)).reason == "nobody_waits"
    desk.asterisk.hang_up(own)
    await desk.ended(own)
    await desk.empty()


async def test_a_greeting_answers_then_music_plays_until_the_answer(desk: Desk) -> None:
    change(desk, greeting="hello", music="waves")
    desk.asterisk.world.sound_seconds["sound:hello"] = 0.2
    call = desk.call("u101x0", "800")
    await until(lambda: len(legs(desk, call)) == 3)
    channel = desk.asterisk.world.channels[call]
    await until(lambda: channel.music)
    assert channel.state == "Up"
    assert not desk.entry(call).answered_at, "a greeting is nobody"
    desk.asterisk.pick_up(f"{call}~2")
    desk.asterisk.pick_up(f"{call}~3")
    await desk.talking(call)
    assert not channel.music
    assert not channel.rung
    desk.asterisk.hang_up(call)
    await desk.ended(call)
    await desk.empty()


async def test_a_restart_keeps_the_phones_of_a_group_ringing(desk: Desk) -> None:
    call = await ringing(desk, 3)
    desk.asterisk.drop()
    await desk.ari.wait_connected(8)
    await until(lambda: desk.registry.get(call) is not None)
    await until(lambda: len(desk.entry(call).segments) == 1)
    assert len(legs(desk, call)) == 3
    desk.asterisk.pick_up(f"{call}~1")
    await desk.talking(call)
    desk.asterisk.hang_up(call)
    await desk.ended(call)
    await desk.empty()


# -- menus -------------------------------------------------------------------------------------


def menu(desk: Desk, **changes: object) -> None:
    acme = desk.plan.tenants[TENANT]
    sales = replace(acme.departments["dep-sales"], **changes)  # type: ignore[arg-type]
    acme = replace(acme, departments={sales.id: sales})
    desk.plan = Plan({TENANT: acme}, desk.plan.endpoints)


def route(number: str, prompt: str | None = None) -> dict[HoursState, HoursRouteLine]:
    return {HoursState.OPEN: HoursRouteLine(Destination(K.USER, f"user-{number}"), prompt)}


async def test_a_menu_speaks_its_language_and_goes_on(desk: Desk) -> None:
    menu(desk, routes=route("105", "welcome"))
    desk.asterisk.world.sound_seconds["sound:welcome"] = 0.2
    call = desk.call("u101x0", "600")
    await until(lambda: bool(desk.asterisk.world.channels[call].playing))
    live = desk.registry.get(call)
    assert live is not None
    assert live.language == "fr"
    entry = await desk.ended(call)
    await desk.empty()
    assert entry.reason == "away"
    assert steps(desk, call)[:2] == [
        ("department", "600", "forwarded"),
        ("announcement", "welcome", "forwarded"),
    ]


async def test_a_menu_without_a_route_regrets(desk: Desk) -> None:
    call = desk.call("u101x0", "600")
    entry = await desk.ended(call)
    await desk.empty()
    assert (entry.outcome, entry.reason) == ("refused", "no_route")
    assert steps(desk, call) == [
        ("department", "600", "forwarded"),
        ("announcement", "vm-nobodyavail", "forwarded"),
    ]


async def test_a_menu_rings_before_it_answers(desk: Desk) -> None:
    menu(desk, routes=route("102"), answer_after=1)
    call = desk.call("u101x0", "600")
    await until(lambda: desk.asterisk.world.channels[call].rung)
    assert not legs(desk, call)
    await until(lambda: len(legs(desk, call)) == 1)
    desk.asterisk.hang_up(call)
    entry = await desk.ended(call)
    await desk.empty()
    assert (entry.outcome, entry.reason) == ("abandoned", "caller_hung_up")


async def test_a_group_call_that_is_sent_elsewhere_leaves_its_music(desk: Desk) -> None:
    change(desk, greeting="hello", music="waves")
    call = desk.call("u101x0", "800")
    await until(lambda: len(legs(desk, call)) == 3)
    live = desk.registry.get(call)
    assert live is not None
    order = Command(SendTo("103"), "user-102")
    live.mailbox.put(order)
    assert await order.reply is None
    await until(lambda: len(desk.entry(call).segments) == 2)
    await until(lambda: len(legs(desk, call)) == 2)
    assert not desk.asterisk.world.channels[call].music
    desk.asterisk.hang_up(call)
    await desk.ended(call)
    await desk.empty()
    assert steps(desk, call) == [
        ("ring_group", "800", "forwarded"),
        ("user", "103", "caller_hung_up"),
    ]
