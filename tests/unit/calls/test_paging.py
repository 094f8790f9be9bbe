"""Pages on the fake Asterisk: who joins, in which order, and what is left when it is over."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest_asyncio

from orchestrator.ari.fake import FakePhone, Reaction
from orchestrator.calls.call import Call
from orchestrator.calls.entry import CallEntry
from orchestrator.calls.leg import Leg
from orchestrator.events.rules import Events
from orchestrator.options.rules import DEFAULT_CODES, Code, Options
from orchestrator.routing.decision import Page
from orchestrator.types import Destination, DestinationKind
from orchestrator.verbs import Next
from tests.factories.plans import TENANT, paging_group, person, plan, tenant
from tests.unit.calls.desk import SILENT, Desk, at_desk, until

SALES = "dep-sales"
MULTICAST = ("239.1.2.3", 5004)
STREAM = "MulticastRTP/basic/239.1.2.3:5004//c(ulaw)"
COUNT = 130
PAGER = person("100", departments=frozenset({SALES}), rights={SALES: {"presence.intercom"}})
MEMBERS = tuple(person(str(101 + n), departments=frozenset({SALES})) for n in range(COUNT))
TWO_PHONES = person("300", devices=2, departments=frozenset({SALES}))


@pytest_asyncio.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    """100 pages 800 (101 to 103), 801 (all), 802 (multicast alone); 300 has two phones."""
    groups = (
        paging_group("800", *MEMBERS[:3]),
        paging_group("801", *MEMBERS),
        paging_group("802", multicast=MULTICAST),
    )
    acme = tenant(
        (PAGER, TWO_PHONES, *MEMBERS), options=Options(codes=DEFAULT_CODES | {Code.INTERCOM: "*9"})
    )
    numbers = {g.number: Destination(DestinationKind.RING_GROUP, g.id) for g in groups}
    acme = replace(
        acme, ring_groups={g.id: g for g in groups}, extensions={**acme.extensions, **numbers}
    )
    async with at_desk(plan(acme), tmp_path) as desk:
        desk.phones("u100x0", "u300x0", "u300x1", *(f"u{each.number}x0" for each in MEMBERS))
        yield desk


def inside(desk: Desk, call: str) -> list[str]:
    bridge = desk.asterisk.world.bridges.get(call)
    return list(bridge.members) if bridge else []


def legs_of(desk: Desk, name: str) -> list[str]:
    return [c.id for c in desk.asterisk.world.channels.values() if c.name.startswith(name)]


async def test_a_page_brings_all_in_muted_and_whispers_to_the_pager_alone(desk: Desk) -> None:
    desk.asterisk.world.playback_seconds = 1.0
    page = desk.call("u100x0", "*9800")
    await until(lambda: len(inside(desk, page)) == 4)
    channels = desk.asterisk.world.channels
    assert not channels[page].muted
    assert all(channels[c].muted == "in" for c in inside(desk, page) if c != page)
    (whisper,) = legs_of(desk, "Snoop/")
    assert channels[whisper].variables == {"spy": "none", "whisper": "out"}
    heard: list[str] = []

    def counted() -> bool:
        heard.extend(m for each in channels[whisper].playing for m in each.media)
        return "sound:digits/3" in heard

    await until(counted)
    played = desk.asterisk.world.bridges[page].playing
    assert not played, "the others hear nothing but the pager"
    assert not any(desk.registry.calls_of(each.id) for each in MEMBERS)
    assert desk.registry.paged() == {each.id for each in MEMBERS[:3]}
    desk.asterisk.hang_up(page)
    entry = await desk.ended(page)
    (segment,) = entry.segments
    assert (entry.outcome, entry.reason) == ("answered", "caller_hung_up")
    assert (segment.target_kind, segment.target, segment.joined) == ("paging", "800", 3)
    await desk.empty()


async def test_a_large_group_is_called_in_bursts_and_all_join(desk: Desk) -> None:
    page = desk.call("u100x0", "801")
    await until(lambda: len(inside(desk, page)) == COUNT + 1)
    desk.asterisk.hang_up(page)
    entry = await desk.ended(page)
    assert entry.segments[0].joined == COUNT
    await desk.empty()


async def test_who_declines_or_is_not_registered_is_not_missed(desk: Desk) -> None:
    desk.phones("u101x0", phone=FakePhone(Reaction.REJECTS))
    desk.asterisk.unregister("PJSIP/u102x0")
    page = desk.call("u100x0", "800")
    await until(lambda: len(inside(desk, page)) == 2)
    desk.asterisk.hang_up(page)
    assert (await desk.ended(page)).segments[0].joined == 1


async def test_when_nobody_answers_the_pager_is_told_and_was_never_answered(desk: Desk) -> None:
    desk.phones("u101x0", "u102x0", "u103x0", phone=FakePhone(Reaction.REJECTS))
    page = desk.call("u100x0", "800")
    entry = await desk.ended(page)
    assert (entry.outcome, entry.reason, entry.answered_at) == ("refused", "declined", 0.0)
    assert [s.target_kind for s in entry.segments] == ["paging", "announcement"]
    await desk.empty()


async def test_when_the_last_phone_hangs_up_the_page_is_over(desk: Desk) -> None:
    page = desk.call("u100x0", "800")
    await until(lambda: len(inside(desk, page)) == 4)
    for leg in [each for each in inside(desk, page) if each != page]:
        desk.asterisk.hang_up(leg)
    entry = await desk.ended(page)
    assert (entry.outcome, entry.reason) == ("answered", "callee_hung_up")
    assert entry.segments[0].joined == 3
    await desk.empty()


async def test_a_stream_alone_keeps_a_page_going(desk: Desk) -> None:
    desk.asterisk.register(STREAM)
    page = desk.call("u100x0", "802")
    await until(lambda: len(inside(desk, page)) == 2)
    desk.asterisk.hang_up(page)
    entry = await desk.ended(page)
    assert (entry.outcome, entry.segments[0].joined) == ("answered", 0)
    await desk.empty()


async def test_a_page_that_nobody_ends_is_ended_and_noted(desk: Desk) -> None:
    desk.phones("u101x0", phone=SILENT)
    id_ = desk.call("u100x0", "101")
    await until(lambda: bool(legs_of(desk, "PJSIP/u101x0")))
    desk.phones("u101x0")
    await desk.registry.close()
    acme = desk.plan.tenants[TENANT]
    pager = Leg(id_, "u100x0", "100", "Ann", person=PAGER.id)
    entry = CallEntry(id_, TENANT, "internal", "100", "Ann", "800", started_at=1.0)
    page = Page(acme.ring_groups["group-800"], MEMBERS[:3], seconds=1)
    call = Call(id_, acme, pager, entry, desk.registry)
    call.skip_to(100)
    desk.registry.start(call, Next(page))
    await until(lambda: len(inside(desk, id_)) == 4)
    ended = await desk.ended(id_)
    assert (ended.outcome, ended.reason, ended.segments[0].joined) == ("answered", "timeout", 3)
    assert [event.type for event in desk.posted] == [Events.LIMIT_REACHED]


async def test_of_two_phones_the_first_that_answers_has_the_intercom(desk: Desk) -> None:
    desk.phones("u300x1", phone=SILENT)
    call = desk.call("u100x0", "*9300")
    await desk.talking(call)
    (other,) = [each for each in inside(desk, call) if each != call]
    assert desk.asterisk.world.channels[other].variables["PJSIP_HEADER(add,Call-Info)"]
    await until(lambda: legs_of(desk, "PJSIP/u300x1") == [])
    desk.asterisk.hang_up(call)
    entry = await desk.ended(call)
    assert [(s.target_kind, s.target) for s in entry.segments] == [("user", "300")]
    await desk.empty()
