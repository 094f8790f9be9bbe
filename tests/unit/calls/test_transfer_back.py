"""Blind transfers that lead to nobody come back, on the fake Asterisk."""

from dataclasses import replace

import pytest

from orchestrator.ari.fake import FakePhone, Reaction
from orchestrator.options.rules import CallOptions, Options
from orchestrator.routing.plan import Plan
from tests.factories.plans import TENANT
from tests.unit.calls.desk import SILENT, Desk, until


def steps(desk: Desk, call: str) -> list[tuple[str, str, str]]:
    return [(s.target_kind, s.target, s.reason) for s in desk.entry(call).segments]


def members(desk: Desk, call: str) -> set[str]:
    bridge = desk.asterisk.world.bridges.get(call)
    return set(bridge.members) if bridge else set()


def answers_back(desk: Desk, seconds: int = 1) -> None:
    options = Options(calls=CallOptions(transfer_back_seconds=seconds))
    acme = replace(desk.plan.tenants[TENANT], options=options)
    desk.plan = Plan({TENANT: acme}, desk.plan.endpoints)


async def handed_on(desk: Desk, to: str) -> str:
    """102 talks with 101, who sends the call to `to`."""
    call = desk.call("u102x0", "101")
    await desk.talking(call)
    desk.asterisk.transfer(f"{call}~1", to)
    return call


@pytest.mark.parametrize("phone", [SILENT, FakePhone(Reaction.BUSY), FakePhone(Reaction.REJECTS)])
async def test_a_transfer_that_nobody_takes_comes_back(desk: Desk, phone: FakePhone) -> None:
    answers_back(desk)
    desk.phones("u103x0", "u103x1", phone=phone)
    call = await handed_on(desk, "103")
    await until(lambda: len(steps(desk, call)) == 3 and len(members(desk, call)) == 2)
    back = next(m for m in members(desk, call) if m != call)
    shown = desk.asterisk.world.channels[back].variables["CONNECTEDLINE(all,i)"]
    assert shown == '"Back from 103: User 102" <102>'
    assert steps(desk, call)[2][:2] == ("user", "101")
    desk.asterisk.hang_up(call)
    await desk.ended(call)
    await desk.empty()


async def test_when_who_transferred_does_not_answer_either_the_call_ends(desk: Desk) -> None:
    answers_back(desk)
    desk.phones("u103x0", "u103x1", phone=FakePhone(Reaction.BUSY))
    call = desk.call("u102x0", "101")
    await desk.talking(call)
    desk.phones("u101x0", phone=FakePhone(Reaction.BUSY))
    desk.asterisk.transfer(f"{call}~1", "103")
    await desk.ended(call)
    await desk.empty()
    assert [step[2] for step in steps(desk, call)] == ["transferred", "busy", "busy"]


async def test_switched_off_a_transfer_does_not_come_back(desk: Desk) -> None:
    answers_back(desk, 0)
    desk.phones("u103x0", "u103x1", phone=FakePhone(Reaction.BUSY))
    call = await handed_on(desk, "103")
    await desk.ended(call)
    await desk.empty()
    assert [step[2] for step in steps(desk, call)] == ["transferred", "busy"]
