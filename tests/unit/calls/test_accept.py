"""Legs that must accept a call: mobiles that ring with the phones, rebound numbers, screening."""

from dataclasses import replace

from orchestrator.ari.fake import FakePhone, Reaction
from orchestrator.forwarding.rules import Forwarding, Profile, Split, Status, When
from orchestrator.routing.plan import Plan
from orchestrator.types import Destination, DestinationKind
from tests.factories.plans import TENANT, route, rule, trunk
from tests.unit.calls.desk import SILENT, Desk, until

MOBILE = "0612345678"
REBOUND = Destination(DestinationKind.REBOUND, MOBILE)
TO_103 = Destination(DestinationKind.USER, "user-103")


def arrange(
    desk: Desk,
    *,
    ways: dict[When, Destination] | None = None,
    screening: bool = False,
    status: Status = Status.AVAILABLE,
    **tenant: object,
) -> None:
    """102 has a mobile, which rings too; calls go on by `ways`."""
    splits = {when: Split(way, way) for when, way in (ways or {}).items()}
    ringing = status is Status.AVAILABLE
    profile = Profile(status, splits, ring_mobile=ringing)
    acme = desk.plan.tenants[TENANT]
    people = dict(acme.people)
    people["user-102"] = replace(
        people["user-102"],
        mobile=MOBILE,
        forwarding=Forwarding(status, screening=screening, profiles={status: profile}),
    )
    changed = replace(acme, people=people, **tenant)  # type: ignore[arg-type]
    desk.plan = Plan({TENANT: changed}, desk.plan.endpoints)
    desk.phones("u102x0", phone=SILENT)
    desk.phones("trunk-main")


async def asked(desk: Desk, leg: str) -> None:
    """Wait until `leg` answered and hears whether it takes the call."""
    channels = desk.asterisk.world.channels
    await until(lambda: leg in channels and bool(channels[leg].playing))


def steps(desk: Desk, call: str) -> list[tuple[str, str]]:
    return [(step.target, step.reason) for step in desk.entry(call).segments]


async def test_while_the_mobile_is_asked_the_desk_phone_may_take_the_call(desk: Desk) -> None:
    desk.asterisk.world.playback_seconds = 9.0
    arrange(desk)
    call = desk.call("u101x0", "102")
    await asked(desk, f"{call}~2")
    desk.asterisk.pick_up(f"{call}~1")
    await desk.talking(call)
    await until(lambda: f"{call}~2" not in desk.asterisk.world.channels)
    desk.asterisk.hang_up(call)
    await desk.ended(call)
    await desk.empty()


async def test_a_mobile_that_lets_the_prompt_pass_is_let_go_and_the_phone_rings_on(
    desk: Desk,
) -> None:
    arrange(desk)
    call = desk.call("u101x0", "102")
    channels = desk.asterisk.world.channels
    await until(lambda: f"{call}~2" in channels)
    await until(lambda: f"{call}~2" not in channels)
    assert f"{call}~1" in channels
    desk.asterisk.hang_up(call)
    await desk.ended(call)
    await desk.empty()
    assert steps(desk, call) == [("102", "caller_hung_up")]


async def test_what_the_mobile_says_is_not_why_the_person_was_not_reached(desk: Desk) -> None:
    desk.asterisk.world.playback_seconds = 9.0
    arrange(desk)
    desk.asterisk.unregister("PJSIP/u102x0")
    call = desk.call("u101x0", "102")
    await asked(desk, f"{call}~2")
    desk.asterisk.press(f"{call}~2", "2")
    await desk.ended(call)
    await desk.empty()
    assert steps(desk, call) == [("102", "not_registered")]


async def test_a_full_trunk_leaves_the_mobile_out(desk: Desk) -> None:
    full = trunk("full", max_calls=1)
    arrange(desk, trunks={"trunk-main": replace(trunk(), max_calls=1), full.id: full})
    inbound = desk.call("trunk-main", "+31201234567", "+31612345670")
    await until(lambda: f"{inbound}~1" in desk.asterisk.world.channels)
    assert f"{inbound}~2" not in desk.asterisk.world.channels
    desk.asterisk.hang_up(inbound)
    await desk.ended(inbound)
    await desk.empty()


async def test_a_rebound_tries_the_next_trunk_when_the_first_fails(desk: Desk) -> None:
    desk.asterisk.world.playback_seconds = 9.0
    spare = trunk("spare")
    arrange(
        desk,
        status=Status.AWAY,
        ways={When.ALWAYS: REBOUND},
        trunks={"trunk-main": trunk(), spare.id: spare},
        outbound_rules=(rule("0", route(), route(spare.id)),),
    )
    desk.asterisk.unregister("PJSIP/trunk-main")
    desk.phones("trunk-spare")
    call = desk.call("u101x0", "102")
    await asked(desk, f"{call}~2")
    assert desk.bridged(call) == 0
    desk.asterisk.press(f"{call}~2", "1")
    await desk.talking(call)
    desk.asterisk.hang_up(call)
    await desk.ended(call)
    await desk.empty()
    number = (MOBILE, "trunk_down"), (MOBILE, "caller_hung_up")
    assert steps(desk, call) == [("102", "away"), *number]


async def test_a_rebound_that_is_busy_goes_on_to_no_answer(desk: Desk) -> None:
    arrange(desk, status=Status.AWAY, ways={When.ALWAYS: REBOUND, When.NO_ANSWER: TO_103})
    desk.phones("trunk-main", phone=FakePhone(Reaction.BUSY))
    call = desk.call("u101x0", "102")
    await desk.talking(call)
    desk.asterisk.hang_up(call)
    await desk.ended(call)
    await desk.empty()
    assert steps(desk, call) == [("102", "away"), (MOBILE, "busy"), ("103", "caller_hung_up")]


async def test_a_screened_name_is_deleted_whatever_becomes_of_the_call(desk: Desk) -> None:
    arrange(desk, screening=True)
    call = desk.call("trunk-main", "+31201234567", "+31612345670")
    world = desk.asterisk.world
    await until(lambda: call in world.channels and bool(world.channels[call].recording))
    desk.asterisk.press(call, "#")
    world.recorded(world.channels[call], world.channels[call].recording[0])
    await until(lambda: any("~" in channel for channel in world.channels))
    assert world.stored
    desk.asterisk.hang_up(call)
    await desk.ended(call)
    await desk.empty()
    await until(lambda: not world.stored)
    assert steps(desk, call) == [("priv-recordintro", "forwarded"), ("102", "caller_hung_up")]


async def test_after_a_restart_a_mobile_that_was_asked_is_let_go_and_the_phone_rings_on(
    desk: Desk,
) -> None:
    desk.asterisk.world.playback_seconds = 9.0
    arrange(desk)
    call = desk.call("u101x0", "102")
    await asked(desk, f"{call}~2")
    channels = desk.asterisk.world.channels
    await desk.registry.close()
    desk.asterisk.drop()
    await until(lambda: f"{call}~2" not in channels)
    await until(lambda: desk.registry.get(call) is not None)
    desk.asterisk.pick_up(f"{call}~1")
    await desk.talking(call)
    desk.asterisk.hang_up(call)
    await desk.ended(call)
    await desk.empty()
