"""Putting together what belongs together, and taking calls over on a new connection."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace

import pytest

from orchestrator.ari.fake.world import FakeBridge
from orchestrator.ari.messages import Bridge, Channel, Dialplan
from orchestrator.calls.adoption import again
from orchestrator.calls.entry import RECORDING, CallEntry, Segment
from orchestrator.calls.prompt_keeper import recording_of
from orchestrator.calls.recovery import sort
from orchestrator.calls.verdict import Reason
from orchestrator.routing.decision import Attempt, DialOut, Forward
from tests.factories.plans import TENANT, person, tenant, trunk
from tests.unit.calls.desk import SILENT, Desk, until


def channel(id_: str, state: str = "Up", app: str = "centrale") -> Channel:
    return Channel(id=id_, name=f"PJSIP/u{id_}-1", state=state, dialplan=Dialplan(
        "device", "102", 1, "Stasis", app
    ))  # fmt: skip


@pytest.mark.parametrize(
    ("channels", "members", "talking", "waiting"),
    [
        pytest.param([channel("c"), channel("c~1")], ["c", "c~1"], True, "c", id="conversation"),
        pytest.param([channel("c", "Ring")], [], False, "c", id="caller-alone"),
        pytest.param(
            [channel("c", "Ring"), channel("c~1", "Ringing")], [], False, "c", id="ringing"
        ),
        pytest.param(
            [channel("c", "Ring"), channel("c~1", "Down")], ["c", "c~1"], False, "c", id="early"
        ),
        pytest.param([channel("c~1")], ["c~1"], False, None, id="counterpart-gone"),
        pytest.param(
            [channel("c~1"), channel("c~2", "Down")],
            ["c~1", "c~2"],
            False,
            "c~1",
            id="transferred-early",
        ),
        pytest.param([channel("c~1")], [], False, None, id="leg-alone"),
        pytest.param(
            [channel("c~1"), channel("c~2", "Ringing")], ["c~1"], False, "c~1", id="transferred"
        ),
        pytest.param([channel("d~1"), channel("c")], ["c", "d~1"], True, "c", id="leg-of-another"),
    ],
)
def test_what_is_there_is_put_together_by_call(
    channels: Sequence[Channel], members: list[str], talking: bool, waiting: str | None
) -> None:
    bridges = [Bridge("c", channels=tuple(members))] if members else []
    found = sort(channels, bridges)["c"]
    assert found.talking is talking
    assert (found.waiting.id if found.waiting else None) == waiting


def test_channels_of_the_survival_dialplan_are_left_alone() -> None:
    survivor = Channel(id="s", name="PJSIP/u1-1", dialplan=Dialplan("survival", "1", 1, "Dial", ""))
    assert sort([survivor, channel("x", app="other")], []) == {}


async def test_calls_outlive_a_lost_connection_and_hear_what_they_missed(desk: Desk) -> None:
    desk.phones("u103x0", "u103x1", phone=SILENT)
    talking, ringing = desk.call("u101x0", "102"), desk.call("u101x0", "103")
    await desk.talking(talking)
    await until(lambda: desk.asterisk.world.channels[ringing].rung)
    desk.asterisk.refusing = True
    desk.asterisk.drop()
    await until(lambda: not desk.ari.connected)
    desk.asterisk.pick_up(f"{ringing}~1")
    desk.asterisk.hang_up(f"{talking}~1")
    desk.asterisk.refusing = False
    await desk.ended(talking)
    await desk.talking(ringing)
    desk.asterisk.hang_up(ringing)
    await desk.ended(ringing)
    await desk.empty()


async def test_calls_of_a_former_orchestrator_are_adopted_and_leftovers_ended(desk: Desk) -> None:
    desk.phones("u103x0", "u103x1", phone=SILENT)
    talking, half = desk.call("u101x0", "102"), desk.call("u101x0", "102")
    ringing = desk.call("u101x0", "103")
    for call in (talking, half):
        await desk.talking(call)
    await until(lambda: desk.asterisk.world.channels[ringing].rung)
    desk.asterisk.refusing = True
    desk.asterisk.drop()
    await until(lambda: not desk.ari.connected)
    await desk.registry.close()  # The former one dies with its calls unfinished.
    desk.asterisk.hang_up(half)
    desk.asterisk.refusing = False

    gone = await desk.ended(half)
    assert (gone.outcome, gone.reason, gone.adopted) == ("answered", "ended_unattended", True)
    await until(lambda: {call.id for call in desk.registry.calls()} == {talking, ringing})
    assert len(desk.asterisk.world.channels) == 5, "the phones went on ringing"
    desk.asterisk.pick_up(f"{ringing}~2")
    await desk.talking(ringing)
    desk.asterisk.hang_up(f"{talking}~1")
    desk.asterisk.hang_up(ringing)
    first, second = await asyncio.gather(desk.ended(talking), desk.ended(ringing))
    assert (first.reason, second.reason) == ("callee_hung_up", "caller_hung_up")
    assert first.adopted
    assert second.adopted
    await desk.empty()


async def test_devices_that_ring_on_for_an_answered_call_are_silenced_at_adoption(
    desk: Desk,
) -> None:
    desk.phones("u103x0", "u103x1", phone=SILENT)
    call = desk.call("u101x0", "103")
    await until(lambda: desk.asterisk.world.channels[call].rung)
    desk.asterisk.refusing = True
    desk.asterisk.drop()
    await until(lambda: not desk.ari.connected)
    await desk.registry.close()
    # The former one had made the bridge, and died before it cancelled the other device.
    world = desk.asterisk.world
    first, second = world.channels[call], world.channels[f"{call}~1"]
    for channel_ in (first, second):
        world.set_state(channel_, "Up")
    bridge = world.bridges.setdefault(call, FakeBridge(call, "mixing"))
    for channel_ in (first, second):
        world.join(bridge, channel_, tell_identity=False)
    desk.asterisk.refusing = False
    await until(lambda: f"{call}~2" not in world.channels)
    assert set(world.channels) == {call, f"{call}~1"}
    desk.asterisk.hang_up(call)
    entry = await desk.ended(call)
    assert (entry.outcome, entry.adopted) == ("answered", True)
    await desk.empty()


def test_a_call_out_goes_on_with_the_ways_that_are_left_and_shows_what_it_did() -> None:
    first, second, third = (Attempt(trunk(n), "+31201", "+31205550101") for n in "abc")
    whole = DialOut("0201", (first, second, third), "rule-0", withheld=True)
    acme = tenant((person("101"),), (first.trunk, second.trunk, third.trunk))
    entry = CallEntry("a.1", TENANT, "outbound", "101", "Ada", "*50201", 1.0)
    failed = Segment("101", "external", "trunk-a", "+31201", 2.0, 0.0, 3.0, "trunk_refused")
    entry.segments.append(failed)
    entry.segments.append(Segment("101", "external", "trunk-b", "+31201", 3.0))
    assert again(acme, entry, whole) == replace(whole, attempts=(second, third))
    forwarded = Forward(person("102"), Reason.FORWARDED, whole)
    assert again(acme, entry, forwarded) == replace(whole, attempts=(second, third))
    otherwise = replace(whole, attempts=(first, third))
    assert again(acme, entry, otherwise) == DialOut(
        "+31201", (Attempt(second.trunk, "+31201", second.trunk.caller_id),)
    ), "a rule that was changed meanwhile does not count for a number that left already"


def test_a_call_that_was_being_dialled_out_for_a_transferred_party_is_dialled_again() -> None:
    acme = tenant((person("101"),), (trunk(),))
    entry = CallEntry("c", TENANT, "internal", "101", "User 101", "102", 1.0, answered_at=2.0)
    entry.segments.append(Segment("101", "external", "trunk-main", "+31201234567", 3.0))
    assert again(acme, entry) == DialOut(
        "+31201234567", (Attempt(trunk(), "+31201234567", trunk().caller_id),)
    )


async def test_a_call_whose_request_gets_no_answer_is_taken_over_and_not_ended(desk: Desk) -> None:
    desk.phones("u102x0", phone=SILENT)
    call = desk.call("u101x0", "102")
    await until(lambda: desk.asterisk.world.channels[call].rung)
    desk.asterisk.silent = True
    desk.asterisk.pick_up(f"{call}~1")
    await until(lambda: desk.registry.get(call) is None)
    desk.asterisk.silent = False
    await desk.talking(call)
    desk.asterisk.hang_up(call)
    entry = await desk.ended(call)
    await desk.empty()
    assert (entry.outcome, entry.adopted) == ("answered", True)


async def test_a_leg_that_is_lost_while_it_changes_hands_is_missed_by_nobody(desk: Desk) -> None:
    first, second = desk.call("u101x0", "102"), desk.call("u101x0", "103")
    await desk.talking(first)
    await desk.talking(second)
    members = desk.asterisk.world.bridges[second].members
    far = next(member for member in members if member != second)
    desk.asterisk.transfer_attended(first, second)
    await until(lambda: desk.registry.get(second) is None)
    desk.asterisk.hang_up(far)
    await desk.ended(first)
    await desk.ended(second)
    await desk.empty()


async def test_what_was_spoken_for_a_prompt_goes_when_nobody_can_keep_it(desk: Desk) -> None:
    entry = CallEntry("lost", "t1", "internal", "101", "Ann", "101", 1.0)
    entry.segments.append(Segment("101", RECORDING, "", "Welcome", 1.0))
    desk.journal.record(entry)
    desk.asterisk.world.stored |= {recording_of("lost"), recording_of("other")}
    desk.asterisk.drop()
    gone = await desk.ended("lost")
    assert gone.reason == "ended_unattended"
    await until(lambda: desk.asterisk.world.stored == {recording_of("other")})
