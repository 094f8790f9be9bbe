"""What becomes of calls: every end has its verdict, and nothing of a call is left behind."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from orchestrator.ari.fake import FakePhone, Reaction
from orchestrator.calls.mailbox import Mailbox
from orchestrator.calls.verdict import Outcome, Reason
from orchestrator.routing.plan import DeviceLine, Plan, TenantPlan
from orchestrator.types import TenantId
from tests.factories.plans import TENANT, person, plan, tenant, trunk
from tests.unit.calls.desk import SILENT, Desk, until


def change(desk: Desk, **columns: object) -> None:
    """Set fields of the tenant, as the read model does."""
    acme: TenantPlan = replace(desk.plan.tenants[TENANT], **columns)  # type: ignore[arg-type]
    desk.plan = Plan({TENANT: acme}, desk.plan.endpoints)


def ends(desk: Desk, call: str) -> tuple[str, str, list[str]]:
    entry = desk.entry(call)
    return entry.outcome, entry.reason, [segment.reason for segment in entry.segments]


async def test_when_the_caller_hangs_up_the_other_leg_and_the_bridge_go(desk: Desk) -> None:
    call = desk.call("u101x0", "102")
    await desk.talking(call)
    desk.asterisk.hang_up(call)
    await desk.ended(call)
    await desk.empty()
    assert ends(desk, call) == ("answered", "caller_hung_up", ["caller_hung_up"])


async def test_when_the_called_one_hangs_up_the_caller_goes_too(desk: Desk) -> None:
    call = desk.call("u101x0", "102")
    await desk.talking(call)
    desk.asterisk.hang_up(f"{call}~1")
    await desk.ended(call)
    await desk.empty()
    assert ends(desk, call) == ("answered", "callee_hung_up", ["callee_hung_up"])


@pytest.mark.parametrize(
    ("phone", "reason"),
    [
        (FakePhone(Reaction.BUSY), "busy"),
        (FakePhone(Reaction.REJECTS), "declined"),
    ],
)
async def test_a_phone_that_refuses_ends_the_call(
    desk: Desk, phone: FakePhone, reason: str
) -> None:
    desk.phones("u102x0", phone=phone)
    call = desk.call("u101x0", "102")
    await desk.ended(call)
    await desk.empty()
    assert ends(desk, call) == ("refused", reason, [reason])


async def test_nobody_answers_in_time(desk: Desk) -> None:
    desk.phones("u102x0", phone=SILENT)
    people = dict(desk.plan.tenants[TENANT].people)
    people["user-102"] = replace(people["user-102"], ring_seconds=0)
    change(desk, people=people)
    call = desk.call("u101x0", "102")
    await desk.ended(call)
    await desk.empty()
    assert ends(desk, call) == ("abandoned", "no_answer", ["no_answer"])


async def test_no_device_and_no_registration_are_told_apart(desk: Desk) -> None:
    desk.asterisk.unregister("PJSIP/u102x0")
    away, without = desk.call("u101x0", "102"), desk.call("u101x0", "104")
    await desk.ended(away)
    await desk.ended(without)
    assert ends(desk, away) == ("refused", "not_registered", ["not_registered"])
    assert ends(desk, without) == ("refused", "no_device", ["no_device"])


async def test_the_caller_gives_up_while_it_rings(desk: Desk) -> None:
    desk.phones("u102x0", phone=SILENT)
    call = desk.call("u101x0", "102")
    await until(lambda: desk.asterisk.world.channels[call].rung)
    desk.asterisk.hang_up(call)
    await desk.ended(call)
    await desk.empty()
    assert ends(desk, call) == ("abandoned", "caller_hung_up", ["caller_hung_up"])


async def test_the_first_of_two_devices_wins_and_the_other_is_let_go(desk: Desk) -> None:
    desk.phones("u103x0", phone=SILENT)
    desk.phones("u103x1", phone=FakePhone(after=0.05))
    call = desk.call("u101x0", "103")
    await desk.talking(call)
    await until(lambda: len(desk.asterisk.world.channels) == 2)
    desk.asterisk.hang_up(call)
    await desk.ended(call)
    await desk.empty()


async def test_a_suspended_or_full_tenant_is_refused(desk: Desk) -> None:
    change(desk, suspended=True)
    first = desk.call("u101x0", "102")
    await desk.ended(first)
    change(desk, suspended=False, max_calls=1)
    talking = desk.call("u101x0", "102")
    await desk.talking(talking)
    second = desk.call("u103x0", "102")
    await desk.ended(second)
    assert ends(desk, first) == ("refused", "suspended", [])
    assert ends(desk, second) == ("refused", "tenant_full", [])


async def test_a_channel_of_nobody_is_ended(desk: Desk) -> None:
    call = desk.call("stranger", "102")
    await until(lambda: call not in desk.asterisk.world.channels)
    assert desk.posted
    assert desk.registry.calls() == []


async def test_an_unknown_number_is_said_and_refused(desk: Desk) -> None:
    # Only the test ends the sound: on a busy machine a short one would be over before we look.
    desk.asterisk.world.sound_seconds["sound:pbx-invalid"] = 60.0
    call = desk.call("u101x0", "199")
    await until(lambda: bool(desk.asterisk.world.channels[call].playing))
    playback = desk.asterisk.world.channels[call].playing[0]
    desk.asterisk.world.finish(desk.asterisk.world.channels[call], playback, "done")
    await desk.ended(call)
    assert ends(desk, call) == ("refused", "unknown_number", ["unknown_number"])


async def test_a_full_mailbox_ends_the_call(desk: Desk) -> None:
    call = desk.call("u101x0", "102")
    await desk.talking(call)
    owner = desk.registry.get(call)
    assert owner is not None
    owner.mailbox = Mailbox(limit=0)
    desk.asterisk.press(call, "1")
    await until(lambda: call not in desk.asterisk.world.channels)


async def test_a_wall_clock_that_jumps_back_makes_no_negative_duration(desk: Desk) -> None:
    call = desk.call("u101x0", "102")
    await desk.talking(call)
    desk.clock.wall.set_wall(datetime(2020, 1, 1, tzinfo=UTC))
    desk.asterisk.hang_up(call)
    entry = await desk.ended(call)
    assert entry.started_at <= entry.answered_at <= entry.ended_at
    assert all(s.started_at <= s.ended_at for s in entry.segments)


# -- trunks ----------------------------------------------------------------------------------


async def test_a_call_out_is_bridged_before_its_answer_and_shows_the_outside_number(
    desk: Desk,
) -> None:
    desk.phones("trunk-main", phone=SILENT)
    call = desk.call("u101x0", "0612345678")
    await until(lambda: desk.bridged(call) == 2)
    leg = desk.asterisk.world.channels[f"{call}~1"]
    assert leg.variables["CONNECTEDLINE(num,i)"] == "+31201234500"
    desk.asterisk.pick_up(leg.id)
    await desk.talking(call)
    desk.asterisk.hang_up(leg.id)
    entry = await desk.ended(call)
    assert (entry.direction, entry.outcome) == ("outbound", Outcome.ANSWERED)


@pytest.mark.parametrize(
    ("cause", "reason"),
    [
        (17, "busy"),
        (1, "unknown_number"),
        (19, "no_answer"),
        (34, "trunk_refused"),
        (18, "trunk_down"),
    ],
)
async def test_the_networks_cause_is_told(desk: Desk, cause: int, reason: str) -> None:
    desk.phones("trunk-main", phone=SILENT)
    call = desk.call("u101x0", "0612345678")
    await until(lambda: desk.bridged(call) == 2)
    desk.asterisk.hang_up(f"{call}~1", cause)
    await desk.ended(call)
    await desk.empty()
    assert ends(desk, call)[1:] == (reason, [reason])


async def test_a_full_trunk_refuses_all_but_emergency_calls(desk: Desk) -> None:
    change(desk, trunks={"trunk-main": trunk(max_calls=1)})
    desk.phones("trunk-main")
    first = desk.call("u101x0", "0612345678")
    await desk.talking(first)
    second = desk.call("u102x0", "0612345678")
    await desk.ended(second)
    emergency = desk.call("u102x0", "112")
    await desk.talking(emergency)
    assert ends(desk, second)[1] == Reason.TRUNK_FULL


async def test_a_call_from_outside_is_answered_by_whom_its_number_leads_to(desk: Desk) -> None:
    call = desk.call("trunk-main", "+31201234567", caller="+31612345678")
    await desk.talking(call)
    desk.asterisk.hang_up(call)
    entry = await desk.ended(call)
    assert (entry.direction, entry.caller_number) == ("inbound", "+31612345678")


# -- transfers -------------------------------------------------------------------------------


async def test_a_blind_transfer_routes_the_one_who_stays(desk: Desk) -> None:
    call = desk.call("u101x0", "102")
    await desk.talking(call)
    desk.asterisk.transfer(call, "103")
    await until(lambda: len(desk.entry(call).segments) == 2)
    await until(lambda: bool(desk.entry(call).segments[1].answered_at))
    desk.asterisk.hang_up(f"{call}~1")
    await desk.ended(call)
    await desk.empty()
    assert ends(desk, call)[2] == ["transferred", "caller_hung_up"]


async def test_a_transfer_to_nobody_changes_nothing(desk: Desk) -> None:
    call = desk.call("u101x0", "102")
    await desk.talking(call)
    desk.asterisk.transfer(call, "199")
    await until(lambda: bool(desk.asterisk.world.channels[call].transfer))
    assert desk.asterisk.world.channels[call].transfer == ["channel_declined"]
    assert desk.bridged(call) == 2


@pytest.mark.parametrize("connected", [True, False], ids=["later", "in the moment of the answer"])
async def test_an_attended_transfer_connects_the_far_ends_and_both_calls_are_noted(
    desk: Desk, connected: bool
) -> None:
    first, second = desk.call("u101x0", "102"), desk.call("u101x0", "103")
    await desk.talking(first)
    await desk.talking(second)
    wanted = desk.asterisk.world.bridges[second].members
    far = next(member for member in wanted if member != second)
    desk.asterisk.transfer_attended(first, second, connected=connected)
    await desk.ended(second)
    await until(lambda: set(desk.asterisk.world.bridges[first].members) == {f"{first}~1", far})
    desk.asterisk.hang_up(far)
    await desk.ended(first)
    await desk.empty()
    assert ends(desk, second)[:2] == ("answered", "transferred")
    assert ends(desk, first)[2] == ["transferred", "callee_hung_up"]


async def test_an_attended_transfer_before_the_answer_rings_on_for_the_one_who_stays(
    desk: Desk,
) -> None:
    desk.phones("u103x0", "u103x1", phone=SILENT)
    first, second = desk.call("u101x0", "102"), desk.call("u101x0", "103")
    await desk.talking(first)
    await until(lambda: desk.asterisk.world.channels[second].rung)
    desk.asterisk.transfer_attended(first, second)
    await desk.ended(second)
    await until(lambda: len(desk.entry(first).segments) == 2)
    assert desk.entry(first).segments[1].target == "103"


async def test_a_transfer_does_not_reach_the_calls_of_another_tenant(desk: Desk) -> None:
    people = tuple(
        replace(person(n), devices=(DeviceLine(f"o{n}", f"o{n}"),)) for n in ("101", "102")
    )
    other = replace(tenant(people), id=TenantId("tenant-other"), slug="other")
    (acme,) = desk.plan.tenants.values()
    desk.plan = plan(acme, other)
    desk.phones("o101", "o102")
    ours, theirs = desk.call("u101x0", "102"), desk.call("o101", "102")
    await desk.talking(ours)
    await desk.talking(theirs)
    desk.asterisk.transfer_attended(ours, theirs)
    await until(lambda: bool(desk.asterisk.world.channels[ours].transfer))
    assert desk.asterisk.world.channels[ours].transfer == ["channel_declined"]
    assert (desk.bridged(ours), desk.bridged(theirs)) == (2, 2)


@pytest.mark.parametrize("gone", ["", "~1"], ids=["caller", "callee"])
async def test_a_party_that_vanished_without_an_event_is_missed(desk: Desk, gone: str) -> None:
    call = desk.call("u101x0", "102")
    await desk.talking(call)
    desk.asterisk.world.channels.pop(f"{call}{gone}")
    entry = await desk.ended(call)
    assert entry.outcome == "answered"
    assert entry.reason == ("callee_hung_up" if gone else "caller_hung_up")
